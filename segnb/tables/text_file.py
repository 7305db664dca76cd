"""CSV files as bytes: encoding, NUL characters and the header, before anything is parsed."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from segnb.errors import Fault
from segnb.tables.roles import SPACES, Table

_CHUNK = 1 << 22
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
"""What may stand between fields, and how it is declared."""
_OUTER, _BETWEEN = re.compile(r"^[ \t]+|[ \t]+(?=\r?$)", re.MULTILINE), re.compile(r"[ \t]+")
_VALUE = re.compile(r".*@.*|[\s\d.,:/+-]*\d[\s\d.,:/+-]*")


@dataclass(frozen=True)
class TextFile:
    """A CSV file that can be parsed: its text in UTF-8, and the names in its header."""

    path: Path
    header: tuple[str, ...]


def open_text(path: Path, table: Table, folder: Path) -> TextFile | Fault:
    """Check a CSV file's bytes and header; what is not UTF-8 is copied into ``folder`` as such."""
    if path.stat().st_size == 0:
        return Fault("is empty (0 bytes)", table.shown, remedy="Check the export that wrote it")
    lined_up = table.delimiter == SPACES
    copied = lined_up or path.suffix.lower() == ".gz" or table.encoding != "utf-8"
    plain = folder / f"{table.name}.csv" if copied else path
    with _opened(path) as source, plain.open("wb") if copied else _Nowhere() as target:
        try:
            for fault in _decoded(source, _Unspaced(target) if lined_up else target, table):
                return fault
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return Fault("cannot be decompressed", table.shown, remedy="Check that it was written to its end")
    return _with_header(plain, table)


class _Target(Protocol):
    """Where text goes."""

    def write(self, part: bytes, /) -> object:
        """Take a part of it; an empty one is the last."""


class _Nowhere:
    """Takes the text of a file that is read where it lies."""

    def __enter__(self) -> _Nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, _: bytes) -> None:
        return None


class _Unspaced:
    """Writes one tab for the spaces between fields, none for those around a line; lines keep their number."""

    def __init__(self, target: _Target) -> None:
        self._target, self._held = target, b""

    def write(self, part: bytes) -> None:
        """Write all whole lines; an empty part ends the text."""
        lines, end, rest = (self._held + part).rpartition(b"\n") if part else (self._held, b"", b"")
        self._held = rest
        plain = _OUTER.sub("", (lines + end).decode("utf-8-sig"))
        self._target.write(_BETWEEN.sub("\t", plain).encode())


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _decoded(source: BinaryIO | gzip.GzipFile, target: _Target, table: Table) -> Iterator[Fault]:
    """Decode chunk by chunk and yield the first fault."""
    decoder = codecs.getincrementaldecoder(table.encoding)(errors="strict")
    offset, lines = 0, 1
    while True:
        chunk = source.read(_CHUNK)
        if offset == 0 and table.encoding == "utf-8" and chunk[:2] in _BOMS:
            yield Fault("begins like UTF-16 text", table.shown, remedy="Set encoding: utf-16")
            return
        held = len(decoder.getstate()[0])
        # ASCII is UTF-8, and known at the speed of memory.
        if chunk and not held and table.encoding == "utf-8" and chunk.isascii() and b"\0" not in chunk:
            target.write(chunk)
            offset, lines = offset + len(chunk), lines + chunk.count(b"\n")
            continue
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            before: bytes = error.object[: error.start]
            line = lines + before.count(b"\n")
            yield Fault(
                f"byte {offset - held + error.start:,} is no {table.encoding} text",
                f"{table.shown}, line {line}",
                remedy="Set encoding: to the one that wrote the file, as latin-1 or cp1252",
            )
            return
        except UnicodeError:
            remedy = "Set encoding: utf-8 or, where every second byte is NUL, utf-16-le or utf-16-be"
            yield Fault(f"begins with no mark of {table.encoding}", table.shown, remedy=remedy)
            return
        if "\0" in text:
            line = lines + text[: text.index("\0")].count("\n")
            yield Fault(
                "holds a NUL character",
                f"{table.shown}, line {line}",
                remedy="Remove it at the source; where every second byte is one, set encoding: utf-16-le",
            )
            return
        if text or not chunk:
            target.write(text.encode("utf-8"))
        if not chunk:
            return
        offset, lines = offset + len(chunk), lines + text.count("\n")


def _with_header(path: Path, table: Table) -> TextFile | Fault:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            names = next(csv.reader(file, delimiter=table.separator, strict=True), [])
        except csv.Error:
            return Fault(
                "the header cannot be read as CSV", f"{table.shown}, line 1", remedy="Check its quotes"
            )
    if any("\r" in name for name in names):
        return Fault(
            "a name in the header holds a carriage return", table.shown, remedy="Rename it at the source"
        )
    if not any(name.strip() for name in names):
        return Fault("has no header in its first line", table.shown, remedy="Name the columns there")
    if len(names) == 1:
        likely = [said for each, said in _DELIMITERS.items() if each != table.separator and each in names[0]]
        if len(names[0].split()) > 1 and not any(each.source == names[0] for each in table.wanted()):
            likely.append(SPACES)
        if likely:
            return Fault(
                f"has 1 column with delimiter {_DELIMITERS.get(table.separator, table.separator)}",
                f"{table.shown}, line 1",
                remedy=f"Did you mean delimiter: {likely[0]}?",
            )
    return repeated_names(names, table) or TextFile(path, tuple(names))


def looks_like_data(names: Iterable[str]) -> bool:
    """Say whether a name looks like a number, a time or an address, so that names must not be shown."""
    return any(_VALUE.fullmatch(name) for name in names)


def repeated_names(names: list[str], table: Table) -> Fault | None:
    """Return the fault of column names that differ in case or outer spaces only, if any do."""
    alike = [name.strip().casefold() for name in names]
    twice = [each for each, times in Counter(alike).items() if times > 1 and each]
    if not twice:
        return None
    places = [
        "columns " + " and ".join(str(i + 1) for i, each in enumerate(alike) if each == name)
        for name in twice
    ]
    return Fault(
        f"{', '.join(places)} bear the same name (case and outer spaces aside)",
        table.shown,
        remedy="Rename or remove one of each",
    )
