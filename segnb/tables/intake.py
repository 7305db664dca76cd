"""What came in: rows used and left out with their reasons, and what a reader should know of the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from segnb.words import Voice

OrderUnit = Literal["order", "day", "row"]


@dataclass(frozen=True)
class Note:
    """Something that a reader of the report should know of the data, and how many rows it touches."""

    key: str
    """Entry of the catalogue under ``tables.notes``."""
    table: str = ""
    rows: int | None = None
    names: tuple[str, ...] = ()

    def sentence(self, voice: Voice) -> str:
        """Return the note in the reader's language."""
        table, names = voice.table(self.table), voice.ordered(self.names)
        return voice.say(f"tables.notes.{self.key}", self.rows, table=table, names=names)


@dataclass(frozen=True)
class Rejected:
    """Rows left out for one reason; a row with several is counted under the first."""

    reason: str
    """Entry of the catalogue under ``tables.reasons``."""
    column: str
    """The column's name in the source; empty where the reason is not a column's."""
    rows: int

    def sentence(self, voice: Voice) -> str:
        """Return the reason in the reader's language."""
        return voice.say(f"tables.reasons.{self.reason}", self.rows, column=self.column)


@dataclass(frozen=True)
class TableIntake:
    """How one table came in; ``rows_in`` is always ``rows_used`` plus all that was rejected."""

    name: str
    source: str
    rows_in: int
    rows_used: int
    rejected: tuple[Rejected, ...]
    columns: dict[str, str]
    """segnb's column for each column of the source that was read."""
    not_read: tuple[str, ...]
    """Columns of the source that nothing declares."""
    sha256: dict[str, str]
    """Digest of each file, by file name."""
    first_day: date | None = None
    last_day: date | None = None

    @property
    def rows_rejected(self) -> int:
        """Number of rows left out for any reason."""
        return sum(each.rows for each in self.rejected)


@dataclass(frozen=True)
class Intake:
    """How all tables came in."""

    digest: str
    """Names the cleaned tables: equal sources, declaration, ``as_of`` and versions, equal digest."""
    as_of: date | None
    order_unit: OrderUnit | None
    """What an order is: the source's own order, a customer's day, or a row."""
    tables: dict[str, TableIntake]
    notes: tuple[Note, ...] = field(default=())

    def sentences(self, voice: Voice) -> list[str]:
        """Return the notes in the reader's language."""
        return [note.sentence(voice) for note in self.notes]


def counted(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Keep the notes that touch a row at all, or that count none."""
    return tuple(note for note in notes if note.rows is None or note.rows > 0)
