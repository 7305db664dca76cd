"""A map of countries, the darker the higher their average of a measure, or the more customers they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from segnb.bases.areas import averages
from segnb.bases.countries import country_code, country_name
from segnb.document.blocks import AnyBlock, Figure, Paragraph, spans
from segnb.drawing.house import WIDTH, alternative, canvas, finish, numbers
from segnb.drawing.world import Points, View, view
from segnb.segmentation import Feature, Unit
from segnb.style import LIGHT, segment_color
from segnb.suppression import conceal
from segnb.words import Voice

_STRENGTHS = (0.22, 0.4, 0.6, 0.8, 1.0)
"""How strong the colour of each step is; five steps are told apart at a glance."""
_LEGEND = 44
_ONE_LINE = 24
"""Letters of the legend that fit on one line."""
_DOT = 22.0
"""Area in square points of a country too small for an outline."""


@dataclass(frozen=True)
class Measure:
    """What may colour a map: one value for each customer, averaged on a log scale where ``log`` says so."""

    label: str
    unit: Unit
    values: pd.Series
    log: bool = False

    @classmethod
    def of(cls, feature: Feature, values: pd.Series, voice: Voice) -> Measure:
        """Return a measure of the customers under its words for the reader."""
        said = feature.said(voice)
        return cls(said.label, said.unit, values, said.scale == "log" and bool((values.dropna() > 0).all()))

    def averages(self, area: pd.Series) -> dict[str, float]:
        """Return each area's average, drawn in; none where areas differ by no more than chance.

        On a log scale this is the geometric mean.
        """
        values = np.log(self.values) if self.log else self.values
        found = averages(values.reindex(area.index), area)
        if not found.differ:
            return {}
        drawn = np.exp(found.drawn) if self.log else found.drawn
        return {str(each): float(value) for each, value in drawn.items()}


@dataclass(frozen=True)
class _Shades:
    """How dark each country is, by steps; what the title says, and what the table adds."""

    values: dict[str, float]
    bounds: tuple[float, ...]
    ranges: list[str]
    kind: str
    said: dict[str, str]
    column: str = ""
    cells: dict[str, str] = field(default_factory=dict)


def country_map(
    words: pd.Series, voice: Voice, *, fewest: int, measure: Measure | None = None
) -> tuple[AnyBlock, ...]:
    """Draw countries by a measure, or by their customers, and say how many customers are not on the map.

    Countries of fewer than ``fewest`` customers are not told by themselves, nor is one that could be worked
    out from the others. Nothing is drawn where fewer than two countries remain.

    Parameters
    ----------
    words
        The country of each customer: a code or a name.
    measure
        What colours the countries, where they differ in it by more than chance: averages drawn in towards
        that of all (`areas.averages`). Else customers do.
    """
    known = words.dropna()
    codes = known.map({each: country_code(str(each), voice.language) for each in known.unique()})
    counts = codes.value_counts()
    shown = [str(each) for each in sorted(counts.index, key=lambda each: (-counts[each], each))]
    hidden = conceal({each: int(counts[each]) for each in shown}, min_cell=fewest, keep_total=True).groups
    small = [each for each in shown if each in hidden]
    shown = [each for each in shown if each not in hidden]
    if len(shown) < 2:
        return ()
    sizes = {each: int(counts[each]) for each in shown}
    found = measure.averages(codes.dropna().astype(str)) if measure else {}
    means = {each: found[each] for each in shown if each in found}
    shades = _by_measure(measure, means, voice) if measure and len(means) > 1 else _by_customers(sizes, voice)
    drawn = _drawn(sizes, shades, len(known), voice)
    unknown = int(codes.isna().sum())
    left = []
    if small:
        left.append(
            voice.say(
                "bases.country_map.small",
                len(small),
                customers=voice.count(int(counts[small].sum())),
                fewest=voice.count(fewest),
            )
        )
    if unknown:
        left.append(
            voice.say(
                "bases.country_map.unknown",
                unknown,
                words=voice.count(int(known[codes.isna()].nunique())),
            )
        )
    notes = (Paragraph(content=spans(" ".join(left)), role="note"),) if left else ()
    return drawn, *notes


def _by_customers(counts: dict[str, int], voice: Voice) -> _Shades:
    bounds, most = steps(list(counts.values())), max(counts.values())
    ends = [(low, high - 1) for low, high in pairwise(bounds)] + [(bounds[-1], most)]
    ranges = [
        voice.count(low) if low == high else voice.span(voice.count(low), voice.count(high))
        for low, high in ends
    ]
    values = {code: float(count) for code, count in counts.items()}
    return _Shades(values, bounds, ranges, "", {"country": country_name(next(iter(counts)), voice)})


def _by_measure(measure: Measure, means: dict[str, float], voice: Voice) -> _Shades:
    said = {code: voice.value(each, measure.unit) for code, each in means.items()}
    low, high = min(means.values()), max(means.values())
    inner = MaxNLocator(nbins=len(_STRENGTHS), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    bounds = (low, *(float(each) for each in inner if low < each < high))[: len(_STRENGTHS)]
    ends = [voice.value(each, measure.unit) for each in (*bounds, high)]
    first = max(means, key=lambda code: (means[code], code))
    return _Shades(
        means,
        bounds,
        [voice.span(*each) for each in pairwise(ends)],
        "by_measure.",
        {"country": country_name(first, voice), "measure": measure.label, "value": said[first]},
        measure.label,
        said,
    )


def _drawn(counts: dict[str, int], shades: _Shades, of: int, voice: Voice) -> Figure:
    seen = view(counts, WIDTH)
    height = seen.height + _LEGEND
    first = next(iter(counts))
    said = {"share": voice.percent(counts[first] / of), "number": voice.count(len(counts)), **shades.said}
    with canvas(height) as (drawing, axes):
        # One unit of the axes is one pixel, so that points snap to the pixels they are drawn on.
        drawing.set_layout_engine("none")
        axes.set_position((0, _LEGEND / height, 1, 1 - _LEGEND / height))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(0, seen.height)
        axes.set_axis_off()
        _land(axes, seen, shades)
        drawing.legend(
            [_key(place, shades.bounds) for place in range(len(shades.bounds))],
            shades.ranges,
            loc="lower left",
            bbox_to_anchor=(-0.02, 0),
            ncols=len(shades.bounds) if len("".join(shades.ranges)) <= _ONE_LINE else 3,
            frameon=False,
            fontsize=12.5,
            handlelength=1,
            handleheight=0.9,
            handletextpad=0.4,
            columnspacing=0.9,
        )
        words = f"bases.country_map.{shades.kind}"
        labels = [voice.say(f"bases.country_map.{each}") for each in ("column", "customers", "share")]
        return finish(
            drawing,
            title=voice.say(f"{words}title", of, **said),
            subtitle=voice.say(f"{words}subtitle", of, **said),
            alt=alternative(voice, f"{words}alt", "bases.country_map.alt_short", said),
            data=numbers(
                [*labels, *([shades.column] if shades.cells else [])],
                [
                    [
                        country_name(each, voice),
                        voice.count(count),
                        voice.percent(count / of),
                        *([shades.cells.get(each, "–")] if shades.cells else []),
                    ]
                    for each, count in counts.items()
                ],
            ),
        )


def _land(axes: Axes, seen: View, shades: _Shades) -> None:
    """Draw land without customers first, then each step of the others, then countries that are dots."""
    strengths = {code: _STRENGTHS[_step(each, shades.bounds)] for code, each in shades.values.items()}
    empty = [ring for code, rings in seen.outlines.items() if code not in strengths for ring in rings]
    # Paler than the palest step, with borders that show on the page's own ground.
    _fill(axes, empty, LIGHT["panel"], edge=LIGHT["rule"])
    for strength in sorted(set(strengths.values())):
        rings = [
            ring for code, own in seen.outlines.items() if strengths.get(code) == strength for ring in own
        ]
        _fill(axes, rings, segment_color(0), strength, edge=LIGHT["paper"])
    for code, (x, y) in seen.dots.items():
        if code in strengths:
            alpha, edge = strengths[code], LIGHT["paper"]
            axes.scatter(x, y, s=_DOT, color=segment_color(0), alpha=alpha, edgecolors=edge, linewidths=0.5)


def _fill(axes: Axes, rings: Sequence[Points], color: str, strength: float = 1.0, *, edge: str) -> None:
    """Fill rings as one path, so that the drawing stays small."""
    if rings:
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in map(_closed, rings)))
        axes.add_patch(PathPatch(path, facecolor=color, alpha=strength, edgecolor=edge, linewidth=0.4))


def _closed(ring: Points) -> Points:
    return np.vstack([ring, ring[:1]])


def _key(place: int, bounds: Sequence[float]) -> Patch:
    strength = _STRENGTHS[_place(place, len(bounds))]
    return Patch(facecolor=segment_color(0), alpha=strength, linewidth=0)


def steps(counts: Sequence[int]) -> tuple[int, ...]:
    """Return the lower bounds of five steps at most: 1, 2 or 5 times a power of ten, evenly spread.

    Counts of countries differ by powers of ten, so steps of one width would put all but one into the first.
    """
    least, most = min(counts), max(counts)
    ladder = [factor * 10**power for power in range(len(str(most))) for factor in (1, 2, 5)]
    inner = [each for each in ladder if least < each <= most]
    take = min(len(inner), len(_STRENGTHS) - 1)
    chosen = {inner[round((place + 1) * len(inner) / (take + 1)) - 1] for place in range(take)}
    return (least, *sorted(chosen))


def _step(count: float, bounds: Sequence[float]) -> int:
    return _place(sum(count >= each for each in bounds) - 1, len(bounds))


def _place(step: int, of: int) -> int:
    """Return the strength of a step, so that the last one is always the strongest."""
    return len(_STRENGTHS) - of + step
