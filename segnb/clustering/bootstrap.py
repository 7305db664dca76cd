"""How well a segmentation comes back when its customers are redrawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from numpy.typing import ArrayLike

from segnb.clustering.methods import METHODS
from segnb.clustering.model import SCORE_MAP, read
from segnb.clustering.number import usable_points
from segnb.clustering.stability import STARTS, global_stability, overlaps, refits
from segnb.document.blocks import Block, Cell, Column, Shown, Table
from segnb.errors import InputError
from segnb.plain.table import feature_table
from segnb.segmentation import FeatureTable, Segmentation
from segnb.words import Voice


@dataclass(frozen=True)
class Stability(Shown):
    """What comes back of a segmentation in bootstrap refits.

    ``agreement`` holds lower quartile, median and upper quartile of the adjusted Rand index of every
    two refits; ``segments`` the 10th percentile, median and 90th percentile of each segment's largest
    Jaccard overlap with a segment of a refit (SLSW; Dolnicar & Leisch 2017).
    """

    agreement: tuple[float, float, float]
    segments: dict[str, tuple[float, float, float]]
    bootstraps: int
    voice: Voice = field(default_factory=Voice)

    def blocks(self) -> tuple[Block, ...]:
        """Show how well the whole comes back, and each segment."""
        say, voice = self.voice.say, self.voice
        low, middle, high = (voice.number(each, 2) for each in self.agreement)
        labels = ("name", "median", "spread")
        columns = (Column(label=say(f"clustering.overlap.{each}"), header=each == "name") for each in labels)
        rows = tuple(
            (
                Cell(text=key),
                Cell(text=voice.number(median, 2)),
                Cell(text=voice.interval(lowest, highest, "number")),
            )
            for key, (lowest, median, highest) in self.segments.items()
        )
        title = say("clustering.shown.stability", agreement=middle, span=voice.span(low, high))
        return (Table(columns=tuple(columns), rows=rows, title=title),)


def stability(
    segmentation: Segmentation,
    table: FeatureTable | pd.DataFrame | ArrayLike,
    *,
    bootstraps: int = 100,
    restarts: int = STARTS,
    seed: int | None = None,
) -> Stability:
    """Return how well a segmentation comes back in bootstrap refits on the same customers.

    Parameters
    ----------
    segmentation
        What `segment` returned.
    table
        The customers that it was formed from.
    bootstraps
        Samples drawn with replacement; two at least.
    restarts
        Starts of each refit, of which the best counts. Too few let the luck of the search pass for that
        of the sample: where more of them raise the figures, the search is not yet certain.
    seed
        None takes the segmentation's own.

    Raises
    ------
    InputError
        The segments are set by a score map, which has nothing to come back; or no customer can be placed.
    """
    if segmentation.model["kind"] == SCORE_MAP:
        raise InputError("Segments by rule are set beforehand: there is nothing to come back")
    model = read(segmentation.model)
    seed = segmentation.seed if seed is None else seed
    features, _ = feature_table(table, segmentation.basis)
    points = usable_points(features, model.transform)
    method = METHODS[segmentation.method].on(model.transform)
    options = {"bootstraps": bootstraps, "restarts": restarts, "seed": seed}
    partitions = refits(points, model.rule.n_segments, method=method, **options)
    found = dict(zip(model.labels, overlaps(points, model.rule, partitions, seed=seed), strict=True))
    return Stability(
        agreement=global_stability(partitions),
        segments={key: found[key] for key in segmentation.segments},
        bootstraps=bootstraps,
        voice=segmentation.voice,
    )
