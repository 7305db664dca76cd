"""Words as numbers: a category's word is coded by its place among the levels that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def as_word(value: object) -> str:
    """Return a category's value as text: true and false as databases write them, whole numbers as such."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    return str(value)


def are_numbers(levels: tuple[str, ...]) -> bool:
    """Say whether a category's words are whole numbers, as of codes: a column of numbers holds them."""
    return all(word.removeprefix("-").isdecimal() for word in levels)


def is_number(values: pd.Series) -> bool:
    """Say whether a column is of numbers: true and false are none."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def moved(codes: pd.Series, levels: tuple[str, ...], known: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the place among the known levels of each place in ``levels``; -1 for others, NaN for none."""
    codes_of = {word: float(place) for place, word in enumerate(known)}
    found = {float(place): codes_of.get(word, -1.0) for place, word in enumerate(levels)}
    plain = codes.to_numpy(np.float64, na_value=np.nan)
    return np.array([np.nan if np.isnan(code) else found.get(code, -1.0) for code in plain.tolist()])


def places(values: pd.Series, known: tuple[str, ...]) -> NDArray[np.float64]:
    """Return each word's place among the known levels; -1 for others, NaN for none."""
    codes_of = {word: float(place) for place, word in enumerate(known)}
    gone = values.isna().to_numpy()
    words = [as_word(value) for value in values.tolist()]
    return np.where(gone, np.nan, [codes_of.get(word, -1.0) for word in words])
