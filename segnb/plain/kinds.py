"""What kind of values a column of a plain table holds, and the numbers that stand for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd

from segnb.coding import as_word
from segnb.errors import InputError
from segnb.levels import answers

Kind = Literal["empty", "number", "yes_no", "ordered", "unordered", "date", "text"]
MANY_CATEGORIES = 30
"""A category with more values than this describes single customers rather than groups."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_UNDER, _OVER = r"(?:under|below|less than|up to|<=?|≤)", r"(?:over|above|more than|from|>=?|≥)"
_AMOUNT = r"[$€£]?\s*(\d+(?:[.,]\d+)?)\s*([kKmM]?)\+?\s*(?:%|years?)?"
_BAND = re.compile(
    rf"[\[(]?({_UNDER}|{_OVER})?\s*{_AMOUNT}(?:\s*(?:,|-|–|to)\s*{_AMOUNT})?[\])]?", re.IGNORECASE
)
_WORDS = r"\D*[^\W\d_]{2}\D*"
_STEP = re.compile(rf"(?:{_WORDS}?)?(?P<number>[-+]?\d+)(?:{_WORDS})?")
_DECIMAL = re.compile(r"[-+]?\d+[.,]\d+")
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6}


@dataclass(frozen=True)
class Typed:
    """A column's kind, and its values as floats: numbers, places in ``levels``, or days since 1970.

    ``words`` is the median number of words in a text or category, ``decimals`` the share of texts that
    are decimal numbers. ``money`` marks exact decimals, as which money alone is kept.
    """

    kind: Kind
    values: pd.Series
    levels: tuple[str, ...] = ()
    words: float = 0.0
    decimals: float = 0.0
    money: bool = False


def read_column(column: pd.Series, levels: Sequence[str] | None = None) -> Typed:
    """Return a column's kind and numbers.

    Numbers stay numbers, dates (ISO 8601 where they are text) become days, two values yes and no. Levels
    are the words in which the table writes them, so that a rule finds them there again.
    Categories have an order where pandas or ``levels`` gives them one, where all are bands of numbers as
    ``18-24`` and ``65+``, or steps of a scale whose ends alone bear words, as ``bad-1``, ``2``, ``3`` and
    ``good-4``; no other order is guessed.

    Raises
    ------
    InputError
        The column holds infinite numbers, or values that ``levels`` lacks.
    """
    if column.isna().all():
        return Typed("empty", pd.Series(np.nan, index=column.index))
    if levels is not None:
        return _coded("ordered", column.map(as_word, na_action="ignore"), tuple(levels))
    if isinstance(column.dtype, pd.CategoricalDtype):
        if column.dtype.ordered:
            present = tuple(as_word(each) for each in column.dtype.categories)
            return _coded("ordered", column.astype(object).map(as_word, na_action="ignore"), present)
        column = column.astype(column.dtype.categories.dtype if not column.isna().any() else object)
    if pd.api.types.is_bool_dtype(column.dtype) or _all(column, bool, np.bool_):
        return Typed("yes_no", _floats(column), ("false", "true"))
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return Typed("number", column.dt.total_seconds() / 86_400)
    if pd.api.types.is_numeric_dtype(column.dtype) or _all(column, int, float, Decimal, np.number):
        return _number(column)
    days = _days(column)
    if days is not None:
        return Typed("date", days)
    return _words(column.map(as_word, na_action="ignore"))


def _number(column: pd.Series) -> Typed:
    values = _floats(column)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise InputError(f"Column {column.name!r} holds {infinite:,} infinite numbers: correct or empty them")
    if set(values.dropna().unique()) <= {0.0, 1.0}:
        return Typed("yes_no", values, ("0", "1"))
    return Typed("number", values, money=_all(column, Decimal))


def _floats(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), np.nan).astype(np.float64)


def _days(column: pd.Series) -> pd.Series | None:
    """Return days since 1970 with their fraction, or None where the values are no dates."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    elif not pd.api.types.is_datetime64_any_dtype(column.dtype):
        known = column.dropna()
        texts = known.map(lambda each: each.isoformat() if hasattr(each, "isoformat") else str(each))
        if not texts.map(lambda text: bool(_ISO.fullmatch(text))).all():
            return None
        column = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").reindex(column.index)
        if column.notna().sum() < len(known):
            return None
    stamps = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    days: pd.Series = (stamps - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return days


def _words(column: pd.Series) -> Typed:
    """Tell categories from text: by how many values there are, and how often each comes back."""
    known = column.dropna()
    distinct = sorted(set(known))
    pair = answers(tuple(distinct))
    if pair:
        return _coded("yes_no", column, pair)
    words = float(known.map(lambda each: len(each.split())).median())
    if len(distinct) > MANY_CATEGORIES and len(distinct) > len(known) / 2:
        places = {each: float(place) for place, each in enumerate(distinct)}
        decimals = float(known.map(lambda each: bool(_DECIMAL.fullmatch(each.strip()))).mean())
        return Typed("text", column.map(places).astype(np.float64), words=words, decimals=decimals)
    bands = {each: _band(each) for each in distinct}
    if len(distinct) > 2 and all(band is not None for band in bands.values()):
        return _coded("ordered", column, tuple(sorted(distinct, key=lambda each: (bands[each], each))))
    steps = _scale(distinct)
    if steps:
        return _coded("ordered", column, steps)
    return replace(_coded("unordered", column, tuple(distinct)), words=words)


def _scale(distinct: Sequence[str]) -> tuple[str, ...]:
    """Return the answers of a scale in their order, where its ends alone may bear words; else none.

    What stands before a number may be a minus or a dash: it is what puts the words at the ends.
    """
    found = [_STEP.fullmatch(each.strip()) for each in distinct]
    steps = [each for each in found if each is not None]
    if len(distinct) < 3 or len(steps) < len(found):
        return ()
    worded = {text for text, each in zip(distinct, steps, strict=True) if each["number"] != text.strip()}
    for signed in (True, False):
        places = {
            text: int(each["number"] if signed or text not in worded else each["number"].lstrip("-+"))
            for text, each in zip(distinct, steps, strict=True)
        }
        ordered = sorted(distinct, key=places.__getitem__)
        if len(set(places.values())) == len(distinct) and not worded & set(ordered[1:-1]):
            return tuple(ordered)
    return ()


def _band(text: str) -> tuple[float, float] | None:
    """Return where a band of numbers begins, and whether it is open below; None for other texts."""
    found = _BAND.fullmatch(text.strip())
    if found is None:
        return None
    word, first, times, second, second_times = found.groups()
    # In 15-24K the K is of both ends.
    factor = _TIMES[(times or (second_times if second else "") or "").lower()]
    start = float(first.replace(",", ".")) * factor
    return (start, -1.0) if word and re.fullmatch(_UNDER, word, re.IGNORECASE) else (start, 0.0)


def _coded(kind: Kind, column: pd.Series, levels: tuple[str, ...]) -> Typed:
    places = {each: float(place) for place, each in enumerate(levels)}
    values = column.map(places).astype(np.float64)
    strange = int((values.isna() & column.notna()).sum())
    if strange:
        raise InputError(
            f"Column {column.name!r} holds {strange:,} values that are not among the levels declared for it"
        )
    return Typed(kind, values, levels)


def _all(column: pd.Series, *types: type) -> bool:
    return column.dtype == object and bool(column.dropna().map(lambda each: isinstance(each, types)).all())
