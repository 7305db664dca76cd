"""Plain tables as feature tables: what each column is, by simple rules."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from segnb.errors import InputError
from segnb.segmentation import Feature, FeatureTable
from segnb.transform import as_word

MOST_LEVELS = 20
"""Words of more kinds than that are free text."""
SKEWED = 0.3
"""Hinkley's robust skewness (1975; deciles) from which a column without negatives has a long tail."""
MOSTLY = 0.5
"""A column in which more than this share is missing would leave out most customers."""
_ID = re.compile(r"(^|_)ids?$|[a-z]I[dD]$", re.ASCII)

Left = dict[str, str]


def feature_table(
    table: FeatureTable | pd.DataFrame | ArrayLike, basis: str | None
) -> tuple[FeatureTable, Left]:
    """Return a table as a feature table, and the columns left out, each with its reason.

    Parameters
    ----------
    table
        One row for each customer. A feature table stays as it is; a matrix of numbers, shape
        (customers, variables), gets the names x1, x2 and so on.
    basis
        What the segments are said to rest on.

    Raises
    ------
    InputError
        There is no row, or no column to form segments on; two columns have the same name.
    """
    if isinstance(table, FeatureTable):
        return table, {}
    if not isinstance(table, pd.DataFrame):
        numbers = np.atleast_2d(np.asarray(table, dtype=np.float64))
        table = pd.DataFrame(numbers, columns=[f"x{place}" for place in range(1, 1 + numbers.shape[1])])
    names = [str(each) for each in table.columns]
    if table.empty or len(set(names)) < len(names):
        problem = "two columns of the same name" if len(names) > len(set(names)) else "no rows, or no columns"
        raise InputError(f"The table has {problem}")
    columns, features, left = {}, [], {}
    for name, (_, values) in zip(names, table.items(), strict=True):
        feature, coded = column_feature(name, values)
        if isinstance(feature, str):
            left[name] = feature
        else:
            features.append(feature)
            columns[name] = coded
    if not features:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in left.items())
        raise InputError(f"No column is left to form segments on: {reasons}")
    frame = pd.DataFrame(columns, index=table.index, dtype=np.float64)
    return FeatureTable(frame, tuple(features), basis or "table", None), left


def column_feature(name: str, values: pd.Series) -> tuple[Feature | str, NDArray[np.float64]]:
    """Return what a column measures, or why it is left out, and its values as floats.

    Numbers are compared on a log scale where they have a long tail and none is negative, else as they
    are; two-valued columns of 0 and 1, truth values and words of few kinds are unordered
    categories, pandas' ordered categories ordered ones. Ids, dates, constants, free text and columns that are
    mostly empty are left out.
    """
    label = name.replace("_", " ").capitalize()
    nothing = np.empty(0)
    held = values[values.notna()]
    different = held.nunique()
    if len(held) < MOSTLY * len(values):
        return "mostly missing", nothing
    if different < 2:
        return "constant", nothing
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date", nothing
    if _ID.search(name):
        return "id", nothing
    if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
        levels = tuple(as_word(each) for each in values.dtype.categories)
        codes = np.asarray(values.cat.codes, dtype=np.float64)
        return Feature(name, label, "number", "ordinal", levels=levels), np.where(codes < 0, np.nan, codes)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.to_numpy(np.float64, na_value=np.nan)
        if _is_running_number(held):
            return "id", nothing
        if set(held.unique()) == {0, 1}:
            return Feature(name, label, "number", "nominal", levels=("0", "1")), numbers
        return Feature(name, label, "number", "log" if _long_tail(numbers) else "linear"), numbers
    if different > MOST_LEVELS:
        return "id" if different == len(held) else "free text", nothing
    words = [None if gone else as_word(each) for each, gone in zip(values, values.isna(), strict=True)]
    levels = tuple(sorted({word for word in words if word is not None}))
    places: dict[str | None, float] = {word: float(place) for place, word in enumerate(levels)}
    codes = np.array([places.get(word, np.nan) for word in words], dtype=np.float64)
    return Feature(name, label, "number", "nominal", levels=levels), codes


def _is_running_number(held: pd.Series) -> bool:
    if not pd.api.types.is_integer_dtype(held) or len(held) <= MOST_LEVELS:
        return False
    return bool(held.is_unique and held.max() - held.min() < 2 * len(held))


def _long_tail(numbers: NDArray[np.float64]) -> bool:
    seen = numbers[np.isfinite(numbers)]
    low, middle, high = np.quantile(seen, [0.1, 0.5, 0.9], method="averaged_inverted_cdf")
    return bool(seen.min() >= 0 and high > low and (high + low - 2 * middle) / (high - low) > SKEWED)
