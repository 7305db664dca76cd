"""Charts of chapter 04: what each segment spends its money on, against everyone else."""

from __future__ import annotations

from matplotlib.axes import Axes

from segnb.document.blocks import BySegment, Figure
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.personas.personas import Personas
from segnb.personas.tastes import Taste, index, shown
from segnb.style import LIGHT, segment_color
from segnb.words import Voice

_ROW, _FOOT = 26, 30
_LONGEST_LABEL = 22


def tastes(personas: Personas) -> BySegment:
    """Chart each segment's categories by an index of 100; nothing where the data hold no categories.

    A chart of differences stands beside the table of differences.
    """
    return BySegment(
        slot="differences",
        parts={key: (_chart(personas, key),) for key in personas.described if shown(personas[key].tastes)},
        names=personas.names,
    )


def _chart(personas: Personas, key: str) -> Figure:
    voice, listed = personas.voice, personas[key].tastes
    rows = shown(listed)
    title = finding(voice, rows)
    values = [round(index(each.spend)) for each in rows]
    with canvas(_ROW * len(rows) + _FOOT) as (drawing, axes):
        _draw(axes, rows, values, segment_color(personas.segments.index(key)), voice)
        return finish(
            drawing,
            title=title,
            subtitle=voice.say("personas.taste.subtitle", period=personas.period, count=len(listed)),
            alt=_alternative(voice, rows, values),
            data=numbers(
                [voice.say(f"personas.taste.{each}") for each in ("category", "index", "ours", "others")],
                [
                    [
                        each.category,
                        voice.count(value),
                        each.spend.said(voice),
                        each.spend.said(voice, "others"),
                    ]
                    for each, value in zip(rows, values, strict=True)
                ],
                title=title,
            ),
        )


def finding(voice: Voice, rows: tuple[Taste, ...]) -> str:
    """Return the chart's title: which categories clearly take more of the money, and which least."""
    more = [each.category for each in rows if each.spend.direction > 0][:2]
    less = [each.category for each in reversed(rows) if each.spend.direction < 0][:1]
    if not more and not less:
        return voice.say("personas.taste.same")
    if not more:
        return voice.say("personas.taste.only_less", category=less[0])
    first = voice.ordered([more[0], *(voice.inside(each) for each in more[1:])])
    if not less:
        return voice.say("personas.taste.more", len(more), categories=first)
    last = voice.inside(less[0])
    return voice.say("personas.taste.more_less", len(more), categories=first, category=last)


def _draw(axes: Axes, rows: tuple[Taste, ...], values: list[int], color: str, voice: Voice) -> None:
    reach = max(abs(value - 100) for value in values) or 1
    axes.axvline(100, color=LIGHT["muted"], linewidth=1, zorder=1)
    for place, value in enumerate(values):
        more = value > 100
        mark = color if more else LIGHT["muted"]
        axes.plot([100, value], [place, place], color=mark, linewidth=2, solid_capstyle="butt", zorder=2)
        face = color if more else LIGHT["paper"]
        axes.plot(
            value, place, "o", markersize=8, color=face, markeredgecolor=mark, markeredgewidth=1.8, zorder=3
        )
        axes.annotate(
            voice.count(value),
            (value, place),
            xytext=(8 if more else -8, 0),
            textcoords="offset points",
            ha="left" if more else "right",
            va="center_baseline",
            fontsize=12.5,
            fontweight=600,
        )
    axes.set_yticks(
        range(len(rows)), [_clipped(each.category) for each in rows], color=LIGHT["ink"], fontsize=13
    )
    axes.set_xticks([100], [voice.say("personas.taste.axis")])
    axes.set_xlim(
        100 - 1.3 * reach if min(values) < 100 else 95, 100 + 1.3 * reach if max(values) > 100 else 105
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines[["left", "bottom"]].set_visible(False)


def _alternative(voice: Voice, rows: tuple[Taste, ...], values: list[int]) -> str:
    pairs = [f"{each.category} {voice.count(value)}" for each, value in zip(rows, values, strict=True)]
    told = {"pairs": voice.ordered(pairs), "first": pairs[0], "last": pairs[-1]}
    return alternative(voice, "personas.taste.alt", "personas.taste.alt_short", told)


def _clipped(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1].rstrip()}…"
