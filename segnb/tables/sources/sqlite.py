"""SQLite: a file that is opened for reading only, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from segnb.errors import InputError, KernelError, SegnbError
from segnb.tables.snapshots import BATCH, Snapshot

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _Connection(sqlite3.Connection):
    """A connection whose transaction outlasts Ibis, which commits whenever it has looked at a table."""

    def commit(self) -> None:
        """Do nothing: there is nothing to commit."""


def connect(path: Path, shown: str) -> Snapshot:
    """Open a snapshot.

    Raises
    ------
    InputError
        Ibis' part for SQLite is not installed, or the file is no database.
    """
    try:
        import ibis.backends.sqlite as engine
    except ImportError:
        raise InputError(f"{shown}: SQLite needs a driver. Run pip install 'segnb[sqlite]'") from None
    address = f"{path.absolute().as_uri()}?mode=ro"
    con = sqlite3.connect(address, uri=True, isolation_level=None, factory=_Connection)

    def fetch(query: Any) -> Iterator[Sequence[Sequence[Any]]]:
        cursor = con.execute(backend.compile(query))
        while batch := cursor.fetchmany(BATCH):
            yield batch

    def failed(error: Exception, where: str) -> SegnbError:
        if getattr(error, "sqlite_errorcode", None) in _BUSY:
            return KernelError(f"{where}: another program is writing to it. Start again once it is at rest")
        said = "holds text that is not UTF-8" if "decode" in str(error) else "cannot be read"
        return InputError(f"{where}: {said}. Check the database with PRAGMA integrity_check")

    failure: SegnbError | None = None
    try:
        con.execute("BEGIN")
        con.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the snapshot is taken here
    except sqlite3.Error as error:
        failure = failed(error, shown)
    if failure is not None:
        con.close()
        raise failure
    backend = engine.Backend.from_connection(con)
    return Snapshot(shown, backend, fetch, failed, con.close)
