"""Ward's method, by scikit-learn, with a rule distilled from its groups."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from segnb.clustering.distil import distilled
from segnb.clustering.methods import method
from segnb.clustering.rules import NearestCentre, Tree
from segnb.transform import Points


@method("ward", deterministic=True, most=2_000)
def ward(points: Points, n_segments: int, *, seed: int, restarts: int) -> NearestCentre | Tree:
    """Nested segments, merged two by two at the least loss of variance (Ward).

    Ward (1963) gives groups and no rule for anyone else; the rule that is published is distilled from
    them, and its fidelity is told.
    """
    groups = AgglomerativeClustering(min(n_segments, len(points))).fit_predict(points)
    return distilled(points, np.asarray(groups))
