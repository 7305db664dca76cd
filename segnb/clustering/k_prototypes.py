"""k-prototypes: k-means for customers who are numbers and words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segnb.clustering.fit import draws, sample
from segnb.clustering.methods import method
from segnb.clustering.rules import Labels, NearestCentre, matrix, vector
from segnb.clustering.seeds import far_apart
from segnb.transform import Points, significant

START_ON = 3_000
"""Starts are settled on so many customers; the best of them are then taken to the end on all."""
FINALISTS = 3
_ROUNDS = 100


@method("k_prototypes", categories="apart")
def k_prototypes(
    points: Points, n_segments: int, *, levels: tuple[int, ...], seed: int, restarts: int
) -> NearestCentre:
    """Compact segments of numbers and categories, each around a typical customer (k-prototypes).

    Minimises the squared distances to the segments' means in the numbers, plus a weight for each
    category that is not the segment's most frequent one (Huang 1998, equation 2.10). A category's weight is
    one over the chance that two customers differ in it, so that it counts as a number does. Starts are
    drawn in the manner of k-means++ (Arthur & Vassilvitskii 2007), the best of ``restarts`` counts.
    """
    weights = column_weights(levels)
    random = draws(seed)
    # Scaled by the roots of the weights, the cost is a plain squared distance.
    scaled = points * np.sqrt(weights)
    small = sample(scaled, START_ON, seed)
    drawn = [
        far_apart(lambda place: _squares(small - small[place]), len(small), n_segments, random)
        for _ in range(restarts)
    ]
    settled = [_settled(small, small[places], levels) for places in drawn]
    settled.sort(key=lambda each: each[0])
    finished = [_settled(scaled, centres, levels) for _, centres in settled[:FINALISTS]]
    _, centres = min(finished, key=lambda each: each[0])
    return NearestCentre(matrix(centres / np.sqrt(weights)), vector(weights))


def column_weights(levels: tuple[int, ...]) -> Points:
    """Return each column's weight: two indicators differ where categories do, so each counts half."""
    return np.concatenate([np.full(each, 0.5) if each else np.ones(1) for each in levels])


def _settled(points: Points, centres: Points, levels: tuple[int, ...]) -> tuple[float, Points]:
    """Move customers and prototypes in turn until nobody changes; return cost and prototypes."""
    blocks = _blocks(levels)
    own = _squares(points)
    labels: Labels | None = None
    for _ in range(_ROUNDS):
        scores = (centres**2).sum(axis=1) - 2 * (points @ centres.T)
        new = scores.argmin(axis=1)
        cost = float((own + scores[np.arange(len(points)), new]).sum())
        if labels is not None and (new == labels).all():
            break
        labels = new
        centres = _prototypes(points, labels, centres, blocks)
    return float(significant(cost)), centres


def _prototypes(points: Points, labels: Labels, centres: Points, blocks: list[NDArray[np.intp]]) -> Points:
    """Return means of the numbers and most frequent categories; an empty segment keeps its prototype."""
    member = np.asarray(labels == np.arange(len(centres))[:, None], dtype=np.float64)
    sizes = member.sum(axis=1)
    means = np.where(sizes[:, None] > 0, (member @ points) / np.maximum(sizes, 1)[:, None], centres)
    for block in blocks:
        held = means[:, block]
        weight = points[0, block].max()
        mode = held.argmax(axis=1)
        means[:, block] = np.where(mode[:, None] == np.arange(len(block)), weight, 0.0)
    return means


def _squares(points: Points) -> Points:
    return np.asarray((points**2).sum(axis=1))


def _blocks(levels: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Return the columns of each category."""
    widths = [max(each, 1) for each in levels]
    ends = np.cumsum(widths)
    return [
        np.arange(end - width, end) for each, width, end in zip(levels, widths, ends, strict=True) if each
    ]
