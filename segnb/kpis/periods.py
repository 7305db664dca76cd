"""Spans of days of equal kind: weeks, months, quarters or years, by the calendar or from a first day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, get_args

from segnb.segmentation import Window

Period = Literal["year", "quarter", "month", "week"]
_MONTHS: dict[str, int] = {"year": 12, "quarter": 3, "month": 1}
ENOUGH = 4
"""Periods from which on a curve tells of a course."""


def choose(window: Window, *, calendar: bool = False) -> Period:
    """Return the longest period of which a window holds four; weeks, where it holds four of none."""
    fitting = (each for each in get_args(Period) if len(periods(window, each, calendar=calendar)) >= ENOUGH)
    found: Period = next(fitting, "week")
    return found


def periods(window: Window, period: Period, *, calendar: bool = False) -> list[Window]:
    """Return the whole periods of a window, one after the other from its first day.

    With ``calendar`` they are the calendar's: the first one holds the window's first day, and may
    begin before it.
    """
    first = _begin(window.start, period) if calendar else window.start
    found: list[Window] = []
    while (following := _shifted(first, period, len(found) + 1)) <= window.end + timedelta(days=1):
        found.append(Window(_shifted(first, period, len(found)), following - timedelta(days=1)))
    return found


def _begin(day: date, period: Period) -> date:
    """Return the first day of the calendar's period that holds a day; weeks begin on Mondays."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    month = (day.month - 1) // _MONTHS[period] * _MONTHS[period] + 1
    return date(day.year, month, 1)


def _shifted(start: date, period: Period, number: int) -> date:
    """Return the day so many periods later; months that are too short end on their last day."""
    if period == "week":
        return start + timedelta(weeks=number)
    year, month = divmod(start.year * 12 + start.month - 1 + number * _MONTHS[period], 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
