"""What is on record of the customers beside the measures of the basis: numbers, amounts, days, yes and no."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from segnb.association import spearman
from segnb.bases.attributes import called
from segnb.columns import CUSTOMER
from segnb.errors import InputError
from segnb.plain.table import features_of
from segnb.segmentation import FeatureTable
from segnb.tables.opened import Tables

SAME = 0.98
"""Rank correlation (Spearman) from which a column says the same as a measure, and is not told twice."""


def recorded_measures(
    features: FeatureTable, tables: Tables | None, left_out: Collection[str]
) -> FeatureTable | None:
    """Return the attributes that are no words as measures of the same customers; None without any.

    What tells no customers apart takes no part, as by `segnb.plain.roles`; neither does what ``left_out``
    names or what says the same as a measure of the basis.
    """
    if tables is None or "customers" not in tables:
        return None
    schema = tables.customers.schema()
    skipped = {CUSTOMER, *left_out, *features.frame.columns}
    names = [name for name in schema if name not in skipped and not schema[name].is_string()]
    if not names:
        return None
    frame: pd.DataFrame = tables.customers.select(CUSTOMER, *names).to_pandas().set_index(CUSTOMER)
    frame.index = frame.index.astype("str")
    frame = frame.reindex(features.frame.index)
    try:
        found = features_of(frame, as_of=tables.as_of, basis=features.basis, voice=features.voice)
    except InputError:
        return None
    told = tuple(each for each in found.features if not _same(found.frame[each.name], features))
    if not told:
        return None
    columns = found.frame[[each.name for each in told]]
    return replace(features, frame=columns, features=tuple(called(each, features.voice) for each in told))


def _same(column: pd.Series, features: FeatureTable) -> bool:
    """Say whether a measure says what one of the basis says, or nothing at all."""
    told = (abs(spearman(features.frame[name], column)) >= SAME for name in features.frame)
    return column.nunique() < 2 or any(told)
