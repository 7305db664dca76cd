"""Blocks as HTML: every text escaped, no script, nothing fetched."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from segnb.document.blocks import (
    Block,
    Bullets,
    BySegment,
    Claims,
    Evidence,
    Facts,
    Fields,
    Figure,
    Grid,
    Heading,
    Headline,
    Panel,
    Paragraph,
    Span,
    Spans,
    Table,
    Verbatim,
    Verdict,
    to_json,
)
from segnb.document.html_table import TableWriter, fold
from segnb.document.html_text import attribute, text
from segnb.document.reading import Keep, Levels, evidence_table, is_multiples, safe_link
from segnb.document.svg import Picture
from segnb.words import Voice

_RASTER = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]+=*")


def fragment(blocks: Iterable[Block], voice: Voice | None = None) -> str:
    """Return blocks as a piece of HTML that is whole by itself, as a notebook's output is."""
    shown = tuple(blocks)
    digest = hashlib.sha256(json.dumps(to_json(shown)).encode()).hexdigest()[:8]
    writer = HtmlWriter(voice or Voice(), prefix=f"o{digest}")
    body = writer.write(shown) + writer.evidence()
    return f'<div class="segnb"><style>{notebook_style()}</style>{body}</div>'


@cache
def notebook_style() -> str:
    """Return the rules of what stands within another's page, all of them below ``.segnb``."""
    return files(__package__).joinpath("notebook.css").read_text(encoding="utf-8").strip()


class HtmlWriter:
    """Writes the blocks of one section, and numbers their evidence.

    Parameters
    ----------
    voice
        The reader's language, for the few words that the writer adds.
    prefix
        Begins every id, so that sections do not share one.
    top
        Level of the heading that stands above the blocks.
    own
        The addresses of the report's own places and files: all that a link may lead to beside the web.
    pages
        The anchor of each segment's page, by the segment's place.
    keep
        Keeps a picture as a file of its own and returns its name; left out, pictures stand in the page.
    """

    def __init__(
        self,
        voice: Voice,
        *,
        prefix: str,
        top: int = 2,
        own: frozenset[str] = frozenset(),
        pages: Mapping[int, str] | None = None,
        keep: Keep | None = None,
    ) -> None:
        self._voice, self._prefix, self._own, self._keep = voice, prefix, own, keep
        self._levels, self._pictures = Levels(top), 0
        self._numbers: dict[Evidence, int] = {}
        self._cited: set[int] = set()
        self._tables = TableWriter(voice, self._reference, pages or {})

    def write(self, blocks: Iterable[Block]) -> str:
        """Return the blocks one after the other."""
        return "\n".join(self._one(block) for block in blocks)

    def evidence(self, subject: str = "") -> str:
        """Return the table of all evidence that the section has cited, or nothing.

        Parameters
        ----------
        subject
            Whose values these are: a segment's name.
        """
        if not self._numbers:
            return ""
        table = evidence_table(self._numbers, self._voice, subject)
        targets = [(f"{self._prefix}-e{each}", f"{self._prefix}-r{each}") for each in self._numbers.values()]
        level = self._levels.place()
        inside = text(self._voice.say("document.evidence.inside", len(self._numbers)))
        title = f"<h{level}>{text(table.title)}</h{level}> <small>{inside}</small>"
        return self._tables.write(table.model_copy(update={"folded": True}), title, targets=targets)

    def _one(self, block: Block) -> str:
        held = getattr(block, "items", getattr(block, "columns", None))
        if held == ():  # what holds nothing leaves no frame behind
            return "".join(self._titled(block)) if isinstance(block, Table) else ""
        writer: Callable[[Any], str] = getattr(self, f"_{block.kind}")
        return writer(block)

    def spans(self, content: Spans) -> str:
        """Return a sentence with its emphasis, links and footnote marks."""
        return "".join(self._span(each) for each in content)

    def _span(self, span: Span) -> str:
        said = text(span.text)
        if said and (link := safe_link(span.href, self._own)):
            said = f'<a href="{attribute(link)}">{said}</a>'
        if said and span.strong:
            said = f"<strong>{said}</strong>"
        if said and span.muted:
            said = f'<span class="muted">{said}</span>'
        return said + (self._reference(span.evidence) if span.evidence else "")

    def _reference(self, evidence: Evidence) -> str:
        number = self._numbers.setdefault(evidence, len(self._numbers) + 1)
        anchor = "" if number in self._cited else f' id="{self._prefix}-r{number}"'
        self._cited.add(number)
        label = f"{self._voice.say('document.evidence.title')} {number}"
        link = f'<a href="#{self._prefix}-e{number}"{anchor} aria-label="{attribute(label)}">{number}</a>'
        return f'<sup class="reference">{link}</sup>'

    def _titled(self, block: Table | Figure) -> tuple[str, str]:
        """Return the heading of a table or chart, which states its finding, and its subtitle."""
        level = self._levels.place() if block.title else 0
        heading = f"<h{level}>{text(block.title)}</h{level}>" if block.title else ""
        return heading, f'<p class="subtitle">{text(block.subtitle)}</p>' if block.subtitle else ""

    def _heading(self, block: Heading) -> str:
        level = self._levels.place(block.level)
        small = f" <small>{text(block.small)}</small>" if block.small else ""
        return f"<h{level}>{text(block.text)}{small}</h{level}>"

    def _paragraph(self, block: Paragraph) -> str:
        role = "" if block.role == "body" else f' class="{block.role}"'
        return f"<p{role}>{self.spans(block.content)}</p>"

    def _bullets(self, block: Bullets) -> str:
        tag = "ol" if block.ordered else "ul"
        return f"<{tag}>{''.join(f'<li>{self.spans(item)}</li>' for item in block.items)}</{tag}>"

    def _claims(self, block: Claims) -> str:
        return f'<ul class="claims">{"".join(f"<li>{self.spans(item)}</li>" for item in block.items)}</ul>'

    def _table(self, block: Table) -> str:
        return self._tables.write(block, *self._titled(block))

    def _figure(self, block: Figure) -> str:
        title, subtitle = self._titled(block)
        caption = subtitle if block.folded else title + subtitle
        caption = f"<figcaption>{caption}</figcaption>" if caption else ""
        data = ""
        if block.data is not None:
            label = text(self._voice.say("document.numbers"))
            name = f'<span class="unseen">{text(block.data.title or block.title or block.alt)}</span>'
            body = self._tables.write(block.data.model_copy(update={"title": ""}), name)
            data = f'<details class="more"><summary>{label}</summary>{body}</details>'
        whole = f"<figure>{caption}{self._picture(block)}{data}</figure>"
        return fold(title, whole) if block.folded else whole

    def _picture(self, block: Figure) -> str:
        self._pictures += 1
        ground = "picture foreign" if block.foreign else "picture"
        if self._keep and (name := self._keep(block)):
            drawn = f'<img src="{attribute(name)}" alt="{attribute(block.alt)}" width="{block.width}">'
        elif _RASTER.fullmatch(block.picture):
            drawn = f'<img src="{block.picture}" alt="{attribute(block.alt)}" width="{block.width}">'
        else:
            try:
                drawn = Picture(block.picture).inline(
                    alt=block.alt,
                    width=block.width,
                    prefix=f"{self._prefix}-p{self._pictures}-",
                    themed=not block.foreign,
                )
            except ValueError:
                return f'<p class="note">{text(block.alt)}</p>'
        return f'<div class="{ground}">{drawn}</div>'

    def _verdict(self, block: Verdict) -> str:
        steps = "".join(
            f"<li{' aria-current=true class=here' * (place == block.position)}>{text(step)}</li>"
            for place, step in enumerate(block.scale)
        )
        scale = f'<ol class="scale">{steps}</ol>' if steps else ""
        sentences = "".join(f"<p>{self.spans(each)}</p>" for each in block.sentences)
        return (
            f'<div class="verdict" role="group" aria-label="{attribute(block.question)}">'
            f'<p class="question">{text(block.question)}</p><p class="finding">{text(block.verdict)}</p>'
            f"{scale}{sentences}</div>"
        )

    def _facts(self, block: Facts) -> str:
        items = "".join(
            f"<div><dt>{text(each.label)}</dt>"
            f"<dd><b>{text(each.value)}</b> <small>{text(each.small)}</small></dd></div>"
            for each in block.items
        )
        return f'<dl class="facts">{items}</dl>'

    def _fields(self, block: Fields) -> str:
        items = "".join(
            f'<div class="{"stop" if each.stop else "go"}"><dt>{text(each.title)}</dt>'
            f"<dd>{self.spans(each.content)}</dd></div>"
            for each in block.items
        )
        return f'<dl class="fields">{items}</dl>'

    def _panel(self, block: Panel) -> str:
        quoted = f'<div class="panel"><p>{self.spans(block.content)}</p></div>'
        return quoted + (f'<p class="note">{self.spans(block.small)}</p>' if block.small else "")

    def _verbatim(self, block: Verbatim) -> str:
        return f'<pre tabindex="0">{text(block.text)}</pre>'

    def _headline(self, block: Headline) -> str:
        lede = f'<p class="lede">{self.spans(block.lede)}</p>' if block.lede else ""
        return f'<p class="headline">{text(block.text)}</p>{lede}'

    def _grid(self, block: Grid) -> str:
        if is_multiples(block):
            return self._series([figure for column in block.columns for figure in column])
        columns = "".join(f"<div>{self.write(column)}</div>" for column in block.columns)
        ratio = block.ratio or (1,) * len(block.columns)
        widths = " ".join(f"minmax(0,{share}fr)" for share in ratio)
        return f'<div class="grid" style="--columns:{widths}">{columns}</div>'

    def _series(self, figures: list[Any]) -> str:
        """Return charts side by side, and below them as a list those that are folded away."""
        shown = "".join(f"<div>{self._one(each)}</div>" for each in figures if not each.folded)
        rest = "".join(self._one(each) for each in figures if each.folded)
        return (f'<div class="multiples">{shown}</div>' if shown else "") + rest

    def _by_segment(self, block: BySegment) -> str:
        parts = []
        for segment, blocks in block.parts.items():
            level = self._levels.place()
            parts.append(f"<h{level}>{text(block.heading(segment))}</h{level}>{self.write(blocks)}")
        return "\n".join(parts)
