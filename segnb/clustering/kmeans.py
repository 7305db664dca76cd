"""k-means, by scikit-learn."""

from __future__ import annotations

from sklearn.cluster import KMeans

from segnb.clustering.methods import method


@method("kmeans")
def kmeans(n_segments: int, *, seed: int, restarts: int) -> KMeans:
    """Compact segments around their centres (k-means).

    The best of ``restarts`` runs of Lloyd's algorithm, each started by k-means++ (Arthur &
    Vassilvitskii 2007).
    """
    return KMeans(n_clusters=n_segments, n_init=restarts, random_state=seed)
