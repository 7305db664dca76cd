"""Do separate groups exist in a table? Two tests that different noise fools; both must see them.

The first looks for a valley between groups (``gaps``); bimodal margins alone make such valleys. The second
asks whether k-means holds the rows more tightly than tables with the same margins and rank correlations
(``copula``); curved or skewed clouds alone do that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.clustering.compression import DRAWS, LEVEL, compression
from segnb.clustering.copula import copula_tables
from segnb.clustering.fit import FEWEST, JUDGE_ON, draws
from segnb.clustering.gaps import SPLITS, Gaps, find_gaps
from segnb.clustering.links import Atom, atom, derived, threshold
from segnb.clustering.methods import METHODS
from segnb.clustering.rules import Labels
from segnb.clustering.symmetry import symmetric, tied
from segnb.segmentation import FeatureTable, Note
from segnb.transform import Points

SAME = 0.8
"""Agreement with the separate groups (adjusted Rand index) from which segments count as these."""
_SAMPLE = 7  # a stream of random numbers of its own
_KEY = np.linspace(0, 1, 9)


@dataclass(frozen=True)
class Groups:
    """What the two tests found.

    ``labels`` holds each row's group, the largest first, where a valley was found; ``points`` the rows
    judged, on their symmetric scale. ``evidence`` holds ``rows_judged``, ``columns``, ``gap_splits`` (of
    ``splits`` halvings) and, where a valley was found in all of them, ``p_gap`` (the largest p-value of
    two clusters on both sides of a valley), ``groups``, ``p_copula`` (the rank among ``copulas``
    tables) and ``compression_copula``. Where a value was set aside, they are the figures of all other
    rows, but ``groups`` counts all.
    """

    natural: bool
    evidence: dict[str, float]
    notes: tuple[Note, ...]
    points: Points
    labels: Labels | None = None

    @property
    def valley(self) -> bool:
        """Whether the first test saw groups."""
        return self.evidence["gap_splits"] == SPLITS


def separate_groups(frame: pd.DataFrame, seed: int) -> Groups:
    """Test whether the rows of a table form separate groups.

    Constant columns and those that others make (`derived`) take no part. Where a group is one value
    of a column, as those who bought once, it is named and the verdict is that on all other rows. All is
    judged on at most 5,000 rows, drawn by seed; neither the order of rows or columns nor their units
    decide anything.

    Parameters
    ----------
    frame
        One row for each customer, 150 at least, finite numbers.
    """
    frame, notes = _varying(frame)
    order = np.lexsort(frame.to_numpy(np.float64).T[::-1]) if len(frame.columns) else np.arange(len(frame))
    found = _tested(frame.iloc[order], seed)
    labels = None
    if found.labels is not None:
        labels = np.empty_like(found.labels)
        labels[order] = _largest_first(found.labels)
    return replace(found, notes=(*notes, *found.notes), labels=labels)


def groups_among(
    features: FeatureTable, variables: Sequence[str], seed: int
) -> tuple[Groups, NDArray[np.bool_]] | None:
    """Test whether customers form separate groups in some variables; None where they are too few.

    Unordered categories take no part, nor do customers with a missing value. The second result says who
    takes part.
    """
    numeric = tuple(sorted(name for name in variables if features[name].scale != "nominal"))
    values = features.frame[list(numeric)].to_numpy(np.float64)
    whole = np.isfinite(values).all(axis=1)
    if not numeric or whole.sum() < FEWEST:
        return None
    return _tested_once(numeric, values[whole].tobytes(), seed), whole


@lru_cache(maxsize=4)
def _tested_once(names: tuple[str, ...], values: bytes, seed: int) -> Groups:
    # The choice of the number and the verdict ask the same of the same customers.
    table = np.frombuffer(values, dtype=np.float64).reshape(-1, len(names))
    return separate_groups(pd.DataFrame(table, columns=list(names)), seed)


def _varying(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Return the columns that vary, in an order of their own."""
    values = {str(name): frame[name].to_numpy(np.float64) for name in frame}
    varying = {name: column for name, column in values.items() if column.min() < column.max()}
    key = {name: np.quantile(column, _KEY) for name, column in varying.items()}
    # By quantiles free of units, so that neither the order of columns nor cents or dollars decide.
    names = sorted(
        varying, key=lambda name: tuple(np.round((key[name] - key[name][0]) / np.ptp(key[name]), 6))
    )
    constant = tuple(Note("constant", name) for name in values if name not in varying)
    return pd.DataFrame({name: varying[name] for name in names}, index=frame.index), constant


def _tested(frame: pd.DataFrame, seed: int, told: Sequence[str] = ()) -> Groups:
    """Return what both tests say of rows in canonical order.

    Values that mark a group are set aside, one of each column; ``told`` names the columns done with.
    """
    values = frame.to_numpy(np.float64)
    judged = _judged(len(frame), seed)
    links = derived(values[judged]) if len(frame.columns) else {}
    names = [str(name) for name in frame]
    notes = [
        Note("derived", names[result], tuple(names[each] for each in makers))
        for result, makers in links.items()
    ]
    left = [place for place in range(len(names)) if place not in links]
    names, values = [names[place] for place in left], values[:, left]
    evidence = {"rows_judged": float(len(judged)), "columns": float(len(names)), "splits": float(SPLITS)}
    if not names:
        return Groups(False, evidence | {"gap_splits": 0.0}, tuple(notes), values[judged])
    ties = tied(values)
    points = symmetric(values, ties, judged, seed)
    gaps = find_gaps(points[judged], points, seed)
    evidence["gap_splits"] = float(gaps.splits)
    if gaps.labels is None:
        return Groups(False, evidence, tuple(notes), points[judged])
    drop, p = against_copula(points[judged], gaps.number, seed)
    evidence |= {
        "p_gap": gaps.p,
        "groups": float(gaps.number),
        "compression_copula": drop,
        "p_copula": p,
        "copulas": float(DRAWS),
    }
    if p <= LEVEL and not ties.all() and (marked := atom(values, gaps.labels, names, told)):
        note = Note("atom", names[marked.column], value=marked.value)
        aside = values[:, marked.column] == marked.value
        return _without(frame, aside, marked, gaps.labels, (*notes, note), seed)
    notes += _doubts(names, values, ties, gaps, p)
    natural = p <= LEVEL and not ties.all()
    return Groups(natural, evidence, tuple(notes), points[judged], gaps.labels)


def _doubts(names: list[str], values: Points, ties: NDArray[np.bool_], gaps: Gaps, p: float) -> list[Note]:
    assert gaps.labels is not None
    found = []
    if ties.all():
        found.append(Note("tied"))
    if p > LEVEL and (cut := threshold(values, gaps.labels)):
        found.append(Note("threshold", names[cut[0]], value=cut[1]))
    if not gaps.convex:
        found.append(Note("shape"))
    return found


def _without(
    frame: pd.DataFrame,
    aside: NDArray[np.bool_],
    marked: Atom,
    labels: Labels,
    notes: tuple[Note, ...],
    seed: int,
) -> Groups:
    """Test the rows that do not hold a value which marks a group.

    Where these form groups, too, the rows set aside are one more group, if the value made up all of theirs,
    or belong where the rest of theirs does.
    """
    rest, constant = _varying(frame[~aside])
    if len(rest) < FEWEST:
        evidence = {"rows_judged": float(len(rest)), "splits": float(SPLITS), "gap_splits": 0.0}
        return Groups(False, evidence, notes, rest.to_numpy(np.float64))
    found = _tested(rest, seed, told=[each.column for each in notes if each.kind == "atom"])
    found = replace(found, notes=(*notes, *constant, *found.notes))
    if found.labels is None:
        return found
    number = int(found.labels.max()) + 1
    left = found.labels[labels[~aside] == marked.group]
    place = number if marked.whole or not len(left) else int(np.bincount(left).argmax())
    everyone = np.full(len(frame), place)
    everyone[~aside] = found.labels
    groups = float(max(number, place + 1))
    return replace(found, labels=everyone, evidence=found.evidence | {"groups": groups})


def against_copula(points: Points, number: int, seed: int) -> tuple[float, float]:
    """Return how far the rows are compressed beyond Gaussian copulas with their margins, and its p-value."""
    tables = [points, *copula_tables(points, DRAWS, seed)]
    return compression(tables, {2, 3, 10, number}, method=METHODS["kmeans"], seed=seed)


def _judged(rows: int, seed: int) -> NDArray[np.intp]:
    if rows <= JUDGE_ON:
        return np.arange(rows)
    return np.sort(draws(seed, rows, _SAMPLE).choice(rows, JUDGE_ON, replace=False))


def _largest_first(labels: Labels) -> Labels:
    sizes = np.bincount(labels)
    places = np.empty(len(sizes), dtype=np.intp)
    places[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return places[labels]
