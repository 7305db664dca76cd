"""The role of each column of a plain table of customers: what can form segments, and why the rest cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.segmentation import Feature, FeatureTable
from segnb.selection.kinds import MANY_CATEGORIES, Kind, Typed, read_column
from segnb.selection.leakage import leaks
from segnb.selection.measures import ties
from segnb.selection.missing import Gap, gaps
from segnb.selection.tails import choose_scale
from segnb.words import Voice

Why = Literal[
    "used",
    "asked",
    "dropped",
    "outcome",
    "empty",
    "number_text",
    "id",
    "free_text",
    "leak",
    "late",
    "undated",
    "many_categories",
    "constant",
    "near_constant",
    "missing",
]
FIRM: tuple[Why, ...] = ("outcome", "empty", "number_text", "id", "free_text", "undated", "constant")
"""Roles that cannot be overruled: there is no number in the column that tells customers apart."""
DISTINCT = 0.95
"""Share of different values from which a text names each customer."""
REPEATS = 5.0
"""Repeats that chance would bring; whole numbers without a single one were handed out, not measured."""
FEW = 10
"""Customers below which nothing follows from all texts being different."""
WORDS = 4
"""Words from which a text that seldom comes back is written freely."""

_NAMED_AS_CODE = re.compile(
    r"(?:^|_)(?:id|ids|key|uuid|guid|code|zip|zipcode|postcode|postal_code|plz)$|[a-z]ID$|[a-z]Id$"
    r"|(?:customer|account|card|phone|invoice)_?(?:no|nr|number)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ColumnRole:
    """What one column holds, whether it can form segments, and what decided.

    ``missing`` is the share of the customers without a value, ``same`` the share that holds the most
    frequent one, ``distinct`` the number of different values, ``late`` the share of dates after
    ``as_of``; ``partner`` and ``strength`` name the outcome that it nearly equals. Where ``why`` is
    *asked*, ``rule`` is the role that was overruled.
    """

    feature: Feature
    kind: Kind
    used: bool
    why: Why
    missing: float
    distinct: int
    same: float
    late: float = 0.0
    partner: str = ""
    strength: float | None = None
    rule: str = ""


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
    chosen = _Chosen(as_of, tuple(outcomes), near_constant, max_missing, tuple(keep), tuple(drop))
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
    chosen = _Chosen(as_of, tuple(outcomes), near_constant, max_missing, tuple(keep), tuple(drop))
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


@dataclass(frozen=True)
class _Chosen:
    """What the analyst chose."""

    as_of: date | None
    outcomes: tuple[str, ...]
    near_constant: float
    max_missing: float
    keep: tuple[str, ...]
    drop: tuple[str, ...]


def _typed(frame: pd.DataFrame, chosen: _Chosen, levels: Mapping[str, Sequence[str]]) -> dict[str, Typed]:
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
        name: _counted_back(_as_category(read_column(column, levels.get(name)), name), chosen.as_of)
        for name, column in zip(names, columns, strict=True)
    }


def _as_category(typed: Typed, name: str) -> Typed:
    """Take a few whole numbers by the name of a code for what they are: names of groups."""
    distinct = np.unique(typed.values.dropna()).tolist()
    if typed.kind != "number" or not _NAMED_AS_CODE.search(name) or len(distinct) > MANY_CATEGORIES:
        return typed
    places = {value: float(place) for place, value in enumerate(distinct)}
    return replace(
        typed,
        kind="unordered",
        values=typed.values.map(places),
        levels=tuple(f"{value:g}" for value in distinct),
    )


def _counted_back(typed: Typed, as_of: date | None) -> Typed:
    """Turn dates into days before the end of ``as_of``; a later one has none or less."""
    if typed.kind != "date" or as_of is None:
        return typed
    return replace(typed, values=(as_of - date(1970, 1, 1)).days + 1 - typed.values)


def _judge(typed: dict[str, Typed], chosen: _Chosen, min_cell: int, voice: Voice) -> Roles:
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
        _role(each, features[name], chosen, same[name], leaking.get(name)) for name, each in typed.items()
    )
    used = [each.feature.name for each in columns if each.used]
    return Roles(columns, customers, gaps(values[used]), min_cell, voice)


def _role(
    typed: Typed, feature: Feature, chosen: _Chosen, same: float, leak: tuple[str, float] | None
) -> ColumnRole:
    name, missing = feature.name, float(typed.values.isna().mean())
    late = float((typed.values <= 0).mean()) if typed.kind == "date" and chosen.as_of is not None else 0.0
    tests: dict[Why, bool] = {
        "dropped": name in chosen.drop,
        "outcome": name in chosen.outcomes,
        "empty": typed.kind == "empty",
        "leak": leak is not None,
        "number_text": typed.decimals > 1 / 2,
        "id": _is_id(name, typed),
        "free_text": typed.kind == "text" and typed.words >= WORDS,
        "late": late > 0,
        "undated": typed.kind == "date" and chosen.as_of is None,
        "many_categories": typed.kind == "text"
        or (typed.kind == "unordered" and len(typed.levels) > MANY_CATEGORIES),
        "constant": same == 1,
        "near_constant": same >= chosen.near_constant,
        "missing": missing > chosen.max_missing,
    }
    why: Why = next((each for each, holds in tests.items() if holds), "used")
    rule = ""
    if name in chosen.keep and why != "used":
        firm = next((str(each) for each in FIRM if tests[each]), "text" if typed.kind == "text" else "")
        if firm:
            raise ParameterError(
                f"keep: column {name!r} cannot form segments ({firm.replace('_', ' ')}). Take it out of keep"
            )
        why, rule = "asked", why
    return ColumnRole(
        feature=feature,
        kind=typed.kind,
        used=why in ("used", "asked"),
        why=why,
        missing=missing,
        distinct=int(typed.values.nunique()),
        same=same,
        late=late,
        partner=leak[0] if leak else "",
        strength=leak[1] if leak else None,
        rule=rule,
    )


def _is_id(name: str, typed: Typed) -> bool:
    values = typed.values.dropna()
    distinct, known = values.nunique(), len(values)
    if typed.kind in ("text", "unordered"):
        return known >= FEW and distinct >= DISTINCT * known and typed.words < WORDS
    if typed.kind != "number" or not bool((values % 1 == 0).all()):
        return False
    if _NAMED_AS_CODE.search(name):
        return True
    places = values.max() - values.min() + 1
    return distinct == known and known * (known - 1) / 2 / places >= REPEATS


def _feature(name: str, typed: Typed, voice: Voice) -> Feature:
    label = voice.column(name)
    if typed.kind in ("yes_no", "unordered", "text"):
        return Feature(name, label, "number", "nominal", typed.levels)
    if typed.kind == "ordered":
        return Feature(name, label, "number", "ordinal", typed.levels)
    scale = "linear" if typed.kind == "empty" else choose_scale(typed.values, name)
    return Feature(name, label, "days" if typed.kind == "date" else "number", scale)
