"""The role of one column: whether it can form segments, and what decides."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from segnb.coding import as_word
from segnb.errors import ParameterError
from segnb.plain.kinds import MANY_CATEGORIES, Kind, Typed
from segnb.segmentation import Feature

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
class Chosen:
    """What the analyst chose."""

    as_of: date | None = None
    outcomes: tuple[str, ...] = ()
    near_constant: float = 0.95
    max_missing: float = 0.3
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


def as_category(typed: Typed, name: str) -> Typed:
    """Take a few whole numbers by the name of a code for what they are: names of groups."""
    distinct = np.unique(typed.values.dropna()).tolist()
    if typed.kind != "number" or not _NAMED_AS_CODE.search(name) or len(distinct) > MANY_CATEGORIES:
        return typed
    places = {value: float(place) for place, value in enumerate(distinct)}
    return replace(
        typed,
        kind="unordered",
        values=typed.values.map(places),
        levels=tuple(as_word(value) for value in distinct),
    )


def counted_back(typed: Typed, as_of: date | None) -> Typed:
    """Turn dates into days before the end of ``as_of``; a later one has none or less."""
    if typed.kind != "date" or as_of is None:
        return typed
    return replace(typed, values=(as_of - date(1970, 1, 1)).days + 1 - typed.values)


def role_of(
    typed: Typed, feature: Feature, chosen: Chosen, same: float, leak: tuple[str, float] | None
) -> ColumnRole:
    """Return a column's role: the first of all tests that holds, unless it is to be kept.

    Raises
    ------
    ParameterError
        The column is to be kept, and holds nothing that could tell customers apart.
    """
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
