"""What a prediction has to show: the segments' rates, whether they hold, and whom the ranking finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from segnb.bases.definition import Context
from segnb.clustering.rate_tree import RateTree
from segnb.document.blocks import AnyBlock, Bullets, Cell, Column, Figure, Paragraph, Table, spans
from segnb.drawing.house import canvas, finish, numbers
from segnb.intervals import stable, wilson
from segnb.segmentation import Rate, Unit, Window
from segnb.style import LIGHT
from segnb.suppression import Limit, conceal, limit
from segnb.words import Voice

CHANCE = "chance"
"""The feature whose levels are the segments."""
PARTS = 5
"""Groups of equal size, by the score, in which what was predicted is compared with what came."""

_RARE = 0.1
_REACHED, _TOLD = (0.1, 0.2, 0.3, 0.5), 0.2
"""Shares of the customers, likeliest first, of which the lift is told, and the least that the title names."""


@dataclass(frozen=True)
class Checked:
    """The known answers, the scores held out, the places of the segments, and who checks their rates."""

    answers: NDArray[np.float64]
    scores: NDArray[np.float64]
    places: NDArray[np.intp]
    tested: NDArray[np.bool_] | None = None
    leaks: Mapping[str, float] = field(default_factory=dict)


def evidence(
    checked: Checked,
    tree: RateTree,
    levels: Sequence[str],
    found: Sequence[Rate | None],
    told: str,
    units: Mapping[str, Unit],
    window: Window | None,
    context: Context,
) -> tuple[AnyBlock, ...]:
    """Return the segments' rates on customers held out, the calibration and the lift of the ranking.

    ``units`` are those of the numbers that the tree asks for, by their label.
    """
    voice = context.voice
    if checked.tested is None:
        return (Paragraph(content=spans(voice.say("bases.predictive.too_few", what=told))),)
    period = voice.period(window.start, window.end) if window else ""
    table = _rates_table(checked, tree, levels, found, told, units, period, context)
    blocks: list[AnyBlock] = [*_known(checked, told, context), table]
    if checked.leaks:
        said = [
            spans(voice.say("bases.predictive.leak", column=name, area=voice.number(value, 2)))
            for name, value in checked.leaks.items()
        ]
        blocks.append(Bullets(items=tuple(said)))
    if len(checked.answers) >= PARTS * context.min_cell:
        blocks += _calibration(checked, told, period, context)
        blocks += _lift(checked, told, period, context)
    return tuple(blocks)


def rates(checked: Checked, n_segments: int, min_cell: int) -> list[Rate | None]:
    """Return the rate of each segment among the customers held out; None where it must stay unsaid."""
    if checked.tested is None:
        return [None] * n_segments
    held = _held(checked, n_segments)
    untold, few = _untold(held, min_cell), _few(held, min_cell)
    found: list[Rate | None] = []
    for place, each in enumerate(held):
        if place in few or not len(each):
            found.append(None)
        elif (bound := limit(int(each.sum()), len(each), min_cell)) is not None:
            found.append(_limited(bound, len(each), min_cell))
        else:
            found.append(None if place in untold else _rate(each))
    return found


def _held(checked: Checked, n_segments: int) -> list[NDArray[np.float64]]:
    """Return the answers of each segment's customers that were held out."""
    return [checked.answers[(checked.places == place) & checked.tested] for place in range(n_segments)]


def _few(answers: Sequence[NDArray[np.float64]], min_cell: int) -> frozenset[int]:
    """Return the places of groups whose size must stay unsaid."""
    sizes = {str(place): len(each) for place, each in enumerate(answers)}
    return frozenset(map(int, conceal(sizes, min_cell=min_cell, keep_total=True).groups))


def _rate(answers: NDArray[np.float64]) -> Rate:
    low, high = wilson(int(answers.sum()), len(answers))
    return Rate(stable(float(answers.mean())), stable(low), stable(high), len(answers))


def _limited(found: Limit, n: int, min_cell: int) -> Rate:
    """Return the limit to a rate; its interval is Wilson's at the limit, open to 0 or 1."""
    few = min(min_cell, n)
    low = wilson(n - few, n).low if found.bound > 0 else 0.0
    high = 1.0 if found.bound > 0 else wilson(few, n).high
    return Rate(found.value, stable(low), stable(high), n, found.bound)


def _untold(answers: Sequence[NDArray[np.float64]], min_cell: int) -> set[int]:
    """Return the places of groups of which it must stay unsaid how many said yes.

    Fewer than ``min_cell`` did, or did not, or the group would give one away of which that holds.
    """
    counts = {str(place): int(each.sum()) for place, each in enumerate(answers)}
    refusals = {str(place): len(each) - counts[str(place)] for place, each in enumerate(answers)}
    hidden = [conceal(each, min_cell=min_cell, keep_total=True).groups for each in (counts, refusals)]
    return {int(place) for place in frozenset.union(*hidden)}


def _known(checked: Checked, told: str, context: Context) -> Iterator[Paragraph]:
    """Say how many did so at all, of those of whom it is known, where that tells of enough."""
    voice, hits, n = context.voice, int(checked.answers.sum()), len(checked.answers)
    if min(hits, n - hits) < context.min_cell:
        return
    # A rare answer would lose too much by whole percentages.
    digits = 1 if hits >= _RARE * n else 3
    low, high = (voice.percent(end, 1) for end in wilson(hits, n))
    said = voice.say(
        "bases.predictive.known",
        n,
        what=told,
        hits=voice.count(hits),
        rate=voice.percent(hits / n, digits),
        interval=voice.span(low, high),
    )
    yield Paragraph(content=spans(said))


def _rates_table(
    checked: Checked,
    tree: RateTree,
    levels: Sequence[str],
    found: Sequence[Rate | None],
    told: str,
    units: Mapping[str, Unit],
    period: str,
    context: Context,
) -> Table:
    voice, rows = context.voice, []
    held = _held(checked, tree.n_segments)
    few = _few(held, context.min_cell)
    for place, (ways, level, rate) in enumerate(zip(tree.conditions(), levels, found, strict=True)):
        asked = voice.say("bases.predictive.or").join(
            voice.ordered([_condition(voice, units, *each) for each in way]) for way in ways
        )
        rows.append(
            (
                Cell(text=voice.category(CHANCE, level), small=asked),
                Cell(text="–" if place in few else voice.count(len(held[place]))),
                Cell(text="–")
                if rate is None
                else Cell(text=rate.said(voice, 1), small=rate.interval(voice)),
            )
        )
    untold = any(rate is None or rate.bound for rate in found)
    labels = [voice.say(f"bases.predictive.column.{each}") for each in ("segment", "customers", "rate")]
    columns = (
        Column(label=labels[0], header=True),
        *(Column(label=each, align="right") for each in labels[1:]),
    )
    return Table(
        columns=columns,
        rows=tuple(rows),
        title=voice.say("bases.predictive.rates_title", what=told),
        subtitle=period,
        note=" ".join(
            [
                voice.say("bases.predictive.rates_note"),
                *([voice.say("bases.levels.hidden", limit=voice.count(context.min_cell))] if untold else []),
            ]
        ),
    )


def _condition(voice: Voice, units: Mapping[str, Unit], column: str, most: bool, value: float) -> str:
    name, mark, level = column.partition(": ")
    if mark:
        return voice.say(f"bases.predictive.{'not' if most else 'is'}", column=name, value=level)
    key = "most" if most else "above"
    unit = units.get(column, "number")
    # A border between two whole numbers lies at a half.
    said = voice.number(value) if unit in ("count", "days") else voice.value(value, unit)
    return voice.say(f"bases.predictive.{key}", column=name, value=said)


def _calibration(checked: Checked, told: str, period: str, context: Context) -> Iterator[Figure]:
    """Show what was predicted and what came in groups of equal size by the score, of which it may be told."""
    voice = context.voice
    groups = np.array_split(np.argsort(checked.scores, kind="stable"), PARTS)
    untold = _untold([checked.answers[each] for each in groups], context.min_cell)
    parts = [each for place, each in enumerate(groups) if place not in untold]
    # A single group says nothing of whether predictions and outcomes go together.
    if len(parts) < 2:
        return
    expected = [float(checked.scores[each].mean()) for each in parts]
    hits = [(int(checked.answers[each].sum()), len(each)) for each in parts]
    spans_ = [wilson(*each) for each in hits]
    inside = sum(low <= x <= high for x, (low, high) in zip(expected, spans_, strict=True))
    with canvas(230) as (drawing, axes):
        top = max([*expected, *(high for _, high in spans_)]) * 1.05
        axes.plot([0, top], [0, top], color=LIGHT["rule"], linewidth=1)
        for x, (hit, n), (low, high) in zip(expected, hits, spans_, strict=True):
            came = hit / n
            axes.errorbar(x, came, yerr=[[came - low], [high - came]], fmt="o", color=LIGHT["ink"], capsize=3)
        axes.set_xlabel(voice.say("bases.predictive.predicted"))
        axes.set_ylabel(voice.say("bases.predictive.came"))
        _percent_axes(axes, voice)
        rows = [
            [
                voice.count(n),
                voice.percent(x, 1),
                voice.percent(hit / n, 1),
                voice.interval(low, high, "share"),
            ]
            for x, (hit, n), (low, high) in zip(expected, hits, spans_, strict=True)
        ]
        labels = ("customers", "predicted", "came", "interval")
        yield finish(
            drawing,
            title=voice.say(
                "bases.predictive.calibration_title",
                inside=voice.number_word(inside),
                of=voice.number_word(len(parts)),
            ),
            subtitle=_measure(voice.say("bases.predictive.calibration_subtitle", what=told, period=period)),
            alt=voice.say("bases.predictive.calibration_alt", inside=inside, of=len(parts)),
            data=numbers([voice.say(f"bases.predictive.column.{each}") for each in labels], rows),
        )


def _lift(checked: Checked, told: str, period: str, context: Context) -> Iterator[Figure]:
    """Show how many of those who said yes stand first by the score, where that tells of enough."""
    from sklearn.metrics import roc_auc_score  # slow to import: a list of all bases does without

    voice, few = context.voice, context.min_cell
    order = np.argsort(-checked.scores, kind="stable")
    total = max(int(checked.answers.sum()), 1)
    area = float(roc_auc_score(checked.answers, checked.scores))
    curve: dict[float, int] = {}
    everyone, before = np.array([total, len(order) - total]), np.zeros(2, dtype=int)
    for part in _REACHED:
        first = round(part * len(order))
        hit = int(checked.answers[order][:first].sum())
        so_far = np.array([hit, first - hit])
        # Few who said yes, or no, between two parts would be the difference of what is told of both.
        if min(*(so_far - before), *(everyone - so_far)) >= few:
            curve[part], before = hit, so_far
    rows = {
        part: [voice.percent(part), voice.percent(hit / total), voice.interval(*wilson(hit, total), "share")]
        for part, hit in curve.items()
    }
    told_of = next((part for part in rows if part >= _TOLD), None)
    if told_of is None:
        return
    with canvas(230) as (drawing, axes):
        axes.plot([0, 1], [0, 1], color=LIGHT["rule"], linewidth=1)
        at = [0.0, *curve, 1.0]
        low, high = zip((0.0, 0.0), *(wilson(hit, total) for hit in curve.values()), (1.0, 1.0), strict=True)
        axes.fill_between(at, low, high, color=LIGHT["rule"], linewidth=0)
        shares = [0.0, *(hit / total for hit in curve.values()), 1.0]
        axes.plot(at, shares, "o-", color=LIGHT["ink"], linewidth=2)
        axes.set_xlabel(voice.say("bases.predictive.reached"))
        axes.set_ylabel(voice.say("bases.predictive.found"))
        _percent_axes(axes, voice)
        shown: dict[str, Any] = dict(zip(("part", "found", "interval"), rows[told_of], strict=True))
        shown["area"] = voice.number(area, 2)
        labels = [voice.say(f"bases.predictive.{each}") for each in ("reached", "found", "column.interval")]
        yield finish(
            drawing,
            title=voice.say("bases.predictive.lift_title", **shown),
            subtitle=_measure(voice.say("bases.predictive.lift_subtitle", what=told, period=period, **shown)),
            alt=voice.say("bases.predictive.lift_alt", **shown),
            data=numbers(labels, list(rows.values())),
        )


def _measure(subtitle: str) -> str:
    """Return a subtitle whose period may be missing: answers without times have none."""
    return subtitle.removesuffix("; ")


def _percent_axes(axes: Axes, voice: Voice) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter(lambda value, _: voice.percent(value, 0))
