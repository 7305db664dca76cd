"""The role of each column of a plain table of customers: what can form segments, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.plain.column_role import Chosen, ColumnRole, as_category, counted_back, role_of
from segnb.plain.gaps import Gap, gaps, ties
from segnb.plain.kinds import Typed, read_column
from segnb.plain.leakage import leaks
from segnb.plain.tails import choose_scale
from segnb.segmentation import Feature, FeatureTable, Unit
from segnb.words import Voice


@dataclass(frozen=True)
class Roles(Shown):
    """The roles of all columns, in their order, and which values are missing together.

    ``outcomes`` are what segments shall explain: columns of the table, or others of the same customers.
    """

    columns: tuple[ColumnRole, ...]
    customers: int
    gaps: tuple[Gap, ...] = ()
    min_cell: int = 10
    outcomes: tuple[Feature, ...] = ()
    voice: Voice = field(default_factory=Voice)

    def __getitem__(self, name: str) -> ColumnRole:
        return next(each for each in self.columns if each.feature.name == name)

    @property
    def used(self) -> list[str]:
        """Names of the columns that can form segments."""
        return [each.feature.name for each in self.columns if each.used]

    @property
    def leaks(self) -> list[str]:
        """Names of the columns that nearly equal an outcome, and that nobody asked to keep."""
        return [each.feature.name for each in self.columns if each.why == "leak"]

    def blocks(self) -> tuple[Block, ...]:
        """Return the table of roles, and what is missing together."""
        from segnb.plain.show import gap_blocks, roles_table

        if not self.columns:
            return ()
        labels = {each.feature.name: each.feature.label for each in self.columns}
        missing = gap_blocks(
            self.gaps, self.customers, self.min_cell, self.voice, labels=labels, formed=False
        )
        return (roles_table(self), *missing)


def roles(
    frame: pd.DataFrame,
    *,
    as_of: date | None = None,
    outcomes: Sequence[str] | FeatureTable = (),
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
        What segments shall explain: columns of the table, or a table of the same customers' outcomes. A
        column that nearly equals one is called a leak.
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
    elsewhere = outcomes if isinstance(outcomes, FeatureTable) else None
    named = () if isinstance(outcomes, FeatureTable) else tuple(outcomes)
    chosen = Chosen(as_of, named, near_constant, max_missing, tuple(keep), tuple(drop))
    voice = voice or Voice()
    return judge(typed_columns(frame, chosen, levels or {}), chosen, voice, min_cell, elsewhere)


def typed_columns(
    frame: pd.DataFrame, chosen: Chosen, levels: Mapping[str, Sequence[str]]
) -> dict[str, Typed]:
    """Return what each column holds; names that are unknown or stand twice are refused, as by `roles`."""
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


def judge(
    typed: Mapping[str, Typed],
    chosen: Chosen,
    voice: Voice,
    min_cell: int = 0,
    elsewhere: FeatureTable | None = None,
) -> Roles:
    """Return the roles of typed columns; outcomes are columns among them, or stand ``elsewhere``."""
    index = next(iter(typed.values())).values.index
    values = pd.DataFrame(
        {name: each.values.to_numpy(np.float64) for name, each in typed.items()}, index=index
    )
    features = {name: _feature(name, each, voice) for name, each in typed.items()}
    judged = {
        name: each
        for name, each in features.items()
        if name not in chosen.outcomes and typed[name].kind not in ("empty", "text")
    }
    if elsewhere is None:
        outcomes = {name: features[name] for name in chosen.outcomes}
        leaking = leaks(values, judged, values[list(outcomes)], outcomes)
    else:
        outcomes = {each.name: each for each in elsewhere.features}
        leaking = leaks(values, judged, elsewhere.frame.reindex(index), outcomes)
    same = ties(values)
    columns = tuple(
        role_of(each, features[name], chosen, same[name], leaking.get(name)) for name, each in typed.items()
    )
    used = [each.feature.name for each in columns if each.used]
    return Roles(columns, len(values), gaps(values[used]), min_cell, tuple(outcomes.values()), voice)


def _feature(name: str, typed: Typed, voice: Voice) -> Feature:
    label = voice.column(name)
    if typed.kind in ("yes_no", "unordered", "text"):
        return Feature(name, label, "number", "nominal", levels=typed.levels)
    if typed.kind == "ordered":
        return Feature(name, label, "number", "ordinal", levels=typed.levels)
    scale = "linear" if typed.kind == "empty" else choose_scale(typed.values, name)
    unit: Unit = "days" if typed.kind == "date" else "money" if typed.money else "number"
    return Feature(name, label, unit, scale)
