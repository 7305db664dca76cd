"""What customers say: each one's latest answer in the window, by the survey's own weights."""

from __future__ import annotations

import pandas as pd

from segnb.kpis.definition import Ratio, kpi


@kpi(
    "nps",
    unit="points",
    label="Net promoter score",
    source="feedback",
    needs=("nps_weight", "nps_net"),
    more="recommend more than {others}",
    less="recommend less than {others}",
    topic="recommendation",
    empty="no answers",
    theme="satisfaction",
    bounds=(-100.0, 100.0),
    place=510,
)
def nps(customers: pd.DataFrame) -> Ratio:
    """Per cent of promoters (9 or 10 of 10) less per cent of detractors (0 to 6), by weight.

    Reichheld 2003, Harv. Bus. Rev. 81(12):46-54. As a ratio of sums its standard error is the delta
    method's, correlation of the two shares included.
    """
    return Ratio(100 * customers["nps_net"], customers["nps_weight"])


@kpi(
    "csat",
    unit="share",
    label="Satisfied (4 or 5 of 5)",
    source="feedback",
    needs=("csat_weight", "csat_satisfied"),
    more="are more often satisfied than {others}",
    less="are less often satisfied than {others}",
    topic="satisfaction",
    empty="no answers",
    theme="satisfaction",
    place=520,
)
def csat(customers: pd.DataFrame) -> Ratio:
    """Share of answers with one of the two highest marks of five, by weight."""
    return Ratio(customers["csat_satisfied"], customers["csat_weight"])
