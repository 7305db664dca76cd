"""How many tastes: each number by what it foretells, and by whether its tastes come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import FiniteFloat
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from segnb.clustering.tastes import TINY, TRIED_ON, Counts, Tastes, damped, learn_tastes, rows_drawn
from segnb.transform import significant

STABLE = 0.75
"""Likeness of the tastes of two halves of the customers from which a number of tastes may be chosen."""
SLACK = 0.1
"""Share of the best gain that fewer tastes may lack and still be chosen: more of them are harder to read."""
LEAST = 0.05
"""Share of the customers who are mostly of the rarest taste from which a number of tastes may be chosen."""


@dataclass(frozen=True)
class Tried:
    """One number of tastes: how likely it makes purchases held out, and how alike two halves' tastes are.

    ``gain`` is the mean over customers of the log-likelihood of a purchase held out, less that under bare
    popularity; ``error`` is its standard error. ``likeness`` is the mean cosine between the tastes of
    two random halves of the customers, matched one to one. ``rarest`` is the share of the customers who are
    mostly of the rarest taste.
    """

    n_tastes: int
    gain: FiniteFloat
    error: FiniteFloat
    likeness: FiniteFloat
    rarest: FiniteFloat


def try_numbers(
    early: Counts, late: Counts, most: int, *, seed: int, clear: float = 0.5
) -> tuple[Tried, ...]:
    """Return for each number of tastes from 2 to ``most`` how well it predicts purchases held out.

    Parameters
    ----------
    early, late
        Purchases to learn from, and those held out; shape (customers, items).
    clear
        The share of a taste in the mixture from which a customer is mostly of it.
    """
    items = tuple(map(str, range(early.shape[1])))
    drawn = rows_drawn(len(early), TRIED_ON, seed)
    early, late = early[drawn], late[drawn]
    judged = late.sum(axis=1) > 0
    held = damped(late[judged])
    halves = np.random.default_rng([seed, 1]).permutation(len(early)) % 2
    tried = []
    for number in range(2, most + 1):
        tastes = learn_tastes(early, items, number, seed=seed)
        shares = tastes.shares(early)
        told = tastes.probabilities(shares[judged])
        usual = np.maximum(np.array(tastes.popularity), TINY)
        gains = (held * np.log(np.maximum(told, TINY) / usual)).sum(axis=1)
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
        one, other = (learn_tastes(early[halves == half], items, number, seed=seed) for half in (0, 1))
        gain, rarest = gains.mean() if len(gains) else 0.0, (shares >= clear).mean(axis=0).min()
        numbers = significant([gain, error, likeness(one, other), rarest]).tolist()
        tried.append(Tried(number, *numbers))
    return tuple(tried)


def chosen_number(tried: tuple[Tried, ...]) -> int:
    """Return the fewest tastes whose gain lies within a standard error of the best, or within ``SLACK``.

    Only numbers count whose tastes come back in both halves of the customers, and each of which some
    customers are mostly of, where there are any.
    """
    firm = [each for each in tried if each.likeness >= STABLE and each.rarest >= LEAST] or list(tried)
    best = max(firm, key=lambda each: each.gain)
    enough = best.gain - max(best.error, SLACK * best.gain)
    return next(each.n_tastes for each in firm if each.gain >= enough)


def likeness(one: Tastes, other: Tastes) -> float:
    """Return the mean cosine between two sets of tastes, matched so that it is largest."""
    mine, yours = (
        np.array(each.loadings) / np.linalg.norm(each.loadings, axis=1, keepdims=True)
        for each in (one, other)
    )
    cosines = mine @ yours.T
    rows, columns = linear_sum_assignment(-cosines)
    return float(cosines[rows, columns].mean())


def by_likeness(counts: Counts) -> Counts:
    """Return scores of the items by their likeness to what each customer bought, which forms no groups.

    Each item is foretold from all others by ridge regression (Steck 2019, WWW, equation 8; as strong as
    there are customers). What it finds tells how much tastes could find at most.

    Parameters
    ----------
    counts
        Purchases, shape (customers, items); those that are scored are those it is learned on.
    """
    bought = (counts > 0).astype(np.float64)
    with threadpool_limits(1):
        inverse = np.linalg.inv(bought.T @ bought + len(bought) * np.eye(bought.shape[1]))
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        told: Counts = bought @ weights
    return told


def hits(scores: Counts, late: Counts, k: int, *, bought: Counts | None = None) -> tuple[Counts, Counts]:
    """Return for each customer how many of the items held out are among the ``k`` of highest score.

    Parameters
    ----------
    scores, late
        Scores of the items and purchases held out, shape (customers, items).
    bought
        Earlier purchases: these items are neither offered nor counted.

    Returns
    -------
    array, array
        The hits, and the most that could have been hit: the items held out, ``k`` at most.
    """
    offered, wanted = scores.copy(), late > 0
    if bought is not None:
        offered[bought > 0] = -np.inf
        wanted = wanted & (bought == 0)
    order = np.argsort(-np.round(offered, 9), axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(wanted, order, axis=1).sum(axis=1).astype(np.float64)
    return found, np.minimum(wanted.sum(axis=1), k).astype(np.float64)
