"""What the basis of tastes has to show: their customers and items, what to offer, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segnb.bases.definition import Context
from segnb.bases.taste_chart import Favour, Share, taste_chart
from segnb.bases.taste_trial import Trial, cold_start, columns, dominant, prediction
from segnb.clustering.tastes import Counts, Tastes
from segnb.document.blocks import AnyBlock, Cell, Figure, Paragraph, Table, spans
from segnb.segmentation import Window
from segnb.suppression import conceal
from segnb.words import Voice

SHOWN, DRAWN, OFFERED, NAMED = 4, 3, 3, 2


@dataclass(frozen=True)
class Learned:
    """Tastes with their names, and the customers' mixtures of them."""

    tastes: Tastes
    names: tuple[str, ...]
    shares: Counts
    clear: float

    @property
    def dominant(self) -> list[int]:
        """The place of each customer's taste; the place after the last where none is clear."""
        return dominant(self.shares, self.clear)


def named(tastes: Tastes, every: Counts, shares: Counts, clear: float, context: Context) -> tuple[str, ...]:
    """Name each taste by the items that set it apart most and that enough of its customers bought."""
    names: list[str] = []
    for place, told in enumerate(_telling(tastes, every, shares, clear, context.min_cell)):
        words = [_said(tastes.items[each], context.voice) for each in told[:NAMED]]
        name = " & ".join([*words[:1], *(context.voice.inside(each) for each in words[1:])])
        number = context.voice.count(place + 1)
        fallback = name or context.voice.say("bases.tastes.unnamed")
        names.append(name if name and name not in names else f"{fallback} {number}")
    return tuple(names)


def _said(item: str, voice: Voice) -> str:
    word = voice.readable("category", item)
    return word[:1].upper() + word[1:]


def _telling(tastes: Tastes, every: Counts, shares: Counts, clear: float, min_cell: int) -> list[list[int]]:
    """Return for each taste its items, the most telling first: those that are its own and bought much.

    The measure weighs how many more of its customers buy an item by how many do: rate times log of lift.
    """
    own = np.array(dominant(shares, clear))
    rates = np.array(tastes.rates)
    part = np.round(rates * np.log(rates / np.array(tastes.reach)), 9)
    found = []
    for place in range(tastes.n_tastes):
        buyers = (every[own == place] > 0).sum(axis=0)
        order = np.argsort(-part[place], kind="stable").tolist()
        found.append([each for each in order if part[place, each] > 0 and buyers[each] >= min_cell])
    return found


def evidence(learned: Learned, trial: Trial, window: Window | None, context: Context) -> tuple[AnyBlock, ...]:
    """Return the tastes' items, the test on purchases held out, and the test on the first purchases."""
    period = context.voice.period(window.start, window.end) if window else ""
    telling = _telling(learned.tastes, trial.every, learned.shares, learned.clear, context.min_cell)
    return (
        *_favours(learned, trial, telling, period, context),
        _items(learned, trial, telling, period, context),
        prediction(trial, period, context),
        _offers(learned, trial, period, context),
        *cold_start(learned.tastes, trial, period, context),
        *_number(learned, trial, context),
    )


def _items(learned: Learned, trial: Trial, telling: list[list[int]], period: str, context: Context) -> Table:
    """Show who is of each taste, and what sets these customers apart."""
    voice, own = context.voice, np.array(learned.dominant)
    rows = []
    sizes = {str(place): int((own == place).sum()) for place in range(len(learned.names) + 1)}
    unsaid = conceal(sizes, min_cell=context.min_cell, keep_total=True).groups
    for place, name in enumerate((*learned.names, voice.say("bases.tastes.mixed"))):
        size = int((own == place).sum())
        few = str(place) in unsaid or size < context.min_cell
        told = [] if few or place == len(telling) else telling[place][:SHOWN]
        items = [_said(learned.tastes.items[each], voice) for each in told]
        rows.append(
            (
                Cell(text=name),
                Cell(
                    text=_size(voice, size, context.min_cell, unsaid=few),
                    small="" if few else voice.percent(size / len(own)),
                ),
                Cell(text="; ".join(items) or "–"),
            )
        )
    return Table(
        columns=columns(voice, "taste", "customers", "items"),
        rows=tuple(rows),
        title=voice.say("bases.tastes.items_title", number=voice.number_word(len(learned.names))),
        subtitle=period,
        note=voice.say("bases.tastes.items_note", share=voice.percent(learned.clear)),
    )


def _size(voice: Voice, size: int, min_cell: int, *, unsaid: bool) -> str:
    if size < min_cell:
        return f"< {min_cell}"
    return "–" if unsaid else voice.count(size)


def _favours(
    learned: Learned, trial: Trial, telling: list[list[int]], period: str, context: Context
) -> tuple[Figure, ...]:
    """Draw how many of each taste's customers bought what it favours, beside how many of all did."""
    voice, own = context.voice, np.array(learned.dominant)
    bought = trial.every > 0
    found = []
    for place, name in enumerate(learned.names):
        members = bought[own == place]
        found += [
            Favour(
                name,
                _said(learned.tastes.items[each], voice),
                Share.of(members[:, each], context.min_cell),
                Share.of(bought[:, each], context.min_cell),
            )
            for each in telling[place][:DRAWN]
        ]
    return (taste_chart(found, period, voice),) if found else ()


def _offers(learned: Learned, trial: Trial, period: str, context: Context) -> Table:
    """Show what each taste favours that many of its customers have not bought."""
    voice, own = context.voice, np.array(learned.dominant)
    rates, reach = np.array(learned.tastes.rates), np.array(learned.tastes.reach)
    lift = rates / reach
    rows = []
    for place, name in enumerate(learned.names):
        bought = (trial.every[own == place] > 0).sum(axis=0)
        size = int((own == place).sum())
        shown = (bought >= context.min_cell) & (size - bought >= context.min_cell) & (lift[place] > 1)
        order = np.argsort(-np.round(rates[place] - reach, 9), kind="stable").tolist()
        told = [
            voice.say(
                "bases.tastes.offer",
                item=_said(learned.tastes.items[each], voice),
                lift=voice.number(lift[place, each], 1),
                share=voice.percent((size - bought[each]) / size),
            )
            for each in order
            if shown[each]
        ]
        rows.append((Cell(text=name), Cell(text="; ".join(told[:OFFERED]) or "–")))
    return Table(
        columns=columns(voice, "taste", "offer"),
        rows=tuple(rows),
        title=voice.say("bases.tastes.offers_title"),
        subtitle=period,
        note=voice.say("bases.tastes.offers_note"),
    )


def _number(learned: Learned, trial: Trial, context: Context) -> tuple[AnyBlock, ...]:
    voice = context.voice
    found = next((each for each in trial.tried if each.n_tastes == learned.tastes.n_tastes), None)
    if found is None:
        return ()
    numbers = voice.listed([voice.count(each.n_tastes) for each in trial.tried])
    told = voice.say(
        "bases.tastes.number",
        number=voice.number_word(found.n_tastes),
        tried=numbers,
        likeness=voice.number(found.likeness, 2),
        factor=voice.number(float(np.exp(found.gain)), 2),
    )
    return (Paragraph(content=spans(told), role="note"),)
