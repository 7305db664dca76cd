"""What the sources hold, told by their bytes: equal digests, equal tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from segnb.errors import Fault, InputError, refuse
from segnb.tables.declare import Data
from segnb.tables.snapshots import Snapshots
from segnb.tables.sources import Faulty, Place, Source, resolve


def resolve_all(data: Data, root: Path, cache: Path) -> dict[str, Source]:
    """Return the source of each declared table; refuse all that are missing in one message.

    All tables of one database are fetched from one snapshot of it.
    """
    sources: dict[str, Source] = {}
    faults: dict[str, Sequence[Fault]] = {}
    with Snapshots() as snapshots:
        for name, table in data.tables().items():
            try:
                sources[name] = resolve(table.source, Place(table, root, cache, snapshots))
            except InputError as error:
                told = (
                    error.faults if isinstance(error, Faulty) else [Fault(str(error), f"data.{name}.source")]
                )
                # A database that cannot be reached is one fault, not one for each of its tables.
                faults.setdefault(str(error), told)
    refuse(InputError, chain.from_iterable(faults.values()))
    return sources


def file_digests(source: Source) -> dict[str, str]:
    """Return the SHA-256 of each file of a source, by file name."""
    found = {}
    for path in source.files:
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def source_digest(source: Source, files: Mapping[str, str]) -> str:
    """Return the digest of a source: of its files, and of what is asked of them."""
    return digest([source.query, sorted(files.items())])


def digest(value: object) -> str:
    """Return the SHA-256 of a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
