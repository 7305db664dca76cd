"""What one more order a month would bring: arithmetic on the later window, and called so."""

from __future__ import annotations

from dataclasses import dataclass

from segnb.kpis.results import Kpis


@dataclass(frozen=True)
class Worth:
    """One more order a month by each customer of a segment, at the segment's usual order.

    ``amount`` is ``customers * months * order`` over the later window; ``share`` is that amount over
    what all segments spent in it.
    """

    customers: int
    order: float
    amount: float
    share: float | None


def one_more_order(kpis: Kpis, segment: str) -> Worth | None:
    """Return the sum, or None where the data hold no later window, no orders or too few customers."""
    window = kpis.windows.measure
    if window is None or "average_order_value" not in kpis or "customer_share" not in kpis:
        return None
    order = kpis["average_order_value", segment].value
    customers = _customers(kpis, segment)
    if order is None or not customers:
        return None
    amount = customers * window.months * order
    revenue = segment_revenue(kpis)
    return Worth(customers, order, amount, amount / revenue if revenue else None)


def segment_revenue(kpis: Kpis) -> float | None:
    """Return what the customers of all segments spent, or None where a segment's sum is hidden."""
    amounts = [kpis.revenue(segment) for segment in kpis.segments]
    known = [each for each in amounts if each is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def _customers(kpis: Kpis, segment: str) -> int | None:
    return next(each.customers for each in kpis.totals if each.group == segment)
