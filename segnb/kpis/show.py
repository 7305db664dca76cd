"""The tables of chapter 05: KPIs by segment, and sums that add up to everything that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segnb.columns import UNASSIGNED
from segnb.document.blocks import Cell, Column, Swatch, Table
from segnb.kpis.measured import ALL, TOTAL, Definition, GroupTotals, Measured, Span
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis


def kpi_table(kpis: Kpis) -> Table:
    """Return one row for each KPI, one column for each segment and one for all of them."""
    say = kpis.voice.say
    groups = (*kpis.order, ALL)
    names = [*(kpis.name(segment) for segment in kpis.order), say("kpis.all_segments")]
    return Table(
        columns=(
            Column(label=say("kpis.column.kpi"), header=True),
            *(Column(label=name, align="right") for name in names),
        ),
        rows=tuple(
            (Cell(text=each.label), *(_value_cell(kpis, each, kpis[each.name, group]) for group in groups))
            for each in kpis.definitions
        ),
        title=say("kpis.table.title"),
        subtitle=say("kpis.table.subtitle", period=kpis.period),
        note=_note(kpis),
    )


def _value_cell(kpis: Kpis, definition: Definition, measured: Measured) -> Cell:
    voice = kpis.voice
    if measured.value is None:
        return Cell(text="–", small=voice.say("kpis.suppressed") if measured.n is None else "")
    text = voice.value(measured.value, definition.unit)
    if measured.group == ALL:
        return Cell(text=text)
    if measured.interval is None:
        return Cell(text=text, small=voice.say("kpis.too_few"))
    return Cell(text=text, small=voice.interval(*measured.interval, definition.unit))


def _note(kpis: Kpis) -> str:
    say = kpis.voice.say
    hidden = any(each.value is None and each.n is None for each in kpis.measured)
    return say("kpis.suppressed_note", limit=kpis.voice.count(kpis.min_cell)) if hidden else ""


def totals_table(kpis: Kpis) -> Table:
    """Return customers, orders and exact amounts of segments and those left out, and their sum."""
    say, shown = kpis.voice.say, _spans(kpis)
    columns = [Column(label=say("kpis.column.group"), header=True)]
    columns.append(Column(label=say("kpis.column.customers"), align="right"))
    for span in shown:
        for what in ("orders", "amount"):
            columns.append(Column(label=say(f"kpis.column.{span}_{what}"), align="right"))
    by_group = {each.group: each for each in kpis.totals}
    rows = [*(by_group.pop(segment) for segment in kpis.order), *by_group.values()]
    first_left_out = next((at for at, each in enumerate(rows) if each.left_out), None)
    groups = {} if first_left_out is None else {first_left_out: say("kpis.group.left_out")}
    if groups:
        groups[len(kpis.totals) - 1] = say("kpis.group.together")
    return Table(
        columns=tuple(columns),
        rows=tuple(_totals_row(kpis, each, shown) for each in rows),
        title=say("kpis.totals.title"),
        subtitle=_windows(kpis),
        note=_totals_note(kpis),
        groups=groups,
    )


def _spans(kpis: Kpis) -> tuple[Span, ...]:
    """Return the spans to show: both windows, what lies in neither if anything does, and the whole."""

    def any_orders(span: Span) -> bool:
        return any(each.takes[span].orders for each in kpis.totals)

    if kpis.windows.measure is None:
        return ("whole",) if any_orders("whole") else ()
    outside: tuple[Span, ...] = ("outside",) if any_orders("outside") else ()
    return ("form", "measure", *outside, "whole")


def _totals_row(kpis: Kpis, totals: GroupTotals, shown: tuple[Span, ...]) -> tuple[Cell, ...]:
    cells = [_group_cell(kpis, totals.group), _count_cell(kpis.voice, totals.customers)]
    for span in shown:
        take = totals.takes[span]
        cells.append(_count_cell(kpis.voice, take.orders))
        amount = "–" if take.amount is None else kpis.voice.money(float(take.amount), exact=True)
        cells.append(Cell(text=amount))
    return tuple(cells)


def _group_cell(kpis: Kpis, group: str) -> Cell:
    say = kpis.voice.say
    if group in kpis.segments:
        return Cell(text=kpis.name(group), mark=Swatch(segment=kpis.segments.index(group)))
    if group == TOTAL:
        return Cell(text=say("kpis.total"))
    reason = group.removeprefix(f"{UNASSIGNED}: ")
    key = f"kpis.reason.{reason.replace(' ', '_')}"
    return Cell(text=kpis.voice.word(key, reason[:1].upper() + reason[1:]))


def _count_cell(voice: Voice, count: int | None) -> Cell:
    return Cell(text="–" if count is None else voice.count(count))


def _windows(kpis: Kpis) -> str:
    form, measure, voice = kpis.windows.form, kpis.windows.measure, kpis.voice
    if form is None or measure is None:
        return kpis.period
    return voice.say(
        "kpis.totals.subtitle",
        form=voice.period(form.start, form.end),
        measure=voice.period(measure.start, measure.end),
    )


def _totals_note(kpis: Kpis) -> str:
    shown = _spans(kpis)
    counts = (
        count
        for each in kpis.totals
        for count in (each.customers, *(each.takes[span].orders for span in shown))
    )
    hidden = any(count is None for count in counts)
    return kpis.voice.say("kpis.suppressed_note", limit=kpis.voice.count(kpis.min_cell)) if hidden else ""
