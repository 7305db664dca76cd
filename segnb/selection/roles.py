"""The role of each column of a plain table of customers: what can form segments, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.segmentation import Feature, FeatureTable
from segnb.selection.column_role import Chosen, ColumnRole, as_category, counted_back, role_of
from segnb.selection.kinds import Typed, read_column
from segnb.selection.leakage import leaks
from segnb.selection.measures import ties
from segnb.selection.missing import Gap, gaps
from segnb.selection.tails import choose_scale
from segnb.words import Voice


@dataclass(frozen=True)
class Roles(Shown):
    """The roles of all columns, in their order, and which values are missing together."""

    columns: tuple[ColumnRole, ...]
    customers: int
    gaps: tuple[Gap, ...] = ()
    min_cell: int = 10
    voice: Voice = field(default_factory=Voice)

    def __getitem__(self, name: str) -> ColumnRole:
        return next(each for each in self.columns if each.feature.name == name)

    @property
    def used(self) -> list[str]:
        """Names of the columns that can form segments."""
        return [each.feature.name for each in self.columns if each.used]

    def blocks(self) -> tuple[Block, ...]:
        """Return the table of roles, and what is missing together."""
        from segnb.selection.tables import gap_blocks, roles_table

        labels = {each.feature.name: each.feature.label for each in self.columns}
        missing = gap_blocks(
            self.gaps, self.customers, self.min_cell, self.voice, labels=labels, formed=False
        )
        return (roles_table(self), *missing)


def roles(
    frame: pd.DataFrame,
    *,
    as_of: date | None = None,
    outcomes: Sequence[str] = (),
    levels: Mapping[str, Sequence[str]] | None = None,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    min_cell: int = 10,
    voice: Voice | None = None,
) -> Roles:
    """Return the kind and the role of each column of a table with one row for each customer.

    Parameters
    ----------
    as_of
        The last day that counts: dates become days before it, and a column with a later one is out.
    outcomes
        Columns that segments shall explain; what nearly equals one is called a leak.
    levels
        The order of a category's values, lowest first, by column.
    near_constant, max_missing
        Shares of the customers: with the same value, and without a value, that make a column useless.
    keep, drop
        Columns that stay, or leave, whatever is found.
    min_cell
        Fewest customers that a share of missing values may tell of.

    Raises
    ------
    ParameterError
        A name is unknown, stands in both ``keep`` and ``drop``, or is to be kept and holds no measure.
    InputError
        The table has no row, two columns of one name, or infinite numbers.
    """
    chosen = Chosen(as_of, tuple(outcomes), near_constant, max_missing, tuple(keep), tuple(drop))
    return _judge(_typed(frame, chosen, levels or {}), chosen, min_cell, voice or Voice())


def features_of(
    frame: pd.DataFrame,
    *,
    as_of: date | None = None,
    outcomes: Sequence[str] = (),
    levels: Mapping[str, Sequence[str]] | None = None,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    basis: str = "columns",
    voice: Voice | None = None,
) -> FeatureTable:
    """Return the columns that can form segments as a feature table; `roles` says what became of each.

    The customers' ids are the frame's index as text. The measures stand in an order that is not the
    table's: those with fewest missing values first, then those with most different ones, then by
    name. So of two that say the same the fuller and finer one is kept, in whatever order they came.

    Parameters
    ----------
    frame
        One row for each customer; the other parameters are those of `roles`.

    Raises
    ------
    ParameterError
        As `roles`.
    InputError
        As `roles`; or ids come twice, or no column can form segments.
    """
    chosen = Chosen(as_of, tuple(outcomes), near_constant, max_missing, tuple(keep), tuple(drop))
    typed = _typed(frame, chosen, levels or {})
    found = _judge(typed, chosen, 0, voice or Voice())
    used = sorted(
        (each for each in found.columns if each.used),
        key=lambda each: (each.missing, -each.distinct, each.feature.name),
    )
    if not used:
        raise InputError(
            "No column can form segments: "
            + "; ".join(f"{each.feature.name} ({each.why.replace('_', ' ')})" for each in found.columns)
            + ". Bring more columns, or name one under keep"
        )
    index = pd.Index([str(each) for each in frame.index], dtype="str", name="customer_id")
    if index.has_duplicates:
        twice = int(index.duplicated().sum())
        raise InputError(f"The table's index names {twice:,} customers again: one row for each customer")
    values = {each.feature.name: typed[each.feature.name].values.to_numpy(np.float64) for each in used}
    table = pd.DataFrame(values, index=index).sort_index()
    return FeatureTable(table, tuple(each.feature for each in used), basis, None, voice=found.voice)


def _typed(frame: pd.DataFrame, chosen: Chosen, levels: Mapping[str, Sequence[str]]) -> dict[str, Typed]:
    names = [str(name) for name in frame.columns]
    if not len(frame) or not names:
        raise InputError("The table has no row or no column: bring one row for each customer")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"Two columns bear the name {twice[0]!r}: rename one of them")
    asked = {"keep": chosen.keep, "drop": chosen.drop, "outcomes": chosen.outcomes, "levels": tuple(levels)}
    faults = [
        Fault(f"there is no column {name!r}", knob, remedy=nearest(name, names))
        for knob, given in asked.items()
        for name in given
        if name not in names
    ]
    faults += [
        Fault(f"{name!r} stands under keep and under drop", "keep, drop")
        for name in sorted(set(chosen.keep) & set(chosen.drop))
    ]
    refuse(ParameterError, faults)
    columns = (frame.iloc[:, place].rename(name) for place, name in enumerate(names))
    return {
        name: counted_back(as_category(read_column(column, levels.get(name)), name), chosen.as_of)
        for name, column in zip(names, columns, strict=True)
    }


def _judge(typed: dict[str, Typed], chosen: Chosen, min_cell: int, voice: Voice) -> Roles:
    customers = len(next(iter(typed.values())).values)
    values = pd.DataFrame({name: each.values.to_numpy(np.float64) for name, each in typed.items()})
    features = {name: _feature(name, each, voice) for name, each in typed.items()}
    judged = {
        name: each
        for name, each in features.items()
        if name not in chosen.outcomes and typed[name].kind not in ("empty", "text")
    }
    outcomes = {name: features[name] for name in chosen.outcomes}
    leaking = leaks(values, judged, values[list(outcomes)], outcomes)
    same = ties(values)
    columns = tuple(
        role_of(each, features[name], chosen, same[name], leaking.get(name)) for name, each in typed.items()
    )
    used = [each.feature.name for each in columns if each.used]
    return Roles(columns, customers, gaps(values[used]), min_cell, voice)


def _feature(name: str, typed: Typed, voice: Voice) -> Feature:
    label = voice.column(name)
    if typed.kind in ("yes_no", "unordered", "text"):
        return Feature(name, label, "number", "nominal", levels=typed.levels)
    if typed.kind == "ordered":
        return Feature(name, label, "number", "ordinal", levels=typed.levels)
    scale = "linear" if typed.kind == "empty" else choose_scale(typed.values, name)
    return Feature(name, label, "days" if typed.kind == "date" else "number", scale)
