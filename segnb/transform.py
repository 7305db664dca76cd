"""The scale-free map: what makes measures in different units comparable, kept as plain numbers.

It is learned once, on the customers who form the segments, and repeated exactly when others are
assigned to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import FiniteFloat

from segnb.coding import are_numbers, is_number, moved, places
from segnb.segmentation import Feature, FeatureTable

DIGITS = 10
"""Significant digits that results keep: sums in another order differ only after these."""
LIMIT = 3.0
"""Scaled values end here: what lies further out is drawn in (winsorised), not left out."""
MARGIN = 0.1
"""How far past the range seen a value may lie, as a share of that range on the variable's own scale."""
_ROUNDED = 1e-6  # the least margin: the values seen are kept rounded
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
    """How one number becomes comparable with the others.

    Amounts and counts with long tails (``log``) are divided by ``unit``, the median of the positive
    values, before log1p, so that the currency cancels; negative ones mirror positive ones. All are
    then centred on their median and divided by their spread: the interquartile range over 1.349, as
    a standard normal has it. ``lowest`` and ``highest`` are the values seen. An ordered category is
    the number of its place in ``levels``. ``weight`` is that of its block, where there are several.
    """

    name: str
    log: bool
    unit: FiniteFloat
    centre: FiniteFloat
    spread: FiniteFloat
    lowest: FiniteFloat
    highest: FiniteFloat
    levels: tuple[str, ...] = ()
    weight: FiniteFloat = 1.0

    @property
    def width(self) -> int:
        """Number of columns among the points."""
        return 1

    def scaled(self, values: ArrayLike) -> Points:
        """Return the values in spreads from the median, however far out they lie."""
        return (_straightened(values, self.log, self.unit) - self.centre) / self.spread

    def columns(self, values: ArrayLike) -> Points:
        """Return the same, weighted, as the variable's only column."""
        return self.weight * self.scaled(values)[:, None]

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest scaled value that count as in the range seen, margin included."""
        low, high = self.scaled([self.lowest, self.highest]).tolist()
        margin = max(MARGIN * (high - low), _ROUNDED)
        return low - margin, high + margin

    def knows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Say which values lie in the range seen, with its margin; a missing one does not."""
        low, high = self.bounds
        scaled = self.scaled(values)
        return np.asarray((scaled >= low) & (scaled <= high))

    def is_new(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Say which values are words that are in none of the levels."""
        codes = np.asarray(values, dtype=np.float64)
        return np.asarray((codes < 0) & bool(self.levels))


@dataclass(frozen=True)
class Indicators:
    """How an unordered category becomes numbers: one column for each level seen, ``weight`` or 0.

    A value is the place of its word in ``levels``; ``seen`` holds the places that some customer had.
    The weight is one over the root of 1 - sum p^2, where p are the levels' shares. So the columns'
    variances add up to 1, and a category weighs as much in the mean squared distance between two
    customers as a number does (in the manner of Hennig & Liao 2013, who fix
    what each variable is expected to add to the distance).
    """

    name: str
    levels: tuple[str, ...]
    seen: tuple[int, ...]
    weight: FiniteFloat

    @property
    def width(self) -> int:
        """Number of columns among the points."""
        return len(self.seen)

    def columns(self, values: ArrayLike) -> Points:
        """Return one column for each level seen; a missing value is missing in all of them."""
        codes = np.asarray(values, dtype=np.float64)[:, None]
        held = np.where(codes == np.array(self.seen), self.weight, 0.0)
        return np.where(np.isnan(codes), np.nan, held)

    def knows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Say which values are levels seen."""
        return np.isin(np.asarray(values, dtype=np.float64), self.seen)

    def is_new(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Say which values are levels that no customer had who formed the segments."""
        codes = np.asarray(values, dtype=np.float64)
        return ~np.isnan(codes) & ~self.knows(codes)


@dataclass(frozen=True)
class Transform:
    """The scalings of all variables, in their order."""

    scalings: tuple[Scaling | Indicators, ...]

    @property
    def names(self) -> list[str]:
        """The variables that take part."""
        return [each.name for each in self.scalings]

    @property
    def variables(self) -> list[str]:
        """For each column of the points, the variable that it belongs to."""
        return [each.name for each in self.scalings for _ in range(each.width)]

    @property
    def levels(self) -> tuple[int, ...]:
        """For each variable the number of columns that its unordered categories take; 0 for a number."""
        return tuple(each.width if isinstance(each, Indicators) else 0 for each in self.scalings)

    def __call__(self, frame: pd.DataFrame) -> Points:
        """Return one row of comparable numbers for each customer, drawn in to ``LIMIT``.

        A number is one column, an unordered category one for each level seen.
        """
        columns = [
            np.clip(own, -LIMIT * each.weight, LIMIT * each.weight) if isinstance(each, Scaling) else own
            for each, own in zip(self.scalings, self._columns(frame), strict=True)
        ]
        return np.hstack(columns)

    def unlimited(self, frame: pd.DataFrame) -> Points:
        """Return the same columns, however far out the values lie."""
        return np.hstack(self._columns(frame))

    def knows(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Say for which customers all variables lie in the range, or are a category, that was seen."""
        columns = [each.knows(frame[each.name].to_numpy(np.float64)) for each in self.scalings]
        return np.asarray(np.column_stack(columns).all(axis=1))

    def is_new(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Say which customers have a category that was not seen."""
        columns = [each.is_new(frame[each.name].to_numpy(np.float64)) for each in self.scalings]
        return np.asarray(np.column_stack(columns).any(axis=1))

    def only(self, names: list[str]) -> Transform:
        """Return the map of these variables alone, in this order."""
        held = {each.name: each for each in self.scalings}
        return Transform(tuple(held[name] for name in names))

    def by_name(self) -> Transform:
        """Return the same map with its variables sorted, so that their order decides nothing."""
        return self.only(sorted(self.names))

    def coded(self, table: pd.DataFrame | FeatureTable) -> pd.DataFrame:
        """Return the variables as floats, categories as the places of their words in this map's levels.

        In a plain frame a category's column holds words; where it is of numbers and the words are not,
        the places themselves. In a feature table the places are those of its own levels. A word that
        this map does not know becomes -1, a missing one NaN.

        Returns
        -------
        DataFrame
            The table's index, and one float column for each variable.
        """
        own = isinstance(table, FeatureTable)
        frame = table.frame if isinstance(table, FeatureTable) else table
        coded = {}
        for each in self.scalings:
            values = frame[each.name]
            if not each.levels:
                coded[each.name] = values.to_numpy(float)
            elif own or (is_number(values) and not are_numbers(each.levels)):
                levels = table[each.name].levels if isinstance(table, FeatureTable) else each.levels
                coded[each.name] = moved(values, levels, each.levels)
            else:
                coded[each.name] = places(values, each.levels)
        return pd.DataFrame(coded, index=frame.index, dtype=np.float64)

    def _columns(self, frame: pd.DataFrame) -> list[Points]:
        return [each.columns(frame[each.name].to_numpy(np.float64)) for each in self.scalings]


def learn_transform(features: FeatureTable) -> Transform:
    """Learn the scale-free map of all features from the customers who take part; blocks count alike."""
    scalings = [learn_scaling(features.frame[each.name], each) for each in features.features]
    blocks = [each.block for each in features.features]
    if len(set(blocks)) > 1:
        scalings = _balanced(scalings, blocks, features.frame)
    return Transform(tuple(scalings))


def _balanced(
    scalings: Sequence[Scaling | Indicators], blocks: Sequence[str], frame: pd.DataFrame
) -> list[Scaling | Indicators]:
    """Weigh the variables so that each block's first principal component has the variance 1.

    That is the weighting of Multiple Factor Analysis (Escofier & Pagès 1994, Comput. Stat. Data Anal.
    18:121-140): every block is divided by its first singular value, so that neither the block with more
    variables nor the one with the more correlated ones decides alone.
    """
    weights = {}
    for block in set(blocks):
        own = Transform(tuple(each for each, of in zip(scalings, blocks, strict=True) if of == block))
        points = np.nan_to_num(own(frame))  # numbers are centred on their median
        centred = points - points.mean(axis=0)
        first = float(np.sqrt(np.linalg.eigvalsh(centred.T @ centred / len(centred))[-1]))
        weights[block] = float(significant(1 / first)) if first > 0 else 1.0
    return [
        replace(each, weight=float(significant(each.weight * weights[block])))
        for each, block in zip(scalings, blocks, strict=True)
    ]


def learn_scaling(values: pd.Series, feature: Feature) -> Scaling | Indicators:
    """Learn one variable's scaling from its finite values."""
    seen = values.to_numpy(np.float64)
    seen = seen[np.isfinite(seen)]
    if feature.scale == "nominal":
        return _indicators(seen, feature)
    levels = feature.levels
    if not len(seen):
        return Scaling(feature.name, False, 1.0, 0.0, 1.0, 0.0, 0.0, levels)
    log = feature.scale == "log"
    positive = seen[seen > 0]
    unit = _quantile(positive, 0.5) if log and len(positive) else 1.0
    straight = _straightened(seen, log, unit)
    centre, spread, low, high = significant(
        [_quantile(straight, 0.5), _spread(straight), seen.min(), seen.max()]
    ).tolist()
    return Scaling(feature.name, log, float(significant(unit)), centre, spread, low, high, levels)


def _indicators(codes: Points, feature: Feature) -> Indicators:
    places, counts = np.unique(codes, return_counts=True)
    differ = 1 - ((counts / counts.sum()) ** 2).sum() if len(places) > 1 else 1.0
    weight = float(significant(1 / np.sqrt(differ)))
    return Indicators(feature.name, feature.levels, tuple(int(place) for place in places), weight)


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
