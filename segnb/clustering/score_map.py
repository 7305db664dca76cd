"""Scores from 1 to 5 by kept cut points, and the segment that each pair of scores stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.clustering.model import TOO_FEW

NEEDS = ("recency_days", "frequency", "monetary")
SCORES = 5

Scores = NDArray[np.intp]


def score(values: pd.Series, cuts: list[float | None], *, falling: bool) -> Scores:
    """Return each value's score by the cut points."""
    sign = -1.0 if falling else 1.0
    reached = [sign * values.to_numpy(np.float64) >= sign * cut for cut in cuts if cut is not None]
    return np.ones(len(values), dtype=np.intp) + np.sum(reached, axis=0, dtype=np.intp)


def scores(model: dict[str, Any], frame: pd.DataFrame) -> tuple[Scores, Scores]:
    """Return each customer's recency score and frequency-monetary score."""
    recency, frequency, monetary = (
        score(frame[name], model["cuts"][name], falling=name == NEEDS[0]) for name in NEEDS
    )
    return recency, (frequency + monetary + 1) // 2


def place(model: dict[str, Any], frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return each customer's segment on the map; those in a segment that is too small have none."""
    recency, value = scores(model, frame)
    labels = np.empty(len(frame), dtype=object)
    for name, (r_low, r_high), (fm_low, fm_high) in model["rules"]:
        inside = (recency >= r_low) & (recency <= r_high) & (value >= fm_low) & (value <= fm_high)
        labels[inside] = TOO_FEW if name in model["too_few"] else name
    return labels
