"""Which segments differ in which KPI, after correction for all the comparisons that are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from segnb.intervals import Interval, chance, holm, stable

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis


@dataclass(frozen=True)
class Difference:
    """How far one segment lies above another, with the 95% interval of that."""

    size: float
    low: float | None
    high: float | None


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
    from the two intervals (`intervals.chance`). KPIs that forming the
    segments made different are not compared, nor are two limits on the same side: both rates lie beyond them.
    A limit may lie clearly above or below another value; how far a rate lies beyond its own limit
    adds to that. How often chance alone makes a difference clear was
    measured: docs/intervals.md.
    """
    leaking = {each.kpi for each in kpis.leaks}
    pairs = [
        (definition, upper, lower)
        for definition in kpis.definitions
        if definition.name not in leaking
        for upper, lower in combinations(_ranked(kpis, definition.name), 2)
        if not upper.bound or upper.bound != lower.bound
    ]
    p_values = [
        chance(upper.value, upper.interval, lower.value, lower.interval, dependent=definition.of_all)
        for definition, upper, lower in pairs
    ]
    above: dict[str, set[tuple[str, str]]] = {each.name: set() for each in kpis.definitions}
    for (definition, upper, lower), falls in zip(pairs, holm(p_values), strict=True):
        if falls and upper.interval.above(lower.interval):
            above[definition.name].add((upper.segment, lower.segment))
    return Comparisons(len(pairs), {name: frozenset(found) for name, found in above.items()})


def difference(kpis: Kpis, kpi: str, upper: str, lower: str) -> Difference | None:
    """Return how far one segment lies above another; None where either has no interval.

    Of a limit it is how far at least, without an interval.

    The interval is MOVER's (Zou & Donner 2008, equation 2); shares of one whole vary against each other,
    and their errors are added as if fully so.
    """
    known = {each.segment: each for each in _ranked(kpis, kpi)}
    if upper not in known or lower not in known:
        return None
    high, low = known[upper], known[lower]
    size, dependent = high.value - low.value, kpis.definition(kpi).of_all
    if high.bound or low.bound:
        return Difference(stable(size), None, None)
    down = (high.value - high.interval.low, low.interval.high - low.value)
    up = (high.interval.high - high.value, low.value - low.interval.low)
    below, above = (sum(each) if dependent else math.hypot(*each) for each in (down, up))
    return Difference(stable(size), stable(size - below), stable(size + above))


class _Known(NamedTuple):
    """A segment's value, or the limit to it, that has an interval."""

    value: float
    interval: Interval
    segment: str
    bound: int


def _ranked(kpis: Kpis, kpi: str) -> list[_Known]:
    """Return the segments with an interval, the highest value or limit first."""
    found = (kpis[kpi, segment] for segment in kpis.segments)
    known = [
        _Known(each.told, each.interval, each.group, each.bound)
        for each in found
        if each.told is not None and each.interval
    ]
    return sorted(known, key=lambda each: -each.value)
