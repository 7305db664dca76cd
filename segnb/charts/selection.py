"""Charts on the choice of variables: what they have in common, what scaling does, which hold the segments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from segnb.association import has_order
from segnb.charts import triangle
from segnb.document.blocks import Figure
from segnb.drawing.house import canvas, finish, numbers
from segnb.intervals import stable
from segnb.plain.tails import SKEWED
from segnb.selection.contribution import Contribution
from segnb.selection.findings import subtitle
from segnb.selection.results import Selection
from segnb.style import LIGHT

MOST = 16
"""Measures that a chart shows: with more of them, none could be read."""
_ROW = 27
_DASHED = (0, (3, 2))


def correlations(selection: Selection) -> Figure | None:
    """Draw how closely the measures go together, theme by theme; nothing where there is only one.

    Of more than ``MOST`` measures those of the closest pairs are drawn.
    """
    voice = selection.voice
    every = [name for theme in selection.themes for name in theme]
    if len(every) < 2:
        return None
    label = [selection[name].feature.label for name in every]
    whole = selection.correlations.loc[every, every].to_numpy(np.float64)
    pairs = sorted(
        combinations(range(len(every)), 2), key=lambda pair: (-abs(stable(float(whole[pair]))), pair)
    )
    first, second = (label[place] for place in pairs[0])
    strongest = float(whole[pairs[0]])
    close = [(label[a], label[b]) for a, b in pairs if abs(whole[a, b]) > selection.max_correlation]
    drawn = sorted(list(dict.fromkeys(place for pair in pairs for place in pair))[:MOST])
    names = [every[place] for place in drawn]
    table = whole[np.ix_(drawn, drawn)]
    themes = [[name for name in theme if name in names] for theme in selection.themes]
    mixed = "" if all(has_order(selection[name].feature) for name in names) else "_mixed"
    labels = [label[place] for place in drawn]
    with canvas(height=triangle.height(labels)) as (drawing, axes):
        triangle.draw(
            axes,
            table,
            labels,
            marked=selection.max_correlation,
            muted={place for place, name in enumerate(names) if not selection[name].kept},
            voice=voice,
        )
        for start, end in _spans(themes):
            axes.plot(*_staircase(start, end), color=LIGHT["ink"], linewidth=1.5, clip_on=False)
        return finish(
            drawing,
            title=_title(selection, close),
            subtitle=subtitle(
                selection,
                f"selection.correlation.subtitle{mixed}",
                of=_part(selection, names, every, "closest"),
                limit=voice.number(selection.max_correlation, 2),
            ),
            alt=voice.say(
                "selection.correlation.alt",
                len(every),
                first=voice.inside(first),
                second=voice.inside(second),
                value=voice.number(strongest, 2),
            ),
            data=numbers(
                [voice.say("selection.table.measure"), *labels],
                [
                    [name, *(voice.number(value, 2) for value in row)]
                    for name, row in zip(labels, table, strict=True)
                ],
            ),
        )


def tails(selection: Selection) -> Figure | None:
    """Draw each number's skewness in its own unit and on the scale; nothing for one, which a table tells."""
    voice = selection.voice
    every = sorted(selection.tails, key=lambda each: abs(each.skew_before))
    found = every[-MOST:]
    if len(found) < 2:
        return None
    before, after = (
        sum(abs(skew) > SKEWED for skew in skews)
        for skews in ([each.skew_before for each in every], [each.skew_after for each in every])
    )
    worst = found[-1]
    with canvas(height=_ROW * len(found) + 44) as (drawing, axes):
        _dumbbells(
            axes,
            [each.feature.label for each in found],
            [each.skew_before for each in found],
            [each.skew_after for each in found],
        )
        axes.grid(visible=False)
        axes.axvline(0, color=LIGHT["faint"], linewidth=1, zorder=0)
        for limit in (-SKEWED, SKEWED):
            axes.axvline(limit, color=LIGHT["muted"], linewidth=1, linestyle=_DASHED, zorder=0)
        axes.set_xlabel(voice.say("selection.tails.axis"))
        ticks = axes.get_xticks()
        axes.set_xticks(ticks, [voice.number(tick, 0 if np.ptp(ticks) > 4 else 1) for tick in ticks])
        axes.set_xlim(*_wide([each for tail in found for each in (tail.skew_before, tail.skew_after, 0.0)]))
        return finish(
            drawing,
            title=voice.say(
                "selection.tails.title",
                before,
                Before=_capital(voice.number_word(before)),
                after=voice.number_word(after),
            ),
            subtitle=subtitle(
                selection, "selection.tails.subtitle", of=_part(selection, found, every, "skewed")
            ),
            alt=voice.say(
                "selection.tails.alt",
                len(every),
                measure=worst.feature.label,
                before=voice.number(worst.skew_before, 1),
                after=voice.number(worst.skew_after, 1),
            ),
            data=numbers(
                [voice.say(f"selection.{each}") for each in ("table.measure", "tails.own", "tails.scaled")],
                [
                    [
                        each.feature.label,
                        voice.number(each.skew_before, 1),
                        voice.number(each.skew_after, 1),
                    ]
                    for each in reversed(found)
                ],
            ),
        )


def shares(selection: Selection) -> Figure | None:
    """Draw each kept measure's share of the distance between customers, in own units and scaled.

    Nothing where there is only one, which has all of it.
    """
    voice = selection.voice
    every = sorted((each for each in selection.decisions if each.kept), key=lambda each: each.share_raw)
    kept = every[-MOST:]
    if len(kept) < 2:
        return None
    heaviest = kept[-1]
    told: dict[str, Any] = {"raw": voice.percent(heaviest.share_raw), "scaled": voice.percent(heaviest.share)}
    with canvas(height=_ROW * len(kept) + 44) as (drawing, axes):
        _dumbbells(
            axes,
            [each.feature.label for each in kept],
            [each.share_raw for each in kept],
            [each.share for each in kept],
        )
        labelled = [0.0, 0.25, 0.5, 0.75, 1.0]
        axes.set_xlim(0, 1)
        axes.set_xticks(labelled, [voice.percent(tick) for tick in labelled])
        axes.set_xlabel(voice.say("selection.shares.axis"))
        return finish(
            drawing,
            title=voice.say("selection.shares.title", measure=voice.inside(heaviest.feature.label), **told),
            subtitle=subtitle(
                selection, "selection.shares.subtitle", of=_part(selection, kept, every, "heaviest")
            ),
            alt=voice.say("selection.shares.alt", len(every), measure=heaviest.feature.label, **told),
            data=numbers(
                [voice.say(f"selection.{each}") for each in ("table.measure", "shares.raw", "shares.scaled")],
                [
                    [each.feature.label, voice.percent(each.share_raw), voice.percent(each.share)]
                    for each in reversed(kept)
                ],
            ),
        )


def contribution(found: Contribution | None) -> Figure | None:
    """Draw how far the segments move without each measure; nothing where that is no question."""
    if found is None:
        return None
    voice, first = found.voice, found.moved[0]
    rows = found.moved[::-1]
    chance = voice.number(found.chance, 2)
    told: dict[str, Any] = {"measure": first.label, "moved": voice.number(first.moved, 2), "chance": chance}
    with canvas(height=_ROW * len(rows) + 44) as (drawing, axes):
        for row, each in enumerate(rows):
            color = LIGHT["faint"] if each in found.passengers else LIGHT["link"]
            axes.barh(row, each.moved, height=0.6, color=color)
            axes.text(each.moved + 0.015, row, voice.number(each.moved, 2), va="center", fontsize=12.5)
        axes.axvline(found.chance, color=LIGHT["ink"], linewidth=1, linestyle=_DASHED)
        axes.set_yticks(range(len(rows)), [each.label for each in rows])
        axes.tick_params(axis="y", labelcolor=LIGHT["ink"])
        axes.spines["bottom"].set_visible(False)
        axes.set_xlim(0, 1.15)
        axes.set_xticks([0.0, 0.5, 1.0], [voice.number(tick, 1) for tick in (0.0, 0.5, 1.0)])
        axes.set_xlabel(voice.say("selection.contribution.axis"))
        return finish(
            drawing,
            title=_carried(found, told),
            subtitle=voice.say("selection.contribution.subtitle", basis=_basis(found)),
            alt=voice.say("selection.contribution.alt", len(rows), **told),
            data=numbers(
                [voice.say("selection.table.measure"), voice.say("selection.contribution.moved")],
                [
                    *([each.label, voice.number(each.moved, 2)] for each in found.moved),
                    [voice.say("selection.contribution.chance"), chance],
                ],
            ),
        )


def _carried(found: Contribution, told: dict[str, Any]) -> str:
    voice, passengers = found.voice, found.passengers
    if not passengers or found.moved[0] in passengers:
        return voice.say("selection.contribution.title", **told)
    if len(passengers) == 1:
        only = voice.inside(passengers[0].label)
        return voice.say("selection.contribution.title_passenger", passenger=only, **told)
    number = voice.number_word(len(passengers))
    return voice.say("selection.contribution.title_passengers", number=number, **told)


def _basis(found: Contribution) -> str:
    basis = found.voice.say("selection.customers", found.customers)
    return basis if found.window is None else f"{basis}, {found.voice.period(*_ends(found))}"


def _ends(found: Contribution) -> tuple[Any, Any]:
    assert found.window is not None
    return found.window.start, found.window.end


def _part(selection: Selection, shown: Sequence[Any], every: Sequence[Any], which: str) -> str:
    """Say how many of the measures are shown, and which; nothing where all are."""
    if len(shown) == len(every):
        return ""
    voice = selection.voice
    said = voice.say(f"selection.part.{which}", len(every), shown=voice.count(len(shown)))
    return f"{said}; "


def _title(selection: Selection, close: list[tuple[str, str]]) -> str:
    voice = selection.voice
    if not close:
        return voice.say("selection.correlation.title_none")
    if len(close) == 1:
        first, second = close[0]
        return voice.say("selection.correlation.title_one", first=first, second=voice.inside(second))
    number = _capital(voice.number_word(len(close)))
    return voice.say("selection.correlation.title", number=number)


def _spans(themes: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Return the first and the last place of each theme of several measures."""
    ends = np.cumsum([len(theme) for theme in themes]).tolist()
    spans = [(end - len(theme), end - 1) for end, theme in zip(ends, themes, strict=True)]
    return [(start, end) for start, end in spans if end > start]


def _staircase(start: int, end: int) -> tuple[list[float], list[float]]:
    """Return the outline of the cells below the diagonal between two places."""
    points = [(start, start + 1), (start, end + 1), (end, end + 1)]
    for place in range(end, start, -1):
        points += [(place, place), (place - 1, place)]
    return [float(x) for x, _ in points], [float(y) for _, y in points]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _wide(values: Sequence[float]) -> tuple[float, float]:
    margin = 0.06 * (max(values) - min(values) or 1.0)
    return min(values) - margin, max(values) + margin


def _dumbbells(axes: Axes, labels: Sequence[str], own: Sequence[float], scaled: Sequence[float]) -> None:
    for row, (ring, dot) in enumerate(zip(own, scaled, strict=True)):
        axes.plot([ring, dot], [row, row], color=LIGHT["faint"], linewidth=1.5, solid_capstyle="butt")
        axes.plot(ring, row, "o", ms=8, mfc=LIGHT["paper"], mec=LIGHT["muted"], mew=1.5, clip_on=False)
        axes.plot(dot, row, "o", ms=9, color=LIGHT["link"], clip_on=False)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"], pad=10)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
