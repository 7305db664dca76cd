"""How customers spread, month by month and bin by bin, and the charts of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from people import people
from profiling_sample import VOICE, day, shop

import segnb as sb
from segnb.charts import profiling as charts
from segnb.document.blocks import Figure, from_json, to_json
from segnb.profiling.calendar import last_of_month, months_between
from segnb.profiling.spread import concentration, distribution
from segnb.suppression import conceal_cells, told

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


@pytest.fixture
def found(tmp_path):
    return sb.profile(shop(tmp_path), voice=VOICE)


@pytest.mark.parametrize("whole", [False, True])
def test_every_customer_stands_in_one_bin_of_ten_at_least(whole):
    rng = np.random.default_rng(2)
    values = np.round(rng.lognormal(3, 1.5, 400)) if whole else rng.lognormal(3, 1.5, 400)
    values[:30] = 0
    found = distribution(values, min_cell=10, whole=whole)
    assert sum(found.customers) == (values > 0).sum()
    assert min(found.customers) >= 10
    assert found.edges[0] <= values[values > 0].min()
    assert found.edges[-1] > values.max()
    for low, high, count in zip(found.edges, found.edges[1:], found.customers, strict=False):
        assert count == ((values >= low) & (values < high) & (values > 0)).sum()
    assert found.median == pytest.approx(np.median(values[values > 0]))
    assert found.nothing == (values <= 0).sum()


def test_values_on_an_edge_and_too_few_values():
    found = distribution(np.array([1.0] * 20 + [1000.0] * 20), min_cell=10, whole=True)
    assert (found.edges[0], found.customers) == (0.5, (20, 20))
    assert distribution(np.array([1.0] * 20 + [1000.0] * 20), min_cell=10, whole=False).edges[0] == 1
    assert distribution(np.array([5.0] * 9), min_cell=10, whole=False) is None
    assert distribution(np.zeros(50), min_cell=10, whole=False) is None


def test_concentration_by_hand():
    amounts = np.array([10.0] * 80 + [40.0] * 20)
    found = concentration(amounts, min_cell=10)
    assert found.top == (0.2, 0.5)
    assert found.customers[:4] == (0, 0.1, 0.2, 0.3)
    assert found.revenue[-1] == 1
    assert np.diff(np.array(found.customers) * 100).min() >= 10 - 1e-9


def test_concentration_of_few_or_of_nothing_is_not_told():
    assert concentration(np.ones(30), min_cell=10).top == (0.5, 0.5)
    assert concentration(np.ones(19), min_cell=10) is None
    assert concentration(np.zeros(100), min_cell=10) is None


def test_counts_that_tell_of_a_few_are_not_told():
    assert [told(count, 10, of=100) for count in (0, 9, 10, 90, 91, 100)] == [0, None, 10, 90, None, 100]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([50, 40, 30], set()),
        ([50, 40, 3], {1, 2}),
        ([50, 0, 3], {0, 2}),
        ([4, 40, 3, 50], {0, 1, 2}),
        ([8, 40, 6, 50], {0, 2}),
        # Two that are 15 together, each below 10, are 6 at least.
        ([8, 40, 7, 50], {0, 1, 2}),
        ([5], {0}),
    ],
)
def test_a_hidden_count_cannot_be_worked_out_of_the_sum(counts, hidden):
    everything = np.ones(len(counts), dtype=bool)
    assert set(np.flatnonzero(conceal_cells(np.array(counts), [everything], 10))) == hidden


def test_months_of_the_calendar():
    assert months_between(day(2023, 11, 30), day(2024, 2, 1)) == [
        day(2023, 11, 1),
        day(2023, 12, 1),
        day(2024, 1, 1),
        day(2024, 2, 1),
    ]
    assert [last_of_month(day(2024, month, 9)).day for month in (2, 4, 12)] == [29, 30, 31]


def test_charts_show_what_they_claim(found):
    shown = [
        charts.calendar(found),
        *(part[0] for part in charts.spread(found).columns),
        charts.orders(found),
        charts.missing(found),
    ]
    assert from_json(to_json(shown)) == tuple(shown)
    for figure in shown:
        assert isinstance(figure, Figure)
        assert 0 < len(figure.alt) <= 150
        assert figure.data.rows
    assert len({figure.alt for figure in shown}) == len(shown)
    calendar, spend, concentrated, orders, missing = shown
    assert [row[1].text for row in calendar.data.rows] == ["60", "45", "30", "15", "0", "0"]
    assert calendar.subtitle == "Revenue by calendar month"
    assert sum(int(row[1].text) for row in spend.data.rows) == 60
    assert orders.data.rows[0][0].text == "1"
    assert concentrated.title.startswith("The top 20% of customers bring")
    assert missing.title == "quantity (transactions) is missing most often, in 40% of rows"


@pytest.mark.parametrize(("share", "said"), [(0.0016, "under 1%"), (0.006, "1%"), (0.4, "40%")])
def test_a_few_missing_values_of_many_rows_are_not_none(found, share, said):
    columns = tuple(
        replace(each, rows=10_000, missing=round(10_000 * share) if each.name == "quantity" else 0)
        for each in found.columns
    )
    drawn = charts.missing(replace(found, columns=columns))
    assert drawn.title == f"quantity (transactions) is missing most often, in {said} of rows"
    assert [row[1].text for row in drawn.data.rows] == [said]


def test_charts_are_the_same_bytes_twice(found):
    assert charts.spread(found) == charts.spread(found)


def test_years_are_labelled_where_months_are_many(tmp_path):
    orders = [
        (f"{n:03d}", f"{n}-{month}", f"{2022 + month // 12}-{month % 12 + 1:02d}-01", 9, 1)
        for n in range(12)
        for month in range(30)
    ]
    picture = charts.calendar(sb.profile(shop(tmp_path, orders), voice=VOICE)).picture
    assert all(f">{year}<" in picture for year in (2022, 2023, 2024))
    assert ">Mar<" not in picture


def test_tables_without_purchases_get_no_charts_of_them(tmp_path):
    frame = pd.DataFrame({"id": [f"c{place:02d}" for place in range(30)], "city": ["Ulm"] * 30})
    profile = sb.profile(people(tmp_path, frame, as_of=None), voice=VOICE)
    assert charts.calendar(profile) is None
    assert charts.spread(profile) is None
    assert charts.orders(profile) is None
