"""First centres that lie far apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from segnb.clustering.rules import Labels
from segnb.transform import Points


def far_apart(
    distances_to: Callable[[int], Points], n_points: int, n_centres: int, random: np.random.Generator
) -> Labels:
    """Draw points as first centres, each with a chance that grows with its distance to those drawn before.

    In the manner of k-means++ (Arthur & Vassilvitskii 2007).

    Parameters
    ----------
    distances_to
        Returns the distance of all points to the point at a place.
    """
    places = [int(random.integers(n_points))]
    apart = distances_to(places[0])
    while len(places) < n_centres:
        total = apart.sum()
        places.append(int(random.choice(n_points, p=apart / total if total > 0 else None)))
        apart = np.minimum(apart, distances_to(places[-1]))
    return np.array(places)
