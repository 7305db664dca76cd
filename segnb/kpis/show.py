"""The tables of chapter 05: KPIs by segment, and sums that add up to everything that came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segnb.columns import UNASSIGNED
from segnb.document.blocks import Cell, Column, Swatch, Table
from segnb.kpis.comparison import compare
from segnb.kpis.limits import limit_text
from segnb.kpis.measured import ALL, NAMELESS, TOTAL, Definition, GroupTotals, Measured, Span
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis


NOTES = ("buyer_growth", "days_between_orders", "nps", "price_index", "campaign_return")
"""KPIs that need a sentence more than their label."""


def kpi_tables(kpis: Kpis) -> tuple[Table, ...]:
    """Return the table of KPIs, and that of those that have one row for each channel or the like."""
    plain = tuple(each for each in kpis.definitions if not each.leveled)
    leveled = tuple(each for each in kpis.definitions if each.leveled)
    tables = (
        _table(
            kpis,
            plain,
            "table" if _any_orders(kpis, "whole") else "bare",
            _differ(kpis, plain),
            _note(kpis, plain),
        ),
        _table(kpis, leveled, "levels", kpis.voice.say("kpis.levels.title"), _hidden(kpis, leveled)),
    )
    return tuple(each for each in tables if each.rows)


def _differ(kpis: Kpis, definitions: Sequence[Definition]) -> str:
    """Say in how many measures any two segments clearly differ."""
    above = compare(kpis).above
    telling = sum(bool(above.get(each.name)) for each in definitions)
    key = "title" if telling else "alike"
    return kpis.voice.say(f"kpis.table.{key}", len(definitions), telling=kpis.voice.count(telling))


def _table(kpis: Kpis, definitions: Sequence[Definition], key: str, title: str, note: str) -> Table:
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
            for each in definitions
        ),
        title=title,
        subtitle=say(f"kpis.{key}.subtitle", period=kpis.period),
        note=note,
        groups=_themes(definitions, kpis.voice),
    )


def _themes(definitions: Sequence[Definition], voice: Voice) -> dict[int, str]:
    """Return the headings of a table: one wherever the KPIs begin to tell of something else."""
    themes = [each.theme for each in definitions]
    starts = [place for place, theme in enumerate(themes) if place == 0 or theme != themes[place - 1]]
    return {place: voice.say(f"kpis.theme.{themes[place]}") for place in starts if len(starts) > 1}


def _value_cell(kpis: Kpis, definition: Definition, measured: Measured) -> Cell:
    voice = kpis.voice
    if measured.bound:
        return Cell(text=limit_text(voice, measured))
    if measured.value is None:
        why = voice.say("kpis.suppressed") if measured.kind == "hidden" else definition.empty
        return Cell(text="–", small=why)
    text = voice.value(measured.value, definition.unit)
    if measured.group == ALL:
        return Cell(text=text)
    if measured.interval is None:
        return Cell(text=text, small=voice.say("kpis.too_few"))
    return Cell(text=text, small=voice.interval(*measured.interval, definition.unit))


def _note(kpis: Kpis, definitions: Sequence[Definition]) -> str:
    say, families = kpis.voice.say, {each.family for each in kpis.definitions}
    ahead = [each.label for each in definitions if each.ahead]
    sentences = [say("kpis.ahead_note", labels=kpis.voice.ordered(ahead), period=kpis.ahead)] if ahead else []
    sentences += [say(f"kpis.note.{each}") for each in NOTES if each in families]
    sentences += [say(f"kpis.unused.{x.reason}", x.rows) for x in kpis.unused if x.reason != NAMELESS]
    return " ".join([*sentences, _hidden(kpis, definitions)]).strip()


def _hidden(kpis: Kpis, definitions: Sequence[Definition]) -> str:
    names = {each.name for each in definitions}
    kinds = {each.kind for each in kpis.measured if each.kpi in names}
    notes = {"kpis.limit_note": {"at least", "under"}, "kpis.suppressed_note": {"hidden"}}
    few = kpis.voice.count(kpis.min_cell)
    return " ".join(kpis.voice.say(key, limit=few) for key, told in notes.items() if kinds & told)


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
    if kpis.windows.measure is None:
        return ("whole",) if _any_orders(kpis, "whole") else ()
    outside: tuple[Span, ...] = ("outside",) if _any_orders(kpis, "outside") else ()
    return ("form", "measure", *outside, "whole")


def _any_orders(kpis: Kpis, span: Span) -> bool:
    return any(each.takes[span].orders for each in kpis.totals)


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
    say, shown = kpis.voice.say, _spans(kpis)
    sentences = [say("kpis.unused.customer", each.rows) for each in kpis.unused if each.reason == NAMELESS]
    counts = (
        count
        for each in kpis.totals
        for count in (each.customers, *(each.takes[span].orders for span in shown))
    )
    if any(count is None for count in counts):
        sentences.append(say("kpis.suppressed_note", limit=kpis.voice.count(kpis.min_cell)))
    return " ".join(sentences)
