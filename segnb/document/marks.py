"""The small pictures inside tables: each repeats a number that stands beside it as text.

The same drawing goes into the page, in the page's colour variables, and into the PDF, in the
light colours; both hide it from screen readers, which have the number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

from segnb.document.blocks import Bar, Grade, Mark, Strip, Swatch, Whisker
from segnb.style import LIGHT, segment_color

BAR, WHISKER, STRIP = (76, 14), (156, 44), (236, 20)
"""Width and height of each picture in CSS pixels."""

_WHISKER_PAD, _STRIP_PAD = 22, 7

Paint = Callable[[str], str]


def drawing(mark: Mark, paint: Paint) -> tuple[int, int, str]:
    """Return a mark's width, its height and what is drawn; a grade is text and draws nothing.

    Parameters
    ----------
    mark
        The mark.
    paint
        Turns one of the house's colours into what stands in the picture.
    """
    if isinstance(mark, Swatch):
        return 12, 12, f'<rect width="12" height="12" rx="2" fill="{_color(mark.segment, paint)}"/>'
    if isinstance(mark, Bar):
        return *BAR, _bar(mark, paint)
    if isinstance(mark, Whisker):
        return *WHISKER, _whisker(mark, paint)
    if isinstance(mark, Strip):
        return *STRIP, _strip(mark, paint)
    return 0, 0, ""


def axis_labels(mark: Whisker, paint: Paint, size: float = 12.5) -> tuple[int, int, str]:
    """Return the labels of the axis that a column's whiskers share, as wide as each of them."""
    labels = "".join(
        f'<text x="{_place(value, mark.axis, WHISKER[0], _WHISKER_PAD):g}" y="12" text-anchor="middle" '
        f'font-size="{size:g}" fill="{paint(LIGHT["muted"])}">{escape(label)}</text>'
        for value, label in mark.ticks
    )
    return WHISKER[0], 16, labels


def legend(paint: Paint) -> tuple[str, str, str]:
    """Return pictures of a strip's signs: the filled dot, the ring, and the tick."""
    ink = paint(LIGHT["ink"])
    return (
        f'<circle cx="7" cy="7" r="5.5" fill="{ink}"/>',
        f'<circle cx="7" cy="7" r="4.5" fill="none" stroke="{ink}" stroke-width="2"/>',
        f'<path d="M7 2v10" stroke="{paint(LIGHT["muted"])}"/>',
    )


def is_text(mark: Mark) -> bool:
    """Say whether a mark is written, not drawn."""
    return isinstance(mark, Grade)


def _bar(mark: Bar, paint: Paint) -> str:
    width, height = BAR
    length = max(1.0, _place(mark.value, (0.0, 1.0), width, 0))
    return f'<rect width="{length:g}" height="{height}" fill="{_color(mark.segment, paint)}"/>'


def _whisker(mark: Whisker, paint: Paint) -> str:
    width, height = WHISKER
    middle, color = height / 2, _color(mark.segment, paint)
    value, low, high = (
        _place(each, mark.axis, width, _WHISKER_PAD) for each in (mark.value, mark.low, mark.high)
    )
    ticks = "".join(f"M{_place(tick, mark.axis, width, _WHISKER_PAD):g} 0v{height}" for tick, _ in mark.ticks)
    grid = f'<path d="{ticks}" stroke="{paint(LIGHT["rule"])}"/>' if ticks else ""
    span = f"M{low:g} {middle:g}H{high:g}M{low:g} {middle - 6:g}v12M{high:g} {middle - 6:g}v12"
    return (
        f'{grid}<path d="{span}" stroke="{color}" stroke-width="2" fill="none"/>'
        f'<circle cx="{value:g}" cy="{middle:g}" r="4.5" fill="{color}"/>'
    )


def _strip(mark: Strip, paint: Paint) -> str:
    width, height = STRIP
    middle, color = height / 2, _color(mark.segment, paint)
    value, others = (_place(each, mark.axis, width, _STRIP_PAD) for each in (mark.value, mark.others))
    ticks = "".join(
        f"M{_place(tick, mark.axis, width, _STRIP_PAD):g} {middle - 4:g}v8" for tick in mark.ticks
    )
    line = f"M{_STRIP_PAD} {middle:g}H{width - _STRIP_PAD}"
    neighbours = f'<path d="{ticks}" stroke="{paint(LIGHT["muted"])}"/>' if ticks else ""
    return (
        f'<path d="{line}" stroke="{paint(LIGHT["rule"])}" stroke-width="2"/>{neighbours}'
        f'<path d="M{others:g} {middle:g}H{value:g}" stroke="{color}" stroke-width="3"/>'
        f'<circle cx="{others:g}" cy="{middle:g}" r="4.5" fill="{paint(LIGHT["paper"])}" '
        f'stroke="{paint(LIGHT["ink"])}" stroke-width="2"/>'
        f'<circle cx="{value:g}" cy="{middle:g}" r="5.5" fill="{color}"/>'
    )


def _color(segment: int | None, paint: Paint) -> str:
    return paint(LIGHT["muted"] if segment is None else segment_color(segment))


def _place(value: float, axis: tuple[float, float], width: int, pad: int) -> float:
    """Return where a value lies on its axis, in pixels; values off the axis lie at its end."""
    low, high = axis
    share = (value - low) / (high - low) if high > low else 0.0
    share = min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    return round(pad + share * (width - 2 * pad), 2)
