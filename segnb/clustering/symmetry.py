"""Columns on a scale on which noise has one mode: symmetric where they can be, rank scores where tied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from segnb.clustering.fit import draws
from segnb.transform import Points, significant

COMMON, TIED = 0.01, 0.1
"""A column is tied where more than 10 % of the rows hold a value that more than 1 % of the rows share."""
_BREAK = 3  # a stream of random numbers of its own


def tied(values: Points) -> NDArray[np.bool_]:
    """Say which columns are tied: counts, ratings, yes and no."""
    shares = [np.unique(column, return_counts=True)[1] / len(values) for column in values.T]
    return np.array([each[each > COMMON].sum() > TIED for each in shares], dtype=bool)


def symmetric(values: Points, ties: NDArray[np.bool_], learn: NDArray[np.intp], seed: int) -> Points:
    """Return each column with mean 0 and standard deviation 1 on its own symmetric scale.

    A tied column becomes normal scores, its ties broken by lot, so that the steps between its values
    are no gaps. Any other takes the power that makes it most like a normal distribution (Box & Cox 1964;
    where not all values are positive, Yeo & Johnson 2000).

    Parameters
    ----------
    values
        One row for each customer, finite, no column constant.
    ties
        Which columns are `tied`.
    learn
        The rows on which the powers are learned.
    """
    columns = [
        normal_scores(column, draws(seed, place, _BREAK)) if is_tied else _power(column, learn)
        for place, (column, is_tied) in enumerate(zip(values.T, ties, strict=True))
    ]
    return significant(np.column_stack(columns))


def normal_scores(column: Points, random: np.random.Generator) -> Points:
    """Return the normal quantiles of the ranks, equal values in the order of a lot."""
    order = np.lexsort((random.random(len(column)), column))
    ranks = np.empty(len(column))
    ranks[order] = (np.arange(len(column)) + 0.5) / len(column)
    scores = ndtri(ranks)
    return np.asarray(scores / scores.std())


def _power(column: Points, learn: NDArray[np.intp]) -> Points:
    from sklearn.preprocessing import PowerTransformer  # slow, see `fit.one_thread`

    # In units of the column itself, so that cents or dollars do not matter.
    if column.min() >= 0:
        kind = "box-cox" if column.min() > 0 else "yeo-johnson"
        own = column / np.median(column[column > 0])
    else:
        kind, own = "yeo-johnson", (column - np.median(column)) / column.std()
    power = PowerTransformer(method=kind, standardize=False).fit(own[learn, None])
    # Four digits of a power are enough, and the same however the rows are summed.
    power.lambdas_ = significant(power.lambdas_, 4)
    straight = power.transform(own[:, None])[:, 0]
    return np.asarray((straight - straight[learn].mean()) / straight[learn].std())
