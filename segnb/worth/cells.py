"""Means by campaign, segment and arm, and differences between arms as sums over these cells.

All that is estimated here is a linear combination of independent cell means, so every error is the
root of a sum: ``var(sum(l * mean)) = sum(l**2 * variance / n)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]
Codes = NDArray[np.intp]
Shape = tuple[int, int, int]

_PRIOR = 5.0
"""Degrees of freedom that a cell's variance borrows from the others, so that no cell is certain."""


@dataclass(frozen=True)
class Cells:
    """Number, mean and variance of each cell; arrays of campaigns x segments x arms, arm 0 the control."""

    n: Values
    mean: Values
    variance: Values

    @classmethod
    def of(cls, values: Values, place: Codes, shape: Shape) -> Cells:
        """Return the cells of a value for each customer and campaign.

        Parameters
        ----------
        place
            The cell of each value, counted through ``shape`` in C order.
        """
        size = int(np.prod(shape))
        n, total, square = (
            np.bincount(place, weights, minlength=size).reshape(shape)
            for weights in (None, values, values**2)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n > 0, total / n, 0.0)
            # What rounding leaves of equal values is no variance.
            rest = square - n * mean**2
            rest = np.where(rest > 1e-12 * square, rest, 0.0)
            variance = np.where(n > 1, rest / (n - 1), 0.0)
        return cls(n.astype(np.float64), mean, variance)

    @property
    def moderated(self) -> Cells:
        """The same with each variance drawn towards the mean variance within cells.

        ``(f * s**2 + f0 * s0**2) / (f + f0)`` with ``f`` its degrees of freedom and ``f0`` five (Smyth
        2004, Stat. Appl. Genet. Mol. Biol. 3:3, section 3): a cell where nobody bought has no spread
        of its own, and would else be taken for certain.
        """
        freedom = np.maximum(self.n - 1, 0.0)
        within = float((freedom * self.variance).sum() / max(freedom.sum(), 1.0))
        variance = (freedom * self.variance + _PRIOR * within) / (freedom + _PRIOR)
        return Cells(self.n, self.mean, variance)

    def weights(self, segment: int, arm: int) -> Values:
        """Return the weight of each campaign in the difference between an arm and the control.

        ``n1 * n0 / (n1 + n0)``, as in Mantel & Haenszel's risk difference (Greenland & Robins 1985,
        Biometrics 41:55-68): a campaign without either arm has none.
        """
        treated, control = self.n[:, segment, arm], self.n[:, segment, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.where((treated > 0) & (control > 0), treated * control / (treated + control), 0.0)
        total = weight.sum()
        return np.asarray(weight / total if total > 0 else weight, dtype=np.float64)

    def contrasts(self) -> Values:
        """Return how each difference is made of cell means: segments x arms less one x all cells.

        Rows of zeros where a segment has no campaign with that arm and a control.
        """
        campaigns, segments, arms = self.n.shape
        rows = np.zeros((segments, arms - 1, campaigns, segments, arms))
        for segment in range(segments):
            for arm in range(1, arms):
                weight = self.weights(segment, arm)
                rows[segment, arm - 1, :, segment, arm] += weight
                rows[segment, arm - 1, :, segment, 0] -= weight
        return rows.reshape(segments, arms - 1, -1)

    def variances(self) -> Values:
        """Return the variance of each cell's mean; zero for an empty one, which no contrast uses."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.n > 0, self.variance / self.n, 0.0).ravel()


def numbered(names: pd.Series, order: tuple[str, ...]) -> Codes:
    """Return the place of each name in an order that holds them all."""
    return np.asarray(pd.Index(order).get_indexer(pd.Index(names)), dtype=np.intp)
