"""What a reader should know before trusting the rest: a sentence each, computed from the profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segnb.profiling.calendar import last_of_month

if TYPE_CHECKING:
    from segnb.profiling.results import Profile

FEW_CUSTOMERS = 150
"""Customers below which no verdict on segments is given."""
MANY_VALUES = 30
"""A category of customers with more values than this describes single customers rather than groups."""
MANY_ONE_TIME = 0.3
"""Share of one-time buyers from which on frequency hardly tells customers apart: a rule of thumb."""


def cautions(profile: Profile) -> tuple[str, ...]:
    """Return the sentences, those on the customers first, then on columns, then what intake noted."""
    found = [*_customers(profile), *_calendar(profile), *_amounts(profile), *_columns(profile)]
    return (*found, *profile.intake.sentences(profile.voice))


def _customers(profile: Profile) -> Iterator[str]:
    say, totals = profile.voice.say, profile.totals
    if totals.customers < FEW_CUSTOMERS:
        limit = profile.voice.count(FEW_CUSTOMERS)
        yield say("profiling.caution.few", count=totals.customers, limit=limit)
    if profile.one_time_share is not None and profile.one_time_share >= MANY_ONE_TIME:
        yield say("profiling.caution.one_time", share=profile.voice.percent(profile.one_time_share))


def _calendar(profile: Profile) -> Iterator[str]:
    voice, months = profile.voice, profile.months
    names = {month: voice.period(month.first, last_of_month(month.first)) for month in months}
    partial = [names[month] for month in months if month.partial]
    if partial:
        yield voice.say("profiling.caution.partial", count=len(partial), months=voice.ordered(partial))
    empty = [names[month] for month in months if month.orders == 0]
    if empty:
        yield voice.say("profiling.caution.empty", count=len(empty), months=voice.ordered(empty))


def _amounts(profile: Profile) -> Iterator[str]:
    for what in ("zero_rows", "negative_rows"):
        rows = getattr(profile.totals, what)
        if rows is None:
            limit = profile.voice.count(profile.min_cell)
            yield profile.voice.say(f"profiling.caution.{what}_few", limit=limit)
        elif rows:
            yield profile.voice.say(f"profiling.caution.{what}", count=rows)


def _columns(profile: Profile) -> Iterator[str]:
    say = profile.voice.say
    for column in profile.columns:
        name, table = profile.voice.column(column.name), profile.voice.table(column.table)
        share = column.missing_share
        if share is not None and share >= profile.warn_missing:
            percent = profile.voice.percent(share)
            yield say("profiling.caution.missing", column=name, table=table, share=percent)
        if column.distinct == 1 and column.rows > 1:
            yield say("profiling.caution.constant", column=name, table=table)
        distinct = column.distinct or 0
        if column.table == "customers" and column.kind == "category" and distinct > MANY_VALUES:
            limit = profile.voice.count(MANY_VALUES)
            yield say("profiling.caution.many_values", distinct, column=name, limit=limit)
