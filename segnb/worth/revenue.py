"""The money that came with responses: the campaigns' own revenue, else what the orders tell."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from segnb.columns import AMOUNT, CUSTOMER, DAY
from segnb.tables.opened import Tables
from segnb.worth.observed import Source

_MOST = 0.5
"""Share of responses that need an order on their day for that day to be where their money shows."""


class Brought(NamedTuple):
    """What came with each contact if it was answered, and how many answers came without any."""

    money: pd.Series
    source: Source
    silent: int


def revenue_of(tables: Tables, rows: pd.DataFrame) -> Brought | None:
    """Return what came in with each response; None where neither revenue nor orders tell.

    Where most responses have an order on their day, each counts with what its customer bought on it; else
    with the customer's average order.

    Parameters
    ----------
    rows
        Contacts with ``answered`` (0 or 1), and ``revenue`` or ``response_day`` where they are declared.
    """
    found = None
    if "revenue" in rows:
        found = _brought(rows, rows["revenue"].where(rows["revenue"] != 0), "revenue")
    elif "orders" in tables:
        if "response_day" in rows:
            found = _brought(rows, _on_the_day(tables.orders, rows), "day")
        if found is None or found.silent > (1 - _MOST) * rows["answered"].sum():
            found = _brought(rows, _usual(tables.orders, rows), "average")
    return found if found is not None and found.money.gt(0).any() else None


def _brought(rows: pd.DataFrame, money: pd.Series, source: Source) -> Brought:
    answered = rows["answered"] > 0
    return Brought(money.where(answered).fillna(0.0), source, int((money.isna() & answered).sum()))


def _on_the_day(orders: ir.Table, rows: pd.DataFrame) -> pd.Series:
    """Return what each customer bought on the day of the response; missing where nothing."""
    keys = [CUSTOMER, "response_day"]
    bought = orders.group_by(CUSTOMER, response_day=orders[DAY].cast("date"))
    spent = _of(rows, keys, bought.aggregate(value=orders[AMOUNT].sum().cast("float64")))
    spent["response_day"] = pd.to_datetime(spent["response_day"]).dt.date
    return _aligned(rows, keys, spent)


def _usual(orders: ir.Table, rows: pd.DataFrame) -> pd.Series:
    """Return each customer's average order, returns left out; missing where there is none."""
    orders = orders.filter(orders[AMOUNT] >= 0)
    usual = orders.group_by(CUSTOMER).aggregate(value=orders[AMOUNT].cast("float64").mean())
    return _aligned(rows, [CUSTOMER], _of(rows, [CUSTOMER], usual))


def _of(rows: pd.DataFrame, keys: list[str], money: ir.Table) -> pd.DataFrame:
    """Return the money of those who responded."""
    responders = rows.loc[rows["answered"] > 0, keys].dropna().drop_duplicates()
    if responders.empty:
        return pd.DataFrame({each: pd.Series(dtype=object) for each in (*keys, "value")})
    asked = ibis.memtable(pa.Table.from_pandas(responders, preserve_index=False))
    frame: pd.DataFrame = money.inner_join(asked, keys).to_pandas()
    return frame


def _aligned(rows: pd.DataFrame, keys: list[str], money: pd.DataFrame) -> pd.Series:
    values = rows[keys].merge(money, how="left", on=keys)["value"]
    return values.astype(float).set_axis(rows.index)
