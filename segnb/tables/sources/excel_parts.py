"""What a workbook's own XML tells and its reader does not: cells with an error, formulas without a result."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

_SUSPICIOUS = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt\s*=\s*[\"']e[\"']")
_CHUNK = 1 << 20


def odd_cells(content: bytes, title: str) -> Iterator[tuple[str, int, int]]:
    """Return kind, row and column (from 0) of each cell with an error, or a formula without a result.

    To the reader of workbooks both are empty cells.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = _part(archive, title)
        if not _is_suspicious(archive, part):
            return
        scan = _Scan()
        with archive.open(part) as file:
            while chunk := file.read(_CHUNK):
                scan.parser.Parse(chunk, False)
                yield from scan.odd
                scan.odd.clear()


def _is_suspicious(archive: zipfile.ZipFile, part: str) -> bool:
    """Say whether a sheet can hold such cells at all; most hold none, and are spared the closer look."""
    tail = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            if _SUSPICIOUS.search(tail + chunk):
                return True
            tail = chunk[-64:]
    return False


def _part(archive: zipfile.ZipFile, title: str) -> str:
    """Return the path of a sheet in the archive."""
    book = next(part for kind, part in _links(archive, "").values() if kind == "officeDocument")
    links = _links(archive, book)
    for sheet in ElementTree.fromstring(archive.read(book)).iter():
        if sheet.tag.endswith("}sheet") and sheet.get("name") == title:
            link = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
            return links[link][1]
    raise KeyError(title)


def _links(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return kind and path of the parts to which a part of the archive refers, by id."""
    folder, name = posixpath.split(part)
    content = archive.read(posixpath.join(folder, "_rels", f"{name}.rels"))
    return {
        each.get("Id", ""): (
            each.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join(f"/{folder}", each.get("Target", ""))).lstrip("/"),
        )
        for each in ElementTree.fromstring(content)
    }


class _Scan:
    """Reads a sheet's XML as it comes, and keeps in `odd` what is odd."""

    def __init__(self) -> None:
        self.odd: list[tuple[str, int, int]] = []
        self._row = self._column = -1
        self._type = ""
        self._formula = self._cached = self._in_value = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            self._type = attributes.get("t", "")
            self._formula = self._cached = False
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._in_value = True
            self._cached = self._type == "str"  # a formula's result may be an empty text

    def _text(self, _: str) -> None:
        self._cached = self._cached or self._in_value

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "v":
            self._in_value = False
        elif name == "c" and self._type == "e":
            self.odd.append(("error", self._row, self._column))
        elif name == "c" and self._formula and not self._cached:
            self.odd.append(("formula", self._row, self._column))


def _column(cell: str) -> int:
    """Return the column (from 0) of a cell's name."""
    number = 0
    for letter in cell.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
