"""Rows of Python values, as drivers and spreadsheets give them, kept as one typed Parquet file.

A column's type is told by its values, not by what the source declares: a spreadsheet declares none,
SQLite does not keep to it. All values travel as text, which loses nothing, and become the one type
that they share; a column of several kinds stays text, to be parsed as that of a CSV file is.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from segnb.errors import Fault, KernelError, LockedError, WriteError
from segnb.lock import locked
from segnb.tables.sources import Faulty, name, text

Rows = Iterable[Sequence[Sequence[Any]]]
"""Batches of rows."""

_MOST_DIGITS = 38
_EXACT = 2**53
"""Whole numbers up to here are exact in a fraction type."""
_MEMORY = "1GB"
_MAKING = ".making-"
_KEPT = 2
"""Extracts of one table: another process may still read the last but one."""


@dataclass
class _Column:
    """What has been seen of a column's values: their kinds, and what decides on a type."""

    kinds: set[str] = field(default_factory=set)
    largest: int = 0
    digits: int = 0
    """Most digits before the point."""
    scale: int = 0
    """Most digits behind the point."""
    finite: bool = True

    def type(self) -> str:
        """Return the DuckDB type that holds all values unchanged."""
        if self.kinds == {"bool"}:
            return "BOOLEAN"
        if self.kinds == {"day"}:
            return "DATE"
        if self.kinds == {"instant"}:
            return "TIMESTAMP WITH TIME ZONE"
        if self.kinds and self.kinds <= {"day", "clock"}:
            return "TIMESTAMP"
        if self.kinds == {"int"} and self.largest < 2**63:
            return "BIGINT"
        if self.kinds and self.kinds <= {"int", "decimal"} and self.finite:
            whole = max(self.digits, len(str(self.largest)))
            return f"DECIMAL(38, {self.scale})" if whole + self.scale <= _MOST_DIGITS else "VARCHAR"
        if self.kinds and self.kinds <= {"int", "float"} and self.largest <= _EXACT:
            return "DOUBLE"
        return "VARCHAR"

    def measure(self, value: Decimal) -> None:
        """Note the digits of a number."""
        if not value.is_finite():
            self.finite = False
            return
        _, digits, exponent = value.as_tuple()
        self.scale = max(self.scale, -int(exponent))
        self.digits = max(self.digits, len(digits) + int(exponent))


_SAID: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (str, "text", str),
    (bool, "bool", lambda value: "true" if value else "false"),
    (int, "int", str),
    (float, "float", repr),
    (Decimal, "decimal", lambda value: format(value, "f")),
    (datetime.datetime, "clock", lambda value: value.isoformat(" ")),
    (datetime.date, "day", datetime.date.isoformat),
    (datetime.time, "time", datetime.time.isoformat),
    (UUID, "text", str),
)
"""Types of Python values that can be read, the more special before the more general."""


def _texts(column: _Column, values: Sequence[Any], sign: str) -> list[str | None]:
    """Return values as text, and note what they tell of the column's type."""
    texts: list[str | None] = []
    known: dict[type, tuple[str, Callable[[Any], str]]] = {}
    for value in values:
        if value is None:
            texts.append(None)
            continue
        kind, say = known.get(type(value)) or known.setdefault(type(value), _how(type(value)))
        said = say(value)
        if kind == "clock" and value.tzinfo is not None:
            kind = "instant"
        elif kind == "int":
            column.largest = max(column.largest, abs(value))
        elif kind == "decimal":
            column.measure(value)
        column.kinds.add(kind)
        texts.append(said.replace(".", sign) if kind in ("float", "decimal") else said)
    return texts


def _how(type_: type) -> tuple[str, Callable[[Any], str]]:
    for known, kind, say in _SAID:
        if issubclass(type_, known):
            return kind, say
    return type_.__name__, str


@dataclass(frozen=True)
class Extracts:
    """The folder in which extracts lie; they hold personal data, as the sources do.

    An extract is named after what it is of and after what it holds, and the last two of each are
    kept.
    """

    folder: Path

    def find(self, of: Sequence[str], digest: str) -> Path | None:
        """Return the extract that was made of the same bytes before."""
        path = self.folder / _file(of, digest)
        return path if path.is_file() else None

    def write(
        self,
        of: Sequence[str],
        columns: Sequence[str],
        batches: Rows,
        *,
        where: str,
        further: Sequence[str] = (),
        sign: str = ".",
        digest: str | None = None,
    ) -> tuple[Path, int]:
        """Write an extract; return it, and its number of rows.

        Parameters
        ----------
        of
            What it is of: the table, and where that comes from.
        columns
            Names of the columns that are read.
        batches
            The rows, of these columns.
        where
            How messages call what is read.
        further
            Names of columns that are not read: they are there, and empty.
        sign
            The decimal sign of numbers in a column that holds texts, too.
        digest
            Names what it holds, where that is known before; the rows then stay in their order. Left
            out, they are sorted, since a server promises no order, and named by their bytes.

        Raises
        ------
        InputError
            A column holds values that are no text, number, truth value or time.
        """
        with self._making() as scratch:
            made = scratch / "extract.parquet"
            with _told():
                rows = _write(
                    columns, batches, made, where, further, sign, scratch, in_order=digest is not None
                )
                kept = _file(of, digest or _sha256(made))
                made.replace(self.folder / kept)
            self._prune(kept)
        return self.folder / kept, rows

    @contextmanager
    def _making(self) -> Iterator[Path]:
        """Yield a folder of this process alone; what dead ones left is removed."""
        with ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                with locked(self.folder, wait=True):
                    for left in self.folder.glob(f"{_MAKING}*"):
                        with suppress(LockedError), locked(left):
                            shutil.rmtree(left, ignore_errors=True)
                    scratch = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self.folder))
                    stack.callback(shutil.rmtree, scratch, ignore_errors=True)
                    stack.enter_context(locked(scratch))
            except OSError as error:
                raise WriteError(f"{self.folder} cannot be written: {error.strerror}") from error
            yield scratch

    def _prune(self, newest: str) -> None:
        of = newest.partition("-")[0]
        older = [path for path in self.folder.glob(f"{of}-*.parquet") if path.name != newest]
        older.sort(key=lambda path: (-path.stat().st_mtime_ns, path.name))
        for path in older[_KEPT - 1 :]:
            path.unlink(missing_ok=True)


def _file(of: Sequence[str], digest: str) -> str:
    return f"{hashlib.sha256(json.dumps(of).encode()).hexdigest()[:16]}-{digest[:32]}.parquet"


def _write(
    columns: Sequence[str],
    batches: Rows,
    path: Path,
    where: str,
    further: Sequence[str],
    sign: str,
    scratch: Path,
    *,
    in_order: bool,
) -> int:
    """Write the rows as Parquet; return their number."""
    import pyarrow as pa

    from segnb.tables.opened import configured

    seen = [_Column() for _ in columns]
    places = [f"c{place}" for place in range(len(columns))]
    rows = 0
    with configured(scratch, threads=2, memory_limit=_MEMORY) as con:
        con.execute(f"CREATE TABLE rows ({', '.join(f'{place} VARCHAR' for place in places)})")
        for batch in batches:
            held = [_texts(*each, sign) for each in zip(seen, zip(*batch, strict=True), strict=True)]
            _require_readable(columns, seen, where)
            con.register("batch", pa.table([pa.array(each, pa.string()) for each in held], names=places))
            con.execute("INSERT INTO rows FROM batch")
            rows += len(batch)
        typed = [
            f"{_typed(place, column.type(), sign)} AS {name(said)}"
            for place, column, said in zip(places, seen, columns, strict=True)
        ]
        typed += [f"NULL::VARCHAR AS {name(each)}" for each in further]
        order = "" if in_order else " ORDER BY ALL"
        query = f"SELECT {', '.join(typed)} FROM rows{order}"
        con.execute(f"COPY ({query}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return rows


def _typed(place: str, type_: str, sign: str) -> str:
    if type_ == "VARCHAR":
        return place
    return f"replace({place}, {text(sign)}, '.')::{type_}" if sign != "." else f"{place}::{type_}"


def _require_readable(columns: Sequence[str], seen: Sequence[_Column], where: str) -> None:
    known = {"instant", *(kind for _, kind, _ in _SAID)}
    strange = {name: sorted(each.kinds - known) for name, each in zip(columns, seen, strict=True)}
    remedy = "Only text, numbers, truth values and times can be read: convert it at the source"
    faults = [
        Fault(f"column {name!r} holds values of type {', '.join(kinds)}", where, remedy=remedy)
        for name, kinds in strange.items()
        if kinds
    ]
    if faults:
        raise Faulty(faults)


@contextmanager
def _told() -> Iterator[None]:
    """Tell in segnb's own errors what keeps an extract from being written."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise KernelError("DuckDB ran out of memory while data were fetched") from error
    except (OSError, duckdb.IOException) as error:
        raise WriteError(f"The data that were fetched cannot be kept: {error}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
