"""Read the declared tables: check them, clean them into a content-addressed cache, open the cache.

Equal sources, declaration, ``as_of`` and versions make the same digest, so what was read once is
opened in an instant; the cleaned rows and their order are the same at any number of threads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from segnb import __version__, store
from segnb.errors import Fault, InputError, KernelError, WriteError, refuse
from segnb.tables.clean import day_of, write_rejects, write_tables
from segnb.tables.declare import Data
from segnb.tables.digest import digest
from segnb.tables.found import Found, find
from segnb.tables.intake import Intake, OrderUnit, TableIntake
from segnb.tables.judge import OWN_TIME, Judged, judge
from segnb.tables.kept import DIGITS, cleaning, is_kept
from segnb.tables.links import check_links
from segnb.tables.opened import Tables, configured, open_tables
from segnb.tables.sources import Source, parquet
from segnb.tables.stage import Stage, stage

LAYOUT = 2
"""Raised by one whenever equal input gives other cleaned files than before."""


def read(
    data: Data,
    *,
    as_of: date | None,
    root: Path,
    cache: Path,
    threads: int = 2,
    memory_limit: str = "1GB",
) -> Tables:
    """Return the declared tables, cleaned.

    Parameters
    ----------
    data
        The ``data:`` block.
    as_of
        The last day that counts, in the business's time zone; a must where a time is declared.
    root
        The folder at which relative paths start: that of the params file.
    cache
        The folder of cleaned tables; they hold personal data, as the sources do.
    threads, memory_limit
        What DuckDB may use; the result does not depend on them.

    Raises
    ------
    InputError
        Anything is wrong with the input; all faults are in its one message.
    """
    found = find(data, root, cache)
    folder = cleaned(found, as_of=as_of, cache=cache, threads=threads, memory_limit=memory_limit)
    return open_tables(folder, threads=threads, memory_limit=memory_limit)


def cleaned(
    found: Found, *, as_of: date | None, cache: Path, threads: int = 2, memory_limit: str = "1GB"
) -> Path:
    """Return the folder of the cleaned tables; clean them first where that was not done before.

    Raises
    ------
    InputError
        Anything is wrong with the input; all faults are in its one message.
    """
    if as_of is None and found.data.needs_as_of():
        raise InputError("The tables have times, so as_of is a must: the last day that counts, as 2017-12-31")
    key = _key(found, as_of)
    kept = cache / key
    if not is_kept(kept):
        with _told(), cleaning(kept) as folder:
            if folder is not None:
                with configured(folder, threads, memory_limit) as con:
                    _build(con, found.data, as_of, found.sources, found.files, key, folder)
                refuse(InputError, found.changed())
                shutil.rmtree(folder / "spill", ignore_errors=True)
    return kept


def _key(found: Found, as_of: date | None) -> str:
    held = {
        "layout": LAYOUT,
        "versions": [__version__, duckdb.__version__],
        "as_of": as_of.isoformat() if as_of else None,
        "data": found.data.model_dump(mode="json"),
        "sources": found.digests,
    }
    return digest(held)[:DIGITS]


@contextmanager
def _told() -> Iterator[None]:
    """Tell in segnb's own errors what keeps tables from being cleaned."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise KernelError("DuckDB ran out of memory while reading. Give it more, or fewer threads") from error
    except (OSError, duckdb.IOException) as error:
        raise WriteError(f"The cleaned tables cannot be written: {error}") from error


def _build(
    con: duckdb.DuckDBPyConnection,
    data: Data,
    as_of: date | None,
    sources: Mapping[str, Source],
    files: Mapping[str, Mapping[str, str]],
    key: str,
    folder: Path,
) -> None:
    judged: dict[str, Judged] = {}
    faults: list[Fault] = []
    for name, table in data.tables().items():
        staged = stage(con, table, sources[name], data, folder)
        if isinstance(staged, Stage):
            judged[name] = judge(con, staged, data, as_of)
            faults += judged[name].faults
        else:
            faults += staged
    refuse(InputError, faults)
    write_tables(con, judged, as_of, folder)
    write_rejects(con, judged, folder)
    notes = check_links(con, judged, data, folder)
    intake = Intake(
        digest=key,
        as_of=as_of,
        order_unit=_order_unit(data),
        tables={name: _intake(con, each, files[name], folder) for name, each in judged.items()},
        notes=notes,
    )
    for leftover in folder.glob("*.csv"):
        leftover.unlink()
    store.save(intake, folder, "intake")


def _order_unit(data: Data) -> OrderUnit | None:
    if data.transactions is None:
        return None
    order = data.transactions.order_id
    return "day" if order == "day" else "row" if order == "row" else "order"


def _intake(
    con: duckdb.DuckDBPyConnection, judged: Judged, files: Mapping[str, str], folder: Path
) -> TableIntake:
    stage = judged.stage
    first, last = _days(con, stage, folder)
    return TableIntake(
        name=stage.table.name,
        source=stage.table.told_source,
        rows_in=judged.rows_in,
        rows_used=judged.rows_used,
        rejected=judged.rejected,
        columns={each.wanted.source: each.wanted.column for each in stage.casts},
        not_read=stage.not_read,
        sha256=dict(files),
        first_day=first,
        last_day=last,
    )


def _days(con: duckdb.DuckDBPyConnection, stage: Stage, folder: Path) -> tuple[date | None, date | None]:
    own = OWN_TIME.get(stage.table.name)
    if not any(each.wanted.column == own for each in stage.casts):
        return None, None
    day = day_of(str(own))
    source = parquet(folder / f"{stage.table.name}.parquet")
    first, last = con.execute(f"SELECT min({day}), max({day}) FROM {source}").fetchall()[0]
    return first, last
