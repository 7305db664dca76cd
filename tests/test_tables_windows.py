"""The default spans of days: later days judge what earlier ones formed, and no day is in both."""

from datetime import date, timedelta

import pytest

from segnb.segmentation import Window
from segnb.tables.windows import scoring, split


@pytest.mark.parametrize(
    ("first", "last", "form", "measure"),
    [
        ("2017-01-01", "2017-12-31", "2017-01-01 2017-06-30", "2017-07-01 2017-12-31"),
        ("2017-01-05", "2017-12-31", "2017-01-01 2017-06-30", "2017-07-01 2017-12-31"),
        ("2023-07-01", "2024-12-31", "2023-07-01 2024-06-30", "2024-07-01 2024-12-31"),
        ("2020-02-10", "2024-12-31", "2023-07-01 2024-06-30", "2024-07-01 2024-12-31"),
        ("2024-01-01", "2024-04-30", "2024-01-01 2024-02-29", "2024-03-01 2024-04-30"),
        ("2024-01-31", "2024-03-30", "2024-01-29 2024-02-28", "2024-02-29 2024-03-30"),
        ("2024-01-01", "2024-01-28", "2024-01-01 2024-01-14", "2024-01-15 2024-01-28"),
    ],
)
def test_default_windows(first, last, form, measure):
    windows = split(date.fromisoformat(first), date.fromisoformat(last))
    assert f"{windows.form.start} {windows.form.end}" == form
    assert f"{windows.measure.start} {windows.measure.end}" == measure


def test_a_short_history_has_no_later_window():
    windows = split(date(2024, 1, 1), date(2024, 1, 27))
    assert windows.form == Window(date(2024, 1, 1), date(2024, 1, 27))
    assert windows.measure is None


def test_windows_never_overlap_and_end_at_as_of():
    for days in range(28, 900, 7):
        for shift in range(0, 40, 3):
            last = date(2024, 2, 29) + timedelta(days=shift)
            windows = split(last - timedelta(days=days - 1), last)
            assert windows.measure.end == last
            assert windows.form.end + timedelta(days=1) == windows.measure.start
            assert windows.form.days >= windows.measure.days - 4


def test_scoring_window_is_as_long_as_the_forming_one():
    windows = split(date(2023, 7, 1), date(2024, 12, 31))
    assert scoring(windows, date(2024, 12, 31)).days == windows.form.days
