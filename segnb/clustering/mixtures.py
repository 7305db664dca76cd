"""Rules that are distributions: a customer belongs to the one that is likeliest given its values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from segnb.clustering.rules import PLACES, Labels, Matrix, Rule, Vector
from segnb.transform import Points


@dataclass(frozen=True)
class Mixture(Rule):
    """Segments with a distribution each; a point belongs to the one that is likeliest given its values."""

    shares: Vector

    def __post_init__(self) -> None:
        if not all(share > 0 for share in self.shares):
            raise ValueError("a component's share must be more than 0")

    @property
    def n_segments(self) -> int:
        """Number of components."""
        return len(self.shares)

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of free parameters, for the BIC."""

    @abstractmethod
    def joint(self, points: Points) -> Points:
        """Return log(share times density) of each point in each component."""

    def labels(self, points: Points) -> Labels:
        """Return the component of the highest posterior probability; the first of equals."""
        return np.asarray(np.round(self.joint(points), PLACES).argmax(axis=1))

    def memberships(self, points: Points) -> Points:
        """Return the posterior probabilities."""
        joint = self.joint(points)
        relative = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(relative / relative.sum(axis=1, keepdims=True))

    def loss(self, points: Points) -> float:
        """Return minus the log-likelihood."""
        return float(-np.logaddexp.reduce(self.joint(points), axis=1).sum())

    def bic(self, points: Points) -> float:
        """Return Schwarz's criterion (1978), -2 log-likelihood + parameters times log n; low is good."""
        return 2 * self.loss(points) + self.n_parameters * float(np.log(len(points)))


@dataclass(frozen=True)
class GaussianComponents(Mixture):
    """Gaussian components; ``factors`` are the upper triangular roots of their precisions, P = U U'."""

    means: Matrix
    factors: tuple[Matrix, ...]
    kind: Literal["gaussian_components"] = "gaussian_components"

    @property
    def n_parameters(self) -> int:
        """Number of shares, means and covariances."""
        k, d = len(self.means), len(self.means[0])
        return k - 1 + k * d + k * d * (d + 1) // 2

    def joint(self, points: Points) -> Points:
        """Return log(share times density)."""
        found = []
        for share, mean, factor in zip(self.shares, self.means, self.factors, strict=True):
            root = np.array(factor)
            apart = (points - np.array(mean)) @ root
            constant = np.log(share) + np.log(np.diag(root)).sum() - points.shape[1] / 2 * np.log(2 * np.pi)
            found.append(constant - 0.5 * (apart**2).sum(axis=1))
        return np.column_stack(found)

    def reordered(self, order: Sequence[int]) -> GaussianComponents:
        """Return the same components in another order."""
        return replace(
            self,
            shares=tuple(self.shares[place] for place in order),
            means=tuple(self.means[place] for place in order),
            factors=tuple(self.factors[place] for place in order),
        )


@dataclass(frozen=True)
class LatentClasses(Mixture):
    """Classes within which the categories are independent: ``chances`` of each level, by class.

    ``items`` is the number of categories that the columns belong to.
    """

    chances: Matrix
    items: int
    kind: Literal["latent_classes"] = "latent_classes"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.chances) != len(self.shares) or not all(each > 0 for row in self.chances for each in row):
            raise ValueError("each class needs its chances, all more than 0")

    @property
    def n_parameters(self) -> int:
        """Number of shares and of chances, less one for each class and category, as they add up to 1."""
        k, columns = len(self.chances), len(self.chances[0])
        return k - 1 + k * (columns - self.items)

    def joint(self, points: Points) -> Points:
        """Return log(share times chance of the levels held)."""
        return np.asarray((points > 0) @ np.log(np.array(self.chances)).T + np.log(np.array(self.shares)))

    def reordered(self, order: Sequence[int]) -> LatentClasses:
        """Return the same classes in another order."""
        return replace(
            self,
            shares=tuple(self.shares[place] for place in order),
            chances=tuple(self.chances[place] for place in order),
        )
