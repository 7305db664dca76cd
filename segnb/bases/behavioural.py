"""Behaviour: how often customers buy, how much at once, at what price, what and when."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segnb.bases.definition import Measures, basis
from segnb.columns import AMOUNT, CATEGORY, CUSTOMER, DAY, DISCOUNT, PRODUCT, TIME
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, orders_in, within

MONTH = 365.25 / 12
"""Days in a month. Nobody counts as observed for less than one: a rate over three days says nothing."""
EVENING = 17
"""The hour from which an order counts as placed in the evening."""
FEATURES = (
    Feature("orders_per_month", "Orders a month", "number", "log", high="Frequent", low="Rare"),
    Feature("average_order", "Average order", "money", "log", high="Big-basket", low="Small-basket"),
    Feature(
        "discount_share", "Discount, share of list price", "share", high="Deal-seeking", low="Low-discount"
    ),
    Feature("spend_per_month", "Spend a month", "money", "log", high="High-spending", low="Low-spending"),
    Feature("items_per_order", "Items in an order", "number", "log", high="Full-basket", low="Few-item"),
    Feature("categories", "Categories bought from", "count", "log", high="Broad-range", low="Narrow-range"),
    Feature("top_category_share", "Top category, share of spend", "share", high="Focused", low="Varied"),
    Feature("weekend_share", "Orders on weekends", "share", high="Weekend", low="Weekday"),
    Feature("evening_share", "Orders after 17:00", "share", high="Evening", low="Daytime"),
)


@basis(
    "behavioural",
    needs=("transactions",),
    method="kmeans",
    min_orders=4,
    preference=10,
    label="Buying behaviour",
    about="Customers are grouped by how they buy: how often, how much at once, at what discount, from how "
    "many categories, and at what times. Groups are formed from the measures themselves, by likeness.",
    traps=(
        "Whoever has placed few orders has no pattern yet, and takes no part.",
        "Behaviour follows offers: after a change of prices or range, last year's habits are a poor guide.",
    ),
)
def behavioural(tables: Tables, window: Window | None) -> Measures:
    """Buying behaviour: how often, how much at once, discounts, range and time of orders.

    Rates count from a customer's first order, if that lies in the window, so that new customers do
    not look rare. A measure whose columns are not declared is not offered.
    """
    orders = orders_in(tables, window)
    customers = by_customer(orders)
    measured = customers.select(CUSTOMER, **_amounts(customers, _observed_months(tables, customers, window)))
    measured = measured.join(_times(orders), CUSTOMER)
    if CATEGORY in tables.transactions.columns:
        measured = measured.left_join(_categories(tables, window), CUSTOMER).drop(f"{CUSTOMER}_right")
    if PRODUCT not in tables.transactions.columns:
        # Without products a line is no item.
        measured = measured.drop("items_per_order")
    return Measures(measured, tuple(each for each in FEATURES if each.name in measured.columns))


def _observed_months(tables: Tables, customers: ir.Table, window: Window | None) -> ir.FloatingValue:
    end = ibis.literal(window.end if window else tables.as_of, type="date")
    start = customers["first_day"]
    if window is not None:
        earlier = tables.orders.filter(tables.orders[DAY] < window.start)[CUSTOMER]
        began = ibis.literal(window.start, type="date")
        start = ibis.cases((customers[CUSTOMER].isin(earlier), began), else_=start)
    days = end.delta(start, unit="day") + 1
    return ibis.greatest(days / MONTH, 1.0)


def _amounts(customers: ir.Table, months: ir.FloatingValue) -> dict[str, ir.Value]:
    """Return the measures made of sums; sums of money stay exact until they are divided."""
    spent = customers["monetary"].cast("float64")
    found = {
        "orders_per_month": customers["frequency"] / months,
        "average_order": spent / customers["frequency"],
        "spend_per_month": spent / months,
        "items_per_order": customers["lines"] / customers["frequency"],
    }
    if DISCOUNT in customers.columns:
        off = customers[DISCOUNT].coalesce(0).cast("float64")
        share = off / (spent + off)
        found["discount_share"] = ibis.cases((spent + off > 0, share.clip(0.0, 1.0)), else_=0.0)
    return found


def _times(orders: ir.Table) -> ir.Table:
    """Return the shares of orders on weekends and, where orders have a time of day, in the evening."""
    weekend = orders[DAY].day_of_week.index() >= 5
    shares = {"weekend_share": weekend.cast("int64").sum() / orders.count()}
    if orders[TIME].type().is_timestamp():
        evening = orders[TIME].hour() >= EVENING
        shares["evening_share"] = evening.cast("int64").sum() / orders.count()
    return orders.group_by(CUSTOMER).aggregate(**shares)


def _categories(tables: Tables, window: Window | None) -> ir.Table:
    """Return how many categories each customer bought from, and the share of the largest.

    Returns are netted within their category; those with nothing left do not count.
    """
    lines = within(tables.transactions, window)
    lines = lines.filter(lines[CATEGORY].notnull())
    spent = lines.group_by(CUSTOMER, CATEGORY).aggregate(spent=lines[AMOUNT].sum())
    spent = spent.filter(spent["spent"] > 0)
    share = spent["spent"].max().cast("float64") / spent["spent"].sum().cast("float64")
    return spent.group_by(CUSTOMER).aggregate(categories=spent.count(), top_category_share=share)
