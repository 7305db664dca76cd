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
from pydantic import JsonValue, TypeAdapter
from scipy.special import digamma, gammaln
from threadpoolctl import threadpool_limits

from segnb.clustering.rules import Matrix, Vector, matrix, vector

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
_TRYING, _STEPS, _SETTLED, _CHUNK = 25, 80, 1e-6, 10_000
TINY = 1e-12


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


def learn_tastes(counts: Counts, items: tuple[str, ...], n_tastes: int, *, seed: int) -> Tastes:
    """Learn tastes from purchases, the largest first.

    Parameters
    ----------
    counts
        Purchases, shape (customers, items); every item bought by someone, every customer with a purchase.
    """
    drawn = counts[rows_drawn(len(counts), MOST, seed)]
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
    return np.asarray(logged / np.maximum(logged.sum(axis=1, keepdims=True), TINY))


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
        ratio = rows / np.maximum(likely @ loadings, TINY)
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
        new = _distributions(prior + likely * ((rows / np.maximum(likely @ loadings, TINY)) @ loadings.T))
        moved = np.abs(new - shares).max(initial=0.0)
        shares = new
        if moved < _SETTLED:
            break
    return shares


def _expected(weights: Counts) -> Counts:
    """Return exp of the expected logarithm of Dirichlet shares."""
    return np.asarray(np.exp(digamma(weights) - digamma(weights.sum(axis=1, keepdims=True))))


def _distributions(values: Counts) -> Counts:
    raised = np.maximum(values, TINY)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _bound(rows: Counts, weights: Counts, loadings: Counts) -> float:
    """Return the lower bound of the log-likelihood (Blei et al. 2003, equation 15), but for constants."""
    logs = digamma(weights) - digamma(weights.sum(axis=1, keepdims=True))
    told = (rows * np.log(np.maximum(np.exp(logs) @ loadings, TINY))).sum()
    prior = ((SPARSE - weights) * logs + gammaln(weights)).sum() - gammaln(weights.sum(axis=1)).sum()
    return float((told + prior) / len(rows))


def rows_drawn(n: int, most: int, seed: int) -> NDArray[np.intp]:
    """Return the places of at most so many rows, drawn by seed, in their order."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, 0]).choice(n, most, replace=False))
