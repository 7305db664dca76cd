"""Profile: all that the table holds of each customer, where no basis knows its columns by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from segnb.bases.attributes import attributes, called
from segnb.bases.definition import Context, Measures, basis
from segnb.bases.demographic import FEATURES as DEMOGRAPHY
from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.plain.table import features_of
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables

FEATURES: tuple[Feature, ...] = ()
"""Every table has its own."""


@basis(
    "profile",
    needs=("customers",),
    method=None,
    label="Profile",
    about="Customers are grouped by all that the table holds of each: numbers, yes and no, and groups "
    "together. Columns that tell no customers apart, as an id or a single value, take no part.",
    traps=(
        "Everything that is on file counts alike, whether it matters to the business or not: leave out what "
        "does not.",
        "An outcome among the columns, as whether a customer left, forms segments that foretell nothing: "
        "leave it out, and compare it afterwards.",
    ),
)
def profile(
    tables: Tables,
    window: Window | None,
    context: Context,
    *,
    columns: list[str] | None = None,
    leave_out: list[str] | None = None,
    order: dict[str, list[str]] | None = None,
) -> Measures:
    """Profile: all columns of the customers that tell them apart, whatever they are called.

    ``columns`` names those that form the segments, all where it is left out; ``leave_out`` those that do
    not; ``order`` gives the order of words by column, lowest first. A day counts as the days from it to
    ``as_of``.

    Raises
    ------
    InputError
        No column tells customers apart.
    ParameterError
        An option names no attribute.
    """
    frame = attributes(tables, "profile")
    given = {"columns": columns or [], "leave_out": leave_out or [], "order": list(order or {})}
    _check_names(given, list(map(str, frame.columns)))
    frame = frame[columns] if columns else frame.drop(columns=leave_out or [])
    read = features_of(frame, as_of=tables.as_of, levels=order, basis="profile", voice=context.voice)
    words = {
        each.name: read.frame[each.name].map(dict(enumerate(each.levels)))
        if each.levels
        else read.frame[each.name]
        for each in read.features
    }
    told = tuple(_worded(called(each, context.voice)) for each in read.features)
    return Measures(pd.DataFrame(words, index=read.frame.index), told)


def _worded(feature: Feature) -> Feature:
    """Return a measure that demography knows with the words that names take from it."""
    known = next((each for each in DEMOGRAPHY if each.name == feature.name and not feature.levels), None)
    return feature if known is None else replace(feature, high=known.high, low=known.low)


def _check_names(given: Mapping[str, Sequence[str]], names: Sequence[str]) -> None:
    refuse(
        ParameterError,
        [
            Fault(f"there is no attribute {name!r}", f"basis_options.{option}", remedy=nearest(name, names))
            for option, asked in given.items()
            for name in asked
            if name not in names
        ],
    )
