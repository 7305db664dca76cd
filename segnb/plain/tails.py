"""Skew and heavy tails, before and after the transformation, and which one a number takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from segnb.segmentation import Feature
from segnb.transform import LIMIT, Points, learn_scaling, significant

SKEWED = 1.0
"""Skewness from which a distribution counts as highly skewed (Bulmer 1979, a rule of thumb)."""
FAR = 0.01
"""Share of the customers beyond the limit from which a tail counts as heavy; of a normal 0.3 %."""


@dataclass(frozen=True)
class Tail:
    """A number's skewness, and the share of customers further than ``LIMIT`` spreads from the median.

    ``before`` is in its own unit, ``after`` on its scale; neither depends on the unit.
    """

    feature: Feature
    skew_before: float
    skew_after: float
    far_before: float
    far_after: float


def tails(frame: pd.DataFrame, features: Sequence[Feature]) -> tuple[Tail, ...]:
    """Return the tails of all numbers, in their order."""
    numbers = (each for each in features if each.scale in ("linear", "log"))
    return tuple(tail(frame[each.name], each) for each in numbers)


def tail(values: pd.Series, feature: Feature) -> Tail:
    """Return skewness and far values of one number, before and after it takes its scale."""
    before = _scaled(values, replace(feature, scale="linear"))
    after = _scaled(values, feature)
    return Tail(feature, skewness(before), skewness(after), _far(before), _far(after))


def choose_scale(values: pd.Series, name: str) -> Literal["linear", "log"]:
    """Return the scale that a number takes, whatever its unit.

    It takes the log scale where it is skewed to the right or has far values, and that scale lowers
    the skewness by half without drawing in more customers. What has negative values stays linear:
    the log scale would have its steepest part at zero, in their middle.
    """
    on_log = tail(values, Feature(name, name, "number", "log"))
    long = on_log.skew_before > SKEWED or (on_log.skew_before > 0 and on_log.far_before > FAR)
    helps = abs(on_log.skew_after) <= on_log.skew_before / 2 and on_log.far_after <= on_log.far_before
    return "log" if long and helps and not bool((values < 0).any()) else "linear"


def skewness(values: Points) -> float:
    """Return the third standardised moment (g1); 0 where nothing varies."""
    seen = values[np.isfinite(values)]
    if len(seen) < 2 or seen.min() == seen.max():
        return 0.0
    standard = (seen - seen.mean()) / seen.std()
    # Sorted, so that the order of the rows leaves no trace in the sum.
    return float(np.round(np.sort(standard**3).mean(), 6) + 0.0)


def _scaled(values: pd.Series, feature: Feature) -> Points:
    numbers = values.to_numpy(np.float64)
    scaled: Points = learn_scaling(values, feature).columns(numbers)[:, 0]
    return scaled


def _far(scaled: Points) -> float:
    seen = scaled[np.isfinite(scaled)]
    return float(significant((np.abs(seen) > LIMIT).mean())) if len(seen) else 0.0
