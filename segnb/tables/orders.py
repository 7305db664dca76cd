"""The expressions that most features and KPIs start from: orders in a window, and customers by orders.

Orders are grouped by customer and order once, when the tables are cleaned; everything else groups
those far fewer rows by customer, so nothing ever counts distinct orders.
"""

from __future__ import annotations

import ibis.expr.types as ir

from segnb.columns import CUSTOMER, DAY
from segnb.segmentation import Window
from segnb.tables.opened import Tables


def orders_in(tables: Tables, window: Window | None) -> ir.Table:
    """Return the orders placed within a window; all orders where there is none."""
    return within(tables.orders, window)


def within(table: ir.Table, window: Window | None, day: str = DAY) -> ir.Table:
    """Return the rows of a table whose day lies within a window, both ends included."""
    if window is None:
        return table
    return table.filter(table[day].between(window.start, window.end))


def by_customer(orders: ir.Table) -> ir.Table:
    """Return one row for each customer with orders, sorted by id.

    Columns: ``frequency`` (orders), ``first_day``, ``last_day``, ``lines``, and the sums of
    ``amount`` (as ``monetary``), ``quantity``, ``discount`` and ``cost`` as far as they are declared:
    exact decimals while they are added up, floats from then on.
    """
    sums = {
        "monetary" if each == "amount" else each: orders[each].sum().cast("float64")
        for each in ("amount", "quantity", "discount", "cost")
        if each in orders.columns
    }
    grouped = orders.group_by(CUSTOMER).aggregate(
        frequency=orders.count(),
        first_day=orders[DAY].min(),
        last_day=orders[DAY].max(),
        lines=orders["lines"].sum(),
        **sums,
    )
    return grouped.order_by(CUSTOMER)


def everyone(tables: Tables) -> ir.Table:
    """Return the ids of all customers: those with a row of their own, and those with orders."""
    known = [tables[name].select(CUSTOMER) for name in ("customers", "orders") if name in tables]
    ids = known[0] if len(known) == 1 else known[0].union(known[1])
    return ids.distinct().order_by(CUSTOMER)
