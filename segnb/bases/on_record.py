"""Columns on record, whatever they are called: the part of a combination that needs no basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.bases.attributes import attributes, called
from segnb.bases.demographic import FEATURES as DEMOGRAPHY
from segnb.coding import as_word
from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.plain.column_role import counted_back
from segnb.plain.kinds import read_column
from segnb.plain.table import features_of
from segnb.segmentation import Feature, FeatureTable
from segnb.tables.opened import Tables
from segnb.words import Voice

COLUMNS = "columns"


def columns_of_customers(
    tables: Tables, basis: str, leave_out: Sequence[str], order: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return the attributes of the customers but those left out, one row each, by id and sorted.

    Raises
    ------
    InputError
        No attribute is declared.
    ParameterError
        ``leave_out`` or ``order`` names no attribute.
    """
    rows = attributes(tables, basis)
    names = list(map(str, rows.columns))
    refuse(
        ParameterError,
        [
            Fault(f"there is no attribute {name!r}", f"basis_options.{option}", remedy=nearest(name, names))
            for option, given in (("leave_out", leave_out), ("order", order))
            for name in given
            if name not in names
        ],
    )
    return rows.drop(columns=list(leave_out))


def on_record(
    frame: pd.DataFrame,
    tables: Tables,
    order: Mapping[str, Sequence[str]],
    learned: Mapping[str, JsonValue] | None,
    voice: Voice,
) -> FeatureTable:
    """Return the columns that tell customers apart as measures; a day counts as the days to ``as_of``.

    Parameters
    ----------
    frame
        Attributes of the customers, one row each, by id.
    order
        The order of words by column, lowest first.
    learned
        The `FeatureTable.model` of the customers who formed the segments: the same columns are read in the
        same way, whether or not they tell these customers apart. None judges them.

    Raises
    ------
    InputError
        No column tells customers apart.
    """
    if learned is not None:
        return _again(frame, tables, learned, voice)
    given = {name: levels for name, levels in order.items() if name in frame}
    read = features_of(frame, as_of=tables.as_of, levels=given, basis=COLUMNS, voice=voice)
    told = tuple(_worded(called(each, voice)) for each in read.features)
    return replace(read, features=told, model={each.name: _kept(each) for each in told})


def _kept(feature: Feature) -> dict[str, JsonValue]:
    """Return what a column was read as; a category's words are those that it holds when it is read again."""
    return {"label": feature.label, "unit": feature.unit, "scale": feature.scale, "levels": [*feature.levels]}


def _again(frame: pd.DataFrame, tables: Tables, learned: Mapping[str, Any], voice: Voice) -> FeatureTable:
    values, told = dict[str, pd.Series](), list[Feature]()
    for name, kept in learned.items():
        levels = tuple(kept["levels"])
        if levels:
            words = frame[name].map(as_word, na_action="ignore")
            levels += tuple(sorted({*words.dropna()} - {*levels}))
            places = {word: float(place) for place, word in enumerate(levels)}
            values[name] = words.map(places).astype(np.float64)
        else:
            values[name] = counted_back(read_column(frame[name]), tables.as_of).values
        told.append(Feature(name, kept["label"], kept["unit"], kept["scale"], levels=levels))
    rows = pd.DataFrame(values, index=frame.index)
    return FeatureTable(rows, tuple(told), COLUMNS, None, voice=voice, model=dict(learned))


def _worded(feature: Feature) -> Feature:
    """Return a measure that demography knows with the words that names take from it."""
    known = next((each for each in DEMOGRAPHY if each.name == feature.name and not feature.levels), None)
    return feature if known is None else replace(feature, high=known.high, low=known.low)
