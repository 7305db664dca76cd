"""What the decisions rest on: ties, rank correlations, and shares of the distance between customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.transform import LIMIT, Points, Transform, significant


def ties(frame: pd.DataFrame) -> dict[str, float]:
    """Return the share of the customers that holds each column's most frequent value.

    A missing value counts as one more value, and a column without any other as constant.
    """
    return {
        str(name): float(frame[name].value_counts(dropna=False, sort=True).iloc[0] / len(frame))
        for name in frame
    }


def correlations(frame: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's rank correlation of each pair of columns, ties at their mean rank."""
    found = frame.rank().corr(method="pearson").fillna(0.0)
    return pd.DataFrame(significant(found.to_numpy()), index=found.index, columns=found.columns)


def shares_of_distance(points: Points, names: list[str]) -> dict[str, float]:
    """Return each column's part in the average squared Euclidean distance between two rows.

    That average is twice the sum of the columns' variances, so the parts are the variances' shares.
    """
    if not names:
        return {}
    variances = np.nanvar(points, axis=0)
    total = variances.sum()
    shares = variances / total if total > 0 else np.full(len(names), 1 / len(names))
    return dict(zip(names, significant(shares).tolist(), strict=True))


def tail_counts(transform: Transform, frame: pd.DataFrame) -> dict[str, int]:
    """Return for how many customers each variable lies beyond the limit and is drawn in."""
    beyond = np.abs(transform.unlimited(frame)) > LIMIT
    return dict(zip(transform.names, (int(count) for count in beyond.sum(axis=0)), strict=True))
