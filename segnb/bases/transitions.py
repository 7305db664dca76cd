"""Moves between stages: where the customers of each earlier stage are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.document.blocks import Cell, Column, Table
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
    hidden = concealed(numbers, min_cell)
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
            title=_title(before, after, voice, min_cell),
            subtitle=voice.say("bases.lifecycle.moves", day=voice.day(end)),
            note=note,
        ),
    )


def concealed(counts: NDArray[np.int_], min_cell: int) -> NDArray[np.bool_]:
    """Return which counts of a two-way table to hide, so that none below ``min_cell`` can be worked out.

    Where the hidden counts of a row or a column are a single one, or add up to fewer than ``min_cell``, its
    total would give them away: the smallest of those shown is hidden, too, until neither holds
    (complementary suppression; Hundepool et al., *Statistical Disclosure Control*, 2012, chapter 4).
    """
    hidden = (counts > 0) & (counts < min_cell)
    while True:
        before = hidden.copy()
        for one, of in ((hidden, counts), (hidden.T, counts.T)):
            for covered, line in zip(one, of, strict=True):
                shown = np.flatnonzero(~covered & (line > 0))
                if covered.any() and len(shown) and (covered.sum() < 2 or line[covered].sum() < min_cell):
                    # One that helps the line across, too, costs no further count.
                    helps = np.asarray(one.any(axis=0))[shown]
                    covered[min(zip(~helps, line[shown], shown, strict=True))[2]] = True
        if (hidden == before).all():
            return hidden


def _title(before: pd.Series, after: pd.Series, voice: Voice, min_cell: int) -> str:
    """Return what became of the largest earlier stage."""
    sizes = before[before != NEW].value_counts()
    stage = str(min(sizes.index[sizes == sizes.max()], default=""))
    stayed = int((after[before == stage] == stage).sum())
    if stayed < min_cell or sizes.max() - stayed < min_cell:
        return voice.say("bases.lifecycle.moves_plain")
    return voice.say(
        "bases.lifecycle.stayed",
        share=voice.percent(stayed / sizes.max()),
        stage=voice.inside(voice.category("stage", stage)),
    )
