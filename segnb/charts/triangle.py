"""A heat map of how alike several things are: each pair once, the names on the diagonal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from segnb.drawing.house import WIDTH
from segnb.style import LIGHT
from segnb.transform import Points
from segnb.words import Voice

_LETTER = 6.0
"""Pixels that a letter of a label takes, on average and a little more."""
_CELL = (9, 29)
_FIGURES = 24
"""Width of a cell from which a figure fits into it."""
_LINE = 19
"""Height of a row's name."""
# More or less of one colour: the ground shines through, so the text on it stays readable in the dark.
_STRENGTH = LinearSegmentedColormap.from_list("strength", [(*to_rgb(LIGHT["link"]), a) for a in (0.06, 0.5)])


def height(labels: Sequence[str]) -> int:
    """Return the height in pixels that these rows take."""
    return round(len(labels) * max(_cell(labels), _LINE)) + 12


def draw(
    axes: Axes,
    table: Points,
    labels: Sequence[str],
    *,
    marked: float,
    voice: Voice,
    muted: Collection[int] = (),
) -> None:
    """Draw the lower half of a symmetric table.

    Parameters
    ----------
    table
        Strengths from -1 to 1, shape (labels, labels); NaN leaves a cell empty.
    marked
        Strength above which a cell bears its figure, or a point where that does not fit.
    muted
        Places of the labels that are grey.
    """
    cell = _cell(labels)
    hidden = np.triu(np.ones_like(table, dtype=bool)) | np.isnan(table)
    axes.pcolormesh(
        np.ma.masked_array(np.abs(table), hidden),
        vmin=0,
        vmax=1,
        cmap=_STRENGTH,
        edgecolors=LIGHT["paper"],
        linewidth=min(2, cell / 9),
    )
    axes.set_xlim(0, (WIDTH - 6) / cell)
    axes.set_ylim(len(table), 0)
    axes.set_axis_off()
    _figures(axes, table, marked, voice, fits=cell >= _FIGURES)
    for place, label in enumerate(labels):
        color = LIGHT["muted" if place in muted else "ink"]
        axes.text(place + 0.2, place + 0.52, label, va="center", fontsize=12.5, color=color)


def _figures(axes: Axes, table: Points, marked: float, voice: Voice, *, fits: bool) -> None:
    for row, column in zip(*np.tril_indices_from(table, -1), strict=True):
        value = table[row, column]
        if abs(value) > marked:
            axes.text(
                column + 0.5,
                row + 0.52,
                voice.number(value, 2) if fits else "•",
                ha="center",
                va="center",
                fontsize=10,
                fontweight=600,
                color=LIGHT["ink"],
            )


def _cell(labels: Sequence[str]) -> float:
    """Return the width of a cell: as wide as the labels on the diagonal leave room for."""
    room = [(WIDTH - 12 - _LETTER * len(label)) / place for place, label in enumerate(labels) if place]
    return float(np.clip(min(room, default=_CELL[1]), *_CELL))
