"""Reports that are hard to lay out: many segments, long names, nothing in a table, no structure at all."""

from __future__ import annotations

import math
from pathlib import Path

from executed import SVG, blocks, display, evidence, figure, prose, write

from segnb.document.blocks import (
    Bar,
    BySegment,
    Cell,
    Claims,
    Column,
    Fact,
    Facts,
    Field,
    Fields,
    Grade,
    Grid,
    Headline,
    Paragraph,
    Span,
    Strip,
    Swatch,
    Table,
    Verbatim,
    Verdict,
    Whisker,
    spans,
)

LONG = "Frequent but irregular Sunday-evening full-basket buyers, VI"
HOSTILE = (
    "<script>window.PWNED=1;alert(1)</script>",
    '"><img src=x onerror="window.PWNED=1;alert(1)">',
    "</style></title><script>window.PWNED=1</script>",
    "[x](javascript:alert(1)) ![y](javascript:alert(1))",
    "{{< meta title >}} {{7*7}} `{python} print(1)`",
    "```{python}\nprint(1)\n```",
    "::: {.column-page}\n# not a heading\n:::",
    '#import "x" #eval("1") $x^2$ <label> @ref',
    "\u202egnp.exe\u202c \u2066\u200f hidden\u00ad\u200b",
    "---\ntitle: other\n---",
)


def many(folder: Path, n: int, words: tuple[str, ...] = (LONG,)) -> tuple[list[Path], tuple[str, ...]]:
    """Write notebooks of a report of ``n`` segments called by these words in turn; return their keys."""
    keys = tuple(f"s{place}" for place in range(n))
    said = {key: words[place % len(words)] for place, key in enumerate(keys)}
    axis, ticks = (0.0, 900.0), ((0.0, "$0"), (900.0, "$900"))
    rows = tuple(
        (
            Cell(text=said[key], small=said[key], mark=Swatch(segment=place)),
            Cell(text=f"{100 // n}%", mark=Bar(value=1 / (1 + place), segment=place)),
            Cell(
                text=f"${700 - 9 * place}",
                small="$1–900",
                mark=Whisker(value=700 - 9 * place, low=1, high=900, axis=axis, ticks=ticks, segment=place),
            ),
            Cell(text="stable", small="overlap 0.82", mark=Grade(letter="ABCD"[place % 4])),
            Cell(text=f"Test {said[key]}"),
        )
        for place, key in enumerate(keys)
    )
    labels = ("Segment", "Share of customers", "Revenue per customer", "Trust", "What to do next")
    answer = Table(
        columns=tuple(Column(label=label, header=not place) for place, label in enumerate(labels)),
        rows=rows,
        title=f"All {n}, largest revenue first",
        note=words[0],
        role="answer",
    )
    shown = [
        prose(f"# {words[0]}"),
        blocks(
            Headline(
                text=words[-1],
                lede=spans(words[0], evidence(words[0], words[0])),
            ),
            tags=("answer",),
        ),
        blocks(_verdict(words), answer, tags=("answer",)),
        blocks(*_pages(said), tags=("segment",)),
        blocks(*_empty(words)),
        display({"text/html": f"<p onclick='alert(1)'>{words[0]}</p><a href='javascript:alert(1)'>go</a>"}),
        display({"image/svg+xml": SVG.format(text="x").replace("<rect", "<script>alert(1)</script><rect")}),
    ]
    return write(folder, {"05_kpi_measurement": shown}), keys


def shapeless(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Write notebooks of a report whose data hold no structure: an answer in words, no segment."""
    verdict = Verdict(
        question="Are these segments real?",
        verdict="No groups found",
        scale=("Natural", "Reproducible", "Unstable", "None"),
        position=3,
        sentences=(spans("Shuffled tables look the same."),),
    )
    cells = [
        prose("# Segments"),
        blocks(Headline(text="These customers fall into no groups"), verdict, tags=("answer",)),
        blocks(Headline(text="Shuffled tables look the same"), figure("No gap"), tags=("trust",)),
    ]
    return write(folder, {"03_clustering": cells}), ()


def _verdict(words: tuple[str, ...]) -> Verdict:
    sentences = tuple(spans(word) for word in words)
    return Verdict(question=words[0], verdict=words[0], scale=words[:4], position=0, sentences=sentences)


def _pages(said: dict[str, str]) -> list[BySegment]:
    def each(slot, make):
        return BySegment(slot=slot, parts={key: (make(word),) for key, word in said.items()})

    strip = Strip(value=math.nan, others=0.6, ticks=(0.2, math.inf), axis=(0, 0), segment=11)
    return [
        each(
            "portrait", lambda word: Paragraph(content=spans(word, Span(text=word, strong=True)), role="lede")
        ),
        each(
            "facts",
            lambda word: Facts(items=tuple(Fact(label=word, value=word, small=word) for _ in range(4))),
        ),
        each(
            "differences",
            lambda word: Table(
                columns=tuple(Column(label=label) for label in ("Measure", "lower → higher", word, "Others")),
                rows=((Cell(text=word), Cell(mark=strip), Cell(text="3.2"), Cell(text="6.4")),),
                groups={0: word},
                role="differences",
            ),
        ),
        each("claims", lambda word: Claims(items=(spans(word, evidence(word, word)),))),
        each(
            "playbook",
            lambda word: Fields(
                items=tuple(Field(title=word, content=spans(word), stop=n == 7) for n in range(8))
            ),
        ),
    ]


def _empty(words: tuple[str, ...]) -> list:
    """Return blocks with nothing in them, and with more or fewer cells than columns."""
    column = Column(label=words[0])
    return [
        Table(columns=(column, column, column), rows=(), title=f"No row: {words[0]}"),
        Table(columns=(), rows=()),
        Table(
            columns=(column, Column(label="")), rows=((), (Cell(),), (Cell(text="a"), Cell(text=words[0])))
        ),
        Table(columns=(Column(label=""),), rows=((Cell(),),), note=words[0]),
        Facts(items=()),
        Fields(items=()),
        Claims(items=()),
        Grid(columns=()),
        Grid(columns=((), ())),
        Verbatim(text=""),
        Verbatim(text="\n".join(words)),
        Paragraph(content=()),
        figure(words[0], text=words[-1]).model_copy(update={"alt": words[0]}),
    ]
