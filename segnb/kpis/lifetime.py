"""What customers are expected to be worth, where a forecast of that is given."""

from __future__ import annotations

import pandas as pd

from segnb.kpis.definition import Ratio, kpi


@kpi(
    "lifetime_value",
    unit="money",
    label="Lifetime value (forecast)",
    needs=("lifetime_value", "lifetime_known"),
    more="will be worth more than {others}",
    less="will be worth less than {others}",
    topic="what they will be worth",
    empty="no forecast",
    theme="money",
    estimated="lifetime",
    ahead=True,
    place=165,
)
def lifetime_value(customers: pd.DataFrame) -> Ratio:
    """Mean present value of what a customer is expected to buy, by the forecast that `measure` is given."""
    return Ratio(customers["lifetime_value"], customers["lifetime_known"])
