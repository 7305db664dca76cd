"""Demography: who customers are by age, gender, income, education and household."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from segnb.bases.attributes import Trait, attributes, columns_of, composition, measured
from segnb.bases.definition import Measures, basis
from segnb.document.blocks import AnyBlock, Paragraph, spans
from segnb.errors import InputError, ParameterError
from segnb.plain.kinds import read_column
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.words import Voice

GENERATIONS = {
    "Greatest Generation": 1901,
    "Silent Generation": 1928,
    "Boomers": 1946,
    "Generation X": 1965,
    "Millennials": 1981,
    "Generation Z": 1997,
    "Generation Alpha": 2013,
}
"""First year of birth of each generation (Dimock, *Defining generations*, Pew Research Center 2019; the last
as McCrindle 2014 has it)."""
OLDEST = 120
"""Years that nobody has lived: an age above is an error of whoever typed it."""
_BORN = ("birth_year", "birth_date")
_SCHOOL = (
    ("none", "basic", "primary", "secondary", "graduation", "master", "phd"),
    ("basic", "2n cycle", "graduation", "master", "phd"),
    ("school", "vocational", "degree", "postgraduate"),
    ("primary", "secondary", "tertiary"),
    ("elementary", "high school", "vocational", "associate", "bachelor", "master", "doctorate"),
    ("less than high school", "high school", "some college", "college", "graduate", "postgraduate"),
    ("high school", "bachelors", "masters", "phd"),
    ("no degree", "lower secondary", "upper secondary", "bachelor", "master", "doctorate"),
)
_EARNED = (
    ("low", "middle", "high"),
    ("low", "medium", "high"),
    ("very low", "low", "medium", "high", "very high"),
)

AGE = Feature("age", "Age", "number", high="Older", low="Younger")
GENERATION = Feature("generation", "Generation", "number", "ordinal", levels=tuple(GENERATIONS))
FEATURES = (
    AGE,
    Feature("gender", "Gender", "number", "nominal"),
    Feature("income", "Income", "number", "log", high="Higher-income", low="Lower-income"),
    Feature("education", "Education", "number", high="Longer-schooled", low="Shorter-schooled"),
    Feature("marital_status", "Marital status", "number", "nominal"),
    Feature(
        "household_size", "Household size", "number", "log", high="Large-household", low="Small-household"
    ),
    Feature("children", "Children", "number", high="More-children", low="Few-children"),
    GENERATION,
)
_USUAL = {
    "age": ("age", "age_years", "age_group", "age_band", "age_range"),
    "gender": ("gender", "sex"),
    "income": ("income", "annual_income", "household_income", "yearly_income", "income_band", "salary"),
    "education": ("education", "education_level", "highest_education", "schooling"),
    "marital_status": ("marital_status", "marital", "civil_status", "family_status"),
    "household_size": ("household_size", "family_size", "hh_size", "family"),
    "children": ("children", "kids", "n_children", "kids_count", "number_of_children", "num_children"),
}
_ORDERS = {"education": _SCHOOL, "income": _EARNED}
TRAITS = tuple(
    Trait(each, _USUAL[each.name], _ORDERS.get(each.name, ())) for each in FEATURES if each.name in _USUAL
)
_BIRTH = (
    Trait(Feature("birth_year", "", "number"), ("birth_year", "year_of_birth", "year_birth", "born")),
    Trait(
        Feature("birth_date", "", "number"), ("birth_date", "date_of_birth", "birthday", "dob", "birthdate")
    ),
)


@basis(
    "demographic",
    needs=("customers",),
    method=None,
    preference=31,
    label="Demography",
    about="Customers are grouped by who they are and not by what they do: age, income, household and what "
    "else is on record of each. Customers of one group are alike in all of these together.",
    traps=(
        "People of one age and income buy very different things: check what the groups spend before acting.",
        "Records age. An income or a household on file is as old as the day on which somebody asked.",
        "Advertising or prices by age, gender or family can be unlawful: ask before use.",
    ),
)
def demographic(
    tables: Tables,
    window: Window | None,
    *,
    age: str | None = None,
    birth_year: str | None = None,
    birth_date: str | None = None,
    gender: str | None = None,
    income: str | None = None,
    education: str | None = None,
    marital_status: str | None = None,
    household_size: str | None = None,
    children: str | None = None,
    columns: list[str] | None = None,
    order: dict[str, list[str]] | None = None,
    generations: bool = False,
) -> Measures:
    """Demography: age or generation, gender, income, education, marital status, household and children.

    Each option names the column that holds it; without one, columns of the usual names are found. A year
    or date of birth becomes the age on ``as_of``. Ranges as 18-24 keep their order, and words do so where it
    is known, or given under ``order``, lowest first. ``columns`` adds further attributes; ``generations``
    puts the generation in the place of the age.

    Raises
    ------
    InputError
        No column is found; or there is a birth, but no ``as_of``.
    ParameterError
        An option names no attribute; or ``generations`` are asked for without an age in years.
    """
    asked = {
        "age": age,
        "birth_year": birth_year,
        "birth_date": birth_date,
        "gender": gender,
        "income": income,
        "education": education,
        "marital_status": marital_status,
        "household_size": household_size,
        "children": children,
    }
    frame, further = attributes(tables, "demographic"), columns or []
    found = columns_of(frame, (*TRAITS, *_BIRTH), asked, further)
    if not found and not further:
        raise InputError(
            f"Basis 'demographic' knows none of the {frame.shape[1]} attributes by its name "
            f"({', '.join(map(str, frame.columns))}). Say which is which, as basis_options: {{age: COLUMN}}"
        )
    born, impossible = _born(frame, found, tables.as_of)
    if born is not None:
        frame, found = _with_ages(frame, found, born, tables.as_of, generations)
    elif generations:
        raise ParameterError(
            "basis_options.generations: generations need an age in years, or a year or date of birth, and "
            "as_of. Name the column under birth_year, birth_date or age"
        )
    traits = tuple(each for each in (*TRAITS, Trait(GENERATION, ())) if each.name in found)
    if "generation" in found:
        order = {found["generation"]: list(GENERATIONS)} | (order or {})
    made = measured(frame, traits, found, further, order or {}, tables)

    def evidence(voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        blocks: list[AnyBlock] = [made.table(voice)]
        if born is not None:
            blocks.append(composition(GENERATION, _generation(born), voice, min_cell))
        if impossible:
            blocks.append(
                Paragraph(content=spans(voice.say("bases.demographic.impossible", impossible)), role="note")
            )
        return tuple(blocks)

    return Measures(made.frame, made.features, evidence=evidence)


def _born(frame: pd.DataFrame, found: Mapping[str, str], as_of: date | None) -> tuple[pd.Series | None, int]:
    """Return each customer's time of birth in years, and how many are impossible; None where none is known.

    Whoever was born in 1980 is 40 from the first day of 2020 on; a date of birth is exact.
    """
    option = next((each for each in (*reversed(_BORN), "age") if each in found), None)
    if option is None:
        return None, 0
    column = frame[found[option]]
    typed = read_column(column)
    if option == "age" and (typed.kind != "number" or as_of is None):
        return None, 0
    if as_of is None:
        raise InputError(
            f"Column {column.name!r} holds births, and an age needs a day: set as_of, or leave the column out"
        )
    if typed.kind != ("date" if option == "birth_date" else "number"):
        wanted = "dates" if option == "birth_date" else "years"
        raise InputError(
            f"Column {column.name!r} of option {option} holds no {wanted}. Declare its kind under "
            "attributes, or name another column"
        )
    born = as_of.year - typed.values.floordiv(1) if option == "age" else typed.values
    if option == "birth_date":
        days = pd.to_datetime(born, unit="D").dt
        late = (days.month > as_of.month) | ((days.month == as_of.month) & (days.day > as_of.day))
        # The part of a year is what the birthday still lacks on that day.
        born = days.year + np.where(late, 0.5, 0.0)
    age = np.floor(as_of.year - born)
    wrong = (age < 0) | (age > OLDEST)
    return born.mask(wrong), int(wrong.sum())


def _with_ages(
    frame: pd.DataFrame, found: dict[str, str], born: pd.Series, as_of: date | None, generations: bool
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Put the age, or the generation, in the place of the column that told it."""
    assert as_of is not None  # there is no birth without it
    rest = {name: column for name, column in found.items() if name not in (*_BORN, "age")}
    told = next(found[each] for each in (*reversed(_BORN), "age") if each in found)
    if generations:
        return frame.assign(**{told: _generation(born)}), {"generation": told} | rest
    return frame.assign(**{told: np.floor(as_of.year - born)}), {"age": told} | rest


def _generation(born: pd.Series) -> pd.Series:
    places = np.searchsorted(list(GENERATIONS.values()), np.floor(born.fillna(0)), side="right") - 1
    words = np.array(tuple(GENERATIONS), dtype=object)[np.maximum(places, 0)]
    return pd.Series(words, index=born.index).where(born.notna(), None)
