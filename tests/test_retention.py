"""Retention: nobody is left out because he was lost, and only whole periods count."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from kpi_sample import AS_OF, NAMES, WINDOWS, company, day, rows, segmentation

import segnb as sb
from segnb import store
from segnb.document.blocks import Figure, Paragraph
from segnb.errors import ParameterError
from segnb.kpis.cohorts import Retention
from segnb.kpis.periods import choose, periods
from segnb.segmentation import Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def planted(folder, as_of=AS_OF):
    """Write 60 who stay, and 40 who are lost after one quarter, before any segment forms.

    20 come later, of whom half order again.
    The lost are in no segment, since they did not order while the segments formed.
    """
    orders = []
    for number in range(100):
        for month in range(1, 13 if number < 60 else 4):
            orders.append((f"p{number:03d}", f"2023-{month:02d}-20", 10))
        if number < 60:
            orders += [(f"p{number:03d}", f"2024-{month:02d}-20", 10) for month in range(1, 13)]
    for number in range(20):
        came_back = ("2024-08-01",) if number < 10 else ()
        orders += [(f"q{number:03d}", at, 10) for at in ("2024-03-31", *came_back)]
    stay = {f"p{number:03d}": "s1" for number in range(60)} | {f"q{number:03d}": "s2" for number in range(20)}
    named = rows("customer_id order_time amount", *orders)
    tables = company(folder, as_of=as_of, transactions=(named, {}))
    return tables, segmentation(pd.Series(stay).rename_axis("customer_id"))


def test_lost_customers_stay_in_the_count(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, WINDOWS)
    assert found.cohort_period == "quarter"
    first, *_ = found.cohorts
    assert (first.window.start, first.customers) == (day(2023, 1, 1), 100)
    # Of survivors alone it would be 100 % throughout.
    assert first.kept == (0.6,) * 7
    assert found.outside == 40
    later = next(each for each in found.cohorts if each.window.start == day(2024, 1, 1))
    assert (later.customers, later.kept) == (20, ((-1, 0.5), 0.5, (-1, 0.5)))
    note = found.blocks()[1].content[0].text
    assert "lost ones too" in note
    assert "40 of them are in no segment." in note


def test_a_period_that_is_not_over_counts_nowhere(tmp_path):
    tables, made = planted(tmp_path, as_of=day(2024, 8, 15))
    found = sb.retention(
        tables, made, Windows(WINDOWS.form, Window(day(2024, 7, 1), day(2024, 8, 15))), period="month"
    )
    assert found.cohorts[-1].window.end == day(2024, 6, 30)
    assert found.cohorts[0].kept == (0.6,) * 5
    assert [each.end for each in found.periods] == [day(2024, 7, 31)]
    assert [(each.kind, each.limit) for each in found.points["s2"]] == [("under", 0.5)]


def test_a_segments_curve_counts_all_of_its_customers(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, WINDOWS, names=NAMES, min_cell=5)
    assert found.period == "month"
    # Of those who came back at all it would be 100 % in the second month.
    assert [each.value for each in found.points["s2"]] == [None, 0.5, *[None] * 4]
    assert [each.n for each in found.points["s1"]] == [60] * 6
    point = found.points["s1"][0]
    assert (point.kind, point.limit, point.high) == ("at least", 0.91, 1)
    assert 0.8 < point.low < point.limit
    assert found.finding == "Savers order more surely in month 6 than the rest"


def test_who_came_in_an_open_period_or_never_is_counted(tmp_path):
    given = [("a", "2024-01-10", 5), ("b", "2024-12-30", 5), ("c", "2024-02-02", -5), ("a", "2024-02-01", 5)]
    named = rows("customer_id order_time amount", *given)
    tables = company(tmp_path, as_of=day(2024, 12, 30), transactions=(named, {}))
    made = segmentation(pd.Series({"a": "s1"}).rename_axis("customer_id"))
    found = sb.retention(tables, made, WINDOWS, cohort_period="month", min_cell=1)
    assert (found.too_new, found.never, found.outside) == (1, 1, 1)
    assert found.cohorts[0].customers == 1
    text = found.blocks()[1].content[0].text
    assert "One customer first ordered in a period that is not over, and is not shown." in text
    assert "One customer has never ordered." in text


def test_how_few_of_a_segment_or_cohort_order_or_do_not_is_unsaid(tmp_path):
    """Of s1 four pause in July; of s2 three order in August; the rest would give these away."""
    orders, segments = [], {}
    for segment, size in (("s1", 60), ("s2", 50), ("s3", 40)):
        for number in range(size):
            customer = f"{segment}-{number:02d}"
            segments[customer] = segment
            orders.append((customer, "2024-01-10" if segment == "s1" else "2024-02-10", 10))
            for month in range(7, 13):
                paused = segment == "s1" and month == 7 and number < 4
                absent = segment == "s2" and month == 8 and number >= 3
                idle = segment != "s1" and number >= size - 20
                if not (paused or absent or idle):
                    orders.append((customer, f"2024-{month:02d}-15", 10))
    named = rows("customer_id order_time amount", *orders)
    tables = company(tmp_path, as_of=AS_OF, transactions=(named, {}))
    made = segmentation(pd.Series(segments).rename_axis("customer_id"))
    found = sb.retention(tables, made, WINDOWS, period="month", cohort_period="month")
    told = {segment: [each.value is not None for each in points] for segment, points in found.points.items()}
    # A second segment goes with the one that would tell: the total by month is told elsewhere.
    # In August s1 ordered to the last, of which a limit is told as of any few who did not.
    assert [[points[at].kind for points in found.points.values()] for at in (0, 1)] == [
        ["at least", "hidden", "figure"],
        ["at least", "under", "hidden"],
    ]
    assert found.points["s1"][0].limit == found.points["s1"][1].limit == 0.83
    assert all(all(each[2:]) for segment, each in told.items() if segment != "s1")
    # January's cohort is s1, February's the two others.
    january, february = found.cohorts[:2]
    assert january.kept[5] == (1, 0.83)
    assert january.kept[7:] == ((1, 0.83),) * 4
    assert february.kept[7:] == pytest.approx((50 / 90,) * 3)
    chart = sb.charts.retention.curves(found)
    assert "–" in [cell.text for cell in chart.data.rows[0]]


def test_how_few_never_ordered_is_unsaid(tmp_path):
    orders = [
        (f"p{number:02d}", f"2024-{month:02d}-20", 10) for number in range(40) for month in range(1, 13)
    ]
    made = segmentation(
        pd.Series({f"p{number:02d}": "s1" for number in range(40)}).rename_axis("customer_id")
    )
    for never, told in ((4, None), (12, 12)):
        # Who only gave something back has not ordered.
        returns = [(f"z{number:02d}", "2024-05-20", -10) for number in range(never)]
        named = rows("customer_id order_time amount", *orders, *returns)
        (folder := tmp_path / str(never)).mkdir()
        found = sb.retention(company(folder, as_of=AS_OF, transactions=(named, {})), made, WINDOWS)
        assert found.never == told
        note = found.blocks()[1].content[0].text
        assert ("never ordered is not said" in note) == (told is None)


def test_small_cohorts_and_segments_are_hidden(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, WINDOWS, min_cell=30)
    assert [each.customers for each in found.cohorts if each.customers != 0] == [None, None]
    assert found.points["s2"] == ()
    table = found.blocks()[0]
    assert [cell.text for cell in table.rows[1]][1:] == ["–"]
    assert "fewer than 30 customers" in found.blocks()[1].content[0].text
    chart = sb.charts.retention.curves(found, NAMES)
    assert [cell.text for cell in chart.data.rows[1]] == ["Spenders", "–", *["–"] * 6, "–"]
    assert "Spenders" not in chart.picture


def test_the_chart_says_its_finding_and_holds_its_numbers(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, WINDOWS, min_cell=5)
    chart = sb.charts.retention.curves(found, NAMES)
    assert isinstance(chart, Figure)
    assert chart.title == "Savers order more surely in month 6 than the rest"
    assert "July–December 2024" in chart.subtitle
    assert len(chart.alt) <= 150
    assert chart.alt.endswith("in month 6 from under 25% (Spenders) to at least 91% (Savers).")
    assert [cell.text for cell in chart.data.rows[0]] == ["Savers", "60", *["at least 91%"] * 6, "–"]
    assert chart == sb.charts.retention.curves(found, NAMES)


@pytest.mark.parametrize("customers", [range(50), range(60, 100)], ids=["all at 100 %", "all at 0 %"])
def test_names_at_the_ends_of_lines_do_not_touch(tmp_path, customers):
    tables, _ = planted(tmp_path)
    labels = {f"p{number:03d}": f"s{number % 4 + 1}" for number in customers}
    made = segmentation(pd.Series(labels).rename_axis("customer_id"))
    names = {f"s{number}": f"Frequent broad-range buyers {number}" for number in range(1, 5)}
    picture = sb.charts.retention.curves(sb.retention(tables, made, WINDOWS), names).picture
    texts = re.findall(r"<text[^>]*translate\(([\d.]+) ([\d.]+)\)[^>]*>([^<]*)<", picture)
    lines = sorted(float(y) for _, y, text in texts if re.search("Frequent|buyers|range", text))
    assert len(lines) == 8
    assert min(np.diff(lines)) > 11
    assert min(lines) > 8 and max(lines) < 216


def test_without_a_later_window_or_a_last_day_the_report_says_so(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, Windows(WINDOWS.form, None))
    assert found.periods == () and found.cohorts
    said = sb.charts.retention.curves(found)
    assert isinstance(said, Paragraph) and "no whole period" in said.content[0].text
    pd.DataFrame({"customer_id": ["p001", "q001"]}).to_csv(tmp_path / "customers.csv", index=False)
    data = Data.model_validate({"customers": {"source": "customers.csv"}})
    alone = read(data, as_of=None, root=tmp_path, cache=tmp_path / "alone")
    nothing = sb.retention(alone, made, Windows(None, None))
    assert nothing.cohorts == ()
    assert "no last day that counts" in nothing.blocks()[0].content[0].text


def test_a_period_that_does_not_exist_is_refused(tmp_path):
    tables, made = planted(tmp_path)
    with pytest.raises(ParameterError, match=r"no period 'months'\. Did you mean 'month'"):
        sb.retention(tables, made, WINDOWS, period="months")


def test_results_come_back_from_disk_as_they_were(tmp_path):
    tables, made = planted(tmp_path)
    found = sb.retention(tables, made, WINDOWS, names=NAMES)
    store.save(found, tmp_path / "kept", "retention")
    assert store.load(Retention, tmp_path / "kept", "retention") == found


@pytest.mark.parametrize(
    ("start", "end", "period", "number", "last"),
    [
        (day(2024, 7, 1), day(2024, 12, 31), "month", 6, day(2024, 12, 31)),
        (day(2024, 7, 1), day(2024, 12, 30), "month", 5, day(2024, 11, 30)),
        (day(2024, 1, 31), day(2024, 3, 30), "month", 2, day(2024, 3, 30)),
        (day(2024, 7, 1), day(2024, 12, 31), "quarter", 2, day(2024, 12, 31)),
        (day(2024, 2, 29), day(2025, 2, 27), "year", 1, day(2025, 2, 27)),
        (day(2024, 1, 1), day(2024, 1, 13), "week", 1, day(2024, 1, 7)),
    ],
)
def test_only_whole_periods_are_cut(start, end, period, number, last):
    found = periods(Window(start, end), period)
    assert (len(found), found[-1].end) == (number, last)
    assert all((after.start - before.end).days == 1 for before, after in pairwise(found))


def test_the_longest_period_is_taken_of_which_there_are_four():
    assert choose(Window(day(2024, 7, 1), day(2024, 12, 31))) == "month"
    assert choose(Window(day(2023, 1, 1), day(2024, 12, 31))) == "quarter"
    assert choose(Window(day(2020, 5, 1), day(2024, 12, 31)), calendar=True) == "year"
    assert choose(Window(day(2024, 7, 1), day(2024, 8, 31))) == "week"
