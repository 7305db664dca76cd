"""Shares of yes and no by segment, told so that no few of them can be worked out from all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from segnb.intervals import wilson
from segnb.personas.estimates import Estimate, few_or_rate
from segnb.segmentation import Feature
from segnb.suppression import Counts, Mask, conceal_table, outward, table_ends

_WIDEST = 0.25
"""How far apart the ends of a hidden share may lie where it is told by a limit."""
_NONE = 1e-12


class Ends(NamedTuple):
    """How many of each segment said yes, the least and most that a reader knows, and which are hidden."""

    hits: Counts
    least: Counts
    most: Counts
    hidden: Mask


@dataclass(frozen=True)
class Sides:
    """The share of yes in one segment, among everyone else, and their distance in standard deviations."""

    ours: Estimate
    others: Estimate
    effect: float


def tell_shares(
    frame: pd.DataFrame,
    features: Sequence[Feature],
    labels: pd.Series,
    segments: Sequence[str],
    min_cell: int,
) -> Iterator[tuple[str, str, Sides]]:
    """Yield measure, segment and shares of columns of ones and zeros, wherever these may be told.

    The levels of one category make a table with the segments: the customers of each level and those of each
    segment are known. Of a small count only a limit is told, of the segment as of everyone else, who are
    all customers less that count. What is hidden for another's sake is not told at all.

    Parameters
    ----------
    features
        The columns to tell of; levels of one category stand together.
    labels
        The segment of each row.
    """
    for _, group in groupby(features, key=lambda each: each.level_of or each.name):
        names = [each.name for each in group]
        known = frame[names].notna().all(axis=1)
        yes = frame.loc[known, names].groupby(labels[known]).sum().reindex(list(segments), fill_value=0)
        counted = labels[known].value_counts().reindex(list(segments), fill_value=0)
        hits, sizes = yes.to_numpy(dtype=int).T, np.asarray(counted, dtype=np.int_)
        table = np.vstack([hits, sizes - hits.sum(axis=0)])
        covered = conceal_table(table, min_cell)
        least, most = (each[:-1] for each in table_ends(table, covered, min_cell))
        for at, name in enumerate(names):
            ends = Ends(hits[at], least[at], most[at], covered[at])
            for place, sides in _sides(ends, sizes, min_cell):
                yield name, segments[place], sides


def _sides(ends: Ends, sizes: Counts, min_cell: int) -> Iterator[tuple[int, Sides]]:
    total, everyone = int(ends.hits.sum()), int(sizes.sum())
    rate = total / everyone if everyone else 0.0
    spread = math.sqrt(rate * (1 - rate))
    for place, (hits, least, most, hidden) in enumerate(zip(*(each.tolist() for each in ends), strict=True)):
        n = int(sizes[place])
        beside = everyone - n
        if min(n, beside) < min_cell:
            continue
        ours: Estimate | None = few_or_rate(hits, n, min_cell)
        others: Estimate | None = few_or_rate(total - hits, beside, min_cell)
        more = hits / n > rate
        if hidden and ours is not None and not ours.bound:
            ours = _limit(least, most, n, at_least=more)
        if hidden and others is not None and not others.bound:
            others = _limit(total - most, total - least, beside, at_least=not more)
        if ours is None or others is None:
            continue
        effect = (ours.value - others.value) / spread if spread > _NONE else 0.0
        yield place, Sides(ours, others, float(f"{effect:.10g}"))


def _limit(least: int, most: int, n: int, *, at_least: bool) -> Estimate | None:
    """Return the limit to a share of which two ends are known; None where these lie far apart."""
    least, most = max(least, 0), min(most, n)
    if most - least > _WIDEST * n:
        return None
    low, high = wilson(least, n).low, wilson(most, n).high
    if at_least:
        return Estimate(math.floor(round(100 * least / n, 6)) / 100, n, low, high, bound=1)
    return Estimate(outward(most, n), n, low, high, bound=-1)


def values_elsewhere(told: Mapping[tuple[str, str], Sides], name: str, segment: str) -> tuple[float, ...]:
    """Return the shares, or the limits to them, that the other segments are told with."""
    return tuple(
        each.ours.value for (measure, other), each in told.items() if measure == name and other != segment
    )
