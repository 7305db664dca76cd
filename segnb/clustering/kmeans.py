"""k-means: all starts at once, on samples first."""

from __future__ import annotations

import numpy as np

from segnb.clustering.lloyd import SCREEN_ON, k_means
from segnb.clustering.methods import Started, method
from segnb.clustering.rules import NearestCentre, Rule, centre_means, matrix
from segnb.transform import Points


def started(
    points: Points,
    n_segments: int,
    *,
    seed: int,
    restarts: int,
    weights: Points | None = None,
    screen_on: int = SCREEN_ON,
) -> Started:
    """Return the best of all starts, and where each of them ended."""
    found = k_means(
        points,
        n_segments,
        starts=restarts,
        random=np.random.default_rng(seed),
        weights=weights,
        screen_on=screen_on,
    )
    held = slice(None) if weights is None else weights > 0
    places = np.unique(found.best.labels[held], return_inverse=True)[1]
    counts = None if weights is None else weights[held]
    centres = centre_means(points[held], places, int(places.max()) + 1, counts)
    starts = tuple(NearestCentre(matrix(each.centres)) for each in found.starts)
    return Started(NearestCentre(matrix(centres)), starts, found.compared)


@method("kmeans", started=started)
def kmeans(points: Points, n_segments: int, *, seed: int, restarts: int) -> Rule:
    """Compact segments around their centres (k-means).

    The best of ``restarts`` runs of Lloyd's algorithm, each started by k-means++ (Arthur &
    Vassilvitskii 2007).
    """
    return started(points, n_segments, seed=seed, restarts=restarts).rule
