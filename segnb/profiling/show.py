"""How the profile shows itself: the headline, totals, what came in, columns, and cautions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from segnb.document.blocks import (
    Bullets,
    Cell,
    Column,
    Fact,
    Facts,
    Heading,
    Headline,
    Paragraph,
    Table,
    Together,
    spans,
)
from segnb.profiling.cautions import FEW_CUSTOMERS, cautions
from segnb.tables.intake import TableIntake
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.profiling.results import ColumnProfile, Profile


def headline(profile: Profile) -> Headline:
    """Return how much came in and whether it is enough to segment."""
    voice, totals = profile.voice, profile.totals
    parts = [voice.say("profiling.customers", totals.customers)]
    if totals.orders is not None:
        parts.append(voice.say("profiling.orders", totals.orders))
    if totals.amount is not None:
        parts.append(voice.money(float(totals.amount)))
    enough = "few" if totals.customers < FEW_CUSTOMERS else "enough"
    text = voice.say(f"profiling.headline.{enough}", what=voice.listed(parts))
    return Headline(text=text, lede=spans(" ".join(_lede(profile))))


def _lede(profile: Profile) -> list[str]:
    voice, found = profile.voice, []
    if profile.concentration is not None:
        top, revenue = (voice.percent(share) for share in profile.concentration.top)
        found.append(voice.say("profiling.lede.top", top=top, revenue=revenue))
    if profile.spend is not None and profile.orders is not None:
        spend, orders = voice.money(profile.spend.median), voice.number(profile.orders.median, 0)
        found.append(voice.say("profiling.lede.median", spend=spend, orders=orders))
    found.append(voice.say("profiling.lede.cautions", len(cautions(profile))))
    return found


def facts(profile: Profile) -> Facts:
    """Return the totals in large type, exact."""
    voice, totals = profile.voice, profile.totals
    say = voice.say
    record = "" if totals.with_record is None else say("profiling.fact.with_record", totals.with_record)
    items = [Fact(label=say("profiling.fact.customers"), value=voice.count(totals.customers), small=record)]
    if totals.orders is not None and totals.amount is not None:
        unit = say(f"profiling.order_unit.{profile.intake.order_unit}")
        items.append(Fact(label=say("profiling.fact.orders"), value=voice.count(totals.orders), small=unit))
        amount = voice.money(float(totals.amount), exact=True)
        items.append(Fact(label=say("profiling.fact.amount"), value=amount))
    if totals.first_day and totals.last_day:
        period = voice.period(totals.first_day, totals.last_day)
        items.append(Fact(label=say("profiling.fact.period"), value=period))
    if totals.reached is not None:
        small = "" if totals.responded is None else say("profiling.fact.responded", totals.responded)
        items.append(
            Fact(label=say("profiling.fact.reached"), value=voice.count(totals.reached), small=small)
        )
    return Facts(items=tuple(items))


def intake_table(profile: Profile) -> Table:
    """Return one row for each table: rows that came in, were used, and were left out with reasons."""
    tables = profile.intake.tables.values()
    rejected = sum(table.rows_rejected for table in tables)
    labels = ["table", "rows_in", "rows_used", "rows_left_out", *(["why"] if rejected else []), "days"]
    key = "some_left_out" if rejected else "all_used"
    return Table(
        columns=_columns(profile, labels, header="table", right=tuple(labels[1:4])),
        rows=tuple(_intake_row(profile, table, labels) for table in tables),
        title=profile.voice.say(f"profiling.intake.{key}", rejected),
        subtitle=_as_of(profile),
    )


def _columns(
    profile: Profile, labels: Sequence[str], *, header: str, right: Sequence[str]
) -> tuple[Column, ...]:
    return tuple(
        Column(
            label=profile.voice.say(f"profiling.column.{each}"),
            header=each == header,
            align="right" if each in right else "left",
        )
        for each in labels
    )


def _intake_row(profile: Profile, table: TableIntake, labels: Sequence[str]) -> tuple[Cell, ...]:
    voice = profile.voice
    cells = {
        "table": Cell(text=voice.table(table.name), small=table.source),
        "rows_in": Cell(text=voice.count(table.rows_in)),
        "rows_used": Cell(text=voice.count(table.rows_used)),
        "rows_left_out": Cell(text=voice.count(table.rows_rejected)),
        "why": Cell(text=voice.say("join.stop").join(each.sentence(voice) for each in table.rejected)),
        "days": Cell(text=_days(profile, table.first_day, table.last_day)),
    }
    return tuple(cells[each] for each in labels)


def _as_of(profile: Profile) -> str:
    as_of = profile.intake.as_of
    return "" if as_of is None else profile.voice.say("profiling.intake.as_of", day=profile.voice.day(as_of))


def _days(profile: Profile, first: date | None, last: date | None) -> str:
    return "–" if first is None or last is None else profile.voice.period(first, last)


def columns_table(profile: Profile) -> Table:
    """Return one row for each declared column, tables one after the other."""
    say = profile.voice.say
    labels = ("column", "kind", "missing", "distinct", "values")
    groups: dict[int, str] = {}
    for place, column in enumerate(profile.columns):
        if place == 0 or profile.columns[place - 1].table != column.table:
            groups[place] = profile.voice.table(column.table)
    limit = profile.voice.count(profile.min_cell)
    return Table(
        columns=_columns(profile, labels, header="column", right=("missing", "distinct")),
        rows=tuple(_column_row(profile, each) for each in profile.columns),
        title=_columns_title(profile),
        subtitle=say("profiling.columns.subtitle"),
        note=say("profiling.columns.note", limit=limit),
        groups=groups,
    )


def _columns_title(profile: Profile) -> str:
    shares = [each.missing_share or 0.0 for each in profile.columns]
    gaps = sum(share >= profile.warn_missing for share in shares)
    if gaps == 0:
        return profile.voice.say(
            "profiling.columns.complete", share=profile.voice.percent(profile.warn_missing)
        )
    return profile.voice.say(
        "profiling.columns.gaps", gaps, share=profile.voice.percent(profile.warn_missing)
    )


def _column_row(profile: Profile, column: ColumnProfile) -> tuple[Cell, ...]:
    voice = profile.voice
    name = voice.column(column.name)
    renamed = column.source if column.source != name else ""
    return (
        Cell(text=name, small=renamed),
        Cell(text=voice.say(f"profiling.kind.{column.kind}")),
        Cell(text=_missing(profile, column)),
        Cell(text="–" if column.distinct is None else voice.count(column.distinct)),
        _values(profile, column),
    )


def _missing(profile: Profile, column: ColumnProfile) -> str:
    if column.missing is None:
        return profile.voice.say("profiling.few_rows", limit=profile.voice.count(profile.min_cell))
    return profile.voice.percent(column.missing_share) if column.missing_share else "–"


def _values(profile: Profile, column: ColumnProfile) -> Cell:
    """Return the ends and the median of what is measured, the shares of what is counted."""
    voice = profile.voice
    if column.lowest is not None and column.highest is not None and column.median is not None:
        low, middle, high = (
            _said(profile, column, end) for end in (column.lowest, column.median, column.highest)
        )
        text = voice.say("profiling.values.range", low=low, high=high)
        return Cell(text=text, small=voice.say("profiling.values.median", value=middle))
    if column.shares:
        listed = voice.listed(
            [f"{_value(voice, column, each.value)} {voice.percent(each.share)}" for each in column.shares]
        )
        others = (column.distinct or 0) - len(column.shares)
        share = voice.percent(column.rest or 0.0)
        return Cell(
            text=listed, small=voice.say("profiling.values.others", others, share=share) if others else ""
        )
    return Cell()


def _value(voice: Voice, column: ColumnProfile, value: str) -> str:
    named = voice.category(column.name, value)
    return voice.say(f"profiling.values.{value}") if named == value and value in ("true", "false") else named


def _said(profile: Profile, column: ColumnProfile, value: float | str) -> str:
    if isinstance(value, str):
        return profile.voice.day(date.fromisoformat(value))
    if column.kind == "money":
        return profile.voice.money(value, exact=True)
    return profile.voice.number(value, 0 if float(value).is_integer() else None)


def warnings(profile: Profile) -> Together:
    """Return the cautions as a list under a heading."""
    say, found = profile.voice.say, cautions(profile)
    heading = Heading(text=say("profiling.cautions.title"))
    if not found:
        return Together(heading, Paragraph(content=spans(say("profiling.cautions.none")), role="none"))
    return Together(heading, Bullets(items=tuple(spans(sentence) for sentence in found)))
