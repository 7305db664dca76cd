"""Who still orders, period after period: one line for each segment, its name at the line's end."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from segnb.document.blocks import Figure, Paragraph, Table, Together, spans
from segnb.drawing.house import LONGEST_ALT, WIDTH, canvas, finish, numbers
from segnb.drawing.ticks import tick_labels
from segnb.kpis.cohorts import Retention
from segnb.kpis.limits import limit_text
from segnb.kpis.measured import Measured
from segnb.style import segment_color
from segnb.words import Voice

_HEIGHT, _NAMES, _LEFT, _AXIS = 260, 140, 40, 44
_NAME_WIDTH = 18
"""Characters of a name that fit on one line beside the plot."""
_LINE = 16
"""Height of a line of text in CSS pixels."""
_TOP = 1.02
"""Upper end of the axis: dots at 100 % are whole."""


def curves(found: Retention, names: Mapping[str, str] | None = None) -> Figure | Paragraph | Together:
    """Draw each segment's share of customers with an order, period after period, with 95% bands.

    Returns
    -------
    Figure or Paragraph or Together
        A sentence where the data hold no whole period after the segments had formed; nothing where they
        hold no cohorts, which the table of these says.
    """
    named = found if names is None else found.named(names)
    shown = {
        segment: points
        for segment, points in named.points.items()
        if any(each.told is not None for each in points)
    }
    if not named.cohorts:
        return Together()
    if not shown:
        return Paragraph(content=spans(named.voice.say("charts.retention.none")), role="none")
    with canvas(_HEIGHT) as (drawing, axes):
        drawing.set_layout_engine("none")
        width, height = WIDTH - _LEFT - _NAMES, _HEIGHT - _AXIS - 8
        axes.set_position((_LEFT / WIDTH, _AXIS / _HEIGHT, width / WIDTH, height / _HEIGHT))
        for segment, points in shown.items():
            _draw(axes, points, _color(named, segment))
        axes.set_ylim(0, _TOP)
        axes.set_xlim(0.8, len(named.periods) + 0.2)
        ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
        axes.set_yticks(ticks, tick_labels(named.voice, ticks, "share"))
        axes.set_xticks(range(1, len(named.periods) + 1, 1 + len(named.periods) // 7))
        axes.set_xlabel(named.voice.say(f"charts.retention.axis_{named.period}"))
        axes.grid(visible=True, axis="y")
        _label(axes, named, shown, _LINE / height * _TOP)
        return finish(
            drawing,
            title=named.finding,
            subtitle=named.voice.say("charts.retention.subtitle", period=named.last.period),
            alt=_alt(named, shown),
            data=_data(named),
        )


def _color(found: Retention, segment: str) -> str:
    return segment_color(list(found.points).index(segment))


def _draw(axes: Axes, points: Sequence[Measured], color: str) -> None:
    places = range(1, len(points) + 1)
    values, lows, highs = (
        [np.nan if (found := getattr(each, what)) is None else found for each in points]
        for what in ("told", "low", "high")
    )
    axes.fill_between(places, lows, highs, color=color, alpha=0.15, linewidth=0)
    axes.plot(places, values, "-", color=color, linewidth=2)
    # At a limit the mark points to the side on which the share lies.
    for mark, bound in (("o", 0), ("^", 1), ("v", -1)):
        held = [value if each.bound == bound else np.nan for value, each in zip(values, points, strict=True)]
        axes.plot(places, held, mark, color=color, markersize=4 if mark == "o" else 7)


def _last(points: Sequence[Measured]) -> float:
    """Return the last value that is told, or the limit to it."""
    return next(each.told for each in reversed(points) if each.told is not None)


def _label(axes: Axes, found: Retention, shown: Mapping[str, Sequence[Measured]], line: float) -> None:
    """Write each name beside the end of its line, moved apart where lines end close together."""
    ends = sorted((_last(points), segment) for segment, points in shown.items())
    names = [textwrap.wrap(found.last.name(segment), _NAME_WIDTH)[:2] or [""] for _, segment in ends]
    heights = [len(lines) * line for lines in names]
    places: list[float] = []
    for at, (value, _) in enumerate(ends):
        lowest = places[-1] + (heights[at - 1] + heights[at]) / 2 if places else heights[at] / 2
        places.append(max(value, lowest))
    highest = _TOP
    for at in reversed(range(len(places))):
        places[at] = min(places[at], highest - heights[at] / 2)
        highest = places[at] - heights[at] / 2
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    for (_, segment), lines, place in zip(ends, names, places, strict=True):
        axes.text(
            1.04,
            place,
            "\n".join(lines),
            transform=beside,
            va="center",
            fontsize=12.5,
            linespacing=1,
            color=_color(found, segment),
        )


def _alt(found: Retention, shown: Mapping[str, Sequence[Measured]]) -> str:
    """Say the ends of the lines in the last period; the numbers stand in the table beside the picture."""
    last = {segment: points[-1] for segment, points in shown.items() if points[-1].told is not None}
    if not last:
        return found.voice.say("charts.kpis.alt_none", label=found.last.definition("retention").label)
    low, high = (pick(last, key=lambda each: last[each].told or 0.0) for pick in (min, max))
    text = found.voice.say(
        "charts.retention.alt",
        period=found.voice.inside(found.unit(len(found.periods))),
        low=_said(found.voice, last[low]),
        lowest=found.last.name(low),
        high=_said(found.voice, last[high]),
        highest=found.last.name(high),
    )
    return textwrap.shorten(text, LONGEST_ALT, placeholder="…")


def _said(voice: Voice, point: Measured) -> str:
    if point.bound:
        return limit_text(voice, point)
    return "–" if point.value is None else voice.percent(point.value)


def _data(found: Retention) -> Table:
    """Return one row for each segment: the share of each period, and the last one's interval."""
    say, voice = found.voice.say, found.voice
    labels = [say("charts.kpis.column.segment"), say("charts.kpis.column.customers")]
    labels += [found.unit(number) for number in range(1, len(found.periods) + 1)]
    labels.append(say("charts.kpis.column.interval"))
    rows = []
    for segment, points in found.points.items():
        told = [_said(voice, each) for each in points]
        shares = told or ["–"] * len(found.periods)
        interval = points[-1].interval if points and not points[-1].bound else None
        span = voice.interval(*interval, "share") if interval else "–"
        size = "–" if not points or points[0].n is None else voice.count(points[0].n)
        rows.append([found.last.name(segment), size, *shares, span])
    return numbers(labels, rows, title=say("kpis.retention.label"))
