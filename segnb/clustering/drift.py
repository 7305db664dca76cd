"""How far customers have moved since the segments were formed: the population stability index (PSI)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segnb.segmentation import FeatureTable
from segnb.transform import Transform, significant

NOTICEABLE, LARGE = 0.10, 0.25
"""Bands of the index from which a shift counts as noticeable or large: a rule of thumb of credit scoring."""
_BANDS = 10
_LEAST = 1e-4  # an empty band would make the index infinite


def stability_index(before: ArrayLike, after: ArrayLike) -> float:
    """Return the population stability index of two distributions over the same bands.

    The sum of (after - before) * log(after / before) over the bands' shares: the symmetric divergence of
    Jeffreys (1946) and Kullback & Leibler (1951), as scorecards use it (Siddiqi, *Credit Risk
    Scorecards*, 2006).

    Parameters
    ----------
    before, after
        Customers in each band, shape (bands,).
    """
    shares = [np.asarray(each, dtype=np.float64) for each in (before, after)]
    old, new = (np.maximum(each / max(each.sum(), 1.0), _LEAST) for each in shares)
    return float(significant(((new - old) * np.log(new / old)).sum()))


def drift(transform: Transform, before: FeatureTable, after: FeatureTable | pd.DataFrame) -> dict[str, float]:
    """Return the stability index of each variable of a model, in the model's order.

    Numbers are cut at the tenths of those who formed the segments, categories at their levels; missing
    values are a band of their own.
    """
    old, new = transform.coded(before), transform.coded(after)
    return {
        each.name: stability_index(*_counts(old[each.name], new[each.name], bool(each.levels)))
        for each in transform.scalings
    }


def _counts(old: pd.Series, new: pd.Series, levels: bool) -> tuple[np.ndarray, np.ndarray]:
    seen = old.dropna().to_numpy()
    if levels:
        edges = np.unique(seen) - 0.5
    else:
        edges = np.unique(np.quantile(seen, np.arange(1, _BANDS) / _BANDS)) if len(seen) else np.empty(0)
    bands = [np.where(each.isna(), -1, np.searchsorted(edges, each, side="right")) for each in (old, new)]
    before, after = (np.bincount(each.astype(int) + 1, minlength=len(edges) + 2) for each in bands)
    return before, after
