"""The verdict on a fitted cut: whether it comes back, and holds more than unrelated columns.

The finest verdict, *natural*, is not given here: it takes evidence of gaps that a cut's own
stability cannot give (``verdict``).
"""

from __future__ import annotations

import numpy as np

from segnb.clustering.compression import DRAWS, LEVEL, compression
from segnb.clustering.fit import FEWEST, JUDGE_ON, Fit, draws, fit, sample
from segnb.clustering.methods import METHODS, Method
from segnb.clustering.number import silhouette
from segnb.clustering.stability import REPRODUCIBLE
from segnb.segmentation import Structure
from segnb.transform import Points, significant

_STARTS = 4
_SILHOUETTES = 19
_SILHOUETTE_ON = 1_000
_SHUFFLE = 1  # a stream of random numbers of its own


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
    compression, p, null = against_shuffled(points, found.rule.n_segments, method=method, seed=seed)
    evidence |= {
        "compression": compression,
        "p_shuffled": p,
        "shuffles": float(DRAWS),
        "silhouette_shuffled": null,
    }
    if p > LEVEL:
        return Structure("none", evidence)
    return Structure("reproducible" if median >= REPRODUCIBLE else "unstable", evidence)


def against_shuffled(
    points: Points, n_segments: int, *, method: Method, seed: int
) -> tuple[float, float, float]:
    """Compare the data with tables whose variables are shuffled, each by itself.

    Whatever formed the segments, k-means compresses both: it is the tables that are compared.

    Returns
    -------
    tuple of float
        The standardised drop in log W_K, its rank p-value, and the shuffled tables' mean silhouette.
    """
    judged = sample(points, JUDGE_ON, seed)
    kmeans = METHODS["kmeans"]
    tables = [judged, *(_shuffled(judged, method.levels, seed, draw) for draw in range(DRAWS))]
    statistic, p = compression(tables, {2, 3, 10, n_segments}, method=kmeans, seed=seed)
    return statistic, p, _shuffled_silhouette(tables[1 : 1 + _SILHOUETTES], n_segments, kmeans, seed)


def _shuffled(points: Points, levels: tuple[int, ...], seed: int, draw: int) -> Points:
    random = draws(seed, draw, _SHUFFLE)
    widths = [max(each, 1) for each in levels] or [1] * points.shape[1]
    # A category's indicator columns stay together.
    blocks = np.split(points, np.cumsum(widths)[:-1], axis=1)
    return np.hstack([random.permutation(block) for block in blocks])


def _shuffled_silhouette(tables: list[Points], n_segments: int, method: Method, seed: int) -> float:
    small = [sample(each, _SILHOUETTE_ON, seed) for each in tables]
    found = [fit(each, n_segments, method=method, restarts=_STARTS, seed=seed) for each in small]
    values = [silhouette(each, own, seed) for each, own in zip(small, found, strict=True)]
    return float(significant(np.mean(values)))
