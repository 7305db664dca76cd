"""Do k segments hold the rows more tightly than tables without groups? A rank among drawn tables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from segnb.clustering.fit import learn, one_thread
from segnb.clustering.methods import Method
from segnb.transform import Points, significant

DRAWS = 49
"""Drawn tables that the data must beat, all of them: a test at 2 %."""
LEVEL = 1 / (DRAWS + 1)
_STARTS = 2
_FIT = 2  # a stream of random numbers of its own


def compression(
    tables: list[Points], numbers: Iterable[int], *, method: Method, seed: int
) -> tuple[float, float]:
    """Compare the first table with all others.

    The statistic is the largest standardised drop in log W_K over some numbers of segments, in the manner of
    the gap statistic (Tibshirani, Walther & Hastie 2001); mean and standard deviation are those of all
    tables, so that each has the same chance of the largest where none holds groups.

    Returns
    -------
    tuple of float
        The first table's statistic, and its rank p-value.
    """
    tried = sorted(set(numbers))
    with one_thread():
        sums = np.array([[_log_within(each, k, method, seed) for k in tried] for each in tables])
    deviations = sums.std(axis=0, ddof=1)
    drops = (sums.mean(axis=0) - sums) / np.where(deviations > 0, deviations, 1)
    statistic = significant(drops.max(axis=1))
    return float(statistic[0]), float((statistic >= statistic[0]).sum() / len(tables))


def _log_within(points: Points, n_segments: int, method: Method, seed: int) -> float:
    rule = learn(points, n_segments, method, (seed, n_segments, _FIT), restarts=_STARTS)
    floor = np.finfo(float).tiny  # as many different points as centres leave nothing within
    return float(np.log(max(rule.loss(points), floor)))
