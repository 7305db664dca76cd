"""PostgreSQL: one read-only transaction at REPEATABLE READ, so that all tables are of one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from segnb.errors import InputError, KernelError, SegnbError
from segnb.tables.addresses import Address
from segnb.tables.secrets import hide
from segnb.tables.snapshots import BATCH, Snapshot

_PATIENCE = {"connect_timeout": 10}
_LOCKS = "SET LOCAL lock_timeout = '60s'"
_SQLSTATES = {
    "42501": "may not be read by this user. GRANT SELECT on it",
    "42P01": "is gone since it was looked up. Start again",
    "42703": "has lost a column since it was looked up. Start again",
}
_RETRY = ("08", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that say nothing of the data: connection, conflict, resources, lock, operator."""


def connect(address: Address, password: str | None, shown: str) -> Snapshot:
    """Open a snapshot.

    Raises
    ------
    InputError
        The driver is not installed, or there is no connection to be had.
    """
    try:
        import ibis.backends.postgres as engine
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise InputError(f"{shown}: PostgreSQL needs a driver. Run pip install 'segnb[postgres]'") from None
    failure = ""
    try:
        told: dict[str, Any] = conninfo_to_dict(replace(address, engine="postgresql").without_password)
        con = psycopg.connect(**(_PATIENCE | told | ({} if password is None else {"password": password})))
    except psycopg.Error as error:
        failure = hide(" ".join(str(error).split())).removeprefix("connection failed: ")
    if failure:
        remedy = "Check host, port, database and user, the password, and that the server runs"
        raise InputError(f"{shown}: there is no connection: {failure}. {remedy}")
    con.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    con.read_only = True
    con.execute(_LOCKS)
    con.execute("SELECT 1")  # the snapshot is taken here; what Ibis asks lies in savepoints after it

    def fetch(query: Any) -> Iterator[Sequence[Sequence[Any]]]:
        sql = backend.compile(query)
        with con.transaction(), con.cursor(name="segnb") as cursor:
            cursor.execute(sql)
            while batch := cursor.fetchmany(BATCH):
                yield batch

    def failed(error: Exception, where: str) -> SegnbError:
        state = getattr(error, "sqlstate", None) or ""
        if con.closed or state.startswith(_RETRY):
            return KernelError(f"{where}: the connection was lost, or the server was busy. Start again")
        if isinstance(error, psycopg.DataError) and not state:
            said = "holds times that are infinite or after the year 9999. Declare a view without them"
        else:
            said = _SQLSTATES.get(state, f"cannot be read ({type(error).__name__} {state}".rstrip() + ")")
        return InputError(f"{where}: {said}")

    backend = engine.Backend.from_connection(con)
    return Snapshot(shown, backend, fetch, failed, con.close)
