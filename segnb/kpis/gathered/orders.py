"""Orders: how many, how much, how far apart, and against the days before.

An order whose amounts add up to less than zero is a return: its money counts, but it is no purchase.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import AMOUNT, CUSTOMER, DAY, DISCOUNT
from segnb.kpis.gathered.spans import measured_days, per_customer
from segnb.segmentation import Window, Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import within


def order_columns(tables: Tables, windows: Windows) -> pd.DataFrame:
    """Return what each customer ordered.

    Columns: ``orders``, ``amount``, ``reorders`` (orders after the first), ``waited_days`` (from the
    first order to the window's end), with discounts ``discount`` and ``discounted_orders``; with both
    windows ``bought_earlier`` (an order in the form window), and over spans of equal length on either
    side of the border ``amount_before``, ``amount_after``, ``bought_before`` and ``bought_after``.
    """
    window = measured_days(tables, windows)
    orders = within(tables.orders, windows.measure)
    found = per_customer(orders.group_by(CUSTOMER).aggregate(**_sums(orders, window)))
    if windows.form is None or windows.measure is None:
        return found
    return found.join(_earlier(tables, windows.form, windows.measure), how="outer")


def placed(orders: ir.Table) -> ir.BooleanValue:
    """Return which orders are purchases; the others are returns."""
    bought: ir.BooleanValue = orders[AMOUNT] >= 0
    return bought


def _sums(orders: ir.Table, window: Window) -> dict[str, ir.Value]:
    bought = placed(orders)
    count = orders.count(where=bought)
    end = ibis.literal(window.end, type="date")
    sums: dict[str, ir.Value] = {
        "orders": count.cast("float64"),
        AMOUNT: orders[AMOUNT].sum().cast("float64"),
        "reorders": ibis.greatest(count - 1, 0).cast("float64"),
        "waited_days": end.delta(orders[DAY].min(where=bought), unit="day").cast("float64"),
    }
    if DISCOUNT in orders.columns:
        sums[DISCOUNT] = orders[DISCOUNT].sum().cast("float64")
        sums["discounted_orders"] = orders.count(where=bought & (orders[DISCOUNT] > 0)).cast("float64")
    return sums


def _earlier(tables: Tables, form: Window, measure: Window) -> pd.DataFrame:
    """Return who bought while segments formed, and equally long spans before and after the border."""
    days = timedelta(days=min(form.days, measure.days) - 1)
    spans = {
        "before": Window(form.end - days, form.end),
        "after": Window(measure.start, measure.start + days),
    }
    orders, sums = tables.orders, {}
    bought = placed(orders)
    sums["bought_earlier"] = (bought & orders[DAY].between(form.start, form.end)).any().cast("float64")
    for name, span in spans.items():
        inside = orders[DAY].between(span.start, span.end)
        sums[f"amount_{name}"] = orders[AMOUNT].sum(where=inside).cast("float64")
        sums[f"bought_{name}"] = (bought & inside).any().cast("float64")
    return per_customer(orders.group_by(CUSTOMER).aggregate(**sums))
