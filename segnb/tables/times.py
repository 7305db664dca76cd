"""Times in SQL: read strictly, then turned into the wall clock of the business.

An instant (a time with an offset, or one stored in a known zone) is converted before any day is
counted; a day without a time of day is a day, and is never shifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from segnb.tables.declare import Data
from segnb.tables.roles import Table
from segnb.tables.sources import text

EARLIEST = date(1900, 1, 1)
"""No time of a customer lies before; what does is a slip or stands for something else."""
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
_CLOCKS = ("%H", "%I", "%X", "%c", "%-H", "%-I")
_STORED = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


@dataclass(frozen=True)
class Time:
    """The SQL of a time as it was said, of the local TIMESTAMP made of it, and of what it was like."""

    stored: str
    local: str
    """Made of ``stored`` under the name that was given."""
    has_offset: str
    has_clock: str
    """A time of day without an offset."""


def parsed_time(said: str, stored: str, table: Table, data: Data) -> Time:
    """Return the time that stands in a text column: ISO 8601, or the declared format."""
    if table.time_format is not None:
        return _formatted(said, stored, table.time_format, table, data)
    # What DuckDB would print just so, up to seconds, minutes or the day, needs no dear pattern.
    plain = (
        f"strlen({said}) IN (10, 16, 19) AND prefix({stored}::VARCHAR, {said}) AND {stored} < '10000-01-01'"
    )
    offset = f"regexp_matches(substr({said}, 17), '[Z+-]')"
    has_offset = f"CASE WHEN strlen({said}) <= 16 OR {said} LIKE '{'_' * 16}:__' THEN false ELSE {offset} END"
    clock = _converted(stored, table, data)
    local = (
        f"CASE WHEN {plain} THEN CASE WHEN strlen({said}) = 10 THEN {stored} ELSE {clock} END "
        f"WHEN NOT regexp_full_match({said}, {text(_ISO)}) THEN NULL "
        f"WHEN {has_offset} THEN {_local(f'try_cast({said} AS TIMESTAMPTZ)', data)} ELSE {clock} END"
    )
    has_clock = f"CASE WHEN strlen({said}) > 10 THEN NOT {has_offset} END"
    return Time(f"try_cast({said} AS TIMESTAMP)", local, has_offset, has_clock)


def _formatted(said: str, stored: str, time_format: str, table: Table, data: Data) -> Time:
    parsed = f"try_strptime({said}, {text(time_format)})"
    if "%z" in time_format or "%Z" in time_format:
        return Time(parsed, _local(stored, data), f"{said} IS NOT NULL", "false")
    if any(each in time_format for each in _CLOCKS):
        return Time(parsed, _converted(stored, table, data), "false", f"{said} IS NOT NULL")
    return Time(parsed, stored, "false", "false")


def stored_time(raw: str, stored: str, stored_as: str, table: Table, data: Data) -> Time | None:
    """Return the time that stands in a typed column, or None where the type is no time's."""
    if stored_as == "DATE":
        return Time(f"{raw}::TIMESTAMP", stored, "false", "false")
    if stored_as == "TIMESTAMP WITH TIME ZONE":
        return Time(raw, _local(stored, data), f"{raw} IS NOT NULL", "false")
    if stored_as in _STORED:
        return Time(f"{raw}::TIMESTAMP", _converted(stored, table, data), "false", f"{raw} IS NOT NULL")
    return None


def _local(instant: str, data: Data) -> str:
    return f"timezone({text(data.timezone or 'UTC')}, {instant})"


def _converted(clock: str, table: Table, data: Data) -> str:
    if table.stored_timezone is None or table.stored_timezone == data.timezone:
        return clock
    return _local(f"timezone({text(table.stored_timezone)}, {clock})", data)
