"""How the customers of a segment buy: how often, how much at once, and at which price."""

from __future__ import annotations

import pandas as pd

from segnb.columns import AMOUNT, DISCOUNT
from segnb.kpis.definition import Ratio, kpi


@kpi(
    "orders_per_month",
    unit="number",
    label="Orders a month",
    needs=("orders", "months"),
    more="order more often than {others}",
    less="order less often than {others}",
    topic="how often they order",
    theme="behaviour",
    place=210,
)
def orders_per_month(customers: pd.DataFrame) -> Ratio:
    """Mean number of orders of a customer in a month, those who bought nothing included."""
    return Ratio(customers["orders"], customers["months"])


@kpi(
    "days_between_orders",
    unit="days",
    label="Days from order to order",
    needs=("reorders", "waited_days"),
    more="wait longer between orders than {others}",
    less="wait less between orders than {others}",
    topic="the days between orders",
    empty="nobody ordered twice",
    theme="behaviour",
    chart=False,
    place=220,
)
def days_between_orders(customers: pd.DataFrame) -> Ratio:
    """Days from each buyer's first order to the window's end, divided by the further orders in them.

    The mean time to the next order where some have not come yet: waits still open at the end count
    with the days that they have lasted (Epstein & Sobel 1953, J. Am. Stat. Assoc. 48:486-502). The
    mean of completed waits alone would be too short.
    """
    return Ratio(customers["waited_days"], customers["reorders"])


@kpi(
    "items_per_order",
    unit="number",
    label="Items in an order",
    needs=("items", "orders"),
    more="put more into an order than {others}",
    less="put less into an order than {others}",
    topic="the number of items in an order",
    empty="no orders",
    theme="behaviour",
    chart=False,
    place=230,
)
def items_per_order(customers: pd.DataFrame) -> Ratio:
    """Lines of orders divided by orders, over all orders of the segment; a line is one product."""
    return Ratio(customers["items"], customers["orders"])


@kpi(
    "discount_share",
    unit="share",
    label="Discount, share of list price",
    needs=(AMOUNT, DISCOUNT),
    more="buy at a larger discount than {others}",
    less="buy at a smaller discount than {others}",
    topic="discounts",
    empty="nothing bought",
    theme="behaviour",
    place=240,
)
def discount_share(customers: pd.DataFrame) -> Ratio:
    """Money taken off, divided by what the same goods cost at list price."""
    return Ratio(customers[DISCOUNT], customers[AMOUNT] + customers[DISCOUNT])


@kpi(
    "discounted_orders",
    unit="share",
    label="Orders with a discount",
    needs=("discounted_orders", "orders"),
    more="buy with a discount more often than {others}",
    less="buy with a discount less often than {others}",
    topic="how often they buy with a discount",
    empty="no orders",
    theme="behaviour",
    chart=False,
    place=250,
)
def discounted_orders(customers: pd.DataFrame) -> Ratio:
    """Share of orders with any money taken off."""
    return Ratio(customers["discounted_orders"], customers["orders"])


@kpi(
    "price_index",
    unit="number",
    label="Price paid, 100 is everyone’s",
    needs=("paid", "usual_price"),
    more="pay more for the same products than {others}",
    less="pay less for the same products than {others}",
    topic="the price of the same products",
    empty="no product bought with a quantity",
    theme="behaviour",
    place=260,
)
def price_index(customers: pd.DataFrame) -> Ratio:
    """Money paid, divided by the same quantities at each product's mean price over all customers, times 100.

    A Paasche index against everyone: the segment's own basket weighs the prices.
    """
    return Ratio(100 * customers["paid"], customers["usual_price"])
