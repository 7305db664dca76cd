"""How segments answered contacts that nobody drew by lot: an association, and the shares at which it pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segnb.suppression import Limit

Source = Literal["revenue", "day", "average"]
"""Where the money of a response is read: the campaigns' revenue, the orders on the day of the response, or,
where that day is not known or most bought nothing on it, the customer's average order."""
Gap = Literal["contacts", "response", "nobody", "value", "cost", "action"]
"""What break-even shares lack: contacts, a declared response, anyone who responded, money of a response, the
cost of a contact, or which of several actions a contact was."""


@dataclass(frozen=True)
class Reached:
    """How a segment answered contacts of which nobody knows the effect, and the test that would tell.

    ``size`` is the number of its customers. ``needed`` of them in each arm show a rise by ``rise``; with
    half of the segment in each arm a test shows a rise by ``smallest``. Of a rate to which too few said yes,
    or no, ``limit`` is told instead.
    """

    segment: str
    size: int
    reached: int | None
    rate: float | None
    low: float | None
    high: float | None
    needed: int | None
    smallest: float | None
    limit: Limit | None = None


@dataclass(frozen=True)
class BreakEven:
    """The share of a segment's responses that must be extra for an action to earn its cost.

    ``rate`` is responses for each contact, ``value`` the revenue that came with a response, ``cost`` that
    of a contact. ``share`` is beyond 1 where the action costs more than all its responses earn, and None
    where they earn nothing; ``low`` and ``high`` are its 95% interval, ``high`` None where it has no end.
    ``needed`` customers in each arm of a test show a rise by as many responses as must be extra.
    All but ``cost`` are None where they would tell of fewer than ``min_cell`` customers; ``contacts`` is 0
    where nobody was reached.
    """

    segment: str
    action: str
    contacts: int | None
    rate: float | None
    value: float | None
    cost: float
    share: float | None
    low: float | None
    high: float | None
    needed: int | None


@dataclass(frozen=True)
class Responses:
    """What the responses brought in, and the break-even share of each segment and action.

    ``gap`` says what is missing where there are none. ``silent`` counts responses with which no order came,
    ``uncosted`` contacts of actions whose cost is not known.
    """

    even: tuple[BreakEven, ...] = ()
    source: Source | None = None
    gap: Gap | None = None
    silent: int = 0
    uncosted: int = 0

    @property
    def known(self) -> tuple[BreakEven, ...]:
        """Those that have a share, the lowest first."""
        return tuple(
            sorted((each for each in self.even if each.share is not None), key=lambda each: each.share or 0.0)
        )
