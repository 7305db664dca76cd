"""How a segment answered campaigns; nothing here says what a campaign caused."""

from __future__ import annotations

import pandas as pd

from segnb.kpis.definition import Ratio, kpi, rate


@kpi(
    "response_rate",
    unit="share",
    label="Responded, of those reached",
    source="campaigns",
    needs=("reached", "responded"),
    more="respond to campaigns more than {others}",
    less="respond to campaigns less than {others}",
    topic="response to campaigns",
    place=90,
)
def response_rate(customers: pd.DataFrame) -> Ratio:
    """Share of the customers reached by a campaign who responded to one at least once."""
    return rate(customers["responded"], among=customers["reached"])
