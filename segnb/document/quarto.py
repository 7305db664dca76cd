"""Blocks for Quarto: headings and prose as Markdown, all else as the page and the PDF draw it.

Text of a block is escaped sign by sign, so that it is never Markdown, a shortcode or a cell to run. What
is drawn stands in raw blocks: HTML whose braces, backticks and line breaks are entities, and for Typst the
number of a piece of data.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from segnb.document.blocks import Block, Bullets, Figure, Heading, Paragraph, Span, Spans
from segnb.document.html import HtmlWriter
from segnb.document.reading import safe_link
from segnb.document.spelling import SIGN, Speller
from segnb.document.svg import Picture
from segnb.document.typst import Json, Paint, TypstWriter
from segnb.words import Voice

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_RASTER = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/]+=*)")
_ENTITIES = str.maketrans({sign: f"&#{ord(sign)};" for sign in "{}`\n\r"})
_URL = "".join(map(chr, range(33, 127))).translate(dict.fromkeys(map(ord, '{}`<>\\^|"')))
_SUFFIXES = {"png": "png", "jpeg": "jpg"}


def markdown(text: str) -> str:
    """Return text as Markdown that says it and nothing else, in one line."""
    signs = (_sign(each) for each in unicodedata.normalize("NFC", text))
    return _PUNCTUATION.sub(r"\\\1", re.sub(r"[ ]+", " ", "".join(signs)))


def _sign(character: str) -> str:
    kind = unicodedata.category(character)
    if character in "\t\n\r" or kind in ("Zs", "Zl", "Zp"):
        return "\u00a0" if character in "\u00a0\u202f" else " "
    if kind == "Cf":  # what turns the direction, or is not to be seen
        return character if character in "\u200c\u200d" else ""
    return SIGN if kind in ("Cc", "Cs", "Co", "Cn") else character


def raw(form: str, content: str) -> str:
    """Return a block that goes into one output format as it is."""
    return f"```{{={form}}}\n{content}\n```"


def raw_html(content: str) -> str:
    """Return HTML as a raw block of one line, in which nothing can be a fence, a cell or a shortcode."""
    return raw("html", f'<div class="segnb">{content}</div>'.translate(_ENTITIES))


class Pictures:
    """The pictures of a project, each a file of its own.

    Parameters
    ----------
    spell, paint
        As for the Typst writer.
    """

    def __init__(self, spell: Speller, paint: Paint) -> None:
        self._spell, self._paint = spell, paint
        self._names: dict[bytes, str] = {}

    @property
    def files(self) -> dict[str, bytes]:
        """The files by name."""
        return {name: data for data, name in self._names.items()}

    def keep(self, figure: Figure) -> str:
        """Keep a picture and return its name; what is no picture has none."""
        if found := _RASTER.fullmatch(figure.picture):
            suffix, data = _SUFFIXES[found[1]], base64.b64decode(found[2])
        else:
            paint = None if figure.foreign else self._paint
            try:
                drawn = Picture(figure.picture).standalone(figure.width, self._spell.exact, paint)
            except ValueError:
                return ""
            suffix, data = "svg", drawn.encode("utf-8")
        return self._names.setdefault(data, f"figures/{len(self._names) + 1:02}.{suffix}")


def on_paper(drawn: list[Json], data: Json) -> str:
    """Return a piece that stands in the PDF only, and add its data to what Typst draws."""
    drawn.append(data)
    return raw("typst", f"#draw(drawn.at({len(drawn) - 1}))")


class QuartoWriter:
    """Writes the blocks of one section.

    Parameters
    ----------
    voice, prefix, top, own, pages
        As for the HTML writer.
    spell, paint
        As for the Typst writer.
    pictures
        Takes the pictures.
    drawn
        Takes the pieces of data that the Typst blocks draw.
    """

    def __init__(
        self,
        voice: Voice,
        spell: Speller,
        *,
        prefix: str,
        top: int,
        own: frozenset[str],
        pages: Mapping[int, str],
        paint: Paint,
        pictures: Pictures,
        drawn: list[Json],
    ) -> None:
        common: dict[str, Any] = {"prefix": prefix, "top": top, "own": own, "keep": pictures.keep}
        self._html = HtmlWriter(voice, pages=pages, **common)
        self._typst = TypstWriter(voice, spell, paint=paint, **common)
        self._prefix, self._own, self._drawn = prefix, own, drawn
        self._headings = 0
        self._cited: set[str] = set()

    def write(self, blocks: Iterable[Block]) -> str:
        """Return the blocks one after the other."""
        return "\n\n".join(self._one(block) for block in blocks)

    def prose(self, content: Spans) -> str:
        """Return a sentence as Markdown."""
        return self._sentence(content, self._html.spans(content), self._typst.spans(content))

    def evidence(self, subject: str = "") -> str:
        """Return the table of all evidence that the section has cited, or nothing."""
        table = self._typst.evidence(subject)
        return self._both(self._html.evidence(subject), table) if table else ""

    def charted(self, name: str) -> list[Json]:
        """Return the numbers of all charts that the section has shown, as for the Typst writer."""
        return self._typst.charted(name)

    def _one(self, block: Block) -> str:
        # Both writers see every block, so that they number evidence and place headings alike.
        page, data = self._html.write([block]), self._typst.write([block])[0]
        if isinstance(block, Heading):
            self._headings += 1
            small = f" [{markdown(block.small)}]{{.muted}}" if block.small else ""
            anchor = f"{{#{self._prefix}-h{self._headings}}}"
            return f"{'#' * data['level']} {markdown(block.text)}{small} {anchor}"
        if isinstance(block, Paragraph) and block.role == "body":
            return self._sentence(block.content, page, data["content"])
        if isinstance(block, Bullets):
            sign = "1." if block.ordered else "-"
            items = zip(block.items, data["items"], strict=True)
            return "\n".join(f"{sign} {self._sentence(item, page, said)}" for item, said in items)
        return self._both(page, data)

    def _both(self, page: str, data: Json) -> str:
        return f"{raw_html(page)}\n\n{on_paper(self._drawn, data)}"

    def _sentence(self, content: Spans, page: str, data: list[Json]) -> str:
        parts = [self._span(span, page, said["mark"]) for span, said in zip(content, data, strict=True)]
        return "".join(parts).strip()

    def _span(self, span: Span, page: str, mark: Json | None) -> str:
        said = markdown(span.text)
        inner = said.strip(" ")
        if inner:
            before, _, after = said.partition(inner)
            if link := safe_link(span.href, self._own):
                inner = f"[{inner}](<{quote(link, safe=_URL)}>)"
            if span.strong:
                inner = f"**{inner}**"
            if span.muted:
                inner = f"[{inner}]{{.muted}}"
            said = f"{before}{inner}{after}"
        return said + (self._reference(mark, page) if mark else "")

    def _reference(self, mark: Json, page: str) -> str:
        number, anchor = mark["number"], f"{self._prefix}-r{mark['number']}"
        is_first = f'id="{anchor}"' in page and anchor not in self._cited
        self._cited.add(anchor)
        first = f"{{#{anchor}}}" if is_first else ""
        return f"^[{number}](#{mark['target']}){first}^"
