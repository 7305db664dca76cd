"""The gap statistic: how much tighter the segments are than those cut from a box without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from segnb.clustering.lloyd import k_means
from segnb.transform import Points, significant

DRAWS = 10
"""Boxes drawn; the error of their mean is part of the rule."""
STARTS = 4


@dataclass(frozen=True)
class Gap:
    """The gap of one number of segments, and its error (s in the paper)."""

    n_segments: int
    gap: float
    error: float


def gaps(points: Points, largest: int, *, random: np.random.Generator) -> tuple[Gap, ...]:
    """Return the gap statistic of 1 to ``largest`` segments (Tibshirani, Walther & Hastie 2001, eq. 3).

    The gap is the mean of log W over points drawn evenly from the box along the principal axes that
    holds the data (their choice b), less the data's own log W, where W is the sum of squared
    distances to the means of k-means segments. Its error is the standard deviation of log W over the
    draws, times sqrt(1 + 1 / draws).
    """
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    along = centred @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    own = _log_sums(centred, largest, random)
    drawn = np.array(
        [_log_sums(random.uniform(low, high, along.shape), largest, random) for _ in range(DRAWS)]
    )
    errors = drawn.std(axis=0) * np.sqrt(1 + 1 / DRAWS)
    found = significant(np.column_stack([drawn.mean(axis=0) - own, errors]))
    return tuple(Gap(place + 1, float(gap), float(error)) for place, (gap, error) in enumerate(found))


def number_by_gap(found: Sequence[Gap]) -> int:
    """Return the least number whose gap is within one error of the next; the largest where none is."""
    for each, following in pairwise(found):
        if each.gap >= following.gap - following.error:
            return each.n_segments
    return found[-1].n_segments


def _log_sums(points: Points, largest: int, random: np.random.Generator) -> Points:
    sums = [k_means(points, k, starts=STARTS, random=random).best.sse for k in range(1, largest + 1)]
    return np.log(np.maximum(sums, np.finfo(float).tiny))
