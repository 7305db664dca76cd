"""Customers whose true mean, rate or ratio is known, for measuring how often intervals cover it."""

import cdnow
import numpy as np
from scipy.stats import binom

from segnb.intervals import ratio_interval, wilson


def spend(sigma, zero=0.0):
    """Return lognormal spend of which a share is nothing, and its true mean."""

    def draw(rng, n):
        return rng.lognormal(0, sigma, n) * (rng.random(n) >= zero), np.ones(n)

    return draw, (1 - zero) * np.exp(sigma**2 / 2)


def power_law(index):
    """Return spend of at least 1 whose tail falls as a power (Pareto), and its true mean."""
    return (lambda rng, n: (1 + rng.pareto(index, n), np.ones(n))), index / (index - 1)


def mixture(share, many, few):
    """Return amounts of which a share are lognormal as the few are, the rest as the many, and the true mean.

    Each is a median and a sigma.
    """

    def draw(rng, n):
        rare = rng.random(n) < share
        medians, sigmas = (np.where(rare, *pair) for pair in zip(few, many, strict=True))
        return medians * rng.lognormal(0, sigmas, n), np.ones(n)

    (median, sigma), (rare, wide) = many, few
    return draw, (1 - share) * median * np.exp(sigma**2 / 2) + share * rare * np.exp(wide**2 / 2)


def gamma(shape):
    """Return gamma amounts, many of which are next to nothing, and their true mean."""
    return (lambda rng, n: (rng.gamma(shape, 1, n), np.ones(n))), shape


def weibull():
    """Return Weibull amounts of shape 1/2, the squares of exponential ones, and their true mean."""
    return (lambda rng, n: (rng.exponential(1, n) ** 2, np.ones(n))), 2.0


def prices(each, shares):
    """Return what customers pay of whom so many have each price, and the mean."""
    return (lambda rng, n: (rng.choice(each, n, p=shares), np.ones(n))), float(np.dot(each, shares))


def gains_and_losses(sigma=1.0, losing=0.3):
    """Return lognormal amounts of which a share are losses, and their true mean."""

    def draw(rng, n):
        return rng.lognormal(0, sigma, n) * np.where(rng.random(n) < losing, -1, 1), np.ones(n)

    return draw, (1 - 2 * losing) * np.exp(sigma**2 / 2)


def orders():
    """Return counts of a negative binomial of mean 4 (a Poisson with gamma rates), and the mean."""
    return (lambda rng, n: (1.0 * rng.poisson(rng.gamma(0.8, 5, n)), np.ones(n))), 4.0


def order_value(sigma=0.7):
    """Return spend and orders, whose ratio is the mean order value."""

    def draw(rng, n):
        count = 1.0 * rng.poisson(rng.gamma(0.8, 5, n))
        return count * rng.lognormal(0, sigma, n), count

    return draw, np.exp(sigma**2 / 2)


def share_of_whole(sigma=1.0, share=0.3):
    """Return the spend of a segment of 30 % of all customers and that of all, who spend alike."""

    def draw(rng, n):
        amounts = rng.lognormal(0, sigma, n)
        return amounts * (rng.random(n) < share), amounts

    return draw, share


def promoters(weighted=False):
    """Return net promoters of 50 %, 30 % and 20 %, with survey weights or without: a score of .3."""

    def draw(rng, n):
        weights = rng.lognormal(0, 0.5, n) if weighted else np.ones(n)
        return weights * rng.choice([1.0, 0.0, -1.0], n, p=[0.5, 0.3, 0.2]), weights

    return draw, 0.3


def real_spend():
    """Return the spend of customers drawn from CDNOW's, who are taken for everyone, and its mean."""
    amounts = cdnow.transactions().groupby("customer_id")["amount"].sum().to_numpy()
    return (lambda rng, n: (rng.choice(amounts, n), np.ones(n))), amounts.mean()


REGIMES = {
    "spend, sigma 0.5": (spend(0.5), (40, 100, 300)),
    "spend, sigma 1": (spend(1), (40, 60, 100, 300)),
    "spend, sigma 1, half nothing": (spend(1, 0.5), (40, 60, 100, 300)),
    "spend, sigma 1, four fifths nothing": (spend(1, 0.8), (60, 100, 300)),
    "spend, sigma 1.5": (spend(1.5), (40, 50, 100, 300, 600)),
    "spend, sigma 1.5, half nothing": (spend(1.5, 0.5), (60, 100, 600)),
    "spend, sigma 2": (spend(2), (40, 60, 100, 300)),
    "spend, sigma 2, half nothing": (spend(2, 0.5), (60, 100, 300)),
    "spend, sigma 2.5": (spend(2.5), (40, 60, 100, 300)),
    "spend, sigma 3": (spend(3), (40, 60, 100, 300)),
    "spend, Pareto of index 2.2": (power_law(2.2), (40, 60, 100, 300)),
    "spend, Pareto of index 3": (power_law(3), (40, 100, 300)),
    "spend, gamma of shape 0.5": (gamma(0.5), (40, 60, 100, 300)),
    "spend, Weibull of shape 0.5": (weibull(), (40, 100, 300)),
    "spend, a fifth seven times as large": (mixture(0.2, (1, 0.6), (7, 0.6)), (40, 100, 300)),
    "three prices, 10, 20 and 50": (prices((10, 20, 50), (0.6, 0.3, 0.1)), (40, 100, 300)),
    "three prices, 9, 29 and 99": (prices((9, 29, 99), (0.8, 0.15, 0.05)), (40, 100, 300)),
    "spend of CDNOW’s customers": (real_spend(), (40, 60, 100, 300)),
    "orders, negative binomial": (orders(), (40, 60, 100, 300)),
    "average order": (order_value(), (40, 60, 100, 300)),
    "share of revenue, 30 % of customers": (share_of_whole(), (60, 100, 300)),
    "net promoters": (promoters(), (40, 100, 300)),
    "net promoters, weighted": (promoters(weighted=True), (40, 100, 300)),
}

UNSEEN = {
    "spend, one in fifty twenty times as large": (mixture(0.02, (1, 0.7), (20, 0.7)), (40, 100, 300)),
    "spend, Pareto of index 1.5": (power_law(1.5), (40, 100, 300)),
    "gains, three in ten losses": (gains_and_losses(), (40, 100, 300)),
}
"""Kinds of which samples do not show what their mean depends on; no interval of theirs is promised."""


def covered(name, n, sets, first=0):
    """Return how many of the sets have an interval, and how many of these cover the truth."""
    (draw, truth), _ = (REGIMES | UNSEEN)[name]
    given = right = 0
    for number in range(first, first + sets):
        parts, wholes = draw(np.random.default_rng([sum(name.encode()), n, number]), n)
        found = ratio_interval(parts, wholes, number, name)
        if found is not None:
            given += 1
            right += found.low <= truth <= found.high
    return given, right


def rates_covered(n, expected, steps=2000):
    """Return the least chance that Wilson's interval covers a rate, exactly, and that rate.

    Tried are rates of which ``expected`` or more yes and as many no are expected among n customers.
    """
    ends = np.array([wilson(hits, n) for hits in range(n + 1)])
    rates = np.linspace(expected / n, 0.5, steps)
    inside = (ends[:, :1] <= rates) & (rates <= ends[:, 1:])
    chances = (binom.pmf(np.arange(n + 1)[:, None], n, rates) * inside).sum(axis=0)
    return chances.min(), rates[chances.argmin()]
