"""KPIs by segment as small multiples: a dot and its interval, a title that the intervals allow."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from segnb.document.blocks import Figure, Grid, Table, Together
from segnb.drawing.house import WIDTH, canvas, finish, numbers
from segnb.drawing.ticks import tick_labels
from segnb.kpis.comparison import compare
from segnb.kpis.findings import distance, title
from segnb.kpis.limits import limit_text
from segnb.kpis.measured import ALL, Measured
from segnb.kpis.results import Kpis
from segnb.segmentation import Unit
from segnb.style import LIGHT, segment_color
from segnb.words import Voice

_ROW = 30
"""Height of one segment's row in CSS pixels."""
_NAMES, _VALUES, _AXIS = 132, 58, 28
"""Pixels kept for the names on the left, the values on the right and the axis below."""
_AXIS_LETTERS = 14
"""Letters of tick labels that stand side by side without touching."""
_NAME_WIDTH = 20
"""Characters of a name that fit on one line of its column."""
_VALUE_WIDTH = 8
"""Characters of a value on one line of its column."""

MOST = 9
"""KPIs that are drawn; all of them stand in the table."""


def small_multiples(
    kpis: Kpis, names: Mapping[str, str] | None = None, *, most: int = MOST
) -> Grid | Together:
    """Draw the most telling KPIs, the segments in the same order and colours.

    Of those worth a chart (`Kpi.chart`) these are the ones in which the most pairs of segments
    clearly differ, the most telling first; of two that tell as much, the one that comes first in the table.
    What cannot be compared is drawn only where that holds for all. A single one would only repeat the table:
    then there is none.

    Parameters
    ----------
    names
        The segments' names; without them those that the results carry.
    most
        Number of charts at most.
    """
    above = compare(kpis).above
    worth = [each.name for each in kpis.definitions if each.chart]
    if len(worth) < 2:
        return Together()
    worth = [each for each in worth if above[each] or _comparable(kpis, each)] or worth
    telling = sorted(worth, key=lambda each: (-len(above[each]), worth.index(each)))[:most]
    return Grid(columns=tuple((dots(kpis, each, names),) for each in telling))


def _comparable(kpis: Kpis, kpi: str) -> bool:
    """Say whether a measure could tell segments apart: it was not made by them, and each has an interval."""
    return not kpis.by_construction(kpi) and all(kpis[kpi, each].interval for each in kpis.segments)


def dots(kpis: Kpis, kpi: str, names: Mapping[str, str] | None = None) -> Figure:
    """Draw one KPI: a dot and its 95% interval for each segment, a dashed line for all of them."""
    named = kpis if names is None else kpis.named(names)
    height = _ROW * len(named.segments) + _AXIS
    with canvas(height) as (drawing, axes):
        # Fixed columns instead of a fitted layout: all charts of a series line up.
        drawing.set_layout_engine("none")
        plot_width, plot_height = WIDTH - _NAMES - _VALUES, height - _AXIS - 4
        axes.set_position((_NAMES / WIDTH, _AXIS / height, plot_width / WIDTH, plot_height / height))
        for row, segment in enumerate(named.order):
            _draw(axes, row, named[kpi, segment], segment_color(named.segments.index(segment)))
        _label_rows(drawing, axes, named, kpi)
        _scale(axes, named, kpi)
        return finish(
            drawing,
            title=title(named, kpi),
            subtitle=_subtitle(named, kpi),
            alt=_alt(named, kpi),
            data=_data(named, kpi),
        )


def _subtitle(kpis: Kpis, kpi: str) -> str:
    definition = kpis.definition(kpi)
    key = "charts.kpis.subtitle" if _everyone(kpis, kpi) is None else "charts.kpis.subtitle_line"
    measure = kpis.voice.say(key, label=definition.label, period=kpis.period_of(definition))
    return f"{distance(kpis, kpi)} {measure}".lstrip()


def _draw(axes: Axes, row: int, measured: Measured, color: str) -> None:
    if measured.limit is not None:
        # The rate lies on the side to which the mark points.
        mark = ">" if measured.bound > 0 else "<"
        axes.plot(
            measured.limit,
            row,
            mark,
            color=color,
            markerfacecolor=LIGHT["paper"],
            markersize=9,
            markeredgewidth=2,
        )
        return
    if measured.value is None:
        return
    if measured.interval is not None:
        low, high = measured.interval
        axes.errorbar(
            measured.value,
            row,
            xerr=[[max(0.0, measured.value - low)], [max(0.0, high - measured.value)]],
            color=color,
            elinewidth=2,
            capsize=4,
            capthick=2,
        )
    # A hollow dot stands for a value without an interval.
    face = color if measured.interval is not None else LIGHT["paper"]
    axes.plot(measured.value, row, "o", color=color, markerfacecolor=face, markersize=7.5, markeredgewidth=2)


def _label_rows(drawing: Canvas, axes: Axes, kpis: Kpis, kpi: str) -> None:
    """Put the names left of the plot and the values right of it, each beside its dot."""
    definition = kpis.definition(kpi)
    axes.set_ylim(len(kpis.segments) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    beside = blended_transform_factory(drawing.transFigure, axes.transData)
    for row, segment in enumerate(kpis.order):
        axes.text(
            0, row, _wrapped(kpis.name(segment)), transform=beside, va="center", fontsize=12.5, linespacing=1
        )
        value = _said(kpis.voice, kpis[kpi, segment], definition.unit, "charts.kpis.limit")
        lines = "\n".join(textwrap.wrap(value, _VALUE_WIDTH, break_on_hyphens=False))
        side: dict[str, Any] = {"transform": beside, "va": "center", "ha": "right", "linespacing": 1}
        axes.text(1, row, lines, fontweight="semibold", **side)


def _scale(axes: Axes, kpis: Kpis, kpi: str) -> None:
    """Start at zero unless the values lie far from it, and draw a line for all segments together."""
    definition = kpis.definition(kpi)
    shown = [kpis[kpi, segment] for segment in kpis.segments]
    ends = [x for each in shown for x in _drawn(each) if x is not None]
    if ends and 0 <= min(ends) < 0.6 * max(ends):
        axes.plot(0, 0, alpha=0)
    everyone = _everyone(kpis, kpi)
    if everyone is not None:
        axes.axvline(everyone, color=LIGHT["ink"], linewidth=1, linestyle=(0, (3, 2)))
    axes.margins(x=0.04)
    low, high = axes.get_xlim()
    for most in (4, 3, 2):
        locator = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2)
        ticks = [float(tick) for tick in locator.tick_values(low, high) if low <= tick <= 1.1 * high]
        if definition.unit == "share":
            ticks = [tick for tick in ticks if tick <= 1]
        labels = tick_labels(kpis.voice, ticks, definition.unit)
        if len("".join(labels)) <= _AXIS_LETTERS:
            break
    axes.set_xticks(ticks, labels)
    axes.set_xlim(low, max(high, *ticks))
    axes.grid(visible=True, axis="x")


def _drawn(measured: Measured) -> tuple[float | None, ...]:
    """Return what the axis must hold of one segment: of a limit no interval is drawn."""
    return (measured.limit,) if measured.bound else (measured.value, measured.low, measured.high)


def _everyone(kpis: Kpis, kpi: str) -> float | None:
    """Return the value of all segments together, unless it is the whole of which they are shares."""
    pointless = kpis.definition(kpi).of_all or len(kpis.segments) < 2
    return None if pointless else kpis[kpi, ALL].value


def _said(voice: Voice, measured: Measured, unit: Unit, key: str = "kpis.limit") -> str:
    if measured.bound:
        return limit_text(voice, measured, key)
    return "–" if measured.value is None else voice.value(measured.value, unit)


def _wrapped(name: str) -> str:
    """Break a name into two lines at most."""
    first, *rest = textwrap.wrap(name, _NAME_WIDTH, break_on_hyphens=False) or [""]
    second = [textwrap.shorten(" ".join(rest), _NAME_WIDTH, placeholder="…")] if rest else []
    return "\n".join([first, *second])


def _alt(kpis: Kpis, kpi: str) -> str:
    """Say the finding's measure and range; the numbers themselves stand in the table beside the picture."""
    voice, definition = kpis.voice, kpis.definition(kpi)
    known = {segment: value for segment in kpis.segments if (value := kpis[kpi, segment].value) is not None}
    limits = [each for segment in kpis.segments if (each := kpis[kpi, segment]).bound]
    if not known and limits:
        limits.sort(key=lambda each: (each.limit, each.bound))
        lowest, highest = (_said(voice, each, definition.unit) for each in (limits[0], limits[-1]))
        return voice.say("charts.kpis.alt_limits", label=definition.label, lowest=lowest, highest=highest)
    if not known:
        return voice.say("charts.kpis.alt_none", label=definition.label)
    low, high = min(known, key=lambda each: known[each]), max(known, key=lambda each: known[each])
    return voice.say(
        "charts.kpis.alt",
        label=definition.label,
        low=voice.value(known[low], definition.unit),
        lowest=kpis.name(low),
        high=voice.value(known[high], definition.unit),
        highest=kpis.name(high),
    )


def _data(kpis: Kpis, kpi: str) -> Table:
    voice, definition = kpis.voice, kpis.definition(kpi)
    say = voice.say
    rows = []
    for group in (*kpis.order, ALL):
        measured = kpis[kpi, group]
        name = say("kpis.all_segments") if group == ALL else kpis.name(group)
        value = _said(voice, measured, definition.unit)
        interval = None if measured.bound else measured.interval
        span = "–" if interval is None else voice.interval(*interval, definition.unit)
        rows.append([name, value, span, "–" if measured.n is None else voice.count(measured.n)])
    labels = [say(f"charts.kpis.column.{each}") for each in ("segment", "value", "interval", "customers")]
    return numbers(labels, rows, title=definition.label)
