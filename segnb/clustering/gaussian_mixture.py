"""Gaussian mixture, by scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.mixture import GaussianMixture

from segnb.clustering.methods import method
from segnb.clustering.mixtures import GaussianComponents
from segnb.clustering.rules import matrix, vector
from segnb.transform import Points

THINNEST = 0.01
"""Added to each variance: no component is thinner than a tenth of a spread, else ties would draw it in."""


@method("gaussian_mixture", most=5_000)
def gaussian_mixture(points: Points, n_segments: int, *, seed: int, restarts: int) -> GaussianComponents:
    """Segments of any size, spread and slant, with probabilities (Gaussian mixture).

    Full covariances by the EM algorithm (Dempster, Laird & Rubin 1977), each start from one run of
    k-means; the best of ``restarts`` by likelihood. `GaussianComponents.bic` gives Schwarz's criterion.
    """
    found = GaussianMixture(n_segments, reg_covar=THINNEST, n_init=restarts, max_iter=300, random_state=seed)
    found.fit(points)
    return GaussianComponents(
        shares=vector(np.maximum(found.weights_, np.finfo(float).tiny)),
        means=matrix(found.means_),
        factors=tuple(matrix(each) for each in found.precisions_cholesky_),
    )
