"""The further tables of the selection: themes and tails."""

from __future__ import annotations

from segnb.document.blocks import Cell, Column, Table
from segnb.selection.findings import subtitle
from segnb.selection.results import Selection
from segnb.transform import LIMIT
from segnb.words import Voice


def themes_table(selection: Selection) -> Table | None:
    """Return what the measures are about, and how much of the distance each theme carries."""
    voice, found = selection.voice, selection.themes
    if len(found) < 2:
        return None
    carried = {names: sum(selection[name].share for name in names if selection[name].kept) for names in found}
    number = voice.number_word(len(found))
    return Table(
        columns=(
            Column(label=voice.say("selection.themes.kept"), header=True),
            Column(label=voice.say("selection.table.share"), align="right"),
        ),
        rows=tuple(
            _theme_row(selection, names, carried[names])
            for names in sorted(found, key=lambda names: -carried[names])
        ),
        title=voice.say(
            "selection.themes.title",
            number=number[:1].upper() + number[1:],
            share=voice.percent(max(carried.values())),
        ),
        subtitle=subtitle(selection, "selection.themes.subtitle"),
        note=voice.say("selection.themes.note"),
    )


def _theme_row(selection: Selection, names: tuple[str, ...], share: float) -> tuple[Cell, ...]:
    voice = selection.voice
    # Labels may hold commas.
    kept, dropped = (
        "; ".join(selection[name].feature.label for name in names if selection[name].kept is stays)
        for stays in (True, False)
    )
    small = voice.say("selection.themes.dropped", measures=dropped) if dropped else ""
    return (Cell(text=kept or "–", small=small), Cell(text=voice.percent(share) if kept else "–"))


def tails_table(selection: Selection) -> Table | None:
    """Return each number's scale, and its skewness and far values before and after."""
    voice, found = selection.voice, selection.tails
    if not found:
        return None
    return Table(
        columns=(
            Column(label=voice.say("selection.table.measure"), header=True),
            *(Column(label=voice.say(f"selection.tails.{each}"), align="right") for each in ("skew", "far")),
        ),
        rows=tuple(
            (
                Cell(text=each.feature.label, small=voice.say(f"selection.tails.{each.feature.scale}")),
                Cell(
                    text=_change(voice, voice.number(each.skew_before, 1), voice.number(each.skew_after, 1))
                ),
                Cell(
                    text=_change(voice, voice.percent(each.far_before, 1), voice.percent(each.far_after, 1))
                ),
            )
            for each in found
        ),
        title=voice.say(
            "selection.tails.table_title",
            sum(each.feature.scale == "log" for each in found),
            of=voice.count(len(found)),
        ),
        subtitle=subtitle(selection, "selection.tails.table_subtitle"),
        note=voice.say("selection.tails.note", limit=voice.number_word(round(LIMIT))),
    )


def _change(voice: Voice, before: str, after: str) -> str:
    return before if before == after else voice.say("selection.tails.change", before=before, after=after)
