"""The published rule: who belongs where, by the plain numbers of a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.clustering.model import MISSING, OUTSIDE, SCORE_MAP, UNSEEN, read
from segnb.clustering.score_map import place, read_map
from segnb.columns import SEGMENT
from segnb.errors import InputError
from segnb.errors import nearest as nearest_name
from segnb.segmentation import FeatureTable
from segnb.transform import Transform


def assign(model: dict[str, JsonValue], table: pd.DataFrame | FeatureTable) -> pd.Series:
    """Return the segment of each customer by a segmentation's model.

    A customer with a missing value is ``unassigned: missing value``; one in a category that no customer
    had who formed the segments, ``unassigned: unseen category``; one with a value past their
    range, by more than a tenth of that range on the variable's own scale, ``unassigned: outside the
    range seen``.

    Parameters
    ----------
    model
        ``Segmentation.model``.
    table
        One row for each customer, with the model's variables among its columns; a category holds
        words, or the places of its levels.

    Raises
    ------
    InputError
        The table lacks a variable, or the model is damaged.
    """
    is_map = model.get("kind") == SCORE_MAP
    read_model = None if is_map else read(model)
    transform = read_model.transform if read_model else read_map(model)
    coded = coded_columns(transform, table)
    labels, known = excused(transform, coded)
    if known.any():
        if read_model:
            labels[known] = read_model.label(read_model.rule.labels(transform(coded[known])))
        else:
            labels[known] = place(model, coded[known])
    return pd.Series(labels, index=coded.index, name=SEGMENT, dtype="str")


def memberships(model: dict[str, JsonValue], table: pd.DataFrame | FeatureTable) -> pd.DataFrame | None:
    """Return how far each customer belongs to each published segment; None for a score map.

    Returns
    -------
    DataFrame
        The table's index, one column for each segment; missing for customers whom the rule does not place.
        Rows add up to 1, less the parts of segments that are too small to be shown, and of noise.
    """
    if model.get("kind") == SCORE_MAP:
        return None
    known_model = read(model)
    coded = coded_columns(known_model.transform, table)
    _, known = excused(known_model.transform, coded)
    shares = np.full((len(coded), len(known_model.labels)), np.nan)
    if known.any():
        points = known_model.transform(coded[known])
        own = known_model.rule.memberships(points)
        own[known_model.rule.labels(points) < 0] = np.nan
        shares[known] = np.round(own, 6)
    columns = [each for each in known_model.labels if not each.startswith("unassigned")]
    return pd.DataFrame(shares[:, : len(columns)], index=coded.index, columns=columns)


def coded_columns(transform: Transform, table: pd.DataFrame | FeatureTable) -> pd.DataFrame:
    """Return the model's variables as floats.

    Raises
    ------
    InputError
        The table lacks a variable.
    """
    frame = table.frame if isinstance(table, FeatureTable) else table
    missing = [name for name in transform.names if name not in frame]
    if missing:
        hint = nearest_name(missing[0], [str(name) for name in frame.columns])
        raise InputError(f"The table to assign has no {', '.join(missing)}. {hint}")
    return transform.coded(table)


def excused(transform: Transform, coded: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return a label for each customer who cannot be placed, with its reason, and who can be."""
    whole = np.isfinite(coded.to_numpy(np.float64)).all(axis=1)
    new = transform.is_new(coded)
    known = whole & ~new
    known[known] = transform.knows(coded[known])
    labels = np.where(~whole, MISSING, np.where(new, UNSEEN, OUTSIDE)).astype(object)
    return labels, known
