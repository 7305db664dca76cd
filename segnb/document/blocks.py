"""Blocks: what a notebook cell shows, and what a report is assembled from.

A block holds plain text and numbers, never markup, so nothing that stands in a customer's data
can become code in a report. Blocks travel inside the executed notebook as JSON and are validated
when they are read back: a notebook's output is data like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, TypeAdapter

if TYPE_CHECKING:
    from segnb.words import Voice

MIME = "application/vnd.segnb.blocks+json"


class Frozen(BaseModel):
    """Base of all pieces: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Frozen):
    """The number that a sentence rests on; the report gathers and numbers them.

    ``n`` is None where the few customers that it leaves out could be worked out.
    """

    measure: str
    value: str
    compared: str = ""
    compared_with: str = ""
    n: int | None
    source: str


class Span(Frozen):
    """A run of text within a sentence."""

    text: str
    strong: bool = False
    muted: bool = False
    href: str | None = None
    evidence: Evidence | None = None


Spans = tuple[Span, ...]


def spans(*parts: str | Span | Evidence | Iterable[Any]) -> Spans:
    """Join text, spans and evidence into one sentence."""
    joined: list[Span] = []
    for part in parts:
        if isinstance(part, str):
            joined.append(Span(text=part))
        elif isinstance(part, Span):
            joined.append(part)
        elif isinstance(part, Evidence):
            joined.append(Span(text="", evidence=part))
        else:
            joined.extend(spans(*part))
    return tuple(joined)


class Swatch(Frozen):
    """A square in a segment's colour, before its name."""

    kind: Literal["swatch"] = "swatch"
    segment: int


class Bar(Frozen):
    """A bar from zero; ``value`` is its share of the column's longest (0 to 1)."""

    kind: Literal["bar"] = "bar"
    value: float
    segment: int | None = None


class Whisker(Frozen):
    """A dot with its interval on an axis that all rows of the column share."""

    kind: Literal["whisker"] = "whisker"
    value: float
    low: float
    high: float
    axis: tuple[float, float]
    ticks: tuple[tuple[float, str], ...] = ()
    segment: int | None = None


class Strip(Frozen):
    """A segment's filled dot against everyone else's ring, the other segments as ticks."""

    kind: Literal["strip"] = "strip"
    value: float
    others: float
    ticks: tuple[float, ...] = ()
    axis: tuple[float, float]
    segment: int | None = None


class Grade(Frozen):
    """A letter in a box: how far a segment can be trusted."""

    kind: Literal["grade"] = "grade"
    letter: str


Mark = Annotated[Swatch | Bar | Whisker | Strip | Grade, pydantic.Field(discriminator="kind")]


class Cell(Frozen):
    """A table cell: text, a smaller second line, and a mark that repeats the number as a picture."""

    text: str = ""
    small: str = ""
    mark: Mark | None = None
    evidence: Evidence | None = None


class Column(Frozen):
    """A table column; numbers are aligned right, a row's heading comes first."""

    label: str
    align: Literal["left", "right"] = "left"
    header: bool = False


class Block(Frozen):
    """Anything that stands on its own in a report."""

    kind: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return bundle([self])

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])


class Heading(Block):
    """A heading below the section's own: level 3 or 4."""

    kind: Literal["heading"] = "heading"
    text: str
    level: Literal[2, 3, 4] = 3
    small: str = ""


class Paragraph(Block):
    """A paragraph; ``role`` sets its size: lede, body, or a note in small type."""

    kind: Literal["paragraph"] = "paragraph"
    content: Spans
    role: Literal["lede", "body", "note", "none"] = "body"


class Bullets(Block):
    """A list of sentences."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[Spans, ...]
    ordered: bool = False


class Table(Block):
    """A table with a title that states its finding and a subtitle with measure and period.

    ``groups`` maps the index of a row to the heading that stands before it. ``role`` is
    ``answer`` for the table of segments on the first screen, whose rows become cards on a phone.
    A ``folded`` table shows its title alone until it is asked for; on paper it stands open.
    """

    kind: Literal["table"] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    subtitle: str = ""
    note: str = ""
    groups: dict[int, str] = {}
    role: Literal["plain", "answer", "differences"] = "plain"
    folded: bool = False


class Figure(Block):
    """A chart: its picture, its finding as title, its alternative text and its numbers.

    ``data`` is offered under the chart to those who cannot see it. A ``foreign`` picture was not
    drawn in the house style: it keeps its own colours, on a white ground. ``folded`` as for a table.
    """

    kind: Literal["figure"] = "figure"
    picture: str
    """SVG text, or a ``data:image/png;base64,`` address."""
    alt: Annotated[str, pydantic.Field(min_length=1)]
    title: str = ""
    subtitle: str = ""
    data: Table | None = None
    width: int = 344
    foreign: bool = False
    folded: bool = False


class Verdict(Block):
    """The box that says whether the segments are real."""

    kind: Literal["verdict"] = "verdict"
    question: str
    verdict: str
    scale: tuple[str, ...] = ()
    position: int | None = None
    sentences: tuple[Spans, ...] = ()


class Fact(Frozen):
    """One figure in large type."""

    label: str
    value: str
    small: str = ""


class Facts(Block):
    """A row of figures in large type."""

    kind: Literal["facts"] = "facts"
    items: tuple[Fact, ...]


class Field(Frozen):
    """One field of the playbook; ``stop`` where it says when to leave a segment alone."""

    title: str
    content: Spans
    stop: bool = False


class Fields(Block):
    """The playbook's fields, side by side."""

    kind: Literal["fields"] = "fields"
    items: tuple[Field, ...]


class Claims(Block):
    """Sentences about a segment, each bound to its evidence."""

    kind: Literal["claims"] = "claims"
    items: tuple[Spans, ...]


class Panel(Block):
    """A quoted rule on a tinted ground, with what is known of it in small type below."""

    kind: Literal["panel"] = "panel"
    content: Spans
    small: Spans = ()


class Verbatim(Block):
    """Printed text whose spaces and line breaks matter."""

    kind: Literal["verbatim"] = "verbatim"
    text: str


class Headline(Block):
    """A chapter's finding in one sentence, or the report's where the cell is tagged ``answer``."""

    kind: Literal["headline"] = "headline"
    text: str
    lede: Spans = ()


class Grid(Block):
    """Blocks side by side; one under the other on a phone."""

    kind: Literal["grid"] = "grid"
    columns: tuple[tuple[AnyBlock, ...], ...]
    ratio: tuple[int, ...] = ()


class BySegment(Block):
    """Blocks for each segment's own page; ``slot`` says where on the page they stand.

    Slots in the page's order are ``portrait, facts, differences, rule, worth, playbook, claims``;
    all else follows them in the order of the notebooks. ``names`` is for the notebook, where the
    parts stand one under the other; a segment without one is headed by its key.
    """

    kind: Literal["by_segment"] = "by_segment"
    slot: str = ""
    parts: dict[str, tuple[AnyBlock, ...]]
    names: dict[str, str] = {}

    def heading(self, segment: str) -> str:
        """Return what stands above a segment's part."""
        return self.names.get(segment, segment)


AnyBlock = Annotated[
    Heading
    | Paragraph
    | Bullets
    | Table
    | Figure
    | Verdict
    | Facts
    | Fields
    | Claims
    | Panel
    | Verbatim
    | Headline
    | Grid
    | BySegment,
    pydantic.Field(discriminator="kind"),
]
Grid.model_rebuild()
BySegment.model_rebuild()
_BLOCKS: TypeAdapter[tuple[AnyBlock, ...]] = TypeAdapter(tuple[AnyBlock, ...])


def to_json(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Return blocks as JSON, for a notebook's output."""
    return [block.model_dump(mode="json") for block in blocks]


def from_json(data: Any) -> tuple[AnyBlock, ...]:
    """Validate blocks that were read from a notebook's output."""
    return _BLOCKS.validate_python(data)


def bundle(blocks: Iterable[Block], voice: Voice | None = None) -> dict[str, Any]:
    """Return what Jupyter stores and shows: the blocks themselves, HTML, and plain text."""
    from segnb.document.html import fragment
    from segnb.document.text import plain

    shown = tuple(blocks)
    return {MIME: to_json(shown), "text/html": fragment(shown, voice), "text/plain": plain(shown)}


class Shown:
    """Mix-in of results: a cell that ends in one shows its blocks as the report will, and `print` as text."""

    def blocks(self) -> tuple[Block, ...]:
        """Return what this result shows in a notebook and in the report."""
        raise TypeError(f"{type(self).__name__} has nothing to show")

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return bundle(self.blocks(), getattr(self, "voice", None))

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])

    def __str__(self) -> str:
        from segnb.document.text import plain

        return plain(self.blocks())


class Together(Shown):
    """Several results shown by one cell, one under the other."""

    def __init__(self, *results: Block | Shown) -> None:
        self.results = results

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of all results in their order."""
        return tuple(
            block
            for each in self.results
            for block in ((each,) if isinstance(each, Block) else each.blocks())
        )


def show(*results: Block | Shown) -> Together:
    """Show several results under one cell."""
    return Together(*results)
