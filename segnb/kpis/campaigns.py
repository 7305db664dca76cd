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
    empty="nobody was reached",
    theme="response",
    place=410,
)
def response_rate(customers: pd.DataFrame) -> Ratio:
    """Share of the customers reached by a campaign who responded to one at least once."""
    return rate(customers["responded"], among=customers["reached"])


@kpi(
    "response_by_arm",
    unit="share",
    label="Responses to contacts, arm “{level}”",
    source="campaigns",
    needs=("arm_contacts", "arm_responses"),
    more="respond more in the arm “{level}” than {others}",
    less="respond less in the arm “{level}” than {others}",
    topic="response in the arm “{level}”",
    empty="nobody in this arm",
    theme="response",
    by="arm",
    chart=False,
    place=420,
)
def response_by_arm(customers: pd.DataFrame) -> Ratio:
    """Share of the contacts of each arm of a test that were responded to, the control arm included."""
    return Ratio(customers["arm_responses"], customers["arm_contacts"])


@kpi(
    "campaign_return",
    unit="change",
    label="Return on campaign cost",
    source="campaigns",
    needs=("campaign_cost", "campaign_revenue"),
    more="return more on what campaigns cost than {others}",
    less="return less on what campaigns cost than {others}",
    topic="the return on campaign cost",
    empty="campaigns cost nothing here",
    theme="response",
    place=430,
)
def campaign_return(customers: pd.DataFrame) -> Ratio:
    """Revenue of campaigns less their cost, divided by the cost, outside of the control arm.

    The revenue is what the table of campaigns credits to contacts, not what they caused.
    """
    cost = customers["campaign_cost"]
    return Ratio(customers["campaign_revenue"] - cost, cost)
