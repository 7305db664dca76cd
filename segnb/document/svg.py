"""Pictures from elsewhere: an SVG keeps what draws, and loses what acts, loads or names.

An element, an attribute or a style property stays only if it stands on a list here. References
stay inside the picture, ids become unique within a page, and every text takes the report's font.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree

from segnb.style import ACCENT, HOUSE, SANS


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS = _names(
    "svg g defs path rect circle ellipse line polyline polygon text tspan use image symbol marker "
    "clipPath mask pattern linearGradient radialGradient stop"
)
TRANSPARENT = _names("a switch")
"""Elements that are left out while what they hold is kept."""

PROPERTIES = _names(
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray stroke-dashoffset "
    "stroke-linecap stroke-linejoin stroke-miterlimit opacity color clip-path clip-rule mask marker-start "
    "marker-mid marker-end stop-color stop-opacity display visibility paint-order vector-effect "
    "shape-rendering text-anchor text-decoration dominant-baseline alignment-baseline baseline-shift "
    "font-size font-weight font-style font-family letter-spacing word-spacing"
)
ATTRIBUTES = _names(
    "x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy d points width height viewBox preserveAspectRatio transform "
    "rotate offset gradientTransform gradientUnits spreadMethod patternTransform patternUnits "
    "patternContentUnits clipPathUnits maskUnits maskContentUnits markerWidth markerHeight markerUnits "
    "orient refX refY textLength lengthAdjust"
)
PALETTE = {color: f"--{role}" for role, color in HOUSE.light.items() if role != ACCENT}
"""The house's colours and the names that the page gives them."""
PAGE_FONTS = "Report Sans,Report More,sans-serif"
"""What the page calls the font of charts, and the fonts for other scripts."""
DEEPEST = 100
"""Levels of nesting that a drawing may have."""

_LOCAL = re.compile(r"url\(\s*['\"]?#([\w.:-]+)['\"]?\s*\)")
_PLAIN = re.compile(r"[\w\s.,#%()'\"+-]*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_FONT = re.compile(
    r"(?:(italic|oblique)\s+)?(?:normal\s+)*(?:(bold|\d{3})\s+)?([\d.]+(?:px|pt))(?:/\S+)?\s+.+"
)
_RASTER = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_LENGTH = re.compile(r"\s*([\d.]+)\s*(px|pt|in|mm|cm)?\s*")
_PIXELS = {None: 1.0, "px": 1.0, "pt": 96 / 72, "in": 96.0, "mm": 96 / 25.4, "cm": 96 / 2.54}


@dataclass(frozen=True)
class _Manner:
    """How a drawing is written: its font, its ids, its colours and its texts."""

    family: str
    prefix: str
    paint: Callable[[str], str]
    spell: Callable[[str], str]


class Picture:
    """A cleaned SVG drawing, which can be written for a page or for Typst.

    Raises
    ------
    ValueError
        The text is no SVG.
    """

    def __init__(self, text: str) -> None:
        start = text.find("<svg")
        try:
            root = ElementTree.fromstring(text[start:])
        except ElementTree.ParseError as error:
            raise ValueError("not an SVG picture") from error
        if _local(root.tag) != "svg" or _depth(root) > DEEPEST:
            raise ValueError("not an SVG picture")
        self._root = root
        self._width, self._height = _size(root)
        self._targets = set(_references(root))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the drawing, in its own units."""
        return self._width, self._height

    def natural_width(self) -> int:
        """Return the width in CSS pixels that the drawing asks for."""
        return round(_pixels(self._root.get("width", "")) or self._width)

    def standalone(
        self, width: int, spell: Callable[[str], str], paint: Callable[[str], str] | None = None
    ) -> str:
        """Return the picture as a file of its own, its texts respelt and the house's colours repainted."""
        head = f'xmlns="http://www.w3.org/2000/svg" {self._frame(width)}'
        return self._write(head, _Manner(f"{SANS},Report Sans", "", paint or _unchanged, spell))

    def inline(self, *, alt: str, width: int, prefix: str, themed: bool) -> str:
        """Return the picture for an HTML page.

        Parameters
        ----------
        alt
            What a screen reader says in its place.
        width
            In CSS pixels.
        prefix
            Makes the picture's ids unique within the page.
        themed
            Turn the house's colours into the page's variables, so that they follow dark mode.
        """
        head = f'{self._frame(width)} role="img" aria-label="{escape(alt)}"'
        return self._write(
            head, _Manner(PAGE_FONTS, prefix, page_color if themed else _unchanged, _unchanged)
        )

    def _frame(self, width: int) -> str:
        height = round(width * self._height / self._width, 2)
        box = self._root.get("viewBox") or f"0 0 {self._width:g} {self._height:g}"
        return f'width="{width}" height="{height:g}" viewBox="{escape(box)}"'

    def _write(self, head: str, manner: _Manner) -> str:
        # matplotlib says this in a style sheet, which inside a page would reach all of the page.
        defaults = 'stroke-linejoin="round" stroke-linecap="butt"'
        return f"<svg {head} {defaults}>{''.join(self._content(self._root, manner))}</svg>"

    def _content(self, parent: ElementTree.Element, manner: _Manner) -> Iterator[str]:
        speaks = _local(parent.tag) in ("text", "tspan")
        if speaks and parent.text:
            yield escape(manner.spell(parent.text), quote=False)
        for child in parent:
            name = _local(child.tag)
            inner = "".join(self._content(child, manner)) if name in ELEMENTS | TRANSPARENT else ""
            if name in TRANSPARENT:
                yield inner
            elif name in ELEMENTS and (inner or name not in ("g", "defs")):
                tag = name + "".join(self._attributes(child, manner))
                yield f"<{tag}>{inner}</{name}>" if inner else f"<{tag}/>"
            if speaks and child.tail:
                yield escape(manner.spell(child.tail), quote=False)

    def _attributes(self, element: ElementTree.Element, manner: _Manner) -> Iterator[str]:
        is_image = _local(element.tag) == "image"
        for key, value in element.attrib.items():
            name = _local(key)
            if name == "id" and value in self._targets:
                yield _attribute("id", manner.prefix + value)
            elif name == "href" and value.startswith("#") and not is_image:
                yield _attribute("href", f"#{manner.prefix}{value[1:]}")
            elif name == "href" and is_image and _RASTER.fullmatch(value):
                yield _attribute("href", "".join(value.split()))
            elif name in ATTRIBUTES and _PLAIN.fullmatch(value):
                yield _attribute(name, " ".join(value.split()))
        style = _style(element)
        if "font-family" in style or _local(element.tag) == "text":
            style["font-family"] = manner.family
        if style:
            text = ";".join(f"{key}:{value}" for key, value in style.items())
            text = _LOCAL.sub(lambda match: f"url(#{manner.prefix}{match[1]})", text)
            yield _attribute("style", _COLOR.sub(lambda match: manner.paint(match[0].lower()), text))


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"'


def _unchanged(value: str) -> str:
    return value


def page_color(color: str) -> str:
    """Return one of the house's colours as the page's variable; others stay."""
    return f"var({PALETTE[color]},{color})" if color in PALETTE else color


def _local(tag: object) -> str:
    """Return a name without its namespace; comments and the like have none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _depth(root: ElementTree.Element) -> int:
    level, depth = [root], 0
    while level:
        level, depth = [child for parent in level for child in parent], depth + 1
    return depth


def _style(element: ElementTree.Element) -> dict[str, str]:
    """Return the allowed style of an element, from its attributes and its ``style``."""
    declared = [(_local(key), value) for key, value in element.attrib.items() if _local(key) in PROPERTIES]
    for declaration in element.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        declared.append((name.strip().lower(), value.strip()))
    style: dict[str, str] = {}
    for name, value in declared:
        if name == "font" and (match := _FONT.fullmatch(value)):
            found = zip(("font-style", "font-weight", "font-size"), match.groups(), strict=True)
            style |= {key: each for key, each in found if each}
        elif name in PROPERTIES and _harmless(_LOCAL.sub("", value)):
            style[name] = value
    return style


def _harmless(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and "url" not in value.lower()


def _references(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for key, value in element.attrib.items():
            yield from _LOCAL.findall(value)
            if _local(key) == "href" and value.startswith("#"):
                yield value[1:]


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Return width and height of the drawing, in its own units."""
    box = [_pixels(each) for each in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    if len(box) == 4 and box[2] and box[3]:
        return box[2], box[3]
    width, height = _pixels(root.get("width", "")), _pixels(root.get("height", ""))
    return (width, height) if width and height else (300.0, 150.0)


def _pixels(length: str) -> float:
    match = _LENGTH.fullmatch(length)
    try:
        return float(match[1]) * _PIXELS[match[2]] if match else 0.0
    except ValueError:
        return 0.0
