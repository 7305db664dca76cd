"""Where the money goes: the exact solution of a knapsack in which each customer takes one action at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Option:
    """One action for one segment: what it costs and earns for each of ``customers``, cost deducted."""

    segment: str
    action: str
    cost: float
    gain: float
    customers: int


@dataclass(frozen=True)
class Grant:
    """How many customers of a segment take an action."""

    option: Option
    customers: float

    @property
    def spent(self) -> float:
        """What they cost."""
        return self.customers * self.option.cost

    @property
    def gain(self) -> float:
        """What they earn, cost deducted."""
        return self.customers * self.option.gain


@dataclass(frozen=True)
class _Step:
    """From one action of a segment to the next dearer one that is worth it."""

    before: Option | None
    after: Option

    @property
    def cost(self) -> float:
        return self.after.cost - (self.before.cost if self.before else 0.0)

    @property
    def gain(self) -> float:
        return self.after.gain - (self.before.gain if self.before else 0.0)


def allocate(options: Sequence[Option], amount: float) -> list[Grant]:
    """Return who takes which action so that the expected gain is largest within the amount.

    The continuous multiple-choice knapsack (Sinha & Zoltners 1979, Oper. Res. 27:503-515): of each
    segment only the actions on the upper hull of gain over cost matter, and the steps along all
    hulls are taken by gain per unit of cost until the money is gone. At most one segment is split.
    What would lose money is never done, so something of the amount may stay.

    Returns
    -------
    list of Grant
        In the order of the options. Numbers of customers are exact, not rounded.
    """
    steps = [
        step
        for segment in dict.fromkeys(each.segment for each in options)
        for step in _hull([each for each in options if each.segment == segment])
    ]
    # Free steps first; the sort is stable, so the steps of a hull stay in their order.
    steps.sort(key=lambda each: -each.gain / each.cost if each.cost > 0 else -float("inf"))
    taken: dict[tuple[str, str], float] = {}
    left = amount
    for step in steps:
        whole = step.after.customers
        number = whole if step.cost * whole <= left else left / step.cost
        left -= number * step.cost
        for option, change in ((step.before, -number), (step.after, number)):
            if option is not None:
                key = (option.segment, option.action)
                taken[key] = taken.get(key, 0.0) + change
        if number < whole:
            break
    return [
        Grant(each, taken[each.segment, each.action])
        for each in options
        if taken.get((each.segment, each.action), 0.0) > 1e-9
    ]


def _hull(options: list[Option]) -> list[_Step]:
    """Return the steps along the upper hull of gain over cost, each with a falling gain per cost."""
    corners: list[Option | None] = [None]
    for option in sorted(options, key=lambda each: (each.cost, -each.gain, each.action)):
        if option.gain <= (corners[-1].gain if corners[-1] else 0.0):
            continue
        while corners[-1] is not None and not _bends(corners[-2], corners[-1], option):
            corners.pop()
        corners.append(option)
    return [_Step(before, after) for before, after in pairwise(corners) if after]


def _bends(first: Option | None, middle: Option, last: Option) -> bool:
    """Say whether the middle one lies above the line from the first to the last."""
    early, late = _Step(first, middle), _Step(middle, last)
    return early.gain * late.cost > late.gain * early.cost
