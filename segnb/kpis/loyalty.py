"""Who comes back, who buys again, and who was lost; retention by cohort is in `cohorts`."""

from __future__ import annotations

import pandas as pd

from segnb.kpis.definition import Ratio, kpi, rate


@kpi(
    "active_rate",
    unit="share",
    label="Bought at all",
    needs=("orders",),
    more="come back more surely than {others}",
    less="come back less surely than {others}",
    topic="who comes back",
    theme="loyalty",
    place=310,
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
    empty="nobody bought",
    theme="loyalty",
    place=320,
)
def repeat_rate(customers: pd.DataFrame) -> Ratio:
    """Share of the customers with an order in the window who placed another one in it."""
    return rate(customers["orders"] > 1, among=customers["orders"] > 0)


@kpi(
    "churn_rate",
    unit="share",
    label="Lost, of those who bought before",
    tells=("orders",),
    needs=("bought_earlier", "orders"),
    more="lose more of their buyers than {others}",
    less="lose fewer of their buyers than {others}",
    topic="how many buyers they lose",
    empty="nobody bought before",
    theme="loyalty",
    chart=False,
    place=330,
)
def churn_rate(customers: pd.DataFrame) -> Ratio:
    """Share of those who bought while the segments formed and placed no order in the window."""
    return rate(customers["orders"] == 0, among=customers["bought_earlier"] > 0)
