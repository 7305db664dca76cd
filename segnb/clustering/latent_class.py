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
_TOGETHER = 50_000
"""Memberships that are worked on at once: of few, most of the time would go into starting the work."""


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
    side = max(1, _TOGETHER // (len(held) * n_segments))
    starts: list[_Settled] = []
    for done in range(0, restarts, side):
        drawn = [
            random.dirichlet(np.ones(n_segments), len(held)).T for _ in range(min(side, restarts - done))
        ]
        starts += _em(held, weights, levels, np.stack(drawn))
    _, shares, chances = max(starts, key=lambda start: start[0])
    return LatentClasses(vector(shares), matrix(chances), len(levels))


_Settled = tuple[float, Points, Points]
"""Log-likelihood, shares and chances where EM settles."""


def _em(held: Points, counts: Points, levels: tuple[int, ...], memberships: Points) -> list[_Settled]:
    """Return where EM settles from each start; the starts are worked on side by side.

    ``held`` has a row for each pattern of answers, shape (patterns, columns), that ``counts`` customers
    gave; ``memberships`` has shape (starts, classes, patterns), so that sums over the few classes run along
    the many patterns.
    """
    blocks, answers = np.cumsum((0, *levels))[:-1], np.ascontiguousarray(held.T)
    found: dict[int, _Settled] = {}
    running, before = np.arange(len(memberships)), np.full(len(memberships), -np.inf)
    for last in reversed(range(_ROUNDS)):
        weighted = memberships * counts
        sizes = weighted.sum(axis=2)
        shares = np.maximum(sizes / sizes.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        chances = weighted @ held / np.maximum(sizes, RARE)[:, :, None]
        chances = np.clip(chances, RARE, 1)
        # Each category's chances add up to 1.
        chances /= np.repeat(np.add.reduceat(chances, blocks, axis=2), levels, axis=2)
        joint = np.log(chances) @ answers + np.log(shares)[:, :, None]
        most = joint.max(axis=1, keepdims=True)
        relative = np.exp(joint - most)
        total = relative.sum(axis=1, keepdims=True)
        likelihood = (counts * (np.log(total) + most)[:, 0]).sum(axis=1)
        settled = (likelihood - before <= _SETTLED * np.abs(likelihood)) | (not last)
        for place in np.flatnonzero(settled):
            found[int(running[place])] = float(likelihood[place]), shares[place], chances[place]
        running, before = running[~settled], likelihood[~settled]
        if not len(running):
            break
        memberships = relative / total if len(running) == len(settled) else (relative / total)[~settled]
    return [found[start] for start in range(len(found))]
