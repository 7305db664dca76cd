"""Is the segmentation worth having: the best action for each segment against one action for all.

An action that is chosen and valued on the same customers looks better than it is, so the customers
are split: what is chosen on the other folds is valued on the fold held out (cross-fitting;
Chernozhukov et al. 2018, Econom. J. 21:C1-C68). The value of a policy is the mean of doubly robust
scores (Athey & Wager 2021, Econometrica 89:133-161, equation 8). With segments, campaigns and arms as
the only covariates, and arm shares taken from each cell, these scores average to differences of cell
means; that is what is computed. Over several splits the median is taken, and their spread joins the
error (Chernozhukov et al. 2018, definition 3.3)::

    gain = median(gain_r)        error**2 = median(error_r**2 + (gain_r - gain)**2)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from segnb.intervals import LEVEL, stable
from segnb.worth.cells import Cells, Codes, Shape, Values

FOLDS, SPLITS = 5, 21
CONTROL_ARM = 0


@dataclass(frozen=True)
class Trial:
    """What was measured: one value for each customer and campaign, and the cell that it lies in.

    ``shape`` is campaigns x segments x arms, ``place`` the cell in C order; ``weights`` are the segments'
    shares of the customers that will be acted on, ``known`` says which arms (without the control)
    were tried on enough customers of each segment.
    """

    values: Values
    place: Codes
    shape: Shape
    weights: Values
    known: NDArray[np.bool_]

    def part(self, inside: NDArray[np.bool_]) -> tuple[Values, Codes, Shape]:
        """Return the values of a part of the customers, with their cells."""
        return self.values[inside], self.place[inside], self.shape


@dataclass(frozen=True)
class Policy:
    """An arm for each segment, and the best one for all; 0 is the control."""

    each: Codes
    all: int


@dataclass(frozen=True)
class Gain:
    """What choosing by segment earns for each customer beyond one action for all, with its interval."""

    value: float
    low: float
    high: float
    each: float
    all: float
    """What the two policies earn beyond no action at all."""


def learn(trial: Trial, cells: Cells) -> Policy:
    """Return the arm with the highest effect in each segment, and the best single arm.

    Effects are taken as they are: drawn towards their average first, they would often leave nothing
    to choose, and an interval of no length around no gain.
    """
    means = cells.contrasts() @ cells.mean.ravel()
    # One action for all reaches the segments in which it was tried; elsewhere nothing is known of it.
    whole = trial.weights @ np.where(trial.known, means, 0.0)
    whole = np.where(trial.known.any(axis=0), whole, -np.inf)
    return Policy(_best(np.where(trial.known, means, -np.inf)), int(_best(whole[None, :])[0]))


def gain(trial: Trial, seed: int, *, folds: int = FOLDS, splits: int = SPLITS) -> Gain:
    """Return what choosing by segment earns beyond one action for all, for each customer.

    Parameters
    ----------
    seed
        Seed of the splits.
    """
    rng = np.random.default_rng(seed)
    found = np.array([_one_split(trial, _dealt(rng, trial.place, folds), folds) for _ in range(splits)])
    value, each, whole = np.median(found[:, [0, 2, 3]], axis=0)
    error = float(np.sqrt(np.median(found[:, 1] + (found[:, 0] - value) ** 2)))
    half = float(ndtri((1 + LEVEL) / 2)) * error
    return Gain(*(stable(float(x)) for x in (value, value - half, value + half, each, whole)))


def _one_split(trial: Trial, fold: Codes, folds: int) -> NDArray[np.float64]:
    """Return the gain of one split, its variance, and the values of both policies."""
    total = np.zeros(4)
    for held in range(folds):
        inside = fold == held
        policy = learn(trial, Cells.of(*trial.part(~inside)))
        cells = Cells.of(*trial.part(inside)).moderated
        each, whole = (_policy_row(trial, cells, arms) for arms in (policy.each, policy.all))
        means, variances = cells.mean.ravel(), cells.variances()
        difference = each - whole
        total += (
            difference @ means / folds,
            difference**2 @ variances / folds**2,
            each @ means / folds,
            whole @ means / folds,
        )
    return total


def _policy_row(trial: Trial, cells: Cells, arms: Codes | int) -> Values:
    """Return how a policy's value beyond no action is made of cell means."""
    contrasts = cells.contrasts()
    segments = contrasts.shape[0]
    row = np.zeros(contrasts.shape[-1])
    for segment, arm in enumerate(np.broadcast_to(arms, segments)):
        if arm != CONTROL_ARM and trial.known[segment, arm - 1]:
            row += trial.weights[segment] * contrasts[segment, arm - 1]
    return row


def _dealt(rng: np.random.Generator, place: Codes, folds: int) -> Codes:
    """Return a fold for each customer, so that each cell is spread over all folds as evenly as can be."""
    order = rng.permutation(len(place))
    order = order[np.argsort(place[order], kind="stable")]
    fold = np.empty(len(place), dtype=np.intp)
    fold[order] = np.arange(len(place)) % folds
    return fold


def _best(means: Values) -> Codes:
    """Return the arm with the highest mean in each row, and the control where none earns anything."""
    return np.where(means.max(axis=1) > 0, means.argmax(axis=1) + 1, CONTROL_ARM).astype(np.intp)
