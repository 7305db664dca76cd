"""What makes gaps without making groups: derived columns, one value of a column, one column's threshold."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.association import rank_correlations
from segnb.clustering.rules import Labels
from segnb.transform import Points

FOLLOWS = 0.98
"""A column is derived where it follows another, or what two others make, at this correlation or above."""
MARKS, ELSEWHERE = 0.25, 0.1
"""A value marks a group that holds it in a quarter of its rows, and all others in a tenth of that share."""
WHOLE = 0.9
"""A group is one value of a column where it holds this share of the group."""
THRESHOLD = 0.95
"""One column's threshold makes a group where it places this share of the rows rightly."""
_POSITIVE = 0.5  # share of the rows on which a product is judged, at least


def derived(values: Points) -> dict[int, tuple[int, ...]]:
    """Return the columns that others make, and the one or two that make them.

    A column is derived where it rises or falls with another (Spearman's coefficient of .98), or where it is
    the sum, difference, product or quotient of two others (Pearson's, for products on the log scale).
    Such links are the same read from either end, so the column that varies most is taken for the result.
    """
    found: dict[int, tuple[int, ...]] = {}
    ranks = rank_correlations(pd.DataFrame(values)).abs().to_numpy()
    for first, second in combinations(range(values.shape[1]), 2):
        if first not in found and second not in found and ranks[first, second] >= FOLLOWS:
            found[second] = (first,)
    for scale in (_plain, _logarithm):
        left = [place for place in range(values.shape[1]) if place not in found]
        for three in combinations(left, 3):
            if (
                found.keys().isdisjoint(three)
                and (result := _result(scale(values[:, list(three)]))) is not None
            ):
                found[three[result]] = tuple(place for place in three if place != three[result])
    return found


@dataclass(frozen=True)
class Atom:
    """A value that marks a group: where most of one column's equal values stand.

    ``whole`` says whether the group is hardly anything else.
    """

    column: int
    value: float
    group: int
    whole: bool


def atom(values: Points, labels: Labels, names: Sequence[str], told: Container[str]) -> Atom | None:
    """Return the value that most marks a group and no other; columns already ``told`` are passed over."""
    best: tuple[float, Atom] | None = None
    for place, column in enumerate(values.T):
        if names[place] in told:
            continue
        for group in range(int(labels.max()) + 1):
            own = labels == group
            seen, counts = np.unique(column[own], return_counts=True)
            value, share = float(seen[counts.argmax()]), float(counts.max() / own.sum())
            marks = share >= MARKS and (column[~own] == value).mean() <= ELSEWHERE * share
            if marks and (best is None or share > best[0]):
                best = share, Atom(place, value, group, share >= WHOLE)
    return best[1] if best else None


def threshold(values: Points, labels: Labels) -> tuple[int, float] | None:
    """Return the column, and the value, at which one cut best tells a group from all others."""
    best: tuple[float, int, float] | None = None
    for place, column in enumerate(values.T):
        order = np.argsort(column, kind="stable")
        steps = np.flatnonzero(np.diff(column[order]) > 0)
        for group in range(int(labels.max()) + 1):
            own = (labels == group)[order]
            right = np.cumsum(np.where(own, 1, -1))[steps] + (~own).sum()
            share = np.maximum(right, len(own) - right) / len(own)
            at = int(share.argmax())
            if share[at] >= THRESHOLD and (best is None or share[at] > best[0]):
                middle = (column[order][steps[at]] + column[order][steps[at] + 1]) / 2
                best = float(share[at]), place, float(middle)
    return best[1:] if best else None


def _plain(values: Points) -> Points:
    return values


def _logarithm(values: Points) -> Points:
    positive = values[(values > 0).all(axis=1)]
    return np.log(positive) if len(positive) >= _POSITIVE * len(values) else values[:0]


def _result(three: Points) -> int | None:
    """Return the place of the column that is the sum or difference of the two others."""
    if not len(three):
        return None
    spreads: NDArray[np.float64] = three.var(axis=0)
    result = int(spreads.argmax())
    one, other = (three[:, place] for place in range(3) if place != result)
    left = min(
        float((three[:, result] - sign * one - turn * other).var()) for sign in (1, -1) for turn in (1, -1)
    )
    # Of yes and no, only the ones have a logarithm, and these are all equal.
    varies = spreads[result] > 0
    return result if varies and left <= (1 - FOLLOWS**2) * spreads[result] else None
