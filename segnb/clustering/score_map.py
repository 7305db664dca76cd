"""Scores from 1 to 5 by kept cut points, and the segment that each pair of scores stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import JsonValue, TypeAdapter, ValidationError

from segnb.clustering.model import DAMAGED, TOO_FEW, read_transform
from segnb.errors import InputError
from segnb.transform import Transform

NEEDS = ("recency_days", "frequency", "monetary")
SCORES = 5

Scores = NDArray[np.intp]


@dataclass(frozen=True)
class _Cuts:
    recency_days: tuple[float | None, ...]
    frequency: tuple[float | None, ...]
    monetary: tuple[float | None, ...]


@dataclass(frozen=True)
class _Map:
    cuts: _Cuts
    rules: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...]
    too_few: tuple[str, ...]


_MAP = TypeAdapter(_Map)


def read_map(described: dict[str, JsonValue]) -> Transform:
    """Return the transform of a score map, once all of it is found to be whole.

    Raises
    ------
    InputError
        It is not a score map of this version, or damaged.
    """
    try:
        _MAP.validate_python(described)
        transform = read_transform(described["transform"])
    except (KeyError, ValidationError) as error:
        raise InputError(DAMAGED) from error
    if not set(NEEDS) <= set(transform.names):
        raise InputError(DAMAGED)
    return transform


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
