"""Tables of databases, through Ibis: fetched from one snapshot into a Parquet extract.

Only the declared columns are fetched, and nothing is ever written. The names of the table and of
its columns are looked up in the database before they stand in a query, quoted by its dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from segnb.errors import InputError, SegnbError, nearest
from segnb.tables.addresses import Address, parse, password_in, variable
from segnb.tables.secrets import reveal
from segnb.tables.snapshots import Snapshot
from segnb.tables.sources import Place, Source, parquet, scheme

_MOST_NAMES = 30
"""Tables that a hint lists."""


@scheme("url")
def url_source(url: str, place: Place) -> Source:
    """Read a table of a database: postgresql://USER:env:NAME@HOST/DATABASE, NAME holding the password."""
    address = parse(url)
    if address is None:
        raise InputError("that is no database's URL")
    name = variable(address.password or "")
    password = reveal(name) if name else None
    return _source(url, place, lambda: _connect(address, password, address.shown))


@scheme("env")
def env_source(name: str, place: Place) -> Source:
    """Read a table of a database whose URL an environment variable holds: env:NAME."""
    address = parse(reveal(name))
    if address is None:
        raise InputError(
            f"env:{name} holds no database's URL, as postgresql://USER:PASSWORD@HOST/DATABASE. In the "
            "password, write what is no letter or digit by its percent code, as %2F for /"
        )
    password = password_in(address)
    return _source(f"env:{name}", place, lambda: _connect(address, password, f"env:{name} ({address.shown})"))


def sqlite_source(declared: str, path: Path, place: Place) -> Source:
    """Read a table of an SQLite file."""
    from segnb.tables.sources import sqlite

    return _source(declared, place, lambda: sqlite.connect(path, declared))


def _connect(address: Address, password: str | None, shown: str) -> Snapshot:
    engine = address.engine.partition("+")[0]
    if engine == "sqlite":
        raise InputError(f"{shown}: an SQLite database is a file. Name it, as source: data/shop.sqlite")
    if engine in ("postgres", "postgresql"):
        from segnb.tables.sources import postgres

        return postgres.connect(address, password, shown)
    from segnb.tables.sources import others

    return others.connect(address, password, shown)


def _source(declared: str, place: Place, connect: Any) -> Source:
    from segnb.tables.extract import Extracts
    from segnb.tables.text_file import repeated_names

    table = place.table
    assert table.table is not None, "a declaration without it is refused"
    snapshot = place.snapshots.of(declared, connect)
    where = f"{snapshot.shown}, table {table.table}"
    found = _find(snapshot, table.table, where)
    declared_columns = {each.source for each in table.wanted()}
    # Where none is known, any one: the faults of the columns are told together with all others.
    columns = [each for each in found.columns if each in declared_columns] or list(found.columns[:1])
    fault = repeated_names(columns, table)
    if fault is not None:
        raise InputError(str(fault))
    extract, rows = Extracts(place.cache / "extracts").write(
        [table.name, declared, table.table],
        columns,
        _fetched(snapshot, found.select(*columns), where),
        where=where,
        further=_unlike(found.columns, columns),
        sign=table.decimal or ".",
    )
    if not rows:
        raise InputError(f"{where}: has no rows. Check what fills it")
    return Source(declared, (extract,), parquet(extract), ordered=False)


def _unlike(columns: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the names that differ in more than case and outer spaces, from those taken and each other."""
    apart = {each.strip().casefold(): each for each in reversed([*taken, *columns])}
    return [each for each in apart.values() if each not in taken][::-1]


def _fetched(snapshot: Snapshot, query: Any, where: str) -> Iterator[Sequence[Sequence[Any]]]:
    failure: SegnbError | None = None
    try:
        yield from snapshot.fetch(query)
    except SegnbError:
        raise
    except Exception as error:
        failure = snapshot.failed(error, where)
    if failure is not None:  # raised here, for a driver's own error may hold the data, or the password
        raise failure


def _find(snapshot: Snapshot, declared: str, where: str) -> Any:
    """Return a table of the database as an Ibis expression; a point may stand before its schema, or in it.

    Raises
    ------
    InputError
        There is no such table, or more than one can be meant.
    """
    splits = [place for place, sign in enumerate(declared) if sign == "."]
    places = [(None, declared), *((declared[:split], declared[split + 1 :]) for split in splits)]
    found = [each for each in (_table(snapshot, *place, where) for place in places) if each is not None]
    if not found:
        raise InputError(f"{where}: there is no such table that may be read. {_hint(snapshot, declared)}")
    if len(found) > 1:
        raise InputError(f"{where}: more than one table can be meant. Declare a view with another name")
    return found[0]


def _table(snapshot: Snapshot, schema: str | None, name: str, where: str) -> Any:
    import ibis.expr.operations as ops
    from ibis.common.exceptions import TableNotFound

    failure: SegnbError | None = None
    try:
        columns = snapshot.backend.get_schema(name, database=schema)
    except TableNotFound:
        return None
    except Exception as error:
        failure = snapshot.failed(error, where)
    if failure is not None:
        if schema is not None and isinstance(failure, InputError):  # there is no such schema
            return None
        raise failure
    # Not backend.table(): it would parse the schema's name as SQL.
    namespace = ops.Namespace(database=schema)
    return ops.DatabaseTable(name, schema=columns, source=snapshot.backend, namespace=namespace).to_expr()


def _hint(snapshot: Snapshot, declared: str) -> str:
    names: list[str] = []
    with suppress(Exception):  # a hint is no reason to fail
        names += snapshot.backend.list_tables()
        schema = declared.partition(".")[0]
        if schema in snapshot.backend.list_databases():
            names += [f"{schema}.{each}" for each in snapshot.backend.list_tables(database=schema)]
    if len(names) <= _MOST_NAMES:
        return nearest(declared, sorted(names))
    return nearest(declared, sorted(names)).partition("Choose one of")[0].strip()
