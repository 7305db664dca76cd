"""Excel workbooks: one sheet, its first used row the header, each cell with the value that it shows.

Text stays text, a number a number, a date a date. What a workbook holds only by half is refused: a
formula that was never calculated, an error, merged cells, and ids that Excel has already changed.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from segnb import __version__
from segnb.errors import Fault, InputError, nearest
from segnb.tables.extract import Extracts
from segnb.tables.roles import Table
from segnb.tables.snapshots import BATCH
from segnb.tables.sources import Faulty, Place, Source, parquet
from segnb.tables.sources.excel_parts import odd_cells
from segnb.tables.text_file import looks_like_data, repeated_names

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file begins that is encrypted by Office, or of Excel before 2007."""
_EXACT = 10**15
"""Excel keeps 15 digits of a number: from here on it has changed the last ones."""
_SHOWN = 5


def excel_source(declared: str, path: Path, place: Place) -> Source:
    """Return the source of a table that is a sheet of a workbook."""
    table = place.table
    content = path.read_bytes()
    of = (table.name, declared, table.sheet or "")
    held = f"{__version__} {table.model_dump_json()} {hashlib.sha256(content).hexdigest()}"
    digest = hashlib.sha256(held.encode()).hexdigest()
    extracts = Extracts(place.cache / "extracts")
    extract = extracts.find(of, digest)
    if extract is None:
        sheet = _opened(declared, content, table)
        extract, _ = extracts.write(
            of,
            sheet.columns,
            sheet.batches(),
            where=sheet.where,
            further=sheet.further,
            sign=table.decimal or ".",
            digest=digest,
        )
    return Source(declared, (extract,), parquet(extract))


@dataclass
class _Ids:
    """What is wrong with a column of ids: how many cells of it."""

    numbers: int = 0
    changed: int = 0
    fractions: int = 0
    with_zeros: int = 0

    def see(self, value: Any) -> None:
        """Look at one cell."""
        if isinstance(value, str):
            self.with_zeros += bool(re.fullmatch(r"0\d+", value.strip()))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers += 1
            self.changed += abs(value) >= _EXACT
            self.fractions += isinstance(value, float) and abs(value) < _EXACT

    def faults(self, column: str, where: str) -> Iterator[Fault]:
        """Return what is wrong."""
        remedy = "Format the column as text and export it again"
        if self.changed:
            what = f"column {column!r} holds ids as numbers of more than 15 digits, which Excel has changed"
            yield Fault(what, where, self.changed, remedy)
        if self.fractions:
            yield Fault(f"column {column!r} holds numbers that are no ids", where, self.fractions, remedy)
        if self.numbers and self.with_zeros:
            what = f"column {column!r} holds ids as numbers beside texts such as 007: zeros may be lost"
            yield Fault(what, where, self.numbers, remedy)


@dataclass
class _Sheet:
    """A sheet whose header is read, and whose rows can be."""

    declared: str
    content: bytes
    table: Table
    columns: list[str] = field(init=False)
    """Those that are declared."""
    further: list[str] = field(init=False)
    where: str = field(init=False)

    def __post_init__(self) -> None:
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_filelike(io.BytesIO(self.content))
        title = _chosen(book, self.table, self.declared)
        self.where = f"{self.declared}, sheet {title}"
        self._sheet: Any = book.get_sheet_by_name(title)
        if self._sheet.start is None:
            raise InputError(f"{self.where}: is empty. Name another under sheet:")
        self._rows = iter(self._sheet.iter_rows())
        header = [_name(cell) for cell in next(self._rows)]
        wanted = {each.source: each.role.kind for each in self.table.wanted()}
        held = {name: place for place, name in enumerate(header) if name in wanted}
        faults = [*self._merged(), *self._header_faults(header, set(wanted) - set(held))]
        faults += self._cell_faults(title, held)
        if faults:
            raise Faulty(faults)
        self.columns = list(held)
        self.further = [name for name in header if name.strip() and name not in held]
        self._places = list(held.values())
        self._ids = {place: _Ids() for name, place in held.items() if wanted[name] == "id"}

    def batches(self) -> Iterator[Sequence[Sequence[Any]]]:
        """Return the rows' cells in the declared columns."""
        while rows := list(islice(self._rows, BATCH)):
            batch = [[_value(row[place]) for place in self._places] for row in rows]
            for column, place in enumerate(self._places):
                if place in self._ids:
                    for row in batch:
                        self._ids[place].see(row[column])
            yield batch
        faults = [
            fault
            for name, place in zip(self.columns, self._places, strict=True)
            if place in self._ids
            for fault in self._ids[place].faults(name, self.where)
        ]
        if faults:
            raise Faulty(faults)

    def _merged(self) -> Iterator[Fault]:
        (top, left), (bottom, right) = self._sheet.start, self._sheet.end
        ranges = [
            f"{_cell(*first)}:{_cell(*last)}"
            for first, last in sorted(self._sheet.merged_cell_ranges or ())
            if first[0] <= bottom and last[0] >= top and first[1] <= right and last[1] >= left
        ]
        if ranges:
            yield Fault(
                "merged cells",
                f"{self.where}, {_listed(ranges)}",
                remedy="Unmerge them, so that each row has its own values",
            )

    def _header_faults(self, header: list[str], missing: set[str]) -> Iterator[Fault]:
        repeated = repeated_names(header, self.table)
        if repeated is not None:
            yield repeated
        if missing and looks_like_data(header):
            yield Fault(
                "the first used row looks like data, not like a header",
                self.where,
                remedy="Name the columns there",
            )
        elif missing == {each.source for each in self.table.wanted()}:
            yield Fault(
                "no declared column stands in the first used row",
                self.where,
                remedy=f"The header has to stand there. {nearest(min(missing), filter(str.strip, header))}",
            )

    def _cell_faults(self, title: str, held: dict[str, int]) -> Iterator[Fault]:
        left, top = self._sheet.start[1], self._sheet.start[0]
        names = {left + place: name for name, place in held.items()}
        found: dict[tuple[str, int], list[str]] = {}
        for kind, row, column in odd_cells(self.content, title):
            if column in names and row > top:
                found.setdefault((kind, column), []).append(_cell(row, column))
        for (kind, column), cells in sorted(found.items()):
            what, remedy = _ODD[kind]
            where = f"{self.where}, {_listed(cells)}"
            yield Fault(f"column {names[column]!r} holds {what}", where, len(cells), remedy)


_ODD = {
    "error": ("errors such as #N/A", "Correct them, or clear the cells where a value is missing"),
    "formula": (
        "formulas whose results are not in the file",
        "Open the workbook in Excel or LibreOffice, save it, and start again",
    ),
}


def _opened(declared: str, content: bytes, table: Table) -> _Sheet:
    try:
        from python_calamine import CalamineError
    except ImportError:
        raise InputError(
            f"{declared}: Excel workbooks need a reader. Run pip install 'segnb[excel]'"
        ) from None
    if not content:
        raise InputError(f"{declared}: is empty (0 bytes). Check the export that wrote it")
    if content.startswith(_OLE):
        raise InputError(
            f"{declared}: is encrypted, or of Excel before 2007. Save it as .xlsx without a password"
        )
    try:
        return _Sheet(declared, content, table)
    except (CalamineError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError):
        pass
    except (LookupError, ValueError, StopIteration, OSError, RuntimeError):  # of XML that is no workbook's
        pass
    raise InputError(f"{declared}: cannot be read as a workbook. Check that it was written to its end")


def _chosen(book: Any, table: Table, declared: str) -> str:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    names = [each.name for each in sheets]
    if table.sheet is not None:
        if table.sheet not in names:
            raise InputError(f"{declared}: there is no sheet {table.sheet!r}. {nearest(table.sheet, names)}")
        return table.sheet
    visible = [each.name for each in sheets if each.visible == SheetVisibleEnum.Visible]
    if len(visible) != 1:
        said = f"{len(visible)} sheets are visible" if visible else "no sheet is visible"
        raise InputError(f"{declared}: {said}. Set data.{table.name}.sheet: to one of {', '.join(names)}")
    return str(visible[0])


def _name(cell: Any) -> str:
    value = _value(cell)
    return "" if value is None else str(value)


def _value(cell: Any) -> Any:
    """Return a cell's value; a whole number is one, though Excel keeps all numbers as fractions."""
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    return cell


def _cell(row: int, column: int) -> str:
    """Return a cell's name in Excel: C5 for row 4, column 2, counted from 0."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _listed(cells: Sequence[str]) -> str:
    more = ", ..." if len(cells) > _SHOWN else ""
    noun = "cell" if len(cells) == 1 and ":" not in cells[0] else "cells"
    return f"{noun} {', '.join(cells[:_SHOWN])}{more}"
