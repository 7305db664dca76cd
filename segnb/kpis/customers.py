"""One row for each customer of the tables: the segment, and what was bought in and between windows."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segnb.columns import AMOUNT, CUSTOMER, DAY, SEGMENT, UNASSIGNED
from segnb.errors import InputError
from segnb.segmentation import Segmentation, Window, Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone, within

NOT_SEGMENTED = f"{UNASSIGNED}: not in the segmentation"
"""Group of customers whom the segmentation never saw, as those who came later."""
_SUMS = ("discount", "quantity", "cost")


def customer_book(tables: Tables, segmentation: Segmentation, windows: Windows) -> pa.Table:
    """Return every customer of the tables with segment, and orders and amount by span, sorted by id.

    Columns: ``customer_id``, ``segment``, and for the spans ``form``, ``measure``, ``outside`` and ``whole``
    ``orders_<span>`` and ``amount_<span>``, the latter DECIMAL. Without a later window all is ``outside``.
    """
    customers = everyone(tables)
    if "orders" in tables:
        orders = tables.orders
        sums: dict[str, ir.Value] = {}
        for span, rows in _spans(orders, windows).items():
            sums[f"orders_{span}"] = orders.count(where=rows)
            sums[f"amount_{span}"] = orders[AMOUNT].sum(where=rows)
        bought = orders.group_by(CUSTOMER).aggregate(**sums)
        customers = customers.left_join(bought, CUSTOMER).drop(f"{CUSTOMER}_right")
    book = customers.order_by(CUSTOMER).to_pyarrow()
    ids = pd.Index(book[CUSTOMER].to_pylist())
    if strangers := len(segmentation.labels.index.difference(ids)):
        raise InputError(
            f"The segmentation holds {strangers:,} customers that these tables do not. "
            "Run notebook 03 on these tables first"
        )
    groups = segmentation.labels.reindex(ids).fillna(NOT_SEGMENTED)
    return book.append_column(SEGMENT, pa.array(groups.astype(str), pa.string()))


def segment_customers(
    tables: Tables, segmentation: Segmentation, windows: Windows, book: pa.Table
) -> pd.DataFrame:
    """Return the customers of all segments with what they did in the window that is measured.

    Columns: ``segment``; with transactions ``orders``, ``amount``, ``months`` (the window's length) and the
    sums of ``discount``, ``quantity`` and ``cost`` as far as they are declared; with campaigns
    ``reached`` and, where responses are declared, ``responded``. Who did nothing has zeros.
    """
    ids = pd.Index(book[CUSTOMER].to_pylist(), name=CUSTOMER)
    frame = pd.DataFrame({SEGMENT: book[SEGMENT].to_pylist()}, index=ids)
    window = windows.measure
    if "orders" in tables:
        span = "measure" if window else "whole"
        frame["orders"] = _numbers(book, f"orders_{span}")
        frame[AMOUNT] = _numbers(book, f"amount_{span}")
        frame["months"] = _months(tables, window)
        frame = frame.join(_further_sums(tables, window))
    if "campaigns" in tables:
        frame = frame.join(_contacts(tables, window))
    frame = frame[frame[SEGMENT].isin(segmentation.segments)]
    return frame.fillna({column: 0.0 for column in frame.columns if column != SEGMENT})


def _spans(orders: ir.Table, windows: Windows) -> dict[str, Any]:
    """Return which orders belong to each span."""
    form = measure = ibis.literal(False)
    if windows.form and windows.measure:
        form = orders[DAY].between(windows.form.start, windows.form.end)
        measure = orders[DAY].between(windows.measure.start, windows.measure.end)
    return {"form": form, "measure": measure, "outside": ~(form | measure), "whole": ibis.literal(True)}


def _numbers(book: pa.Table, column: str) -> np.ndarray:
    numbers: np.ndarray = book[column].cast(pa.float64()).fill_null(0).to_numpy()
    return numbers


def _months(tables: Tables, window: Window | None) -> float:
    """Return the length of the window, or of the whole history, in months."""
    if window is None:
        days = tables.orders[DAY]
        history = tables.orders.aggregate(first=days.min(), last=days.max()).to_pyarrow().to_pylist()[0]
        window = Window(history["first"], tables.as_of or history["last"])
    return window.months


def _further_sums(tables: Tables, window: Window | None) -> pd.DataFrame:
    """Return the sums of what else the orders hold, in DECIMAL until summed."""
    orders = within(tables.orders, window)
    sums = {column: orders[column].sum().cast("float64") for column in _SUMS if column in orders.columns}
    if not sums:
        return pd.DataFrame(index=pd.Index([], name=CUSTOMER))
    return _frame(orders.group_by(CUSTOMER).aggregate(**sums))


def _contacts(tables: Tables, window: Window | None) -> pd.DataFrame:
    """Return who was reached within the window, and who responded to one of these contacts.

    The control arm of a test was drawn in order not to be reached.
    """
    contacts = within(tables.campaigns, window, "contact_day")
    if "arm" in contacts.columns:
        contacts = contacts.filter(contacts["arm"].fill_null("").strip().lower() != "control")
    found: dict[str, ir.Value] = {"reached": (contacts.count() > 0).cast("int8")}
    if "response" in contacts.columns:
        found["responded"] = contacts["response"].fill_null(False).any().cast("int8")
    return _frame(contacts.group_by(CUSTOMER).aggregate(**found))


def _frame(by_customer: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = by_customer.to_pandas()
    return frame.set_index(CUSTOMER)
