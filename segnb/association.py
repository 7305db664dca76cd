"""How closely two variables of any kind go together, on one scale from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from segnb.segmentation import Feature
from segnb.transform import significant

Groups = NDArray[np.intp]


def has_order(feature: Feature) -> bool:
    """Say whether ranks mean something: numbers, ordered categories, and those of two levels."""
    return feature.scale != "nominal" or len(feature.levels) == 2


def associations(frame: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    """Return the association of each pair of variables, over the customers who have both.

    Between numbers and ordered categories it is Spearman's rank correlation, with its sign; of an
    unordered category with one of these the correlation ratio of the ranks, and with another Cramér's V,
    both corrected for chance and without a sign. A variable that does not vary has none.

    Parameters
    ----------
    frame
        One row for each customer and one float column for each variable; an unordered category is
        its level's place.

    Returns
    -------
    DataFrame
        Symmetric, with the variables as rows and columns and ones on the diagonal.
    """
    names = [each.name for each in features]
    ranks = frame[names].rank()
    found = rank_correlations(frame[names]).fillna(0.0).to_numpy().copy()
    for row, first in enumerate(features):
        if has_order(first):
            continue
        groups = groups_of(frame[first.name])
        for column, second in enumerate(features):
            if row == column:
                strength = 1.0
            elif has_order(second):
                strength = correlation_ratio(ranks[second.name], groups)
            else:
                strength = cramers_v(groups, groups_of(frame[second.name]))
            found[row, column] = found[column, row] = strength
    return pd.DataFrame(significant(found), index=names, columns=names)


def groups_of(values: pd.Series) -> Groups:
    """Return which of the different values each row has, from 0; -1 where it has none."""
    codes, _ = pd.factorize(values, sort=True)
    return np.asarray(codes, dtype=np.intp)


def correlation_ratio(values: ArrayLike, groups: Groups) -> float:
    """Return how much of the values' spread lies between the groups, as a correlation (0 to 1).

    The square root of epsilon squared (Kelley 1935): 1 - (1 - eta^2) (n - 1) / (n - k) for k groups
    and n rows, so that groups drawn by chance have 0 on average, however many they are; below 0 is 0.

    Parameters
    ----------
    values
        One number for each row, or several columns of numbers, whose spreads are added: of a category's
        indicator columns this is Goodman & Kruskal's (1954) tau, corrected in the same way.
    groups
        The group of each row; -1 leaves a row out, as a missing number does.
    """
    numbers = np.asarray(values, dtype=np.float64).reshape(len(groups), -1)
    known = np.isfinite(numbers).all(axis=1) & (groups >= 0)
    numbers, own = numbers[known], _from_zero(groups[known])
    n, k = len(numbers), int(own.max(initial=-1)) + 1
    if n <= k or k < 2:
        return 0.0
    sums = np.column_stack([np.bincount(own, column) for column in numbers.T])
    means = sums / np.bincount(own)[:, None]
    spread = ((numbers - numbers.mean(axis=0)) ** 2).sum()
    left = ((numbers - means[own]) ** 2).sum() / spread if spread else 1.0
    return float(np.sqrt(max(0.0, 1 - left * (n - 1) / (n - k))))


def cramers_v(first: Groups, second: Groups) -> float:
    """Return Cramér's V of two sets of groups, corrected for its bias (Bergsma 2013, equations 4-6)."""
    known = (first >= 0) & (second >= 0)
    one, other = _from_zero(first[known]), _from_zero(second[known])
    n, rows, columns = len(one), int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    if min(rows, columns) < 2:
        return 0.0
    table = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = ((table - expected) ** 2 / expected).sum() / n
    beyond_chance = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    most = min(_shrunk(rows, n), _shrunk(columns, n)) - 1
    # With as many levels as rows nothing is left to compare.
    return float(np.sqrt(min(1.0, beyond_chance / most))) if most > 0 else 0.0


def rank_correlations(frame: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's rank correlation of each two columns, over the rows that have both.

    Equal values share their mean rank. A column that does not vary among these rows has NaN.
    """
    return frame.corr(method="spearman")


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Return the rank correlation of two rows of values (`rank_correlations`); 0 where one does not vary."""
    pair = rank_correlations(pd.DataFrame({"first": np.asarray(first), "second": np.asarray(second)}))
    return float(pair.fillna(0.0).to_numpy()[0, 1])


def binned(values: pd.Series, most: int) -> Groups:
    """Return groups of equal values, or of ``most`` equal shares where there are more; missing is one.

    That a value is missing is knowledge, too: the day of leaving is missing of those who stayed.
    """
    groups = groups_of(values)
    distinct = groups.max(initial=-1) + 1
    if distinct > most:
        places = np.nan_to_num(values.rank(pct=True).to_numpy(np.float64))
        # A missing value has the place 0 and so the group -1.
        groups = (np.ceil(places * most) - 1).astype(np.intp)
    return _from_zero(groups)


def _from_zero(groups: Groups) -> Groups:
    return np.unique(groups, return_inverse=True)[1].astype(np.intp)


def _shrunk(levels: int, n: int) -> float:
    return levels - (levels - 1) ** 2 / (n - 1)
