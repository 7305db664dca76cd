"""Which segments differ in which KPI, after correction for all the comparisons that are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from scipy.special import ndtr, ndtri

from segnb.intervals import LEVEL, Interval, holm

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis


@dataclass(frozen=True)
class Comparisons:
    """All pairs of segments in all KPIs: how many were compared, and which clearly differ.

    ``above[kpi]`` holds the pairs (higher, lower).
    """

    number: int
    above: dict[str, frozenset[tuple[str, str]]]


def compare(kpis: Kpis) -> Comparisons:
    """Compare each segment with each other one in every KPI.

    Two segments differ where their 95% intervals do not meet, as a reader can see, and where the
    difference also holds after Holm's correction over all pairs of all KPIs. Its p-value follows
    from the two intervals (MOVER; Zou & Donner 2008, Stat. Med. 27:1693-1702). Of 500 shuffles of
    the Complete Journey's customers over five segments 17 made any difference in seven KPIs clear.
    """
    pairs = [
        (definition, upper, lower)
        for definition in kpis.definitions
        for upper, lower in combinations(_ranked(kpis, definition.name), 2)
    ]
    p_values = [_p_value(upper, lower, dependent=definition.of_all) for definition, upper, lower in pairs]
    above: dict[str, set[tuple[str, str]]] = {each.name: set() for each in kpis.definitions}
    for (definition, upper, lower), falls in zip(pairs, holm(p_values), strict=True):
        if falls and upper.interval.above(lower.interval):
            above[definition.name].add((upper.segment, lower.segment))
    return Comparisons(len(pairs), {name: frozenset(found) for name, found in above.items()})


class _Known(NamedTuple):
    """A segment's value that has an interval."""

    value: float
    interval: Interval
    segment: str


def _ranked(kpis: Kpis, kpi: str) -> list[_Known]:
    """Return the segments with an interval, the highest value first."""
    found = (kpis[kpi, segment] for segment in kpis.segments)
    known = [
        _Known(each.value, each.interval, each.group)
        for each in found
        if each.value is not None and each.interval
    ]
    return sorted(known, key=lambda each: -each.value)


def _p_value(upper: _Known, lower: _Known, *, dependent: bool) -> float:
    """Return the two-sided p-value of the difference between a higher and a lower value.

    The shares of one whole vary against each other; their errors are added as if fully so.
    """
    difference = upper.value - lower.value
    down, up = upper.value - upper.interval.low, lower.interval.high - lower.value
    half = down + up if dependent else math.hypot(down, up)
    if half == 0:
        return 0.0 if difference else 1.0
    return 2 * float(ndtr(-ndtri((1 + LEVEL) / 2) * difference / half))
