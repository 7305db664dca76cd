"""Where a table comes from: one module for each scheme of ``source:``.

A scheme is a function that turns what stands after its colon into a `Source`; what has no scheme
is a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segnb.errors import InputError
from segnb.registry import Entry, Registry
from segnb.tables.intake import Note

SCHEMES: Registry[Entry] = Registry("source", Entry, __name__)

_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Place:
    """Where a source is looked up: for which table, from which folder, with which cache."""

    table: str
    root: Path
    cache: Path


@dataclass(frozen=True)
class Source:
    """The files behind a table, and the SQL of a typed relation over them (None: CSV text)."""

    declared: str
    files: tuple[Path, ...]
    relation: str | None = None
    query: str = ""
    """The relation without paths, where it is more than the file."""
    notes: tuple[Note, ...] = ()


def scheme(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the function that resolves ``name:...``."""
    return SCHEMES.register(name)


def resolve(declared: str, place: Place) -> Source:
    """Return the source that was declared.

    Raises
    ------
    InputError
        There is no such scheme, package, sample or file.
    """
    # A single letter before the colon is a drive.
    match = re.match(r"([A-Za-z][\w+-]+):(.*)", declared)
    name, rest = match.groups() if match else ("file", declared)
    try:
        found: Source = SCHEMES[name](rest, place)
    except KeyError as error:
        raise InputError(f"{declared}: {error}") from error
    return found


def file_source(declared: str, path: Path) -> Source:
    """Return the source of one CSV or Parquet file, told apart by its ending."""
    if path.name.lower().endswith(_PARQUET):
        return Source(declared, (path,), parquet(path))
    if path.name.lower().endswith(_CSV):
        return Source(declared, (path,))
    raise InputError(
        f"{declared}: the file's ending says no format. Use one of: {', '.join(_CSV + _PARQUET)}"
    )


def parquet(path: Path) -> str:
    """Return the SQL relation of a Parquet file."""
    return f"read_parquet({path_text(path)})"


def path_text(path: Path) -> str:
    """Return the SQL text of one path: DuckDB would take ``*``, ``?`` and ``[`` for patterns."""
    return text(re.sub(r"([*?[])", r"[\1]", str(path)))


def text(value: str) -> str:
    """Return an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """Return an SQL identifier."""
    return '"' + value.replace('"', '""') + '"'
