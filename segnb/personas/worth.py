"""What one more order would bring: arithmetic on the later window, and called so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segnb.kpis.results import Kpis

_OFTEN = "orders_per_month"


@dataclass(frozen=True)
class Worth:
    """One more order by each customer of a segment, at the segment's usual order.

    It is one more a month where the customers of every segment order at least monthly on average, else one in
    the whole later window: nobody who orders twice a year orders monthly for being asked. ``amount`` is
    ``customers * order`` over that window, times its months where it is ``monthly``; ``share`` is that amount
    over what all segments spent in it.
    """

    customers: int
    order: float
    amount: float
    share: float | None
    monthly: bool

    @property
    def step(self) -> Literal["month", "window"]:
        """The catalogue's key of how much more is reckoned with."""
        return "month" if self.monthly else "window"


def one_more_order(kpis: Kpis, segment: str) -> Worth | None:
    """Return the sum, or None where the data hold no later window, no orders or too few customers.

    None, too, where a segment's customers placed less than one order each on average: one more would more
    than double what they do.
    """
    window = kpis.windows.measure
    if window is None or "average_order_value" not in kpis or "customer_share" not in kpis:
        return None
    order = kpis["average_order_value", segment].value
    customers = _customers(kpis, segment)
    if order is None or not customers or _monthly(kpis, segment) * window.months < 1:
        return None
    monthly = all(_monthly(kpis, each) >= 1 for each in kpis.segments)
    amount = customers * order * (window.months if monthly else 1)
    revenue = segment_revenue(kpis)
    return Worth(customers, order, amount, amount / revenue if revenue else None, monthly)


def _monthly(kpis: Kpis, segment: str) -> float:
    """Return how often the customers of a segment order in a month on average; 0 where that is not known."""
    return (kpis[_OFTEN, segment].value or 0.0) if _OFTEN in kpis else 0.0


def segment_revenue(kpis: Kpis) -> float | None:
    """Return what the customers of all segments spent, or None where a segment's sum is hidden."""
    amounts = [kpis.revenue(segment) for segment in kpis.segments]
    known = [each for each in amounts if each is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def _customers(kpis: Kpis, segment: str) -> int | None:
    return next(each.customers for each in kpis.totals if each.group == segment)
