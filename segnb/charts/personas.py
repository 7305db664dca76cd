"""Charts of chapter 04: what each segment buys and which categories it falls into, against everyone else."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from segnb.document.blocks import BySegment, Figure
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.personas.contrast import Contrast, with_interval
from segnb.personas.personas import Personas
from segnb.personas.tastes import Taste, index, shown
from segnb.style import LIGHT, segment_color
from segnb.words import Voice

_ROW, _FOOT, _AXIS_FOOT = 26, 30, 44
_MOST_BARS = 12
_LONGEST_LABEL, _LONGEST_LEVEL = 22, 30


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
        return voice.say("personas.taste.only_less", category=voice.inside(less[0]))
    first = voice.ordered([voice.inside(each) for each in more])
    if not less:
        return voice.say("personas.taste.more", categories=first)
    return voice.say("personas.taste.more_less", categories=first, category=voice.inside(less[0]))


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


def _clipped(label: str, longest: int = _LONGEST_LABEL) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1].rstrip()}…"


def levels(personas: Personas) -> BySegment:
    """Chart the shares of each segment's customers by level; nothing where no measure is a category.

    Shown are the categories that set the segment apart most, with all their levels, up to twelve bars.
    """
    shown = {key: _told(personas[key].contrasts) for key in personas.described}
    return BySegment(
        slot="differences",
        parts={key: (_bars(personas, key, rows),) for key, rows in shown.items() if rows},
        names=personas.names,
    )


def _told(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Return the levels of the most telling categories, category by category."""
    categories: dict[str, list[Contrast]] = {}
    for each in contrasts:
        if each.category:
            categories.setdefault(each.key, []).append(each)
    rows: list[Contrast] = []
    for several in sorted(categories.values(), key=_telling, reverse=True):
        if not rows or len(rows) + len(several) <= _MOST_BARS:
            rows += several
    return rows


def _telling(several: Sequence[Contrast]) -> float:
    return max(abs(each.effect) for each in several)


def _bars(personas: Personas, key: str, rows: Sequence[Contrast]) -> Figure:
    voice = personas.voice
    title = _level_finding(voice, rows)
    pairs = [f"{each.label} {each.said(voice)}" for each in rows]
    told = {"pairs": voice.ordered(pairs), "largest": pairs[_largest(rows)]}
    with canvas(_ROW * len(rows) + _AXIS_FOOT) as (drawing, axes):
        _draw_bars(axes, voice, rows, segment_color(personas.segments.index(key)))
        return finish(
            drawing,
            title=title,
            subtitle=voice.say("personas.levels.subtitle", period=personas.period),
            alt=alternative(voice, "personas.levels.alt", "personas.levels.alt_short", told, len(rows)),
            data=numbers(
                [voice.say(f"personas.levels.{each}") for each in ("value", "ours", "others")],
                [
                    [
                        each.label,
                        with_interval(voice, each.ours, "share"),
                        with_interval(voice, each.others, "share"),
                    ]
                    for each in rows
                ],
                title=title,
            ),
        )


def _level_finding(voice: Voice, rows: Sequence[Contrast]) -> str:
    clear = [each for each in rows if each.direction and each.telling]
    if not clear:
        return voice.say("personas.levels.same")
    # What more of them have tells more than what fewer of them have.
    best = max(clear, key=lambda each: (each.direction, abs(each.effect)))
    more = best.direction > 0
    form = f"{'more' if more else 'less'}{'_yes' if best.answer else ''}"
    ours, others = best.said(voice), best.said(voice, "others")
    words = {"label": best.category, "level": best.level, "ours": ours, "others": others}
    return voice.say(f"personas.levels.{form}", None, **words)


def _largest(rows: Sequence[Contrast]) -> int:
    return max(range(len(rows)), key=lambda place: rows[place].ours.value)


def _draw_bars(axes: Axes, voice: Voice, rows: Sequence[Contrast], color: str) -> None:
    for place, each in enumerate(rows):
        ours, others = each.ours, each.others
        axes.barh(place, ours.value, height=0.6, color=color, alpha=0.45, zorder=1)
        axes.plot([others.value] * 2, [place - 0.38, place + 0.38], color=LIGHT["ink"], linewidth=2, zorder=3)
        end = ours.value
        if ours.low is not None and ours.high is not None:
            axes.plot([ours.low, ours.high], [place, place], color=color, linewidth=2, zorder=2)
            end = max(end, ours.high)
        axes.annotate(
            each.said(voice),
            (max(end, others.value), place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=12.5,
            fontweight=600,
            annotation_clip=False,
        )
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set_yticks(range(len(rows)), [_clipped(each.label, _LONGEST_LEVEL) for each in rows])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"])
    axes.set_xticks(ticks, [voice.percent(tick) for tick in ticks])
    axes.set_xlim(0, 1.15)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.spines[["left", "bottom"]].set_visible(False)
