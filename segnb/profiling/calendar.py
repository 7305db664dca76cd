"""Calendar months."""

from __future__ import annotations

from datetime import date, timedelta


def months_between(start: date, end: date) -> list[date]:
    """Return the first day of each month from that of ``start`` to that of ``end``."""
    months = [start.replace(day=1)]
    while (after := last_of_month(months[-1]) + timedelta(days=1)) <= end:
        months.append(after)
    return months


def last_of_month(month: date) -> date:
    """Return the last day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
