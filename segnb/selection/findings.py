"""What the selection says to a reader: its headline and the table of decisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from segnb.document.blocks import Cell, Column, Headline, Table
from segnb.selection.select import Decision, Selection
from segnb.transform import LIMIT


def headline(selection: Selection) -> Headline:
    """Say how many measures carry the segments and how many were dropped."""
    voice = selection.voice
    kept, offered = len(selection.kept), len(selection.decisions)
    if any(each.reason == "identical" for each in selection.decisions):
        return Headline(text=voice.say("selection.headline.identical"))
    if kept == offered:
        return Headline(text=voice.say("selection.headline.all", kept, number=voice.number_word(kept)))
    number = voice.number_word(kept)
    return Headline(
        text=voice.say(
            "selection.headline.some",
            kept,
            kept=number[:1].upper() + number[1:],
            offered=voice.number_word(offered),
            dropped=voice.say("selection.dropped", offered - kept, number=voice.number_word(offered - kept)),
        )
    )


def decisions(selection: Selection) -> Table:
    """Return the table of all measures: used or dropped, why, and how much of the distance each carries."""
    voice = selection.voice
    used = [each for each in selection.decisions if each.kept]
    dropped = [each for each in selection.decisions if not each.kept]
    columns = (
        Column(label=voice.say("selection.table.measure"), header=True),
        Column(label=voice.say("selection.table.share"), align="right"),
        Column(label=voice.say("selection.table.why")),
    )
    groups = {0: voice.say("selection.table.used")}
    if dropped:
        groups[len(used)] = voice.say("selection.table.dropped")
    return Table(
        columns=columns,
        rows=tuple(_row(selection, each) for each in (*used, *dropped)),
        title=_title(selection, used),
        subtitle=subtitle(selection, "selection.table.subtitle"),
        note=voice.say("selection.table.note", limit=voice.number_word(round(LIMIT))),
        groups=groups,
    )


def subtitle(selection: Selection, key: str, **values: Any) -> str:
    """Return a subtitle that ends with how many customers it speaks of, and when."""
    voice = selection.voice
    basis = voice.say("selection.customers", selection.customers)
    if selection.window is not None:
        basis += f", {voice.period(selection.window.start, selection.window.end)}"
    return voice.say(key, basis=basis, **values)


def largest(decisions: Iterable[Decision]) -> Decision:
    """Return the kept measure that carries most of the distance."""
    return max((each for each in decisions if each.kept), key=lambda each: each.share)


def _title(selection: Selection, used: list[Decision]) -> str:
    voice = selection.voice
    if len(used) == 1:
        return voice.say("selection.table.title_one", measure=used[0].feature.label)
    return voice.say("selection.table.title", share=voice.percent(largest(used).share))


def _row(selection: Selection, decision: Decision) -> tuple[Cell, ...]:
    voice = selection.voice
    shown = voice.percent(decision.share) if decision.kept else "–"
    return (Cell(text=decision.feature.label), Cell(text=shown), Cell(text=reason(selection, decision)))


def reason(selection: Selection, decision: Decision) -> str:
    """Say in one sentence why a measure stays or goes."""
    voice = selection.voice
    key: str = decision.reason
    follows = abs(decision.correlation or 0.0) > selection.max_correlation
    if key == "kept" and not decision.partner:
        key = "kept_alone"
    if key in ("asked", "required"):
        key += "_redundant" if follows else "_dominates"
    return voice.say(
        f"selection.reason.{key}",
        partner=voice.inside(selection[decision.partner].feature.label) if decision.partner else "",
        correlation=voice.number(decision.correlation or 0.0, 2),
        same=voice.percent(decision.same),
        share=voice.percent(decision.share),
        scaled=voice.percent(decision.share_scaled),
    )
