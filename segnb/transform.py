"""The scale-free map: what makes measures in different units comparable, kept as plain numbers.

It is learned once, on the customers who form the segments, and repeated exactly when others are
assigned to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from segnb.segmentation import Feature, FeatureTable

DIGITS = 10
"""Significant digits that results keep: sums in another order differ only after these."""
LIMIT = 3.0
"""Scaled values end here: what lies further out is drawn in (winsorised), not left out."""
MARGIN = 0.1
"""How far past the range seen a value may lie, as a share of that range on the variable's own scale."""
_NORMAL_QUARTILES, _NORMAL_DECILES = 1.349, 2.563  # distance of both in a standard normal

Points = NDArray[np.float64]


def significant(values: ArrayLike, digits: int = DIGITS) -> Points:
    """Round to significant digits, so that the order of a sum leaves no trace."""
    exact = np.asarray(values, dtype=np.float64)
    plain = np.isfinite(exact) & (exact != 0)
    size = np.floor(np.log10(np.abs(exact, where=plain, out=np.ones_like(exact))))
    places = np.clip(digits - 1 - size, -300, 300)
    # Powers of ten are exact, tenths are not: so one factor for each direction.
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.where(plain, np.round(exact * up / down) / up * down, exact)


@dataclass(frozen=True)
class Scaling:
    """How one variable becomes comparable with the others.

    Amounts and counts with long tails (``log``) are divided by ``unit``, the median of the positive
    values, before log1p, so that the currency cancels; negative ones mirror positive ones. All are
    then centred on their median and divided by their spread: the interquartile range over 1.349, as
    a standard normal has it. ``lowest`` and ``highest`` are the values seen.
    """

    name: str
    log: bool
    unit: float
    centre: float
    spread: float
    lowest: float
    highest: float

    def scaled(self, values: ArrayLike) -> Points:
        """Return the values in spreads from the median, however far out they lie."""
        return (_straightened(values, self.log, self.unit) - self.centre) / self.spread

    def knows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Say which values lie in the range seen, with its margin; a missing one does not."""
        low, high = self.scaled([self.lowest, self.highest])
        margin = MARGIN * (high - low)
        scaled = self.scaled(values)
        return np.asarray((scaled >= low - margin) & (scaled <= high + margin))


@dataclass(frozen=True)
class Transform:
    """The scalings of all variables, in their order."""

    scalings: tuple[Scaling, ...]

    @property
    def names(self) -> list[str]:
        """The variables that take part."""
        return [each.name for each in self.scalings]

    def __call__(self, frame: pd.DataFrame) -> Points:
        """Return one row of comparable numbers for each customer, drawn in to ``LIMIT``."""
        return np.clip(self.unlimited(frame), -LIMIT, LIMIT)

    def unlimited(self, frame: pd.DataFrame) -> Points:
        """Return the same numbers, however far out they lie."""
        columns = [each.scaled(frame[each.name].to_numpy(np.float64)) for each in self.scalings]
        return np.column_stack(columns)

    def knows(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Say for which customers all variables lie in the range seen."""
        columns = [each.knows(frame[each.name].to_numpy(np.float64)) for each in self.scalings]
        return np.asarray(np.column_stack(columns).all(axis=1))

    def only(self, names: list[str]) -> Transform:
        """Return the map of these variables alone, in this order."""
        held = {each.name: each for each in self.scalings}
        return Transform(tuple(held[name] for name in names))


def learn_transform(features: FeatureTable) -> Transform:
    """Learn the scale-free map of all features from the customers who take part."""
    return Transform(tuple(learn_scaling(features.frame[each.name], each) for each in features.features))


def learn_scaling(values: pd.Series, feature: Feature) -> Scaling:
    """Learn one variable's scaling from its finite values."""
    seen = values.to_numpy(np.float64)
    seen = seen[np.isfinite(seen)]
    if not len(seen):
        return Scaling(feature.name, log=False, unit=1.0, centre=0.0, spread=1.0, lowest=0.0, highest=0.0)
    log = feature.scale == "log"
    positive = seen[seen > 0]
    unit = _quantile(positive, 0.5) if log and len(positive) else 1.0
    straight = _straightened(seen, log, unit)
    centre, spread, low, high = significant(
        [_quantile(straight, 0.5), _spread(straight), seen.min(), seen.max()]
    ).tolist()
    return Scaling(feature.name, log, float(significant(unit)), centre, spread, low, high)


def _straightened(values: ArrayLike, log: bool, unit: float) -> Points:
    plain = np.asarray(values, dtype=np.float64)
    return np.sign(plain) * np.log1p(np.abs(plain) / unit) if log else plain / unit


def _spread(values: Points) -> float:
    """Return a robust standard deviation; one that is not zero unless all values are equal.

    Where half the values are equal the quartiles meet, and the deciles speak for them.
    """
    if values.min() == values.max():
        return 1.0
    quartiles = (_quantile(values, 0.75) - _quantile(values, 0.25)) / _NORMAL_QUARTILES
    deciles = (_quantile(values, 0.9) - _quantile(values, 0.1)) / _NORMAL_DECILES
    return quartiles or deciles or float(values.std())


def _quantile(values: Points, share: float) -> float:
    # This definition (Hyndman & Fan 1996, no. 2) stays the same when every row stands twice.
    return float(np.quantile(values, share, method="averaged_inverted_cdf"))
