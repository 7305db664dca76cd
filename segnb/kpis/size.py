"""How large a segment is, in customers and in money, and how it has changed.

Growth compares two spans of equal length on either side of the border between the windows, for the
same customers: who came later is in no segment, so a segment can lose buyers and hardly win any.
"""

from __future__ import annotations

import math

import pandas as pd

from segnb.columns import AMOUNT
from segnb.kpis.definition import Ratio, kpi


@kpi(
    "customer_share",
    unit="share",
    label="Share of customers",
    source="customers",
    more="are larger than {others}",
    less="are smaller than {others}",
    topic="size",
    theme="size",
    of_all=True,
    place=10,
)
def customer_share(customers: pd.DataFrame) -> Ratio:
    """Share of the customers of all segments."""
    everyone = pd.Series(1.0, index=customers.index)
    return Ratio(everyone, everyone)


@kpi(
    "revenue_share",
    unit="share",
    label="Share of revenue",
    needs=(AMOUNT,),
    more="bring more revenue than {others}",
    less="bring less revenue than {others}",
    topic="the revenue they bring",
    empty="no revenue",
    theme="size",
    of_all=True,
    place=20,
)
def revenue_share(customers: pd.DataFrame) -> Ratio:
    """Share of what the customers of all segments spent."""
    return Ratio(customers[AMOUNT], customers[AMOUNT])


@kpi(
    "margin_share",
    unit="share",
    label="Share of margin",
    needs=("margin",),
    more="bring more margin than {others}",
    less="bring less margin than {others}",
    topic="the margin they bring",
    empty="no margin",
    theme="size",
    of_all=True,
    chart=False,
    place=30,
)
def margin_share(customers: pd.DataFrame) -> Ratio:
    """Share of the margin on what the customers of all segments bought: amount less cost."""
    return Ratio(customers["margin"], customers["margin"])


@kpi(
    "buyer_growth",
    unit="change",
    label="Change in buyers",
    needs=("bought_before", "bought_after"),
    more="keep more of their buyers than {others}",
    less="keep fewer of their buyers than {others}",
    topic="how their number of buyers changed",
    empty="nobody bought before",
    theme="size",
    looks_back=True,
    tells=("bought_before", "bought_after", "orders"),
    bounds=(-1.0, math.inf),
    chart=False,
    place=40,
)
def buyer_growth(customers: pd.DataFrame) -> Ratio:
    """Change in the number of buyers between the equally long spans before and after the border."""
    before, after = customers["bought_before"], customers["bought_after"]
    return Ratio(after - before, before)


@kpi(
    "revenue_growth",
    unit="change",
    label="Change in revenue",
    needs=("amount_before", "amount_after"),
    more="hold their revenue better than {others}",
    less="hold their revenue worse than {others}",
    topic="how their revenue changed",
    empty="no revenue before",
    theme="size",
    looks_back=True,
    tells=("amount_before", "amount_after", "orders"),
    place=50,
)
def revenue_growth(customers: pd.DataFrame) -> Ratio:
    """Change in revenue between the equally long spans before and after the border."""
    before, after = customers["amount_before"], customers["amount_after"]
    return Ratio(after - before, before)
