"""The registry of models: a file in this folder with ``@model("name")`` adds one.

A registered function takes nothing and returns a *law*: the log-likelihood of its data with the
gradient, where to start looking for the parameters, and what follows from them. All parameters are positive.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segnb.registry import Entry, Registry

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

_CHUNK = 16_384
_FEW = 10_000
"""Rows on which several starts are tried."""


class Data(Protocol):
    """What a likelihood is summed over."""

    @property
    def size(self) -> float:
        """Number of customers."""
        ...

    def thinned(self) -> Self:
        """Return few enough rows to try several starts on: all of them where they are few."""
        ...


D = TypeVar("D", bound=Data)


class Score(NamedTuple):
    """A log-likelihood and its gradient by the parameters."""

    value: float
    gradient: Values


class Law(ABC, Generic[D]):
    """What a model says of one kind of data."""

    parameters: ClassVar[tuple[str, ...]]

    @abstractmethod
    def starts(self, data: D) -> list[tuple[float, ...]]:
        """Return values from which to look for the parameters, in the data's own units."""

    @abstractmethod
    def score(self, params: Values, data: D) -> Score:
        """Return the log-likelihood of all data and its gradient."""


def chunks(rows: int) -> Iterator[slice]:
    """Yield parts of the rows that fit into a processor's cache."""
    return (slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK))


def _weighted(rows: Values, weight: Values) -> Values:
    """Return the weighted sum of each row, added in one order at any number of threads."""
    return np.asarray(np.einsum("ij,j->i", rows, weight), dtype=float)


@dataclass(frozen=True)
class Histories:
    """Customers' purchase histories, equal ones once: what every purchase model is fitted on.

    ``x`` counts repeat purchases, ``t_x`` is the time from first to last purchase, ``age`` the time
    from the first purchase to the end of what was observed, ``weight`` how many customers share them;
    ``counts[k]`` is how many customers made ``k`` repeat purchases.
    """

    x: Counts
    t_x: Values
    age: Values
    weight: Values
    counts: Values

    @classmethod
    def weighted(cls, x: Counts, t_x: Values, age: Values, weight: Values) -> Histories:
        """Return histories with their counts."""
        return cls(x, t_x, age, weight, np.bincount(x, weights=weight).astype(float))

    @property
    def size(self) -> float:
        """Number of customers."""
        return float(self.weight.sum())

    def thinned(self) -> Histories:
        """Return every n-th distinct history, 10,000 at most."""
        step = -(-len(self.x) // _FEW)
        if step == 1:
            return self
        return Histories.weighted(self.x[::step], self.t_x[::step], self.age[::step], self.weight[::step])


class PurchaseLaw(Law[Histories]):
    """When customers buy again, and when they leave.

    The log-likelihood of a history is the sum of a part that hangs on the number of purchases alone, computed
    once for a number, and of one that hangs on their times.
    """

    @abstractmethod
    def of_number(self, params: Values, x: Counts) -> Values:
        """Return what ``x`` repeat purchases add, whenever they came, to the log-likelihood and its gradient.

        One row for the value and one for each parameter, one column for each of ``x``.
        """

    @abstractmethod
    def of_times(self, params: Values, x: Counts, t_x: Values, age: Values) -> Values:
        """Return what the times of histories add, in the same rows, one column for each history."""

    def score(self, params: Values, data: Histories) -> Score:
        """Return the log-likelihood of all customers and its gradient."""
        total = _weighted(self.of_number(params, np.arange(len(data.counts))), data.counts)
        for part in chunks(len(data.x)):
            rows = self.of_times(params, data.x[part], data.t_x[part], data.age[part])
            total += _weighted(rows, data.weight[part])
        return Score(float(total[0]), total[1:])

    def gradients(self, params: Values, data: Histories) -> Values:
        """Return the gradient of the log-likelihood of each history: one row each, a column a parameter."""
        found = self.of_number(params, np.arange(len(data.counts)))[1:, data.x]
        for part in chunks(len(data.x)):
            found[:, part] += self.of_times(params, data.x[part], data.t_x[part], data.age[part])[1:]
        return found.T

    @abstractmethod
    def expected(self, params: Values, t: ArrayLike) -> Values:
        """Return how often a new customer is expected to buy again within ``t``."""

    @abstractmethod
    def p_alive(self, params: Values, histories: Histories) -> Values:
        """Return how probably each customer still is one at the end of the time observed."""

    @abstractmethod
    def future_if_alive(self, params: Values, t: float, histories: Histories) -> Values:
        """Return how often each customer, if still one, is expected to buy in the ``t`` that follow."""

    def future(self, params: Values, t: float, histories: Histories) -> Values:
        """Return how often each customer is expected to buy in the ``t`` after the time observed."""
        return self.p_alive(params, histories) * self.future_if_alive(params, t, histories)


@dataclass(frozen=True)
class Spends:
    """Mean spend ``z`` over ``x`` repeat purchases of each customer who came back."""

    x: Values
    z: Values

    @property
    def size(self) -> float:
        """Number of customers."""
        return float(len(self.x))

    def thinned(self) -> Spends:
        """Return every n-th customer, 10,000 at most."""
        step = -(-len(self.x) // _FEW)
        return Spends(self.x[::step], self.z[::step])


class SpendLaw(Law[Spends]):
    """What customers spend at one purchase."""

    @abstractmethod
    def gradients(self, params: Values, data: Spends) -> Values:
        """Return the gradient of the log-likelihood of each customer: one row each, a column a parameter."""

    @abstractmethod
    def mean_spend(self, params: Values, x: Values, z: Values) -> Values:
        """Return what each customer is expected to spend at a purchase; ``x`` of 0 knows no ``z``."""


@dataclass(frozen=True)
class Survivors:
    """How many of a cohort were still customers at the start and after each period."""

    left: Values

    @property
    def size(self) -> float:
        """Number of customers at the start."""
        return float(self.left[0])

    def thinned(self) -> Survivors:
        """Return the cohort itself."""
        return self


class SurvivalLaw(Law[Survivors]):
    """How long contracts last."""

    @abstractmethod
    def survival(self, params: Values, t: ArrayLike) -> Values:
        """Return the share still customers after ``t`` periods."""


@dataclass(frozen=True)
class Model(Entry):
    """A registered model.

    ``title`` is how the field calls it. ``one_timers_stay`` marks one under which whoever bought once is
    a customer for ever.
    """

    title: str
    one_timers_stay: bool = False


MODELS = Registry("model", Model, "segnb.lifetime")
"""All models, those of an analyst's own file in this folder included."""

model = MODELS.register
