"""One fit: the best of several starts, its centres, and whether the starts agree.

The segments of any method are published by one rule, the nearest centre, so that a rule of plain
numbers can be repeated anywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.methods import Method
from segnb.transform import Points, significant

FIT_ON = 20_000
"""Centres are learned on at most so many customers, drawn by seed; all are assigned to them."""
JUDGE_ON = 5_000
"""Stability, silhouettes and the verdict rest on at most so many customers, drawn by seed."""
REDRAWN_ON = 2_500
"""Starts on redrawn customers are compared on at most so many, by a method that counts weights."""
NEAR = 0.001
"""Starts within this share of the best sum of squares count as having reached it."""
SAME = 0.98
"""Adjusted Rand index from which two results are called the same groups."""

Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Fit:
    """The centres of the best start, largest segment first, and how its rivals compare.

    ``sse`` is the sum of squared distances to the nearest centre, ``reached`` the share of starts
    within ``NEAR`` of it, ``certain`` the share that also gives the same groups, and ``restart_ari``
    the median adjusted Rand index between any two of the ``starts``.
    """

    centres: Points
    sizes: tuple[int, ...]
    sse: float
    starts: int
    reached: float
    certain: float
    restart_ari: float


def fit(points: Points, n_segments: int, *, method: Method, restarts: int, seed: int) -> Fit:
    """Return the best of several starts, by the sum of squared distances to the nearest centre."""
    with one_thread():
        learned_on, starts, settled = _starts(points, n_segments, method, restarts, seed)
        labels = [nearest(learned_on, centres) for centres in starts]
        sums = significant(
            [within(learned_on, centres, own) for centres, own in zip(starts, labels, strict=True)]
        )
        agreement = adjusted_rand([one_hot(own, n_segments) for own in labels])
    best = int(np.argmin(sums))
    near = sums <= sums[best] * (1 + NEAR)
    same = near & (agreement[best] >= SAME)
    pairs = agreement[np.triu_indices(restarts, 1)]
    centres, sizes = _largest_first(points, starts[best] if settled is None else settled)
    return Fit(
        centres=centres,
        sizes=sizes,
        sse=float(significant(within(points, centres, nearest(points, centres)))),
        starts=restarts,
        reached=float(near.mean()),
        certain=float(same.mean()),
        restart_ari=float(significant(np.median(pairs))) if len(pairs) else 1.0,
    )


def centres_of(
    points: Points,
    n_segments: int,
    method: Method,
    seed: tuple[int, ...],
    *,
    restarts: int,
    drawn: Labels | None = None,
) -> Points:
    """Fit the method once and return its segments' means, rounded before anything depends on them.

    ``drawn`` holds the places of the rows to fit on, one several times where it was drawn so; None takes all.
    """
    estimator = method(n_segments, seed=int(draws(*seed).integers(2**31)), restarts=restarts)
    if method.weighted and drawn is not None:
        weights = np.bincount(drawn, minlength=len(points)).astype(np.float64)
        return _means(points, estimator.fit(points, weights, REDRAWN_ON).labels_, weights)
    fitted_on = points if drawn is None else points[drawn]
    return _means(fitted_on, estimator.fit(fitted_on).labels_, np.ones(len(fitted_on)))


def _starts(
    points: Points, n_segments: int, method: Method, restarts: int, seed: int
) -> tuple[Points, list[Points], Points | None]:
    """Return rows to compare starts on, the centres of each, and the best's on all rows where it has any."""
    if method.weighted:
        own = int(draws(seed, n_segments).integers(2**31))
        estimator = method(n_segments, seed=own, restarts=restarts).fit(points)
        settled = _means(points, estimator.labels_, np.ones(len(points)))
        return points[estimator.compared_], [significant(each) for each in estimator.starts_], settled
    learned_on = sample(points, FIT_ON, seed)
    starts = [
        centres_of(learned_on, n_segments, method, (seed, n_segments, start), restarts=1)
        for start in range(restarts)
    ]
    return learned_on, starts, None


def _means(points: Points, labels: Labels, weights: Points) -> Points:
    found = np.unique(labels[(labels >= 0) & (weights > 0)])
    means = [
        np.average(points[own], axis=0, weights=weights[own]) for own in (labels == each for each in found)
    ]
    return significant(np.vstack(means))


def nearest(points: Points, centres: Points) -> Labels:
    """Return the place of each point's nearest centre; the first of equals."""
    # One centre at a time keeps the memory at one column for each.
    distances = np.column_stack([((points - centre) ** 2).sum(axis=1) for centre in centres])
    return np.asarray(distances.argmin(axis=1))


def within(points: Points, centres: Points, labels: Labels) -> float:
    """Return the sum of squared distances of the points to their own centre."""
    return float(((points - centres[labels]) ** 2).sum())


def canonical(points: Points) -> Points:
    """Sort the rows by their values, so that neither ids nor the order of rows decide anything."""
    return points[np.lexsort(points.T[::-1])]


def sample(points: Points, most: int, seed: int) -> Points:
    """Return all points, or as many of them as are allowed, drawn by seed, in their order."""
    if len(points) <= most:
        return points
    chosen = draws(seed, most).choice(len(points), size=most, replace=False)
    return points[np.sort(chosen)]


def draws(*seed: int) -> np.random.Generator:
    """Return a stream of random numbers of its own for each purpose."""
    return np.random.default_rng(list(seed))


@contextmanager
def one_thread() -> Iterator[None]:
    """Fit on one thread: on more, the last digits of a centre depend on their number."""
    with threadpool_limits(1), warnings.catch_warnings():
        # A resample may hold fewer different customers than segments: then some stay empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _largest_first(points: Points, centres: Points) -> tuple[Points, tuple[int, ...]]:
    sizes = np.bincount(nearest(points, centres), minlength=len(centres))
    order = sorted(range(len(centres)), key=lambda place: (-sizes[place], tuple(centres[place])))
    return centres[order], tuple(int(sizes[place]) for place in order)
