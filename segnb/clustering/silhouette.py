"""Exact silhouettes without a table of all distances: blocks of distances, summed by segment at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from segnb.clustering.lloyd import one_blas_thread
from segnb.transform import Points

BLOCK = 256
"""Distances are held for so many rows and so many others: few enough for the processor's cache."""
CLOSE = 1e-4
"""Single precision does for squared distances above this, where the farthest row is one from the middle.

Its errors are then small and go both ways; below, where the product's terms nearly cancel, they all add up.
"""


def silhouettes(points: Points, labels: ArrayLike) -> Points:
    """Return each row's silhouette width (Rousseeuw 1987, eq. 2), from -1 to 1.

    With a the mean Euclidean distance to the others of the own segment, and b the least mean distance to
    those of another, it is (b - a) / max(a, b); 0 for a row that is alone in its segment, or where
    all rows of both segments are equal.

    Parameters
    ----------
    points
        One row for each customer, finite.
    labels
        Each row's segment, any integers; two segments at least.

    Raises
    ------
    ValueError
        All rows are in one segment.
    """
    names, own = np.unique(np.asarray(labels), return_inverse=True)
    if len(names) < 2:
        raise ValueError("Silhouettes compare segments: at least two are needed, there is one")
    sizes = np.bincount(own)
    means = _distance_sums(points, own, len(names)) / sizes
    at = np.arange(len(points)), own
    within = means[at] * sizes[own] / np.maximum(sizes[own] - 1, 1)
    means[at] = np.inf
    between = means.min(axis=1)
    largest = np.maximum(within, between)
    return np.where((sizes[own] > 1) & (largest > 0), between - within, 0) / np.where(largest > 0, largest, 1)


def by_segment(silhouettes: Points, labels: ArrayLike) -> Points:
    """Return the mean silhouette width of each segment, in the order of the labels' values."""
    _, own = np.unique(np.asarray(labels), return_inverse=True)
    return np.bincount(own, silhouettes) / np.bincount(own)


def _distance_sums(points: Points, own: np.ndarray, n_segments: int) -> Points:
    """Return the sum of each row's distances to the rows of each segment."""
    centred = points - points.mean(axis=0)
    # Silhouettes know no unit: here the row farthest from the middle is one away.
    centred /= np.abs(centred).max() or 1
    centred /= np.sqrt((centred**2).sum(axis=1).max()) or 1
    squares, ones = (centred**2).sum(axis=1), np.ones(len(points))
    # One product gives |x|^2 - 2 x.y + |y|^2.
    rows = np.column_stack([centred, squares, ones])
    columns = np.ascontiguousarray(np.column_stack([-2 * centred, ones, squares]).T)
    single_rows, single_columns = rows.astype(np.float32), columns.astype(np.float32)
    member = np.asarray(own[:, None] == np.arange(n_segments), dtype=np.float32)
    blocks = [slice(start, start + BLOCK) for start in range(0, len(points), BLOCK)]
    sums = np.zeros((len(points), n_segments))
    with one_blas_thread():
        for place, here in enumerate(blocks):
            for there in blocks[place:]:
                distances = single_rows[here] @ single_columns[:, there]
                if distances.min() < CLOSE:
                    exact = rows[here] @ columns[:, there]
                    distances = np.maximum(exact, 0, out=exact).astype(np.float32)
                np.sqrt(distances, out=distances)
                if there == here:
                    np.fill_diagonal(distances, 0)
                else:
                    sums[there] += distances.T @ member[here]
                sums[here] += distances @ member[there]
    return sums
