"""The verdict on a table: separate groups of rows, or a cloud that any segment would cut through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.compression import DRAWS, LEVEL, compression
from segnb.clustering.copula import unrelated_tables
from segnb.clustering.fit import FEWEST, draws, learn, one_thread
from segnb.clustering.gaps import SPLITS
from segnb.clustering.groups import SAME, Groups, groups_among, separate_groups
from segnb.clustering.methods import METHODS
from segnb.clustering.model import MISSING
from segnb.clustering.rules import Rule
from segnb.clustering.stability import REPRODUCIBLE
from segnb.columns import SEGMENT
from segnb.document.blocks import Block, Shown
from segnb.errors import InputError
from segnb.segmentation import FeatureTable, Segmentation, Structure
from segnb.transform import Points, significant
from segnb.words import Voice

SPLIT_HALF = 0.8
"""Median agreement of two halves from which a cut of a table is said to come back; a rule of thumb."""
_NUMBERS = range(2, 7)
_STARTS = 4
_HALF = 8  # a stream of random numbers of its own


@dataclass(frozen=True)
class TableStructure(Structure, Shown):
    """The verdict on a table.

    ``labels`` has the table's index and a group, ``s1`` the largest, as value, where the verdict is
    *natural*; else it is None.
    """

    labels: pd.Series | None = None
    voice: Voice = field(default_factory=Voice)

    def blocks(self) -> tuple[Block, ...]:
        """Return the verdict on its scale, with what decided."""
        from segnb.clustering.separation import structure_blocks

        return structure_blocks(self)


def structure(X: pd.DataFrame | ArrayLike, seed: int = 0) -> TableStructure:
    """Judge whether a table holds separate groups of rows.

    - *natural*: the density sinks between groups in each of five halvings of the rows, and k-means
      compresses the rows more than any of 49 tables with the same margins and rank correlations
      (`separate_groups`).
    - *reproducible*: no separate groups, but columns that are related (more compression than in 49
      tables whose columns are shuffled), and some number of segments from 2 to 6 comes back: learned on
      two halves of the rows it agrees at .8 or more (median adjusted Rand index of five halvings).
    - *unstable*: related columns, and no number comes back.
    - *none*: the columns are unrelated, or all rows alike.
    - *too few rows*: fewer than 150 complete rows.

    Where valleys are explained by single columns, the verdict is *reproducible* or *unstable*. Tables whose
    columns are all tied (yes and no, ratings) are never called *natural*. What the verdict cannot see
    stands in ``docs/verdict.md``.

    Parameters
    ----------
    X
        One row for each customer, columns of numbers (or yes and no). Rows with a missing or infinite
        value take no part and are counted (``rows_left_out``).
    seed
        Fixes all that is drawn.

    Returns
    -------
    TableStructure
        ``kind``, ``n_segments`` and ``labels`` (where natural), ``notes``, and the ``evidence``: that of
        `Groups`, ``customers`` (complete rows), ``rows_left_out``, ``p_shuffled`` (rank among ``shuffles``
        tables), ``compression``, ``split_half`` (the best median agreement) and ``split_half_number``.

    Raises
    ------
    InputError
        A column does not hold numbers: leave unordered categories out, or make ordered ones numbers.
    """
    frame = _table(X)
    whole = np.isfinite(frame.to_numpy(np.float64)).all(axis=1)
    complete = frame[whole]
    counts = {"customers": float(whole.sum()), "rows_left_out": float((~whole).sum())}
    if len(complete) < FEWEST:
        return TableStructure("too few rows", counts)
    found = separate_groups(complete, seed)
    evidence = counts | found.evidence
    if found.natural:
        labels = _labels(found, whole, frame.index)
        return TableStructure("natural", evidence, found.notes, labels)
    if not found.points.shape[1]:
        return TableStructure("none", counts | {"different_customers": 1.0})
    related = _against_unrelated(found, seed)
    agreement, number = _split_half(found.points, seed)
    evidence |= related | {"split_half": agreement, "split_half_number": float(number)}
    kind: Literal["reproducible", "unstable", "none"] = (
        "reproducible" if agreement >= SPLIT_HALF else "unstable"
    )
    if related["p_shuffled"] > LEVEL and not found.valley:
        kind = "none"
    return TableStructure(kind, evidence, found.notes)


def with_groups(segmentation: Segmentation, features: FeatureTable) -> Segmentation:
    """Return a segmentation whose verdict says, too, whether separate groups exist.

    *Natural* are segments that come back and are the separate groups themselves: the same number, and an
    adjusted Rand index of .8 or more (``groups_agreement``). Unordered categories take no part in the
    test, nor do customers with a missing value.
    """
    verdict = segmentation.verdict
    if verdict.kind == "too few rows":
        return segmentation
    tested = groups_among(features, segmentation.variables, segmentation.seed)
    if tested is None:
        return segmentation
    found, whole = tested
    evidence = verdict.evidence | found.evidence
    kind = verdict.kind
    if found.valley:
        kind = "reproducible" if evidence["agreement"] >= REPRODUCIBLE else "unstable"
    if found.natural:
        evidence["groups_agreement"] = _agreement(segmentation, found, whole)
        same = segmentation.n_segments == evidence["groups"] and evidence["groups_agreement"] >= SAME
        kind = "natural" if same and kind == "reproducible" else kind
    return replace(segmentation, verdict=Structure(kind, evidence, found.notes))


def _agreement(segmentation: Segmentation, found: Groups, whole: np.ndarray) -> float:
    """Return the adjusted Rand index of published segments and separate groups, over customers in both."""
    assert found.labels is not None
    published = pd.Index(segmentation.segments).get_indexer(pd.Index(segmentation.labels[whole]))
    inside = published >= 0
    pair = [one_hot(each[inside], int(each.max()) + 1) for each in (published, found.labels)]
    return float(adjusted_rand(pair)[0, 1])


def _against_unrelated(found: Groups, seed: int) -> dict[str, float]:
    tables = [found.points, *unrelated_tables(found.points, DRAWS, seed)]
    numbers = {2, 3, 10, int(found.evidence.get("groups", 2))}
    statistic, p = compression(tables, numbers, method=METHODS["kmeans"], seed=seed)
    return {"compression": statistic, "p_shuffled": p, "shuffles": float(DRAWS)}


def _split_half(points: Points, seed: int) -> tuple[float, int]:
    """Return the best median agreement of segments learned on two halves, and their number."""
    agreements = np.empty((SPLITS, len(_NUMBERS)))
    with one_thread():
        for split in range(SPLITS):
            order = draws(seed, split, _HALF).permutation(len(points))
            for place, number in enumerate(_NUMBERS):
                halves = [
                    one_hot(_rule(points[half], number, (seed, split, number)).labels(points), number)
                    for half in (order[::2], order[1::2])
                ]
                agreements[split, place] = adjusted_rand(halves)[0, 1]
    medians = np.median(agreements, axis=0)
    return float(significant(medians.max())), _NUMBERS[int(medians.argmax())]


def _rule(points: Points, number: int, seed: tuple[int, ...]) -> Rule:
    return learn(points, number, METHODS["kmeans"], seed, restarts=_STARTS)


def _table(X: pd.DataFrame | ArrayLike) -> pd.DataFrame:
    """Return a table of floats with distinct names; refuse what holds no numbers."""
    if not isinstance(X, pd.DataFrame):
        matrix = np.asarray(X)
        if matrix.ndim != 2:
            raise InputError(
                f"A table of rows and columns is needed, and this has {matrix.ndim} dimensions: give a "
                "DataFrame, or a matrix with one row for each customer"
            )
        X = pd.DataFrame(matrix, columns=[f"column {place}" for place in range(1, matrix.shape[1] + 1)])
    X = X.rename(columns=str)
    names = sorted(map(str, X.columns))
    twice = sorted({name for name, following in pairwise(names) if name == following})
    if twice:
        raise InputError(
            f"More than one column is called {', '.join(twice)}: rename or leave out all but one"
        )
    other = [name for name in names if not pd.api.types.is_numeric_dtype(X[name])]
    if other:
        raise InputError(
            f"{len(other)} of {len(X.columns)} columns hold no numbers: {', '.join(other)}. Leave unordered "
            "categories out, and turn ordered ones into numbers"
        )
    return X.astype(np.float64)


def _labels(found: Groups, whole: np.ndarray, index: pd.Index) -> pd.Series:
    assert found.labels is not None
    labels = np.full(len(whole), MISSING, dtype=object)
    labels[whole] = [f"s{group + 1}" for group in found.labels]
    return pd.Series(labels, index=index, name=SEGMENT, dtype="str")
