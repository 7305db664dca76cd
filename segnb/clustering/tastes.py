"""Tastes: what is bought together, and each customer's mixture of them.

A taste is a distribution over items, and a customer a mixture of tastes: latent Dirichlet allocation (Blei,
Ng & Jordan 2003, J. Mach. Learn. Res. 3:993-1022), learned by variational Bayes. Without its prior it is
non-negative factorisation under the Kullback-Leibler loss (Gaussier & Goutte 2005, SIGIR), whose tastes are
not determined: wider ones explain the purchases as well, and with them every customer is a mixture. The
prior, sparse, takes the tastes for which most customers are of few. Two things keep heavy buyers from
deciding: counts are damped by log(1 + n), and nobody counts for more than ``MOST_WEIGHT`` purchases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, JsonValue, TypeAdapter
from scipy.optimize import linear_sum_assignment
from scipy.special import digamma, gammaln
from threadpoolctl import threadpool_limits

from segnb.clustering.rules import Matrix, Vector, matrix, vector
from segnb.transform import significant

Counts = NDArray[np.float64]
"""Purchases, shape (customers, items)."""

MOST, TRIED_ON = 20_000, 1_500
"""Customers that tastes are learned on, and numbers of tastes are tried on, at most; drawn by seed."""
STARTS = 3
MOST_WEIGHT = 40.0
"""How many (damped) purchases of one customer count at most."""
SPARSE = 0.1
"""Weight of each taste in the prior while they are learned: the smaller, the fewer tastes a customer has."""
HELD = 1.0
"""How many (damped) purchases the average mixture weighs in everyone's: few purchases move it little."""
SPREAD = 0.05
"""How many (damped) purchases each taste has of each item beforehand, by popularity."""
SHRUNK = 20.0
"""How many average customers are added to those of a taste, so that rates of few say little."""
SMOOTH = 0.05
"""Share of bare popularity in the predicted probabilities, so that none of them is zero."""
STABLE = 0.75
"""Likeness of the tastes of two halves of the customers from which a number of tastes may be chosen."""
SLACK = 0.1
"""Share of the best gain that fewer tastes may lack and still be chosen: more of them are harder to read."""
LEAST = 0.05
"""Share of the customers who are mostly of the rarest taste from which a number of tastes may be chosen."""
_TRYING, _STEPS, _SETTLED, _CHUNK = 25, 80, 1e-6, 10_000
_TINY = 1e-12


@dataclass(frozen=True)
class Tastes:
    """Tastes of plain numbers: fold in any customer's purchases and get shares that add up to 1.

    ``loadings`` is the distribution of each taste over the items, shape (tastes, items); ``popularity`` that
    of all customers together, and ``average`` their mixture. ``rates`` is how many of a taste's customers
    buy each item, as a share, and ``reach`` how many of all.
    """

    items: tuple[str, ...]
    popularity: Vector
    loadings: Matrix
    average: Vector
    rates: Matrix
    reach: Vector

    @property
    def n_tastes(self) -> int:
        """Number of tastes."""
        return len(self.loadings)

    def shares(self, counts: Counts) -> Counts:
        """Return how far each customer is of each taste, shape (customers, tastes); rows add up to 1.

        Blei et al. (2003), equations 6 and 7: the loadings stay, and the prior is the average mixture,
        ``HELD`` purchases strong. It starts from the average, so the result depends on the purchases alone.
        """
        with threadpool_limits(1):
            parts = [self._folded(counts[at : at + _CHUNK]) for at in range(0, len(counts), _CHUNK)]
        return np.vstack(parts) if parts else np.zeros((0, self.n_tastes))

    def probabilities(self, shares: Counts) -> Counts:
        """Return how likely each item is a customer's next purchase, shape (customers, items)."""
        told: Counts = (1 - SMOOTH) * shares @ np.array(self.loadings) + SMOOTH * np.array(self.popularity)
        return told

    def scores(self, shares: Counts) -> Counts:
        """Return how likely each customer is one of those who buy each item, shape (customers, items).

        The rates of the tastes, by the customer's mixture: with one taste these are the bestsellers.
        """
        told: Counts = shares @ np.array(self.rates)
        return told

    def model(self) -> dict[str, JsonValue]:
        """Return the tastes as plain JSON."""
        described: dict[str, JsonValue] = _JSON.dump_python(self, mode="json")
        return described

    def _folded(self, counts: Counts) -> Counts:
        shares = _mixtures(weighed(counts), np.array(self.loadings), HELD * np.array(self.average))
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
    two random halves of the customers, matched one to one. ``rarest`` is the share of the customers who are
    mostly of the rarest taste.
    """

    n_tastes: int
    gain: FiniteFloat
    error: FiniteFloat
    likeness: FiniteFloat
    rarest: FiniteFloat


def learn_tastes(counts: Counts, items: tuple[str, ...], n_tastes: int, *, seed: int) -> Tastes:
    """Learn tastes from purchases, the largest first.

    Parameters
    ----------
    counts
        Purchases, shape (customers, items); every item bought by someone, every customer with a purchase.
    """
    drawn = counts[_drawn(len(counts), MOST, seed)]
    drawn = drawn[drawn.sum(axis=1) > 0]
    # Sorted by their values, so that neither ids nor their order decide anything.
    drawn = drawn[np.lexsort(drawn.T[::-1])]
    rows, popularity = weighed(drawn), damped(drawn).mean(axis=0)
    with threadpool_limits(1):
        starts = []
        for start in range(STARTS):
            noise = np.random.default_rng([seed, n_tastes, start]).exponential(size=(n_tastes, len(items)))
            evenly = np.repeat(SPARSE + rows.sum(axis=1, keepdims=True) / n_tastes, n_tastes, axis=1)
            starts.append(_learned(rows, evenly, _distributions(popularity * noise), popularity, _TRYING))
        best = max(starts, key=lambda each: round(_bound(rows, *each), 6))
        weights, loadings = _learned(rows, *best, popularity, _STEPS)
        sizes = _distributions(weights).mean(axis=0)
        order = np.argsort(-np.round(sizes, 9), kind="stable")
        loadings, sizes = loadings[order], sizes[order]
        shares = _mixtures(rows, loadings, HELD * sizes)
        bought = (drawn > 0).astype(np.float64)
        reach = bought.mean(axis=0)
        rates = (shares.T @ bought + SHRUNK * reach) / (shares.sum(axis=0)[:, None] + SHRUNK)
    return Tastes(items, vector(popularity), matrix(loadings), vector(sizes), matrix(rates), vector(reach))


def damped(counts: Counts) -> Counts:
    """Return each customer's purchases as shares of log(1 + n); zeros for who bought nothing."""
    logged = np.log1p(counts)
    return np.asarray(logged / np.maximum(logged.sum(axis=1, keepdims=True), _TINY))


def weighed(counts: Counts) -> Counts:
    """Return each customer's purchases as log(1 + n), shrunk to ``MOST_WEIGHT`` where they are more."""
    logged = np.log1p(counts)
    total = np.maximum(logged.sum(axis=1, keepdims=True), MOST_WEIGHT)
    return np.asarray(logged * (MOST_WEIGHT / total))


def _learned(
    rows: Counts, weights: Counts, loadings: Counts, popularity: Counts, steps: int
) -> tuple[Counts, Counts]:
    """Return the weights of each customer's tastes and the tastes after so many steps of variational EM.

    Blei et al. (2003), equations 6 to 9; ``SPREAD`` smooths the tastes by popularity.
    """
    spread = SPREAD * len(popularity) * popularity
    for _ in range(steps):
        likely = _expected(weights)
        ratio = rows / np.maximum(likely @ loadings, _TINY)
        weights = SPARSE + likely * (ratio @ loadings.T)
        loadings = _distributions(loadings * (likely.T @ ratio) + spread)
    return weights, loadings


def _mixtures(rows: Counts, loadings: Counts, prior: Counts) -> Counts:
    """Return each customer's mixture where tastes and prior stand."""
    shares = np.repeat(prior[None, :] / prior.sum(), len(rows), axis=0)
    # The weights always add up to those of the prior and of the purchases.
    total = prior.sum() + rows.sum(axis=1, keepdims=True)
    for _ in range(_STEPS):
        likely = _expected(shares * total)
        new = _distributions(prior + likely * ((rows / np.maximum(likely @ loadings, _TINY)) @ loadings.T))
        moved = np.abs(new - shares).max(initial=0.0)
        shares = new
        if moved < _SETTLED:
            break
    return shares


def _expected(weights: Counts) -> Counts:
    """Return exp of the expected logarithm of Dirichlet shares."""
    return np.asarray(np.exp(digamma(weights) - digamma(weights.sum(axis=1, keepdims=True))))


def _distributions(values: Counts) -> Counts:
    raised = np.maximum(values, _TINY)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _bound(rows: Counts, weights: Counts, loadings: Counts) -> float:
    """Return the lower bound of the log-likelihood (Blei et al. 2003, equation 15), but for constants."""
    logs = digamma(weights) - digamma(weights.sum(axis=1, keepdims=True))
    told = (rows * np.log(np.maximum(np.exp(logs) @ loadings, _TINY))).sum()
    prior = ((SPARSE - weights) * logs + gammaln(weights)).sum() - gammaln(weights.sum(axis=1)).sum()
    return float((told + prior) / len(rows))


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
    drawn = _drawn(len(early), TRIED_ON, seed)
    early, late = early[drawn], late[drawn]
    judged = late.sum(axis=1) > 0
    held = damped(late[judged])
    halves = np.random.default_rng([seed, 1]).permutation(len(early)) % 2
    tried = []
    for number in range(2, most + 1):
        tastes = learn_tastes(early, items, number, seed=seed)
        shares = tastes.shares(early)
        told = tastes.probabilities(shares[judged])
        usual = np.maximum(np.array(tastes.popularity), _TINY)
        gains = (held * np.log(np.maximum(told, _TINY) / usual)).sum(axis=1)
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


def _drawn(n: int, most: int, seed: int) -> NDArray[np.intp]:
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 0]).choice(n, most, replace=False))
