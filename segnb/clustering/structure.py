"""The verdict on a fitted cut: whether it comes back, and holds more than unrelated columns.

The finest verdict, *natural*, is not given here: it takes evidence of gaps that a cut's own
stability cannot give.
"""

from __future__ import annotations

import numpy as np

from segnb.clustering.fit import JUDGE_ON, Fit, centres_of, draws, fit, nearest, one_thread, sample, within
from segnb.clustering.methods import Method
from segnb.clustering.number import silhouette
from segnb.segmentation import Structure
from segnb.transform import Points, significant

FEWEST = 150
"""Below so many customers no verdict is given."""
DRAWS = 49
"""Shuffled tables that the data must beat, all of them: a test at 2 %."""
REPRODUCIBLE = 0.7
"""Median agreement of two refits from which a cut is said to come back; a rule of thumb."""
_STARTS = 4
_SILHOUETTES = 19
_SILHOUETTE_ON = 1_000
_SHUFFLE, _FIT = 1, 2  # streams of random numbers of their own


def structure(
    points: Points, found: Fit, agreement: tuple[float, float, float], *, method: Method, seed: int
) -> Structure:
    """Return the verdict on a cut, and the figures that decided.

    - *none*: k-means compresses the data no better than tables with the same columns, each shuffled
      by itself. The statistic is the largest standardised drop in log W_K over K = 2, 3, 10 and the
      number chosen (in the manner of the gap statistic, Tibshirani, Walther & Hastie 2001).
    - *reproducible*: it does, and two bootstrap refits agree at 0.7 or more.
    - *unstable*: it does, but they agree less.
    - *too few rows*: fewer than 150 customers.

    ``evidence`` holds ``customers``; ``agreement``, ``agreement_low`` and ``agreement_high`` (median and
    quartiles of the adjusted Rand index of refits); ``silhouette`` and ``silhouette_shuffled`` (its mean
    over shuffled tables); ``compression`` (the statistic), ``p_shuffled`` (its rank among the
    shuffled tables) and ``shuffles``; ``starts`` (their number), ``starts_reached``, ``starts_certain``
    and ``starts_agreement`` (share within 0.1 % of the best, share that also gives the same groups, and
    median adjusted Rand index of any two).
    """
    low, median, high = agreement
    evidence = {
        "customers": float(len(points)),
        "agreement": median,
        "agreement_low": low,
        "agreement_high": high,
        "silhouette": silhouette(points, found, seed),
        "starts": float(found.starts),
        "starts_reached": found.reached,
        "starts_certain": found.certain,
        "starts_agreement": found.restart_ari,
    }
    if len(points) < FEWEST:
        return Structure("too few rows", evidence)
    compression, p, null = against_shuffled(points, len(found.centres), method=method, seed=seed)
    evidence |= {
        "compression": compression,
        "p_shuffled": p,
        "shuffles": float(DRAWS),
        "silhouette_shuffled": null,
    }
    if p > 1 / (DRAWS + 1):
        return Structure("none", evidence)
    return Structure("reproducible" if median >= REPRODUCIBLE else "unstable", evidence)


def against_shuffled(
    points: Points, n_segments: int, *, method: Method, seed: int
) -> tuple[float, float, float]:
    """Compare the data with tables whose columns are shuffled, each by itself.

    Returns
    -------
    tuple of float
        The standardised drop in log W_K, its rank p-value, and the shuffled tables' mean silhouette.
    """
    judged = sample(points, JUDGE_ON, seed)
    numbers = sorted({2, 3, 10, n_segments})
    tables = [judged, *(_shuffled(judged, seed, draw) for draw in range(DRAWS))]
    with one_thread():
        sums = np.array([[_log_within(each, k, method, seed) for k in numbers] for each in tables])
    deviations = sums.std(axis=0, ddof=1)
    drops = (sums.mean(axis=0) - sums) / np.where(deviations > 0, deviations, 1)
    statistic = significant(drops.max(axis=1))
    p = float((statistic[1:] >= statistic[0]).sum() + 1) / (DRAWS + 1)
    return (
        float(statistic[0]),
        p,
        _shuffled_silhouette(tables[1 : 1 + _SILHOUETTES], n_segments, method, seed),
    )


def _log_within(points: Points, n_segments: int, method: Method, seed: int) -> float:
    centres = centres_of(points, n_segments, method, (seed, n_segments, _FIT), restarts=_STARTS)
    floor = np.finfo(float).tiny  # as many different points as centres leave nothing within
    return float(np.log(max(within(points, centres, nearest(points, centres)), floor)))


def _shuffled(points: Points, seed: int, draw: int) -> Points:
    random = draws(seed, draw, _SHUFFLE)
    return np.column_stack([random.permutation(column) for column in points.T])


def _shuffled_silhouette(tables: list[Points], n_segments: int, method: Method, seed: int) -> float:
    small = [sample(each, _SILHOUETTE_ON, seed) for each in tables]
    found = [fit(each, n_segments, method=method, restarts=_STARTS, seed=seed) for each in small]
    values = [silhouette(each, own, seed) for each, own in zip(small, found, strict=True)]
    return float(significant(np.mean(values)))
