"""What the selection says to a reader: its headline and the table of decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from segnb.association import has_order
from segnb.document.blocks import Cell, Column, Headline, Paragraph, Table, spans
from segnb.selection.results import Decision, Selection
from segnb.transform import LIMIT

GROUP = 0.1
"""Share of the customers beyond the limit from which these are no tail but a group: a rule of thumb."""
ROWS_EACH = 70
"""Customers asked for each variable (Dolnicar, Grün, Leisch & Schmidt 2014), a rule of thumb."""


def headline(selection: Selection, read: Sequence[str] = ()) -> Headline:
    """Say how many measures carry the segments, and below it what they are about and what is doubtful.

    Parameters
    ----------
    read
        The measures that a rule reads, where a rule forms the segments: all others only describe them.
    """
    if 0 < len(read) < len(selection.decisions):
        return _ruled(selection, read)
    return Headline(text=_text(selection), lede=spans(" ".join(_lede(selection))))


def _ruled(selection: Selection, read: Sequence[str]) -> Headline:
    voice = selection.voice
    labels = [voice.inside(each.feature.label) for each in selection.decisions if each.feature.name in read]
    others = len(selection.decisions) - len(labels)
    lost = sum(each.customers for each in selection.gaps if set(each.columns) & set(read))
    told = [voice.say("selection.lede.others", others, number=voice.number_word(others))]
    if lost >= selection.min_cell:
        told.append(voice.say("selection.lede.missing", lost))
    text = voice.say("selection.headline.ruled", names=voice.ordered(labels))
    return Headline(text=text, lede=spans(" ".join(told)))


def _text(selection: Selection) -> str:
    voice = selection.voice
    kept, offered = len(selection.kept), len(selection.decisions)
    if any(each.reason == "identical" for each in selection.decisions):
        return voice.say("selection.headline.identical")
    if kept == offered:
        return voice.say("selection.headline.all", kept, number=voice.number_word(kept))
    number = voice.number_word(kept)
    return voice.say(
        "selection.headline.some",
        kept,
        kept=number[:1].upper() + number[1:],
        offered=voice.number_word(offered),
        dropped=voice.say("selection.dropped", offered - kept, number=voice.number_word(offered - kept)),
    )


def _lede(selection: Selection) -> Iterator[str]:
    voice = selection.voice
    lost = sum(each.customers for each in selection.gaps)
    if lost >= selection.min_cell:
        yield voice.say("selection.lede.missing", lost)
    overruled = sum(each.reason == "asked" for each in selection.decisions)
    if overruled:
        number = voice.number_word(overruled)
        yield voice.say("selection.lede.asked", overruled, number=number[:1].upper() + number[1:])
    for each in selection.decisions:
        share = each.drawn_in / selection.customers
        if each.kept and share >= GROUP:
            label = voice.inside(each.feature.label)
            yield voice.say("selection.lede.group", share=voice.percent(share), measure=label)
    if selection.customers < ROWS_EACH * len(selection.kept):
        yield "".join(span.text for span in enough(selection).content)


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
    outcomes = {each.name: each.label for each in selection.outcomes}
    key: str = decision.reason
    if key == "kept" and not decision.partner:
        key = "kept_alone"
    if decision.rule:
        replaced = decision.rule == "redundant" and not selection[decision.partner].kept
        key += "_instead" if replaced else f"_{decision.rule}"
    return voice.say(
        f"selection.reason.{key}",
        partner=voice.inside(selection[decision.partner].feature.label) if decision.partner else "",
        strength=strength(selection, decision),
        same=voice.percent(decision.same),
        missing=voice.percent(decision.missing),
        outcome=voice.inside(outcomes.get(decision.outcome, "")),
        leak=voice.number(decision.leak or 0.0, 2),
        share=voice.percent(decision.share),
        scaled=voice.percent(decision.share_scaled),
    )


def strength(selection: Selection, decision: Decision) -> str:
    """Say how closely a measure goes with its partner: a correlation has a sign, an association none."""
    if not decision.partner:
        return ""
    both = (decision.feature, selection[decision.partner].feature)
    kind = "correlation" if all(has_order(each) for each in both) else "association"
    value = selection.voice.number(decision.correlation or 0.0, 2)
    return selection.voice.say(f"selection.strength.{kind}", value=value)


def enough(selection: Selection) -> Paragraph:
    """Say how many customers a rule of thumb asks for, and whether as many take part."""
    voice, kept = selection.voice, len(selection.kept)
    asked = ROWS_EACH * kept
    return Paragraph(
        content=spans(
            voice.say(
                f"selection.rows.{'enough' if selection.customers >= asked else 'few'}",
                kept,
                each=voice.count(ROWS_EACH),
                asked=voice.count(asked),
                number=voice.number_word(kept),
                customers=voice.say("selection.customers", selection.customers),
            )
        ),
        role="note",
    )
