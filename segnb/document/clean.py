"""Foreign HTML and Markdown as blocks: what is not on the allow-list does not come in.

An analyst's cell may show anything that Jupyter can show. nh3 keeps the elements named here; they
are then read as text, links, lists, tables and pictures, and written again by segnb's own
writers, so that no markup of theirs reaches a report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal

import mistune
import nh3

from segnb.document.blocks import (
    AnyBlock,
    Bullets,
    Cell,
    Column,
    Figure,
    Heading,
    Paragraph,
    Span,
    Spans,
    Table,
    Verbatim,
)
from segnb.document.html_text import attribute, text
from segnb.document.reading import safe_link

HEADINGS: dict[str, Literal[3, 4]] = {"h1": 3, "h2": 3, "h3": 4, "h4": 4, "h5": 4, "h6": 4}
INLINE = frozenset(
    ["a", "b", "strong", "i", "em", "u", "s", "del", "code", "kbd", "span", "sub", "sup", "small", "br"]
)
CONTAINERS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "blockquote",
        "figure",
        "figcaption",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
    ]
)
TABLE = frozenset(["table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"])
TAGS = frozenset(HEADINGS) | INLINE | CONTAINERS | TABLE | {"ul", "ol", "li", "pre", "img", "hr"}
"""All elements that are let in; every one of them is read below."""

ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
DEEPEST = 60
LONGEST_SPAN = 100
"""Cells that one cell of a foreign table may cover."""

_RASTER = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/\s]+=*\s*")
_NUMBER = re.compile(r"[-+−–]?[^\w\s]?\d[\d.,\s]*\s?(?:%|[^\W\d]{1,3})?|[-–−]|nan|NaN|NaT|None|<NA>|")

Describe = Callable[[str], str]
"""Turns the alternative text that a picture came with, perhaps none, into a real one."""


def from_markdown(source: str, describe: Describe) -> tuple[AnyBlock, ...]:
    """Return an analyst's Markdown as blocks."""
    return from_html(_converted(source), describe)


def from_html(source: str, describe: Describe) -> tuple[AnyBlock, ...]:
    """Return foreign HTML as blocks; what cannot be shown leaves nothing behind."""
    return tuple(_Reader(describe).blocks(_tree(_sanitized(source))))


def markdown(source: str, describe: Describe) -> str:
    """Return an analyst's Markdown as HTML of which only the allow-list is left."""
    return _written(_tree(_sanitized(_converted(source))), describe)


def _converted(source: str) -> str:
    return str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(source))


def _written(node: _Node, describe: Describe) -> str:
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(text(child))
        elif child.tag in ("br", "hr"):
            parts.append(f"<{child.tag}>")
        elif child.tag != "img":
            link = safe_link(child.attributes.get("href"))
            href = f' href="{attribute(link)}"' if link else ""
            parts.append(f"<{child.tag}{href}>{_written(child, describe)}</{child.tag}>")
        elif source := child.attributes.get("src"):
            alt = describe(child.attributes.get("alt", ""))
            parts.append(f'<img src="{attribute(source)}" alt="{attribute(alt)}">')
    return "".join(parts)


def _sanitized(source: str) -> str:
    def only_embedded(tag: str, name: str, value: str) -> str | None:
        return None if name == "src" and not _RASTER.fullmatch(value) else value

    return nh3.clean(
        source,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=only_embedded,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


@dataclass
class _Node:
    """An element with what it holds: elements and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)

    def elements(self, *tags: str) -> Iterator[_Node]:
        """Yield the elements of these names inside, but not those inside a nested table."""
        for child in self.children:
            if isinstance(child, _Node):
                if child.tag in tags:
                    yield child
                elif child.tag != "table":
                    yield from child.elements(*tags)

    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text() for child in self.children)
        return "\n" if self.tag == "br" else "".join(parts)


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [_Node("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(node)
        if tag not in ("br", "img", "hr") and len(self.stack) < DEEPEST:
            self.stack.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1 and self.stack[-1].tag == tag:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)


def _tree(safe: str) -> _Node:
    builder = _TreeBuilder()
    builder.feed(safe)
    builder.close()
    return builder.stack[0]


class _Reader:
    def __init__(self, describe: Describe) -> None:
        self._describe = describe

    def blocks(self, node: _Node) -> Iterator[AnyBlock]:
        """Yield what an element holds: runs of text as paragraphs, and the blocks between them."""
        run: list[Span] = []
        for child in node.children:
            if isinstance(child, str) or (child.tag in INLINE and not _holds_blocks(child)):
                run.extend(_spans(child))
                continue
            yield from _paragraph(run)
            run = []
            yield from self._block(child)
        yield from _paragraph(run)

    def _block(self, node: _Node) -> Iterator[AnyBlock]:
        if node.tag in HEADINGS:
            if heading := _collapsed(node.text()):
                yield Heading(text=heading, level=HEADINGS[node.tag])
        elif node.tag in ("ul", "ol"):
            items = tuple(filter(None, (_sentence(_spans(item)) for item in _items(node))))
            if items:
                yield Bullets(items=items, ordered=node.tag == "ol")
        elif node.tag == "pre":
            if node.text().strip():
                yield Verbatim(text=node.text().strip("\n"))
        elif node.tag == "table":
            yield from _table(node)
        elif node.tag == "img":
            yield from self._image(node)
        else:
            yield from self.blocks(node)

    def _image(self, node: _Node) -> Iterator[AnyBlock]:
        source = node.attributes.get("src", "")
        if _RASTER.fullmatch(source):
            width = node.attributes.get("width", "")
            yield Figure(
                picture="".join(source.split()),
                alt=self._describe(node.attributes.get("alt", "")),
                width=int(width) if width.isdecimal() and 0 < int(width) <= 1088 else 640,
                foreign=True,
            )


def _holds_blocks(node: _Node) -> bool:
    elements = [child for child in node.children if isinstance(child, _Node)]
    return any(each.tag not in INLINE or _holds_blocks(each) for each in elements)


def _items(node: _Node) -> Iterator[_Node]:
    """Yield the items of a list; those of a list inside an item follow that item."""
    for item in node.elements("li"):
        nested = [child for child in item.children if isinstance(child, _Node) and child.tag in ("ul", "ol")]
        yield _Node("li", {}, [child for child in item.children if child not in nested])
        for each in nested:
            yield from _items(each)


def _spans(node: _Node | str, strong: bool = False, href: str | None = None) -> Iterator[Span]:
    if isinstance(node, str):
        yield Span(text=node, strong=strong, href=href)
    elif node.tag == "br":
        yield Span(text=" ")
    else:
        strong = strong or node.tag in ("b", "strong")
        for child in node.children:
            yield from _spans(child, strong, node.attributes.get("href", href))
        if node.tag in CONTAINERS:
            yield Span(text=" ")


def _sentence(run: Iterator[Span] | list[Span]) -> Spans:
    """Join a run's spaces as a browser would, also across its spans."""
    joined: list[Span] = []
    open_space = True
    for span in run:
        words = re.sub(r"[ \t\r\n\f]+", " ", span.text)
        words = words.removeprefix(" ") if open_space else words
        if words:
            joined.append(span.model_copy(update={"text": words}))
            open_space = words.endswith(" ")
    if joined:
        joined[-1] = joined[-1].model_copy(update={"text": joined[-1].text.rstrip(" ")})
    return tuple(span for span in joined if span.text)


def _paragraph(run: list[Span]) -> Iterator[AnyBlock]:
    if content := _sentence(run):
        yield Paragraph(content=content)


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _table(node: _Node) -> Iterator[AnyBlock]:
    """Yield a table whose merged cells are written out in each place that they cover."""
    head = [row for part in node.elements("thead") for row in part.elements("tr")]
    body = [row for row in node.elements("tr") if row not in head]
    while body and not head and all(cell.tag == "th" for cell in body[0].elements("th", "td")):
        head.append(body.pop(0))
    labels, cells = _spread(head), _spread(body)
    width = max((len(row) for row in labels + cells), default=0)
    if not width or not cells:
        return
    columns = []
    for place in range(width):
        above = dict.fromkeys(_collapsed(row[place].text()) for row in labels if place < len(row))
        below = [row[place] for row in cells if place < len(row)]
        columns.append(
            Column(
                label=" ".join(filter(None, above)),
                align="right"
                if all(_NUMBER.fullmatch(_collapsed(cell.text())) for cell in below)
                else "left",
                header=not place and all(cell.tag == "th" for cell in below),
            )
        )
    blank = _Node("td")
    rows = tuple(
        tuple(Cell(text=_collapsed(cell.text())) for cell in row + [blank] * (width - len(row)))
        for row in cells
    )
    caption = next((_collapsed(each.text()) for each in node.elements("caption")), "")
    yield Table(columns=tuple(columns), rows=rows, title=caption)


def _spread(rows: list[_Node]) -> list[list[_Node]]:
    """Return each row's cells, a merged cell once for every row and column that it covers."""
    spread: list[list[_Node]] = []
    waiting: dict[int, tuple[int, _Node]] = {}
    for row in rows:
        line: list[_Node] = []
        cells = iter(row.elements("th", "td"))
        cell = next(cells, None)
        while cell is not None or len(line) in waiting:
            place = len(line)
            if place in waiting:
                left, above = waiting.pop(place)
                line.append(above)
                if left > 1:
                    waiting[place] = (left - 1, above)
                continue
            assert cell is not None
            for _ in range(_covered(cell, "colspan")):
                if (down := _covered(cell, "rowspan")) > 1:
                    waiting[len(line)] = (down - 1, cell)
                line.append(cell)
            cell = next(cells, None)
        spread.append(line)
    return spread


def _covered(cell: _Node, name: str) -> int:
    value = cell.attributes.get(name, "1")
    return min(int(value), LONGEST_SPAN) if value.isdecimal() and int(value) else 1
