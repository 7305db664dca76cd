"""The report's outline: which sections it has, in which order, and how each is laid out.

Both writers draw the same sections, so the page and the PDF cannot differ in what they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Literal

from segnb.document.blocks import (
    AnyBlock,
    Bullets,
    BySegment,
    Cell,
    Column,
    Figure,
    Grid,
    Heading,
    Headline,
    Span,
    Spans,
    Swatch,
    Table,
    Verdict,
)
from segnb.document.reading import is_multiples
from segnb.report.assemble import Chapter
from segnb.report.folding import ROW, fold
from segnb.report.look import Look
from segnb.segmentation import Window
from segnb.words import Voice

SLOTS = ("portrait", "facts", "differences", "rule", "worth", "playbook", "claims")
"""The parts of a segment's page, in its order; all else comes after them."""
NARROW = 360
"""A chart up to this many pixels wide stands beside others."""


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading of its own.

    ``name`` is what lists of contents call it; where the title states a finding instead, the kicker
    above says the name. ``place`` is a segment's place in the segmentation, which gives its colour.
    ``aside`` stands beside the opening of the answer.
    """

    kind: Literal["answer", "changes", "segment", "chapter", "trust", "appendix"]
    anchor: str
    name: str
    title: str
    blocks: tuple[AnyBlock, ...]
    kicker: str = ""
    lede: Spans = ()
    aside: Verdict | None = None
    place: int | None = None


@dataclass(frozen=True)
class Document:
    """The whole report, before it is written in any format."""

    title: str
    voice: Voice
    as_of: date | None
    sections: tuple[Section, ...]
    measured: Window | None = None
    look: Look = field(default_factory=Look)
    beside: tuple[str, ...] = ()

    @property
    def dateline(self) -> str:
        """What the head of every page says of time: the days of the results, and the date."""
        say, window = self.voice.say, self.measured
        results = say("report.results", period=self.voice.period(window.start, window.end)) if window else ""
        dated = say("report.as_of", day=self.voice.day(self.as_of)) if self.as_of else ""
        return " · ".join(filter(None, (results, dated)))

    @property
    def own(self) -> frozenset[str]:
        """Where links of the report may lead beside the web: its sections, and the files beside it."""
        return frozenset((*(f"#{section.anchor}" for section in self.sections), *self.beside))

    @property
    def told(self) -> dict[str, str]:
        """The report in three texts: title, finding, and the verdict if there is one."""
        answer = self.sections[0]
        verdict = answer.aside.verdict if answer.aside else ""
        return {"title": self.title, "headline": answer.title, "verdict": verdict}

    def of_kind(self, kind: str) -> tuple[Section, ...]:
        """Return the sections of one kind."""
        return tuple(section for section in self.sections if section.kind == kind)


def outline(
    chapters: Sequence[Chapter],
    *,
    title: str,
    voice: Voice,
    as_of: date | None,
    provenance: Mapping[str, str],
    segments: tuple[str, ...],
    names: Mapping[str, str],
    measured: Window | None = None,
    look: Look | None = None,
) -> Document:
    """Arrange what the notebooks showed; a part that no notebook delivered leaves no gap.

    What was found stands before the question of trust, how it was found after it: a notebook that
    comes before the first one to speak of single segments tells of the making.
    """
    answer = _tagged(chapters, "answer", names)
    listed = _listed(answer, segments, names)
    names = {segments[place]: name for place, name in listed.items()}
    told = list(_chapters(chapters, names))
    first = next((at for at, each in enumerate(chapters) if each.tagged("segment")), len(chapters))
    results = chapters[first:]
    appended = _tagged(chapters, "appendix", names)
    sections = [
        *_asked("changes", _tagged(chapters, "changes", names), voice),
        *_pages(chapters, segments, listed, voice),
        *_folded(each for chapter, each in told if chapter in results),
        *_folded(_asked("trust", _tagged(_leading(chapters, "trust"), "trust", names), voice)),
        *_folded((each for chapter, each in told if chapter not in results), charts=0),
        *_folded(_appendix(appended, chapters, provenance, as_of, voice), charts=0),
    ]
    opening = _answer(answer, title, voice, has_trust=any(each.kind == "trust" for each in sections))
    beside = tuple(map(audit_copy, (each.name for each in chapters)))
    return Document(title, voice, as_of, (opening, *sections), measured, look or Look(), beside)


def _folded(sections: Iterable[Section], charts: int = ROW) -> Iterator[Section]:
    """Fold the evidence of sections away; how it was found, with its charts."""
    for section in sections:
        yield replace(section, blocks=fold(section.blocks, charts))


def audit_copy(notebook: str) -> str:
    """Return where a notebook's audit copy lies beside the report."""
    return f"audit/{notebook}.html"


def _tagged(chapters: Sequence[Chapter], tag: str, names: Mapping[str, str]) -> list[AnyBlock]:
    return [block for chapter in chapters for block in _spelled_out(chapter.tagged(tag), names)]


def _leading(chapters: Sequence[Chapter], tag: str) -> list[Chapter]:
    """Return the chapters, those first that answer the section's question with a finding."""
    return sorted(chapters, key=lambda each: not any(isinstance(b, Headline) for b in each.tagged(tag)))


def _spelled_out(blocks: Iterable[AnyBlock], names: Mapping[str, str]) -> Iterator[AnyBlock]:
    """Yield blocks, those by segment one after the other under the segments' names."""
    for block in blocks:
        if isinstance(block, BySegment):
            for segment, parts in block.parts.items():
                yield Heading(text=names.get(segment, block.heading(segment)))
                yield from parts
        else:
            yield block


def _answer(blocks: list[AnyBlock], title: str, voice: Voice, has_trust: bool) -> Section:
    headline = next((each for each in blocks if isinstance(each, Headline)), None)
    verdict = next((each for each in blocks if isinstance(each, Verdict)), None)
    rest = [each for each in blocks if each is not headline and each is not verdict]
    if verdict and has_trust:
        why = (Span(text=voice.say("report.why"), href="#trust"),)
        verdict = verdict.model_copy(update={"sentences": (*verdict.sentences, why)})
    return Section(
        kind="answer",
        anchor="answer",
        name=title,
        title=headline.text if headline else title,
        lede=headline.lede if headline else (),
        aside=verdict,
        blocks=_flow(rest),
    )


def _listed(answer: list[AnyBlock], segments: tuple[str, ...], names: Mapping[str, str]) -> dict[int, str]:
    """Return the segments' names by place, in the order of the answer's table.

    A name that was not given is the table's own; a segment that is not in the table comes last.
    """
    tables = (each for each in answer if isinstance(each, Table) and each.role == "answer")
    cells = (cell for table in tables for row in table.rows for cell in row)
    listed = {cell.mark.segment: cell.text for cell in cells if isinstance(cell.mark, Swatch)}
    shown = {place: text for place, text in listed.items() if 0 <= place < len(segments)}
    ordered = [*shown, *(place for place in range(len(segments)) if place not in shown)]
    return {place: names.get(segments[place], shown.get(place, segments[place])) for place in ordered}


def _pages(
    chapters: Sequence[Chapter], segments: tuple[str, ...], listed: Mapping[int, str], voice: Voice
) -> Iterator[Section]:
    delivered = [block for chapter in chapters for block in chapter.tagged("segment")]
    described = {key for block in delivered if isinstance(block, BySegment) for key in block.parts}
    if not delivered:
        return
    places = [place for place in listed if segments[place] in described or not described]
    for number, place in enumerate(places, start=1):
        yield Section(
            kind="segment",
            anchor=f"segment-{number}",
            kicker=voice.say("report.position", number=voice.count(number), total=voice.count(len(places))),
            name=listed[place],
            title=listed[place],
            place=place,
            blocks=_page(delivered, segments[place], voice),
        )


def _page(delivered: list[AnyBlock], segment: str, voice: Voice) -> tuple[AnyBlock, ...]:
    """Lay out one segment's page: what differs beside what follows from it."""
    slots: dict[str, list[AnyBlock]] = {slot: [] for slot in SLOTS}
    rest: list[AnyBlock] = []
    for block in delivered:
        if isinstance(block, BySegment):
            slots.get(block.slot, rest).extend(block.parts.get(segment, ()))
        else:
            rest.append(block)
    charts = [each for each in slots["differences"] if isinstance(each, Figure)]
    slots["differences"] = [each for each in slots["differences"] if each not in charts]
    headed = {slot: _headed(slot, blocks, voice) for slot, blocks in slots.items()}
    return (*slots["portrait"], *slots["facts"], *_columns(headed, charts), *_flow(rest))


def _columns(headed: Mapping[str, Sequence[AnyBlock]], charts: Sequence[AnyBlock]) -> Iterator[AnyBlock]:
    """Set differences and what follows from them side by side, in columns of about one length.

    Claims under one heading stand below the differences; those under several, beside each other after
    what to do.
    """
    claims = _parted(headed["claims"])
    if len(claims) < 2:
        main = [*headed["differences"], *headed["claims"]]
        yield from _beside(main, [*charts, *headed["rule"], *headed["worth"]], ratio=(7, 4))
        yield from headed["playbook"]
    else:
        main = [*headed["differences"], *headed["worth"]]
        yield from _beside(main, [*charts, *headed["rule"]], ratio=(7, 4))
        yield from headed["playbook"]
        yield from _beside(*claims, ratio=(1,) * len(claims))


def _parted(blocks: Iterable[AnyBlock]) -> list[list[AnyBlock]]:
    """Part blocks before each heading."""
    parts: list[list[AnyBlock]] = []
    for block in blocks:
        if isinstance(block, Heading) or not parts:
            parts.append([])
        parts[-1].append(block)
    return parts


def _beside(*columns: Sequence[AnyBlock], ratio: tuple[int, ...]) -> tuple[AnyBlock, ...]:
    """Set columns side by side, or what there is of them one after the other."""
    if all(columns):
        return (Grid(columns=tuple(map(tuple, columns)), ratio=ratio),)
    return tuple(block for column in columns for block in column)


def _headed(slot: str, blocks: list[AnyBlock], voice: Voice) -> list[AnyBlock]:
    """Give a slot its heading, unless what it holds begins with one."""
    first = blocks[0] if blocks else None
    if first is None or slot in ("portrait", "facts"):
        return blocks
    if isinstance(first, Heading) or (isinstance(first, Table | Figure) and first.title):
        return blocks
    return [Heading(text=voice.say(f"report.slot.{slot}")), *blocks]


def _chapters(chapters: Sequence[Chapter], names: Mapping[str, str]) -> Iterator[tuple[Chapter, Section]]:
    """Yield each chapter that shows anything, under its first finding."""
    for number, chapter in enumerate(chapters, start=1):
        blocks = list(_spelled_out(chapter.tagged("chapter"), names))
        finding = next((each for each in blocks if isinstance(each, Headline)), None)
        more = [each for each in blocks if isinstance(each, Headline) and each is not finding]
        rest = [each for each in blocks if not isinstance(each, Headline)]
        if blocks:
            yield (
                chapter,
                Section(
                    kind="chapter",
                    anchor=f"chapter-{number}",
                    name=chapter.title,
                    title=finding.text if finding else chapter.title,
                    kicker=chapter.title if finding else "",
                    lede=finding.lede if finding else (),
                    blocks=(*more, *_flow(rest)),
                ),
            )


def _asked(kind: Literal["changes", "trust"], blocks: list[AnyBlock], voice: Voice) -> Iterator[Section]:
    """Yield the section on what changed, or on trust, whose heading takes up the first finding."""
    if not blocks:
        return
    finding = next((each for each in blocks if isinstance(each, Headline)), None)
    rest = [each for each in blocks if each is not finding]
    name = voice.say(f"report.{kind}")
    yield Section(
        kind=kind,
        anchor=kind,
        name=name,
        title=f"{name} {finding.text}" if finding else name,
        lede=finding.lede if finding else (),
        blocks=_flow(rest),
    )


def _appendix(
    blocks: list[AnyBlock],
    chapters: Sequence[Chapter],
    provenance: Mapping[str, str],
    as_of: date | None,
    voice: Voice,
) -> Iterator[Section]:
    facts = dict(provenance)
    if as_of is not None:
        facts = {voice.say("report.date"): voice.day(as_of)} | facts
    columns = (Column(label=voice.say("report.item"), header=True), Column(label=voice.say("report.entry")))
    rows = tuple((Cell(text=item), Cell(text=entry)) for item, entry in facts.items())
    table = [Table(columns=columns, rows=rows, title=voice.say("report.provenance"))] if rows else []
    if blocks or table:
        yield Section(
            kind="appendix",
            anchor="appendix",
            name=voice.say("report.appendix"),
            title=voice.say("report.appendix"),
            blocks=(*_flow(blocks), *table, *_audit(chapters, voice)),
        )


def _audit(chapters: Sequence[Chapter], voice: Voice) -> Iterator[AnyBlock]:
    """Yield links to the notebooks with their code, which lie beside the report."""
    if chapters:
        yield Heading(text=voice.say("report.audit"))
        yield Bullets(items=tuple((Span(text=each.name, href=audit_copy(each.name)),) for each in chapters))


def _flow(blocks: Iterable[AnyBlock]) -> tuple[AnyBlock, ...]:
    """Set charts that follow each other side by side."""
    arranged: list[AnyBlock] = []
    for small, run in groupby(_apart(blocks), lambda each: isinstance(each, Figure) and each.width <= NARROW):
        together = tuple(run)
        if small and len(together) > 1:
            arranged.append(Grid(columns=tuple((figure,) for figure in together)))
        else:
            arranged.extend(together)
    return tuple(arranged)


def _apart(blocks: Iterable[AnyBlock]) -> Iterator[AnyBlock]:
    """Yield blocks, the charts of a series one by one."""
    for block in blocks:
        if isinstance(block, Grid) and is_multiples(block):
            yield from (figure for column in block.columns for figure in column)
        else:
            yield block
