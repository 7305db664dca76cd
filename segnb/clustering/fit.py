"""One fit: the best of several starts, the rule it learned, and whether the starts agree."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.methods import Method
from segnb.clustering.rules import Labels, Rule, centre_means
from segnb.transform import Points, significant

FEWEST = 150
"""Below so many customers no verdict is given."""
JUDGE_ON = 5_000
"""Stability, silhouettes and the verdict rest on at most so many customers, drawn by seed."""
REDRAWN_ON = 2_500
"""Starts on redrawn customers are compared on at most so many, by a method that counts weights."""
NEAR = 0.001
"""Starts within this share of the best loss count as having reached it."""
SAME = 0.98
"""Adjusted Rand index from which two results are called the same groups."""


@dataclass(frozen=True)
class Fit:
    """The rule of the best start, largest segment first, and how its rivals compare.

    ``centres`` are the segments' means and ``sse`` the sum of squared distances to them, noise left
    out; ``loss`` is what the method itself makes small. Of the ``starts``, ``reached`` is the share
    within ``NEAR`` of the best loss, ``certain`` the share that also gives the same groups, and
    ``restart_ari`` the median adjusted Rand index between any two.
    """

    rule: Rule
    centres: Points
    sizes: tuple[int, ...]
    sse: float
    loss: float
    starts: int
    reached: float
    certain: float
    restart_ari: float


def fit(points: Points, n_segments: int, *, method: Method, restarts: int, seed: int) -> Fit:
    """Return the best of several starts, by the method's own loss; one that knows no start has one."""
    with one_thread():
        compared, rules, settled = _starts(points, n_segments, method, restarts, seed)
        losses = significant([rule.loss(compared) for rule in rules])
        agreement = adjusted_rand([one_hot(rule.labels(compared), n_segments) for rule in rules])
    best, tried = int(np.argmin(losses)), len(rules)
    near = losses <= losses[best] + abs(losses[best]) * NEAR
    same = near & (agreement[best] >= SAME)
    pairs = agreement[np.triu_indices(tried, 1)]
    rule, centres, sizes = _largest_first(points, settled or rules[best])
    return Fit(
        rule=rule,
        centres=centres,
        sizes=sizes,
        sse=float(significant(within(points, centres, rule.labels(points)))),
        loss=float(losses[best]),
        starts=tried,
        reached=float(near.mean()),
        certain=float(same.mean()),
        restart_ari=float(significant(np.median(pairs))) if len(pairs) else 1.0,
    )


def only_segment(points: Points, rule: Rule) -> Fit:
    """Return the fit of a single segment."""
    return Fit(
        rule=rule,
        centres=points.mean(axis=0, keepdims=True),
        sizes=(len(points),),
        sse=0.0,
        loss=0.0,
        starts=1,
        reached=1.0,
        certain=1.0,
        restart_ari=1.0,
    )


def _starts(
    points: Points, n_segments: int, method: Method, restarts: int, seed: int
) -> tuple[Points, Sequence[Rule], Rule | None]:
    """Return rows to compare starts on, the rule of each, and the best's on all rows where there is one."""
    if method.started:
        own = int(draws(seed, n_segments).integers(2**31))
        found = method.started(points, n_segments, seed=own, restarts=restarts)
        return points[found.compared], found.starts, found.rule
    compared = sample(points, method.most, seed)
    tried = range(1 if method.deterministic else restarts)
    rules = [learn(compared, n_segments, method, (seed, n_segments, start), restarts=1) for start in tried]
    return compared, rules, None


def learn(
    points: Points,
    n_segments: int,
    method: Method,
    seed: tuple[int, ...],
    *,
    restarts: int,
    drawn: Labels | None = None,
) -> Rule:
    """Learn the method's rule once, on as many of the points as it takes.

    ``drawn`` holds the places of the rows to learn on, several times where drawn so; None takes all.
    """
    own = int(draws(*seed).integers(2**31))
    if method.started and drawn is not None:
        weights = np.bincount(drawn, minlength=len(points)).astype(np.float64)
        options = {"seed": own, "restarts": restarts, "weights": weights, "screen_on": REDRAWN_ON}
        return method.started(points, n_segments, **options).rule
    learned_on = sample(points if drawn is None else points[drawn], method.most, seed[0])
    return method.learn(learned_on, n_segments, seed=own, restarts=restarts)


def within(points: Points, centres: Points, labels: Labels) -> float:
    """Return the sum of squared distances of the points to their own centre; noise has none."""
    placed = labels >= 0
    return float(((points[placed] - centres[labels[placed]]) ** 2).sum())


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
    from sklearn.exceptions import ConvergenceWarning  # slow, and needed by notebooks that fit alone

    with threadpool_limits(1), warnings.catch_warnings():
        # A resample may hold fewer different customers than segments: then some stay empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _largest_first(points: Points, rule: Rule) -> tuple[Rule, Points, tuple[int, ...]]:
    labels, k = rule.labels(points), rule.n_segments
    sizes = np.bincount(labels[labels >= 0], minlength=k)
    centres = significant(centre_means(points, labels, k))
    order = sorted(range(k), key=lambda place: (-sizes[place], tuple(centres[place])))
    return rule.reordered(order), centres[order], tuple(int(sizes[place]) for place in order)
