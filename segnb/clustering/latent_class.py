"""Latent class analysis of unordered categories, by the EM algorithm."""

from __future__ import annotations

import numpy as np

from segnb.clustering.fit import draws
from segnb.clustering.methods import method
from segnb.clustering.mixtures import LatentClasses
from segnb.clustering.rules import matrix, vector
from segnb.transform import Points

RARE = 1e-6
"""No level is held to be rarer than this in a class: else one unusual answer would rule a class out."""
_ROUNDS, _SETTLED = 3_000, 1e-9


@method("latent_class", categories="only", most=20_000)
def latent_class(
    points: Points, n_segments: int, *, levels: tuple[int, ...], seed: int, restarts: int
) -> LatentClasses:
    """Classes that explain why answers go together, with probabilities (latent class analysis).

    Within a class the categories are independent (McCutcheon 1987). Maximum likelihood by the EM
    algorithm (Dempster, Laird & Rubin 1977) from random memberships, the best of ``restarts``. Equal
    rows are counted once, with their number.
    """
    patterns, counts = np.unique(points > 0, axis=0, return_counts=True)
    held, weights = patterns.astype(np.float64), counts.astype(np.float64)
    random = draws(seed)
    starts = [
        _em(held, weights, levels, random.dirichlet(np.ones(n_segments), len(held))) for _ in range(restarts)
    ]
    _, shares, chances = max(starts, key=lambda start: start[0])
    return LatentClasses(vector(shares), matrix(chances), len(levels))


def _em(
    held: Points, counts: Points, levels: tuple[int, ...], memberships: Points
) -> tuple[float, Points, Points]:
    """Return log-likelihood, shares and chances where EM settles.

    ``held`` has a row for each pattern of answers, shape (patterns, columns), that ``counts`` customers
    gave; ``memberships`` has shape (patterns, classes).
    """
    blocks = np.cumsum((0, *levels))[:-1]
    before = -np.inf
    for _ in range(_ROUNDS):
        weighted = memberships * counts[:, None]
        sizes = weighted.sum(axis=0)
        shares = np.maximum(sizes / sizes.sum(), np.finfo(float).tiny)
        chances = np.clip((weighted.T @ held) / np.maximum(sizes, RARE)[:, None], RARE, 1)
        # Each category's chances add up to 1.
        chances /= np.repeat(np.add.reduceat(chances, blocks, axis=1), levels, axis=1)
        joint = held @ np.log(chances).T + np.log(shares)
        most = joint.max(axis=1, keepdims=True)
        relative = np.exp(joint - most)
        total = relative.sum(axis=1, keepdims=True)
        likelihood = float((counts * (np.log(total) + most)[:, 0]).sum())
        memberships = relative / total
        if likelihood - before <= _SETTLED * abs(likelihood):
            break
        before = likelihood
    return likelihood, shares, chances
