"""Files of the company's own: CSV, Parquet, Excel and SQLite, told apart by their endings."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from segnb.errors import InputError
from segnb.tables.addresses import EXCEL, SQLITE
from segnb.tables.sources import Place, Source, parquet, scheme
from segnb.tables.sources.databases import sqlite_source
from segnb.tables.sources.excel import excel_source

_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
_PARQUET = (".parquet", ".pq")


@scheme("file")
def file(path: str, place: Place) -> Source:
    """Read a CSV, Parquet, Excel or SQLite file; a relative path starts at the params file."""
    found = place.root / path
    try:
        if not found.is_file():
            raise InputError(f"{path}: there is no such file. {_hint(found)}".rstrip())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no file can bear that name") from error
    return file_source(path, found, place)


def file_source(declared: str, path: Path, place: Place) -> Source:
    """Return the source of a table that lies in one file."""
    ending = path.name.lower()
    if ending.endswith(_PARQUET):
        return Source(declared, (path,), parquet(path))
    if ending.endswith(_CSV):
        return Source(declared, (path,))
    if ending.endswith(EXCEL):
        return excel_source(declared, path, place)
    if ending.endswith(SQLITE):
        return sqlite_source(declared, path, place)
    known = ", ".join(_CSV + _PARQUET + EXCEL + SQLITE)
    raise InputError(f"{declared}: the file's ending says no format that can be read. Use one of: {known}")


def _hint(missing: Path) -> str:
    if not missing.parent.is_dir():
        return "Its folder does not exist either"
    close = get_close_matches(missing.name, sorted(each.name for each in missing.parent.iterdir()), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""
