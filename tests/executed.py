"""Executed notebooks for tests: cells that show blocks, or what an analyst's libraries show."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from segnb.document.blocks import (
    Bar,
    Block,
    BySegment,
    Cell,
    Claims,
    Column,
    Evidence,
    Fact,
    Facts,
    Field,
    Fields,
    Figure,
    Grade,
    Grid,
    Heading,
    Headline,
    Panel,
    Paragraph,
    Span,
    Strip,
    Swatch,
    Table,
    Verdict,
    Whisker,
    bundle,
    spans,
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="344pt" height="120pt" viewBox="0 0 344 120">'
    '<rect width="300" height="20" style="fill: #0c3d55"/>'
    '<text x="4" y="60" style="font: 13px \'Source Sans Pro\'; fill: #16202b">{text}</text></svg>'
)
KEYS = ("heavy", "light")
NAMES = {"heavy": "Heavy buyers", "light": "Light buyers"}


def code(*outputs, tags: tuple[str, ...] = (), status: str = "completed"):
    """Return a code cell that has run."""
    metadata = {"tags": list(tags), "papermill": {"status": status}}
    return new_code_cell("show(result)", execution_count=1, outputs=list(outputs), metadata=metadata)


def blocks(*shown: Block, tags: tuple[str, ...] = ()):
    """Return a cell that shows blocks."""
    return code(new_output("display_data", bundle(shown)), tags=tags)


def display(data: dict, metadata: dict | None = None, tags: tuple[str, ...] = ()):
    """Return a cell that shows something in the forms of its MIME bundle."""
    return code(new_output("display_data", data, metadata=metadata or {}), tags=tags)


def prose(source: str, tags: tuple[str, ...] = ()):
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def png(width: int = 40, height: int = 20) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def write(folder: Path, notebooks: dict[str, list]) -> list[Path]:
    """Write notebooks by name; equal cells give equal files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, cells in notebooks.items():
        for place, cell in enumerate(cells):
            cell["id"] = f"cell-{place}"
        path = folder / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        paths.append(path)
    return paths


def evidence(measure: str = "Visits a month", value: str = "3.2") -> Evidence:
    return Evidence(
        measure=measure, value=value, compared="6.4", compared_with="everyone else", n=320, source="sales"
    )


def figure(title: str = "Visits fall", text: str = "a label") -> Figure:
    data = Table(
        columns=(Column(label="Month", header=True), Column(label="Visits")),
        rows=((Cell(text="May"), Cell(text="3")),),
    )
    return Figure(
        picture=SVG.format(text=text),
        alt=f"{title}: May 3.",
        title=title,
        subtitle="Visits a month",
        data=data,
    )


def answer(word: str = "Heavy buyers bring 70% of revenue") -> list[Block]:
    columns = ("Segment", "Share of customers", "Revenue per customer", "Trust", "What to do next")
    rows = tuple(
        (
            Cell(text=NAMES[key], small="3.2 visits a month", mark=Swatch(segment=place)),
            Cell(text="26%", mark=Bar(value=0.5, segment=place)),
            Cell(
                text="$640",
                small="$575–706",
                mark=Whisker(value=640, low=575, high=706, axis=(0, 1000), ticks=((0, "$0"),), segment=place),
            ),
            Cell(text="stable", small="overlap 0.82", mark=Grade(letter="B")),
            Cell(text="Test it"),
        )
        for place, key in enumerate(KEYS)
    )
    return [
        Headline(text=word, lede=spans("Hold these first.", evidence("Share of revenue", "70%"))),
        Verdict(
            question="Are these segments real?",
            verdict="Reproducible, but constructed",
            scale=("Natural", "Reproducible", "Unstable", "None"),
            position=1,
            sentences=(spans("The same groups come back."),),
        ),
        Table(
            columns=tuple(Column(label=label, header=not place) for place, label in enumerate(columns)),
            rows=rows,
            title="Two segments, largest revenue first",
            subtitle="July–December 2017",
            note="Trust: A highly stable, B stable.",
            role="answer",
        ),
    ]


def by_segment(slot: str, *shown: Block) -> BySegment:
    return BySegment(slot=slot, parts={key: shown for key in KEYS})


def segment_pages(word: str = "They come half as often") -> list[Block]:
    strip = Strip(value=0.3, others=0.6, ticks=(0.2, 0.9), axis=(0, 1), segment=0)
    differences = Table(
        columns=(
            Column(label="Measure", header=True),
            Column(label="lower → higher"),
            Column(label="Frequent broad-range buyers", align="right"),
            Column(label="Others", align="right"),
        ),
        rows=((Cell(text="Visits"), Cell(mark=strip), Cell(text="3.2"), Cell(text="6.4")),),
        groups={0: "Used to form the segments"},
        title="How they differ",
        role="differences",
    )
    return [
        by_segment("portrait", Paragraph(content=spans("They buy on offer."), role="lede")),
        by_segment("playbook", Fields(items=(Field(title="Price", content=spans("Test it.", evidence())),))),
        by_segment("facts", Facts(items=(Fact(label="Customers", value="320", small="15%"),))),
        by_segment("differences", differences),
        by_segment(
            "claims", Claims(items=(spans(f"{word}.", evidence()), spans("They return.", evidence("Return"))))
        ),
        by_segment(
            "rule", Panel(content=spans("At most 7.6 visits."), small=spans(Span(text="Right", strong=True)))
        ),
        by_segment("worth", Paragraph(content=spans("One more visit is $58k."))),
    ]


def whole(folder: Path) -> list[Path]:
    """Write notebooks that fill every part of the report."""
    pair = Grid(
        columns=((Paragraph(content=spans("Left.")),), (Paragraph(content=spans("Right.")),)), ratio=(7, 4)
    )
    return write(
        folder,
        {
            "01_data_profiling": [
                prose("# What came in\n\nShipped prose stays out of the report."),
                blocks(figure("Most spend little"), figure("Visits fall")),
                blocks(Headline(text="Nothing was refused")),
                blocks(Paragraph(content=spans("Ids are text.")), tags=("appendix",)),
            ],
            "03_clustering": [
                prose("# Segments"),
                blocks(Headline(text="Yes, for planning"), figure("All come back"), pair, tags=("trust",)),
                blocks(Heading(text="A closer look", level=4), pair),
            ],
            "04_segment_personas": [
                prose("# Who the segments are"),
                *[blocks(each, tags=("segment",)) for each in segment_pages()],
                blocks(Paragraph(content=spans("For the analyst's eyes.")), tags=("analyst",)),
            ],
            "05_kpi_measurement": [prose("# Results by segment"), blocks(*answer(), tags=("answer",))],
        },
    )
