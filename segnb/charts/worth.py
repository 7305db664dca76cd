"""Effects of actions by segment as dots with intervals, and a budget's expected gain as bars."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from segnb.document.blocks import Figure, Grid, Table, Together
from segnb.drawing.house import WIDTH, alternative, canvas, finish, numbers
from segnb.drawing.ticks import tick_labels
from segnb.segmentation import Unit
from segnb.style import LIGHT, segment_color
from segnb.words import Voice
from segnb.worth.findings import budget_subtitle, measure_title, measures, signed
from segnb.worth.results import ALL, Allocation, Effect, Effects, Measure, Share
from segnb.worth.show import measure_label

_ROW, _AXIS, _NAMES, _VALUES = 36, 28, 132, 62
"""CSS pixels of a row's height, of the axis below, of the names on the left and the values on the right."""
_NAME_WIDTH = 20
_AXIS_LETTERS = 18


def effects(effects: Effects) -> Together:
    """Draw what each action changed in each segment: in profit, else in responses; else nothing."""
    shown = [each for each in ("profit", "response") if each in measures(effects)]
    if not shown:
        return Together()
    return Together(Grid(columns=tuple((dots(effects, action, shown[0]),) for action in effects.actions)))


def dots(effects: Effects, action: str, measure: Measure) -> Figure:
    """Draw one action: a dot and its 95% interval for each segment, a line at no effect."""
    found = [effects[each, action, measure] for each in effects.rows]
    unit: Unit = "share" if measure == "response" else "money"
    with canvas(_ROW * len(found) + _AXIS) as (drawing, axes):
        _frame(drawing, axes, len(found))
        for row, each in enumerate(found):
            color = segment_color(row)
            if each.difference is not None:
                _interval(axes, row, each.difference, each.low, each.high, color)
                # A hollow dot stands for a value without an interval.
                face = LIGHT["paper"] if each.low is None else color
                axes.plot(each.difference, row, "o", color=color, markerfacecolor=face, markersize=7.5)
            _label(drawing, axes, row, _lines(effects.name(each.segment)), _said(effects.voice, each))
        _scale(axes, effects.voice, unit)
        return finish(
            drawing,
            title=measure_title(effects, action, measure),
            subtitle=effects.voice.say(
                "charts.worth.effect_subtitle", label=measure_label(effects, measure), period=effects.period
            ),
            alt=_effect_alt(effects, action, found),
            data=_effect_data(effects, action, measure),
        )


def allocation(allocation: Allocation) -> Together:
    """Draw what each segment and action adds to the expected gain; nothing where no money is placed."""
    return Together(bars(allocation)) if allocation.shares else Together()


def bars(allocation: Allocation) -> Figure:
    """Draw a bar with its 95% interval for each segment and action that money goes to."""
    voice, shares = allocation.voice, allocation.shares
    several = len({each.action for each in shares}) > 1
    assumed = "" if allocation.effects.assumed is None else "_assumed"
    with canvas(_ROW * len(shares) + _AXIS) as (drawing, axes):
        _frame(drawing, axes, len(shares))
        for row, each in enumerate(shares):
            color = segment_color(allocation.effects.segments.index(each.segment))
            axes.barh(row, each.gain, height=0.5, color=color)
            _interval(axes, row, each.gain, each.low, each.high, LIGHT["ink"])
            name = allocation.effects.name(each.segment)
            first = textwrap.shorten(name, _NAME_WIDTH, placeholder="…")
            label = f"{first}\n{each.action}" if several else _lines(name)
            _label(drawing, axes, row, label, signed(voice, each.gain))
        _scale(axes, voice, "money")
        most = shares[0]
        return finish(
            drawing,
            title=voice.say(
                "charts.worth.budget_title",
                name=allocation.effects.name(most.segment),
                action=most.action,
                share=voice.percent(most.gain / allocation.gain),
            ),
            subtitle=budget_subtitle(allocation),
            alt=alternative(
                voice,
                f"charts.worth.budget_alt{assumed}",
                f"charts.worth.budget_short{assumed}",
                {
                    "share": voice.percent(allocation.effects.assumed or 0.0),
                    "gain": voice.money(allocation.gain),
                    "name": allocation.effects.name(most.segment),
                },
            ),
            data=_allocation_data(allocation),
        )


def _frame(drawing: Canvas, axes: Axes, rows: int) -> None:
    """Fix the columns of names, plot and values, so that all charts of a series line up."""
    height = _ROW * rows + _AXIS
    drawing.set_layout_engine("none")
    axes.set_position(
        (_NAMES / WIDTH, _AXIS / height, (WIDTH - _NAMES - _VALUES) / WIDTH, (height - _AXIS - 4) / height)
    )
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.axvline(0, color=LIGHT["ink"], linewidth=1)


def _interval(axes: Axes, row: int, value: float, low: float | None, high: float | None, color: str) -> None:
    if low is not None and high is not None:
        ends = [[max(0.0, value - low)], [max(0.0, high - value)]]
        axes.errorbar(value, row, xerr=ends, color=color, elinewidth=2, capsize=4, capthick=2)


def _label(drawing: Canvas, axes: Axes, row: int, name: str, value: str) -> None:
    beside = blended_transform_factory(drawing.transFigure, axes.transData)
    axes.text(0, row, name, transform=beside, va="center", fontsize=12.5, linespacing=1)
    axes.text(1, row, value, transform=beside, va="center", ha="right", fontweight="semibold")


def _lines(name: str) -> str:
    """Break a name into two lines at most."""
    first, *rest = textwrap.wrap(name, _NAME_WIDTH, break_on_hyphens=False) or [""]
    second = [textwrap.shorten(" ".join(rest), _NAME_WIDTH, placeholder="…")] if rest else []
    return "\n".join([first, *second])


def _scale(axes: Axes, voice: Voice, unit: Unit) -> None:
    axes.margins(x=0.04)
    low, high = axes.get_xlim()
    for most in (4, 3, 2):
        locator = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2)
        ticks = [float(tick) for tick in locator.tick_values(low, high) if low <= tick <= high] or [0.0]
        labels = tick_labels(voice, ticks, unit)
        if len("".join(labels)) <= _AXIS_LETTERS:
            break
    axes.set_xticks(ticks, labels)
    axes.set_xlim(low, high)
    axes.grid(visible=True, axis="x")


def _said(voice: Voice, effect: Effect) -> str:
    unit = "points" if effect.measure == "response" else "money"
    return "–" if effect.difference is None else signed(voice, effect.difference, unit)


def _effect_alt(effects: Effects, action: str, found: list[Effect]) -> str:
    known = [each for each in found if each.difference is not None]
    if not known:
        return effects.voice.say("charts.worth.effect_alt_none", action=action)
    low, *_, high = sorted((*known, *known[:1]), key=lambda each: each.difference or 0.0)
    return alternative(
        effects.voice,
        "charts.worth.effect_alt",
        "charts.worth.effect_short",
        {
            "action": action,
            "low": _said(effects.voice, low),
            "lowest": effects.name(low.segment),
            "high": _said(effects.voice, high),
            "highest": effects.name(high.segment),
        },
    )


def _effect_data(effects: Effects, action: str, measure: Measure) -> Table:
    voice, say = effects.voice, effects.voice.say
    unit = "points" if measure == "response" else "money"
    rows = []
    for segment in (*effects.rows, ALL):
        each = effects[segment, action, measure]
        ends = [signed(voice, end, unit) for end in each.interval or ()]
        span = say("worth.range", low=ends[0], high=ends[1]) if ends else "–"
        known = each.n_action is not None and each.n_control is not None
        customers = voice.count((each.n_action or 0) + (each.n_control or 0)) if known else "–"
        name = say("kpis.all_segments") if segment == ALL else effects.name(segment)
        rows.append([name, _said(voice, each), span, customers])
    labels = [say(f"charts.worth.column.{each}") for each in ("segment", "effect", "interval", "customers")]
    return numbers(labels, rows, title=measure_label(effects, measure))


def _share_name(allocation: Allocation, share: Share) -> str:
    return allocation.voice.say(
        "worth.campaign_action", campaign=allocation.effects.name(share.segment), action=share.action
    )


def _allocation_data(allocation: Allocation) -> Table:
    voice, say = allocation.voice, allocation.voice.say
    rows = [
        [
            _share_name(allocation, each),
            signed(voice, each.gain),
            say("worth.range", low=signed(voice, each.low), high=signed(voice, each.high)),
            voice.money(each.spent),
        ]
        for each in allocation.shares
    ]
    labels = [say(f"charts.worth.column.{each}") for each in ("segment", "gain", "interval", "spend")]
    return numbers(labels, rows, title=say("worth.budget.title", amount=voice.money(allocation.amount)))
