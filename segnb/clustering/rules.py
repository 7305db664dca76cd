"""The rules that place customers: frozen, of plain numbers, so that JSON holds them whole.

A rule answers three questions about points (one row of scaled numbers for each customer; an
unordered category is a block of indicator columns, as `segnb.transform` makes them):

- ``labels(points)``: the place of each customer's segment; -1 is noise.
- ``memberships(points)``: how far each customer belongs to each segment, one row that adds up to 1.
- ``loss(points)``: what the method makes small, by which its starts are compared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import FiniteFloat

from segnb.transform import Points, significant

Labels = NDArray[np.intp]
Vector = tuple[FiniteFloat, ...]
Matrix = tuple[Vector, ...]

PLACES = 9
"""Decimals by which distances and scores are compared: what differs less is a tie, for any order of sums."""


def matrix(values: ArrayLike) -> Matrix:
    """Return a matrix as plain numbers, rounded before anything depends on them."""
    return tuple(tuple(row) for row in significant(values).tolist())


def vector(values: ArrayLike) -> Vector:
    """Return a vector as plain numbers, rounded before anything depends on them."""
    return tuple(significant(values).tolist())


def centre_means(
    points: Points, labels: Labels, n_segments: int, weights: NDArray[np.float64] | None = None
) -> Points:
    """Return the mean of each segment's points, counted by their weights; zeros where a segment is empty."""
    member = np.asarray(labels[:, None] == np.arange(n_segments), dtype=np.float64)
    if weights is not None:
        member = member * weights[:, None]
    return np.asarray((member.T @ points) / np.maximum(member.sum(axis=0), 1)[:, None])


R = TypeVar("R", bound="Rule")


@dataclass(frozen=True)
class Rule(ABC):
    """What all rules have in common."""

    @property
    @abstractmethod
    def n_segments(self) -> int:
        """Number of segments."""

    @abstractmethod
    def labels(self, points: Points) -> Labels:
        """Return the place of each point's segment; -1 is noise."""

    @abstractmethod
    def memberships(self, points: Points) -> Points:
        """Return how far each point belongs to each segment, shape (points, segments); rows add up to 1."""

    @abstractmethod
    def loss(self, points: Points) -> float:
        """Return what the method makes small."""

    @abstractmethod
    def reordered(self: R, order: Sequence[int]) -> R:
        """Return the same rule with its segments in another order."""


@dataclass(frozen=True)
class NearestCentre(Rule):
    """A point belongs to its nearest centre; the first of equals.

    The distance adds up, over the columns, ``weights`` times the difference to the ``power``; without
    weights all count alike. Beyond a centre's ``reach`` lies noise. ``fidelity`` is the share of the
    customers whose own label it repeats, where a method without a rule of its own was distilled into
    this one.
    """

    centres: Matrix
    weights: Vector = ()
    power: Literal[1, 2] = 2
    reach: Vector = ()
    fidelity: float | None = None
    kind: Literal["nearest_centre"] = "nearest_centre"

    @property
    def n_segments(self) -> int:
        """Number of centres."""
        return len(self.centres)

    def distances(self, points: Points) -> Points:
        """Return the distance of each point to each centre, shape (points, centres)."""
        # One centre at a time keeps the memory at one column for each.
        found = []
        for centre in np.array(self.centres):
            apart = np.abs(points - centre) ** self.power
            found.append(apart @ np.array(self.weights) if self.weights else apart.sum(axis=1))
        return np.round(np.column_stack(found), PLACES)

    def labels(self, points: Points) -> Labels:
        """Return the place of the nearest centre; -1 beyond its reach."""
        if not self.centres:
            return np.full(len(points), -1)
        apart = self.distances(points)
        found = np.asarray(apart.argmin(axis=1))
        if self.reach:
            found[apart.min(axis=1) > np.array(self.reach)[found]] = -1
        return found

    def memberships(self, points: Points) -> Points:
        """Return the degrees of membership of fuzzy c-means with fuzzifier 2 (Bezdek 1981).

        They say how clearly a customer lies nearest to one centre; they are not probabilities.
        """
        squared = self.distances(points) ** (2 / self.power)
        least = squared.min(axis=1, keepdims=True)
        share = np.divide(least, squared, out=np.ones_like(squared), where=squared > 0)
        return np.asarray(share / share.sum(axis=1, keepdims=True))

    def loss(self, points: Points) -> float:
        """Return the sum of the distances to the nearest centre."""
        return float(self.distances(points).min(axis=1).sum())

    def reordered(self, order: Sequence[int]) -> NearestCentre:
        """Return the same rule with its centres in another order."""
        reach = tuple(self.reach[place] for place in order) if self.reach else ()
        return replace(self, centres=tuple(self.centres[place] for place in order), reach=reach)


@dataclass(frozen=True)
class Tree(Rule):
    """A decision tree, node by node from the root.

    At an inner node a point goes ``left`` where its value in ``column`` is at most ``threshold``, else
    ``right``; a leaf has column -1, the ``label`` that it gives (-1 is noise), and the ``members``:
    the share of each segment among the customers in it. ``fidelity`` as in `NearestCentre`.
    """

    column: tuple[int, ...]
    threshold: Vector
    left: tuple[int, ...]
    right: tuple[int, ...]
    label: tuple[int, ...]
    members: Matrix
    fidelity: float
    kind: Literal["tree"] = "tree"

    def __post_init__(self) -> None:
        nodes = range(len(self.column))
        inner = [node for node in nodes if self.column[node] >= 0]
        if any(not node < side[node] < len(nodes) for node in inner for side in (self.left, self.right)):
            raise ValueError("a tree's branches must lead on")

    @classmethod
    def grown(cls, nodes: Any, label: Sequence[int], members: Matrix) -> Tree:
        """Return the tree that scikit-learn has grown (``tree_``); each node gets a label and members."""
        leaf = nodes.children_left < 0
        return cls(
            column=tuple(np.where(leaf, -1, nodes.feature).tolist()),
            threshold=vector(np.where(leaf, 0.0, nodes.threshold)),
            left=tuple(np.where(leaf, 0, nodes.children_left).tolist()),
            right=tuple(np.where(leaf, 0, nodes.children_right).tolist()),
            label=tuple(label),
            members=members,
            fidelity=1.0,
        )

    @property
    def n_segments(self) -> int:
        """Number of segments among the leaves' members."""
        return len(self.members[0])

    def labels(self, points: Points) -> Labels:
        """Return the label of the leaf that each point falls into."""
        return np.array(self.label)[self._leaf(points)]

    def memberships(self, points: Points) -> Points:
        """Return the shares of the segments in the leaf; they add up to 1 less the share of noise."""
        return np.array(self.members)[self._leaf(points)]

    def loss(self, points: Points) -> float:
        """Return how many points are expected to be of another segment than their leaf."""
        return float((1 - self.memberships(points).max(axis=1)).sum())

    def reordered(self, order: Sequence[int]) -> Tree:
        """Return the same tree with its segments in another order."""
        new = {old: place for place, old in enumerate(order)} | {-1: -1}
        return replace(
            self,
            label=tuple(new[old] for old in self.label),
            members=tuple(tuple(row[place] for place in order) for row in self.members),
        )

    def _leaf(self, points: Points) -> Labels:
        column, threshold = np.array(self.column), np.array(self.threshold)
        left, right = np.array(self.left), np.array(self.right)
        at = np.zeros(len(points), dtype=np.intp)
        while (inner := np.flatnonzero(column[at] >= 0)).size:
            node = at[inner]
            low = points[inner, column[node]] <= threshold[node]
            at[inner] = np.where(low, left[node], right[node])
        return at
