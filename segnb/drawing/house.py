"""The house style of every chart: real size, one font, direct labels, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from segnb.document.blocks import Cell, Column, Figure, Table
from segnb.style import LIGHT, SANS, font_file
from segnb.words import Voice

WIDTH = 344
"""Width in CSS pixels at which a chart is drawn and shown; it is never scaled down."""

LONGEST_ALT = 150
"""Characters of an alternative text: what a screen reader says in one breath."""

_RC: Any = {
    "font.family": SANS,
    "font.size": 13,
    "text.color": LIGHT["ink"],
    "axes.labelcolor": LIGHT["muted"],
    "axes.edgecolor": LIGHT["faint"],
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": LIGHT["rule"],
    "grid.linewidth": 1,
    "xtick.color": LIGHT["faint"],
    "ytick.color": LIGHT["faint"],
    "xtick.labelcolor": LIGHT["muted"],
    "ytick.labelcolor": LIGHT["muted"],
    "xtick.labelsize": 12.5,
    "ytick.labelsize": 12.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "segnb",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def _register_fonts() -> None:
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for face in ("SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf"):
        path = str(font_file(face))
        if path not in known:
            font_manager.fontManager.addfont(path)


@contextmanager
def canvas(height: int, width: int = WIDTH) -> Iterator[tuple[Canvas, Axes]]:
    """Open a figure of this many CSS pixels in the house style, with one axes."""
    _register_fonts()
    with mpl.rc_context(_RC):
        # One point of the drawing is one CSS pixel of the page.
        drawing = Canvas(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        yield drawing, drawing.add_subplot()


def finish(drawing: Canvas, *, title: str, subtitle: str, alt: str, data: Table | None = None) -> Figure:
    """Turn a drawing into a block with its finding, its alternative text and its numbers.

    Must be called inside the ``canvas`` block, so that the style still holds.
    """
    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    return Figure(
        picture=svg[svg.index("<svg") :],
        alt=alt,
        title=title,
        subtitle=subtitle,
        data=data,
        width=round(drawing.get_figwidth() * 72),
    )


def alternative(
    voice: Voice, key: str, shorter: str, values: Mapping[str, Any], count: int | None = None
) -> str:
    """Return a chart's alternative text with all its values, or the shorter one where it would be long.

    The numbers stand in the chart's table, so that nothing is lost.
    """
    text = voice.say(key, count, **values)
    return text if len(text) <= LONGEST_ALT else voice.say(shorter, count, **values)


def numbers(labels: list[str], rows: list[list[str]], title: str = "") -> Table:
    """Return the table that holds a chart's numbers: the first column names the row."""
    columns = (
        Column(label=labels[0], header=True),
        *(Column(label=each, align="right") for each in labels[1:]),
    )
    return Table(
        columns=columns, rows=tuple(tuple(Cell(text=cell) for cell in row) for row in rows), title=title
    )
