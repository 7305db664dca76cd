"""What the customers of a segment spent, on whom that rests, and what is left after cost and returns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.columns import AMOUNT
from segnb.kpis.definition import Ratio, kpi, mean

_TOP = 0.2


@kpi(
    "revenue_per_customer",
    unit="money",
    label="Revenue per customer",
    needs=(AMOUNT,),
    more="spend more than {others}",
    less="spend less than {others}",
    topic="spend per customer",
    theme="money",
    place=110,
)
def revenue_per_customer(customers: pd.DataFrame) -> Ratio:
    """Mean spend of a customer, those who bought nothing included."""
    return mean(customers[AMOUNT])


@kpi(
    "average_order_value",
    unit="money",
    label="Average order",
    needs=(AMOUNT, "orders"),
    more="place larger orders than {others}",
    less="place smaller orders than {others}",
    topic="the size of an order",
    empty="no orders",
    theme="money",
    place=120,
)
def average_order_value(customers: pd.DataFrame) -> Ratio:
    """Spend less returns, divided by orders, over all orders of the segment."""
    return Ratio(customers[AMOUNT], customers["orders"])


@kpi(
    "top_fifth_share",
    unit="share",
    label="Revenue from the top fifth of buyers",
    needs=(AMOUNT, "orders"),
    more="depend more on their best customers than {others}",
    less="depend less on their best customers than {others}",
    topic="how far they depend on their best customers",
    empty="nobody bought",
    theme="money",
    place=130,
)
def top_fifth_share(customers: pd.DataFrame) -> Ratio:
    """Share of the segment's revenue from the fifth of its buyers who spent most.

    One less the Lorenz curve at four fifths, as a ratio of sums: with ``q`` the spend that a fifth
    of the n buyers reach, the top fifth's spend is ``sum(max(x - q, 0)) + n q / 5`` (Beach & Davidson
    1983, Rev. Econ. Stud. 50:723-735). It is stationary in ``q``, so an interval that holds ``q``
    fixed has the right width; whoever straddles the border counts in part.
    """
    spent = customers[AMOUNT].where(customers["orders"] > 0)
    known = spent.dropna().to_numpy(dtype=float)
    border = np.quantile(known, 1 - _TOP, method="inverted_cdf") if len(known) else 0.0
    above = (spent - border).clip(lower=0) + _TOP * border
    return Ratio(above.fillna(0.0), spent.fillna(0.0))


@kpi(
    "margin_per_customer",
    unit="money",
    label="Margin per customer",
    needs=("margin",),
    more="bring more margin per customer than {others}",
    less="bring less margin per customer than {others}",
    topic="margin per customer",
    theme="money",
    chart=False,
    place=140,
)
def margin_per_customer(customers: pd.DataFrame) -> Ratio:
    """Mean of amount less cost of a customer, those who bought nothing included."""
    return mean(customers["margin"])


@kpi(
    "margin_rate",
    unit="share",
    label="Margin, share of revenue",
    needs=("margin", "costed_amount"),
    more="buy at a larger margin than {others}",
    less="buy at a smaller margin than {others}",
    topic="the margin of what they buy",
    empty="no revenue with a known cost",
    theme="money",
    place=150,
)
def margin_rate(customers: pd.DataFrame) -> Ratio:
    """Amount less cost, divided by the amount, over what has a known cost."""
    return Ratio(customers["margin"], customers["costed_amount"])


@kpi(
    "returned_share",
    unit="share",
    label="Returned, share of what was bought",
    needs=("returned", "bought"),
    more="return more than {others}",
    less="return less than {others}",
    topic="returns",
    empty="nothing bought",
    theme="money",
    place=160,
)
def returned_share(customers: pd.DataFrame) -> Ratio:
    """Money given back for returns, divided by the money of all purchases of the same days."""
    return Ratio(customers["returned"], customers["bought"])
