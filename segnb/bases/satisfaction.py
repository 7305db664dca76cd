"""Satisfaction: what customers answered when they were last asked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from segnb.bases.definition import Measures, basis
from segnb.bases.known import known, last_day
from segnb.bases.level_table import level_table
from segnb.columns import CUSTOMER
from segnb.document.blocks import AnyBlock, Paragraph, spans
from segnb.errors import InputError, ParameterError
from segnb.intervals import ratio_interval
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import within
from segnb.words import Voice

TIME, DAY, WEIGHT = "feedback_time", "feedback_day", "weight"
SCORES: dict[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "nps": ((7, 9), ("Detractors", "Passives", "Promoters")),
    "csat": ((3, 4), ("Dissatisfied", "Neutral", "Satisfied")),
}
"""Where the levels of each score begin (Reichheld 2003, Harvard Bus. Rev. 81(12):46-54, for nps)."""
FEATURES = (
    Feature("nps_group", "Would recommend", "number", "ordinal", levels=SCORES["nps"][1]),
    Feature("csat_group", "Satisfaction", "number", "ordinal", levels=SCORES["csat"][1]),
    Feature("score", "Latest answer", "number", high="Praising", low="Criticising"),
)


@basis(
    "satisfaction",
    needs=("feedback.nps | feedback.csat",),
    method="levels",
    preference=21,
    label="Satisfaction",
    about="Customers are told apart by their latest answer to a survey. Asked from 0 to 10 if they would "
    "recommend the company, promoters say 9 or 10, passives 7 or 8, detractors less. Asked from 1 to 5 how "
    "satisfied they are, satisfied customers say 4 or 5, neutral ones 3.",
    traps=(
        "Only who answers takes part, and who answers is rarely like who does not.",
        "An answer is a mood of one day: the groups are judged by what these customers did afterwards.",
    ),
)
def satisfaction(
    tables: Tables, window: Window | None, *, score: str | None = None, registered: str | None = None
) -> Measures:
    """Promoters, passives and detractors; or satisfied, neutral and dissatisfied customers.

    The latest answer in the window counts; of several at one time, or where answers have no time, the lowest
    one. ``score`` is ``nps`` or ``csat``; left out, ``nps`` where it is declared.
    """
    chosen = score or ("nps" if tables.holds("feedback", "nps") else "csat")
    if chosen not in SCORES:
        raise ParameterError(f"score must be nps or csat. Got {chosen!r} instead")
    if not tables.holds("feedback", chosen):
        raise ParameterError(f"score: feedback declares no column {chosen}. Declare it, or leave score out")
    end = last_day(tables, window)
    customers = known(tables, end, registered)
    rows = _answers(tables, window, chosen, end)
    rows = rows[rows[CUSTOMER].isin(customers.ids)]
    answered = rows.dropna(subset=[chosen])
    blank = len(set(rows[CUSTOMER]) - set(answered[CUSTOMER]))
    if answered.empty:
        raise InputError(
            f"Nobody answered ({chosen}) in the window: {blank:,} customers left it blank. "
            "Widen the window, or choose another basis"
        )
    times = [TIME] if TIME in answered else []
    # The lowest of the latest comes last.
    ranked = answered.sort_values([*times, chosen, CUSTOMER], ascending=[*(True for _ in times), False, True])
    latest = ranked.drop_duplicates(CUSTOMER, keep="last").set_index(CUSTOMER).sort_index()
    (low, high), levels = SCORES[chosen]
    value = latest[chosen].astype(float)
    group = np.select([value >= high, value >= low], [levels[2], levels[1]], levels[0])
    feature = next(each for each in FEATURES if each.name == f"{chosen}_group")
    table = pd.DataFrame({feature.name: group, "score": value}, index=latest.index)
    weights = _weights(latest)
    return Measures(
        table,
        (feature, FEATURES[-1]),
        evidence=lambda voice, min_cell: _evidence(
            table[feature.name], feature, weights, len(customers.ids), window, voice, min_cell
        ),
        left_out={
            "later": customers.later,
            "no_answer": len(customers.ids) - len(latest) - blank,
            "blank_answer": blank,
        },
    )


def _answers(tables: Tables, window: Window | None, score: str, end: date) -> pd.DataFrame:
    """Return the rows of the survey in the window, blank ones included."""
    feedback = tables.feedback
    if TIME in feedback.columns:
        feedback = within(feedback.filter(feedback[DAY] <= end), window, DAY)
    columns = [each for each in (CUSTOMER, TIME, score, WEIGHT) if each in feedback.columns]
    rows: pd.DataFrame = feedback.select(columns).to_pandas()
    return rows.astype({CUSTOMER: str, score: float})


def _weights(latest: pd.DataFrame) -> pd.Series:
    """Return the survey weights, all 1 where none are declared."""
    if WEIGHT not in latest:
        return pd.Series(1.0, index=latest.index)
    weights = latest[WEIGHT].astype(float)
    if wrong := int((weights < 0).sum()):
        raise InputError(f"{wrong:,} answers of the feedback have a weight below 0: correct or empty them")
    return weights


def _evidence(
    group: pd.Series,
    feature: Feature,
    weights: pd.Series,
    asked: int,
    window: Window | None,
    voice: Voice,
    min_cell: int,
) -> tuple[AnyBlock, ...]:
    """Return who answered, and each group's share of all by survey weights, with its interval."""
    say = voice.say
    weighted = weights.dropna()

    def share(ids: pd.Index) -> str:
        hits = weighted.where(weighted.index.isin(ids), 0.0)
        return voice.percent(hits.sum() / weighted.sum()) if weighted.sum() else "–"

    def interval(ids: pd.Index) -> str:
        hits = weighted.where(weighted.index.isin(ids), 0.0)
        found = ratio_interval(hits.to_numpy(), weighted.to_numpy(), 0, "satisfaction", group.loc[ids[0]])
        return voice.interval(found.low, found.high, "share") if found else "–"

    by_weight = bool((weights != weights.iloc[0]).any())
    notes = [say("bases.satisfaction.weighted")] if by_weight else []
    if without := int(weights.isna().sum()):
        notes.append(say("bases.satisfaction.no_weight", without))
    columns = {
        say("bases.satisfaction.share") if by_weight else say("bases.satisfaction.plain"): share,
        say("bases.satisfaction.interval"): interval,
    }
    told = say(
        "bases.satisfaction.answered",
        len(group),
        asked=voice.count(asked),
        share=voice.percent(len(group) / asked),
    )
    return (
        Paragraph(content=spans(told)),
        level_table(
            group,
            feature,
            columns,
            subtitle=voice.period(window.start, window.end) if window else "",
            notes=notes,
            voice=voice,
            min_cell=min_cell,
        ),
    )
