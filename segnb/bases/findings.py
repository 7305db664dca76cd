"""Who takes part: the customers of a feature table, and those left out, with the reasons."""

from __future__ import annotations

from segnb.document.blocks import Cell, Column, Table
from segnb.segmentation import FeatureTable


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
