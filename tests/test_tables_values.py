"""What the tables keep: every value as it was meant, every row used or counted."""

import gzip
import random
from typing import get_args

import pandas as pd
import pytest
from tables_csv import AS_OF, HEADER, column, read_orders

from segnb.errors import InputError
from segnb.tables.cast import Reason
from segnb.tables.declare import Data
from segnb.tables.intake import Note, Rejected
from segnb.tables.read import read
from segnb.words import Voice, catalogue

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

KEEP = {"alike_ids": "keep"}


def rows_add_up(intake):
    return all(each.rows_in == each.rows_used + each.rows_rejected for each in intake.tables.values())


def test_ids_are_text_from_the_first_byte(tmp_path):
    ids = ["00123", "9007199254740993", "123.0", " 7", "1e5", "NA", "Zoë", "‮x"]
    tables = read_orders(tmp_path, HEADER + "".join(f"{each},2024-01-01,1\n" for each in ids), KEEP)
    assert sorted(column(tables, "customer_id")) == sorted(ids)


def test_only_declared_texts_are_missing(tmp_path):
    rows = "customer_id,order_time,amount,channel\na,2024-01-01,1,NA\nb,2024-01-01,1,null\nc,2024-01-01,1,\n"
    kept = read_orders(tmp_path, rows, channel="channel")
    assert column(kept, "channel")[:2] == ["NA", "null"]
    assert pd.isna(column(kept, "channel")[2])
    declared = read_orders(tmp_path, rows, {"missing": ["NA"]}, channel="channel")
    assert [pd.isna(each) for each in column(declared, "channel")] == [True, False, True]


def test_money_is_exact(tmp_path):
    cents = random.Random(3).choices(range(1, 10_000), k=5_000)
    rows = "".join(f"c{number % 7},2024-01-01,{cent / 100:.2f}\n" for number, cent in enumerate(cents))
    tables = read_orders(tmp_path, HEADER + rows)
    assert tables.transactions.schema()["amount"].scale == 4
    assert tables.transactions.amount.sum().execute() * 100 == sum(cents)
    assert tables.orders.amount.sum().execute() * 100 == sum(cents)


@pytest.mark.parametrize(
    ("written", "signs", "meant"),
    [
        ("1234.5", {}, "1234.5000"),
        (" -12.30 ", {}, "-12.3000"),
        ("+.5", {}, "0.5000"),
        ("1.5e3", {}, "1500.0000"),
        ('"1,234.56"', {"thousands": ","}, "1234.5600"),
        ('"1.234,56"', {"thousands": ".", "decimal": ","}, "1234.5600"),
        ("1'234", {"thousands": "'"}, "1234.0000"),
        ('"12,5"', {"decimal": ","}, "12.5000"),
        ("0.00005", {}, "0.0001"),
    ],
)
def test_amounts_are_read_as_declared(tmp_path, written, signs, meant):
    tables = read_orders(tmp_path, f"{HEADER}a,2024-01-01,{written}\n", **signs)
    assert str(column(tables, "amount")[0]) == meant
    rounded = [note.key for note in tables.intake.notes]
    assert ("rounded" in rounded) == (written == "0.00005")


NEW_YORK, BERLIN = {"timezone": "America/New_York"}, {"timezone": "Europe/Berlin"}
STORED_UTC, STORED_BERLIN = {"stored_timezone": "UTC"}, {"stored_timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("written", "data", "table", "local"),
    [
        ("2024-03-10", NEW_YORK, STORED_UTC, "2024-03-10 00:00:00"),
        ("2024-03-10 02:30:00", NEW_YORK, STORED_UTC, "2024-03-09 21:30:00"),
        ("2024-03-10 07:30:00", NEW_YORK, STORED_UTC, "2024-03-10 03:30:00"),
        ("2024-11-03 05:30:00", NEW_YORK, STORED_UTC, "2024-11-03 01:30:00"),
        ("2024-11-03 06:30:00", NEW_YORK, STORED_UTC, "2024-11-03 01:30:00"),
        ("2024-07-01T03:59:59", NEW_YORK, STORED_UTC, "2024-06-30 23:59:59"),
        ("2024-07-01T04:00:00Z", NEW_YORK, {}, "2024-07-01 00:00:00"),
        ("2024-07-01 00:30:00+09:00", BERLIN, {}, "2024-06-30 17:30:00"),
        ("2024-07-01 00:30", BERLIN, {}, "2024-07-01 00:30:00"),
        # No clock in Berlin ever showed this time; still it is not ours to move.
        ("2024-03-31 02:30", BERLIN, STORED_BERLIN, "2024-03-31 02:30:00"),
        ("2024-07-01 00:30:15.250", {}, {}, "2024-07-01 00:30:15.250000"),
        ("03/04/2024", {}, {"time_format": "%d/%m/%Y"}, "2024-04-03 00:00:00"),
        ("03/04/2024", {}, {"time_format": "%m/%d/%Y"}, "2024-03-04 00:00:00"),
        ("1.7.24 01:00", BERLIN, {"time_format": "%-d.%-m.%y %H:%M", **STORED_UTC}, "2024-07-01 03:00:00"),
        ("1.7.24", BERLIN, {"time_format": "%-d.%-m.%y", **STORED_UTC}, "2024-07-01 00:00:00"),
    ],
)
def test_times_become_the_business_wall_clock(tmp_path, written, data, table, local):
    tables = read_orders(tmp_path, f"{HEADER}a,{written},1\n", data, **table)
    found = tables.transactions.execute().iloc[0]
    assert pd.Timestamp(found["order_time"]) == pd.Timestamp(local)
    assert pd.Timestamp(found["order_day"]) == pd.Timestamp(local[:10])


def test_a_column_of_days_has_no_time_of_day(tmp_path):
    days = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n")
    assert str(days.orders.schema()["order_time"]) == "date"
    times = read_orders(tmp_path, HEADER + "a,2024-01-01 10:00,1\n")
    assert times.orders.schema()["order_time"].is_timestamp()


def test_rows_after_as_of_are_left_out_in_local_days(tmp_path):
    rows = (
        HEADER + "a,2024-12-31 23:30:00,1\nb,2025-01-01 04:30:00,2\nc,2025-01-01 05:30:00,4\nd,9999-12-31,8\n"
    )
    tables = read_orders(tmp_path, rows, {"timezone": "America/New_York"}, stored_timezone="UTC")
    assert column(tables, "customer_id") == ["a", "b"]
    (rejected,) = tables.intake.tables["transactions"].rejected
    assert (rejected.reason, rejected.rows) == ("after_as_of", 2)
    assert rejected.sentence(Voice()) == "2 rows are dated after the as-of day"
    assert rows_add_up(tables.intake)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "﻿customer_id,order_time,amount\nZoë,2024-01-01,1\n".encode()),
        ("utf-16", "customer_id,order_time,amount\nZoë,2024-01-01,1\n".encode("utf-16")),
        ("latin-1", "customer_id,order_time,amount\nZoë,2024-01-01,1\n".encode("latin-1")),
        ("utf-8", gzip.compress("customer_id,order_time,amount\nZoë,2024-01-01,1\n".encode(), mtime=0)),
    ],
)
def test_encodings_are_read_as_declared(tmp_path, encoding, content):
    name = "orders.csv.gz" if content[:2] == b"\x1f\x8b" else "orders.csv"
    tables = read_orders(tmp_path, content, name=name, encoding=encoding)
    assert column(tables, "customer_id") == ["Zoë"]
    assert not list(tables.folder.glob("*.csv"))


def test_quoted_fields_may_hold_anything(tmp_path):
    rows = (
        "customer_id,order_time,amount,note\r\n"
        'a,2024-01-01,1,"two\nlines, ""quoted"""\r\n'
        'b,2024-01-02,2,5" pipe\r\n'
    )
    tables = read_orders(tmp_path, rows, attributes=["note"])
    assert column(tables, "note") == ['two\nlines, "quoted"', '5" pipe']


def test_bad_rows_can_be_set_aside_with_their_reasons(tmp_path):
    rows = (
        HEADER + "a,2024-01-01,1\nb,2024-01-01,x\nc,2024-01-01\n,2024-01-01,3\nd,never,y\ne,2024-01-01,inf\n"
    )
    tables = read_orders(tmp_path, rows, {"bad_rows": "quarantine"})
    intake = tables.intake.tables["transactions"]
    assert (intake.rows_in, intake.rows_used) == (6, 1)
    counted = {(each.reason, each.column): each.rows for each in intake.rejected}
    assert counted == {
        ("fields", ""): 1,
        ("missing", "customer_id"): 1,
        ("unreadable", "order_time"): 1,
        ("unreadable", "amount"): 1,
        ("not_finite", "amount"): 1,
    }
    aside = pd.read_parquet(tables.folder / "rejects.parquet")
    assert aside.groupby(["reason", "column_name"]).size().to_dict() == counted
    assert aside.set_index("reason").loc["fields", "record"] == "c,2024-01-01"
    assert aside["row"].tolist() == [2, 3, 4, 5, 6]
    assert all(each.sentence(Voice()) for each in intake.rejected)


def test_rows_without_a_customer_can_be_dropped_alone(tmp_path):
    tables = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n,2024-01-01,2\n", {"missing_id": "drop"})
    intake = tables.intake.tables["transactions"]
    assert [(each.reason, each.rows) for each in intake.rejected] == [("missing", 1)]
    assert rows_add_up(tables.intake)


@pytest.mark.parametrize("seed", range(6))
def test_rows_in_are_rows_used_and_rejected(tmp_path, seed):
    dice = random.Random(seed)
    ids, days = (
        ["a", "b", "", '"c d"', "0\t1"],
        ["2024-02-29", "2023-02-29", "", "2024-01-01T10:00", "2026-01-01"],
    )
    amounts = ["1", "-3.5", "", "1,5", "inf", '"2"', '"7"8']
    held = [
        [dice.choice(ids), dice.choice(days), dice.choice(amounts)][: dice.choice([2, 3, 3, 3, 3])]
        for _ in range(400)
    ]
    rows = HEADER + "x,2024-01-01,1\n" + "".join(",".join(row) + "\n" for row in held)
    tables = read_orders(tmp_path, rows, {"bad_rows": "quarantine"})
    intake = tables.intake.tables["transactions"]
    assert intake.rows_in == 401
    assert intake.rows_used == len(column(tables, "amount"))
    assert rows_add_up(tables.intake)
    late = sum(each.rows for each in intake.rejected if each.reason == "after_as_of")
    assert len(pd.read_parquet(tables.folder / "rejects.parquet")) == intake.rows_rejected - late


def test_an_order_is_what_was_declared(tmp_path):
    rows = (
        "customer_id,order_time,amount,receipt\n"
        "a,2024-01-01 09:00,1,7\na,2024-01-01 17:00,2,8\na,2024-01-02 09:00,4,8\n"
    )
    for order, amounts in {"day": [3, 4], "row": [1, 2, 4], "receipt": [1, 6]}.items():
        tables = read_orders(tmp_path, rows, order_id=order)
        assert sorted(float(each) for each in column(tables, "amount", "orders")) == amounts
        assert tables.intake.order_unit == (order if order != "receipt" else "order")


def test_one_order_number_of_two_customers_makes_two_orders(tmp_path):
    rows = "customer_id,order_time,amount,receipt\na,2024-01-01,1,7\nb,2024-01-01,2,7\n"
    assert len(column(read_orders(tmp_path, rows, order_id="receipt"), "amount", "orders")) == 2


def test_several_columns_of_money_are_added(tmp_path):
    rows = (
        "customer_id,order_time,amount,off,coupon\n"
        "a,2024-01-01,1,0.10,\na,2024-01-02,1,0.10,0.20\na,2024-01-03,1,,\n"
    )
    tables = read_orders(tmp_path, rows, discount=["off", "coupon"])
    assert [None if each is None else str(each) for each in column(tables, "discount")] == [
        "0.1000",
        "0.3000",
        None,
    ]


def test_categories_come_from_products_and_unknown_ones_are_counted(tmp_path):
    (tmp_path / "products.csv").write_text("product_id,shelf\n01,tea\n")
    rows = "customer_id,order_time,amount,item\na,2024-01-01,1,01\na,2024-01-02,1,1\na,2024-01-03,1,\n"
    products = {"products": {"source": "products.csv", "category": "shelf"}}
    tables = read_orders(tmp_path, rows, {**products, **KEEP}, product_id="item")
    assert [None if pd.isna(each) else each for each in column(tables, "category")] == ["tea", None, None]
    assert [note.rows for note in tables.intake.notes if note.key == "no_product_record"] == [1]


@pytest.mark.parametrize("missing", [["99"], {"99": ["nps"]}])
def test_scores_and_yes_or_no_are_checked(tmp_path, missing):
    (tmp_path / "feedback.csv").write_text("customer_id,nps\na,10\nb,99\nc,0\n")
    (tmp_path / "campaigns.csv").write_text(
        "customer_id,contact_time,hit,on\na,2024-06-01,Yes,2024-06-02\nb,2024-06-01,0,\nc,2024-12-30,1,2025-01-02\n"
    )
    more = {
        "feedback": {"source": "feedback.csv", "nps": "nps", "missing": missing},
        "campaigns": {"source": "campaigns.csv", "response": "hit", "response_time": "on"},
    }
    tables = read_orders(tmp_path, HEADER + "a,2024-01-01,1\nb,2024-01-01,1\nc,2024-01-01,1\n", more)
    assert [None if pd.isna(each) else each for each in column(tables, "nps", "feedback")] == [10, None, 0]
    # The response of January is not known by the end of December.
    assert column(tables, "response", "campaigns") == [True, False, False]
    assert [note.rows for note in tables.intake.notes if note.key == "late_response"] == [1]


def test_personal_columns_lie_apart(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id,email,age\na,a@x.invalid,31\nb,b@x.invalid,\n")
    people = {"source": "people.csv", "personal": ["email"], "attributes": {"age": "number"}}
    tables = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n", {"customers": people})
    assert tables.customers.columns == ("customer_id", "age")
    assert tables["personal"].columns == ("customer_id", "email")
    assert "email" not in str(tables.intake.notes)


def test_customers_without_ids_are_numbered(tmp_path):
    (tmp_path / "people.csv").write_text("age\n31\n45\n")
    data = Data.model_validate(
        {"customers": {"source": "people.csv", "customer_id": "row", "attributes": {"age": "number"}}}
    )
    tables = read(data, as_of=None, root=tmp_path, cache=tmp_path / "cache")
    assert tables.customers.execute().values.tolist() == [["1", 31.0], ["2", 45.0]]


def test_typed_columns_stay_as_they_are_stored(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": [7, 9007199254740993],
            "order_time": pd.to_datetime(["2024-01-01 23:30", "2024-01-02 00:00"]).tz_localize("UTC"),
            "amount": [0.1, 2.675],
            "member": [True, False],
            "visits": [3, 4],
            "shop": ["a", "b"],
        }
    )
    frame.to_parquet(tmp_path / "orders.parquet")
    table = {"source": "orders.parquet", "attributes": ["member", "visits", "shop"]}
    data = Data.model_validate({"timezone": "Asia/Tokyo", "transactions": table})
    tables = read(data, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")
    found = tables.transactions.order_by("order_time").execute()
    assert found["customer_id"].tolist() == ["7", "9007199254740993"]
    assert [str(each) for each in found["amount"]] == ["0.1000", "2.6750"]
    assert found["order_time"].astype(str).tolist() == ["2024-01-02 08:30:00", "2024-01-02 09:00:00"]
    assert [found[each].tolist() for each in ("member", "visits", "shop")] == [
        [True, False],
        [3.0, 4.0],
        ["a", "b"],
    ]


def test_a_path_is_no_pattern(tmp_path):
    folder = tmp_path / "new [1]"
    folder.mkdir()
    (folder / "axb.csv").write_text(HEADER + "z,2024-01-01,9\n")
    tables = read_orders(folder, HEADER + "a,2024-01-01,1\n", name="a?b.csv")
    assert column(tables, "customer_id") == ["a"]


def test_a_package_ships_files_and_nothing_beside_them(tmp_path, monkeypatch):
    (tmp_path / "shipping_orders").mkdir()
    (tmp_path / "shipping_orders" / "__init__.py").write_text("raise ImportError('it is not to be imported')")
    for path in ("shipping_orders/orders.csv", "beside.csv"):
        (tmp_path / path).write_text(HEADER + "a,2024-01-01,1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert column(read_orders(tmp_path, "", source="package:shipping_orders/orders.csv"), "customer_id") == [
        "a"
    ]
    with pytest.raises(InputError, match="has no such file"):
        read_orders(tmp_path, "", source="package:shipping_orders/../beside.csv")


def test_every_reason_and_note_has_its_sentence():
    for reason in (*get_args(Reason), "fields", "after_as_of"):
        if reason != "no_time_zone":  # such tables are never used
            assert Rejected(reason, "amount", 2).sentence(Voice())
    for key in catalogue("en"):
        if key.startswith("tables.notes."):
            assert Note(key.removeprefix("tables.notes."), "transactions", 3, ("a", "b")).sentence(Voice())
