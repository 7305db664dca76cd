"""Recency, frequency, monetary value: the oldest basis there is, and still hard to beat."""

from __future__ import annotations

import ibis

from segnb.bases.definition import Measures, basis
from segnb.columns import CUSTOMER
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, orders_in

FEATURES = (
    Feature("recency_days", "Days since the last order", "days", "log", high="Lapsing", low="Recent"),
    Feature("frequency", "Orders", "count", "log", high="Frequent", low="Rare"),
    Feature("monetary", "Spend", "money", "log", high="High-spending", low="Low-spending"),
)


@basis(
    "rfm",
    needs=("transactions",),
    method="rfm_map",
    preference=11,
    label="Recency, frequency and monetary value",
    about="Customers are told apart by how long ago they last bought, how often, and for how much. Each gets "
    "a score from 1 to 5 on all three, and a fixed map turns the scores into seven groups, from champions "
    "to hibernating.",
    traps=(
        "Scores are fifths of these customers: when everyone buys more, nobody's score rises.",
        "It says nothing of why customers come or go, nor of what they would buy.",
    ),
)
def rfm(tables: Tables, window: Window | None) -> Measures:
    """Recency, frequency and monetary value: when, how often and how much customers buy.

    Recency counts the days from the last order to the end of the window, so that a window that ends
    long ago does not make everyone look lapsed.
    """
    customers = by_customer(orders_in(tables, window))
    end = ibis.literal(window.end if window else tables.as_of, type="date")
    measured = customers.select(
        CUSTOMER,
        recency_days=end.delta(customers["last_day"], unit="day"),
        frequency=customers["frequency"],
        monetary=customers["monetary"],
    )
    return Measures(measured, FEATURES)
