"""Moves between stages: where the customers of each earlier stage are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from segnb.document.blocks import Cell, Column, Table
from segnb.suppression import Mask, conceal_table
from segnb.words import Voice

NEW = ""
"""The earlier stage of who had not bought by then."""


def moves_table(
    before: pd.Series | None,
    after: pd.Series,
    stages: Sequence[str],
    voice: Voice,
    min_cell: int,
    start: date,
    end: date,
) -> tuple[Table, ...]:
    """Return where the customers of each earlier stage are now; nothing where there is no earlier stage.

    Counts of fewer than ``min_cell`` customers, and what they could be worked out from, are hidden.
    """
    if before is None:
        return ()
    order = [NEW, *stages[1:]]
    counted = pd.crosstab(before, after).reindex(index=order, columns=list(stages), fill_value=0)
    counted = counted.loc[counted.sum(axis=1) > 0, counted.sum(axis=0) > 0]
    numbers = counted.to_numpy()
    hidden = conceal_table(numbers, min_cell)
    rows = []
    for stage, row, covered in zip(counted.index, numbers, hidden, strict=True):
        total = int(row.sum())
        if total < min_cell:
            continue
        called = voice.category("stage", stage) if stage else voice.say("bases.lifecycle.none_yet")
        cells = [
            Cell(text="–" if hide else voice.percent(number / total))
            for number, hide in zip(row.tolist(), covered.tolist(), strict=True)
        ]
        rows.append((Cell(text=called, small=voice.count(total)), *cells))
    columns = (Column(label=voice.category("stage", stage), align="right") for stage in counted.columns)
    note = voice.say("bases.levels.hidden", limit=voice.count(min_cell)) if hidden.any() else ""
    return (
        Table(
            columns=(
                Column(label=voice.say("bases.lifecycle.from", day=voice.day(start)), header=True),
                *columns,
            ),
            rows=tuple(rows),
            title=_title(counted, hidden, voice, min_cell),
            subtitle=voice.say("bases.lifecycle.moves", day=voice.day(end)),
            note=note,
        ),
    )


def _title(counted: pd.DataFrame, hidden: Mask, voice: Voice, min_cell: int) -> str:
    """Return what became of the largest earlier stage, where the table shows it and it tells of enough."""
    sizes = counted.drop(index=NEW, errors="ignore").sum(axis=1)
    stage = str(min(sizes.index[sizes == sizes.max()], default=""))
    at = np.ix_(counted.index == stage, counted.columns == stage)
    stayed = int(counted.to_numpy()[at].sum())
    if hidden[at].any() or stayed < min_cell or sizes.max() - stayed < min_cell:
        return voice.say("bases.lifecycle.moves_plain")
    return voice.say(
        "bases.lifecycle.stayed",
        share=voice.percent(stayed / sizes.max()),
        stage=voice.inside(voice.category("stage", stage)),
    )
