"""Plain tables as feature tables: the columns that can form segments, and why the others are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segnb.errors import InputError
from segnb.plain.column_role import Chosen, ColumnRole
from segnb.plain.kinds import Typed
from segnb.plain.roles import Roles, judge, typed_columns
from segnb.segmentation import FeatureTable
from segnb.words import Voice

Left = dict[str, str]
_NAMED = 8
"""Columns that a message names; of more it says how many."""


def feature_table(
    table: FeatureTable | pd.DataFrame | ArrayLike, basis: str | None
) -> tuple[FeatureTable, Left]:
    """Return a table as a feature table in its own order, and the columns left out, each with its reason.

    Parameters
    ----------
    table
        One row for each customer. A feature table stays as it is; a frame's columns take the roles that
        `roles` finds without being told anything; a matrix of numbers, shape (customers, variables),
        gets the names x1, x2 and so on.
    basis
        What the segments are said to rest on.

    Raises
    ------
    InputError
        There is no row, two columns have one name, a number is infinite, or no column can form segments.
    """
    if isinstance(table, FeatureTable):
        return table, {}
    if not isinstance(table, pd.DataFrame):
        numbers = np.atleast_2d(np.asarray(table, dtype=np.float64))
        table = pd.DataFrame(numbers, columns=[f"x{place}" for place in range(1, 1 + numbers.shape[1])])
    chosen = Chosen()
    typed = typed_columns(table, chosen, {})
    found = judge(typed, chosen, Voice())
    used = _used(found)
    left = {each.feature.name: _plain(each) for each in found.columns if not each.used}
    frame = pd.DataFrame(_values(used, typed), index=table.index)
    return FeatureTable(frame, tuple(each.feature for each in used), basis or "table", None), left


def features_of(
    frame: pd.DataFrame,
    *,
    as_of: date | None = None,
    outcomes: Sequence[str] = (),
    levels: Mapping[str, Sequence[str]] | None = None,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    basis: str = "columns",
    voice: Voice | None = None,
) -> FeatureTable:
    """Return the columns that can form segments as a feature table; `roles` says what became of each.

    The customers' ids are the frame's index as text. The measures stand in an order that is not the
    table's: those with fewest missing values first, then those with most different ones, then by
    name. So of two that say the same the fuller and finer one is kept, in whatever order they came.

    Parameters
    ----------
    frame
        One row for each customer; the other parameters are those of `roles`.

    Raises
    ------
    ParameterError
        As `roles`.
    InputError
        As `roles`; or ids come twice, or no column can form segments.
    """
    chosen = Chosen(as_of, tuple(outcomes), near_constant, max_missing, tuple(keep), tuple(drop))
    typed = typed_columns(frame, chosen, levels or {})
    found = judge(typed, chosen, voice or Voice())
    used = sorted(_used(found), key=lambda each: (each.missing, -each.distinct, each.feature.name))
    index = pd.Index([str(each) for each in frame.index], dtype="str", name="customer_id")
    if index.has_duplicates:
        twice = int(index.duplicated().sum())
        raise InputError(f"The table's index names {twice:,} customers again: one row for each customer")
    table = pd.DataFrame(_values(used, typed), index=index).sort_index()
    return FeatureTable(table, tuple(each.feature for each in used), basis, None, voice=found.voice)


def _used(found: Roles) -> list[ColumnRole]:
    used = [each for each in found.columns if each.used]
    if not used:
        raise InputError(
            "No column can form segments: "
            + "; ".join(f"{each.feature.name} ({_plain(each)})" for each in found.columns[:_NAMED])
            + (f"; and {more:,} more" if (more := len(found.columns) - _NAMED) > 0 else "")
            + ". Bring more columns, or name one under keep"
        )
    return used


def _plain(role: ColumnRole) -> str:
    return role.why.replace("_", " ")


def _values(used: Sequence[ColumnRole], typed: Mapping[str, Typed]) -> dict[str, np.ndarray]:
    return {each.feature.name: typed[each.feature.name].values.to_numpy(np.float64) for each in used}
