"""Tables of which it is known whether they hold separate groups: noise of many kinds, and round blobs."""

import numpy as np
from sklearn import datasets

CUSTOMERS, COLUMNS = 2500, 4
SEPARATION = 6.0
"""Distance of each blob's centre to its nearest neighbour, in standard deviations within a blob."""
APART_IN_TWO = 2.0
"""Two centres differ by this many standard deviations in two columns at least."""


def gaussian(random, correlation=0.0, size=CUSTOMERS, columns=COLUMNS):
    """Return normal columns whose correlation falls with their distance, as in an AR(1) series."""
    place = np.arange(columns)
    lower = np.linalg.cholesky(correlation ** np.abs(place[:, None] - place))
    return random.standard_normal((size, columns)) @ lower.T


def lognormal(random):
    """Return lognormal columns, each two correlated at .5 on the log scale."""
    shared, own = random.standard_normal((CUSTOMERS, 1)), random.standard_normal((CUSTOMERS, COLUMNS))
    return np.exp(np.sqrt(0.5) * (shared + own))


def rfm(random, size=CUSTOMERS):
    """Return recency, frequency and spend of one homogeneous clientele.

    Rates are gamma, customers leave after an exponential time, spend is gamma-gamma: so counts are tied,
    and those who bought once have a recency that is their age.
    """
    rate, life = random.gamma(1.2, 1 / 60, size), random.exponential(300, size)
    age = random.integers(275, 365, size)
    alive = np.minimum(age, life)
    repeats = random.poisson(rate * alive)
    last = np.where(repeats > 0, alive * random.random(size) ** (1 / np.maximum(repeats, 1)), 0)
    frequency = 1 + repeats
    spend = random.gamma(6 * frequency, 1 / random.gamma(4, 1 / 15, size))
    return np.column_stack((np.floor(age - last), frequency, np.round(spend, 2)))


def permuted(values):
    """Return a kind of noise: each of these columns shuffled by itself."""
    return lambda random: np.column_stack([random.permutation(column) for column in values.T])


def _wine():
    return datasets.load_wine().data


def _cancer():
    return datasets.load_breast_cancer().data[:, :10]


def _diabetes():
    return datasets.load_diabetes(scaled=False).data


NOISE = {
    "Gaussian": gaussian,
    "uniform": lambda random: random.random((CUSTOMERS, COLUMNS)),
    "correlated Gaussian (AR .7)": lambda random: gaussian(random, 0.7),
    "lognormal, correlated .5": lognormal,
    "simulated RFM": rfm,
    "shuffled wine (13 columns)": lambda random: permuted(_wine())(random),
    "shuffled breast cancer (10 columns)": lambda random: permuted(_cancer())(random),
    "shuffled diabetes (10 columns)": lambda random: permuted(_diabetes())(random),
}


def blobs(random, number, columns, size):
    """Return equal round groups whose nearest centres lie ``SEPARATION`` apart, and each row's group."""
    groups = random.integers(0, number, size)
    return _centres(random, number, columns)[groups] + random.standard_normal((size, columns)), groups


def _centres(random, number, columns):
    first, second = np.triu_indices(number, 1)
    while True:
        centres = random.standard_normal((number, columns))
        nearest = np.linalg.norm(centres[first] - centres[second], axis=1).min()
        centres *= SEPARATION / nearest
        differences = np.sort(np.abs(centres[first] - centres[second]), axis=1)
        if differences[:, -2].min() >= APART_IN_TWO:
            return centres


BLOBS = {
    f"{number} blobs, {size} x {columns}": (number, columns, size)
    for number in (2, 3, 5)
    for size, columns in ((1000, 2), (2500, 4), (2500, 10))
}


def seeded(kind, seed):
    """Return the generator of a kind's seed: another stream for each kind."""
    return np.random.default_rng([seed, *kind.encode()])
