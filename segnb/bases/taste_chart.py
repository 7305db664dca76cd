"""A chart of tastes: what each taste's customers bought, beside what all customers did."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from segnb.document.blocks import Figure
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.style import LIGHT
from segnb.suppression import outward
from segnb.words import Voice

_ROW, _FOOT = 25, 62
_LONGEST, _LONGEST_NAME = 24, 44


class Share(NamedTuple):
    """A share of buyers; only its lower limit where a few did not buy, and could be counted."""

    value: float
    limit: bool = False

    @classmethod
    def of(cls, bought: NDArray[np.bool_], min_cell: int) -> Share:
        """Return the share of those who bought."""
        without = len(bought) - int(bought.sum())
        few = without < min_cell
        return cls(1 - (outward(min_cell, len(bought)) if few else without / len(bought)), few)

    def said(self, voice: Voice) -> str:
        """Return the share, or that it is at least so much, in words."""
        text = voice.percent(self.value)
        return voice.say("personas.bound.least", value=text) if self.limit else text


class Favour(NamedTuple):
    """An item that a taste favours: the share of its customers who bought it, and of all customers."""

    taste: str
    item: str
    ours: Share
    everyone: Share

    @property
    def lead(self) -> float:
        """By how much the share of the taste's customers is larger."""
        return round(self.ours.value - self.everyone.value, 9)


def taste_chart(favours: list[Favour], period: str, voice: Voice) -> Figure:
    """Draw for each taste what sets it apart: a dot for its customers, a hollow one for everyone.

    The title tells the item whose share of buyers differs most.
    """
    most = max(favours, key=lambda each: (each.lead, each.item))
    told = {
        "taste": most.taste,
        "item": voice.inside(most.item),
        "ours": most.ours.said(voice),
        "all": most.everyone.said(voice),
    }
    title = voice.say("bases.tastes.chart_title", None, **told)
    tastes = [(name, list(rows)) for name, rows in groupby(favours, key=lambda each: each.taste)]
    with canvas(_ROW * (len(favours) + len(tastes)) + _FOOT) as (drawing, axes):
        _draw(drawing, axes, tastes, voice)
        keys = ("taste", "item", "ours", "everyone")
        return finish(
            drawing,
            title=title[:1].upper() + title[1:],
            subtitle=voice.say("bases.tastes.chart_subtitle", period=period),
            alt=alternative(voice, "bases.tastes.chart_alt", "bases.tastes.chart_alt_short", told),
            data=numbers(
                [voice.say(f"bases.tastes.column.{key}") for key in keys],
                [
                    [each.taste, each.item, each.ours.said(voice), each.everyone.said(voice)]
                    for each in favours
                ],
            ),
        )


def _draw(drawing: Canvas, axes: Axes, tastes: list[tuple[str, list[Favour]]], voice: Voice) -> None:
    row, places, labels = 0, [], []
    beside = blended_transform_factory(drawing.transFigure, axes.transData)
    for name, rows in tastes:
        heading = axes.text(
            0, row, _clipped(name, _LONGEST_NAME), transform=beside, va="center", fontweight=600
        )
        heading.set_in_layout(False)
        row += 1
        for each in rows:
            axes.plot(
                [each.everyone.value, each.ours.value], [row, row], color=LIGHT["rule"], linewidth=2, zorder=1
            )
            axes.plot(
                each.everyone.value,
                row,
                "o",
                markersize=7,
                color=LIGHT["paper"],
                markeredgecolor=LIGHT["muted"],
                markeredgewidth=1.6,
            )
            axes.plot(each.ours.value, row, "o", markersize=8, color=LIGHT["ink"])
            places.append(row)
            labels.append(_clipped(each.item, _LONGEST))
            row += 1
    axes.set_yticks(places, labels, color=LIGHT["ink"], fontsize=12.5)
    axes.set_ylim(row - 0.4, -0.6)
    low = min(min(each.everyone.value, each.ours.value) for _, rows in tastes for each in rows)
    high = max(max(each.everyone.value, each.ours.value) for _, rows in tastes for each in rows)
    axes.set_xlim(max(0.0, low - 0.08), min(1.02, high + 0.06))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: voice.percent(value, 0))
    axes.grid(visible=True, axis="x")
    axes.spines[["left", "bottom"]].set_visible(False)


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
