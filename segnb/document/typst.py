"""Blocks for Typst: data that a template draws, never markup.

Typst reads what this module returns as JSON, so no text of a block is ever parsed as Typst; the
drawing is in ``blocks.typ``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from segnb.document import marks
from segnb.document.blocks import (
    Block,
    Bullets,
    BySegment,
    Cell,
    Claims,
    Evidence,
    Facts,
    Fields,
    Figure,
    Grid,
    Heading,
    Headline,
    Mark,
    Panel,
    Paragraph,
    Span,
    Spans,
    Table,
    Verbatim,
    Verdict,
    Whisker,
)
from segnb.document.reading import Keep, Levels, evidence_table, is_multiples, safe_link
from segnb.document.spelling import Speller
from segnb.document.svg import Picture
from segnb.style import SANS
from segnb.words import Voice

Json = dict[str, Any]
Paint = Callable[[str], str]

AXIS_SIZE = 16
"""Font size of a whisker's axis in the drawing, which the PDF shows smaller."""

LONGEST_LINE, LONGEST_SOURCE, LONGEST_WORD = 40, 56, 60
"""Characters of a line, of a line of evidence and of a word for which a column makes room."""

_PAGE = "{page}"
"""Stands in a sentence for the number of a page, which only Typst knows."""
_RASTER = re.compile(r"data:image/(?:png|jpeg);base64,([A-Za-z0-9+/]+=*)")


class TypstWriter:
    """Turns the blocks of one section into what ``blocks.typ`` draws.

    Parameters
    ----------
    voice
        The reader's language, for the few words that the writer adds.
    spell
        Spells text for the fonts; shared by all sections, as it counts.
    paint
        Turns one of the house's colours into the report's.
    prefix, top, own, keep
        As for the HTML writer.
    """

    def __init__(
        self,
        voice: Voice,
        spell: Speller,
        *,
        prefix: str,
        top: int = 2,
        own: frozenset[str] = frozenset(),
        paint: Paint = str,
        keep: Keep | None = None,
    ) -> None:
        self._voice, self._spell, self._prefix, self._own = voice, spell, prefix, own
        self._paint, self._keep = paint, keep
        self._levels = Levels(top)
        self._numbers: dict[Evidence, int] = {}
        self._charted: list[Figure] = []

    def write(self, blocks: Iterable[Block]) -> list[Json]:
        """Return the blocks one after the other."""
        return [self._one(block) for block in blocks]

    def evidence(self, subject: str = "") -> Json | None:
        """Return the table of all evidence that the section has cited, or None."""
        if not self._numbers:
            return None
        listed = evidence_table(self._numbers, self._voice, subject)
        table = self._table(_in_one_line(listed), LONGEST_SOURCE)
        for row, number in zip(table["rows"], self._numbers.values(), strict=True):
            row["anchor"] = f"{self._prefix}-e{number}"
        return table | {"role": "evidence"}

    def charted(self, name: str) -> list[Json]:
        """Return the numbers of all charts that the section has shown, one table each.

        Parameters
        ----------
        name
            What the section is called: two charts of different sections may have one title.
        """
        found = []
        for place, figure in enumerate(self._charted, start=1):
            assert figure.data is not None
            title = figure.data.title or figure.title or figure.alt
            table = self._table(figure.data.model_copy(update={"title": "", "subtitle": ""}))
            caption = self._spell(f"{name} · {title}")
            found.append(table | {"role": "numbers", "caption": caption, "anchor": self._chart(place)})
        return found

    def _chart(self, place: int) -> str:
        return f"{self._prefix}-n{place}"

    def _one(self, block: Block) -> Json:
        writer: Callable[[Any], Json] = getattr(self, f"_{block.kind}")
        return {"kind": block.kind} | writer(block)

    def spans(self, content: Spans) -> list[Json]:
        """Return a sentence."""
        return [self._span(each) for each in content]

    def _span(self, span: Span) -> Json:
        return {
            "text": self._spell(span.text),
            "strong": span.strong,
            "muted": span.muted,
            "link": safe_link(span.href, self._own),
            "mark": self._reference(span.evidence),
        }

    def _reference(self, evidence: Evidence | None) -> Json | None:
        if evidence is None:
            return None
        number = self._numbers.setdefault(evidence, len(self._numbers) + 1)
        return {"number": str(number), "target": f"{self._prefix}-e{number}"}

    def _title(self, title: str, subtitle: str = "") -> Json:
        level = self._levels.place() if title else 0
        return {"title": self._spell(title), "subtitle": self._spell(subtitle), "level": level}

    def _heading(self, block: Heading) -> Json:
        level = self._levels.place(block.level)
        return {"text": self._spell(block.text), "small": self._spell(block.small), "level": level}

    def _paragraph(self, block: Paragraph) -> Json:
        return {"role": block.role, "content": self.spans(block.content)}

    def _bullets(self, block: Bullets) -> Json:
        return {"ordered": block.ordered, "items": [self.spans(item) for item in block.items]}

    def _claims(self, block: Claims) -> Json:
        return {"items": [self.spans(item) for item in block.items]}

    def _table(self, block: Table, longest: int = LONGEST_LINE) -> Json:
        columns = [
            {
                "label": self._spell(column.label),
                "right": column.align == "right",
                "header": column.header,
                "share": _share(block, place, longest),
            }
            for place, column in enumerate(block.columns)
        ]
        for place, column in enumerate(columns):
            first = next((row[place].mark for row in block.rows if place < len(row)), None)
            column["axis"] = self._axis(first) if isinstance(first, Whisker) else None
            column["mark"] = first.kind if first else ""
        blank = [Cell()] * len(columns)
        # The answer has many columns, and names in them.
        spell = self._spell.narrow if block.role == "answer" else self._spell
        rows = [
            {
                "group": self._spell(block.groups.get(place, "")),
                "anchor": "",
                "cells": [self._cell(cell, spell) for cell in [*row, *blank][: len(columns)]],
            }
            for place, row in enumerate(block.rows)
        ]
        legend = None
        if block.role == "differences":
            words = (self._voice.say(f"document.legend.{each}") for each in ("this", "others", "each"))
            signs = (_svg(14, 14, sign) for sign in marks.legend(self._paint))
            legend = [
                {"sign": sign, "word": self._spell(word)} for sign, word in zip(signs, words, strict=True)
            ]
        return self._title(block.title, block.subtitle) | {
            "kind": block.kind,
            "role": block.role,
            "columns": columns,
            "rows": rows,
            "legend": legend,
            "note": self._spell(block.note),
        }

    def _axis(self, mark: Whisker) -> Json:
        ticks = tuple((value, self._spell.exact(label)) for value, label in mark.ticks)
        return _svg(*marks.axis_labels(mark.model_copy(update={"ticks": ticks}), self._paint, AXIS_SIZE))

    def _cell(self, cell: Cell, spell: Callable[[str], str]) -> Json:
        drawn = cell.mark and not marks.is_text(cell.mark)
        return {
            "text": spell(cell.text),
            "small": spell(cell.small),
            "mark": cell.mark.kind if cell.mark else "",
            "picture": _svg(*marks.drawing(cell.mark, self._paint)) if cell.mark and drawn else None,
            "letter": self._spell(getattr(cell.mark, "letter", "")),
            "reference": self._reference(cell.evidence),
        }

    def _figure(self, block: Figure) -> Json:
        shown = self._title(block.title, block.subtitle) | {
            "alt": self._spell.exact(block.alt),
            "width": block.width,
            "raster": None,
            "svg": None,
            "file": self._keep(block) if self._keep else "",
            "numbers": "",
        }
        if block.data is not None:
            self._charted.append(block)
            before, _, after = self._voice.say("document.numbers_on", page=_PAGE).partition(_PAGE)
            label = [self._spell(before), self._spell(after)]
            shown |= {"numbers": self._chart(len(self._charted)), "label": label}
        if shown["file"]:
            return shown
        if raster := _RASTER.fullmatch(block.picture):
            return shown | {"raster": list(base64.b64decode(raster[1]))}
        try:
            paint = None if block.foreign else self._paint
            return shown | {"svg": Picture(block.picture).standalone(block.width, self._spell.exact, paint)}
        except ValueError:
            return shown

    def _verdict(self, block: Verdict) -> Json:
        return {
            "question": self._spell(block.question),
            "verdict": self._spell(block.verdict),
            "scale": [self._spell.narrow(step) for step in block.scale],
            "position": block.position,
            "sentences": [self.spans(each) for each in block.sentences],
        }

    def _facts(self, block: Facts) -> Json:
        return {"items": [{key: self._spell.narrow(value) for key, value in each} for each in block.items]}

    def _fields(self, block: Fields) -> Json:
        return {
            "items": [
                {
                    "title": self._spell.narrow(each.title),
                    "content": self.spans(each.content),
                    "stop": each.stop,
                }
                for each in block.items
            ]
        }

    def _panel(self, block: Panel) -> Json:
        return {"content": self.spans(block.content), "small": self.spans(block.small)}

    def _verbatim(self, block: Verbatim) -> Json:
        return {"lines": [self._spell(line).replace(" ", "\u00a0") for line in block.text.split("\n")]}

    def _headline(self, block: Headline) -> Json:
        return {"text": self._spell(block.text), "lede": self.spans(block.lede)}

    def _grid(self, block: Grid) -> Json:
        columns = [self.write(column) for column in block.columns]
        ratio = [*block.ratio, *([1] * len(columns))][: len(columns)]
        return {"columns": columns, "ratio": ratio, "multiples": is_multiples(block)}

    def _by_segment(self, block: BySegment) -> Json:
        columns = []
        for segment, blocks in block.parts.items():
            heading = self._heading(Heading(text=segment)) | {"kind": "heading"}
            columns.append([heading, *self.write(blocks)])
        return {"columns": columns}


def numbers(tables: list[Json], title: str, level: int = 2) -> Json:
    """Return the block that shows the numbers of all charts of a report."""
    return {"kind": "numbers", "title": title, "level": level, "tables": tables}


def _in_one_line(table: Table) -> Table:
    """Set the second line of each cell beside the first, which saves height on paper."""
    rows = tuple(
        tuple(Cell(text=f"{cell.text} {cell.small}".strip(), evidence=cell.evidence) for cell in row)
        for row in table.rows
    )
    columns = tuple(column.model_copy(update={"align": "left"}) for column in table.columns)
    return table.model_copy(update={"rows": rows, "columns": columns})


def _share(table: Table, place: int, longest: int) -> int:
    """Return about how many characters wide a column wants to be: Typst divides the width by it."""
    cells = [row[place] for row in table.rows if place < len(row)]
    label = table.columns[place].label
    lines = [line for cell in cells for line in (cell.text, cell.small)]
    words = [len(word) for line in (label, *lines) for word in line.split()]
    widest = min(max(map(len, lines), default=0), longest)
    # A label may take two lines; the gap to the next column is about as wide as two characters.
    return min(max(widest, *words, len(label) // 2 + 3), LONGEST_WORD) + 2


def _svg(width: int, height: int, drawn: str) -> Json:
    size = f'width="{width}" height="{height}" font-family="{SANS}"'
    return {"svg": f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>', "width": width}


def swatch(mark: Mark, paint: Paint = str) -> Json:
    """Return the picture of a mark that stands by itself, as before a segment's name."""
    return _svg(*marks.drawing(mark, paint))
