"""The days that are measured, and how a result per customer becomes a frame."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from segnb.columns import CUSTOMER, DAY
from segnb.segmentation import Window, Windows
from segnb.tables.opened import Tables


def measured_days(tables: Tables, windows: Windows) -> Window:
    """Return the window that is measured; without a later one, the whole history up to ``as_of``."""
    if windows.measure is not None:
        return windows.measure
    days = tables.orders[DAY]
    history = tables.orders.aggregate(first=days.min(), last=days.max()).to_pyarrow().to_pylist()[0]
    return Window(history["first"], tables.as_of or history["last"])


def per_customer(rows: ir.Table) -> pd.DataFrame:
    """Return a result that has one row for each customer, with the id as index."""
    frame: pd.DataFrame = rows.to_pandas()
    return frame.set_index(CUSTOMER)
