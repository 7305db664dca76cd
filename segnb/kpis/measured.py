"""The pieces of a result: one measured KPI, its words, and what a group bought in exact sums."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from segnb.intervals import Interval
from segnb.segmentation import Unit

ALL = "all"
"""Group of the customers of all segments together."""
TOTAL = "total"
"""Group of everyone in the tables: all segments and those left out."""


Kind = Literal["figure", "at least", "under", "hidden", "none"]
"""What is told of a KPI: its figure, a limit to it, nothing since it would tell of too few, or that there is
none since nobody was asked."""


@dataclass(frozen=True)
class Measured:
    """One KPI of one segment, or of `ALL`.

    ``value`` is None where it would tell of fewer than ``min_cell`` customers; ``low`` and ``high``
    are None where they are too few for an interval. ``n`` counts the customers asked: those with
    anything below the line; it alone is None where the few who were not could be worked out. ``pooled``
    is the value drawn in towards the mean of all segments, by which segments are ranked; a share of a
    whole has none. Of a rate to which fewer than ``min_cell`` said yes, or no, ``limit`` is told instead of
    ``value``, and ``kind`` says on which side of it the rate lies; the interval then ends at 0 or 1.
    """

    kpi: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    pooled: float | None = None
    kind: Kind = "figure"
    limit: float | None = None

    @classmethod
    def hidden(cls, kpi: str, group: str) -> Measured:
        """Return what is told where any figure would tell of too few."""
        return cls(kpi, group, None, None, None, None, kind="hidden")

    @property
    def told(self) -> float | None:
        """The value or the limit to it, whichever is told."""
        return self.limit if self.value is None else self.value

    @property
    def bound(self) -> Literal[-1, 0, 1]:
        """1 where only a lower limit is told, -1 where an upper one."""
        return 1 if self.kind == "at least" else -1 if self.kind == "under" else 0

    @property
    def interval(self) -> Interval | None:
        """Both ends, or None where the customers are too few."""
        return None if self.low is None or self.high is None else Interval(self.low, self.high)


@dataclass(frozen=True)
class Definition:
    """How a KPI is called and read; kept with the results, so that they can be shown anywhere.

    ``family`` is the name of the registered KPI, which has one of these for each level.
    """

    name: str
    unit: Unit
    label: str
    meaning: str
    source: str
    more: str = ""
    less: str = ""
    topic: str = ""
    of_all: bool = False
    empty: str = ""
    theme: str = "further"
    family: str = ""
    ahead: bool = False
    chart: bool = True

    @property
    def leveled(self) -> bool:
        """Whether it is one level of several."""
        return self.family not in ("", self.name)


@dataclass(frozen=True)
class Take:
    """What a group of customers bought in a span of days; None where it would tell of too few."""

    orders: int | None
    amount: Decimal | None


Span = Literal["form", "measure", "outside", "whole"]


@dataclass(frozen=True)
class GroupTotals:
    """A segment, those left out for one reason, or the `TOTAL`, in exact sums by span of days.

    ``outside`` is what was bought in neither window; ``whole`` is the three together.
    """

    group: str
    customers: int | None
    takes: dict[Span, Take]
    left_out: bool = False


NAMELESS = "customer"
"""Why rows are unused that name no customer."""


@dataclass(frozen=True)
class Unused:
    """Rows of a table that some KPI cannot use, and why: an entry under ``kpis.unused``."""

    reason: str
    rows: int


@dataclass(frozen=True)
class Lead:
    """The fewest segments that bring most of the revenue, with their joint share and its interval."""

    segments: tuple[str, ...]
    customer_share: float
    revenue_share: float
    low: float | None
    high: float | None
