"""The declared sources as they were found, told by their bytes, before any of them is read as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from segnb.errors import Fault
from segnb.tables.declare import Data
from segnb.tables.digest import file_digests, resolve_all, source_digest
from segnb.tables.sources import Source

State = tuple[int, int]
"""Size and time of the last change of a file."""


@dataclass(frozen=True)
class Found:
    """The sources of all declared tables at one moment: each is resolved once a run, and no more."""

    data: Data
    sources: Mapping[str, Source]
    files: Mapping[str, Mapping[str, str]]
    """SHA-256 of each file, by table and file name."""
    states: Mapping[Path, State]

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each table's source, by the table's name."""
        return {name: source_digest(source, self.files[name]) for name, source in self.sources.items()}

    def changed(self) -> Iterator[Fault]:
        """Return the files that are no longer as they were found."""
        for path in sorted(self.states):
            if not path.is_file() or _state(path) != self.states[path]:
                yield Fault("changed while it was read", path.name, remedy="Start again once it is at rest")


def find(data: Data, root: Path, cache: Path) -> Found:
    """Look up the sources of all declared tables.

    Parameters
    ----------
    data
        The ``data:`` block.
    root
        The folder at which relative paths start: that of the params file.
    cache
        A folder for what has to be fetched or made first.

    Raises
    ------
    InputError
        A source is not there; all that are missing are in the one message.
    """
    sources = resolve_all(data, root, cache)
    states = {path: _state(path) for source in sources.values() for path in source.files}
    return Found(data, sources, {name: file_digests(source) for name, source in sources.items()}, states)


def _state(path: Path) -> State:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
