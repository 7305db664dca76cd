"""Tables without groups: the data's own columns, joined by a Gaussian copula or not at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.association import rank_correlations
from segnb.clustering.fit import draws
from segnb.transform import Points

_ROUNDS = 12
_ON = 4_000  # rows on which correlations are matched
_CLOSE = 0.005  # largest difference of a correlation that is left
_FLOOR = 1e-6  # smallest eigenvalue of a repaired matrix
_MATCH, _DRAW = 5, 6  # streams of random numbers of their own

Matrix = NDArray[np.float64]


def copula_tables(points: Points, count: int, seed: int) -> list[Points]:
    """Return drawn tables with each column's own values and with the data's rank correlations.

    Each column holds exactly the values that it has in the data, so gaps and ties of single columns are
    in the drawn tables, too; what links the columns is a normal distribution's pairwise correlation
    (a Gaussian copula; Nelsen 2006, section 2.3) and nothing else.
    """
    return _drawn(points, _matched(points, seed), count, seed)


def unrelated_tables(points: Points, count: int, seed: int) -> list[Points]:
    """Return drawn tables with each column's own values, shuffled by itself."""
    return _drawn(points, np.eye(points.shape[1]), count, seed)


def _drawn(points: Points, latent: Matrix, count: int, seed: int) -> list[Points]:
    values, lower = np.sort(points, axis=0), np.linalg.cholesky(latent)
    return [
        _with_margins(values, draws(seed, draw, _DRAW).standard_normal(points.shape) @ lower.T)
        for draw in range(count)
    ]


def _with_margins(values: Points, normal: Points) -> Points:
    ranks = normal.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.take_along_axis(values, ranks, axis=0)


def _matched(points: Points, seed: int) -> Matrix:
    """Return the normal distribution's correlations that give the data's rank correlations.

    Columns with few values weaken a correlation, so the difference that is left is put right
    some rounds long on the same normal numbers.
    """
    wanted = _ranked(points)
    normal = draws(seed, _MATCH).standard_normal((_ON, points.shape[1]))
    values = np.quantile(points, (np.arange(_ON) + 0.5) / _ON, axis=0, method="inverted_cdf")
    # Spearman's coefficient of a normal distribution (Pearson 1907).
    latent = _repaired(2 * np.sin(np.pi * wanted / 6))
    for _ in range(_ROUNDS):
        missing = wanted - _ranked(_with_margins(values, normal @ np.linalg.cholesky(latent).T))
        if np.abs(missing).max() < _CLOSE:
            break
        latent = _repaired(latent + missing)
    return latent


def _ranked(points: Points) -> Matrix:
    return rank_correlations(pd.DataFrame(points)).to_numpy()


def _repaired(matrix: Matrix) -> Matrix:
    """Return the nearest correlation matrix by clipping eigenvalues (Rousseeuw & Molenberghs 1993)."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    positive = (vectors * np.maximum(values, _FLOOR)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(scale, scale))
