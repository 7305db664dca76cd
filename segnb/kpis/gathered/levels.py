"""Columns by level: what a customer did in each channel, category or the like, the rarest together."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import CUSTOMER

MOST = 5
"""Levels that are told apart; what is left is one more."""
REST = ""
"""Level of what is left: rarer ones, and what the tables do not name."""
LEVEL = "level"


def at(column: str, level: str) -> str:
    """Return the name of a column at one level: ``channel_amount: web``."""
    return f"{column}: {level}"


def levels_of(column: str, columns: pd.Index) -> list[str]:
    """Return the levels at which a column is held, in their order."""
    start = at(column, "")
    return [each.removeprefix(start) for each in columns if each.startswith(start)]


def leveled(rows: ir.Table, column: str, weight: str | None = None) -> tuple[ir.Table, list[str]]:
    """Return the rows with their ``level``, and the levels, those with most rows first.

    Parameters
    ----------
    weight
        Column by whose sum the levels are ranked instead of by their rows, as the money spent.

    Returns
    -------
    tuple of Table and list of str
        No levels where the rows hold fewer than two: there is nothing to tell apart.
    """
    value = rows[column].strip().nullif("")
    named = rows.mutate(**{LEVEL: value})
    size = named.count() if weight is None else named[weight].sum()
    found = named.group_by(LEVEL).aggregate(size=size.cast("float64")).to_pyarrow().to_pylist()
    ranked = sorted((-each["size"], each[LEVEL]) for each in found if each[LEVEL] is not None)
    top = [level for _, level in ranked[:MOST]]
    told = rows.mutate(**{LEVEL: ibis.cases((value.isin(top), value), else_=REST)}) if top else rows
    rest = [REST] if len(top) < len(found) else []
    return told, [*top, *rest] if len(found) > 1 else []


def by_level(rows: ir.Table, levels: list[str], sums: Mapping[str, ir.Value]) -> pd.DataFrame:
    """Return one row for each customer and one column for each sum and level, zero where nothing was.

    Parameters
    ----------
    rows
        What `leveled` returns, or one row for each customer and level.
    """
    grouped = rows.group_by(CUSTOMER, LEVEL).aggregate(
        **{name: each.cast("float64") for name, each in sums.items()}
    )
    long = grouped.to_pandas()
    wide = {
        at(column, level): long[long[LEVEL] == level].set_index(CUSTOMER)[column]
        for column in sums
        for level in levels
    }
    return pd.DataFrame(wide).fillna(0.0)
