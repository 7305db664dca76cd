"""k-means, by scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans

from segnb.clustering.methods import method
from segnb.clustering.rules import NearestCentre, matrix
from segnb.transform import Points


@method("kmeans")
def kmeans(points: Points, n_segments: int, *, seed: int, restarts: int) -> NearestCentre:
    """Compact segments around their centres (k-means).

    The best of ``restarts`` runs of Lloyd's algorithm, each started by k-means++ (Arthur &
    Vassilvitskii 2007).
    """
    found = KMeans(n_clusters=n_segments, n_init=restarts, random_state=seed).fit(points)
    return NearestCentre(
        matrix([points[found.labels_ == each].mean(axis=0) for each in np.unique(found.labels_)])
    )
