"""How large a segment is, in customers and in money."""

from __future__ import annotations

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
    of_all=True,
    place=20,
)
def revenue_share(customers: pd.DataFrame) -> Ratio:
    """Share of what the customers of all segments spent."""
    return Ratio(customers[AMOUNT], customers[AMOUNT])
