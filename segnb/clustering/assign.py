"""The published rule: who belongs where, by the plain numbers of a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.clustering.fit import nearest
from segnb.clustering.model import MISSING, OUTSIDE, read_transform
from segnb.clustering.score_map import place
from segnb.columns import SEGMENT
from segnb.errors import InputError
from segnb.errors import nearest as nearest_name
from segnb.transform import Transform


def assign(model: dict[str, JsonValue], frame: pd.DataFrame) -> pd.Series:
    """Return the segment of each customer by a segmentation's model.

    A customer with a missing value is ``unassigned: missing value``; one with a value past the range
    of the customers who formed the segments, by more than a tenth of that range on the variable's own
    scale, is ``unassigned: outside the range seen``.

    Parameters
    ----------
    model
        ``Segmentation.model``.
    frame
        One row for each customer, with the model's variables among its columns.

    Raises
    ------
    InputError
        The frame lacks a variable.
    """
    transform = read_transform(model["transform"])
    _check_columns(frame, transform.names)
    values = frame[transform.names].to_numpy(np.float64)
    whole = np.isfinite(values).all(axis=1)
    known = np.zeros(len(frame), dtype=bool)
    known[whole] = transform.knows(frame[whole])
    labels = np.where(whole, OUTSIDE, MISSING).astype(object)
    if known.any():
        labels[known] = _RULES[str(model["kind"])](model, transform, frame[known])
    return pd.Series(labels, index=frame.index, name=SEGMENT, dtype="str")


def _by_centre(model: dict[str, Any], transform: Transform, frame: pd.DataFrame) -> np.ndarray:
    centres = np.asarray(model["centres"], dtype=np.float64)
    return np.asarray(model["labels"], dtype=object)[nearest(transform(frame), centres)]


def _by_score(model: dict[str, Any], transform: Transform, frame: pd.DataFrame) -> np.ndarray:
    return place(model, frame)


_RULES = {"nearest_centre": _by_centre, "score_map": _by_score}


def _check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        hint = nearest_name(missing[0], [str(name) for name in frame.columns])
        raise InputError(f"The table to assign has no {', '.join(missing)}. {hint}")
