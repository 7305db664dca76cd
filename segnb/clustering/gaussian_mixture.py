"""Gaussian mixture, by scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.mixture import GaussianMixture

from segnb.clustering.methods import method
from segnb.clustering.mixtures import GaussianComponents
from segnb.clustering.rules import matrix, vector
from segnb.transform import Points, significant

THINNEST = 0.01
"""Added to each variance: no component is thinner than a tenth of a spread, else ties would draw it in."""

STARTS = ("kmeans", "random_from_data")


@method("gaussian_mixture", categories="none", most=5_000)
def gaussian_mixture(points: Points, n_segments: int, *, seed: int, restarts: int) -> GaussianComponents:
    """Segments of any size, spread and slant, with probabilities (Gaussian mixture).

    Full covariances by the EM algorithm (Dempster, Laird & Rubin 1977), the best of ``restarts`` by
    likelihood; every second start is from customers drawn at random, the others from one run of k-means.
    `GaussianComponents.bic` gives Schwarz's criterion. Unordered categories are refused: on indicator
    columns a Gaussian density is largest on single combinations of categories, not on groups.
    """
    # Starts from k-means agree with each other and miss groups that are long and close; those from
    # customers get lost among many columns.
    tried = [
        GaussianMixture(
            n_segments,
            init_params=STARTS[(seed + start) % len(STARTS)],
            reg_covar=THINNEST,
            max_iter=300,
            random_state=(seed + start) % 2**31,
        ).fit(points)
        for start in range(restarts)
    ]
    found = max(tried, key=lambda each: significant(each.lower_bound_))
    return GaussianComponents(
        shares=vector(np.maximum(found.weights_, np.finfo(float).tiny)),
        means=matrix(found.means_),
        factors=tuple(matrix(each) for each in found.precisions_cholesky_),
    )
