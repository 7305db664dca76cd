"""Firmography: which companies the customers are, by industry, size, country and ownership."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from segnb.bases.attributes import Trait, attributes, columns_of, composition, measured
from segnb.bases.country_map import Measure, country_map
from segnb.bases.definition import Context, Measures, basis
from segnb.coding import as_word
from segnb.columns import CUSTOMER
from segnb.document.blocks import AnyBlock, Paragraph, spans
from segnb.errors import InputError, ParameterError
from segnb.levels import OTHER
from segnb.segmentation import Feature, Window
from segnb.tables.accounts import contacts
from segnb.tables.opened import Tables
from segnb.words import Voice

FEATURES = (
    Feature("industry", "Industry", "number", "nominal"),
    Feature("employees", "Employees", "count", "log", high="Large", low="Small"),
    Feature("revenue", "Company revenue", "number", "log", high="High-revenue", low="Low-revenue"),
    Feature("country", "Country", "number", "nominal"),
    Feature("structure", "Structure", "number", "nominal"),
)
_USUAL = {
    "industry": ("industry", "sector", "branch", "industry_code", "naics", "sic"),
    "employees": ("employees", "n_employees", "num_employees", "headcount", "company_size", "staff"),
    "revenue": ("revenue", "annual_revenue", "company_revenue", "turnover", "sales"),
    "country": ("country", "country_code", "country_name"),
    "structure": ("structure", "ownership", "legal_form", "company_type", "entity_type"),
}
_SIZES = (
    ("small", "medium", "large"),
    ("micro", "small", "medium", "large"),
    ("smb", "mid-market", "enterprise"),
)
TRAITS = tuple(
    Trait(each, _USUAL[each.name], _SIZES if each.name == "employees" else ()) for each in FEATURES
)
_SIZE = ("revenue", "employees")
"""What colours the map of countries, the first that is known."""
_GROUPED = ("industry", "country", "structure")


@basis(
    "firmographic",
    needs=("customers",),
    method=None,
    unit="account",
    preference=30,
    label="Firmography",
    about="Customers that are companies are grouped by what kind of company they are: industry, size, "
    "country and ownership. It is to companies what demography is to people.",
    traps=(
        "A large company is not a large customer: compare what the groups spend.",
        "The few largest companies tower over all others, so sizes are compared by how many times larger.",
        "Rare industries and countries stand together as Other, which has nothing in common.",
    ),
)
def firmographic(
    tables: Tables,
    window: Window | None,
    context: Context,
    *,
    account: str | None = None,
    industry: str | None = None,
    employees: str | None = None,
    revenue: str | None = None,
    country: str | None = None,
    structure: str | None = None,
    columns: list[str] | None = None,
    order: dict[str, list[str]] | None = None,
    largest: int = 8,
) -> Measures:
    """Firmography: industry, employees, revenue, country and structure of companies.

    Each option names the column that holds it; without one, columns of the usual names are found. Sizes
    are compared on a log scale.

    Parameters
    ----------
    account
        The column that names the company a customer works for. Then companies are the customers, in all
        chapters: each counts once, however many contacts it has (`by_account`).
    columns
        Further attributes.
    order
        The order of words by column, lowest first.
    largest
        Industries, countries and structures that stay by themselves; the rarer ones are one, Other.

    Raises
    ------
    InputError
        No column is found.
    ParameterError
        An option names no attribute, or ``largest`` is below 1.
    """
    if largest < 1:
        raise ParameterError("basis_options.largest: at least 1 group stays by itself")
    asked = {
        "account": account,
        "industry": industry,
        "employees": employees,
        "revenue": revenue,
        "country": country,
        "structure": structure,
    }
    frame, further = attributes(tables, "firmographic"), columns or []
    found = columns_of(frame, TRAITS, asked, further)
    found.pop("account", None)
    if not found and not further:
        raise InputError(
            f"Basis 'firmographic' knows none of the {frame.shape[1]} attributes by its name "
            f"({', '.join(map(str, frame.columns))}). Say which is which, as basis_options: "
            "{industry: COLUMN}"
        )
    whole = frame
    kept: Any = (context.model or {}).get("largest") or {
        column: _largest(frame[column], largest)
        for trait, column in found.items()
        if trait in _GROUPED and trait not in (order or {}) and column not in (order or {})
    }
    frame = frame.assign(**{column: _grouped(frame[column], words) for column, words in kept.items()})
    made = measured(frame, TRAITS, found, further, order or {}, tables)

    def evidence(voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        blocks: list[AnyBlock] = [made.table(voice)]
        blocks += [
            composition(replace(each, levels=()), whole[found[each.name]], voice, min_cell)
            for each in made.features
            if each.name in _GROUPED[:2] and each.scale == "nominal"
        ]
        if "country" in found:
            size = next((each for each in made.features if each.name in _SIZE and not each.levels), None)
            measure = Measure.of(size, made.frame[size.name], voice) if size else None
            blocks += country_map(whole[found["country"]], voice, fewest=min_cell, measure=measure)
        if account is not None:
            told = _contacts_told(tables, [*found.values(), *further], len(frame), voice)
            blocks.append(Paragraph(content=spans(told), role="note"))
        return tuple(blocks)

    return Measures(made.frame, made.features, evidence=evidence, model={"largest": kept})


def _contacts_told(tables: Tables, columns: Sequence[str], companies: int, voice: Voice) -> str:
    """Say how many contacts the companies have, and of how many companies contacts disagree."""
    rows: pd.DataFrame = contacts(tables).to_pandas()
    several = rows.groupby(CUSTOMER)[list(columns)].nunique()
    mixed = int((several > 1).any(axis=1).sum())
    parts = [voice.say("bases.firmographic.contacts", companies, contacts=voice.count(len(rows)))]
    if mixed:
        parts.append(voice.say("bases.firmographic.mixed", mixed))
    return " ".join(parts)


def _largest(column: pd.Series, most: int) -> list[str]:
    """Return the most frequent words, which stay by themselves; a single rare word keeps its name, too."""
    counts = column.dropna().map(as_word).value_counts()
    ranked = sorted(counts.index, key=lambda each: (-counts[each], each))
    return ranked if len(ranked) <= most + 1 else ranked[:most]


def _grouped(column: pd.Series, kept: Sequence[str]) -> pd.Series:
    """Return the words with all but the kept ones as *Other*; missing ones stay missing."""
    words = column.map(as_word, na_action="ignore")
    return words.where(words.isna() | words.isin(kept), OTHER)
