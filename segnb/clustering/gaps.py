"""Is there a valley between groups? A held-out dip test inside a tube between every two small clusters.

A density that is log-concave, as a normal or a uniform on a convex body, stays so when it is cut to a
convex set and projected (Prékopa 1973), and has one mode. Where the projection of the rows in a tube
has two, there are two groups; tube and clusters are learned on other rows than those that are tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.dip import dip, dip_p_value
from segnb.clustering.fit import draws, one_thread
from segnb.clustering.fit import learn as fitted
from segnb.clustering.methods import METHODS
from segnb.clustering.rules import Labels, NearestCentre
from segnb.transform import Points, significant

SPLITS = 5
"""Halvings of the rows; a valley must be found in all of them."""
LEVEL = 0.05
"""Two clusters belong together where the dip's p-value lies above this."""
LARGEST = 10
"""Largest number of clusters to learn."""
_STARTS = 4
_WIDTH = 0.9  # share of the learned rows that lie in the tube
_BEYOND = 0.25  # how far the tube goes on behind the two centres, in distances of the two
_FEWEST = 20  # below so many rows in the tube no valley can be seen
_SHRINK = 0.2  # weight of a spherical scatter
_REACHED = 0.6  # share of the splits that must reach the number of groups
_ROUNDS = 5
_SAME = 0.8  # adjusted Rand index from which reassigned groups count as the same
_SPLIT = 4  # a stream of random numbers of its own


@dataclass(frozen=True)
class Joined:
    """Clusters of one half, and which of them belong together by the other half.

    ``groups`` holds each cluster's group, ``p`` the largest p-value of two clusters of different groups.
    """

    rule: NearestCentre
    groups: Labels
    p: float

    @property
    def number(self) -> int:
        """Number of groups."""
        return int(self.groups.max()) + 1


@dataclass(frozen=True)
class Gaps:
    """What the test for valleys found.

    ``splits`` counts the halvings that showed a valley, up to the first that did not. Where all did,
    ``number`` is the largest number of groups that three of five reach, ``p`` the largest p-value
    of two clusters of different groups, and ``labels`` holds each row's group.
    ``convex`` is False where a group is made of several clusters and normal distributions do not
    reproduce the groups: then their number is not reliable.
    """

    splits: int
    number: int = 1
    p: float = 1.0
    labels: Labels | None = None
    convex: bool = True


def find_gaps(points: Points, everyone: Points, seed: int) -> Gaps:
    """Look for valleys between groups in rows on a symmetric scale; ``labels`` are those of everyone."""
    found: list[list[Joined]] = []
    with one_thread():
        for split in range(SPLITS):
            order = draws(seed, split, _SPLIT).permutation(len(points))
            learn, test = points[order[::2]], points[order[1::2]]
            found.append(_profile(learn, test, (seed, split)))
            if max(each.number for each in found[-1]) < 2:
                return Gaps(split)
        best = [max(each, key=lambda joined: joined.number) for each in found]
        number = sorted((each.number for each in best), reverse=True)[int(np.ceil(_REACHED * SPLITS)) - 1]
        nearest_to = min((each for split in found for each in split), key=lambda j: abs(j.number - number))
        start = nearest_to.groups[nearest_to.rule.labels(everyone)]
        labels, kept = _reassigned(everyone, start)
    several = np.bincount(nearest_to.groups).max() > 1
    return Gaps(SPLITS, nearest_to.number, max(each.p for each in best), labels, kept or not several)


def _profile(learn: Points, test: Points, seed: tuple[int, int]) -> list[Joined]:
    """Return the joined clusters for each number of clusters."""
    rules = (
        fitted(learn, number, METHODS["kmeans"], (*seed, number), restarts=_STARTS)
        for number in range(2, LARGEST + 1)
    )
    return [_joined(learn, test, rule) for rule in rules if isinstance(rule, NearestCentre)]


def _joined(learn: Points, test: Points, rule: NearestCentre) -> Joined:
    """Join clusters between which the held-out rows show no valley, the nearest first."""
    labels = rule.labels(learn)
    centres = np.array(rule.centres)
    group = np.arange(len(centres))
    tested: dict[tuple[int, int], float] = {}
    for i, j in _nearest_pairs(centres):
        if group[i] != group[j]:
            p = _valley(learn[labels == i], learn[labels == j], test)
            if p > LEVEL:
                group[group == group[j]] = group[i]
            else:
                tested[i, j] = p
    apart = [p for (i, j), p in tested.items() if group[i] != group[j]]
    return Joined(rule, np.unique(group, return_inverse=True)[1], max(apart, default=1.0))


def _nearest_pairs(centres: Points) -> Iterator[tuple[int, int]]:
    first, second = np.triu_indices(len(centres), 1)
    distances = significant(((centres[first] - centres[second]) ** 2).sum(axis=1))
    for place in np.argsort(distances, kind="stable"):
        yield int(first[place]), int(second[place])


def _valley(here: Points, there: Points, test: Points) -> float:
    """Return the dip's p-value of the held-out rows in the tube between two clusters.

    The tube runs along the line between the two centres, in coordinates in which the clusters' pooled
    scatter is spherical: that line is then the best linear discriminant of the two.
    """
    if not len(here) or not len(there):
        return 1.0
    centres = here.mean(axis=0), there.mean(axis=0)
    own = np.vstack((here - centres[0], there - centres[1]))
    scatter = own.T @ own / len(own)
    spherical = np.trace(scatter) / len(scatter)
    if spherical == 0:
        return 1.0
    scatter = (1 - _SHRINK) * scatter + _SHRINK * spherical * np.eye(len(scatter))
    whiten = np.linalg.inv(np.linalg.cholesky(scatter)).T
    axis = (centres[1] - centres[0]) @ whiten
    length = float(axis @ axis)
    if length == 0:
        return 1.0

    def along_and_off(rows: Points) -> tuple[Points, Points]:
        white = (rows - centres[0]) @ whiten
        along = white @ axis / length
        return along, np.sqrt(np.maximum((white**2).sum(axis=1) - along**2 * length, 0))

    width = np.quantile(np.concatenate((along_and_off(here)[1], along_and_off(there)[1])), _WIDTH)
    along, off = along_and_off(test)
    inside = significant(along[(along > -_BEYOND) & (along < 1 + _BEYOND) & (off <= width)])
    return dip_p_value(dip(inside), len(inside)) if len(inside) >= _FEWEST else 1.0


def _reassigned(points: Points, start: Labels) -> tuple[Labels, bool]:
    """Return the groups as normal distributions have them, or as they were where these differ.

    Each round gives every group its own mean, scatter and share, and every row to the likeliest group.
    """
    labels, number = start, int(start.max()) + 1
    for _ in range(_ROUNDS):
        sizes = np.bincount(labels, minlength=number)
        if sizes.min() <= points.shape[1]:
            break
        densities = [_log_density(points, points[labels == group]) for group in range(number)]
        labels = significant(np.column_stack(densities)).argmax(axis=1)
    agreement = adjusted_rand([one_hot(start, number), one_hot(labels, number)])[0, 1]
    kept = bool(agreement >= _SAME and len(np.unique(labels)) == number)
    return labels if kept else start, kept


def _log_density(points: Points, group: Points) -> Points:
    centre = group.mean(axis=0)
    scatter = np.atleast_2d(np.cov(group, rowvar=False)) + 1e-6 * np.eye(points.shape[1])
    lower = np.linalg.cholesky(scatter)
    white = np.linalg.solve(lower, (points - centre).T)
    share = np.log(len(group)) - np.log(np.diag(lower)).sum()
    return np.asarray(share - (white**2).sum(axis=0) / 2)
