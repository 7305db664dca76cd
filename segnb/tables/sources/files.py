"""Files of the company's own: CSV and Parquet."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from segnb.errors import InputError
from segnb.tables.sources import Place, Source, file_source, scheme


@scheme("file")
def file(path: str, place: Place) -> Source:
    """Read a CSV or Parquet file; a relative path starts at the params file."""
    found = place.root / path
    if not found.is_file():
        raise InputError(f"{path}: there is no such file. {_hint(found)}".rstrip())
    return file_source(path, found)


def _hint(missing: Path) -> str:
    if not missing.parent.is_dir():
        return "Its folder does not exist either"
    close = get_close_matches(missing.name, sorted(each.name for each in missing.parent.iterdir()), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""
