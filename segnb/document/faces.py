"""Fonts as files: their weight, and the characters that they have signs for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from segnb.style import font_file

SUFFIXES = frozenset((".ttf", ".otf", ".ttc"))
"""What a font's file may be called; of a collection the first font is taken."""


@dataclass(frozen=True)
class Face:
    """One font file."""

    path: Path
    weight: int
    italic: bool
    signs: frozenset[int]


@cache
def read_face(path: Path) -> Face:
    """Read a font file.

    Raises
    ------
    ValueError
        The file is no font.
    """
    try:
        # Opened here, as fontTools leaves open what turns out to be no font.
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            signs = frozenset(font.getBestCmap() or ())
            style = font["OS/2"]
            weight, italic = style.usWeightClass, bool(style.fsSelection & 1)
    except (TTLibError, KeyError, AssertionError, EOFError, OSError, AttributeError, ValueError) as error:
        raise ValueError("is no font that can be read") from error
    return Face(path, weight, italic, signs)


def house_signs() -> frozenset[int]:
    """Return the characters that the house's own text font has."""
    return read_face(font_file("SourceSansPro-Regular.ttf")).signs
