"""Relative days, as ``as_of: yesterday``: the one place in segnb that reads the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

RELATIVE_DAYS: dict[str, Callable[[date], date]] = {
    "today": lambda today: today,
    "yesterday": lambda today: today - timedelta(days=1),
    "end of last week": lambda today: today - timedelta(days=today.isoweekday()),
    "end of last month": lambda today: today.replace(day=1) - timedelta(days=1),
}
"""Words for a day, as seen from today; a week ends on Sunday (ISO 8601)."""


def resolve_day(word: str, today: date | None = None) -> date:
    """Return the date that a relative word means.

    Parameters
    ----------
    word
        One of `RELATIVE_DAYS`.
    today
        The day to count from; only where it is left out is the clock read.
    """
    return RELATIVE_DAYS[word](today or date.today())
