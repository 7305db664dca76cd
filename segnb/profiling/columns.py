"""What each declared column holds: a few aggregates for each table, made by the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segnb.columns import CUSTOMER, QUANTITY
from segnb.profiling.results import ColumnProfile, Kind, Share
from segnb.suppression import conceal_cells, told
from segnb.tables.intake import TableIntake
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone

_COUNTED: tuple[Kind, ...] = ("category", "yes_no")
_MEASURED: tuple[Kind, ...] = ("money", "number", "time")


def profile_columns(tables: Tables, *, max_categories: int, min_cell: int) -> tuple[ColumnProfile, ...]:
    """Return a profile of every declared column, tables and columns in the order of their declaration."""
    customers = int(everyone(tables).count().to_pyarrow().as_py())
    return tuple(
        column
        for name, intake in tables.intake.tables.items()
        for column in _profile_table(name, tables[name], intake, customers, max_categories, min_cell)
    )


def _profile_table(
    name: str, table: ir.Table, intake: TableIntake, customers: int, max_categories: int, min_cell: int
) -> Iterator[ColumnProfile]:
    sources = {
        made: [source for source in intake.columns if intake.columns[source] == made]
        for made in table.columns
    }
    kinds = {column: _kind(table, column) for column in table.columns if sources[column]}
    people = CUSTOMER in table.columns
    counts = _counts(table, list(kinds))
    ends = _ends(table, [column for column in kinds if kinds[column] in _MEASURED], min_cell)
    for column, kind in kinds.items():
        found: dict[str, Any] = dict(ends.get(column, {}))
        if kind in _COUNTED:
            found["shares"], found["rest"] = _shares(table, column, max_categories, min_cell)
        yield ColumnProfile(
            table=name,
            name=column,
            source=", ".join(sources[column]),
            kind=kind,
            rows=counts["rows"],
            missing=_missing(counts["rows"] - counts[f"known {column}"], people, min_cell),
            distinct=_different(counts[f"distinct {column}"], column, customers, min_cell),
            **found,
        )


def _different(values: int, column: str, customers: int, min_cell: int) -> int | None:
    """Return how many values a column has; of ids of customers, which are customers, where it may be told."""
    return told(values, min_cell, of=customers) if column == CUSTOMER else values


def _missing(rows: int, people: bool, min_cell: int) -> int | None:
    return told(rows, min_cell) if people else rows


def _kind(table: ir.Table, column: str) -> Kind:
    type_ = table.schema()[column]
    if column.endswith("_id"):
        return "id"
    if type_.is_boolean():
        return "yes_no"
    if type_.is_timestamp() or type_.is_date():
        return "time"
    if type_.is_numeric():
        return "money" if type_.is_decimal() and column != QUANTITY else "number"
    return "category"


def _counts(table: ir.Table, columns: list[str]) -> dict[str, int]:
    aggregates: dict[str, ir.Value] = {"rows": table.count()}
    for column in columns:
        aggregates[f"known {column}"] = table[column].count()
        aggregates[f"distinct {column}"] = table[column].nunique()
    row: dict[str, int] = table.aggregate(**aggregates).to_pyarrow().to_pylist()[0]
    return row


def _ends(table: ir.Table, columns: list[str], min_cell: int) -> dict[str, dict[str, float | str]]:
    """Return lowest, median and highest of columns that enough customers have a value in.

    Of each customer only the lowest and the highest value count, so that the ends tell of
    ``min_cell`` different ones; in a table without customers they are the plain ends.
    """
    if not columns:
        return {}
    values = {column: _number(table[column]) for column in columns}
    middle = table.aggregate(**{column: value.median() for column, value in values.items()})
    medians = middle.to_pyarrow().to_pylist()[0]
    lows = {f"low {column}": value.min() for column, value in values.items()}
    highs = {f"high {column}": value.max() for column, value in values.items()}
    one_each = CUSTOMER in table.columns
    grouped = (table.group_by(CUSTOMER) if one_each else table).aggregate(**lows, **highs).to_pandas()
    nth = min_cell if one_each else 1
    found = {}
    for column in columns:
        low, high = grouped[f"low {column}"].dropna(), grouped[f"high {column}"].dropna()
        if len(low) >= nth:
            ends = (np.sort(low)[nth - 1], medians[column], np.sort(high)[-nth])
            said = (_said(table[column], end) for end in ends)
            found[column] = dict(zip(("lowest", "median", "highest"), said, strict=True))
    return found


def _number(column: ir.Column) -> ir.NumericColumn:
    """Return numbers as they are and times in seconds, so that both have a median."""
    if column.type().is_timestamp() or column.type().is_date():
        return column.cast("timestamp").epoch_seconds().cast("float64")
    return column.cast("float64")


def _said(column: ir.Column, value: float) -> float | str:
    if column.type().is_timestamp() or column.type().is_date():
        return pd.Timestamp(value, unit="s").date().isoformat()
    return float(f"{value:.10g}")


def _shares(
    table: ir.Table, column: str, max_categories: int, min_cell: int
) -> tuple[tuple[Share, ...], float | None]:
    """Return the most frequent values with their shares, and the share of all others together.

    Values of fewer than ``min_cell`` customers are among the others; so are those that would give them away.
    """
    people = table[CUSTOMER].nunique() if CUSTOMER in table.columns else None
    known = table.drop_null(column)
    value = known[column].cast("string")
    aggregates = {"rows": known.count()}
    if people is not None:
        aggregates["people"] = known[CUSTOMER].nunique()
    counted = known.group_by(value=value).aggregate(**aggregates).to_pandas()
    counted = counted.sort_values(["rows", "value"], ascending=[False, True], ignore_index=True)
    if counted.empty:
        return (), None
    hidden = np.zeros(len(counted), dtype=bool)
    if people is not None:
        hidden = conceal_cells(counted["people"].to_numpy(dtype=int), [~hidden], min_cell)
    shown = counted[~hidden].head(max_categories)
    others = counted.drop(shown.index)
    total = int(counted["rows"].sum())
    shares = tuple(
        Share(str(value), float(f"{rows / total:.10g}"))
        for value, rows in zip(shown["value"], shown["rows"], strict=True)
    )
    return shares, float(f"{others['rows'].sum() / total:.10g}")
