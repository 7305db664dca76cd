"""What readers are told of a basis, and who takes part: the customers, and those left out, with reasons."""

from __future__ import annotations

from segnb.bases.definition import BASES
from segnb.document.blocks import Block, Bullets, Cell, Column, Paragraph, Shown, Span, Table, show, spans
from segnb.segmentation import FeatureTable


def explained(features: FeatureTable) -> Shown:
    """Return what the basis is, what to beware of, and what it has to show of its own."""
    basis, voice = BASES[features.basis], features.voice
    name = Span(text=voice.say("bases.called", name=basis.called(voice)), strong=True)
    told: list[Block] = [Paragraph(content=spans(name, " ", basis.told(voice)))]
    if traps := basis.warned(voice):
        told.append(Paragraph(content=spans(voice.say("bases.traps"))))
        told.append(Bullets(items=tuple(spans(trap) for trap in traps)))
    return show(*told, *features.evidence)


def left_out(features: FeatureTable, *, min_cell: int) -> Table:
    """Return the counts that lead from all customers to those who take part.

    Reasons that touch fewer than ``min_cell`` customers are told as one.
    """
    voice = features.voice
    taking_part = len(features.frame)
    excluded = dict(features.excluded)
    missing = sum(excluded.values())
    if any(count < min_cell for count in excluded.values()):
        first, *more = excluded
        excluded = {voice.ordered([first, *map(voice.inside, more)]): missing}
    rows = [(voice.say("bases.left_out.all"), voice.count(taking_part + missing))]
    rows += [(reason, voice.count(-count)) for reason, count in excluded.items()]
    rows.append((voice.say("bases.left_out.part"), voice.count(taking_part)))
    columns = (
        Column(label=voice.say("bases.left_out.step"), header=True),
        Column(label=voice.say("bases.left_out.customers"), align="right"),
    )
    title = voice.say("bases.left_out.title" if missing else "bases.left_out.none", missing)
    window = features.window
    return Table(
        columns=columns,
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        title=title,
        subtitle=voice.period(window.start, window.end) if window else "",
    )
