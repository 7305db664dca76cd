"""The evidence of bases by rule: how many customers have each level, and what is usual among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from segnb.document.blocks import Cell, Column, Table
from segnb.levels import level_label
from segnb.segmentation import Feature
from segnb.suppression import conceal
from segnb.words import Voice

Told = Callable[[pd.Index], str]
"""Says a figure of the customers with these ids."""


def level_table(
    held: pd.Series,
    feature: Feature,
    columns: Mapping[str, Told],
    *,
    subtitle: str,
    notes: Sequence[str] = (),
    voice: Voice,
    min_cell: int,
) -> Table:
    """Return one row for each level of a category: its customers, their share, and further figures.

    Parameters
    ----------
    held
        The level of each customer, by id.
    columns
        Further columns by their heading.
    notes
        Sentences below the table; one on levels that too few customers have is added where there are some.
    """
    said, say = feature.said(voice), voice.say
    counts = held.value_counts().reindex(list(feature.levels), fill_value=0)
    # Everyone's number is told, so that one level alone would be the rest of the others.
    unsaid = conceal({each: int(counts[each]) for each in feature.levels}, min_cell=min_cell, keep_total=True)
    shown = [level for level in feature.levels if counts[level] >= min_cell and level not in unsaid.groups]
    rows = []
    for level in shown:
        ids = held.index[held == level]
        share = voice.percent(len(ids) / len(held))
        cells = [Cell(text=voice.count(len(ids))), Cell(text=share)]
        cells += [Cell(text=told(ids)) for told in columns.values()]
        rows.append((Cell(text=level_label(feature, level, voice)), *cells))
    notes = [*notes, *([say("bases.levels.hidden", limit=voice.count(min_cell))] if unsaid.groups else [])]
    labels = [say("bases.levels.customers"), say("bases.levels.share"), *columns]
    title = ""
    if shown:
        most = max(shown, key=lambda level: counts[level])
        title = say(
            "bases.levels.title",
            len(held),
            level=level_label(feature, most, voice),
            share=voice.percent(counts[most] / len(held)),
        )
    return Table(
        columns=(
            Column(label=said.label, header=True),
            *(Column(label=each, align="right") for each in labels),
        ),
        rows=tuple(rows),
        title=title,
        subtitle=subtitle,
        note=" ".join(notes),
    )


def median_of(values: pd.Series, voice: Voice, digits: int = 0) -> Told:
    """Return what tells the median of a measure; a dash where none of the customers has one."""

    def told(ids: pd.Index) -> str:
        known = values.reindex(ids).dropna()
        return voice.number(float(np.median(known)), digits) if len(known) else "–"

    return told
