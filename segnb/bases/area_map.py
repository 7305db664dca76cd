"""A map of areas: a dot for each at the middle of its customers, as large as there are many."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from segnb.document.blocks import Figure, Table
from segnb.drawing.house import WIDTH, alternative, canvas, finish, numbers
from segnb.style import LIGHT, segment_color
from segnb.suppression import conceal
from segnb.words import Voice

Values = NDArray[np.float64]

_LARGEST, _SMALLEST = 900.0, 24.0
"""Areas of dots in square points."""
_NAMED = 6
_PLACE = ("latitude", "longitude")
_HEIGHTS = (180, 420)


def area_map(places: pd.DataFrame, area: pd.Series, voice: Voice, *, fewest: int) -> Figure | None:
    """Draw areas of ``fewest`` customers and more; None where fewer than two have coordinates.

    An area that would give away a smaller one is left out, too.

    Equirectangular about the middle latitude, true to scale there. No customer is drawn, only the median
    of all of an area.

    Parameters
    ----------
    places
        Latitude and longitude in degrees by customer.
    area
        The area of each customer.
    """
    known = places.loc[area.index].dropna()
    grouped = known.groupby(area)
    sizes = grouped.size()
    counts = {str(each): int(size) for each, size in sizes.items()}
    hidden = conceal(counts, min_cell=fewest, keep_total=True).groups
    middles = grouped.median()[~sizes.index.isin(hidden)]
    if len(middles) < 2:
        return None
    sizes = sizes[middles.index]
    ranked = sorted(middles.index, key=lambda each: (-sizes[each], each))
    stretch = 1 / max(math.cos(math.radians(float(middles["latitude"].mean()))), 0.1)
    spans = {each: float(np.ptp(middles[each])) for each in middles}
    ratio = spans["latitude"] * stretch / spans["longitude"] if spans["longitude"] else math.inf
    height = int(min(max(WIDTH * ratio, _HEIGHTS[0]), _HEIGHTS[1]))
    called = {each: voice.category("area", each) for each in ranked}
    values = {"area": called[ranked[0]], "number": voice.count(len(ranked))}
    with canvas(height) as (drawing, axes):
        dots = np.maximum(sizes[ranked] / sizes.max() * _LARGEST, _SMALLEST)
        x, y = middles.loc[ranked, "longitude"], middles.loc[ranked, "latitude"]
        axes.scatter(x, y, s=dots, color=segment_color(0), alpha=0.55, linewidths=0)
        _write_names(axes, middles.loc[ranked[:_NAMED]], dots, called)
        axes.set_aspect(stretch, adjustable="datalim")
        axes.margins(0.15)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        return finish(
            drawing,
            title=voice.say("bases.geographic.map.title", area=values["area"]),
            subtitle=voice.say("bases.geographic.map.subtitle", int(sizes.sum())),
            alt=alternative(voice, "bases.geographic.map.alt", "bases.geographic.map.alt_short", values),
            data=_numbers(middles.loc[ranked], sizes, called, voice),
        )


def _write_names(axes: Axes, middles: pd.DataFrame, dots: Values, called: Mapping[Any, str]) -> None:
    """Write each name above its dot, where it can be read."""
    for (each, north, east), dot in zip(middles[[*_PLACE]].itertuples(), dots, strict=False):
        axes.annotate(
            called[each],
            (east, north),
            xytext=(0, math.sqrt(dot / math.pi)),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=12.5,
            color=LIGHT["ink"],
        )


def _numbers(middles: pd.DataFrame, sizes: pd.Series, called: Mapping[Any, str], voice: Voice) -> Table:
    heads = [voice.say(f"bases.geographic.map.{each}") for each in ("area", "customers", "north", "east")]
    rows = [
        [
            called[each],
            voice.count(int(sizes[each])),
            voice.number(north, 2),
            voice.number(east, 2),
        ]
        for each, north, east in middles[[*_PLACE]].itertuples()
    ]
    return numbers(heads, rows)
