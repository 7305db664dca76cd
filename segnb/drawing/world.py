"""The world's countries on a flat map: outlines of the public domain, true to area."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
"""Longitude and latitude in degrees, or x and y on the map: n x 2."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of the projection *Equal Earth*."""
_TALLEST, _FLATTEST = 0.8, 0.4
"""Height of a view as a share of its width, at most and at least."""
_MARGIN = 1.06
_LEAST = 0.25
"""Width of a view on the map, at least: about a tenth of the equator's half."""


@dataclass(frozen=True)
class World:
    """Countries by their ISO 3166-1 alpha-2 code: rings of points, or one point for the smallest."""

    outlines: dict[str, tuple[Points, ...]]
    dots: dict[str, Points]

    @property
    def codes(self) -> frozenset[str]:
        """Codes of all countries that the map has."""
        return frozenset(self.outlines) | frozenset(self.dots)


@cache
def world() -> World:
    """Return the countries of the world, projected (`equal_earth`)."""
    read = json.loads((files("segnb.drawing") / "world.json").read_text(encoding="utf-8"))
    outlines = {
        code: tuple(equal_earth(np.array(ring, dtype=np.float64).reshape(-1, 2) / 10) for ring in rings)
        for code, rings in read["outlines"].items()
    }
    dots = {code: equal_earth(np.array([place], dtype=np.float64)) for code, place in read["dots"].items()}
    return World(outlines, dots)


def equal_earth(degrees: Points) -> Points:
    """Return longitudes and latitudes as x and y of the projection Equal Earth, on a sphere of radius 1.

    Šavrič, Patterson & Jenny 2019, Int. J. Geogr. Inf. Sci. 33:454-465, equations 7 and 8. It keeps areas in
    proportion, so a large country does not look larger than it is.
    """
    east, north = np.radians(degrees).T
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(north))
    a1, a2, a3, a4 = _A
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * np.sqrt(3) * east * np.cos(t) / (3 * slope)
    return np.column_stack([x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t])


@dataclass(frozen=True)
class View:
    """A part of the world in pixels: rings and dots by country, snapped to halves of a pixel."""

    height: int
    outlines: dict[str, tuple[Points, ...]]
    dots: dict[str, Points]


def view(codes: Collection[str], width: int) -> View:
    """Return a map of this width in pixels that shows these countries, with a margin.

    A country counts by its largest piece: France is in Europe, whatever islands belong to it. What lies
    outside, or is smaller than a pixel, is left out.
    """
    known = world()
    shown = [max(known.outlines[each], key=_size) for each in codes if each in known.outlines]
    shown += [known.dots[each] for each in codes if each in known.dots]
    points = np.concatenate(shown)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, (across, up) = (low + high) / 2, high - low
    across = max(across, up / _TALLEST, _LEAST) * _MARGIN
    scale = width / across
    height = round(max(up * _MARGIN, across * _FLATTEST) * scale)
    corner = middle - np.array([width, height]) / 2 / scale

    def snapped(ring: Points) -> Points:
        pixels = np.round((ring - corner) * scale * 2) / 2
        moves = np.r_[True, np.any(np.diff(pixels, axis=0) != 0, axis=1)]
        kept: Points = pixels[moves]
        return kept

    def drawn(ring: Points) -> bool:
        least, most = ring.min(axis=0), ring.max(axis=0)
        seen = bool((most > 0).all() and least[0] < width and least[1] < height)
        return seen and len(ring) > 2 and _size(ring) >= 1

    outlines = {code: tuple(filter(drawn, map(snapped, rings))) for code, rings in known.outlines.items()}
    dots = {code: snapped(place)[0] for code, place in known.dots.items()}
    return View(height, {code: rings for code, rings in outlines.items() if rings}, dots)


def _size(ring: Points) -> float:
    x, y = ring.T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)
