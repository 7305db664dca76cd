"""Charts on the choice of variables: which measures say the same, and what scaling does to their weight."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from segnb.charts.house import WIDTH, canvas, finish, numbers
from segnb.document.blocks import Figure
from segnb.selection.findings import subtitle
from segnb.selection.select import Decision, Selection
from segnb.style import LIGHT

_ROW = 27
# Dark enough to tell apart, light enough for dark text on the strongest (5:1 at least).
_STRENGTH = LinearSegmentedColormap.from_list("strength", [LIGHT["panel"], "#739eb9"])


def correlations(selection: Selection) -> Figure | None:
    """Draw how closely the measures follow each other; nothing where there is only one."""
    voice = selection.voice
    names = [each.feature.name for each in selection.decisions if each.feature.name in selection.correlations]
    if len(names) < 2:
        return None
    table = selection.correlations.loc[names, names].to_numpy(np.float64)
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: -abs(table[pair]))
    strongest, label = pairs[0], {name: selection[name].feature.label for name in names}
    first, second = (label[names[place]] for place in strongest)
    close = [(label[names[a]], label[names[b]]) for a, b in _close(selection, table)]
    with canvas(height=_ROW * len(names) + 24, width=WIDTH + 26 * max(0, len(names) - 4)) as (drawing, axes):
        _heat(axes, table, [_row_label(selection, name, place) for place, name in enumerate(names, start=1)])
        _annotate(axes, table, selection)
        return finish(
            drawing,
            title=_title(selection, close),
            subtitle=subtitle(
                selection, "selection.correlation.subtitle", limit=voice.number(selection.max_correlation, 2)
            ),
            alt=voice.say(
                "selection.correlation.alt",
                len(names),
                first=voice.inside(first),
                second=voice.inside(second),
                value=voice.number(table[strongest], 2),
            ),
            data=numbers(
                [voice.say("selection.table.measure"), *(label[name] for name in names)],
                [
                    [label[name], *(voice.number(value, 2) for value in row)]
                    for name, row in zip(names, table, strict=True)
                ],
            ),
        )


def shares(selection: Selection) -> Figure:
    """Draw each kept measure's share of the distance between customers, in own units and scaled."""
    voice = selection.voice
    kept = sorted((each for each in selection.decisions if each.kept), key=lambda each: each.share_raw)
    heaviest = kept[-1]
    told: dict[str, Any] = {"raw": voice.percent(heaviest.share_raw), "scaled": voice.percent(heaviest.share)}
    with canvas(height=_ROW * len(kept) + 44) as (drawing, axes):
        _dumbbells(axes, selection, kept)
        return finish(
            drawing,
            title=voice.say("selection.shares.title", measure=voice.inside(heaviest.feature.label), **told),
            subtitle=subtitle(selection, "selection.shares.subtitle"),
            alt=voice.say("selection.shares.alt", len(kept), measure=heaviest.feature.label, **told),
            data=numbers(
                [voice.say(f"selection.{each}") for each in ("table.measure", "shares.raw", "shares.scaled")],
                [
                    [each.feature.label, voice.percent(each.share_raw), voice.percent(each.share)]
                    for each in reversed(kept)
                ],
            ),
        )


def _close(selection: Selection, table: np.ndarray) -> list[tuple[int, int]]:
    pairs = combinations(range(len(table)), 2)
    return [pair for pair in pairs if abs(table[pair]) > selection.max_correlation]


def _title(selection: Selection, close: list[tuple[str, str]]) -> str:
    voice = selection.voice
    if not close:
        return voice.say("selection.correlation.title_none")
    if len(close) == 1:
        first, second = close[0]
        return voice.say("selection.correlation.title_one", first=first, second=voice.inside(second))
    number = voice.number_word(len(close))
    return voice.say("selection.correlation.title", number=number[:1].upper() + number[1:])


def _row_label(selection: Selection, name: str, place: int) -> str:
    decision = selection[name]
    label = decision.feature.label
    if not decision.kept:
        label = selection.voice.say("selection.correlation.dropped", label=label)
    return f"{label}  {place}"


def _heat(axes: Axes, table: np.ndarray, labels: list[str]) -> None:
    hidden = np.triu(np.ones_like(table, dtype=bool))
    sns.heatmap(
        np.abs(table),
        mask=hidden,
        vmin=0,
        vmax=1,
        cmap=_STRENGTH,
        cbar=False,
        linewidths=2,
        linecolor=LIGHT["paper"],
        ax=axes,
    )
    places = np.arange(len(labels)) + 0.5
    # The first row and the last column of a triangle are empty.
    axes.set_yticks(places, labels, rotation=0)
    axes.set_xticks(places[:-1], [str(place) for place in range(1, len(labels))])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"])


def _annotate(axes: Axes, table: np.ndarray, selection: Selection) -> None:
    for row, column in zip(*np.tril_indices_from(table, -1), strict=True):
        value = table[row, column]
        axes.text(
            column + 0.5,
            row + 0.52,
            selection.voice.number(value, 2),
            ha="center",
            va="center",
            fontsize=11,
            fontweight=600 if abs(value) > selection.max_correlation else 400,
            color=LIGHT["ink"],
        )


def _dumbbells(axes: Axes, selection: Selection, kept: list[Decision]) -> None:
    voice = selection.voice
    for row, each in enumerate(kept):
        axes.plot(
            [each.share_raw, each.share],
            [row, row],
            color=LIGHT["faint"],
            linewidth=1.5,
            solid_capstyle="butt",
        )
        axes.plot(
            each.share_raw, row, "o", ms=8, mfc=LIGHT["paper"], mec=LIGHT["muted"], mew=1.5, clip_on=False
        )
        axes.plot(each.share, row, "o", ms=9, color=LIGHT["link"], clip_on=False)
    labelled = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(kept) - 0.4)
    axes.set_xticks(labelled, [voice.percent(tick) for tick in labelled])
    axes.set_yticks(range(len(kept)), [each.feature.label for each in kept])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"], pad=10)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(voice.say("selection.shares.axis"))
