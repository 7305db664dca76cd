"""What came in, as frozen results: totals, months, columns, and how customers spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from segnb.document.blocks import Block, Headline, Shown, Table, Together
from segnb.profiling import show
from segnb.tables.intake import Intake
from segnb.words import Voice

_EMPTY_BY_MEANING = ("response_time",)
Kind = Literal["id", "category", "yes_no", "money", "number", "time"]


@dataclass(frozen=True)
class Totals:
    """How much came in; a count is None where its table is not declared, or where it tells of too few.

    ``customers`` are all with a row or an order of their own, ``buyers`` those with an order.
    ``with_record`` have a row in the customers table; ``reached`` stand in the campaigns table and
    ``responded`` to one of them.
    """

    customers: int
    buyers: int | None = None
    orders: int | None = None
    amount: Decimal | None = None
    first_day: date | None = None
    last_day: date | None = None
    with_record: int | None = None
    reached: int | None = None
    responded: int | None = None
    zero_rows: int | None = 0
    negative_rows: int | None = 0


@dataclass(frozen=True)
class Month:
    """One calendar month of orders; ``partial`` where the data do not cover all of its days.

    Figures are None where they would tell of fewer than ``min_cell`` customers.
    """

    first: date
    partial: bool
    customers: int | None
    orders: int | None
    amount: Decimal | None


@dataclass(frozen=True)
class Share:
    """A value of a category and its share of the rows."""

    value: str
    share: float


@dataclass(frozen=True)
class ColumnProfile:
    """One declared column: what it holds, how much of it is missing, and what its values are like.

    ``lowest`` and ``highest`` are reached by ``min_cell`` customers at least, so that neither tells
    of one person; they and the median are None where fewer customers have a value. Times are ISO days.
    ``shares`` lists the most frequent values, ``rest`` the share of all others. ``missing`` is None
    where it would tell of fewer than ``min_cell`` customers; so is ``distinct`` of the customers' ids.
    """

    table: str
    name: str
    source: str
    kind: Kind
    rows: int
    missing: int | None
    distinct: int | None
    lowest: float | str | None = None
    median: float | str | None = None
    highest: float | str | None = None
    shares: tuple[Share, ...] = ()
    rest: float | None = None

    @property
    def missing_share(self) -> float | None:
        """Share of rows that lack a value; None where these are too few to tell of.

        Who did not respond has no time of response, and lacks nothing.
        """
        if self.missing is None or not self.rows or self.name in _EMPTY_BY_MEANING:
            return None
        return self.missing / self.rows


@dataclass(frozen=True)
class Distribution:
    """Customers by a figure of theirs: ``customers[i]`` lie from ``edges[i]`` up to ``edges[i + 1]``.

    Every bin holds ``min_cell`` customers at least. ``nothing`` counts those with zero or less, who
    have no place on a log scale; where they are too few to tell of it is None, and they stand in the first
    bin.
    """

    edges: tuple[float, ...]
    customers: tuple[int, ...]
    median: float
    nothing: int | None = 0


@dataclass(frozen=True)
class Concentration:
    """How much of the revenue the biggest spenders bring: ``revenue[i]`` by the top ``customers[i]``."""

    customers: tuple[float, ...]
    revenue: tuple[float, ...]

    @property
    def top(self) -> tuple[float, float]:
        """The top fifth of customers and its share of the revenue; a quarter or half where a fifth is few."""
        known = dict(zip(self.customers, self.revenue, strict=True))
        share = next(share for share in (0.2, 0.25, 0.5) if share in known)
        return share, known[share]


@dataclass(frozen=True)
class Profile(Shown):
    """What came in, and whether a segmentation can rest on it."""

    totals: Totals
    intake: Intake
    columns: tuple[ColumnProfile, ...]
    min_cell: int
    warn_missing: float
    months: tuple[Month, ...] = ()
    spend: Distribution | None = None
    orders: Distribution | None = None
    concentration: Concentration | None = None
    one_time_share: float | None = None
    voice: Voice = field(default_factory=Voice)

    @property
    def headline(self) -> Headline:
        """How much came in, and whether it is enough."""
        return show.headline(self)

    @property
    def intake_table(self) -> Table:
        """Rows of each table that came in, were used and were left out, with reasons."""
        return show.intake_table(self)

    @property
    def columns_table(self) -> Table:
        """What each declared column holds."""
        return show.columns_table(self)

    @property
    def warnings(self) -> Together:
        """What a reader should know before trusting the rest, as sentences."""
        return show.warnings(self)

    def blocks(self) -> tuple[Block, ...]:
        """Show the totals: exact counts, the exact amount, the period."""
        return (show.facts(self),)
