"""Values drawn in towards the mean of all segments, for saying who comes first.

The highest of several measured values is, on average, too high, the more so where few customers
are behind it. An empirical Bayes estimate draws each value towards the mean of all, the more the
less is known of it (Morris 1983, *J. Am. Stat. Assoc.* 78:47-55). It decides ranks alone: what is
shown stays what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from segnb.intervals import Values, stable

_FEWEST = 3
"""Fewest segments from which a spread between segments can be told from chance."""
_STEPS, _CLOSE = 100, 1e-10


class Uncertain(NamedTuple):
    """A measured value and its standard error."""

    value: float
    error: float


def standard_error(parts: Values, wholes: Values) -> float:
    """Return the standard error of ``sum(parts) / sum(wholes)`` over customers.

    By linearisation (Cochran, *Sampling Techniques*, 1977, section 6.4); two yes and two no are added
    to a rate, so that one of 0 or 1 is not certain (Agresti & Coull 1998, *Am. Stat.* 52:119-126).
    """
    n, whole = len(parts), float(wholes.sum())
    if np.isin(parts, (0, 1)).all() and np.isin(wholes, (0, 1)).all():
        share = (float(parts.sum()) + 2) / (whole + 4)
        return float(np.sqrt(share * (1 - share) / (whole + 4)))
    if n < 2:
        return float("inf")
    residuals = parts - float(parts.sum()) / whole * wholes
    return float(np.sqrt(n / (n - 1) * (residuals @ residuals)) / abs(whole))


def between_variance(values: Values, variances: Values) -> float:
    """Return the variance between the segments' true values (Paule & Mandel 1982, *J. Res. NBS* 87:377-385).

    It is where the weighted squares about the weighted mean are what chance would make them, the number
    of segments less one (equation 3 of DerSimonian & Kacker 2007, *Contemp. Clin. Trials* 28:105-114);
    0 where chance alone makes as many.
    """
    between = 0.0
    for _ in range(_STEPS):
        weights = 1 / (variances + between)
        mean = (weights @ values) / weights.sum()
        squares = weights @ (values - mean) ** 2
        excess = squares - (len(values) - 1)
        if excess <= _CLOSE * len(values):
            break
        between += excess / (weights**2 @ (values - mean) ** 2)
    return float(between)


def pooled(measured: Mapping[str, Uncertain]) -> dict[str, float]:
    """Return each segment's value drawn in towards the mean of all.

    A value keeps the share ``between / (between + error ** 2)`` of its distance from the weighted mean.
    Fewer than three segments tell nothing of the spread between them, and stay as they are.
    """
    if len(measured) < _FEWEST:
        return {segment: each.value for segment, each in measured.items()}
    values = np.array([each.value for each in measured.values()])
    # Equal customers leave no error; a tiny one keeps the weights finite.
    least = 1e-9 * max(float(np.abs(values).max()), 1e-300)
    variances = np.array([max(each.error, least) ** 2 for each in measured.values()])
    between = between_variance(values, variances)
    weights = 1 / (variances + between)
    mean = float(weights @ values) / float(weights.sum())
    kept = between / (between + variances)
    return dict(zip(measured, (stable(each) for each in mean + kept * (values - mean)), strict=True))
