"""A value with its 95% interval, and the four ways in which this room arrives at one.

An interval is given only where its coverage is known to hold; else it is None, and no sentence
is built on the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, ndtr, ndtri, stdtrit

from segnb.kpis.intervals import FEWEST, LEVEL, Values, holm, stable, wilson

_Z = float(ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Estimate:
    """A value, how many customers it rests on, and its 95% interval where one can be had."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def certain(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None and self.high is not None


def direction(ours: Estimate, theirs: Estimate) -> int:
    """Return 1 where ``ours`` clearly lies above, -1 where below, 0 where the intervals meet.

    Two 95% intervals that do not meet are a stricter sign than a test at 5%.
    """
    if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
        return 0
    return int(ours.low > theirs.high) - int(ours.high < theirs.low)


def differ(pairs: Sequence[tuple[Estimate, Estimate]]) -> list[bool]:
    """Say which pairs differ at 5% over the whole family, by Holm's correction.

    The standard errors are read off the intervals; a pair without them never differs.
    """
    return holm([_chance(*pair) for pair in pairs])


def _chance(ours: Estimate, theirs: Estimate) -> float:
    """Return the two-sided p-value of a difference, by the normal approximation."""
    if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
        return 1.0
    error = math.hypot(ours.high - ours.low, theirs.high - theirs.low) / (2 * _Z)
    distance = abs(ours.value - theirs.value)
    return float(2 * ndtr(-distance / error)) if error > 0 else float(distance == 0)


def mean(values: Values) -> Estimate:
    """Return the mean with Student's interval.

    The interval is left out where skewness G1 asks for more values than there are: ``n > 25 G1**2``
    (Cochran, *Sampling Techniques*, 3rd ed. 1977, section 2.15).
    """
    n = len(values)
    centre = stable(float(values.mean())) if n else math.nan
    if n < FEWEST:
        return Estimate(centre, n)
    deviations = values - values.mean()
    spread = float(deviations.std(ddof=1))
    if spread == 0:
        return Estimate(centre, n, centre, centre)
    skewness = float((deviations**3).mean() / deviations.std() ** 3)
    if n < 25 * skewness**2:
        return Estimate(centre, n)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * spread / math.sqrt(n)
    return Estimate(centre, n, stable(centre - half), stable(centre + half))


def median(values: Values) -> Estimate:
    """Return the median with its distribution-free interval between two order statistics.

    Exact for any distribution (Conover, *Practical Nonparametric Statistics*, section 3.2).
    """
    n = len(values)
    if not n:
        return Estimate(math.nan, 0)
    centre = stable(float(np.median(values)))
    rank = int((bdtr(np.arange(n), n, 0.5) <= (1 - LEVEL) / 2).sum())
    if rank == 0:
        return Estimate(centre, n)
    ordered = np.sort(values)
    return Estimate(centre, n, stable(float(ordered[rank - 1])), stable(float(ordered[n - rank])))


def rate(hits: int, n: int) -> Estimate:
    """Return a share with Wilson's interval."""
    if not n:
        return Estimate(math.nan, 0)
    return Estimate(stable(hits / n), n, *wilson(hits, n))


@dataclass(frozen=True)
class Sums:
    """What a ratio of two sums over customers needs: their number, sums, squares and products."""

    n: int
    part: float
    whole: float
    part_squared: float
    product: float
    whole_squared: float

    def __add__(self, other: Sums) -> Sums:
        pairs = ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        return Sums(*(a + b for a, b in pairs))


def ratio(sums: Sums) -> Estimate:
    """Return the ratio of two sums over customers, its interval by linearisation.

    The standard error is that of ``part - ratio * whole`` over the sum of ``whole`` (Cochran 1977,
    section 6.4).
    """
    if not sums.n or sums.whole <= 0:
        return Estimate(math.nan, sums.n)
    centre = sums.part / sums.whole
    if sums.n < FEWEST:
        return Estimate(stable(centre), sums.n)
    squares = sums.part_squared - 2 * centre * sums.product + centre**2 * sums.whole_squared
    error = math.sqrt(max(squares, 0.0) * sums.n / (sums.n - 1)) / sums.whole
    half = float(stdtrit(sums.n - 1, (1 + LEVEL) / 2)) * error
    return Estimate(stable(centre), sums.n, stable(max(0.0, centre - half)), stable(centre + half))
