"""Who ordered after a visit, a click or another interaction; nothing here says that it was the reason."""

from __future__ import annotations

import pandas as pd

from segnb.kpis.definition import Ratio, kpi, rate


@kpi(
    "conversion_rate",
    unit="share",
    label="Ordered after an interaction",
    source="interactions",
    needs=("visited", "converted"),
    more="order after an interaction more surely than {others}",
    less="order after an interaction less surely than {others}",
    topic="who orders after an interaction",
    empty="no interactions",
    theme="response",
    place=440,
)
def conversion_rate(customers: pd.DataFrame) -> Ratio:
    """Share of those with an interaction in the window who ordered on its day or later in the window."""
    return rate(customers["converted"], among=customers["visited"])


@kpi(
    "conversion_by_kind",
    unit="share",
    label="Ordered after “{level}”",
    source="interactions",
    needs=("kind_visited", "kind_converted"),
    more="order after “{level}” more surely than {others}",
    less="order after “{level}” less surely than {others}",
    topic="who orders after “{level}”",
    empty="none of this kind",
    theme="response",
    by="kind",
    chart=False,
    place=450,
)
def conversion_by_kind(customers: pd.DataFrame) -> Ratio:
    """Share of those with an interaction of a kind who ordered on its day or later in the window."""
    return rate(customers["kind_converted"], among=customers["kind_visited"])
