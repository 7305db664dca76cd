"""A map of areas: a dot for each at the middle of its customers, as large as there are many."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from segnb.document.blocks import Figure
from segnb.drawing.house import WIDTH, alternative, canvas, finish, numbers
from segnb.style import LIGHT, segment_color
from segnb.suppression import conceal
from segnb.words import Voice

_LARGEST, _SMALLEST = 900.0, 24.0
"""Areas of dots in square points."""
_NAMED = 6
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
        for each, dot in zip(ranked[:_NAMED], dots, strict=False):
            # Above its dot, where the name can be read.
            axes.annotate(
                called[each],
                (middles.loc[each, "longitude"], middles.loc[each, "latitude"]),
                xytext=(0, math.sqrt(dot / math.pi)),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=12.5,
                color=LIGHT["ink"],
            )
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
            data=numbers(
                [
                    voice.say(f"bases.geographic.map.{each}")
                    for each in ("area", "customers", "north", "east")
                ],
                [
                    [
                        called[each],
                        voice.count(int(sizes[each])),
                        voice.number(float(middles.loc[each, "latitude"]), 2),
                        voice.number(float(middles.loc[each, "longitude"]), 2),
                    ]
                    for each in ranked
                ],
            ),
        )
