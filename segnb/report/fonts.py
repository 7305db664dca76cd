"""The page's fonts: four faces cut down to Latin text, under names of their own.

The fonts' licence reserves the name "Source" for the originals, so the subsets are called
"Report" and carry no name table.
"""

from __future__ import annotations

import base64
import io
from functools import cache

from fontTools import subset
from fontTools.ttLib import TTFont

from segnb.style import font_file

FACES = (
    ("Report Sans", 400, "normal", "SourceSansPro-Regular.ttf"),
    ("Report Sans", 600, "normal", "SourceSansPro-Semibold.ttf"),
    ("Report Sans", 400, "italic", "SourceSansPro-It.ttf"),
    ("Report Serif", 600, "normal", "SourceSerifPro-Semibold.ttf"),
)
LATIN = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x2010, 0x2028),
    *range(0x2030, 0x203B),
    *range(0x2070, 0x208A),
    *range(0x2190, 0x2194),
    *(0x218, 0x219, 0x21A, 0x21B, 0x20AC, 0x2122, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x1E9E),
)


@cache
def font_faces() -> str:
    """Return the ``@font-face`` rules, each with its font inside; always the same bytes."""
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:block;'
        f"src:url(data:font/woff2;base64,{base64.b64encode(_subset(file)).decode()}) format('woff2')}}"
        for family, weight, style, file in FACES
    )


def _subset(file: str) -> bytes:
    options = subset.Options(
        flavor="woff2",
        layout_features=["kern", "liga", "ccmp", "locl", "lnum", "tnum"],
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
    )
    with TTFont(font_file(file), recalcTimestamp=False) as font:
        font["name"].names = []  # browsers refuse a font without the table, not one with an empty one
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=LATIN)
        subsetter.subset(font)
        font.flavor = "woff2"
        buffer = io.BytesIO()
        font.save(buffer)
    return buffer.getvalue()
