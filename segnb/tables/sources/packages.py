"""Data files that an installed package ships."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from segnb.errors import InputError
from segnb.tables.sources import Place, Source, scheme
from segnb.tables.sources.files import file_source


@scheme("package")
def package(address: str, place: Place) -> Source:
    """Read a file out of an installed package, which is not imported: package:NAME/PATH."""
    name, _, path = address.partition("/")
    folder = package_folder(name)
    if folder is None:
        raise InputError(f"package:{address}: the package {name!r} is not installed. Install it with pip")
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.resolve()) or not found.is_file():
        raise InputError(f"package:{address}: the package {name!r} has no such file")
    return file_source(f"package:{address}", found, place)


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed top-level package, without importing it."""
    spec = find_spec(name) if name.isidentifier() else None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None
