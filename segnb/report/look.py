"""How a report looks beyond the house style: colours, fonts and logo that the analyst names."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from segnb.document.blocks import Figure
from segnb.document.faces import SUFFIXES, read_face
from segnb.document.svg import Picture
from segnb.errors import Fault, ParameterError, refuse
from segnb.report.fonts import Fonts, typst_families
from segnb.style import HOUSE, Colors

LARGEST_LOGO = 500_000
"""Bytes that a logo's file may have: the page holds it twice."""
LOGO_HEIGHT, LOGO_WIDEST = 36, 288
"""Height of the logo above the report, in CSS pixels, and the width at which it becomes less high."""

_STYLED = re.compile(r"<(?:\w+:)?(?:style|foreignObject)\b|\sclass\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Look:
    """Colours, fonts and a logo; by default the house's own."""

    colors: Colors = HOUSE
    fonts: Fonts = field(default_factory=Fonts)
    logo: Figure | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """The digest of each file that was read, by the name that the parameters give it."""


def read_look(folder: Path, *, fonts: tuple[str, ...] = (), brand: Mapping[str, Any] | None = None) -> Look:
    """Read the fonts and the brand that the parameters name.

    Parameters
    ----------
    folder
        Where the params file is.
    fonts
        Files, or folders of files, with signs that the house's fonts lack.
    brand
        ``name``, ``logo``, ``light`` and ``dark`` (colours by role), and ``fonts`` (``text`` and
        ``headings``); each may be left out.

    Raises
    ------
    ParameterError
        All that is wrong with the files.
    """
    given = brand or {}
    reader = _Reader(folder)
    found = Fonts(
        text=reader.fonts("report.brand.fonts.text", given.get("fonts", {}).get("text", ())),
        headings=reader.fonts("report.brand.fonts.headings", given.get("fonts", {}).get("headings", ())),
        more=reader.fonts("report.fonts", fonts),
    )
    logo = reader.logo(given["logo"], given.get("name", "")) if given.get("logo") else None
    refuse(ParameterError, reader.faults)
    colors = Colors.with_(given.get("light", {}), given.get("dark", {}))
    return Look(colors, found, logo, dict(sorted(reader.digests.items())))


class _Reader:
    """Reads what the parameters name, and gathers what is wrong with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.faults: list[Fault] = []
        self.digests: dict[str, str] = {}

    def fonts(self, key: str, names: tuple[str, ...]) -> tuple[Path, ...]:
        """Return the font files under these names, those of a folder in the order of their names."""
        return tuple(path for name in names for path in self._fonts(key, name))

    def _fonts(self, key: str, name: str) -> Iterator[Path]:
        path = self._folder / name
        listed = sorted(each for each in path.iterdir() if _is_font(each)) if path.is_dir() else [path]
        if not listed:
            kinds = ", ".join(sorted(SUFFIXES))
            self.faults.append(Fault(f"the folder {name!r} holds no font ({kinds})", key))
        for each in listed:
            shown = name if each == path else f"{name.rstrip('/')}/{each.name}"
            if self._content(key, shown, each) is None:
                continue
            try:
                read_face(each.resolve())
                known = typst_families(each.resolve())
            except ValueError:
                known = ()
            if known:
                yield each.resolve()
            else:
                remedy = "Name files in the formats TrueType or OpenType"
                self.faults.append(Fault(f"{shown!r} is no font that can be read", key, remedy=remedy))

    def logo(self, name: str, alt: str) -> Figure | None:
        """Return the logo as a picture that says the brand's name."""
        key = "report.brand.logo"
        data = self._content(key, name, self._folder / name)
        if data is None:
            return None
        try:
            if len(data) > LARGEST_LOGO:
                raise ValueError(f"has {len(data):,} bytes, and {LARGEST_LOGO:,} is the most")
            picture, width = _png(data) if data.startswith(b"\x89PNG") else _svg(data)
        except ValueError as error:
            self.faults.append(Fault(f"{name!r} {error}", key))
            return None
        return Figure(picture=picture, alt=alt, width=width, foreign=True)

    def _content(self, key: str, name: str, path: Path) -> bytes | None:
        try:
            data = path.read_bytes()
        except (OSError, ValueError):
            remedy = "Names are relative to the params file"
            self.faults.append(Fault(f"there is no file {name!r} that can be read", key, remedy=remedy))
            return None
        self.digests[name] = hashlib.sha256(data).hexdigest()
        return data


def _is_font(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES


def _png(data: bytes) -> tuple[str, int]:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            size = image.size
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError("is no PNG that can be read") from error
    return f"data:image/png;base64,{base64.b64encode(data).decode()}", _scaled(*size)


def _svg(data: bytes) -> tuple[str, int]:
    try:
        source = data.decode("utf-8-sig")
        picture = Picture(source)
    except ValueError as error:
        raise ValueError("is neither an SVG nor a PNG that can be read") from error
    if _STYLED.search(source):
        raise ValueError(
            "draws with a style sheet or with HTML, which reports leave out. "
            "Save it as plain SVG with presentation attributes, or as PNG"
        )
    return source[source.index("<svg") :], _scaled(*picture.size)


def _scaled(width: float, height: float) -> int:
    return max(1, min(LOGO_WIDEST, round(LOGO_HEIGHT * width / height)))
