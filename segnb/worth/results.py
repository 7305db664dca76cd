"""What acting on segments is worth: effects, the gain of choosing by segment, and a budget's use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from segnb.document.blocks import Block, Headline, Shown
from segnb.intervals import Interval
from segnb.words import Voice
from segnb.worth.contacts import Kind
from segnb.worth.observed import Reached, Responses
from segnb.worth.plan import Budget

ALL = "all"
"""Group of the customers of all segments together."""
Measure = Literal["response", "revenue", "profit"]
MEASURES: tuple[Measure, ...] = ("response", "revenue", "profit")


@dataclass(frozen=True)
class Effect:
    """What an action changed, against the control, over all customers who were drawn to it.

    ``with_action`` and ``without`` are a rate (``response``) or money for each customer, None also where in
    either arm somebody responded or bought, but fewer than ``min_cell``; ``difference`` is the effect
    itself. All are None where they would tell of fewer than ``min_cell`` customers, the interval also where
    customers are too few for one. ``cost`` is what the action cost more than the control, for each
    customer. ``campaign`` is empty where all campaigns are taken together. ``clear``: the interval leaves
    out zero, and so does Holm's correction over all effects of segments.
    """

    segment: str
    action: str
    measure: Measure
    n_action: int | None
    n_control: int | None
    with_action: float | None
    without: float | None
    difference: float | None
    low: float | None
    high: float | None
    cost: float | None = None
    campaign: str = ""
    clear: bool = False

    @property
    def interval(self) -> Interval | None:
        """Both ends, or None."""
        return None if self.low is None or self.high is None else Interval(self.low, self.high)


@dataclass(frozen=True)
class Arm:
    """How many customers of all segments were drawn to an arm, and when they were reached."""

    campaign: str
    arm: str
    customers: int | None
    first: date
    last: date


@dataclass(frozen=True)
class Lot:
    """Whether the arms were alike before the campaign: p-values, and what differs after Holm's correction."""

    checks: int
    arms_by_segment: float | None
    spend_before: dict[str, float]
    differ: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The best action for each segment against the best single one; an empty name is no action.

    ``gain`` is money for each customer of all segments, valued on customers who had no part in the choice;
    ``each`` and ``all`` are what both ways earn beyond no action.
    """

    gain: float
    low: float
    high: float
    each: float
    all: float
    actions: dict[str, str]
    single: str
    customers: int
    """Customers and campaigns that it was judged on."""
    folds: int
    splits: int

    @property
    def pays(self) -> bool:
        """Whether choosing by segment clearly earns more."""
        return self.low > 0


@dataclass(frozen=True)
class Prospect:
    """What an action is expected to earn with a customer of a segment, its cost deducted.

    Effects are drawn towards the average of the segments, ``error`` is what remains unsure of them.
    """

    segment: str
    action: str
    cost: float
    gain: float
    error: float


@dataclass(frozen=True)
class Effects(Shown):
    """What actions changed by segment, and whether choosing by segment pays.

    ``kind`` says whether there was an experiment at all; without one, nothing here is a cause, and
    ``reached`` and ``responses`` describe the segments. ``prospects`` and ``covariance`` are what a
    budget goes by: effects of an experiment, else responses of which it assumes how many are extra.
    ``days`` are the first and the last day of the contacts.
    """

    kind: Kind
    segments: tuple[str, ...]
    sizes: dict[str, int]
    actions: tuple[str, ...]
    min_cell: int
    effects: tuple[Effect, ...] = ()
    arms: tuple[Arm, ...] = ()
    lot: Lot | None = None
    choice: Choice | None = None
    prospects: tuple[Prospect, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    reached: tuple[Reached, ...] = ()
    responses: Responses | None = None
    days: tuple[date, date] | None = None
    rise: float = 0.05
    order: tuple[str, ...] = ()
    """The segments as readers meet them; empty, as they are."""
    left_out: dict[str, int] = field(default_factory=dict)
    mended: dict[str, int] = field(default_factory=dict)
    formed_later: bool = False
    margin: float | None = None
    costs_known: bool = True
    tests: int = 0
    budget: Budget | None = None
    names: dict[str, str] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)

    def __getitem__(self, key: tuple[str, str, str]) -> Effect:
        segment, action, measure = key
        for each in self.effects:
            if (each.segment, each.action, each.measure, each.campaign) == (segment, action, measure, ""):
                return each
        raise KeyError(key)

    def __contains__(self, measure: object) -> bool:
        return any(each.measure == measure for each in self.effects)

    @property
    def rows(self) -> tuple[str, ...]:
        """The segments in the order of tables and charts."""
        return self.order or self.segments

    def name(self, segment: str) -> str:
        """Return a segment's name, or ``Segment 2`` as long as it has none."""
        if segment in self.names:
            return self.names[segment]
        return self.voice.say("kpis.segment", number=str(self.segments.index(segment) + 1))

    def named(self, names: Mapping[str, str]) -> Effects:
        """Return the same results with the segments' names."""
        return replace(self, names=dict(names))

    def action(self, segment: str) -> str | None:
        """Return the action that pays best: the segment's own where choosing pays, else the one for all.

        Empty for no action; None where no experiment tells.
        """
        if self.choice is None:
            return None
        return self.choice.actions[segment] if self.choice.pays else self.choice.single

    @property
    def period(self) -> str:
        """The days of the contacts, in words."""
        if self.days is None:
            raise ValueError("nobody was contacted, so there is no period")
        return self.voice.period(*self.days)

    @property
    def assumed(self) -> float | None:
        """The incrementality that what follows rests on; None where nothing does."""
        if self.kind == "experiment" or self.budget is None or not self.prospects:
            return None
        return self.budget.incrementality

    @property
    def headline(self) -> Headline:
        """Whether choosing by segment pays, in one computed sentence."""
        from segnb.worth import findings

        return findings.headline(self)

    def blocks(self) -> tuple[Block, ...]:
        """Show the effects, whether choosing by segment pays, and how far to trust that."""
        from segnb.worth import show

        return show.effects_blocks(self)


@dataclass(frozen=True)
class Share:
    """How many customers of a segment take an action, what that costs, and what it is expected to earn.

    ``worse`` is what it earns if its estimate is one standard error worse.
    """

    segment: str
    action: str
    customers: int
    spent: float
    gain: float
    low: float
    high: float
    worse: float


@dataclass(frozen=True)
class Allocation(Shown):
    """Where a budget's money goes, and what it is expected to earn beyond its cost.

    ``kind`` says what is missing where there is no allocation. ``worse`` is the gain if each estimate
    is one standard error worse, ``next`` what one more unit of money earns. Where the gain rests on an
    assumed incrementality, ``even`` is the one at which this plan just earns its cost, with its 95%
    interval; an end is None where there is none.
    """

    kind: Literal["budget", "no budget", "no effect"]
    effects: Effects
    amount: float = 0.0
    shares: tuple[Share, ...] = ()
    spent: float = 0.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0
    worse: float = 0.0
    next: float = 0.0
    even: float | None = None
    even_low: float | None = None
    even_high: float | None = None

    @property
    def voice(self) -> Voice:
        """The language, the locale and the currency of the report."""
        return self.effects.voice

    def action(self, segment: str) -> tuple[Share, ...]:
        """Return what is done with a segment's customers; nothing, one action, or two for parts of it."""
        return tuple(each for each in self.shares if each.segment == segment)

    @property
    def headline(self) -> Headline:
        """Where the money goes and what it earns, in one computed sentence."""
        from segnb.worth import findings

        return findings.budget_headline(self)

    def blocks(self) -> tuple[Block, ...]:
        """Show who gets which action for how much, what it earns, and how sure that is."""
        from segnb.worth import show_budget

        return show_budget.budget_blocks(self)
