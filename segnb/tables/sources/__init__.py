"""Where a table comes from: one module for each scheme of ``source:``.

A scheme is a function that turns what stands after its colon into a `Source`; what has no scheme
is a file, and a URL is a database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segnb.errors import Fault, InputError
from segnb.registry import Entry, Registry, UnknownName
from segnb.tables.intake import Note

if TYPE_CHECKING:
    from segnb.tables.roles import Table
    from segnb.tables.snapshots import Snapshots

SCHEMES: Registry[Entry] = Registry("source", Entry, __name__)


@dataclass(frozen=True)
class Place:
    """Where a source is looked up: for which table, from which folder, with which cache.

    ``snapshots`` are the databases that were opened for other tables of the same data.
    """

    table: Table
    root: Path
    cache: Path
    snapshots: Snapshots


@dataclass(frozen=True)
class Source:
    """The files behind a table, and the SQL of a typed relation over them (None: CSV text)."""

    declared: str
    files: tuple[Path, ...]
    relation: str | None = None
    query: str = ""
    """The relation without paths, where it is more than the file."""
    notes: tuple[Note, ...] = ()
    ordered: bool = True
    """Whether a row's number tells where it stands; a database has no order of rows."""


class Faulty(InputError):
    """Several things are wrong with a source: they are told together with those of all others."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


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
    if "://" in declared:
        name, rest = "url", declared
    else:
        # A single letter before the colon is a drive.
        match = re.match(r"([A-Za-z][\w+-]+):(.*)", declared)
        name, rest = match.groups() if match else ("file", declared)
    try:
        found: Source = SCHEMES[name](rest, place)
    except UnknownName as error:
        # What stands there may be a secret in the wrong place.
        raise InputError(str(error)) from None
    return found


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
