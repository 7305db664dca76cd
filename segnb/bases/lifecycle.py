"""Stages in a customer's life, told by each customer's own rhythm of buying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from segnb.bases.definition import Measures, basis
from segnb.bases.known import known, last_day
from segnb.bases.level_table import level_table, median_of
from segnb.bases.transitions import moves_table
from segnb.columns import CUSTOMER
from segnb.document.blocks import Table
from segnb.errors import InputError, ParameterError
from segnb.lifetime.fitting import fit_model
from segnb.lifetime.histories import purchase_days, summarise
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.words import Voice

LEAD, FIRST_TIME, REPEAT, LOYAL = "Leads", "First-time customers", "Repeat customers", "Loyal customers"
AT_RISK, LAPSED, WON_BACK = "At-risk customers", "Lapsed customers", "Won-back customers"
STAGES = (LEAD, FIRST_TIME, REPEAT, LOYAL, AT_RISK, LAPSED, WON_BACK)
FEATURES = (
    Feature("stage", "Stage", "number", "nominal", levels=STAGES),
    Feature("overdue", "Usual gaps since the last purchase", "number", "log", "Overdue", "On-rhythm"),
    Feature("rhythm_days", "Usual days between purchases", "days", "log", "Slow-rhythm", "Fast-rhythm"),
    Feature("purchase_days", "Days with a purchase", "count", "log", "Many-purchase", "Few-purchase"),
)


@dataclass(frozen=True)
class Rule:
    """Where one stage ends and the next begins.

    ``at_risk`` and ``lapsed`` count usual gaps since the last purchase, ``loyal`` days with a purchase,
    ``shrinkage`` the gaps that the usual gap of all customers counts for beside a customer's own.
    """

    at_risk: float = 2.0
    lapsed: float = 4.0
    loyal: int = 5
    shrinkage: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.at_risk < self.lapsed:
            raise ParameterError(
                f"at_risk must lie above 0 and below lapsed. Got {self.at_risk:g} and {self.lapsed:g} instead"
            )
        if self.loyal < 3 or not self.shrinkage > 0:
            raise ParameterError(
                "loyal must be 3 or more and shrinkage above 0. "
                f"Got {self.loyal} and {self.shrinkage:g} instead"
            )


@basis(
    "lifecycle",
    needs=("transactions",),
    method="levels",
    preference=12,
    label="Stage in the customer's life",
    about="Every customer is at one stage: not bought yet, first purchase, repeat, loyal, at risk, lapsed or "
    "won back. How long a silence is too long depends on the customer's own rhythm: two weeks are long for "
    "a weekly buyer and nothing for a yearly one.",
    traps=(
        "With few purchases the own rhythm is a guess, drawn towards that of all customers.",
        "Seasonal buyers look lapsed out of season.",
        "A stage says when a customer bought, not why.",
    ),
)
def lifecycle(
    tables: Tables,
    window: Window | None,
    *,
    at_risk: float = 2.0,
    lapsed: float = 4.0,
    loyal: int = 5,
    shrinkage: float = 2.0,
    registered: str | None = None,
) -> Measures:
    """Stages from lead to lapsed and won back, by each customer's own rhythm.

    All purchases up to the end of the window count, those before it as well: who bought last before it
    is lapsed, and not new. See `stages` for the rule. ``registered`` names the customers' attribute with
    the day of registration, so that who registers later is no lead yet.
    """
    rule, end = Rule(at_risk, lapsed, loyal, shrinkage), last_day(tables, window)
    customers = known(tables, end, registered)
    days = purchase_days(tables, Window(date.min, end))
    now = stages(days, customers.ids, end, rule)
    start = window.start if window else customers.first.min().date()
    middle = start + (end - start) / 2
    try:
        before = stages(days, customers.ids, middle, rule)["stage"].replace(LEAD, "")
    except InputError:
        # So early nobody had a rhythm: there is nothing to compare with.
        before = None
    alive = _alive(tables, end)
    return Measures(
        now,
        FEATURES,
        evidence=lambda voice, min_cell: (
            _stages_table(now, alive, voice, min_cell, end),
            *moves_table(before, now["stage"], STAGES, voice, min_cell, middle, end),
        ),
        left_out={"later": customers.later},
    )


def stages(days: pd.DataFrame, ids: pd.Index, end: date, rule: Rule) -> pd.DataFrame:
    """Return each customer's stage at the end of a day, and the rhythm that it is told by.

    The usual gap is the median of a customer's gaps between days with a purchase, drawn towards the median
    of all customers' on the scale of logarithms: ``exp((s log(all) + g log(own)) / (s + g))`` with ``g`` gaps
    and the shrinkage ``s``, so that one gap alone does not make a rhythm. In usual gaps since the last
    purchase, more than ``lapsed`` is *Lapsed* and more than ``at_risk`` *At risk*. Of the others, *Won back*
    have a gap longer than ``lapsed`` behind them and fewer than ``loyal`` purchases since; the rest are
    *First-time*, *Repeat* and from ``loyal`` purchases on *Loyal*. Without a purchase: *Lead*.

    Parameters
    ----------
    days
        One row for each customer and day with a purchase: ``customer_id`` and ``day``.
    ids
        The customers to tell a stage of.

    Returns
    -------
    DataFrame
        By ``ids``: ``stage``, ``overdue``, ``rhythm_days`` and ``purchase_days``; leads have no rhythm.

    Raises
    ------
    InputError
        Nobody bought on two days, so that there is no rhythm.
    """
    day = pd.to_datetime(days["day"])
    until = day <= pd.Timestamp(end)
    bought = pd.DataFrame({CUSTOMER: days.loc[until, CUSTOMER].astype(str), "day": day[until]})
    bought = bought.drop_duplicates().sort_values([CUSTOMER, "day"], ignore_index=True)
    bought["gap"] = bought.groupby(CUSTOMER)["day"].diff().dt.days
    customers = bought.groupby(CUSTOMER)
    count, own = customers.size(), customers["gap"].median()
    if not own.notna().any():
        raise InputError(
            f"Nobody bought on a second day up to {end}, so there is no rhythm to tell stages by. "
            "Take a longer history"
        )
    gaps, usual = count - 1, np.log(own.median())
    pull = rule.shrinkage * usual + gaps * np.log(own).fillna(0.0)
    rhythm = np.exp(pull / (rule.shrinkage + gaps))
    overdue = (pd.Timestamp(end) - customers["day"].max()).dt.days / rhythm
    since = _since_return(bought, rule.lapsed * rhythm)
    stage = np.select(
        [overdue > rule.lapsed, overdue > rule.at_risk, since < rule.loyal, count == 1, count < rule.loyal],
        [LAPSED, AT_RISK, WON_BACK, FIRST_TIME, REPEAT],
        LOYAL,
    )
    found = pd.DataFrame(
        {"stage": stage, "overdue": overdue, "rhythm_days": rhythm, "purchase_days": count}, index=count.index
    ).reindex(ids)
    found["stage"] = found["stage"].fillna(LEAD)
    found["purchase_days"] = found["purchase_days"].fillna(0)
    found.index.name = CUSTOMER
    return found


def _since_return(bought: pd.DataFrame, silence: pd.Series) -> pd.Series:
    """Return how often each customer bought since the last gap of that length; infinite without one."""
    back = bought["gap"] > bought[CUSTOMER].map(silence)
    returns = back.groupby(bought[CUSTOMER]).cumsum()
    last = returns.groupby(bought[CUSTOMER]).transform("max")
    since = ((returns == last) & (last > 0)).groupby(bought[CUSTOMER]).sum()
    return since.where(since > 0, np.inf)


def _stages_table(
    now: pd.DataFrame, alive: pd.Series | None, voice: Voice, min_cell: int, end: date
) -> Table:
    """Return the customers of each stage, their rhythm and silence, and how probably they will come back."""

    def say(key: str) -> str:
        return voice.say(f"bases.lifecycle.{key}")

    columns = {
        say("rhythm"): median_of(now["rhythm_days"], voice),
        say("overdue"): median_of(now["overdue"], voice, 1),
    }
    notes = [say("rhythm_note")]
    if alive is not None:
        columns[say("alive")] = lambda ids: _mean_share(alive.reindex(ids), voice)
        notes.append(say("alive_note"))
    return level_table(
        now["stage"],
        FEATURES[0],
        columns,
        subtitle=voice.say("bases.levels.at", day=voice.day(end)),
        notes=notes,
        voice=voice,
        min_cell=min_cell,
    )


def _mean_share(chances: pd.Series, voice: Voice) -> str:
    known = chances.dropna()
    return voice.percent(known.mean()) if len(known) else "–"


def _alive(tables: Tables, end: date) -> pd.Series | None:
    """Return how probably each buyer still is a customer; None where no model can be fitted.

    The model is MBG/NBD (Batislam, Denizel & Filiztekin 2007): under it those who bought once may have
    left, too.
    """
    try:
        found: pd.Series = fit_model("mbg_nbd", summarise(tables, end)).p_alive()
    except InputError:
        return None
    return found
