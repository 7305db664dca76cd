"""From text or stored type to the kind that a column was declared as, in SQL; what fails is told apart.

Each declared column becomes a `Cast`: the SQL of its value, and for each thing that can be wrong
with it the SQL that says so of a row. Text is parsed by patterns, for DuckDB's own casts take more
than was declared (``1_000``, ``2017-1-1``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from segnb.errors import Fault
from segnb.tables.declare import Data
from segnb.tables.roles import Kind, Table, Wanted
from segnb.tables.sources import text
from segnb.tables.times import parsed_time, stored_time

Reason = Literal["missing", "unreadable", "not_finite", "out_of_range", "nul", "no_time_zone"]

MONEY = "DECIMAL(18, 4)"
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = (*_INTEGERS, *(f"U{each}" for each in _INTEGERS))
_NUMBERS = (*_WHOLE, "FLOAT", "DOUBLE", "DECIMAL")
_YES, _NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Cast:
    """How one declared column is read.

    ``problems`` gives, by reason, the SQL condition under which a row is bad; ``counters`` the SQL
    of what is only counted.
    """

    wanted: Wanted
    value: str
    problems: Mapping[Reason, str] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """A column as it lies in the source: its SQL, the same with missing values as NULL, its type."""

    column: str
    sql: str
    type: str
    table: Table
    data: Data

    @property
    def is_text(self) -> bool:
        """Whether the values are text that is still to be parsed."""
        return self.type == "VARCHAR"


def raw_column(column: str, type_: str, table: Table, data: Data) -> Raw:
    """Return a column of the source, with the declared missing tokens as NULL."""
    tokens = [text(each) for each in (*data.missing, *table.missing)]
    if type_ == "VARCHAR":
        listed = ", ".join(["''", *tokens])
        sql = f"CASE WHEN trim({column}) NOT IN ({listed}) THEN {column} END"
    elif tokens:
        sql = f"CASE WHEN {column}::VARCHAR NOT IN ({', '.join(tokens)}) THEN {column} END"
    else:
        sql = column
    return Raw(column, sql, type_, table, data)


def cast(wanted: Wanted, raw: Raw) -> Cast | Fault:
    """Return how a column is read, or the fault of its stored type."""
    kind = _stored_kind(raw.type) if wanted.role.kind == "stored" else wanted.role.kind
    made = _KINDS[kind](wanted, raw)
    if made is None:
        return Fault(
            f"column {wanted.source!r} is stored as {raw.type}, which is no {kind}",
            raw.table.source,
            remedy=_REMEDY.get(kind, "Declare another column or another kind"),
        )
    problems = dict(made.problems)
    if wanted.role.required:
        problems = {"missing": f"({raw.sql}) IS NULL", **problems}
    return Cast(wanted, made.value, problems, made.counters)


def _stored_kind(type_: str) -> Kind:
    if type_ == "BOOLEAN":
        return "yes_no"
    if type_.startswith(("DATE", "TIMESTAMP")):
        return "time"
    return "number" if type_.split("(")[0] in _NUMBERS else "category"


_REMEDY = {"id": "Store ids as text or as whole numbers: a fraction type has already changed long ones"}


def _id(wanted: Wanted, raw: Raw) -> Cast | None:
    whole = raw.type in (*_WHOLE, "UUID") or (raw.type.startswith("DECIMAL") and raw.type.endswith(",0)"))
    return _category(wanted, raw) if raw.is_text or whole else None


def _category(wanted: Wanted, raw: Raw) -> Cast | None:
    if raw.is_text:
        return Cast(wanted, raw.sql, {"nul": f"contains({raw.column}, chr(0))"})
    held = raw.type.split("(")[0] in (*_NUMBERS, "BOOLEAN", "DATE", "UUID", "ENUM")
    return Cast(wanted, f"({raw.sql})::VARCHAR") if held else None


def _number(wanted: Wanted, raw: Raw) -> Cast | None:
    kind = "DOUBLE" if wanted.role.kind not in ("money", "quantity") else MONEY
    if raw.is_text:
        plain, matches, infinite = _plain_number(raw)
        unreadable = f"({raw.sql}) IS NOT NULL AND NOT ({matches}) AND NOT ({infinite})"
    elif raw.type.split("(")[0] in _NUMBERS:
        plain, matches, infinite, unreadable = f"({raw.sql})", "true", "false", "false"
    else:
        return None
    if raw.type not in _WHOLE and not raw.type.startswith("DECIMAL"):
        infinite = f"({infinite}) OR ({matches} AND NOT isfinite(try_cast({plain} AS DOUBLE)))"
    value = f"CASE WHEN {matches} AND NOT ({infinite}) THEN try_cast({plain} AS {kind}) END"
    problems: dict[Reason, str] = {"not_finite": infinite}
    if raw.is_text:
        problems["unreadable"] = unreadable
    if kind == MONEY:
        problems["out_of_range"] = (
            f"{matches} AND NOT ({infinite}) AND ({raw.sql}) IS NOT NULL AND ({value}) IS NULL"
        )
        rounded = f"abs(try_cast({plain} AS DOUBLE) - ({value})) > 1e-6"
        return Cast(wanted, value, problems, {"rounded": rounded})
    return Cast(wanted, value, problems)


def _plain_number(raw: Raw) -> tuple[str, str, str]:
    """Return the SQL of a text number with a decimal point, of its pattern, and of its infinity."""
    point, group = f"[{raw.table.decimal}]", raw.table.thousands
    whole = rf"(\d{{1,3}}([{group}]\d{{3}})+|\d+)" if group else r"\d+"
    pattern = rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d{{1,3}})?"
    trimmed = f"trim({raw.sql})"
    plain = f"replace({trimmed}, {text(group)}, '')" if group else trimmed
    plain = f"replace({plain}, ',', '.')" if raw.table.decimal == "," else plain
    infinite = rf"regexp_full_match(lower({trimmed}), '[+-]?(inf|infinity|nan)')"
    return plain, f"regexp_full_match({trimmed}, {text(pattern)})", infinite


def _bounded(low: int, high: int) -> Callable[[Wanted, Raw], Cast | None]:
    def score(wanted: Wanted, raw: Raw) -> Cast | None:
        number = _number(wanted, raw)
        if number is None:
            return None
        outside = (
            f"({number.value}) NOT BETWEEN {low} AND {high} OR ({number.value}) <> floor({number.value})"
        )
        return Cast(
            wanted, f"try_cast({number.value} AS TINYINT)", {**number.problems, "out_of_range": outside}
        )

    return score


def _yes_no(wanted: Wanted, raw: Raw) -> Cast | None:
    if raw.type == "BOOLEAN":
        return Cast(wanted, raw.sql)
    if not raw.is_text and raw.type not in _WHOLE:
        return None
    said = f"lower(trim(({raw.sql})::VARCHAR))"
    yes, no = (", ".join(text(each) for each in words) for words in (_YES, _NO))
    value = f"CASE WHEN {said} IN ({yes}) THEN true WHEN {said} IN ({no}) THEN false END"
    return Cast(wanted, value, {"unreadable": f"({raw.sql}) IS NOT NULL AND ({value}) IS NULL"})


def _time(wanted: Wanted, raw: Raw) -> Cast | None:
    if raw.is_text:
        made = parsed_time(raw.sql, raw.table, raw.data)
    else:
        stored = stored_time(raw.sql, raw.type, raw.table, raw.data)
        if stored is None:
            return None
        made = stored
    problems: dict[Reason, str] = {"not_finite": f"NOT isfinite({made.value})"}
    if raw.is_text:
        problems["unreadable"] = f"({raw.sql}) IS NOT NULL AND ({made.value}) IS NULL"
    if raw.data.timezone is None:
        problems["no_time_zone"] = made.has_offset
    return Cast(wanted, made.value, problems, {"offset": made.has_offset, "clock": made.has_clock})


_KINDS: dict[Kind, Callable[[Wanted, Raw], Cast | None]] = {
    "id": _id,
    "category": _category,
    "money": _number,
    "quantity": _number,
    "number": _number,
    "nps": _bounded(0, 10),
    "csat": _bounded(1, 5),
    "yes_no": _yes_no,
    "time": _time,
}
