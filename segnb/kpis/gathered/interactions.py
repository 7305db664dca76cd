"""Interactions: who came by, on which device, and who ordered on that day or later."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import CUSTOMER, DAY
from segnb.kpis.gathered.levels import LEVEL, by_level, leveled
from segnb.kpis.gathered.orders import placed
from segnb.kpis.gathered.spans import per_customer
from segnb.segmentation import Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import within


def interaction_columns(tables: Tables, windows: Windows) -> pd.DataFrame:
    """Return each customer's interactions within the window.

    Columns: ``interactions``; with transactions ``visited`` and ``converted`` (an order within the
    window on the day of the first interaction or later), and by kind ``kind_visited`` and
    ``kind_converted``; by level ``device_interactions``.
    """
    rows = within(tables.interactions, windows.measure, "interaction_day")
    parts = [per_customer(rows.group_by(CUSTOMER).aggregate(interactions=rows.count().cast("float64")))]
    if "orders" in tables:
        orders = within(tables.orders, windows.measure)
        last = orders.group_by(CUSTOMER).aggregate(last=orders[DAY].max(where=placed(orders)))
        parts.append(per_customer(_visits(rows, last)))
        if "kind" in rows.columns:
            told, kinds = leveled(rows, "kind")
            visits = _visits(told, last, LEVEL)
            sums = {f"kind_{each}": visits[each].sum() for each in ("visited", "converted")}
            parts.append(by_level(visits, kinds, sums))
    if "device" in rows.columns:
        told, devices = leveled(rows, "device")
        parts.append(by_level(told, devices, {"device_interactions": told.count()}))
    return pd.concat(parts, axis=1)


def _visits(rows: ir.Table, last: ir.Table, *by: str) -> ir.Table:
    """Return who came by, and whether the last order was not before the first interaction."""
    first = rows.group_by(CUSTOMER, *by).aggregate(first=rows["interaction_day"].min())
    joined = first.left_join(last, CUSTOMER)
    ordered = (joined["last"] >= joined["first"]).fill_null(False)
    columns = {each: joined[each] for each in (CUSTOMER, *by)}
    return joined.select(**columns, visited=ibis.literal(1.0), converted=ordered.cast("float64"))
