"""What the basis of tastes has to show: their items, whether they predict, and how soon they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segnb.bases.definition import Context
from segnb.clustering.tastes import Counts, Tastes, Tried, damped, hits
from segnb.document.blocks import AnyBlock, Cell, Column, Paragraph, Table, spans
from segnb.intervals import ratio_interval, wilson
from segnb.kpis.suppression import conceal
from segnb.segmentation import Window
from segnb.words import Voice

TOP = 5
"""Items that are recommended to each customer when tastes are judged."""
SHOWN, OFFERED, NAMED = 4, 3, 2


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


@dataclass(frozen=True)
class Trial:
    """The purchases that judge the tastes, and what was learned on the way.

    ``every`` and ``first`` are all purchases and the first few ones of each customer. ``past`` are the
    tastes learned without the purchases held out (``late``) of customers who had some before (``early``).
    """

    every: Counts
    first: Counts
    early: Counts
    late: Counts
    past: Tastes
    tried: tuple[Tried, ...]
    seed: int


def dominant(shares: Counts, clear: float) -> list[int]:
    """Return the place of the taste that reaches the share ``clear``, or the number of tastes."""
    largest = shares.argmax(axis=1)
    return [int(each) for each in np.where(shares.max(axis=1) >= clear, largest, shares.shape[1])]


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

    The measure is the item's part in the Kullback-Leibler divergence of the taste from popularity.
    """
    own = np.array(dominant(shares, clear))
    loadings, popularity = np.array(tastes.loadings), np.array(tastes.popularity)
    part = np.round(loadings * np.log(loadings / popularity), 9)
    found = []
    for place in range(tastes.n_tastes):
        buyers = (every[own == place] > 0).sum(axis=0)
        order = np.argsort(-part[place], kind="stable").tolist()
        found.append([each for each in order if part[place, each] > 0 and buyers[each] >= min_cell])
    return found


def evidence(learned: Learned, trial: Trial, window: Window | None, context: Context) -> tuple[AnyBlock, ...]:
    """Return the tastes' items, the test on purchases held out, and the test on three purchases."""
    period = context.voice.period(window.start, window.end) if window else ""
    return (
        _items(learned, trial, period, context),
        _offers(learned, trial, period, context),
        _prediction(trial, period, context),
        *_cold_start(learned, trial, context),
        *_number(learned, trial, context),
    )


def _columns(voice: Voice, *keys: str) -> tuple[Column, ...]:
    first, *more = (voice.say(f"bases.tastes.column.{key}") for key in keys)
    return (Column(label=first, header=True), *(Column(label=each) for each in more))


def _items(learned: Learned, trial: Trial, period: str, context: Context) -> Table:
    """Show who is of each taste, and what these customers buy more often than others."""
    voice, own = context.voice, np.array(learned.dominant)
    telling = _telling(learned.tastes, trial.every, learned.shares, learned.clear, context.min_cell)
    rows = []
    bought = damped(trial.every)
    everyone = bought.mean(axis=0)
    sizes = {str(place): int((own == place).sum()) for place in range(len(learned.names) + 1)}
    unsaid = conceal(sizes, min_cell=context.min_cell, keep_total=True).groups
    for place, name in enumerate((*learned.names, voice.say("bases.tastes.mixed"))):
        members = own == place
        size = int(members.sum())
        told = []
        if place < len(telling):
            ours = bought[members].mean(axis=0) if size else everyone
            told = [
                voice.say(
                    "bases.tastes.item",
                    item=_said(learned.tastes.items[each], voice),
                    share=voice.percent(ours[each], 1),
                    all=voice.percent(everyone[each], 1),
                )
                for each in telling[place][:SHOWN]
            ]
        few = str(place) in unsaid or size < context.min_cell
        rows.append(
            (
                Cell(text=name),
                Cell(
                    text=_size(voice, size, context.min_cell, unsaid=few),
                    small="" if few else voice.percent(size / len(own)),
                ),
                Cell(text="–" if few or not told else "; ".join(told)),
            )
        )
    return Table(
        columns=_columns(voice, "taste", "customers", "items"),
        rows=tuple(rows),
        title=voice.say("bases.tastes.items_title", number=voice.number_word(len(learned.names))),
        subtitle=period,
        note=voice.say("bases.tastes.items_note", share=voice.percent(learned.clear)),
    )


def _size(voice: Voice, size: int, min_cell: int, *, unsaid: bool) -> str:
    if size < min_cell:
        return f"< {min_cell}"
    return "–" if unsaid else voice.count(size)


def _offers(learned: Learned, trial: Trial, period: str, context: Context) -> Table:
    """Show what each taste favours that many of its customers have not bought."""
    voice, own = context.voice, np.array(learned.dominant)
    lift = np.array(learned.tastes.loadings) / np.array(learned.tastes.popularity)
    rows = []
    for place, name in enumerate(learned.names):
        bought = (trial.every[own == place] > 0).sum(axis=0)
        size = int((own == place).sum())
        shown = (bought >= context.min_cell) & (size - bought >= context.min_cell) & (lift[place] > 1)
        order = np.argsort(-np.round(lift[place], 9), kind="stable").tolist()
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
        columns=_columns(voice, "taste", "offer"),
        rows=tuple(rows),
        title=voice.say("bases.tastes.offers_title"),
        subtitle=period,
        note=voice.say("bases.tastes.offers_note"),
    )


def _prediction(trial: Trial, period: str, context: Context) -> Table:
    """Compare recommendations by taste with the most popular items, on each customer's last orders."""
    voice, past = context.voice, trial.past
    judged = trial.late.sum(axis=1) > 0
    early, late = trial.early[judged], trial.late[judged]
    by_taste = past.probabilities(past.shares(early))
    popular = np.repeat(np.array(past.popularity)[None, :], len(early), axis=0)
    rows, verdict = [], "none"
    for key, bought in (("new", early), ("all", None)):
        ours, possible = hits(by_taste, late, TOP, bought=bought)
        theirs, _ = hits(popular, late, TOP, bought=bought)
        customers = int((possible > 0).sum())
        known = customers >= context.min_cell
        span = ratio_interval(ours - theirs, possible, trial.seed, "tastes", key) if known else None
        if key == "new" and span is not None:
            verdict = "better" if span.low > 0 else "worse" if span.high < 0 else "same"
        whole = max(possible.sum(), 1.0)
        values = (ours.sum() / whole, theirs.sum() / whole)
        rows.append(
            (
                Cell(
                    text=voice.say(f"bases.tastes.judged_{key}"),
                    small=voice.count(customers) if known else "",
                ),
                *(Cell(text=voice.percent(each, 1) if known else "–") for each in values),
                Cell(
                    text=_points(voice, values[0] - values[1]) if known else "–",
                    small=f"{_points(voice, span.low)} … {_points(voice, span.high)}" if span else "",
                ),
            )
        )
    return Table(
        columns=_columns(voice, "purchases", "by_taste", "popular", "difference"),
        rows=tuple(rows),
        title=voice.say(f"bases.tastes.prediction_{verdict}"),
        subtitle=period,
        note=voice.say("bases.tastes.prediction_note", top=voice.number_word(TOP)),
    )


def _points(voice: Voice, share: float) -> str:
    sign = "+" if share > 0 else ""
    return f"{sign}{voice.number(100 * share, 1)}"


def _cold_start(learned: Learned, trial: Trial, context: Context) -> tuple[AnyBlock, ...]:
    """Say how often the first purchases alone give the taste that all later ones give."""
    voice = context.voice
    later = trial.every - trial.first
    judged = later.sum(axis=1) > 0
    if int(judged.sum()) < context.min_cell:
        return ()
    soon = learned.tastes.shares(trial.first[judged]).argmax(axis=1)
    known = learned.tastes.shares(later[judged]).argmax(axis=1)
    same, n = int((soon == known).sum()), int(judged.sum())
    guessed = np.bincount(known).max() / n
    span = wilson(same, n)
    told = voice.say(
        "bases.tastes.cold_start",
        n,
        share=voice.percent(same / n),
        interval=voice.interval(*span, "share"),
        chance=voice.percent(guessed),
    )
    return (Paragraph(content=spans(told)),)


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
