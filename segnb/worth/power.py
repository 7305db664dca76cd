"""How large a test must be to show a difference, and how small a difference a test can show.

With ``z`` the quantiles of the level (95 %, two-sided) and the power (80 %), rates ``p1`` and ``p2`` and
equal arms of ``n`` customers (Fleiss, Levin & Paik, *Statistical Methods for Rates and Proportions*,
3rd ed. 2003, equation 4.14)::

    n = (z_a * sqrt(2 * p * (1 - p)) + z_b * sqrt(p1 * (1 - p1) + p2 * (1 - p2)))**2 / (p2 - p1)**2
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import ndtri

from segnb.intervals import LEVEL

POWER = 0.8
"""Chance of seeing a difference that is there."""


def needed(rate: float, difference: float) -> int:
    """Return the customers that each arm needs to show a rate that lies this far above another."""
    other = rate + difference
    if not 0 <= rate < other <= 1:
        raise ValueError("both rates must lie between 0 and 1, the second above the first")
    return math.ceil(_size(rate, difference))


def larger(gain: float, half: float, n: int) -> int:
    """Return the customers with whom a mean shows a gain, when ``n`` gave an interval of this half length.

    An error falls with the root of the number: ``n * ((z_a + z_b) * error / gain)**2``.
    """
    level, power = float(ndtri((1 + LEVEL) / 2)), float(ndtri(POWER))
    return math.ceil(n * ((level + power) * half / level / gain) ** 2)


def smallest(rate: float, n: int) -> float | None:
    """Return the smallest rise of a rate that arms of ``n`` customers can show; None if there is none."""
    most = 1 - rate
    if n < 1 or most <= 0 or needed(rate, most) > n:
        return None

    def excess(difference: float) -> float:
        return _size(rate, difference) - n

    return float(brentq(excess, 1e-6 * most, most, xtol=1e-9))


def _size(rate: float, difference: float) -> float:
    """Return the size of `needed` before it is rounded up."""
    other = rate + difference
    mean = (rate + other) / 2
    level, power = float(ndtri((1 + LEVEL) / 2)), float(ndtri(POWER))
    spread = level * math.sqrt(2 * mean * (1 - mean))
    spread += power * math.sqrt(rate * (1 - rate) + other * max(1 - other, 0.0))
    return spread**2 / difference**2
