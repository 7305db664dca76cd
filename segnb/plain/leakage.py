"""Leakage: a measure that nearly equals an outcome, or follows from it, would explain it by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.association import Groups, binned, correlation_ratio, has_order, spearman
from segnb.segmentation import Feature

LEAK = 0.98
"""Association with an outcome from which a measure is called the outcome in other words."""
FEW = 10
"""Customers apart from the most frequent value that an outcome must have: of fewer, anything may tell."""
_MOST_BINS, _IN_A_BIN = 200, 5


def strength(values: pd.Series, outcome: pd.Series, *, ordered: tuple[bool, bool]) -> float:
    """Return how nearly one of both is a function of the other (0 to 1).

    The largest of: Spearman's rank correlation, where both have an order; how far the outcome
    follows from the measure, cut into up to 200 equal shares with the missing as one more; and how far
    the measure follows from the outcome, cut in the same way. "How far" is the correlation ratio
    of the ranks of what has an order, and of the indicator columns of what has none.

    Parameters
    ----------
    ordered
        Whether the values, and whether the outcome, have an order.
    """
    bins = min(_MOST_BINS, max(2, len(values) // _IN_A_BIN))
    found = [
        _follows(outcome, binned(values, bins), ordered[1]),
        _follows(values, binned(outcome, bins), ordered[0]),
    ]
    if all(ordered):
        found.append(abs(spearman(values, outcome)))
    return max(found)


def leaks(
    frame: pd.DataFrame, features: dict[str, Feature], outcomes: pd.DataFrame, known: dict[str, Feature]
) -> dict[str, tuple[str, float]]:
    """Return the measures that nearly equal an outcome: which one, and how nearly.

    Parameters
    ----------
    frame, outcomes
        One float column for each of ``features``, and of ``known``, on the same rows; codes for
        categories.
    """
    found: dict[str, tuple[str, float]] = {}
    telling = [name for name in known if _varies(outcomes[name])]
    for name, feature in features.items():
        strengths = {
            each: strength(frame[name], outcomes[each], ordered=(has_order(feature), has_order(known[each])))
            for each in telling
        }
        closest = max(strengths, key=lambda each: strengths[each], default=None)
        if closest is not None and strengths[closest] >= LEAK:
            found[name] = closest, strengths[closest]
    return found


def _varies(outcome: pd.Series) -> bool:
    """Say whether enough customers differ from the rest; a missing value is one, too."""
    counts = outcome.value_counts(dropna=False)
    return bool(counts.iloc[1:].sum() >= FEW)


def _follows(values: pd.Series, groups: Groups, ordered: bool) -> float:
    if ordered:
        return correlation_ratio(values.rank(), groups)
    levels = np.unique(values.dropna())
    if len(levels) > _MOST_BINS:
        # So many are names, which nothing can foretell.
        return 0.0
    held = (values.to_numpy()[:, None] == levels).astype(np.float64)
    return correlation_ratio(np.where(values.isna().to_numpy()[:, None], np.nan, held), groups)
