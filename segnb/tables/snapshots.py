"""Databases as they are at one moment: one reading transaction for all tables of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from segnb.errors import InputError, SegnbError

BATCH = 20_000
"""Rows that are held in memory at a time."""


@dataclass(frozen=True)
class Snapshot:
    """An open database that does not change while it is read, and cannot be changed."""

    shown: str
    """How messages call it; never with a password."""
    backend: Any
    """The Ibis backend, for the names of what there is and for its dialect."""
    fetch: Callable[[Any], Iterator[Sequence[Sequence[Any]]]]
    """Returns the batches of rows of an Ibis expression."""
    failed: Callable[[Exception, str], SegnbError]
    """Says in segnb's own words what a driver raised about a table: a driver's may quote the data."""
    close: Callable[[], object]


class Snapshots:
    """The databases that are open while the sources of one report are looked up."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._open: dict[str, Snapshot | InputError] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, declared: str, connect: Callable[[], Snapshot]) -> Snapshot:
        """Return the snapshot of a database, which is taken where it is asked for first."""
        if declared not in self._open:
            try:
                snapshot = connect()
            except InputError as error:
                self._open[declared] = error
                raise
            self._stack.callback(snapshot.close)
            self._open[declared] = snapshot
        found = self._open[declared]
        if isinstance(found, InputError):
            raise found
        return found
