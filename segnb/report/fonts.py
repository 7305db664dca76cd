"""The page's fonts: each cut down to the text that it sets, under a name of its own.

The licence of the house's fonts reserves the name "Source" for the originals, so the subsets are
called "Report" and carry no name table.
"""

from __future__ import annotations

import base64
import io
import logging
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from fontTools import subset
from fontTools.ttLib import TTFont, newTable

from segnb.document.faces import house_signs, read_face
from segnb.style import SANS, SERIF, font_file, font_folders

FACES = (
    ("Report Sans", 400, "normal", "SourceSansPro-Regular.ttf"),
    ("Report Sans", 600, "normal", "SourceSansPro-Semibold.ttf"),
    ("Report Sans", 400, "italic", "SourceSansPro-It.ttf"),
    ("Report Serif", 600, "normal", "SourceSerifPro-Semibold.ttf"),
)
TEXT, HEADINGS, MORE = "Brand Text", "Brand Headings", "Report More"
"""What the page calls a brand's fonts, and those for scripts that the house's fonts lack."""
LATIN = frozenset(
    (
        *range(0x20, 0x7F),
        *range(0xA0, 0x180),
        *range(0x2010, 0x2028),
        *range(0x2030, 0x203B),
        *range(0x2070, 0x208A),
        *range(0x2190, 0x2194),
        *(0x218, 0x219, 0x21A, 0x21B, 0x20AC, 0x2122, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x1E9E),
    )
)

FEATURES = (
    *("kern", "liga", "ccmp", "locl", "lnum", "tnum"),
    *("init", "medi", "fina", "isol", "rlig", "calt", "mark", "mkmk", "half", "blwf", "akhn"),
)
"""What a subset keeps of a font's shaping: without the second row, letters of some scripts do not join."""

# Tables that a font's editor left behind are dropped, which is no news to readers.
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Fonts:
    """Font files beside the house's own.

    Parameters
    ----------
    text, headings
        A brand's fonts, which come before the house's.
    more
        Fonts for what these lack, as for another script.
    """

    text: tuple[Path, ...] = ()
    headings: tuple[Path, ...] = ()
    more: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, each once."""
        return tuple(dict.fromkeys((*self.text, *self.headings, *self.more)))

    @contextmanager
    def folders(self) -> Iterator[list[Path]]:
        """Lay the files into a folder, which is where Typst looks for fonts, beside the house's own."""
        with TemporaryDirectory(prefix="segnb-fonts-") as lent:
            for number, path in enumerate(self.files):
                shutil.copyfile(path, Path(lent, f"{number:03}{path.suffix}"))
            yield [*font_folders(), Path(lent)]

    @property
    def signs(self) -> Set[int]:
        """The characters that text may hold: a heading's own font is backed by that of text."""
        return house_signs().union(*(read_face(path).signs for path in (*self.text, *self.more)))

    @property
    def sans(self) -> list[str]:
        """The families of text for Typst, in the order in which they are asked for a sign."""
        return list(dict.fromkeys((*_families(self.text), SANS, *_families(self.more))))

    @property
    def serif(self) -> list[str]:
        """The families of headings for Typst."""
        return list(dict.fromkeys((*_families(self.headings), SERIF, *self.sans)))


def _families(paths: tuple[Path, ...]) -> Iterator[str]:
    return (family for path in paths for family in typst_families(path))


@cache
def typst_families(path: Path) -> tuple[str, ...]:
    """Return what Typst calls the fonts of a file; nothing where it cannot read it."""
    own: Any = {"include_system_fonts": False, "include_embedded_fonts": False}
    with TemporaryDirectory(prefix="segnb-fonts-") as folder:
        shutil.copyfile(path, Path(folder, f"font{path.suffix}"))
        return tuple(typst.Fonts(font_paths=[Path(folder)], **own).families())


def font_rules(fonts: Fonts, characters: Set[int]) -> str:
    """Return the ``@font-face`` rules, each with its font inside, and the variables that name them.

    Parameters
    ----------
    fonts
        The fonts beside the house's own.
    characters
        What the page holds; equal characters give equal bytes.
    """
    wanted = LATIN | characters
    rules = [_rule(family, weight, style, font_file(file), wanted) for family, weight, style, file in FACES]
    for family, paths, needed in (
        (TEXT, fonts.text, wanted),
        (HEADINGS, fonts.headings, wanted),
        (MORE, fonts.more, wanted - house_signs()),
    ):
        for face in map(read_face, paths):
            style = "italic" if face.italic else "normal"
            rules.append(_rule(family, face.weight, style, face.path, needed))
    # A family that is not there is passed over.
    families = {"sans": (TEXT, "Report Sans", MORE), "serif": (HEADINGS, "Report Serif", MORE)}
    named = (f"--{name}:{','.join(map(_quoted, each))};" for name, each in families.items())
    return "\n".join([*filter(None, rules), f":root{{{''.join(named)}}}"])


def _quoted(family: str) -> str:
    return f'"{family}"'


def _rule(family: str, weight: int, style: str, path: Path, wanted: Set[int]) -> str:
    # Of what is wanted, what the font has: so that most pages share one subset.
    kept = read_face(path).signs & wanted
    if not kept:
        return ""
    font = base64.b64encode(_subset(path, frozenset(kept))).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:block;'
        f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
    )


@cache
def _subset(path: Path, wanted: frozenset[int]) -> bytes:
    options = subset.Options(
        flavor="woff2",
        layout_features=list(FEATURES),
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
    )
    # Tables that the subset does not need are never read.
    with TTFont(path, fontNumber=0, recalcTimestamp=False, lazy=True) as font:
        del font["name"]  # else the whole font is searched for the names in use, half of the time
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        font["name"] = newTable("name")  # browsers refuse a font without the table, not one with an empty one
        font["name"].names = []
        font.flavor = "woff2"
        buffer = io.BytesIO()
        font.save(buffer)
    return buffer.getvalue()
