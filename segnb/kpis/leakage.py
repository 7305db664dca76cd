"""KPIs that forming the segments made different: no test says anything of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segnb.association import rank_correlations
from segnb.kpis.definition import Ratio
from segnb.segmentation import FeatureTable, Segmentation, Windows

LEAK = 0.98
"""Correlation with a measure that formed the segments from which a KPI is called the same in other words."""
_FEWEST = 10
"""Fewest customers on whom a correlation is looked at."""


@dataclass(frozen=True)
class Leak:
    """A KPI whose differences are by construction.

    ``why`` is ``window`` where it rests on days that formed the segments, too, ``past`` where it sets later
    days against these, and ``feature`` where it follows a measure that formed the segments: ``feature``
    is its label.
    """

    kpi: str
    why: Literal["window", "past", "feature"]
    feature: str = ""


def find_leaks(
    ratios: Mapping[str, Ratio],
    segmentation: Segmentation,
    windows: Windows,
    features: FeatureTable | None = None,
    looking_back: Collection[str] = (),
) -> tuple[Leak, ...]:
    """Return which KPIs are no test of the segments, and why.

    Parameters
    ----------
    ratios
        Numerator and denominator of each customer, by KPI.
    features
        The measures of the customers; without them only the windows are looked at.
    looking_back
        KPIs that set the window against the days before it. Who was chosen for much or little on these
        days moves back towards the mean (Galton 1886, J. Anthropol. Inst. 15:246-263).
    """
    if _overlap(windows):
        return tuple(Leak(kpi, "window") for kpi in ratios)
    past = tuple(Leak(kpi, "past") for kpi in ratios if kpi in looking_back)
    if features is None:
        return past
    used = [each for each in features.features if each.name in segmentation.variables]
    found = []
    for kpi, ratio in ratios.items():
        values = (ratio.numerator / ratio.denominator.where(ratio.denominator != 0)).dropna()
        # Who ties one to the other cannot be told by a code of unordered words.
        close = {
            each.label: _closeness(values, features.frame[each.name])
            for each in used
            if each.scale != "nominal" or len(each.levels) <= 2
        }
        nearest = max(close, key=lambda label: close[label], default="")
        if nearest and close[nearest] > LEAK:
            found.append(Leak(kpi, "feature", nearest))
    return (*past, *(each for each in found if each.kpi not in looking_back))


def _overlap(windows: Windows) -> bool:
    """Say whether the results share days with the segments."""
    if windows.measure is None:
        return True
    return windows.form is not None and windows.measure.start <= windows.form.end


def _closeness(values: pd.Series, feature: pd.Series) -> float:
    """Return the larger of Pearson's and Spearman's correlation, without its sign; 0 where there is none."""
    both = pd.concat([values, feature], axis=1, join="inner").dropna().astype(float)
    if len(both) < _FEWEST or (both.nunique() < 2).any():
        return 0.0
    found = (both.corr(), rank_correlations(both))
    return max(float(each.abs().to_numpy()[0, 1]) for each in found)
