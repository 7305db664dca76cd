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


def clayton(random):
    """Return two pairs of columns that are close in their lower tails only (Clayton's copula, theta 2)."""
    frailty = random.gamma(0.5, 1, (CUSTOMERS, 1))
    return (1 + random.exponential(1, (CUSTOMERS, COLUMNS)) / frailty) ** -0.5


def banana(random):
    """Return a bent cloud: one column follows another's square."""
    values = gaussian(random)
    values[:, 1] += 0.7 * values[:, 0] ** 2
    return values


def parallelogram(random):
    """Return a sheared uniform box."""
    shear = np.eye(COLUMNS) + np.triu(np.full((COLUMNS, COLUMNS), 0.8), 1)
    return random.random((CUSTOMERS, COLUMNS)) @ shear


def two_humped(random):
    """Return unrelated columns that have two humps each: gaps that single columns explain."""
    humps = 4 * (random.random((CUSTOMERS, COLUMNS)) < (0.5, 0.3, 0.7, 0.0))
    return humps + random.standard_normal((CUSTOMERS, COLUMNS))


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
    "unrelated columns with two humps": two_humped,
    "Clayton's copula": clayton,
    "bent cloud": banana,
    "uniform parallelogram": parallelogram,
}


BLOBS = {"2 blobs": 2, "3 blobs": 3, "5 blobs": 5}


def blobs(random, number):
    """Return equal round groups whose nearest centres lie ``SEPARATION`` apart, and each row's group.

    There are 1,000 to 2,500 rows and 2 to 10 columns.
    """
    size, columns = int(random.integers(1000, 2501)), int(random.integers(2, 11))
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


def seeded(kind, seed):
    """Return the generator of a kind's seed: another stream for each kind."""
    return np.random.default_rng([seed, *kind.encode()])
