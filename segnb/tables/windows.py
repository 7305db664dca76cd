"""The spans of days: one in which segments form, a later one that judges them."""

from __future__ import annotations

from datetime import date, timedelta

from segnb.segmentation import Window, Windows

LONGEST_FORM = 12
"""Months in which segments form, at most: a year holds each season once."""
LONGEST_MEASURE = 6
"""Months that judge them, at most."""
SHORTEST = 28
"""Days below which a span is not cut in two."""


def split(first: date, last: date) -> Windows:
    """Return the default windows of a history: the later part measures, up to a year before it forms.

    Parameters
    ----------
    first
        The first day with an order.
    last
        The last day that counts: ``as_of``.
    """
    months = round(Window(first, last).months)
    measured = min(LONGEST_MEASURE, months // 2)
    if measured == 0:
        return _halves(first, last)
    start = _months_before(last, measured)
    formed = min(LONGEST_FORM, months - measured)
    form = Window(_months_before(start - timedelta(days=1), formed), start - timedelta(days=1))
    return Windows(form, Window(start, last))


def scoring(windows: Windows, last: date) -> Window | None:
    """Return the span on which labels are scored: as long as the form window, and ends at ``as_of``."""
    if windows.form is None:
        return None
    return Window(last - timedelta(days=windows.form.days - 1), last)


def _halves(first: date, last: date) -> Windows:
    whole = Window(first, last)
    if whole.days < SHORTEST:
        return Windows(whole, None)
    middle = first + timedelta(days=whole.days // 2)
    return Windows(Window(first, middle - timedelta(days=1)), Window(middle, last))


def _months_before(last: date, months: int) -> date:
    """Return the first day of a span of months that ends on ``last``."""
    after = last + timedelta(days=1)
    year, month = divmod(after.year * 12 + after.month - 1 - months, 12)
    for day in range(after.day, after.day - 4, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("no month is shorter than 28 days")
