"""How far two partitions of the same customers agree: adjusted Rand index and Jaccard overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segnb.transform import Points, significant


def one_hot(labels: NDArray[np.intp], n_segments: int) -> Points:
    """Return one column for each segment, 1 where a customer is in it."""
    return np.asarray(labels[:, None] == np.arange(n_segments), dtype=np.float64)


def adjusted_rand(partitions: Sequence[Points]) -> Points:
    """Return the adjusted Rand index of every pair of partitions (Hubert & Arabie 1985).

    Each partition is one-hot; all contingency tables come out of a single product.
    """
    n = len(partitions[0])
    widths = [partition.shape[1] for partition in partitions]
    joined = np.hstack(partitions)
    tables = joined.T @ joined
    sizes = joined.sum(axis=0)
    starts = np.cumsum([0, *widths[:-1]])
    together = np.add.reduceat(np.add.reduceat(_pairs(tables), starts, axis=0), starts, axis=1)
    own = np.add.reduceat(_pairs(sizes), starts)
    expected = np.outer(own, own) / _pairs(np.float64(n))
    most = (own[:, None] + own[None, :]) / 2
    with np.errstate(invalid="ignore"):
        index = (together - expected) / (most - expected)
    # Two partitions into a single group, or into single customers, agree by definition.
    return significant(np.where(most == expected, 1.0, index))


def best_overlap(original: Points, refit: Points) -> Points:
    """Return for each original segment its largest Jaccard overlap with a segment of the refit."""
    shared = original.T @ refit
    either = original.sum(axis=0)[:, None] + refit.sum(axis=0)[None, :] - shared
    return np.asarray((shared / np.maximum(either, 1)).max(axis=1))


def _pairs(count: Points | np.float64) -> Points:
    return np.asarray(count * (count - 1) / 2)
