"""Tables of SQLite and PostgreSQL: read only, from one moment, under any name, and refused in our words."""

import sqlite3
import subprocess
import sys
import traceback
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from postgres import PASSWORD
from tables_csv import AS_OF, column

from segnb.errors import InputError, KernelError, ParameterError
from segnb.tables import snapshots
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.sources import databases, sqlite
from segnb.tables.sources import postgres as server_source

HOSTILE = 'a"; DROP TABLE orders; --'


class Sqlite:
    """An SQLite file, written as its owner does."""

    source = "shop.sqlite"

    def __init__(self, folder):
        self.con = sqlite3.connect(folder / "shop.sqlite", isolation_level=None)

    def execute(self, sql, values=()):
        return self.con.execute(sql, values).fetchall()

    close = property(lambda self: self.con.close)


class Postgres:
    """A database of the server."""

    def __init__(self, server, name):
        self.con, self.source = server.database(name), server.url(name)

    def execute(self, sql, values=()):
        cursor = self.con.execute(sql.replace("?", "%s") if values else sql, values or None)
        return cursor.fetchall() if cursor.description else []

    close = property(lambda self: self.con.close)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path, monkeypatch):
    if request.param == "sqlite":
        made = Sqlite(tmp_path)
    else:
        monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
        name = f"t{abs(hash(request.node.name)) % 10**12}"
        made = Postgres(request.getfixturevalue("server"), name)
    made.execute(
        "CREATE TABLE orders (customer_id text, order_time timestamp, amount numeric(12, 4), note text)"
    )
    made.execute("INSERT INTO orders VALUES ('007', '2024-01-05 10:00:00', 12.3456, 'anna@canary.example')")
    made.execute("INSERT INTO orders VALUES ('8', '2024-02-05 00:00:00', 3, NULL)")
    yield made
    made.close()


def read_orders(folder, source, more=None, **table):
    declared = {"transactions": {"source": source, "table": "orders", **table}, **(more or {})}
    return read(Data.model_validate(declared), as_of=AS_OF, root=folder, cache=folder / "cache")


def refused(folder, source, error=InputError, more=None, **table):
    with pytest.raises(error) as caught:
        read_orders(folder, source, more, **table)
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    assert quote(PASSWORD, safe="") not in told
    return str(caught.value)


def test_only_declared_columns_are_fetched(database, tmp_path):
    tables = read_orders(tmp_path, database.source)
    assert sorted(column(tables, "customer_id")) == ["007", "8"]
    assert sorted(map(str, column(tables, "amount"))) == ["12.3456", "3.0000"]
    assert tables.intake.tables["transactions"].not_read == ("note",)
    assert tables.intake.tables["transactions"].source == f"{database.source}, table orders"
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in kept)


def test_names_are_data(database, tmp_path):
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    database.execute(f"CREATE TABLE {quoted} (customer_id text, order_time date, {quoted} int)")
    database.execute(f"INSERT INTO {quoted} VALUES ('a', '2024-01-05', 5)")
    tables = read_orders(tmp_path, database.source, table=HOSTILE, amount=HOSTILE)
    assert column(tables, "amount") == [5]
    message = refused(tmp_path, database.source, table=HOSTILE, amount=f"{HOSTILE}x")
    assert f"there is no column {HOSTILE + 'x'!r}. Did you mean {HOSTILE!r}?" in message
    assert "there is no such table" in refused(tmp_path, database.source, table="x'; DROP TABLE orders; --")
    assert database.execute("SELECT count(*) FROM orders") == [(2,)]


@pytest.mark.parametrize("schema", ["sales.eu", HOSTILE])
def test_a_table_may_stand_in_a_schema_of_any_name(schema, server, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    made = Postgres(server, f"schema{len(schema)}")
    quoted = '"' + schema.replace('"', '""') + '"'
    made.execute(f"CREATE SCHEMA {quoted}")
    made.execute(f"GRANT USAGE ON SCHEMA {quoted} TO reader")
    made.execute(
        f"CREATE MATERIALIZED VIEW {quoted}.orders AS "
        "SELECT 1 AS customer_id, DATE '2024-01-05' AS order_time, 9 AS amount"
    )
    made.execute(f"GRANT SELECT ON {quoted}.orders TO reader")
    assert column(read_orders(tmp_path, made.source, table=f"{schema}.orders"), "amount") == [9]
    assert "no such table" in refused(tmp_path, made.source, table="orders")
    made.execute('CREATE TABLE "sales.eu.orders" (customer_id int)')
    if schema == "sales.eu":
        assert "more than one table can be meant" in refused(tmp_path, made.source, table="sales.eu.orders")
    made.close()


def test_nothing_can_be_written(database, tmp_path, monkeypatch):
    """Even a query that would write does not: the transaction is read-only."""
    found = []
    look = databases._find

    def find(snapshot, *rest):
        for statement in (
            "INSERT INTO orders (note) VALUES ('x')",
            "DROP TABLE orders",
            "CREATE TABLE t (a int)",
        ):
            with pytest.raises(Exception, match=r"read-?only"):
                snapshot.backend.con.execute(statement)
            if not isinstance(database, Sqlite):
                snapshot.backend.con.rollback()
        found.append(snapshot)
        return look(snapshot, *rest)

    if isinstance(database, Postgres):  # the owner may write, and still does not
        database.execute("ALTER TABLE orders OWNER TO reader")
    monkeypatch.setattr(databases, "_find", find)
    before = database.execute("SELECT * FROM orders ORDER BY 1")
    read_orders(tmp_path, database.source)
    assert len(found) == 1
    assert database.execute("SELECT * FROM orders ORDER BY 1") == before


def test_all_tables_are_of_one_moment(database, tmp_path, monkeypatch):
    """A customer who registers and orders between the two queries is in neither table."""
    if isinstance(database, Sqlite):
        database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE customers (customer_id text)")
    database.execute("INSERT INTO customers VALUES ('007'), ('8')")
    taken, asked = snapshots.Snapshots.of, []

    def of(self, declared, connect):
        asked.append(declared)
        if len(asked) == 2:
            database.execute("INSERT INTO customers VALUES ('9')")
            database.execute("INSERT INTO orders VALUES ('9', '2024-03-01', 1, NULL)")
        return taken(self, declared, connect)

    monkeypatch.setattr(snapshots.Snapshots, "of", of)
    customers = {"customers": {"source": database.source, "table": "customers"}}
    tables = read_orders(tmp_path, database.source, customers)
    assert asked == [database.source] * 2
    ids = [sorted(column(tables, "customer_id", table)) for table in ("customers", "transactions")]
    assert ids == [["007", "8"]] * 2
    later = read_orders(tmp_path, database.source, customers)
    assert len(column(later, "customer_id")) == 3


def test_equal_content_in_another_order_is_the_same_extract(database, tmp_path):
    first = read_orders(tmp_path, database.source)
    database.execute("CREATE TABLE copy AS SELECT * FROM orders ORDER BY customer_id DESC")
    database.execute("DROP TABLE orders")
    database.execute("CREATE TABLE orders AS SELECT * FROM copy")
    if isinstance(database, Postgres):
        assert database.execute("SELECT customer_id FROM orders") == [("8",), ("007",)]
    assert read_orders(tmp_path, database.source).folder == first.folder
    for amount in range(3):
        database.execute(f"UPDATE orders SET amount = {amount}")
        read_orders(tmp_path, database.source)
    assert len(list((tmp_path / "cache" / "extracts").glob("*.parquet"))) == 2


def test_many_batches_make_one_table(database, tmp_path, monkeypatch):
    for module in (sqlite, server_source):
        monkeypatch.setattr(module, "BATCH", 3)
    for number in range(20):
        database.execute(
            "INSERT INTO orders VALUES (?, '2024-01-05', ?, NULL)", (f"c{number:02}", number / 4)
        )
    tables = read_orders(tmp_path, database.source)
    assert len(column(tables, "customer_id")) == 22
    assert sum(map(float, column(tables, "amount"))) == 15.3456 + 190 / 4
    assert snapshots.BATCH > 1000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE orders", "table orders: there is no such table that may be read. Choose one of: spare"),
        ("ALTER TABLE orders RENAME TO ordres", "Did you mean 'ordres'?"),
        ("ALTER TABLE orders DROP COLUMN amount", "there is no column 'amount'"),
        ("DELETE FROM orders", "table orders: has no rows"),
    ],
)
def test_what_is_gone_is_told(change, said, database, tmp_path):
    database.execute("CREATE TABLE spare (a int)")
    database.execute(change)
    message = refused(tmp_path, database.source)
    assert said in message
    assert (
        "shop.sqlite" if isinstance(database, Sqlite) else "postgresql://reader@127.0.0.1:"
    ) in message or ("SHOP_PASSWORD" in message)


def test_bad_values_are_told_without_rows_that_nobody_could_find(database, tmp_path):
    database.execute("INSERT INTO orders VALUES (NULL, '2024-01-05', 1, NULL)")
    message = refused(tmp_path, database.source)
    assert message.startswith(f"{database.source}, table orders: column 'customer_id' has no id (1 row)")


@pytest.mark.parametrize("name", ["shop.sqlite", "b.db"])
def test_an_sqlite_file_that_is_none_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(b"customer_id,order_time\n" * 100)
    assert f"{name}: cannot be read" in refused(tmp_path, name)
    assert "there is no such file" in refused(tmp_path, "none.sqlite")


def test_what_sqlite_holds_beside_what_it_declares_is_read_as_it_is(tmp_path):
    """SQLite keeps any value in any column: the values tell the type, not the declaration."""
    made = Sqlite(tmp_path)
    made.execute("CREATE TABLE orders (customer_id INTEGER, order_time, amount DECIMAL(9,2), big FLOAT)")
    made.execute(
        "INSERT INTO orders VALUES (9007199254740993, '2024-01-05', '12.50', 0.1), "
        "(NULL, '2024-01-06', 3, NULL)"
    )
    made.close()
    tables = read_orders(tmp_path, "shop.sqlite", {"missing_id": "drop"}, attributes=["big"])
    assert column(tables, "customer_id") == ["9007199254740993"]
    assert column(tables, "big") == [0.1]
    with sqlite3.connect(tmp_path / "shop.sqlite") as con:
        con.execute("UPDATE orders SET amount = x'00ff'")
    con.close()
    assert "column 'amount' holds values of type bytes" in refused(tmp_path, "shop.sqlite")


def test_an_sqlite_file_that_is_being_written_is_worth_a_retry(tmp_path, monkeypatch):
    made = Sqlite(tmp_path)
    made.execute("CREATE TABLE orders (customer_id, order_time, amount)")
    made.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "timeout": 0.01}))
    message = refused(tmp_path, "shop.sqlite", KernelError)
    assert "another program is writing to it" in message
    made.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://reader:env:SHOP_PASSWORD@127.0.0.1:{port}/none", 'database "none" does not exist'),
        (
            "postgresql://reader:env:WRONG@127.0.0.1:{port}/postgres",
            'password authentication failed for user "reader"',
        ),
        ("postgresql://reader:env:SHOP_PASSWORD@127.0.0.1:1/postgres", "Connection refused"),
        ("postgresql://reader:env:SHOP_PASSWORD@nowhere.invalid/postgres", "there is no connection"),
        (
            "postgresql://reader:env:SHOP_PASSWORD@127.0.0.1:{port}/postgres?tpyo=1",
            'invalid URI query parameter: "tpyo"',
        ),
    ],
)
def test_no_connection_is_one_fault_with_the_address_and_no_password(
    url, said, server, tmp_path, monkeypatch
):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG", "canary-wrong-password")
    source = url.format(port=server.port)
    message = refused(tmp_path, source, more={"customers": {"source": source, "table": "customers"}})
    assert message.startswith("data.customers.source: postgresql://reader@")
    assert said in message
    assert "Check host, port, database and user" in message
    assert message.count("there is no connection") == 1
    assert "canary" not in message


def test_a_whole_url_may_stand_in_the_environment(server, tmp_path, monkeypatch):
    made = Postgres(server, "whole")
    made.execute(
        "CREATE TABLE orders AS SELECT 1 AS customer_id, DATE '2024-01-05' AS order_time, 5 AS amount"
    )
    monkeypatch.setenv("SHOP_URL", server.url("whole", quote(PASSWORD, safe="")))
    tables = read_orders(tmp_path, "env:SHOP_URL")
    assert column(tables, "amount") == [5]
    assert tables.intake.tables["transactions"].source == "env:SHOP_URL, table orders"
    message = refused(tmp_path, "env:SHOP_URL", table="ordres")
    assert f"env:SHOP_URL (postgresql://reader@127.0.0.1:{server.port}/whole), table ordres: " in message
    made.execute("REVOKE SELECT ON orders FROM reader")
    assert "may not be read by this user. GRANT SELECT on it" in refused(tmp_path, "env:SHOP_URL")
    monkeypatch.setenv("SHOP_URL", f"postgresql://reader:{PASSWORD}@127.0.0.1/whole")
    assert "env:SHOP_URL holds no database's URL" in refused(tmp_path, "env:SHOP_URL")
    monkeypatch.setenv("SHOP_URL", "sqlite:///shop.sqlite")
    assert "an SQLite database is a file. Name it" in refused(tmp_path, "env:SHOP_URL")
    monkeypatch.delenv("SHOP_URL")
    assert "the environment variable SHOP_URL is not set" in refused(tmp_path, "env:SHOP_URL", ParameterError)
    made.close()


@pytest.mark.parametrize(
    ("column_type", "value", "said"),
    [
        ("integer[]", "'{1,2}'", "holds values of type list"),
        ("interval", "'1 day'", "holds values of type timedelta"),
        ("date", "'infinity'", "holds times that are infinite or after the year 9999"),
        ("numeric", "'NaN'", "holds a number that is infinite or undefined"),
        ("double precision", "'Infinity'", "holds a number that is infinite or undefined"),
        ("numeric", "1e30", "out of range"),
    ],
)
def test_values_of_the_server_that_are_no_money_are_refused(
    column_type, value, said, server, tmp_path, monkeypatch
):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    made = Postgres(server, f"odd{abs(hash((column_type, value))) % 10**9}")
    made.execute(
        "CREATE TABLE orders AS SELECT 1 AS customer_id, DATE '2024-01-05' AS order_time, "
        f"{value}::{column_type} AS amount"
    )
    assert said in refused(tmp_path, made.source)
    made.close()


def test_typed_values_of_the_server_keep_their_type(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    made = Postgres(server, "typed")
    made.execute("SET TimeZone = 'UTC'")
    made.execute(
        "CREATE TABLE orders AS SELECT 9007199254740993::numeric AS customer_id, "
        "timestamptz '2024-06-30 23:30+00' AS order_time, 1.23456::numeric AS amount, true AS gift, "
        "DATE '2023-01-01' AS since, 1 / 3.0 AS share, 'e2f4b7a0-0000-4000-8000-000000000001'::uuid AS visit"
    )
    tables = read_orders(
        tmp_path, made.source, {"timezone": "Europe/Berlin"}, attributes=["gift", "since", "share", "visit"]
    )
    (row,) = tables.transactions.execute().to_dict("records")
    assert row["customer_id"] == "9007199254740993"
    assert str(row["order_day"])[:10] == "2024-07-01"
    assert str(row["amount"]) == "1.2346"
    assert (row["gift"], str(row["since"])[:10], row["share"]) == (True, "2023-01-01", pytest.approx(1 / 3))
    assert row["visit"] == "e2f4b7a0-0000-4000-8000-000000000001"
    extract = next((tmp_path / "cache" / "extracts").glob("*.parquet"))
    assert str(pq.read_schema(extract).field("customer_id").type) == "decimal128(38, 0)"
    made.close()


def test_a_connection_that_is_lost_while_reading_is_worth_a_retry(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    made = Postgres(server, "lost")
    made.execute(
        "CREATE TABLE orders AS SELECT n AS customer_id, DATE '2024-01-05' AS order_time, n AS amount "
        "FROM generate_series(1, 60000) AS n"
    )
    fetched = databases._fetched

    def cut(snapshot, query, where):
        for batch in fetched(snapshot, query, where):
            yield batch
            server_side = snapshot.backend.con.info.backend_pid
            made.execute(f"SELECT pg_terminate_backend({server_side})")

    monkeypatch.setattr(databases, "_fetched", cut)
    message = refused(tmp_path, made.source, KernelError)
    assert message.endswith("table orders: the connection was lost, or the server was busy. Start again")
    assert [path.name for path in (tmp_path / "cache" / "extracts").iterdir()] == [".lock"]
    made.close()


def test_without_the_extra_it_is_named(database, tmp_path, monkeypatch):
    extra = "sqlite" if isinstance(database, Sqlite) else "postgres"
    monkeypatch.setitem(sys.modules, f"ibis.backends.{extra}", None)
    assert f"Run pip install 'segnb[{extra}]'" in refused(tmp_path, database.source)


def test_any_other_database_of_ibis_is_read_too(tmp_path, monkeypatch):
    import duckdb

    with duckdb.connect(tmp_path / "shop.duckdb") as con:
        con.execute(
            "CREATE TABLE orders AS SELECT 7 AS customer_id, DATE '2024-01-05' AS order_time, 1.25 AS amount"
        )
    source = f"duckdb://{tmp_path}/shop.duckdb?read_only=True"
    assert [float(each) for each in column(read_orders(tmp_path, source), "amount")] == [1.25]
    assert "there is no such table" in refused(tmp_path, source, table="ordres")
    assert "segnb reads files and databases: download it first" in refused(
        tmp_path, "https://shop.example/orders"
    )
    assert "there is no connection (" in refused(tmp_path, f"duckdb://{tmp_path}/none/shop.duckdb")
    monkeypatch.setitem(sys.modules, "ibis.backends.mysql", None)
    assert "ibis-framework[mysql]" in refused(tmp_path, "mysql://reader@127.0.0.1/shop")


FETCH = """
import resource, sys
from pathlib import Path
from segnb.tables import extract
from segnb.tables.declare import Data
from segnb.tables.digest import resolve_all
extract._MEMORY = "60MB"
folder = Path(sys.argv[1])
data = Data.model_validate({"transactions": {"source": "shop.sqlite", "table": sys.argv[2]}})
resolve_all(data, folder, folder / "cache")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told in KiB on Linux only")
def test_memory_does_not_grow_with_the_table(tmp_path):
    made = Sqlite(tmp_path)
    for name, rows in (("few", 20_000), ("many", 250_000)):
        made.execute(
            f"CREATE TABLE {name} AS "
            f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {rows}) "
            "SELECT printf('customer-%040d', n) AS customer_id, '2024-01-05' AS order_time, "
            "n / 4.0 AS amount FROM n"
        )
    made.close()
    peaks = {}
    for name in ("few", "many"):
        done = subprocess.run(
            [sys.executable, "-c", FETCH, tmp_path, name],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        peaks[name] = int(done.stdout)
    assert peaks["many"] - peaks["few"] < 110, peaks  # held at once, the rows take 175 MiB more
