"""What was read once is kept: the same bytes each time, opened in an instant, grouped by customer."""

import datetime
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from tables_csv import HEADER, read_orders

from segnb import store
from segnb.tables import read as reading
from segnb.tables.declare import Data
from segnb.tables.found import find
from segnb.tables.intake import Intake
from segnb.tables.orders import by_customer, everyone, orders_in, within

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


ROOT = Path(__file__).parent.parent


def many_orders(rows=60_000):
    dice = random.Random(11)
    lines = [
        f"{dice.randrange(900):05d},2024-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d} "
        f"1{dice.randrange(10)}:00,{dice.uniform(0, 90):.2f},{dice.choice('xyz')}\n"
        for _ in range(rows)
    ]
    return lines, "customer_id,order_time,amount,channel\n"


def files(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_bytes_at_any_number_of_threads_zone_and_order_of_rows(tmp_path, monkeypatch):
    lines, header = many_orders()
    kept = []
    for number, (threads, zone) in enumerate(
        [(1, "UTC"), (2, "Pacific/Kiritimati"), (4, "America/St_Johns")]
    ):
        monkeypatch.setenv("TZ", zone)
        folder = tmp_path / str(number)
        folder.mkdir()
        tables = read_orders(folder, header + "".join(lines), threads=threads, channel="channel")
        kept.append(files(tables.folder))
    assert kept[0] == kept[1] == kept[2]
    shuffled = random.Random(1).sample(lines, len(lines))
    (tmp_path / "shuffled").mkdir()
    tables = read_orders(tmp_path / "shuffled", header + "".join(shuffled), channel="channel")
    again = files(tables.folder)
    assert {name: again[name] for name in ("transactions.parquet", "orders.parquet")} == {
        name: kept[0][name] for name in ("transactions.parquet", "orders.parquet")
    }
    sums = by_customer(tables.orders).execute()
    assert sums.equals(by_customer(tables.orders).execute())
    assert sums["customer_id"].is_monotonic_increasing


def test_the_second_read_opens_what_the_first_has_written(tmp_path, monkeypatch):
    first = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n")
    monkeypatch.setattr(reading, "_build", lambda *_: pytest.fail("read again"))
    second = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n")
    assert second.intake == first.intake == store.load(Intake, first.folder, "intake")
    assert [path.name for path in (tmp_path / "cache").glob("[!.]*")] == [first.intake.digest]


def test_whatever_changes_the_tables_changes_the_digest(tmp_path):
    rows = HEADER + "a,2024-01-01,1\n"
    digests = [
        read_orders(tmp_path, rows).intake.digest,
        read_orders(tmp_path, rows + "b,2024-01-01,1\n").intake.digest,
        read_orders(tmp_path, rows, order_id="row").intake.digest,
        read_orders(tmp_path, rows, as_of=datetime.date(2024, 6, 30)).intake.digest,
    ]
    assert len(set(digests)) == 4


def test_sources_have_a_digest_before_they_are_read(tmp_path):
    (tmp_path / "orders.csv").write_text(HEADER)
    data = Data.model_validate({"transactions": {"source": "orders.csv"}})
    before = find(data, tmp_path, tmp_path / "cache").digests
    (tmp_path / "orders.csv").write_text(HEADER + "a,2024-01-01,1\n")
    assert find(data, tmp_path, tmp_path / "cache").digests != before


def test_duckdb_uses_no_more_than_it_may(tmp_path):
    tables = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n", threads=1)
    settings = tables.con.raw_sql(
        "SELECT current_setting('threads'), current_setting('memory_limit')"
    ).fetchall()
    assert settings[0][0] == 1
    assert duckdb.sql(f"SELECT 1 WHERE '{settings[0][1]}' LIKE '95%MiB'").fetchall() == [(1,)]


def test_no_query_draws_its_progress_into_a_cell(tmp_path):
    tables = read_orders(tmp_path, HEADER + "a,2024-01-01,1\n")
    code = (
        "import pathlib, sys; from segnb.tables.opened import open_tables\n"
        "con = open_tables(pathlib.Path(sys.argv[1])).con\n"
        "print(con.raw_sql(\"SELECT current_setting('enable_progress_bar')\").fetchone()[0])"
    )
    # Typed in, as in a notebook: there DuckDB shows progress unless it is told not to.
    command = [sys.executable, "-W", "ignore", "-c", code, str(tables.folder)]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=here, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_orders_and_customers_by_orders(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id\na\nz\n")
    rows = HEADER + "a,2024-01-01,1\na,2024-01-01,2\na,2024-06-01,4\nb,2024-12-31,8\n"
    tables = read_orders(tmp_path, rows, {"customers": {"source": "people.csv"}})
    found = by_customer(tables.orders).execute().set_index("customer_id")
    assert found["frequency"].to_dict() == {"a": 2, "b": 1}
    assert found["monetary"].to_dict() == {"a": 7.0, "b": 8.0}
    from segnb.segmentation import Window

    spring = Window(datetime.date(2024, 1, 1), datetime.date(2024, 6, 1))
    assert orders_in(tables, spring).amount.sum().execute() == 7
    assert within(tables.transactions, spring).count().execute() == 3
    assert orders_in(tables, None).count().execute() == 3
    assert everyone(tables).execute()["customer_id"].tolist() == ["a", "b", "z"]
    assert {note.key: note.rows for note in tables.intake.notes} == {
        "without_customer_record": 1,
        "without_orders": 1,
    }
    assert "interactions" not in tables
    from segnb.errors import InputError

    with pytest.raises(InputError, match="'interactions' is needed, but not declared"):
        _ = tables.interactions


READ_THE_SHOP = """
import pathlib, sys
from segnb.tables.read import read
from segnb.tables.shop import AS_OF
from declared import shop
cache = pathlib.Path(sys.argv[1])
print(read(shop(), as_of=AS_OF, root=cache, cache=cache, threads=int(sys.argv[2])).folder.name)
"""


def test_same_bytes_in_another_process_with_other_settings(tmp_path):
    kept = []
    for threads, seed, zone, language in (
        ("1", "0", "UTC", "C"),
        ("2", "77", "Pacific/Kiritimati", "tr_TR.UTF-8"),
    ):
        cache = tmp_path / threads
        settings = {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LANG": language,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        }
        done = subprocess.run(
            [sys.executable, "-c", READ_THE_SHOP, str(cache), threads],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=True,
        )
        kept.append(files(cache / done.stdout.strip()))
    assert len(kept[0]) == 10
    assert kept[0] == kept[1]


def test_many_rows_are_the_same_in_the_same_order_at_any_number_of_threads_and_little_memory(tmp_path):
    orders = """
        SELECT 'c' || hash(i) % 9000 AS customer_id, i * 7 // 20 AS order_id,
            TIMESTAMP '2024-01-01' + to_seconds((i * 7 // 20 * 60)::BIGINT) AS order_time,
            (hash(i) % 500)::DECIMAL(9, 2) / 100 AS amount
        FROM range(400000) AS lines(i)"""
    duckdb.sql(f"COPY ({orders}) TO '{tmp_path / 'orders.csv'}' (FORMAT csv, HEADER)")
    duckdb.sql(f"COPY ({orders} ORDER BY hash(i)) TO '{tmp_path / 'shuffled.csv'}' (FORMAT csv, HEADER)")
    (once,) = duckdb.sql(f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({orders}))").fetchall()[0]
    kept = []
    for source, threads, memory in (
        ("orders.csv", 1, "1GB"),
        ("orders.csv", 3, "100MB"),
        ("shuffled.csv", 2, "1GB"),
    ):
        data = Data.model_validate({"transactions": {"source": source, "order_id": "order_id"}})
        tables = reading.read(
            data,
            as_of=datetime.date(2024, 12, 31),
            root=tmp_path,
            cache=tmp_path / str(threads),
            threads=threads,
            memory_limit=memory,
        )
        kept.append([pq.read_table(tables.folder / f"{each}.parquet") for each in ("transactions", "orders")])
        assert sum(note.rows for note in tables.intake.notes if note.key == "repeated_rows") == 400_000 - once
    assert once < 400_000 == kept[0][0].num_rows
    assert kept[0] == kept[1] == kept[2]


def test_what_is_wrong_with_the_last_of_many_columns_is_told(tmp_path):
    columns = [f"n{number}" for number in range(70)]
    rows = [["a", *(["1"] * 70)], ["b", *(["1"] * 69), "one"], ["c", "1e999", *(["1"] * 69)]]
    lines = [",".join(row) + "\n" for row in (["customer_id", *columns], *rows)]
    (tmp_path / "people.csv").write_text("".join(lines))
    declared = {
        "bad_rows": "quarantine",
        "customers": {"source": "people.csv", "attributes": dict.fromkeys(columns, "number")},
    }
    tables = reading.read(Data.model_validate(declared), as_of=None, root=tmp_path, cache=tmp_path / "cache")
    counted = {(each.column, each.reason): each.rows for each in tables.intake.tables["customers"].rejected}
    assert counted == {("n69", "unreadable"): 1, ("n0", "out_of_range"): 1}
    assert tables.customers.count().execute() == 1
