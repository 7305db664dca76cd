"""Exploratory factor analysis: how many things lie behind questions, and which asks for which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.transform import significant

Matrix = NDArray[np.float64]

DRAWS = 100
"""Tables without any link to which the eigenvalues are compared."""
QUANTILE = 0.95
LOADING = 0.3
"""Smallest loading that makes a question one of a factor: a rule of thumb."""
_ROUNDS, _CLOSE = 500, 1e-9


@dataclass(frozen=True)
class Factors:
    """The loadings of each question (row) on each factor, rotated, and the questions of each factor.

    ``items`` lists the questions of each factor, the strongest first; ``apart`` those that belong to none.
    """

    loadings: pd.DataFrame
    items: tuple[tuple[str, ...], ...]
    apart: tuple[str, ...]


def factors(answers: pd.DataFrame, *, number: int | None = None, seed: int = 0) -> Factors:
    """Return the factors behind answers to many questions.

    Their number comes from parallel analysis unless it is given. Principal axis factoring on the correlations
    between all customers who answered both questions, rotated by varimax (Kaiser 1958, Psychometrika
    23:187-200). Each question goes to the factor on which it loads most; factors stand by the strength of
    what they explain, and point where most of their questions do. A factor of one question is none.

    Parameters
    ----------
    answers
        One row for each customer, one column for each question that varies.
    """
    correlations = np.nan_to_num(answers.corr().to_numpy(np.float64))
    np.fill_diagonal(correlations, 1.0)
    number = parallel(answers, seed) if number is None else number
    loadings = varimax(principal_axes(correlations, max(number, 1)))
    loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    frame = pd.DataFrame(significant(loadings, 6), index=[str(each) for each in answers.columns])
    own = frame.abs().to_numpy().argmax(axis=1)
    strength = frame.abs().max(axis=1)
    groups = []
    for factor in range(frame.shape[1]):
        members = strength[(own == factor) & (strength >= LOADING)]
        ranked = tuple(sorted(members.index, key=lambda each: (-members[each], each)))
        if len(ranked) > 1:
            groups.append(ranked)
    held = {each for group in groups for each in group}
    apart = tuple(each for each in frame.index if each not in held)
    return Factors(frame, tuple(groups), apart)


def parallel(answers: pd.DataFrame, seed: int = 0) -> int:
    """Return the number of factors by parallel analysis (Horn 1965, Psychometrika 30:179-185).

    Counted are the eigenvalues, from the largest on, above the 95th percentile of those of tables whose
    columns are shuffled each by itself (Buja & Eyuboglu 1992), so that they keep their margins and lose
    all links.
    """
    seen = np.linalg.eigvalsh(np.nan_to_num(answers.corr().to_numpy(np.float64)))[::-1]
    rng = np.random.default_rng(seed)
    values = answers.to_numpy(np.float64)
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    # Sorted first: the order of the rows must not reach the draws.
    values = np.sort(values, axis=0)
    drawn = np.array(
        [
            np.linalg.eigvalsh(np.corrcoef(rng.permuted(values, axis=0), rowvar=False))[::-1]
            for _ in range(DRAWS)
        ]
    )
    above = significant(seen) > significant(np.quantile(drawn, QUANTILE, axis=0))
    return int(len(above) if above.all() else np.argmin(above))


def principal_axes(correlations: Matrix, number: int) -> Matrix:
    """Return loadings by iterated principal axis factoring, shape (questions, factors).

    Communalities start as the squared multiple correlations and are those of the loadings in the end.
    """
    inverse = np.linalg.pinv(correlations)
    shared = np.clip(1 - 1 / np.clip(np.diag(inverse), 1e-12, None), 0, 1)
    loadings = np.zeros((len(correlations), number))
    for _ in range(_ROUNDS):
        reduced = correlations.copy()
        np.fill_diagonal(reduced, shared)
        values, vectors = np.linalg.eigh(reduced)
        largest = np.argsort(-values)[:number]
        loadings = vectors[:, largest] * np.sqrt(np.clip(values[largest], 0, None))
        new = np.clip((loadings**2).sum(axis=1), 0, 1)
        if np.abs(new - shared).max() < _CLOSE:
            break
        shared = new
    turn = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return np.asarray(loadings * turn)


def varimax(loadings: Matrix) -> Matrix:
    """Return loadings rotated to varimax, each question's row first divided by its length.

    Two factors at a time are turned by the angle that makes the squares most unequal in both, until none
    turns any more (Kaiser 1958, equations 24 to 27).
    """
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    rows = loadings / np.where(length > 0, length, 1)
    for _ in range(_ROUNDS):
        largest = 0.0
        for one, two in combinations(range(rows.shape[1]), 2):
            u, v = rows[:, one] ** 2 - rows[:, two] ** 2, 2 * rows[:, one] * rows[:, two]
            above = 2 * (u @ v) - 2 * u.sum() * v.sum() / len(rows)
            below = u @ u - v @ v - (u.sum() ** 2 - v.sum() ** 2) / len(rows)
            angle = math.atan2(above, below) / 4
            turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            rows[:, [one, two]] = rows[:, [one, two]] @ turn
            largest = max(largest, abs(angle))
        if largest < _CLOSE:
            break
    turned = rows * length
    return np.asarray(turned * np.where(turned.sum(axis=0) < 0, -1.0, 1.0))
