"""Lines of a CSV file that are no rows: too many or too few fields, a broken quote.

DuckDB passes over them and keeps them in a table of its own; a row's number, as told to users,
counts them, for they stand in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from segnb.errors import Fault
from segnb.tables.declare import Data
from segnb.tables.stage import Stage

# A quote that does not close takes the lines after it along; so does a line without an end.
_RUNAWAY = "error_type = 'UNQUOTED VALUE' AND contains(record, chr(10)) OR error_type LIKE 'LINE SIZE%'"


_ASIDE = "Correct them, or set data.bad_rows: quarantine to set them aside, counted"
_SPACES = "Each space begins a field. Where columns are lined up by several of them, set delimiter: spaces"


def keep_misshapen(con: duckdb.DuckDBPyConnection, stage: Stage) -> int:
    """Keep each misshapen line once, with its number and place in the file; return how many there are."""
    if stage.as_text is None:
        return 0
    # DuckDB counts bytes from 1, the header as line 1, and a line's start before a CRLF's LF.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {stage.misshapen} AS
        SELECT (line - 1)::BIGINT AS row, min(start) - 1 AS byte, min(record) AS record,
            bool_or({_RUNAWAY}) AS runaway
        FROM (
            SELECT line, error_type, ltrim(csv_line, chr(10) || chr(13)) AS record,
                line_byte_position + length(csv_line) - length(record) AS start
            FROM {stage.passed_over} WHERE scan_id = (SELECT min(scan_id) FROM {stage.passed_over})
        )
        GROUP BY line""")
    return int(con.execute(f"SELECT count(*) FROM {stage.misshapen}").fetchall()[0][0])


def numbered(stage: Stage, misshapen: int) -> str:
    """Return the SQL of the source's rows with their number ``n`` below the header."""
    rows = f"SELECT *, row_number() OVER () AS n FROM {stage.marked}"
    if not misshapen:
        return f"({rows})"
    # The jth misshapen line, in row r, has r - j rows before it.
    return f"""(
        SELECT rows.* EXCLUDE (n), n + coalesce(skipped, 0) AS n
        FROM ({rows}) AS rows ASOF LEFT JOIN (
            SELECT row - j AS before, max(j) AS skipped
            FROM (SELECT row, row_number() OVER (ORDER BY row) AS j FROM {stage.misshapen}) GROUP BY before
        ) AS lines ON rows.n > lines.before)"""


def check_misshapen(
    con: duckdb.DuckDBPyConnection, stage: Stage, misshapen: int, data: Data
) -> Iterator[Fault]:
    """Return the fault of misshapen lines; a runaway quote is one even where bad rows are set aside."""
    if not misshapen or stage.as_text is None:
        return
    found = con.execute(f"SELECT byte, runaway FROM {stage.misshapen} ORDER BY row").fetchall()
    runaway = [byte for byte, runs_away in found if runs_away]
    if runaway:
        yield Fault(
            "a quote is broken, or a line is longer than 2,000,000 bytes: what follows cannot be told apart",
            f"{stage.table.shown}, {listed('line', _lines(stage.as_text, runaway[:1]), 1)}",
            remedy="Close it, or write a quote within a quoted field twice",
        )
    elif data.bad_rows == "refuse":
        lines = _lines(stage.as_text, [byte for byte, _ in found[:5]])
        yield Fault(
            f"the number of fields is not the header's {len(stage.columns)}, or a quote is broken",
            f"{stage.table.shown}, {listed('line', lines, misshapen)}",
            misshapen,
            _SPACES if stage.table.delimiter == " " else _ASIDE,
        )


def _lines(path: Path, places: list[int]) -> list[int]:
    """Return the file's line at each of these (rising) bytes, as an editor counts."""
    lines, line, read = [], 1, 0
    with path.open("rb") as file:
        for place in places:
            while read < place and (chunk := file.read(min(place - read, 1 << 22))):
                line, read = line + chunk.count(b"\n"), read + len(chunk)
            lines.append(line)
    return lines


def listed(noun: str, numbers: list[int], total: int) -> str:
    """Say ``line 3``, ``lines 3, 7`` or, where there are more, ``lines 3, 7, ...``."""
    more = ", ..." if total > len(numbers) else ""
    return f"{noun}{'s' * (len(numbers) > 1)} {', '.join(f'{number:,}' for number in numbers)}{more}"
