"""Feedback: each customer's latest answer within the window, by the survey's own weights."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import CUSTOMER
from segnb.kpis.gathered.spans import per_customer
from segnb.segmentation import Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import within

PROMOTER, DETRACTOR = 9, 6
"""Lowest score of a promoter and highest of a detractor (Reichheld 2003)."""
SATISFIED = 4
"""Lowest of the five marks that counts as satisfied: the two highest do."""


def feedback_columns(tables: Tables, windows: Windows) -> pd.DataFrame:
    """Return each customer's latest answer to each question.

    Surveys repeat, so the answers of a customer's last day within the window count, averaged where
    there are several; where answers have no day, all of them do. An answer without a weight above
    zero counts nowhere, if weights are declared.

    Columns: ``nps_weight`` and ``nps_net`` (the weight, times +1 for a promoter and -1 for a detractor);
    ``csat_weight`` and ``csat_satisfied``.
    """
    answers = answers_in(tables, windows)
    parts = []
    if "nps" in answers.columns:
        nps = answers["nps"]
        score = ibis.cases((nps >= PROMOTER, 1.0), (nps <= DETRACTOR, -1.0), else_=0.0)
        parts.append(_latest(answers, "nps", score).rename(columns={"score": "nps_net"}))
    if "csat" in answers.columns:
        score = (answers["csat"] >= SATISFIED).cast("float64")
        parts.append(_latest(answers, "csat", score).rename(columns={"score": "csat_satisfied"}))
    return pd.concat(parts, axis=1)


def answers_in(tables: Tables, windows: Windows) -> ir.Table:
    """Return the answers within the window; where they have no day, all of them."""
    answers = tables.feedback
    return within(answers, windows.measure, "feedback_day") if "feedback_day" in answers.columns else answers


def weighed(answers: ir.Table) -> ir.BooleanValue:
    """Return which answers can count: those with a weight, where weights are declared."""
    if "weight" not in answers.columns:
        return ibis.literal(True)
    known: ir.BooleanValue = answers["weight"].fill_null(0) > 0
    return known


def _latest(answers: ir.Table, question: str, score: ir.Value) -> pd.DataFrame:
    """Return each customer's weight and weighted score, on the last day with an answer."""
    usable = answers.mutate(score=score).filter(answers[question].notnull() & weighed(answers))
    if "feedback_day" in usable.columns:
        last = usable.group_by(CUSTOMER).aggregate(last=ibis._.feedback_day.max())
        joined = usable.join(last, CUSTOMER)
        usable = joined.filter(joined["feedback_day"] == joined["last"])
    weight = usable["weight"].cast("float64") if "weight" in usable.columns else ibis.literal(1.0)
    scored = usable.mutate(counted=weight, score=weight * usable["score"])
    exact = {name: scored[name].cast("decimal(38, 9)").mean() for name in ("counted", "score")}
    return per_customer(scored.group_by(CUSTOMER).aggregate(**exact)).rename(
        columns={"counted": f"{question}_weight"}
    )
