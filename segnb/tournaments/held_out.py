"""How much of later behaviour segments explain, of customers whom the prediction has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.clustering.fit import one_thread
from segnb.intervals import stable
from segnb.tournaments.results import Explained
from segnb.transform import Points

FOLDS = 10
"""Parts of the customers, each predicted from the others."""
DRAWN_IN = 1.0
"""Customers of the overall mean that each segment is mixed with: a tiny one hardly moves a prediction."""
REACH = 1.959964
"""Standard errors to either side of a 95 % interval."""


@dataclass(frozen=True)
class HeldOut:
    """Squared errors of predictions of customers held out, shape (customers, outcomes).

    Every outcome is divided by its own sum of squares, so that all count alike. ``total`` are the errors of
    the overall mean, ``left`` those of the segments; 0 where an outcome is not known of a customer.
    """

    total: Points
    left: Points

    def explained(self, outcome: int | None = None) -> Explained:
        """Return the share of the variance explained: of one outcome, or the mean over all."""
        chosen = slice(None) if outcome is None else slice(outcome, outcome + 1)
        total = self.total[:, chosen].sum(axis=1)
        return _share(total - self.left[:, chosen].sum(axis=1), total)

    def beyond(self, other: HeldOut) -> Explained:
        """Return the share that these segments explain and the other ones did not, the mean over outcomes."""
        return _share((other.left - self.left).sum(axis=1), self.total.sum(axis=1))


def held_out(outcomes: pd.DataFrame, *segments: pd.Series, seed: int) -> HeldOut:
    """Predict each customer's outcomes by the segments that the customer is in.

    Customers are cut into ten parts by seed, in the order of their ids. Each part is predicted from the
    others: by the mean of the segment, drawn in by one customer towards the overall mean; where there are
    several ways to cut, by the sum of their effects (ridge regression on indicators; Hoerl & Kennard 1970).

    Parameters
    ----------
    outcomes
        One row for each customer, sorted by id, one column for each outcome; NaN where it is not known.
    segments
        A group for each of these customers; one series for each way to cut them.
    """
    values = outcomes.to_numpy(np.float64)
    design = np.hstack([_indicators(each.reindex(outcomes.index)) for each in segments])
    part = np.random.default_rng([seed, len(outcomes)]).permutation(len(outcomes)) % FOLDS
    total, left = np.zeros_like(values), np.zeros_like(values)
    with one_thread():
        for outcome, column in enumerate(values.T):
            known = np.isfinite(column)
            for fold in range(FOLDS):
                learn, judge = known & (part != fold), known & (part == fold)
                if not learn.any() or not judge.any():
                    continue
                mean = column[learn].mean()
                effects = _ridge(design[learn], column[learn] - mean)
                total[judge, outcome] = (column[judge] - mean) ** 2
                left[judge, outcome] = (column[judge] - mean - design[judge] @ effects) ** 2
    sums = np.maximum(total.sum(axis=0), np.finfo(np.float64).tiny)
    return HeldOut(total / sums, left / sums)


def _ridge(design: Points, values: NDArray[np.float64]) -> NDArray[np.float64]:
    penalised = design.T @ design + DRAWN_IN * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(penalised, design.T @ values))


def _indicators(groups: pd.Series) -> Points:
    names = sorted(groups.unique())
    return np.asarray(groups.to_numpy()[:, None] == np.array(names, dtype=object)[None, :], dtype=np.float64)


def _share(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> Explained:
    """Return the ratio of two sums over customers, with its 95 % interval by linearisation.

    Cochran (1977), Sampling Techniques, 6.4. The folds are taken as given, so it is a little narrow.
    """
    whole = wholes.sum()
    if whole <= 0:
        return Explained(0.0, 0.0, 0.0)
    value = parts.sum() / whole
    residuals = parts - value * wholes
    n = len(parts)
    error = np.sqrt(n / max(n - 1, 1) * float(residuals @ residuals)) / whole
    return Explained(stable(value), stable(value - REACH * error), stable(value + REACH * error))
