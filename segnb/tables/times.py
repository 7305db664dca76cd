"""Times in SQL: read strictly, then turned into the wall clock of the business.

An instant (a time with an offset, or one stored in a known zone) is converted before any day is
counted; a day without a time of day is a day, and is never shifted.
"""

from __future__ import annotations

from dataclasses import dataclass

from segnb.tables.declare import Data
from segnb.tables.roles import Table
from segnb.tables.sources import text

_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
_CLOCKS = ("%H", "%I", "%X", "%c", "%-H", "%-I")
_STORED = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


@dataclass(frozen=True)
class Time:
    """The SQL of a local TIMESTAMP, and of what the stored value was like."""

    value: str
    has_offset: str
    has_clock: str
    """A time of day without an offset."""


def parsed_time(raw: str, table: Table, data: Data) -> Time:
    """Return the time that stands in a text column: ISO 8601, or the declared format."""
    said = f"trim({raw})"
    if table.time_format is not None:
        return _formatted(said, table.time_format, table, data)
    has_offset = f"(length({said}) > 16 AND regexp_matches(substr({said}, 17), '[Z+-]'))"
    has_clock = f"(length({said}) > 10 AND NOT {has_offset})"
    value = (
        f"CASE WHEN NOT regexp_full_match({said}, {text(_ISO)}) THEN NULL "
        f"WHEN {has_offset} THEN {_local(f'try_cast({said} AS TIMESTAMPTZ)', data)} "
        f"WHEN {has_clock} THEN {_converted(f'try_cast({said} AS TIMESTAMP)', table, data)} "
        f"ELSE try_cast({said} AS TIMESTAMP) END"
    )
    return Time(value, has_offset, has_clock)


def _formatted(said: str, time_format: str, table: Table, data: Data) -> Time:
    parsed = f"try_strptime({said}, {text(time_format)})"
    if "%z" in time_format or "%Z" in time_format:
        return Time(_local(parsed, data), f"{said} IS NOT NULL", "false")
    if any(each in time_format for each in _CLOCKS):
        return Time(_converted(parsed, table, data), "false", f"{said} IS NOT NULL")
    return Time(parsed, "false", "false")


def stored_time(raw: str, stored_as: str, table: Table, data: Data) -> Time | None:
    """Return the time that stands in a typed column, or None where the type is no time's."""
    if stored_as == "DATE":
        return Time(f"({raw})::TIMESTAMP", "false", "false")
    if stored_as == "TIMESTAMP WITH TIME ZONE":
        return Time(_local(raw, data), f"({raw}) IS NOT NULL", "false")
    if stored_as in _STORED:
        return Time(_converted(f"({raw})::TIMESTAMP", table, data), "false", f"({raw}) IS NOT NULL")
    return None


def _local(instant: str, data: Data) -> str:
    return f"timezone({text(data.timezone or 'UTC')}, {instant})"


def _converted(clock: str, table: Table, data: Data) -> str:
    if table.stored_timezone is None or table.stored_timezone == data.timezone:
        return clock
    return _local(f"timezone({text(table.stored_timezone)}, {clock})", data)
