"""What `segnb check --data` does: read and check the tables without a notebook, and hand out rejects."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from segnb.errors import Fault, InputError, WriteError, refuse
from segnb.runs.parameters import Checked
from segnb.runs.project import Project
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.tables.declare import Data
    from segnb.tables.opened import Tables

_COLUMNS = ("report", "table", "row", "reason", "column", "record")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""


class Rejects:
    """A CSV file of rows that were set aside, for its owner alone to read.

    Raises
    ------
    WriteError
        The file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            if hasattr(os, "fchmod"):  # a file that was there before may be open to others
                os.fchmod(file, 0o600)
            self._file = os.fdopen(file, "w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow(_COLUMNS)

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        with self._told():
            self._file.close()

    def add(self, report: str, folder: Path) -> None:
        """Add the rows that were set aside when these tables were cleaned."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(folder / "rejects.parquet") as rows, self._told():
            for batch in rows.iter_batches(10_000):
                for table, row, reason, column, record in zip(*batch.to_pydict().values(), strict=True):
                    # A line that is no row is written as a JSON text: so every record is JSON, no formula.
                    held = json.dumps(record, ensure_ascii=False) if reason == "fields" else record
                    self._writer.writerow([report, table, row, reason, _no_formula(column), held])

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WriteError(f"{self._path} cannot be written: {error.strerror}") from error


def _no_formula(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA) else name


def check_data(checked: Checked, project: Project, rejects: Rejects | None = None) -> tuple[str, ...]:
    """Read and check a report's tables; return what came in, one line for each table, and the notes.

    Parameters
    ----------
    checked
        The report's parameters.
    project
        The project, whose cache keeps the cleaned tables for the next run.
    rejects
        Takes the rows that are set aside, also where they make the input refused.

    Raises
    ------
    InputError
        Anything is wrong with the input; all faults are in its one message.
    """
    data = checked.parameters.data
    try:
        tables = _read(checked, data, project.tables_cache)
    except InputError:
        if rejects is not None:
            _add_refused(checked, data, rejects)
        raise
    if rejects is not None:
        rejects.add(checked.parameters.name, tables.folder)
    refuse_too_few(checked, tables.folder)
    return tuple(_lines(tables, checked.parameters.voice))


def refuse_too_few(checked: Checked, folder: Path) -> None:
    """Refuse fewer customers than the segments asked for need, before a notebook runs in vain.

    A notebook forms segments where it has a parameter ``n_segments``.

    Parameters
    ----------
    checked
        The report's parameters.
    folder
        The folder of its cleaned tables.

    Raises
    ------
    InputError
        There are too few customers.
    """
    asked = [knobs["n_segments"] for knobs in checked.knobs.values() if "n_segments" in knobs]
    if not asked:
        return
    import duckdb

    from segnb.tables.sources import parquet

    files = [folder / f"{name}.parquet" for name in ("customers", "orders")]
    ids = " UNION ".join(f"SELECT customer_id FROM {parquet(each)}" for each in files if each.is_file())
    with duckdb.connect() as con:
        customers = int(con.execute(f"SELECT count(DISTINCT customer_id) FROM ({ids})").fetchall()[0][0])
    needed = max((each for each in asked if each is not None), default=1)
    said = f"{customers:,} customer{'s' * (customers != 1)}"
    if customers < needed:
        fault = Fault(f"{said}, {needed} segments asked", remedy="Ask for fewer, or take in more customers")
        refuse(InputError, [fault])
    if customers < checked.parameters.min_cell:
        what = f"{said}, and no figure may rest on fewer than min_cell = {checked.parameters.min_cell}"
        refuse(InputError, [Fault(what, remedy="Take in more customers")])


def _read(checked: Checked, data: Data, cache: Path) -> Tables:
    from segnb.tables.read import read

    return read(data, as_of=checked.parameters.as_of, root=checked.path.absolute().parent, cache=cache)


def _add_refused(checked: Checked, data: Data, rejects: Rejects) -> None:
    """Add the rows for which the input is refused, if they are all that is wrong with it."""
    aside = data.model_copy(update={"bad_rows": "quarantine"})
    with tempfile.TemporaryDirectory(prefix="segnb-") as cache, suppress(InputError):
        rejects.add(checked.parameters.name, _read(checked, aside, Path(cache)).folder)


def _lines(tables: Tables, voice: Voice) -> Iterator[str]:
    for each in tables.intake.tables.values():
        came, used = voice.count(each.rows_in), voice.count(each.rows_used)
        yield f"{each.name} ({each.source}): {came} rows in, {used} used"
        yield from (f"  left out: {rejected.sentence(voice)}" for rejected in each.rejected)
    yield from (f"note: {sentence}" for sentence in tables.intake.sentences(voice))
