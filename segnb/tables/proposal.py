"""What the columns of a text file seem to hold: a declaration to start from, for its owner to correct.

When tables are read nothing is guessed. Here it is, once, so that nobody has to type a declaration: what
comes of it stands in the params file, where it can be seen and changed.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from segnb.errors import InputError
from segnb.levels import NO, YES
from segnb.tables.cast import YES_WORDS
from segnb.tables.roles import SPACES, AttributeKind
from segnb.tables.text_file import looks_like_data

TableName = Literal["customers", "transactions"]
LeftOut = Literal["row_number", "empty", "constant", "single", "long"]
ROWS = 100_000
"""Rows that are looked at."""
_FEW = 20
"""Values below which nothing follows from all being different."""
_DISTINCT = 0.95
_WORDS = 4
_DELIMITERS = {",": None, ";": ";", "\t": "tab", "|": "|"}
_MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "-", "?", ".")
"""Texts that stand for a missing value where all others of their column are numbers or times."""
_YES_NO = tuple((no, yes) for no, yes in zip(NO, YES, strict=True) if yes in YES_WORDS)
_POINT_ZERO = re.compile(r"\.0+$")
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
"""Numbers, but for whole ones with a zero in front: these are codes, as 01234."""
_COMMA = re.compile(r"[+-]?(0|[1-9]\d*),\d+")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?")
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d")
_FORMATS = tuple(f"{day}{clock}" for day in _DATES for clock in ("", " %H:%M", " %H:%M:%S"))
_YEARS = range(1900, 2100)
_MONEY = re.compile(
    r"amount|income|price|charges?\b|revenue|spend|spent|sales|cost|salary|turnover|balance|dollar|usd|eur",
    re.I,
)
_GROUPS = re.compile(
    r"(?:^|[_\W])(?:code|type|class|group|region|zone|area|channel|segment|sector|branch|store|plan|tier)$",
    re.I,
)
"""Names of columns whose whole numbers stand for groups."""
_MOST_GROUPS = 30
_ID = re.compile(r"(^|[_\W])(id|key|uuid|guid)$|[a-z]I[Dd]$", re.I)
_OUTCOME = re.compile(
    r"(?:^|[_\W]|(?<=[a-z])(?=[A-Z]))(?:churn(?:ed)?|attrition|exited|cancelled|canceled|lapsed|defaulted|target|outcome"
    r"|response|responded|convert(?:ed)?|conversion|subscribed|accepted|satisfaction)(?:[_\W]?(?:flag|label|y/?n))?$",
    re.I,
)
"""Names of columns that say what came of a customer rather than who or how they are."""
_OWNER = re.compile(r"customer|client|member|user|household|person|account|buyer", re.I)
_ROLES: Mapping[str, re.Pattern[str]] = {
    "order_id": re.compile(
        r"(order|invoice|basket|receipt|transaction).?(id|no|number|key)$|^invoice$", re.I
    ),
    "product_id": re.compile(r"(product|item|article|stock|sku).?(id|no|number|code|key)?$", re.I),
    "category": re.compile(r"category|department", re.I),
    "channel": re.compile(r"channel", re.I),
    "quantity": re.compile(r"quantity|qty|units|^number_of", re.I),
    "discount": re.compile(r"discount", re.I),
}
"""What the columns of orders are usually called, by their role."""


@dataclass(frozen=True)
class Proposal:
    """How a file could be declared.

    ``keys`` are those of its block under ``data:``, ``attributes`` and ``personal`` among them.
    ``left_out`` gives the columns that take no part, by reason; ``either`` names another ``time_format``
    that reads all times as well; ``last_day`` is the latest day in the file; ``outcomes`` are attributes of
    two values whose names say what came of a customer.
    """

    table: TableName
    keys: Mapping[str, object]
    left_out: Mapping[LeftOut, tuple[str, ...]] = field(default_factory=dict)
    either: str = ""
    last_day: date | None = None
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    """One column of a file: its name, and its values that are not empty, without outer spaces."""

    name: str
    values: tuple[str, ...]
    rows: int

    @property
    def distinct(self) -> int:
        return len(set(self.values))

    def all_match(self, test: Callable[[str], object]) -> tuple[str, ...] | None:
        """Return the texts that stand for a missing value where all others pass the test, else None."""
        strange = {each for each in set(self.values) if not test(each)}
        plain = strange <= set(_MISSING) and len(strange) < self.distinct
        return tuple(sorted(strange)) if plain else None


def propose(path: Path, table: TableName) -> Proposal:
    """Return how a CSV file could be declared as one of segnb's tables, by its first 100,000 rows.

    Raises
    ------
    InputError
        It is no text file with a header, or holds no column that a table of orders needs.
    """
    text, encoding = _text(path)
    header, rows, delimiter = _rows(text, path)
    columns = [
        _Column(name.strip(), tuple(value for row in rows if (value := row[place].strip())), len(rows))
        for place, name in enumerate(header)
    ]
    written: dict[str, object] = {"source": str(path), "delimiter": delimiter, "encoding": encoding}
    dialect = {key: value for key, value in written.items() if value is not None}
    made = _customers(columns) if table == "customers" else _transactions(columns, path)
    return replace(made, keys={**dialect, **made.keys})


def _text(path: Path) -> tuple[str, str | None]:
    """Return the text of a file, and its encoding where that has to be declared."""
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
            content = file.read()
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or "it was not written to its end"
        raise InputError(f"{path}: cannot be read: {why}") from error
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16"), "utf-16"
    for name in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, None if name == "utf-8-sig" else name
    raise InputError(f"{path}: is no text. Declare Excel, Parquet and databases by hand: segnb init DIR")


def _rows(text: str, path: Path) -> tuple[list[str], list[list[str]], str | None]:
    """Return header, rows and delimiter: of all that part each row as they part the header, the finest."""
    first = text.partition("\n")[0]
    ways: list[tuple[str | None, Iterable[list[str]]]] = [
        (said, csv.reader(io.StringIO(text, newline=""), delimiter=sign))
        for sign, said in _DELIMITERS.items()
        if sign in first
    ]
    if not ways:
        ways = [(SPACES, (line.split() for line in io.StringIO(text)))]
    read = [([row for row in islice(lines, ROWS + 1) if row], said) for said, lines in ways]
    read.sort(key=lambda each: -_parted(each[0]))
    (header, *rows), said = read[0][0] or [[]], read[0][1]
    if said == "tab" and path.name.lower().endswith((".tsv", ".tsv.gz")):
        said = None
    if looks_like_data(header):
        raise InputError(f"{path}: the first line looks like data, not like a header. Name the columns there")
    whole = [row for row in rows if len(row) == len(header)]
    if not whole:
        raise InputError(f"{path}: has no row below a header. Name the columns in its first line")
    return header, whole, said


def _parted(rows: Sequence[Sequence[str]]) -> int:
    """Return the number of columns, if as good as all rows have as many, else 0."""
    width = len(rows[0]) if rows else 0
    return width if sum(len(row) == width for row in rows) >= 0.9 * len(rows) else 0


def _customers(columns: Sequence[_Column]) -> Proposal:
    key = next((each for each in columns if _is_key(each)), None)
    rest = [each for each in columns if each is not key]
    why = {each.name: _useless(each) for each in rest}
    kept = [each for each in rest if why[each.name] is None]
    times, time_keys, either, last = _times(kept)
    kinds: dict[str, AttributeKind] = {}
    missing: set[str] = set()
    for each in kept:
        kinds[each.name], absent = ("time", times[each.name]) if each.name in times else _kind(each)
        missing.update(absent)
    personal = tuple(each.name for each in rest if why[each.name] == "single" and each.name)
    reasons = dict.fromkeys(found for found in why.values() if found is not None)
    keys: dict[str, object] = {"customer_id": key.name if key else "row", **time_keys, **_decimal(kept)}
    keys |= {"missing": sorted(missing)} if missing else {}
    keys |= {"personal": list(personal)} if personal else {}
    left_out = {reason: tuple(name for name, found in why.items() if found == reason) for reason in reasons}
    outcomes = tuple(each.name for each in kept if each.distinct == 2 and _OUTCOME.search(each.name))
    return Proposal("customers", {**keys, "attributes": kinds}, left_out, either, last, outcomes)


def _transactions(columns: Sequence[_Column], path: Path) -> Proposal:
    named = [each for each in columns if each.values]
    times, time_keys, either, last = _times(named)
    ids = [each for each in named if _ID.search(each.name) or _OWNER.search(each.name)]
    owner = next((each for each in ids if _OWNER.search(each.name)), None) or next(iter(ids), None)
    numbers = [each for each in named if each.name not in times and _kind(each)[0] in ("number", "money")]
    paid = next((each for each in numbers if _MONEY.search(each.name)), None)
    found: dict[str, str | None] = {
        "customer_id": owner.name if owner else None,
        "order_time": next(iter(times), None),
        "amount": paid.name if paid else None,
    }
    lacks = [role for role, name in found.items() if name is None]
    if lacks:
        names = ", ".join(each.name for each in columns)
        raise InputError(
            f"{path}: no column looks like {' or '.join(lacks)} ({names}). Start with segnb init DIR, and "
            "name the columns in its YAML"
        )
    taken = set(found.values())
    for role, usual in _ROLES.items():
        name = next((each.name for each in named if each.name not in taken and usual.search(each.name)), None)
        if name is not None:
            found[role] = name
            taken.add(name)
    return Proposal("transactions", {**found, **time_keys, **_decimal(numbers)}, {}, either, last)


def _is_key(column: _Column) -> bool:
    """Say whether a column names each row once, and is called an id."""
    whole = len(column.values) == column.rows == column.distinct
    return whole and bool(_ID.search(column.name))


def _useless(column: _Column) -> LeftOut | None:
    """Return why a column tells no customers apart."""
    if not column.values:
        return "empty"
    if column.distinct == 1:
        return "constant"
    values, each = column.values, column.rows
    if len(values) == each == column.distinct and all(value.isdecimal() for value in values):
        numbers = [int(value) for value in values]
        if numbers == list(range(numbers[0], numbers[0] + each)):
            return "row_number"
    if _kind(column)[0] != "category" or len(values) < _FEW or _reads(column, (*_FORMATS, "")):
        return None
    if column.distinct < _DISTINCT * len(values):
        words = sum(len(value.split()) for value in values) / len(values)
        return "long" if words >= _WORDS and column.distinct > len(values) / 2 else None
    return "single"


def _kind(column: _Column) -> tuple[AttributeKind, tuple[str, ...]]:
    """Return the kind of a column that holds no times, and its texts for a missing value."""
    folded = {_POINT_ZERO.sub("", each.casefold()) for each in column.values}
    if any(folded == set(pair) for pair in _YES_NO):
        return "yes_no", ()
    if _GROUPS.search(column.name) and column.distinct <= _MOST_GROUPS:
        return "category", ()
    for pattern in (_NUMBER, _COMMA):
        absent = column.all_match(pattern.fullmatch)
        if absent is not None:
            return ("money" if _MONEY.search(column.name) else "number"), absent
    return "category", ()


def _decimal(columns: Iterable[_Column]) -> dict[str, object]:
    """Return the decimal comma, where any column needs it."""
    comma = any(each.all_match(_COMMA.fullmatch) is not None for each in columns)
    return {"decimal": ","} if comma else {}


def _times(
    columns: Sequence[_Column],
) -> tuple[dict[str, tuple[str, ...]], dict[str, object], str, date | None]:
    """Return the columns of times with their missing texts, the format, another that fits, the last day."""
    for form in ("", *_FORMATS):
        found = {each.name: each for each in columns if _reads(each, (form,))}
        if not found:
            continue
        same_places = [each for each in _FORMATS if each != form and len(each) == len(form)] if form else []
        either = [other for other in same_places if all(_reads(each, (other,)) for each in found.values())]
        days = [_day(value, form) for each in found.values() for value in set(each.values)]
        last = max(day for day in days if day is not None)
        read = partial(_day, form=form)
        absent = {name: each.all_match(read) or () for name, each in found.items()}
        return absent, {"time_format": form} if form else {}, next(iter(either), ""), last
    return {}, {}, "", None


def _reads(column: _Column, forms: Iterable[str]) -> bool:
    return any(column.all_match(partial(_day, form=form)) is not None for form in forms)


def _day(value: str, form: str) -> date | None:
    """Return the day of a time that is written so; ISO 8601 has no form."""
    if not form and not _ISO.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value) if not form else datetime.strptime(value, form)
    except ValueError:
        return None
    return found.date() if found.year in _YEARS else None
