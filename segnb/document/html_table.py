"""Tables as HTML: header cells with their scope, and marks that screen readers pass over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from segnb.document import marks
from segnb.document.blocks import Bar, Cell, Column, Evidence, Grade, Mark, Swatch, Table, Whisker
from segnb.document.html_text import attribute, text
from segnb.document.svg import page_color
from segnb.words import Voice

WIDE = 3
"""From this many columns on, a table may scroll sideways within its own region."""
CARDS = 5
"""From this many columns on, each row of a table becomes a card on a phone."""
LETTERS = 42
"""Letters side by side that a phone's width holds; rows of three columns or more that need more are cards."""


class TableWriter:
    """Writes tables.

    Parameters
    ----------
    voice
        The reader's language.
    reference
        Returns the footnote mark of a piece of evidence.
    pages
        The anchor of each segment's page, by the segment's place.
    """

    def __init__(self, voice: Voice, reference: Callable[[Evidence], str], pages: Mapping[int, str]) -> None:
        self._voice, self._reference, self._pages = voice, reference, pages

    def write(
        self, table: Table, title: str, subtitle: str = "", targets: Sequence[tuple[str, str]] = ()
    ) -> str:
        """Return a table.

        Parameters
        ----------
        table
            The table.
        title, subtitle
            Its title and subtitle, as HTML.
        targets
            The id of each row and the id that its first cell links back to.
        """
        subtitle += self._legend() if table.role == "differences" else ""
        above, caption = "", title + subtitle
        if table.title and (table.folded or is_cards(table)):
            # A heading stands neither in a table with explicit roles nor where it would be folded away.
            caption = f'<span class="unseen">{text(table.title)}</span>'
            above = subtitle if table.folded else title + subtitle
        caption = f"<caption>{caption}</caption>" if caption else ""
        note = f'<p class="note">{text(table.note)}</p>' if table.note else ""
        rows = self._head(table) + self._body(table, targets)
        name = " ".join(
            filter(None, (table.role, "evidence" if targets else "", "cards" if is_cards(table) else ""))
        )
        body = f'<table class="{name}"{_role(table, "table")}>{caption}{rows}</table>'
        if table.role == "plain" and len(table.columns) >= WIDE:
            label = attribute(table.title or table.columns[0].label)
            body = f'<div class="scroll" role="group" tabindex="0" aria-label="{label}">{body}</div>'
        whole = f'<div class="table">{above}{body}{note}</div>'
        return fold(title, whole) if table.folded else whole

    def _legend(self) -> str:
        words = [self._voice.say(f"document.legend.{each}") for each in ("this", "others", "each")]
        signs = marks.legend(page_color)
        items = "".join(
            f"<span>{_svg(14, 14, sign)} {text(word)}</span>" for sign, word in zip(signs, words, strict=True)
        )
        return f'<p class="legend">{items}</p>'

    def _head(self, table: Table) -> str:
        cells = []
        for place, column in enumerate(table.columns):
            content = text(column.label) + _axis(table, place)
            said = any(row[place].text for row in table.rows if place < len(row))
            # A header cell must have a label, and cells with text that it is the header of.
            name = 'th scope="col"' if column.label and said else "td"
            attributes = _role(table, "columnheader") + _classes(table, place)
            cells.append(f"<{name}{attributes}>{content}</{name[:2]}>")
        row = f"<tr{_role(table, 'row')}>{''.join(cells)}</tr>"
        return f"<thead{_role(table, 'rowgroup')}>{row}</thead>"

    def _body(self, table: Table, targets: Sequence[tuple[str, str]]) -> str:
        inside = {row for row in table.groups if 0 <= row < len(table.rows)}
        starts = sorted({0, *inside, len(table.rows)})
        parts = []
        for start, end in pairwise(starts):
            lines = [self._row(table, row, targets[row] if targets else None) for row in range(start, end)]
            if heading := table.groups.get(start):
                span = f'<th colspan="{len(table.columns)}" scope="rowgroup">{text(heading)}</th>'
                lines.insert(0, f'<tr class="group"{_role(table, "row")}>{span}</tr>')
            parts.append(f"<tbody{_role(table, 'rowgroup')}>{''.join(lines)}</tbody>")
        return "".join(parts)

    def _row(self, table: Table, row: int, target: tuple[str, str] | None) -> str:
        cells = []
        for place, (column, cell) in enumerate(zip(table.columns, _filled(table, row), strict=True)):
            content = self._cell(cell, column, table)
            if target and not place:
                content = f'<a href="#{target[1]}">{content}</a>'
            cells.append(_wrap(table, place, content))
        anchor = f' id="{target[0]}"' if target else ""
        return f"<tr{anchor}{_role(table, 'row')}>{''.join(cells)}</tr>"

    def _cell(self, cell: Cell, column: Column, table: Table) -> str:
        said = text(cell.text)
        if isinstance(cell.mark, Swatch) and cell.mark.segment in self._pages and table.role == "answer":
            said = f'<a href="#{self._pages[cell.mark.segment]}">{said}</a>'
        said += self._reference(cell.evidence) if cell.evidence else ""
        small = f"<small>{text(cell.small)}</small>" if cell.small else ""
        label = ""
        if is_cards(table) and column.label and not column.header:
            label = f'<span class="label" aria-hidden="true">{text(column.label)}</span>'
        if cell.mark is None:
            return f"{label}{said}{small}" if said or small else ""
        drawn = picture(cell.mark, labelled=table.role == "answer")
        if isinstance(cell.mark, Bar):
            return f'{label}<span class="mark bar"><b>{said}</b>{drawn}{small}</span>'
        strong = f"<b>{said}</b>" if isinstance(cell.mark, Swatch | Whisker) and said else said
        words = f"<span>{strong}{small}</span>" if strong or small else ""
        return f'{label}<span class="mark {cell.mark.kind}">{drawn}{words}</span>'


def fold(summary: str, body: str) -> str:
    """Return what shows its summary alone until it is asked for, is searched or is led to."""
    return f'<details class="fold"><summary>{summary}</summary>{body}</details>'


def is_cards(table: Table) -> bool:
    """Say whether the rows of a table become cards on a phone, where it would not fit otherwise."""
    if table.role != "plain":
        return table.role == "answer"
    return len(table.columns) >= CARDS or (len(table.columns) >= WIDE and _letters(table) > LETTERS)


def _letters(table: Table) -> int:
    """Return how many letters a table needs side by side, two between columns; headings may break."""
    widths = [max((len(each) for each in column.label.split()), default=0) for column in table.columns]
    for row in table.rows:
        for place, cell in enumerate(row[: len(widths)]):
            widths[place] = max(widths[place], len(cell.text), len(cell.small))
    return sum(widths) + 2 * (len(widths) - 1)


def _role(table: Table, name: str) -> str:
    """Return an explicit role for a table that stays one when its rows look like cards."""
    return f' role="{name}"' if is_cards(table) else ""


def _wrap(table: Table, place: int, content: str) -> str:
    classes = _classes(table, place)
    if table.columns[place].header:
        return f'<th scope="row"{_role(table, "rowheader")}{classes}>{content}</th>'
    return f"<td{_role(table, 'cell')}{classes}>{content}</td>"


def _filled(table: Table, row: int) -> list[Cell]:
    """Return a row's cells, one for each column."""
    missing = [Cell()] * (len(table.columns) - len(table.rows[row]))
    return [*table.rows[row], *missing][: len(table.columns)]


def _classes(table: Table, place: int) -> str:
    """Return the class of a column's cells: its alignment, and what its marks are."""
    names = [f"has-{kind}" for kind in sorted({mark.kind for mark in _marks(table, place)})]
    if table.columns[place].align == "right":
        names.insert(0, "right")
    return f' class="{" ".join(names)}"' if names else ""


def _axis(table: Table, place: int) -> str:
    """Return the labels of a column's axis, where its cells are whiskers."""
    first = next(iter(_marks(table, place)), None)
    return _svg(*marks.axis_labels(first, page_color)) if isinstance(first, Whisker) else ""


def _marks(table: Table, place: int) -> list[Mark]:
    cells = (row[place] for row in table.rows if place < len(row))
    return [cell.mark for cell in cells if cell.mark is not None]


def picture(mark: Mark, labelled: bool = False) -> str:
    """Return a mark; a whisker may carry the labels of its axis along."""
    if isinstance(mark, Grade):
        return f'<span class="letter">{text(mark.letter)}</span>'
    drawn = _svg(*marks.drawing(mark, page_color))
    if labelled and isinstance(mark, Whisker):
        drawn = f'<span class="plot">{drawn}{_svg(*marks.axis_labels(mark, page_color))}</span>'
    return drawn


def _svg(width: int, height: int, drawn: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} aria-hidden="true" focusable="false">{drawn}</svg>'
