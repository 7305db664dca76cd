"""What the measures are about: a tree of them, cut where they stop saying something in common."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

SHARED = 0.2
"""Mean association from which measures count as being about one thing: a rule of thumb."""


def themes(associations: pd.DataFrame, customers: int) -> tuple[tuple[str, ...], ...]:
    """Return the groups of measures that have something in common, in the order of the measures.

    Average linkage (Sokal & Michener 1958) on 1 - |association|: two groups join while the mean
    association between their members is at least ``SHARED``, or what chance alone reaches in one
    pair of forty, 2 / sqrt(customers), where that is more. Neither the order of the measures nor
    their number is part of the rule.

    Parameters
    ----------
    associations
        What `association.associations` returns.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    listed = [str(name) for name in associations]
    if len(listed) < 2:
        return tuple((name,) for name in listed)
    # Ties are broken by name: a table with its columns in another order has the same tree.
    names = sorted(listed)
    apart = 1 - np.abs(associations.loc[names, names].to_numpy(np.float64))
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(np.clip(apart, 0.0, 1.0), checks=False), method="average")
    least = max(SHARED, 2 / math.sqrt(max(customers, 1)))
    group = dict(zip(names, fcluster(tree, 1 - least, criterion="distance").tolist(), strict=True))
    found: dict[int, list[str]] = {}
    for name in listed:
        found.setdefault(group[name], []).append(name)
    return tuple(tuple(each) for each in found.values())
