"""k-means: all starts at once, on samples first."""

from __future__ import annotations

from typing import Self

import numpy as np

from segnb.clustering.lloyd import SCREEN_ON, k_means
from segnb.clustering.methods import method
from segnb.transform import Points


class Lloyd:
    """An estimator with scikit-learn's ``fit``, which tells of all starts, too."""

    def __init__(self, n_segments: int, *, seed: int, restarts: int) -> None:
        self.n_segments, self.seed, self.restarts = n_segments, seed, restarts

    def fit(self, points: Points, weights: Points | None = None, screen_on: int = SCREEN_ON) -> Self:
        """Fit on the rows, each as often as its weight says."""
        found = k_means(
            points,
            self.n_segments,
            starts=self.restarts,
            random=np.random.default_rng(self.seed),
            weights=weights,
            screen_on=screen_on,
        )
        self.labels_, self.compared_ = found.best.labels, found.compared
        self.starts_ = [each.centres for each in found.starts]
        return self


@method("kmeans", weighted=True)
def kmeans(n_segments: int, *, seed: int, restarts: int) -> Lloyd:
    """Compact segments around their centres (k-means).

    The best of ``restarts`` runs of Lloyd's algorithm, each started by k-means++ (Arthur &
    Vassilvitskii 2007).
    """
    return Lloyd(n_segments, seed=seed, restarts=restarts)
