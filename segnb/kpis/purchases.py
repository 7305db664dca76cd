"""What the customers of a segment bought; who bought nothing counts as zero where a mean says so."""

from __future__ import annotations

import pandas as pd

from segnb.columns import AMOUNT, DISCOUNT
from segnb.kpis.definition import Ratio, kpi, mean, rate


@kpi(
    "revenue_per_customer",
    unit="money",
    label="Revenue per customer",
    needs=(AMOUNT,),
    more="spend more than {others}",
    less="spend less than {others}",
    topic="spend per customer",
    place=30,
)
def revenue_per_customer(customers: pd.DataFrame) -> Ratio:
    """Mean spend of a customer, those who bought nothing included."""
    return mean(customers[AMOUNT])


@kpi(
    "orders_per_month",
    unit="number",
    label="Orders a month",
    needs=("orders", "months"),
    more="order more often than {others}",
    less="order less often than {others}",
    topic="how often they order",
    place=40,
)
def orders_per_month(customers: pd.DataFrame) -> Ratio:
    """Mean number of orders of a customer in a month, those who bought nothing included."""
    return Ratio(customers["orders"], customers["months"])


@kpi(
    "average_order_value",
    unit="money",
    label="Average order",
    needs=(AMOUNT, "orders"),
    more="place larger orders than {others}",
    less="place smaller orders than {others}",
    topic="the size of an order",
    place=50,
)
def average_order_value(customers: pd.DataFrame) -> Ratio:
    """Spend divided by orders, over all orders of the segment."""
    return Ratio(customers[AMOUNT], customers["orders"])


@kpi(
    "active_rate",
    unit="share",
    label="Bought at all",
    needs=("orders",),
    more="come back more surely than {others}",
    less="come back less surely than {others}",
    topic="who comes back",
    place=60,
)
def active_rate(customers: pd.DataFrame) -> Ratio:
    """Share of the segment's customers with an order in the window."""
    return rate(customers["orders"] > 0)


@kpi(
    "repeat_rate",
    unit="share",
    label="Bought again, of those who bought",
    needs=("orders",),
    more="buy again more surely than {others}",
    less="buy again less surely than {others}",
    topic="who buys again",
    place=70,
)
def repeat_rate(customers: pd.DataFrame) -> Ratio:
    """Share of the customers with an order in the window who placed another one in it."""
    return rate(customers["orders"] > 1, among=customers["orders"] > 0)


@kpi(
    "discount_share",
    unit="share",
    label="Discount, share of list price",
    needs=(AMOUNT, DISCOUNT),
    more="buy at a larger discount than {others}",
    less="buy at a smaller discount than {others}",
    topic="discounts",
    place=80,
)
def discount_share(customers: pd.DataFrame) -> Ratio:
    """Money taken off, divided by what the same goods cost at list price."""
    return Ratio(customers[DISCOUNT], customers[AMOUNT] + customers[DISCOUNT])
