"""A rule of plain numbers that repeats, as far as it can, the groups of a method that has no rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from segnb.clustering.rules import (
    Labels,
    NearestCentre,
    Tree,
    centre_means,
    matrix,
    vector,
)
from segnb.transform import Points

DEEPEST = 5
"""Questions, one after the other, that a distilled tree may ask."""
MORE_FAITHFUL = 0.01
"""A tree is taken where it repeats so much more of the labels than the nearest centre does."""


def distilled(points: Points, groups: Labels) -> NearestCentre | Tree:
    """Return the nearest-centre rule for these groups, or a shallow tree where that is more faithful.

    Parameters
    ----------
    groups
        The method's own label of each point, from 0; -1 is noise.

    Returns
    -------
    NearestCentre or Tree
        With its ``fidelity``: the share of the points whose own label it repeats.
    """
    centres = _centres(points, groups)
    # One group alone leaves a tree nothing to ask.
    if len(np.unique(groups)) < 2:
        return centres
    tree = _tree(points, groups)
    assert centres.fidelity is not None
    return tree if tree.fidelity > centres.fidelity + MORE_FAITHFUL else centres


def _centres(points: Points, groups: Labels) -> NearestCentre:
    k = int(groups.max()) + 1
    rule = NearestCentre(matrix(centre_means(points, groups, k)) if k else ())
    if k and (groups < 0).any():
        rule = replace(rule, reach=vector([_reach(rule, points, groups, each) for each in range(k)]))
    return replace(rule, fidelity=float((rule.labels(points) == groups).mean()))


def _reach(rule: NearestCentre, points: Points, groups: Labels, place: int) -> float:
    """Return the distance at which most of a centre's nearest points are rightly kept or called noise."""
    distances = rule.distances(points)
    near = distances.argmin(axis=1) == place
    order = np.argsort(distances[near, place], kind="stable")
    own = groups[near][order]
    # Right so far, if the border lies after this point: members before it, noise beyond it.
    right = np.cumsum(own == place) + (own < 0).sum() - np.cumsum(own < 0)
    return float(distances[near, place][order][right.argmax()]) if len(order) else 0.0


def _tree(points: Points, groups: Labels) -> Tree:
    fewest = max(5, len(points) // 200)
    learner = DecisionTreeClassifier(max_depth=DEEPEST, min_samples_leaf=fewest, random_state=0)
    found = learner.fit(points, groups).tree_
    classes = learner.classes_
    shares = found.value[:, 0, :]
    members = np.zeros((len(shares), int(groups.max()) + 1))
    members[:, classes[classes >= 0]] = shares[:, classes >= 0]
    tree = Tree.grown(found, classes[shares.argmax(axis=1)].tolist(), matrix(members))
    return replace(tree, fidelity=float((tree.labels(points) == groups).mean()))
