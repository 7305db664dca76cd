"""Awkward customers: too alike, too far out, too many; nobody is lost, and nothing is made of nothing."""

import datetime
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_features import blobs, table
from tables_csv import HEADER, read_orders

from segnb.bases import features
from segnb.clustering import choose_number, segment
from segnb.errors import InputError
from segnb.personas.spend import category_spend, declared_attributes
from segnb.profiling import profile
from segnb.segmentation import Window
from segnb.selection import select

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
ROOT = Path(__file__).parent.parent
YEAR = Window(datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
QUICK = {"method": "kmeans", "restarts": 10, "bootstraps": 20}


def orders(customers, *, each=8, amount=lambda dice: f"{dice.lognormvariate(3, 1):.2f}", seed=1):
    dice = random.Random(seed)
    return [
        f"c{number:04d},2024-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d},{amount(dice)}\n"
        for number in range(customers)
        for _ in range(dice.randint(1, each))
    ]


def warnings_of(tables):
    return " ".join(str(block) for block in profile(tables).warnings.results)


# Columns that tell nobody apart, or everybody


def test_empty_and_constant_columns_are_named_and_harm_nothing(tmp_path):
    rows = "customer_id,order_time,amount,empty,same,none\n" + "".join(
        f"{row.strip()},,k,\n" for row in orders(60)
    )
    tables = read_orders(
        tmp_path, rows, attributes={"empty": "number", "same": "category", "none": "category"}
    )
    told = warnings_of(tables)
    assert "empty in transactions is missing in 100% of the rows" in told
    assert "none in transactions is missing in 100% of the rows" in told
    assert "same in transactions holds one value only" in told


def test_constant_measures_leave_with_a_reason_and_none_left_is_refused():
    kept = select(table({"a": np.arange(200.0), "same": np.ones(200), "empty": np.full(200, np.nan)}))
    assert kept.kept == ["a"]
    assert [kept[name].reason for name in ("same", "empty")] == ["near_constant", "missing"]
    with pytest.raises(InputError, match=r"No measure is left .*: a \(dropped\); same \(near constant\)"):
        select(table({"a": np.arange(200.0), "same": np.ones(200)}), drop=["a"])


@pytest.mark.parametrize("copy", [lambda a: a, lambda a: 100 * a, lambda a: 5 - 3 * a, lambda a: a**3])
def test_a_column_that_says_the_same_twice_counts_once(copy):
    made, _ = blobs(((0, 0), (6, 1), (2, 7)), size=80)
    one, two = (made.frame[name].to_numpy() for name in made.frame)
    twice = table({"one": one, "again": copy(one), "two": two})
    alone = table({"one": one, "two": two})
    chosen = select(twice)
    assert chosen.kept == ["one", "two"]
    dropped = chosen["again"]
    assert (dropped.reason, dropped.partner) == ("redundant", "one")
    assert abs(dropped.correlation) > 0.98
    found, meant = (
        segment(each, select(each).transform, n_segments=3, **QUICK).labels for each in (twice, alone)
    )
    assert found.equals(meant)


def test_a_category_of_too_many_values_is_told_and_never_loaded(tmp_path):
    (tmp_path / "people.csv").write_text(
        "customer_id,city,size\n"
        + "".join(f"c{number:04d},city {number},{number % 3}\n" for number in range(200))
    )
    people = {"customers": {"source": "people.csv", "attributes": ["city", "size"]}}
    tables = read_orders(tmp_path, HEADER + "".join(orders(200)), people)
    assert list(declared_attributes(tables)) == ["size"]
    assert "city in customers has 200 values, more than 30" in warnings_of(tables)


def test_small_categories_are_left_out_before_they_fill_the_memory(tmp_path, monkeypatch):
    rows = "customer_id,order_time,amount,shelf\n" + "".join(
        f"{row.strip()},{'tea' if place % 3 else f's{place}'}\n" for place, row in enumerate(orders(200))
    )
    tables = read_orders(tmp_path, rows, category="shelf")
    found = features(tables, "rfm", None)
    cut = segment(found, select(found).transform, n_segments=2, **QUICK)
    from segnb.personas import describe, spend

    whole = describe(found, cut, tables)
    monkeypatch.setattr(spend, "MOST_CATEGORIES", 1)
    assert sorted(set(category_spend(tables, None, cut)["category"].dropna())) == ["tea"]
    assert [each.tastes for each in describe(found, cut, tables).by_segment.values()] == [
        each.tastes for each in whole.by_segment.values()
    ]
    assert any(each.tastes for each in whole.by_segment.values())


# Customers


@pytest.mark.parametrize("basis", ["rfm", "behavioural"])
def test_customers_who_are_all_alike_are_one_group_without_structure(tmp_path, basis):
    rows = [f"c{number:03d},2024-{month:02d}-01,10\n" for number in range(160) for month in range(1, 13)]
    found = features(read_orders(tmp_path, HEADER + "".join(rows)), basis, YEAR)
    chosen = select(found)
    assert {each.reason for each in chosen.decisions} == {"identical"}
    number = choose_number(found, chosen.transform, **QUICK)
    cut = segment(found, chosen.transform, n_segments=number.chosen, **QUICK)
    assert (number.reason, cut.segments, cut.verdict.kind) == ("identical", ("s1",), "none")
    assert cut.labels.value_counts().to_dict() == {"s1": 160}


@pytest.mark.parametrize("asked", [2, 3])
def test_one_enormous_customer_is_no_segment_and_is_counted(tmp_path, asked):
    rows = HEADER + "".join(orders(200, each=12)) + "z,2024-03-01,1000000000000\n" * 4
    found = features(read_orders(tmp_path, rows, order_id="row"), "behavioural", YEAR)
    chosen = select(found)
    drawn = {each.feature.name: each.drawn_in for each in chosen.decisions}
    assert drawn["average_order"] >= 1
    cut = segment(found, chosen.transform, n_segments=asked, **QUICK)
    assert min(each.size for each in cut.passports.values()) >= 10
    assert len(cut.labels) == len(found.frame)
    assert cut.labels["z"] in {*cut.segments, "unassigned: too few"}


@pytest.mark.parametrize("basis", ["rfm", "behavioural"])
def test_customers_who_paid_nothing_or_less_keep_a_place(tmp_path, basis):
    returns = [f"n{number:02d},2024-0{month}-01,-{number}\n" for number in range(30) for month in range(1, 7)]
    tables = read_orders(tmp_path, HEADER + "".join(orders(120, each=9)) + "".join(returns))
    found = features(tables, basis, YEAR, min_orders=1)
    assert len(found.frame) == 150
    method = {"rfm": "rfm_map", "behavioural": "kmeans"}[basis]
    cut = segment(found, select(found).transform, **{**QUICK, "method": method})
    placed = cut.labels[[f"n{number:02d}" for number in range(30)]]
    assert len(cut.labels) == 150
    assert set(placed) <= {*cut.segments, "unassigned: too few"}
    assert {note.key: note.rows for note in tables.intake.notes} == {"nothing_paid": 30}


MILLION = """
import datetime, pathlib, resource, sys, duckdb
folder = pathlib.Path(sys.argv[1])
con = duckdb.connect(config={"memory_limit": "300MB", "threads": 2, "temp_directory": str(folder)})
con.execute("SET enable_progress_bar = false")
rows = "FROM range(1000000) AS numbers(i)"
for name, columns in {
    "people": "'c' || i AS customer_id, 'city ' || i AS city",
    "products": "'p' || i AS product_id, 'shelf ' || i AS category",
    "orders": "'c' || i AS customer_id, DATE '2024-01-01' + (i * 7919 % 300)::INT AS order_time, "
    "'p' || i AS product_id, (i * 7919 % 10000) / 100 AS amount",
}.items():
    con.execute(f"COPY (SELECT {columns} {rows}) TO '{folder}/{name}.csv'")
con.close()
import segnb as sb
from segnb.tables.declare import Data
from segnb.tables.read import read
data = Data.model_validate({
    "customers": {"source": "people.csv", "attributes": ["city"]},
    "transactions": {"source": "orders.csv", "product_id": "product_id"},
    "products": {"source": "products.csv", "category": "category"},
})
tables = read(data, as_of=datetime.date(2024, 12, 31), root=folder, cache=folder / "cache")
profile = sb.profile(tables)
assert "1,000,000 values" in str(profile.warnings.results)
found = sb.features(tables, "rfm", None)
chosen = sb.select(found, required=("recency_days", "frequency", "monetary"))
cut = sb.segment(found, chosen.transform, method="rfm_map")
assert len(cut.labels) == 1_000_000
assert sb.describe(found, cut, tables).described
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units elsewhere")
def test_a_million_customers_cities_and_categories_fit_into_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MILLION, tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 1_200  # and no bar of progress is drawn
