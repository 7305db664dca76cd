"""k-medoids on Gower's dissimilarity: segments around actual customers."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from segnb.clustering.fit import draws
from segnb.clustering.k_prototypes import column_weights
from segnb.clustering.methods import method
from segnb.clustering.rules import Labels, NearestCentre, matrix, vector
from segnb.clustering.seeds import far_apart
from segnb.transform import Points, significant

BLOCK = 64
"""Candidates that are weighed at a time; the best of them is swapped in at once where that helps."""
_ROUNDS = 100
_GAIN = 1e-9


@method("k_medoids", categories="apart", most=1_000)
def k_medoids(
    points: Points, n_segments: int, *, levels: tuple[int, ...], seed: int, restarts: int
) -> NearestCentre:
    """Segments around actual customers, for numbers and categories (k-medoids on Gower's distance).

    Gower's dissimilarity (1971) is the mean over the variables of the difference in parts of the range,
    or of 1 where categories differ; ranges are those of the drawn-in values, so that no outlier
    stretches them. The sum of the dissimilarities to the medoids is made small by eager swaps (FasterPAM;
    Schubert & Rousseeuw 2021), candidates block by block. As all pairs are compared, medoids are found among
    1,000 customers (CLARA; Kaufman & Rousseeuw 1990).
    """
    weights = significant(gower_weights(points, levels))
    apart = pairwise(points, weights)
    random = draws(seed)
    size = len(points)
    drawn = [far_apart(apart.__getitem__, size, n_segments, random) for _ in range(restarts)]
    tried = [_medoids(apart, medoids) for medoids in drawn]
    _, medoids = min(tried, key=lambda each: each[0])
    return NearestCentre(matrix(points[medoids]), vector(weights), power=1)


def gower_weights(points: Points, levels: tuple[int, ...]) -> Points:
    """Return each column's weight in Gower's dissimilarity; a number without a range has none."""
    # An indicator's range is its weight, and two of them differ where categories do: half for each.
    ranges = np.ptp(points, axis=0)
    parts = np.divide(column_weights(levels), ranges, out=np.zeros_like(ranges), where=ranges > 0)
    return np.asarray(parts / len(levels))


def pairwise(points: Points, weights: Points) -> Points:
    """Return the weighted sum of differences between all pairs, shape (points, points)."""
    scaled = points * weights
    found: Points = cdist(scaled, scaled, "cityblock")
    return found


def _medoids(apart: Points, medoids: Labels) -> tuple[float, Labels]:
    """Swap medoids for candidates as long as the sum of the dissimilarities falls; return both."""
    n, k = len(apart), len(medoids)
    medoids = medoids.copy()
    for _ in range(_ROUNDS):
        swapped = False
        for start in range(0, n, BLOCK):
            to = apart[:, medoids]
            order = np.argsort(to, axis=1, kind="stable")
            first = to[np.arange(n), order[:, 0]]
            second = to[np.arange(n), order[:, 1]] if k > 1 else np.full(n, np.inf)
            offered = apart[:, start : start + BLOCK]
            with_it = np.minimum(offered, first[:, None])
            # Without its own medoid a customer goes to the candidate or to its second.
            lost = np.minimum(offered, second[:, None]) - with_it
            own = np.asarray(order[:, 0] == np.arange(k)[:, None], dtype=np.float64)
            change = (with_it - first[:, None]).sum(axis=0) + own @ lost
            place, candidate = np.unravel_index(int(np.round(change, 9).argmin()), change.shape)
            if change[place, candidate] < -_GAIN:
                medoids[place] = start + candidate
                swapped = True
        if not swapped:
            break
    return float(significant(apart[:, medoids].min(axis=1).sum())), medoids
