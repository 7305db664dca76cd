"""Which values are missing together, and which one most customers share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Gap:
    """Variables that the same customers lack, and how many customers lack these and no others."""

    columns: tuple[str, ...]
    customers: int


def gaps(frame: pd.DataFrame) -> tuple[Gap, ...]:
    """Return each set of columns that is missing together, the most frequent first.

    The customers of all gaps are those with no whole row: whoever lacks a variable that forms the
    segments is in none of them.
    """
    missing = frame.isna().to_numpy()
    patterns, counts = np.unique(missing[missing.any(axis=1)], axis=0, return_counts=True)
    names = np.array([str(name) for name in frame])
    found = [
        Gap(tuple(names[pattern].tolist()), int(count))
        for pattern, count in zip(patterns, counts, strict=True)
    ]
    return tuple(sorted(found, key=lambda gap: (-gap.customers, len(gap.columns), gap.columns)))


def ties(frame: pd.DataFrame) -> dict[str, float]:
    """Return the share of each column's most frequent value, among the rows that have one.

    A column without any value counts as constant.
    """
    counts = {str(name): frame[name].value_counts(sort=True) for name in frame}
    return {name: float(each.iloc[0] / each.sum()) if len(each) else 1.0 for name, each in counts.items()}
