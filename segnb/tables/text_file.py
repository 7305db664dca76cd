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
from typing import BinaryIO

from segnb.errors import Fault
from segnb.tables.roles import Table

_CHUNK = 1 << 22
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = (",", ";", "\t", "|")
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
    copied = path.suffix.lower() == ".gz" or table.encoding != "utf-8"
    plain = folder / f"{table.name}.csv" if copied else path
    with _opened(path) as source, plain.open("wb") if copied else _Nowhere() as target:
        try:
            for fault in _decoded(source, target, table):
                return fault
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return Fault("cannot be decompressed", table.shown, remedy="Check that it was written to its end")
    return _with_header(plain, table)


class _Nowhere:
    """Takes the text of a file that is read where it lies."""

    def __enter__(self) -> _Nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, _: bytes) -> None:
        return None


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _decoded(source: BinaryIO | gzip.GzipFile, target: BinaryIO | _Nowhere, table: Table) -> Iterator[Fault]:
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
        if not chunk:
            return
        target.write(text.encode("utf-8"))
        offset, lines = offset + len(chunk), lines + text.count("\n")


def _with_header(path: Path, table: Table) -> TextFile | Fault:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            names = next(csv.reader(file, delimiter=table.delimiter, strict=True), [])
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
        likely = [each for each in _DELIMITERS if each != table.delimiter and each in names[0]]
        if likely:
            return Fault(
                f"has 1 column with delimiter {table.delimiter!r}",
                f"{table.shown}, line 1",
                remedy=f"Did you mean delimiter: {likely[0]!r}?",
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
