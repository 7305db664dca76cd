"""What a model of purchases foresaw beside what came: added up over the weeks, and by past frequency."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_skeleton
from matplotlib.axes import Axes

from segnb.document.blocks import Figure, Grid, Paragraph, Together, spans
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.drawing.ticks import tick_labels
from segnb.lifetime.holdout import Bin, Holdout
from segnb.lifetime.results import LifetimeValue
from segnb.lifetime.show import foreseen
from segnb.style import LIGHT
from segnb.words import Voice

_HEIGHT = 210
_DASHED = (0, (3, 2))
_COLOR = LIGHT["link"]


def holdout(lifetime: LifetimeValue) -> Grid | Paragraph | Together:
    """Draw the forecast of days that the model had not seen beside what came, in two charts.

    Without a forecast there is nothing to draw; why there is none, the lifetime value says itself.
    """
    found = lifetime.holdout
    if lifetime.lacking is not None:
        return Together()
    if found is None:
        text = lifetime.voice.say("charts.lifetime.none")
        return Paragraph(content=spans(text), role="none")
    return Grid(columns=((tracking(lifetime.voice, found),), (by_frequency(lifetime.voice, found),)))


def tracking(voice: Voice, found: Holdout) -> Figure:
    """Draw purchases added up week by week, as foreseen and as they came."""
    key, said = "charts.lifetime.tracking", foreseen(voice, found)
    with canvas(_HEIGHT) as (drawing, axes):
        axes.plot((0, *found.ends), (0, *found.foreseen_by), color=_COLOR, linewidth=2, linestyle=_DASHED)
        axes.plot((0, *found.ends), (0, *found.bought_by), color=LIGHT["ink"], linewidth=2)
        higher = found.foreseen >= found.bought
        at = 2 * len(found.ends) // 3
        ahead, came = ((found.ends[at], values[at]) for values in (found.foreseen_by, found.bought_by))
        _beside(axes, voice.say(f"{key}.foreseen"), ahead, _COLOR, above=higher)
        _beside(axes, voice.say(f"{key}.bought"), came, LIGHT["ink"], above=not higher)
        months = range(0, found.window.days, max(30, found.window.days // 4))
        days = [found.window.start + timedelta(days=each) for each in months]
        axes.set_xticks(
            list(months), [str(format_skeleton("MMMd", each, locale=voice.locale)) for each in days]
        )
        _value_axis(axes, voice)
        return finish(
            drawing,
            title=voice.say(f"{key}.title", **said),
            subtitle=voice.say(f"{key}.subtitle", **said),
            alt=alternative(voice, f"{key}.alt", f"{key}.alt", said),
            data=numbers(
                _labels(voice, "until", "foreseen", "bought"),
                [
                    [
                        voice.day(found.window.start + timedelta(days=end - 1)),
                        voice.count(ahead),
                        voice.count(made),
                    ]
                    for end, ahead, made in zip(found.ends, found.foreseen_by, found.bought_by, strict=True)
                ],
            ),
        )


def by_frequency(voice: Voice, found: Holdout) -> Figure:
    """Draw purchases by customer, grouped by how often they had bought before."""
    key, said = "charts.lifetime.bins", foreseen(voice, found)
    worst = max(found.bins, key=lambda each: abs(each.foreseen - each.bought))
    with canvas(_HEIGHT) as (drawing, axes):
        for place, each in enumerate(found.bins):
            axes.bar(place, each.bought, width=0.7, color=LIGHT["faint"])
            axes.plot(
                place,
                each.foreseen,
                "o",
                color=_COLOR,
                markerfacecolor=LIGHT["paper"],
                markersize=7.5,
                markeredgewidth=2,
            )
        axes.set_xticks(range(len(found.bins)), [_range(voice, each, brief=True) for each in found.bins])
        _value_axis(axes, voice)
        return finish(
            drawing,
            title=voice.say(
                f"{key}.title",
                before=_range(voice, worst),
                foreseen=voice.number(worst.foreseen),
                bought=voice.number(worst.bought),
            ),
            subtitle=voice.say(f"{key}.subtitle", **said),
            alt=alternative(voice, f"{key}.alt", f"{key}.alt", said),
            data=numbers(
                _labels(voice, "before", "foreseen", "bought", "customers"),
                [
                    [
                        _range(voice, each),
                        voice.number(each.foreseen),
                        voice.number(each.bought),
                        voice.count(each.customers),
                    ]
                    for each in found.bins
                ],
            ),
        )


def _range(voice: Voice, each: Bin, *, brief: bool = False) -> str:
    if each.high is None:
        return f"{each.low}+" if brief else voice.say("charts.lifetime.bins.more", low=voice.count(each.low))
    return voice.span(voice.count(each.low), voice.count(each.high))


def _labels(voice: Voice, *columns: str) -> list[str]:
    return [voice.say(f"charts.lifetime.column.{each}") for each in columns]


def _value_axis(axes: Axes, voice: Voice) -> None:
    axes.set_ylim(bottom=0)
    ticks = [float(tick) for tick in axes.get_yticks() if 0 <= tick <= axes.get_ylim()[1]]
    axes.set_yticks(ticks, tick_labels(voice, ticks, "number"))
    axes.grid(visible=True, axis="y")
    axes.spines["left"].set_visible(False)


def _beside(axes: Axes, text: str, point: tuple[float, float], color: str, *, above: bool) -> None:
    """Name a line: the higher one's name stands left above it, the lower one's right below."""
    axes.annotate(
        text,
        point,
        xytext=(-6, 4) if above else (6, -4),
        textcoords="offset points",
        ha="right" if above else "left",
        va="bottom" if above else "top",
        color=color,
        fontweight="semibold",
    )
