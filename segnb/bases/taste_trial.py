"""Whether tastes are worth having: what they foretell of purchases held out, and how soon they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from segnb.bases.definition import Context
from segnb.clustering.taste_number import Tried, by_likeness, hits
from segnb.clustering.tastes import Counts, Tastes, weighed
from segnb.document.blocks import AnyBlock, Cell, Column, Table
from segnb.intervals import Interval, ratio_interval, wilson
from segnb.words import Voice

TOP = 5
"""Items that are recommended to each customer when tastes are judged."""
SURE = 0.5
"""Probability from which a new customer's likeliest taste is named; below it is too early to say."""


@dataclass(frozen=True)
class Trial:
    """The purchases that judge the tastes, and what was learned on the way.

    ``every`` are all purchases of each customer, ``first`` the first few things, ``begun`` those of the first
    few orders. ``past`` are the tastes learned without the purchases held out (``late``) of customers who had
    some before (``early``).
    """

    every: Counts
    first: Counts
    begun: Counts
    early: Counts
    late: Counts
    past: Tastes
    tried: tuple[Tried, ...]
    clear: float
    seed: int


def dominant(shares: Counts, clear: float) -> list[int]:
    """Return the place of the taste that reaches the share ``clear``, or the number of tastes."""
    largest = shares.argmax(axis=1)
    return [int(each) for each in np.where(shares.max(axis=1) >= clear, largest, shares.shape[1])]


def columns(voice: Voice, *keys: str) -> tuple[Column, ...]:
    """Return the columns of a table of tastes; the first names the row."""
    first, *more = (voice.say(f"bases.tastes.column.{key}") for key in keys)
    return (Column(label=first, header=True), *(Column(label=each) for each in more))


def prediction(trial: Trial, period: str, context: Context) -> Table:
    """Compare recommendations by taste with the most popular items, on each customer's last orders."""
    voice, past = context.voice, trial.past
    judged = trial.late.sum(axis=1) > 0
    early, late = trial.early[judged], trial.late[judged]
    by_taste = past.scores(past.shares(early))
    popular = np.repeat(np.array(past.reach)[None, :], len(early), axis=0)
    single = by_likeness(trial.early)[judged]
    rows, verdict = [], "none"
    for key, bought in (("new", early), ("all", None)):
        ours, possible = hits(by_taste, late, TOP, bought=bought)
        theirs, _ = hits(popular, late, TOP, bought=bought)
        likest, _ = hits(single, late, TOP, bought=bought)
        customers = int((possible > 0).sum())
        known = customers >= context.min_cell
        span = ratio_interval(ours - theirs, possible, trial.seed, "tastes", key) if known else None
        if key == "new" and span is not None:
            verdict = "better" if span.low > 0 else "worse" if span.high < 0 else "same"
        whole = max(possible.sum(), 1.0)
        values = [each.sum() / whole for each in (ours, theirs, likest)]
        rows.append(
            (
                Cell(
                    text=voice.say(f"bases.tastes.judged_{key}"),
                    small=voice.say("bases.tastes.of_customers", customers) if known else "",
                ),
                *(Cell(text=voice.percent(each, 1) if known else "–") for each in values[:2]),
                _gap(voice, values[0] - values[1], span) if known else Cell(text="–"),
                Cell(text=voice.percent(values[2], 1) if known else "–"),
            )
        )
    return Table(
        columns=columns(voice, "purchases", "by_taste", "popular", "difference", "by_item"),
        rows=tuple(rows),
        title=voice.say(f"bases.tastes.prediction_{verdict}"),
        subtitle=period,
        note=voice.say("bases.tastes.prediction_note", top=voice.number_word(TOP)),
    )


def cold_start(tastes: Tastes, trial: Trial, period: str, context: Context) -> tuple[AnyBlock, ...]:
    """Say of how many customers the first purchases tell the group that all later ones give.

    A taste is named where its probability is ``SURE`` or more; the guess is the largest group among those who
    are named.
    """
    voice = context.voice
    rows, better = [], False
    for key, soon in (("things", trial.first), ("orders", trial.begun)):
        later = trial.every - soon
        judged = (later.sum(axis=1) > 0) & (soon.sum(axis=1) > 0)
        n = int(judged.sum())
        if n < 2 * context.min_cell:
            return ()
        halves = np.random.default_rng([trial.seed, 3]).permutation(n) % 2
        mixtures = tastes.shares(later[judged])
        group = np.array(dominant(mixtures, trial.clear))
        chances = memberships(tastes, soon[judged], mixtures, group, halves)[:, :-1]
        right = chances.argmax(axis=1) == group
        sure = calibrated(chances.max(axis=1), right, halves)
        named = sure >= SURE
        told = int(named.sum())
        values = [
            Cell(text=voice.say(f"bases.tastes.known_{key}"), small=voice.say("bases.tastes.of_customers", n))
        ]
        if told < context.min_cell:
            values += [Cell(text=f"< {context.min_cell}"), *[Cell(text="–")] * 4]
        else:
            guess = group == np.bincount(group[named]).argmax()
            gain = (right.astype(np.float64) - guess)[named]
            span = ratio_interval(gain, np.ones(told), trial.seed, "cold", key)
            better = better or (span is not None and span.low > 0)
            hit = int(right[named].sum())
            values += [
                Cell(
                    text=voice.percent(told / n),
                    small=voice.say("bases.tastes.open", share=voice.percent(1 - told / n)),
                ),
                Cell(text=voice.percent(sure[named].mean())),
                Cell(text=voice.percent(hit / told), small=voice.interval(*wilson(hit, told), "share")),
                Cell(text=voice.percent(guess[named].mean())),
                _gap(voice, float(gain.mean()), span),
            ]
        rows.append(tuple(values))
    return (
        Table(
            columns=columns(voice, "known", "named", "probability", "right", "guess", "difference"),
            rows=tuple(rows),
            title=voice.say(f"bases.tastes.cold_{'better' if better else 'same'}"),
            subtitle=period,
            note=voice.say("bases.tastes.cold_note", share=voice.percent(SURE)),
        ),
    )


def memberships(
    tastes: Tastes, soon: Counts, mixtures: Counts, group: NDArray[np.int_], halves: NDArray[np.int_]
) -> Counts:
    """Return the probability of each group given the first purchases, learned from the other half.

    Bayes' rule: before anything is bought a group is as likely as it is large, and each purchase is drawn
    from the items as its customers' average mixture makes them likely. Purchases are damped as everywhere
    (`segnb.clustering.tastes.weighed`).

    Parameters
    ----------
    soon
        First purchases, shape (customers, items).
    mixtures, group
        Each customer's later mixture of tastes and group: the place of a taste, or the number of tastes for
        who is of none.
    halves
        0 or 1 for each customer.

    Returns
    -------
    array
        Shape (customers, tastes + 1), the last column for those of none; rows add up to 1.
    """
    chances = np.zeros((len(soon), tastes.n_tastes + 1))
    for half in (0, 1):
        here = halves == half
        members = np.eye(chances.shape[1])[group[~here]]
        # Everyone on average is in each group once more, so that no group is empty.
        size = members.sum(axis=0) + 1
        average = (members.T @ mixtures[~here] + mixtures[~here].mean(axis=0)) / size[:, None]
        told = weighed(soon[here]) @ np.log(tastes.probabilities(average)).T
        chances[here] = softmax(np.log(size) + told, axis=1)
    return chances


def calibrated(
    chances: NDArray[np.float64], right: NDArray[np.bool_], halves: NDArray[np.int_]
) -> NDArray[np.float64]:
    """Return how often such a chance was right in the other half, rising with it."""
    from sklearn.isotonic import IsotonicRegression  # slow to import: a list of all bases does without

    found, given = np.zeros(len(chances)), np.round(chances, 9)
    for half in (0, 1):
        here = halves == half
        rise = IsotonicRegression(out_of_bounds="clip").fit(given[~here], right[~here])
        found[here] = np.round(rise.predict(given[here]), 9)
    return found


def _gap(voice: Voice, share: float, span: Interval | None) -> Cell:
    small = f"{_points(voice, span.low)} … {_points(voice, span.high)}" if span else ""
    return Cell(text=_points(voice, share), small=small)


def _points(voice: Voice, share: float) -> str:
    sign = "+" if share > 0 else ""
    return f"{sign}{voice.number(100 * share, 1)}"
