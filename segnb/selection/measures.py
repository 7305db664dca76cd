"""What the decisions rest on: ties, missing values, and shares of the distance between customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.segmentation import FeatureTable
from segnb.transform import LIMIT, Points, Scaling, Transform, significant


def missing_shares(frame: pd.DataFrame) -> dict[str, float]:
    """Return the share of the rows that lack each column."""
    return {str(name): float(share) for name, share in frame.isna().mean().items()}


def spreads(transform: Transform, frame: pd.DataFrame, *, limited: bool) -> dict[str, float]:
    """Return each variable's part in the average squared distance between two customers, halved.

    That average is twice the sum of the variances of all columns of the points, of which an
    unordered category has several. ``limited`` draws in far values.
    """
    found = {}
    for name in transform.names:
        alone = transform.only([name])
        points: Points = alone(frame) if limited else alone.unlimited(frame)
        found[name] = float(np.nanvar(points, axis=0).sum())
    return found


def raw_spreads(features: FeatureTable) -> dict[str, float]:
    """Return the same in the variables' own units; two different categories are one apart."""
    return {
        each.name: _differing(features.frame[each.name])
        if each.scale == "nominal"
        else float(np.nanvar(features.frame[each.name].to_numpy(np.float64)))
        for each in features.features
    }


def shares(spreads: dict[str, float], names: list[str]) -> dict[str, float]:
    """Return each of these variables' share of their joint spread."""
    total = sum(spreads[name] for name in names)
    found = [spreads[name] / total if total > 0 else 1 / len(names) for name in names]
    return dict(zip(names, significant(found).tolist(), strict=True))


def tail_counts(transform: Transform, features: FeatureTable) -> dict[str, int]:
    """Return for how many customers each number lies beyond the limit and is drawn in."""
    beyond = {
        each.name: np.abs(each.scaled(features.frame[each.name])) > LIMIT
        for each in transform.scalings
        if isinstance(each, Scaling)
    }
    return {name: int(beyond[name].sum()) if name in beyond else 0 for name in transform.names}


def _differing(values: pd.Series) -> float:
    """Return how often two customers have different categories."""
    shares = values.value_counts(normalize=True)
    return float(1 - (shares**2).sum())
