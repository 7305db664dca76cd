"""From text or stored type to the kind that a column was declared as, in SQL; what fails is told apart.

Each declared column becomes a `Cast`: the SQL of its value, and for each thing that can be wrong
with it the SQL that says so of a row. Text is parsed by patterns, for DuckDB's own casts take more
than was declared (``1_000``, ``2017-1-1``). A pattern costs as much as all else about a value, so it
is matched once, and what is wrong is asked of rows without a value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from segnb.errors import Fault
from segnb.tables.declare import Data
from segnb.tables.roles import Kind, Table, Wanted
from segnb.tables.sources import text
from segnb.tables.times import EARLIEST, parsed_time, stored_time

Reason = Literal["missing", "unreadable", "not_finite", "out_of_range", "nul", "no_time_zone"]

CSV = "CSV"
"""The type of text from a CSV file, of which the bytes have been checked."""
MONEY = "DECIMAL(18, 4)"
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = (*_INTEGERS, *(f"U{each}" for each in _INTEGERS))
_NUMBERS = (*_WHOLE, "FLOAT", "DOUBLE", "DECIMAL")
YES_WORDS, NO_WORDS = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Cast:
    """How one declared column is read, step by step: each may use the steps before by their names.

    Where anything is wrong there is no value. ``problems`` gives, by reason, the SQL of why a row has
    none; ``counters`` the SQL of what is only counted.
    """

    wanted: Wanted
    raw: str
    """``r0, r1, ...``: as it lies in the source, missing values as NULL."""
    value: str
    """``v0, v1, ...``."""
    problems: Mapping[Reason, str] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)
    between: tuple[str, ...] = ()
    """``a0, a1, ...`` and ``b0, b1, ...``: what is looked at more than once on the way to the value."""


@dataclass(frozen=True)
class Raw:
    """A column as it lies in the source: the names of its steps, its SQL and type."""

    place: int
    column: str
    type: str
    table: Table
    data: Data

    @property
    def is_text(self) -> bool:
        """Whether the values are text that is still to be parsed."""
        return self.type in ("VARCHAR", CSV)

    @property
    def sql(self) -> str:
        """The name of the column with missing values as NULL."""
        return f"r{self.place}"

    @property
    def between(self) -> tuple[str, str]:
        """The names of the steps between."""
        return f"a{self.place}", f"b{self.place}"

    @property
    def value(self) -> str:
        """The name of the value."""
        return f"v{self.place}"

    def known(self, kind: Kind, source: str) -> str:
        """Return the SQL of the column with the declared missing tokens as NULL; trimmed to be parsed."""
        tokens = [text(each) for each in (*self.data.missing, *self.table.missing_in(source))]
        if self.is_text:
            # To trim is dear, and hardly a value needs it.
            outer = f"prefix({self.column}, ' ') OR suffix({self.column}, ' ')"
            said = f"CASE WHEN {outer} THEN trim({self.column}) ELSE {self.column} END"
            kept = self.column if kind in ("id", "category") else said
            listed = ", ".join(["''", *tokens])
            return f"CASE WHEN {said} NOT IN ({listed}) THEN {kept} END"
        if tokens:
            # Of a fraction type, 99 is said as 99.0 or 99.00.
            plain = [f"regexp_replace({each}, '\\.0+$', '')" for each in (f"{self.column}::VARCHAR", *tokens)]
            return f"CASE WHEN {plain[0]} NOT IN ({', '.join(plain[1:])}) THEN {self.column} END"
        return self.column


def cast(wanted: Wanted, raw: Raw) -> Cast | Fault:
    """Return how a column is read, or the fault of its stored type."""
    kind = _stored_kind(raw.type) if wanted.role.kind == "stored" else wanted.role.kind
    made = _KINDS[kind](wanted, raw)
    if made is None:
        return Fault(
            f"column {wanted.source!r} is stored as {raw.type}, which is no {kind}",
            raw.table.shown,
            remedy=_REMEDY.get(kind, "Declare another column or another kind"),
        )
    problems = dict(made.problems)
    if wanted.role.required:
        problems = {"missing": f"{raw.sql} IS NULL", **problems}
    return replace(made, raw=raw.known(kind, wanted.source), problems=problems)


def _stored_kind(type_: str) -> Kind:
    if type_ == "BOOLEAN":
        return "yes_no"
    if type_.startswith(("DATE", "TIMESTAMP")):
        return "time"
    return "number" if type_.split("(")[0] in _NUMBERS else "category"


_REMEDY = {"id": "Store ids as text or as whole numbers: a fraction type has already changed long ones"}


def _id(wanted: Wanted, raw: Raw) -> Cast | None:
    whole = raw.type in (*_WHOLE, "UUID") or (raw.type.startswith("DECIMAL") and raw.type.endswith(",0)"))
    made = _category(wanted, raw) if raw.is_text or whole else None
    if made is None or raw.data.alike_ids != "join":
        return made
    return replace(made, value=plain_id(made.value))


def plain_id(sql: str) -> str:
    """Return the SQL of an id of digits without its leading zeros and a trailing ``.0``; others stay."""
    return rf"regexp_replace({sql}, '^0*(\d+?)(\.0+)?$', '\1')"


def _category(wanted: Wanted, raw: Raw) -> Cast | None:
    if raw.type == CSV:
        return Cast(wanted, raw.column, raw.sql)
    if raw.is_text:
        nul = f"contains({raw.sql}, chr(0))"
        return Cast(wanted, raw.column, f"CASE WHEN NOT {nul} THEN {raw.sql} END", {"nul": nul})
    held = raw.type.split("(")[0] in (*_NUMBERS, "BOOLEAN", "DATE", "UUID", "ENUM")
    return Cast(wanted, raw.column, f"{raw.sql}::VARCHAR") if held else None


def _number(wanted: Wanted, raw: Raw) -> Cast | None:
    kind = "DOUBLE" if wanted.role.kind not in ("money", "quantity") else MONEY
    if raw.is_text:
        plain, matches, infinite = _plain_number(raw)
    elif raw.type.split("(")[0] in _NUMBERS:
        plain, matches = raw.sql, f"{raw.sql} IS NOT NULL"
        infinite = f"NOT isfinite({raw.sql})" if raw.type in ("FLOAT", "DOUBLE") else "false"
    else:
        return None
    value = f"CASE WHEN {matches} THEN try_cast({plain} AS {kind}) END"
    problems: dict[Reason, str] = {"not_finite": infinite}
    if raw.is_text:
        problems["unreadable"] = f"NOT ({matches}) AND NOT ({infinite})"
    if raw.is_text or kind == MONEY:
        problems["out_of_range"] = f"({matches}) AND NOT ({infinite})"
    if kind == MONEY:
        rounded = f"abs(try_cast({plain} AS DOUBLE) - {raw.value}) > 1e-6"
        return Cast(wanted, raw.column, value, problems, {"rounded": rounded})
    return Cast(wanted, raw.column, f"CASE WHEN isfinite({value}) THEN {value} END", problems)


def _plain_number(raw: Raw) -> tuple[str, str, str]:
    """Return the SQL of a text number with a decimal point, of its pattern, and of its infinity."""
    point, group = f"[{raw.table.decimal or '.'}]", raw.table.thousands
    whole = rf"(\d{{1,3}}([{group}]\d{{3}})+|\d+)" if group else r"\d+"
    pattern = rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d{{1,3}})?"
    plain = f"replace({raw.sql}, {text(group)}, '')" if group else raw.sql
    plain = f"replace({plain}, ',', '.')" if raw.table.decimal == "," else plain
    infinite = f"regexp_full_match(lower({raw.sql}), '[+-]?(inf|infinity|nan)')"
    return plain, f"regexp_full_match({raw.sql}, {text(pattern)})", infinite


def _bounded(low: int, high: int) -> Callable[[Wanted, Raw], Cast | None]:
    def score(wanted: Wanted, raw: Raw) -> Cast | None:
        number = _number(wanted, raw)
        if number is None:
            return None
        # Unlike others, a number that was read may yet be no score.
        read = raw.between[0]
        value = (
            f"CASE WHEN {read} BETWEEN {low} AND {high} AND {read} = floor({read}) THEN {read}::TINYINT END"
        )
        problems = {reason: f"{read} IS NULL AND ({test})" for reason, test in number.problems.items()}
        problems["out_of_range"] = f"{read} IS NOT NULL OR ({problems.get('out_of_range', 'false')})"
        return Cast(wanted, raw.column, value, problems, between=(number.value,))

    return score


def _yes_no(wanted: Wanted, raw: Raw) -> Cast | None:
    if raw.type == "BOOLEAN":
        return Cast(wanted, raw.column, raw.sql)
    if not raw.is_text and raw.type.split("(")[0] not in _NUMBERS:
        return None
    yes, no = (", ".join(text(each) for each in words) for words in (YES_WORDS, NO_WORDS))
    said = raw.between[0]
    value = f"CASE WHEN {said} IN ({yes}) THEN true WHEN {said} IN ({no}) THEN false END"
    unreadable = f"{raw.sql} IS NOT NULL"
    # Where a value is missing, other programs write 1.0 for 1.
    plain = rf"regexp_replace(lower({raw.sql}::VARCHAR), '^([01])\.0+$', '\1')"
    return Cast(wanted, raw.column, value, {"unreadable": unreadable}, between=(plain,))


def _time(wanted: Wanted, raw: Raw) -> Cast | None:
    stored, local = raw.between
    made = (
        parsed_time(raw.sql, stored, raw.table, raw.data)
        if raw.is_text
        else stored_time(raw.sql, stored, raw.type, raw.table, raw.data)
    )
    if made is None:
        return None
    accepted = f"isfinite({local}) AND {local} >= TIMESTAMP '{EARLIEST}'"
    problems: dict[Reason, str] = {
        "not_finite": f"NOT isfinite({local})",
        "out_of_range": f"{local} < TIMESTAMP '{EARLIEST}'",
    }
    if raw.is_text:
        problems["unreadable"] = f"{raw.sql} IS NOT NULL AND {local} IS NULL"
    if raw.data.timezone is None:
        problems["no_time_zone"] = made.has_offset
        accepted = f"{accepted} AND NOT {made.has_offset}"
    return Cast(
        wanted,
        raw.column,
        f"CASE WHEN {accepted} THEN {local} END",
        problems,
        {"offset": made.has_offset, "clock": made.has_clock},
        between=(made.stored, made.local),
    )


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
