"""HDBSCAN, by scikit-learn, with a rule distilled from its dense groups."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import HDBSCAN

from segnb.clustering.distil import distilled
from segnb.clustering.methods import method
from segnb.clustering.rules import Labels, NearestCentre, Tree
from segnb.transform import Points

NEIGHBOURS = 10
"""Customers within whose distance a point counts as dense."""
PARTS = (2, 4, 8, 16)
"""A group holds at least this part of an equal share; the first that gives the number of groups is taken."""
FEWEST = 5


@method("hdbscan", deterministic=True, most=2_000)
def hdbscan(points: Points, n_segments: int, *, seed: int, restarts: int) -> NearestCentre | Tree:
    """Dense groups of any shape; who lies between them is noise and in no segment (HDBSCAN).

    The density decides how many groups there are (Campello, Moulavi & Sander 2013): the least size of a
    group is lowered from half an equal share until there are ``n_segments``. Where no size gives that
    number, the nearest number is returned. Neither groups nor noise come with a rule for anyone else; the
    rule that is published is distilled from them, and its fidelity is told.
    """
    tried: list[Labels] = []
    for part in PARTS:
        size = max(len(points) // (part * n_segments), FEWEST)
        tried.append(_groups(points, size))
        if tried[-1].max() + 1 == n_segments:
            break
    return distilled(points, min(tried, key=lambda groups: abs(groups.max() + 1 - n_segments)))


def _groups(points: Points, size: int) -> Labels:
    neighbours = min(NEIGHBOURS, len(points) - 1)
    if size > len(points) or neighbours < 1:
        return np.full(len(points), -1)
    found = HDBSCAN(min_cluster_size=size, min_samples=neighbours, copy=True)
    return np.asarray(found.fit_predict(points), dtype=np.intp)
