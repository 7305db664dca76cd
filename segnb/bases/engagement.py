"""Engagement: on how many days customers visit, open, click or log in, and how lately."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segnb.bases.definition import Measures, basis
from segnb.bases.known import known, last_day
from segnb.bases.level_table import level_table, median_of
from segnb.columns import CUSTOMER
from segnb.document.blocks import AnyBlock
from segnb.errors import ParameterError
from segnb.intervals import stable
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import within
from segnb.words import Voice

TIME, DAY, KIND = "interaction_time", "interaction_day", "kind"
MONTH = 365.25 / 12
"""Days in a month. Nobody counts as observed for less than one."""
SESSION = 30 * 60
"""Seconds without an interaction after which the next one begins another session (the web's usual rule)."""
LEVELS = (
    "Disengaged customers",
    "Barely engaged customers",
    "Moderately engaged customers",
    "Highly engaged customers",
)
FEATURES = (
    Feature("engagement", "Engagement", "number", "ordinal", levels=LEVELS),
    Feature("active_days", "Active days a month", "number", "log", high="Active", low="Passive"),
    Feature(
        "sessions_per_day", "Sessions on an active day", "number", "log", high="Returning", low="One-visit"
    ),
    Feature(
        "days_inactive", "Days since the last activity", "days", "log", high="Silent", low="Lately-active"
    ),
    Feature("kinds", "Kinds of activity", "number", high="Many-sided", low="One-sided"),
)


@basis(
    "engagement",
    needs=("interactions",),
    method="levels",
    preference=14,
    label="Engagement",
    about="Customers are told apart by how often they visit, open, click or log in. What counts are the days "
    "a month on which they did so, not the number of clicks. Whoever did nothing for long is disengaged.",
    traps=(
        "Mail programs open messages by themselves, so an open is the weakest sign of interest.",
        "Only what is recorded counts: customers whom no system sees look disengaged.",
        "The limits are fixed, so levels can be compared from period to period. Fit them to the business.",
    ),
)
def engagement(
    tables: Tables,
    window: Window | None,
    *,
    high: float = 4.0,
    moderate: float = 1.0,
    silent_days: int = 90,
    kinds: list[str] | None = None,
    most_per_minute: int = 60,
    most_per_day: int = 1000,
    registered: str | None = None,
) -> Measures:
    """Engagement by active days a month, with limits that stay from period to period.

    ``high`` and ``moderate`` are the active days a month from which a level begins; who was active less is
    low, and who was not on any of the last ``silent_days`` disengaged. ``kinds`` names the interactions
    that count; all where it is left out. Ids with more interactions in one minute or day than
    ``most_per_minute`` or ``most_per_day`` are programs: they are left out and counted. Days and sessions are
    counted, so that a burst of events counts once.
    """
    if not high > moderate > 0 or silent_days < 1:
        raise ParameterError(
            "high must lie above moderate, moderate above 0, and silent_days be 1 or more. "
            f"Got {high:g}, {moderate:g} and {silent_days} instead"
        )
    end = last_day(tables, window)
    customers = known(tables, end, registered)
    events = _events(tables, window, end, kinds)
    programs = _programs(events, most_per_minute, most_per_day)
    ids = customers.ids.difference(programs)
    found = _active(events.filter(~events[CUSTOMER].isin([*programs, ""]))).reindex(ids)
    start = pd.Timestamp(window.start) if window else found["first"].min()
    seen = found["first"].fillna(pd.Timestamp(end))
    rate = (found["days"].fillna(0.0) / _months(customers.first.reindex(ids), seen, start, end)).map(stable)
    recent = pd.Timestamp(end - timedelta(days=silent_days))
    level = np.select(
        [~(found["last"] > recent), rate >= high, rate >= moderate],
        [LEVELS[0], LEVELS[3], LEVELS[2]],
        LEVELS[1],
    )
    table = pd.DataFrame(
        {
            "engagement": level,
            "active_days": rate,
            "sessions_per_day": found["sessions"] / found["days"],
            "days_inactive": (pd.Timestamp(end) - found["last"]).dt.days,
            "kinds": found["kinds"].fillna(0.0),
        },
        index=ids,
    )
    table.index.name = CUSTOMER
    features = tuple(each for each in FEATURES if each.name != "kinds" or KIND in events.columns)

    def evidence(voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        means = {
            voice.say("bases.engagement.days"): median_of(table["active_days"], voice, 1),
            voice.say("bases.engagement.inactive"): median_of(table["days_inactive"], voice),
        }
        rule = voice.say(
            "bases.engagement.rule",
            high=_limit(voice, high),
            moderate=_limit(voice, moderate),
            silent=voice.count(silent_days),
        )
        period = voice.period(start.date(), end)
        return (
            level_table(
                table["engagement"],
                FEATURES[0],
                means,
                subtitle=period,
                notes=[rule],
                voice=voice,
                min_cell=min_cell,
            ),
        )

    left_out = {"later": customers.later, "programs": len(customers.ids) - len(ids)}
    return Measures(table, features, evidence=evidence, left_out=left_out)


def _months(first: pd.Series, seen: pd.Series, start: pd.Timestamp, end: date) -> pd.Series:
    """Return the months in which each could be active, one at least: since it was first known of."""
    began = first.fillna(start)
    began = began.where(began < seen, seen)
    began = began.where(began > start, start)
    days: pd.Series = (pd.Timestamp(end) - began).dt.days + 1
    return (days / MONTH).clip(lower=1.0)


def _limit(voice: Voice, limit: float) -> str:
    """Return a limit with the digits that it was given."""
    return voice.number(limit, max(0, -int(Decimal(str(limit)).normalize().as_tuple().exponent)))


def _events(tables: Tables, window: Window | None, end: date, kinds: list[str] | None) -> ir.Table:
    events = within(tables.interactions.filter(tables.interactions[DAY] <= end), window, DAY)
    if kinds is not None:
        if KIND not in events.columns:
            raise ParameterError("kinds: interactions declare no column kind. Declare it, or leave kinds out")
        events = events.filter(events[KIND].isin(kinds))
    return events


def _programs(events: ir.Table, most_per_minute: int, most_per_day: int) -> list[str]:
    """Return the ids that did more in one minute or day than a person can."""
    limits = {"day": (events[DAY], most_per_day)}
    if events[TIME].type().is_timestamp():
        limits["minute"] = (events[TIME].truncate("minute"), most_per_minute)
    found: set[str] = set()
    for span, most in limits.values():
        counted = events.group_by(events[CUSTOMER].name("id"), span.name("span")).aggregate(n=events.count())
        found |= set(counted.filter(counted["n"] > most)["id"].to_pyarrow().to_pylist())
    return sorted(found)


def _active(events: ir.Table) -> pd.DataFrame:
    """Return active days, sessions, kinds, and the first and last day, by customer."""
    if events[TIME].type().is_timestamp():
        before = events[TIME].lag().over(group_by=events[CUSTOMER], order_by=events[TIME])
        gone = events[TIME].epoch_seconds() - before.epoch_seconds()
        events = events.mutate(begins=(gone.isnull() | (gone > SESSION)).cast("int64"))
    else:
        # Days without times: a day is one session.
        before = events[DAY].lag().over(group_by=events[CUSTOMER], order_by=events[DAY])
        events = events.mutate(begins=(before.isnull() | (before != events[DAY])).cast("int64"))
    kinds = events[KIND].nunique() if KIND in events.columns else ibis.literal(1)
    found = events.group_by(CUSTOMER).aggregate(
        days=events[DAY].nunique(),
        sessions=events["begins"].sum(),
        kinds=kinds,
        first=events[DAY].min(),
        last=events[DAY].max(),
    )
    frame: pd.DataFrame = found.to_pandas().set_index(CUSTOMER)
    frame.index = frame.index.astype(str)
    for day in ("first", "last"):
        frame[day] = pd.to_datetime(frame[day])
    return frame.astype({"days": float, "sessions": float, "kinds": float})
