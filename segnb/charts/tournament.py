"""Charts on the tournament: what each basis foretells, and how alike two bases cut."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from segnb.charts import triangle
from segnb.document.blocks import Figure, Together, show
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.style import LIGHT
from segnb.tournaments.findings import called, judged_on, outcome_labels, share, whole
from segnb.tournaments.judging import ALIKE
from segnb.tournaments.results import Contestant, Explained, Tournament

_ROW = 46
_FRAME = 52


def chapter(tournament: Tournament | None) -> Together | None:
    """Return all that is told of a tournament; nothing where there was none."""
    if tournament is None:
        return None
    figures = (explained(tournament), overlap(tournament))
    return show(tournament, *(each for each in figures if each is not None))


def explained(tournament: Tournament) -> Figure | None:
    """Draw how much of later behaviour each basis foretells, beside as many groups by spend alone."""
    voice = tournament.voice
    found = [(each, each.explained) for each in tournament.contestants if each.explained is not None]
    if not found:
        return None
    best, most = max(found, key=lambda pair: pair[1].value)
    told: dict[str, Any] = {"basis": called(tournament, best.basis), "share": whole(most.value, voice)}
    with canvas(height=_ROW * len(found) + _FRAME) as (drawing, axes):
        for row, (contestant, value) in enumerate(reversed(found)):
            _row(axes, row, called(tournament, contestant.basis), contestant, value)
        low = min(0.0, *(value.low for _, value in found))
        high = max(*(value.high for _, value in found), *(each.quantiles or 0.0 for each, _ in found), 0.05)
        axes.set_xlim(low - 0.02, high * 1.06)
        axes.set_ylim(-0.45, len(found) - 0.25)
        ticks = [tick for tick in axes.get_xticks() if low - 0.02 <= tick <= high * 1.06]
        axes.set_xticks(ticks, [voice.percent(tick) for tick in ticks])
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.set_xlabel(voice.say("tournament.explained.axis"))
        return finish(
            drawing,
            title=voice.say(f"tournament.explained.title{'' if most.low > 0 else '_none'}", **told),
            subtitle=voice.say("tournament.explained.subtitle", basis=judged_on(tournament)),
            alt=alternative(
                voice, "tournament.explained.alt", "tournament.explained.alt_short", told, len(found)
            ),
            data=numbers(
                [
                    voice.say("tournament.table.basis"),
                    voice.say("tournament.explained.mean"),
                    *outcome_labels(tournament),
                    voice.say("tournament.explained.random"),
                    voice.say("tournament.explained.quantiles"),
                ],
                [_numbers(tournament, each) for each, _ in found],
            ),
        )


def overlap(tournament: Tournament) -> Figure | None:
    """Draw how alike every two bases cut the customers; nothing where there is only one."""
    voice, names = tournament.voice, [each.basis for each in tournament.contestants]
    if len(names) < 2:
        return None
    table = tournament.overlap.to_numpy(np.float64)
    pairs = [pair for pair in combinations(range(len(names)), 2) if np.isfinite(table[pair])]
    if not pairs:
        return None
    labels = [called(tournament, name) for name in names]
    closest = max(pairs, key=lambda pair: table[pair])
    told: dict[str, Any] = {
        "first": labels[closest[0]],
        "second": labels[closest[1]],
        "value": voice.number(table[closest], 2),
    }
    same = table[closest] >= ALIKE
    with canvas(height=triangle.height(labels)) as (drawing, axes):
        triangle.draw(axes, table, labels, marked=0.0, voice=voice)
        return finish(
            drawing,
            title=voice.say(f"tournament.overlap.title{'_same' if same else ''}", **told),
            subtitle=voice.say("tournament.overlap.subtitle"),
            alt=alternative(
                voice, "tournament.overlap.alt", "tournament.overlap.alt_short", told, len(names)
            ),
            data=numbers(
                [voice.say("tournament.table.basis"), *labels],
                [
                    [label, *("–" if np.isnan(value) else voice.number(value, 2) for value in row)]
                    for label, row in zip(labels, table, strict=True)
                ],
            ),
        )


def _row(axes: Axes, row: int, label: str, contestant: Contestant, value: Explained) -> None:
    told = contestant.judgement in ("first", "second")
    color = LIGHT["link" if told else "muted"]
    axes.text(0, row + 0.42, label, transform=axes.get_yaxis_transform(), va="center", color=LIGHT["ink"])
    axes.plot([0, 0], [row - 0.22, row + 0.22], color=LIGHT["faint"], linewidth=1, zorder=0)
    axes.plot([value.low, value.high], [row, row], color=color, linewidth=2, solid_capstyle="butt")
    axes.plot(value.value, row, "o", ms=9, color=color)
    if contestant.quantiles is not None:
        axes.plot(contestant.quantiles, row, "|", ms=16, mew=2, color=LIGHT["ink"])


def _numbers(tournament: Tournament, contestant: Contestant) -> list[str]:
    voice = tournament.voice
    baselines = (contestant.random, contestant.quantiles)
    return [
        called(tournament, contestant.basis),
        share(contestant.explained, voice),
        *(share(each, voice) for each in contestant.by_outcome),
        *("–" if each is None else whole(each, voice) for each in baselines),
    ]
