"""Awkward tables: declared policies, refusals before anything is lost, rows left out in the open."""

import gzip
from datetime import date

import pandas as pd
import pytest
from tables_csv import HEADER, column, read_orders

from segnb.errors import InputError
from segnb.tables.orders import by_customer, everyone

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
ROW = "a,2024-01-01,1\n"


def refusal(folder, content, data=None, **table):
    with pytest.raises(InputError) as caught:
        read_orders(folder, content, data, **table)
    return str(caught.value)


def notes(tables):
    return {note.key: note.rows for note in tables.intake.notes}


def left_out(tables, table="transactions"):
    return {(each.reason, each.column): each.rows for each in tables.intake.tables[table].rejected}


# Shape


@pytest.mark.parametrize(
    "row", ["b,2024-01-01", "b", "b,2024-01-01,1,2", "b,2024-01-01,1,", 'b,2024-01-01,1,""']
)
def test_a_row_of_another_width_is_never_shifted_or_filled(tmp_path, row):
    message = refusal(tmp_path, f"{HEADER}{row}\n{ROW}{row}\n")
    assert "orders.csv, lines 2, 4: the number of fields is not the header's 3" in message
    assert "(2 rows)" in message
    tables = read_orders(tmp_path, f"{HEADER}{row}\n{ROW}{row}\n", {"bad_rows": "quarantine"})
    assert left_out(tables) == {("fields", ""): 2}
    assert column(tables, "customer_id") == ["a"]


def test_a_wider_first_row_does_not_make_the_id_an_index(tmp_path):
    assert "line 2: the number of fields" in refusal(
        tmp_path, "customer_id,amount,order_time\n1,2,2024-01-01,9\n"
    )


def test_a_wider_row_is_told_though_its_last_field_is_empty(tmp_path):
    rows = "customer_id,order_time,amount,city,note\na,2024-01-01,1,Paris, TX,\n"
    assert "line 2: the number of fields is not the header's 5" in refusal(
        tmp_path, rows, attributes=["city"]
    )


def test_a_line_too_long_to_be_one_is_refused(tmp_path):
    message = refusal(tmp_path, HEADER + ROW + "b" * 2_100_000 + ",2024-01-01,1\n")
    assert "line 3: a quote is broken, or a line is longer than 2,000,000 bytes" in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress((HEADER + ROW * 500).encode(), mtime=0)[:60], "cannot be decompressed"),
        (b"\x1f\x8bno such thing", "cannot be decompressed"),
        (b"PK\x03\x04", "cannot be decompressed"),
    ],
)
def test_a_broken_archive_is_refused(tmp_path, content, said):
    assert f"orders.csv.gz: {said}" in refusal(tmp_path, content, name="orders.csv.gz")


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        (
            (HEADER + ROW).encode("utf-16-le"),
            "utf-8",
            "where every second byte is one, set encoding: utf-16-le",
        ),
        (
            (HEADER + ROW).encode("utf-16-le"),
            "utf-16",
            "begins with no mark of utf-16. Set encoding: utf-8 or",
        ),
        ((HEADER + ROW).encode(), "utf-16", "begins with no mark of utf-16"),
        ((HEADER + "é" + ROW).encode("latin-1"), "utf-8", "line 2: byte 30 is no utf-8 text. Set encoding:"),
    ],
)
def test_an_encoding_that_was_not_declared_is_told_with_its_remedy(tmp_path, content, encoding, said):
    assert said in refusal(tmp_path, content, encoding=encoding)


# Ids

IDS = HEADER + "007,2024-01-01,1\n8,2024-01-02,2\n9.0,2024-01-03,4\nx,2024-01-04,8\n"
PEOPLE = {"customers": {"source": "people.csv"}}


@pytest.fixture
def people(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id\n7\n8\n9\nx\n")
    return tmp_path


def test_ids_that_match_in_another_form_only_are_refused(people):
    message = refusal(people, IDS, PEOPLE)
    assert (
        "people.csv, orders.csv: 2 customers with ids that differ in leading zeros or a trailing '.0' only"
        in message
    )
    assert "Export ids as text from all systems, or set data.alike_ids: join" in message


def test_ids_of_one_file_in_two_forms_are_refused(tmp_path):
    rows = HEADER + "7,2024-01-01,1\n007,2024-01-02,2\n0070,2024-01-02,2\n"
    assert "orders.csv: 1 customer with ids that differ" in refusal(tmp_path, rows)


def test_products_are_matched_by_the_same_rule(tmp_path):
    (tmp_path / "products.csv").write_text("product_id,shelf\n01,tea\n")
    products = {"products": {"source": "products.csv", "category": "shelf"}}
    rows = "customer_id,order_time,amount,item\na,2024-01-01,1,1\n"
    assert "1 product with ids that differ" in refusal(tmp_path, rows, products, product_id="item")
    joined = read_orders(tmp_path, rows, {**products, "alike_ids": "join"}, product_id="item")
    assert column(joined, "category") == ["tea"]


def test_ids_in_several_forms_are_joined_or_kept_apart_as_declared(people):
    joined = read_orders(people, IDS, {**PEOPLE, "alike_ids": "join"})
    assert column(joined, "customer_id") == ["7", "8", "9", "x"]
    assert notes(joined) == {}
    kept = read_orders(people, IDS, {**PEOPLE, "alike_ids": "keep"})
    assert column(kept, "customer_id") == ["007", "8", "9.0", "x"]
    assert notes(kept) == {"without_customer_record": 2, "without_orders": 2}


def test_only_ids_of_digits_have_other_forms(tmp_path):
    ids = ["0", "00", "0.0", "a.0", "0a", "a", "1.50", "1.5", "000", "10", "100"]
    joined = read_orders(
        tmp_path, HEADER + "".join(f"{each},2024-01-01,1\n" for each in ids), {"alike_ids": "join"}
    )
    found = by_customer(joined.orders).execute()
    assert sorted(found["customer_id"]) == sorted(["0", "a.0", "0a", "a", "1.50", "1.5", "10", "100"])
    assert dict(zip(found["customer_id"], found["monetary"], strict=True))["0"] == 4


# Numbers


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("inf", "infinite or undefined"),
        ("-Infinity", "infinite or undefined"),
        ("NaN", "infinite or undefined"),
        ("1e400", "out of range"),
        ("9" * 400, "out of range"),
        ("-" + "9" * 400, "out of range"),
        ("9" * 20, "out of range"),
        ("100000000000000", "out of range"),
    ],
)
@pytest.mark.parametrize("kind", ["money", "number"])
def test_what_is_no_finite_number_is_refused_or_missing_as_declared(tmp_path, written, said, kind):
    if kind == "number" and 1 < float(written) < 1e300:
        pytest.skip("a number of that size is one")
    rows = f"customer_id,order_time,amount,n\na,2024-01-01,1,2\nb,2024-01-01,1,{written}\n"
    wanted = {"attributes": {"n": kind}}
    message = refusal(tmp_path, rows, **wanted)
    assert f"orders.csv, row 2: column 'n' holds a number that is {said} (1 row)" in message
    tables = read_orders(tmp_path, rows, {"missing": [written]}, **wanted)
    assert [pd.isna(each) for each in column(tables, "n")] == [False, True]
    aside = read_orders(tmp_path, rows, {"bad_rows": "quarantine"}, **wanted)
    assert sum(left_out(aside).values()) == 1


def test_amounts_that_add_up_out_of_range_are_refused(tmp_path):
    rows = HEADER + "a,2024-01-01,99999999999999\n" * 2
    assert "amounts of one order add up to a number that is out of range" in refusal(tmp_path, rows)


@pytest.mark.parametrize(
    ("amounts", "doubt"),
    [
        (["1.234", "950"], True),
        (["1.234", "-12.500"], True),
        (["1.234", "1.5"], False),
        (["1.234", "0.125"], False),
        (["1.234", "1234.567"], False),
        (["12.50", "3.10"], False),
        (["1000", "2"], False),
    ],
)
def test_a_point_that_may_part_thousands_is_not_guessed(tmp_path, amounts, doubt):
    rows = HEADER + "".join(f"a,2024-01-01,{each}\n" for each in amounts)
    if not doubt:
        assert [float(each) for each in column(read_orders(tmp_path, rows), "amount")] == sorted(
            map(float, amounts)
        )
        return
    message = refusal(tmp_path, rows)
    assert "column 'amount' holds points before three digits and no other, as '9.999'" in message
    assert "Set data.transactions.decimal: '.', or decimal: ',' with thousands: '.'" in message
    small = column(read_orders(tmp_path, rows, decimal="."), "amount")
    large = column(read_orders(tmp_path, rows, decimal=",", thousands="."), "amount")
    assert [float(min(each, key=abs)) for each in (small, large)] == [
        1.234,
        950 if "950" in amounts else 1234,
    ]


# Times


@pytest.mark.parametrize("day", ["0001-01-01", "1583-10-15", "1899-12-31", "1899-12-31 23:59:59"])
def test_a_time_before_1900_is_refused(tmp_path, day):
    message = refusal(tmp_path, f"{HEADER}{ROW}b,{day},1\n")
    assert "orders.csv, row 2: column 'order_time' holds times before 1900-01-01 (1 row)" in message


def test_times_before_1970_are_counted(tmp_path):
    tables = read_orders(tmp_path, f"{HEADER}{ROW}b,1900-01-01,1\nc,1969-12-31 23:59:59,1\nd,1970-01-01,1\n")
    assert notes(tables) == {"before_1970": 2}


def test_the_last_day_there_is_lies_after_as_of_and_harms_nothing(tmp_path):
    rows = (
        "customer_id,order_time,amount,until\na,2024-01-01,1,9999-12-31\nb,9999-12-31 23:59:59,1,9999-12-31\n"
    )
    tables = read_orders(tmp_path, rows, {"timezone": "Asia/Tokyo"}, attributes={"until": "time"})
    assert left_out(tables) == {("after_as_of", "order_time"): 1}
    from segnb.profiling import profile

    assert profile(tables, min_cell=1).columns[-1].highest == "9999-12-31"


def test_recency_counts_from_as_of_and_never_from_now(tmp_path):
    from segnb.bases import features

    tables = read_orders(tmp_path, HEADER + "a,2019-12-01,1\nb,2019-12-31,1\n", as_of=date(2020, 1, 10))
    assert features(tables, "rfm", None).frame["recency_days"].tolist() == [40, 10]


# Returns

RETURNS = HEADER + "a,2024-01-01,9\na,2024-02-01,-2\nb,2024-01-01,5\nb,2024-02-01,-5\nc,2024-03-01,-1\n"


def test_returns_are_subtracted_and_nobody_leaves(tmp_path):
    tables = read_orders(tmp_path, RETURNS)
    found = by_customer(tables.orders).execute().set_index("customer_id")["monetary"].to_dict()
    assert found == {"a": 7.0, "b": 0.0, "c": -1.0}
    assert notes(tables) == {"nothing_paid": 2}


def test_returns_are_left_out_and_counted_where_that_is_declared(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id\na\nb\nc\n")
    tables = read_orders(tmp_path, RETURNS, PEOPLE, returns="exclude")
    found = by_customer(tables.orders).execute().set_index("customer_id")["monetary"].to_dict()
    assert found == {"a": 9.0, "b": 5.0}
    assert left_out(tables) == {("returned", "amount"): 3}
    assert everyone(tables).execute()["customer_id"].tolist() == ["a", "b", "c"]
    assert notes(tables) == {"without_orders": 1}


def test_a_return_is_a_sum_below_zero(tmp_path):
    rows = "customer_id,order_time,amount,off\na,2024-01-01,9,-2\nb,2024-01-01,2,-9\nc,2024-01-01,,\n"
    tables = read_orders(
        tmp_path, rows, {"bad_rows": "quarantine"}, amount=["amount", "off"], returns="exclude"
    )
    assert left_out(tables) == {("returned", "amount, off"): 1, ("missing", "amount"): 1}


# Repeated rows


def test_equal_rows_of_customers_are_refused_and_of_orders_counted(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id\na\na\nb\nb\nb\n")
    message = refusal(tmp_path, HEADER + ROW, PEOPLE)
    assert "people.csv: column 'customer_id': 2 ids with more than one row (5 rows)" in message
    tables = read_orders(tmp_path, HEADER + ROW * 3)
    assert notes(tables) == {"repeated_rows": 2}
    assert len(column(tables, "amount")) == 3
