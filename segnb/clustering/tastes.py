"""Tastes: what is bought together, as a non-negative factorisation of customers by items.

A taste is a distribution over items, and a customer a mixture of tastes: probabilistic latent semantic
analysis (Hofmann 1999, SIGIR), which is non-negative factorisation under the Kullback-Leibler loss (Gaussier
& Goutte 2005, SIGIR). Two things keep heavy buyers from deciding: counts are damped by log(1 + n), and each
customer's row adds up to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, JsonValue, TypeAdapter
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from segnb.clustering.rules import Matrix, Vector, matrix, vector
from segnb.transform import significant

Counts = NDArray[np.float64]
"""Purchases, shape (customers, items)."""

MOST, TRIED_ON = 20_000, 1_500
"""Customers that tastes are learned on, and numbers of tastes are tried on, at most; drawn by seed."""
STARTS = 4
HELD = 2.0
"""How many (damped) purchases the average mixture weighs in everyone's: few purchases move it little."""
SMOOTH = 0.05
"""Share of bare popularity in the predicted probabilities, so that none of them is zero."""
STABLE = 0.75
"""Likeness of the tastes of two halves of the customers from which a number of tastes may be chosen."""
_TRYING, _STEPS, _SETTLED, _CHUNK = 25, 150, 1e-7, 10_000
_TINY = 1e-12


@dataclass(frozen=True)
class Tastes:
    """Tastes of plain numbers: fold in any customer's purchases and get shares that add up to 1.

    ``loadings`` is the distribution of each taste over the items, shape (tastes, items); ``popularity`` that
    of all customers together, and ``average`` their mixture.
    """

    items: tuple[str, ...]
    popularity: Vector
    loadings: Matrix
    average: Vector

    @property
    def n_tastes(self) -> int:
        """Number of tastes."""
        return len(self.loadings)

    def shares(self, counts: Counts) -> Counts:
        """Return how far each customer is of each taste, shape (customers, tastes); rows add up to 1.

        Folding in (Hofmann 1999, section 3): the loadings stay, and the mixture is the one that makes the
        purchases most likely, with ``HELD`` purchases of the average mixture added. That has one maximum,
        so the result depends on the purchases alone.
        """
        with threadpool_limits(1):
            parts = [self._folded(counts[at : at + _CHUNK]) for at in range(0, len(counts), _CHUNK)]
        return np.vstack(parts) if parts else np.zeros((0, self.n_tastes))

    def probabilities(self, shares: Counts) -> Counts:
        """Return how likely each item is a customer's next purchase, shape (customers, items)."""
        told: Counts = (1 - SMOOTH) * shares @ np.array(self.loadings) + SMOOTH * np.array(self.popularity)
        return told

    def model(self) -> dict[str, JsonValue]:
        """Return the tastes as plain JSON."""
        described: dict[str, JsonValue] = _JSON.dump_python(self, mode="json")
        return described

    def _folded(self, counts: Counts) -> Counts:
        loadings, average = np.array(self.loadings), np.array(self.average)
        damped = np.log1p(counts)
        shares = np.repeat(average[None, :], len(counts), axis=0)
        for _ in range(_STEPS):
            expected = np.maximum(shares @ loadings, _TINY)
            new = HELD * average + shares * ((damped / expected) @ loadings.T)
            new /= new.sum(axis=1, keepdims=True)
            moved = np.abs(new - shares).max(initial=0.0)
            shares = new
            if moved < _SETTLED:
                break
        # Six decimals are settled whatever the order of sums.
        rounded = np.round(shares, 6)
        return np.asarray(rounded / rounded.sum(axis=1, keepdims=True))


_JSON = TypeAdapter(Tastes)


def read_tastes(described: JsonValue) -> Tastes:
    """Return the tastes that plain JSON describes."""
    return _JSON.validate_python(described)


@dataclass(frozen=True)
class Tried:
    """One number of tastes: how likely it makes purchases held out, and how alike two halves' tastes are.

    ``gain`` is the mean over customers of the log-likelihood of a purchase held out, less that under bare
    popularity; ``error`` is its standard error. ``likeness`` is the mean cosine between the tastes of
    two random halves of the customers, matched one to one.
    """

    n_tastes: int
    gain: FiniteFloat
    error: FiniteFloat
    likeness: FiniteFloat


def learn_tastes(counts: Counts, items: tuple[str, ...], n_tastes: int, *, seed: int) -> Tastes:
    """Learn tastes from purchases, the largest first.

    Parameters
    ----------
    counts
        Purchases, shape (customers, items); every item bought by someone, every customer with a purchase.
    """
    rows = damped(counts[_drawn(len(counts), MOST, seed)])
    rows = rows[rows.sum(axis=1) > 0]
    # Sorted by their values, so that neither ids nor their order decide anything.
    rows = rows[np.lexsort(rows.T[::-1])]
    popularity = rows.mean(axis=0)
    with threadpool_limits(1):
        starts = []
        for start in range(STARTS):
            noise = np.random.default_rng([seed, n_tastes, start]).exponential(size=(n_tastes, len(items)))
            mixtures = np.full((len(rows), n_tastes), 1 / n_tastes)
            starts.append(_factors(rows, mixtures, _distributions(popularity * noise), _TRYING))
        best = min(starts, key=lambda each: round(_loss(rows, *each), 9))
        mixtures, loadings = _factors(rows, *best, _STEPS)
    sizes = mixtures.mean(axis=0)
    order = np.argsort(-np.round(sizes, 9), kind="stable")
    return Tastes(items, vector(popularity), matrix(loadings[order]), vector(sizes[order]))


def damped(counts: Counts) -> Counts:
    """Return each customer's purchases as shares of log(1 + n); zeros for who bought nothing."""
    logged = np.log1p(counts)
    return np.asarray(logged / np.maximum(logged.sum(axis=1, keepdims=True), _TINY))


def _factors(rows: Counts, mixtures: Counts, loadings: Counts, steps: int) -> tuple[Counts, Counts]:
    """Return both factors after so many multiplicative updates (Lee & Seung 2001, NIPS, theorem 2)."""
    for _ in range(steps):
        ratio = rows / np.maximum(mixtures @ loadings, _TINY)
        new = mixtures * (ratio @ loadings.T)
        loadings = _distributions(loadings * (mixtures.T @ ratio))
        mixtures = _distributions(new)
    return mixtures, loadings


def _distributions(values: Counts) -> Counts:
    raised = np.maximum(values, _TINY)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _loss(rows: Counts, mixtures: Counts, loadings: Counts) -> float:
    """Return the Kullback-Leibler loss, less what does not depend on the factors."""
    return float(-(rows * np.log(np.maximum(mixtures @ loadings, _TINY))).sum() / len(rows))


def try_numbers(early: Counts, late: Counts, most: int, *, seed: int) -> tuple[Tried, ...]:
    """Return for each number of tastes from 2 to ``most`` how well it predicts purchases held out.

    Parameters
    ----------
    early, late
        Purchases to learn from, and those held out; shape (customers, items).
    """
    items = tuple(map(str, range(early.shape[1])))
    drawn = _drawn(len(early), TRIED_ON, seed)
    early, late = early[drawn], late[drawn]
    judged = late.sum(axis=1) > 0
    held = damped(late[judged])
    halves = np.random.default_rng([seed, 1]).permutation(len(early)) % 2
    tried = []
    for number in range(2, most + 1):
        tastes = learn_tastes(early, items, number, seed=seed)
        told = tastes.probabilities(tastes.shares(early[judged]))
        usual = np.maximum(np.array(tastes.popularity), _TINY)
        gains = (held * np.log(np.maximum(told, _TINY) / usual)).sum(axis=1)
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
        one, other = (learn_tastes(early[halves == half], items, number, seed=seed) for half in (0, 1))
        numbers = significant([gains.mean() if len(gains) else 0.0, error, likeness(one, other)]).tolist()
        tried.append(Tried(number, *numbers))
    return tuple(tried)


def chosen_number(tried: tuple[Tried, ...]) -> int:
    """Return the fewest tastes whose gain lies within one standard error of the best.

    Only numbers whose tastes come back in both halves of the customers count, where there are any.
    """
    firm = [each for each in tried if each.likeness >= STABLE] or list(tried)
    best = max(firm, key=lambda each: each.gain)
    return next(each.n_tastes for each in firm if each.gain >= best.gain - best.error)


def likeness(one: Tastes, other: Tastes) -> float:
    """Return the mean cosine between two sets of tastes, matched so that it is largest."""
    mine, yours = (
        np.array(each.loadings) / np.linalg.norm(each.loadings, axis=1, keepdims=True)
        for each in (one, other)
    )
    cosines = mine @ yours.T
    rows, columns = linear_sum_assignment(-cosines)
    return float(cosines[rows, columns].mean())


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


def _drawn(n: int, most: int, seed: int) -> NDArray[np.intp]:
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 0]).choice(n, most, replace=False))
