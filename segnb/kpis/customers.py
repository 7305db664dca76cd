"""One row for each customer of the tables: the segment, and what was bought in and between windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segnb.columns import AMOUNT, CUSTOMER, DAY, SEGMENT, UNASSIGNED
from segnb.errors import InputError
from segnb.kpis.gathered import (
    campaign_columns,
    feedback_columns,
    interaction_columns,
    line_columns,
    order_columns,
)
from segnb.kpis.gathered.spans import measured_days
from segnb.segmentation import Segmentation, Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone

NOT_SEGMENTED = f"{UNASSIGNED}: not in the segmentation"
"""Group of customers who bought while the segments formed and took no part, as with too few orders."""
NO_ORDER = f"{UNASSIGNED}: no order while segments formed"
"""Group of customers who bought at other times only, as those who came later or were lost before."""
NEVER = f"{UNASSIGNED}: never ordered"
"""Group of customers without any order."""
_GATHERED: tuple[tuple[str, Callable[[Tables, Windows], pd.DataFrame]], ...] = (
    ("orders", order_columns),
    ("transactions", line_columns),
    ("campaigns", campaign_columns),
    ("interactions", interaction_columns),
    ("feedback", feedback_columns),
)


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
    groups = segmentation.labels.reindex(ids).fillna(pd.Series(_reasons(book, windows), ids))
    return book.append_column(SEGMENT, pa.array(groups.astype(str), pa.string()))


def _reasons(book: pa.Table, windows: Windows) -> np.ndarray:
    """Return why each customer is in no segment, if that is so."""
    reasons = np.full(len(book), NOT_SEGMENTED, dtype=object)
    if "orders_whole" not in book.column_names:
        return reasons
    spans = (("form", NO_ORDER),) if windows.form and windows.measure else ()
    for span, reason in (*spans, ("whole", NEVER)):
        reasons[book[f"orders_{span}"].fill_null(0).to_numpy() == 0] = reason
    return reasons


def segment_customers(
    tables: Tables, segmentation: Segmentation, windows: Windows, book: pa.Table
) -> pd.DataFrame:
    """Return the customers of all segments with what they did in the window that is measured.

    Columns: ``segment``; with transactions ``months`` (the window's length), and what the files of
    `segnb.kpis.gathered` return as far as the tables hold it. Who did nothing has zeros.
    """
    ids = pd.Index(book[CUSTOMER].to_pylist(), name=CUSTOMER)
    frame = pd.DataFrame({SEGMENT: book[SEGMENT].to_pylist()}, index=ids)
    parts = [frame, *(columns(tables, windows) for table, columns in _GATHERED if table in tables)]
    frame = pd.concat([each.reindex(ids) for each in parts], axis=1)
    if "orders" in tables:
        frame["months"] = measured_days(tables, windows).months
    frame = frame[frame[SEGMENT].isin(segmentation.segments)]
    return frame.fillna({column: 0.0 for column in frame.columns if column != SEGMENT})


def _spans(orders: ir.Table, windows: Windows) -> dict[str, Any]:
    """Return which orders belong to each span."""
    form = measure = ibis.literal(False)
    if windows.form and windows.measure:
        form = orders[DAY].between(windows.form.start, windows.form.end)
        measure = orders[DAY].between(windows.measure.start, windows.measure.end)
    return {"form": form, "measure": measure, "outside": ~(form | measure), "whole": ibis.literal(True)}
