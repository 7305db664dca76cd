"""How much came in, in all and by calendar month."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import ibis.expr.types as ir
import numpy as np

from segnb.columns import AMOUNT, CUSTOMER, DAY
from segnb.profiling.calendar import last_of_month, months_between
from segnb.profiling.results import Month, Totals
from segnb.suppression import conceal_cells, told
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone


def totals(tables: Tables, *, min_cell: int) -> Totals:
    """Return exact counts and the exact amount of all that came in."""
    customers = int(everyone(tables).count().execute())
    found: dict[str, Any] = {}
    if "customers" in tables:
        found["with_record"] = told(int(tables.customers.count().execute()), min_cell, of=customers)
    if "campaigns" in tables:
        found |= _responses(tables.campaigns, customers, min_cell)
    if "orders" in tables:
        found |= _purchases(tables, customers, min_cell)
    return Totals(customers=customers, **found)


def months(tables: Tables, *, min_cell: int) -> tuple[Month, ...]:
    """Return every calendar month from the first order to ``as_of``, those without an order too.

    The last month is partial where ``as_of`` cuts it, the first one where more of its days pass
    before the first order than the longest pause between two days with orders.
    """
    orders = tables.orders
    first_of_month = orders[DAY].truncate("M")
    grouped = orders.group_by(month=first_of_month).aggregate(
        customers=orders[CUSTOMER].nunique(),
        orders=orders.count(),
        amount=orders[AMOUNT].sum(),
    )
    found = {row["month"]: row for row in grouped.to_pyarrow().to_pylist()}
    days = orders.select(DAY).distinct().order_by(DAY).to_pyarrow()[DAY].to_pylist()
    pause = max((after - before for before, after in pairwise(days)), default=timedelta(0))
    start, end = days[0], tables.as_of or days[-1]
    calendar = months_between(start, end)
    counts = [found[month]["customers"] if month in found else 0 for month in calendar]
    # Who buys in two months is counted twice, but orders and amounts of the months do add up.
    hidden = conceal_cells(np.array(counts), [np.ones(len(counts), dtype=bool)], min_cell)
    return tuple(
        Month(
            first=month,
            partial=start - month > pause or last_of_month(month) > end,
            customers=None if hidden[place] else counts[place],
            orders=None if hidden[place] else found.get(month, {}).get("orders", 0),
            amount=None if hidden[place] else found.get(month, {}).get("amount", Decimal(0)),
        )
        for place, month in enumerate(calendar)
    )


def _purchases(tables: Tables, customers: int, min_cell: int) -> dict[str, Any]:
    lines, orders = tables.transactions, tables.orders
    found = orders.aggregate(
        buyers=orders[CUSTOMER].nunique(),
        orders=orders.count(),
        amount=orders[AMOUNT].sum(),
        first_day=orders[DAY].min(),
        last_day=orders[DAY].max(),
    )
    odd = lines.aggregate(
        zero_rows=lines.count(where=lines[AMOUNT] == 0), negative_rows=lines.count(where=lines[AMOUNT] < 0)
    )
    rows = {name: told(count, min_cell) for name, count in _row(odd).items()}
    bought = _row(found)
    return {**bought, "buyers": told(bought["buyers"], min_cell, of=customers), **rows}


def _responses(campaigns: ir.Table, customers: int, min_cell: int) -> dict[str, Any]:
    if "arm" in campaigns.columns:
        # The control arm of a test was drawn in order not to be reached.
        campaigns = campaigns.filter(campaigns["arm"].fill_null("").strip().lower() != "control")
    found = {"reached": campaigns[CUSTOMER].nunique()}
    if "response" in campaigns.columns:
        found["responded"] = campaigns[CUSTOMER].nunique(where=campaigns["response"].fill_null(False))
    row = _row(campaigns.aggregate(**found))
    if "responded" in row:
        row["responded"] = told(row["responded"], min_cell, of=row["reached"])
    row["reached"] = told(row["reached"], min_cell, of=customers)
    return row


def _row(one: ir.Table) -> dict[str, Any]:
    row: dict[str, Any] = one.to_pyarrow().to_pylist()[0]
    return row
