"""One table on its way: the source as an SQL relation, its columns cast, its problems marked.

Nothing is dropped here. Each row of the source (``f0, f1, ...``) stands in the staged table with its
cast values (``v0, v1, ...``), what is wrong with it (``p0, p1, ...``) and what is only counted (``c0, ...``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from segnb.errors import Fault, nearest
from segnb.tables.cast import CSV, Cast, Raw, Reason, cast
from segnb.tables.declare import Data
from segnb.tables.marks import held, marked, told_apart
from segnb.tables.roles import Table, Wanted
from segnb.tables.sources import Source, name, path_text, text
from segnb.tables.text_file import TextFile, looks_like_data, open_text, repeated_names


@dataclass(frozen=True)
class Problem:
    """Something wrong with a row: in which column, for which reason, and the mark that says so."""

    wanted: Wanted
    reason: Reason
    test: str


@dataclass(frozen=True)
class Stage:
    """A table that has been read, not yet judged."""

    table: Table
    source: Source
    relation: str
    columns: dict[str, tuple[str, str]]
    """SQL name and type of each column of the source."""
    casts: tuple[Cast, ...]
    as_text: Path | None
    """The UTF-8 text that was parsed; None where the source is typed."""

    @property
    def staged(self) -> str:
        """Name of the temporary view."""
        return f"staged_{self.table.name}"

    @property
    def passed_over(self) -> str:
        """Name of the temporary table in which DuckDB keeps what it could not parse, once for each scan."""
        return f"passed_over_{self.table.name}"

    @property
    def misshapen(self) -> str:
        """Name of the temporary table of lines that are no rows."""
        return f"misshapen_{self.table.name}"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that can be wrong with a row, in the order of the ``p`` columns."""
        return tuple(
            Problem(wanted, reason, f"p{place}")
            for place, (wanted, reason) in enumerate(
                (each.wanted, reason) for each in self.casts for reason in each.problems
            )
        )

    @property
    def marked(self) -> str:
        """The SQL of the source's rows with their values and problems."""
        return marked(self.relation, self.casts)

    def counter(self, kind: str) -> Iterator[tuple[int, Wanted]]:
        """Return the places of the ``c`` columns of one kind."""
        named = [(key, each.wanted) for each in self.casts for key in each.counters]
        return ((place, wanted) for place, (key, wanted) in enumerate(named) if key == kind)

    @property
    def not_read(self) -> tuple[str, ...]:
        """Columns of the source that nothing declares."""
        read = {each.wanted.source for each in self.casts}
        return tuple(
            column or f"column {place} (without a name)"
            for place, column in enumerate(self.columns, start=1)
            if column not in read
        )


def stage(
    con: duckdb.DuckDBPyConnection, table: Table, source: Source, data: Data, folder: Path
) -> Stage | list[Fault]:
    """Read a table into a temporary one; return the faults where it cannot be read at all."""
    opened = open_text(source.files[0], table, folder) if source.relation is None else None
    if isinstance(opened, Fault):
        return [opened]
    described = _describe(con, table, source, opened)
    if isinstance(described, Fault):
        return [described]
    relation, columns = described
    unknown = _unknown_columns(table, columns, hide=opened is not None and looks_like_data(columns))
    known = [each for each in table.wanted() if each.source in columns]
    made = [cast(each, Raw(place, *columns[each.source], table, data)) for place, each in enumerate(known)]
    faults = [*unknown, *(each for each in made if isinstance(each, Fault))]
    if faults:
        return faults
    casts = tuple(each for each in made if isinstance(each, Cast))
    staged = Stage(table, source, relation, columns, casts, opened.path if opened else None)
    fault = _fill(con, staged)
    return [fault] if fault else staged


def _describe(
    con: duckdb.DuckDBPyConnection, table: Table, source: Source, opened: TextFile | None
) -> tuple[str, dict[str, tuple[str, str]]] | Fault:
    """Return the SQL relation, and the SQL name and type of each of its columns."""
    if opened is not None:
        columns = {column: (f"f{place}", CSV) for place, column in enumerate(opened.header)}
        return _csv(opened, table), columns
    try:
        found = con.execute(f"DESCRIBE SELECT * FROM {source.relation}").fetchall()
    except duckdb.Error as error:
        if not _of_the_file(error) and not isinstance(error, duckdb.IOException):
            raise
        return Fault("cannot be read as Parquet", table.shown, remedy="Check that it was written to its end")
    names = [row[0] for row in found]
    repeated = repeated_names(names, table)
    columns = {column: (f"f{place}", stored) for place, (column, stored, *_) in enumerate(found)}
    fields = ", ".join(f"{name(column)} AS {field}" for column, (field, _) in columns.items())
    return repeated or (f"(SELECT {fields} FROM {source.relation})", columns)


def _csv(opened: TextFile, table: Table) -> str:
    fields = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(opened.header)))
    return (
        f"read_csv({path_text(opened.path)}, auto_detect=false, header=true, columns={{{fields}}}, "
        # A field too many is passed over in silence where it holds the text of a NULL: so that is one
        # that no file can hold.
        f"delim={text(table.separator)}, quote='\"', escape='\"', nullstr=chr(0), "
        f"store_rejects=true, rejects_limit=0, "
        f"rejects_table='passed_over_{table.name}', rejects_scan='scans_{table.name}')"
    )


def _unknown_columns(table: Table, columns: dict[str, Any], *, hide: bool) -> Iterator[Fault]:
    for wanted in table.wanted():
        if wanted.source not in columns:
            remedy = (
                "The first line looks like data, not like a header: name the columns there"
                if hide
                else nearest(wanted.source, columns)
            )
            where = f"{table.shown}, data.{table.name}.{wanted.column}"
            yield Fault(f"there is no column {wanted.source!r}", where, remedy=remedy)


def _fill(con: duckdb.DuckDBPyConnection, staged: Stage) -> Fault | None:
    rows, name = held(staged.relation, staged.casts), f"held_{staged.table.name}"
    numbered = staged.table.name == "customers"
    if numbered and not any(each.wanted.column == "customer_id" for each in staged.casts):
        rows = f"SELECT *, row_number() OVER () AS row FROM ({rows})"
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {rows}")
        con.execute(f"CREATE OR REPLACE TEMP VIEW {staged.staged} AS {told_apart(name, staged.casts)}")
    except duckdb.Error as error:
        if not _of_the_file(error):
            raise
        return _unreadable(staged.table, str(error))
    return None


def _of_the_file(error: duckdb.Error) -> bool:
    """Say whether an error tells of the file: of broken Parquet DuckDB says it by no type of its own."""
    return isinstance(error, duckdb.InvalidInputException | duckdb.DataError) or type(error) is duckdb.Error


def _unreadable(table: Table, message: str) -> Fault:
    """Say why DuckDB gave up, without its words: they may quote the data."""
    if "state machine" in message:
        remedy = (
            "Lines end in both CRLF and LF, or quotes are broken: save the file with one kind of line end"
        )
    elif "format specifier" in message:
        return Fault(
            f"time_format {table.time_format!r} is no strptime format", f"data.{table.name}.time_format"
        )
    else:
        remedy = "Check that it was written to its end"
    return Fault("cannot be read", table.shown, remedy=remedy)
