"""Cleaned tables as Parquet: canonical names and types, rows in a fixed order, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from segnb.errors import Fault, InputError, refuse
from segnb.tables.cast import MONEY
from segnb.tables.judge import OWN_TIME, Judged
from segnb.tables.misshapen import numbered
from segnb.tables.roles import Table, Transactions, Wanted
from segnb.tables.sources import name, parquet, text

ORDER_SUMS = ("amount", "quantity", "discount", "cost")


def write_tables(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], as_of: date | None, folder: Path
) -> None:
    """Write each table's rows that are used; transactions take their category from products."""
    try:
        _write_tables(con, judged, as_of, folder)
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        refuse(InputError, [_TOO_LARGE])


_TOO_LARGE = Fault(
    "amounts of one order add up to a number that is out of range",
    "data",
    remedy="Look for amounts of 10,000,000,000,000 and more: nobody paid those",
)


def _write_tables(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], as_of: date | None, folder: Path
) -> None:
    for table, each in judged.items():
        time = OWN_TIME.get(table)
        first = time if time in _columns(each) else None
        write(con, _select(each, as_of, judged.get("products")), folder / f"{table}.parquet", first)
        personal = _personal(each)
        if personal:
            write(con, personal, folder / "personal.parquet")
    if "transactions" in judged:
        _write_orders(con, judged["transactions"].stage.table, folder)


def write(con: duckdb.DuckDBPyConnection, query: str, path: Path, first: str | None = None) -> None:
    """Write a query as Parquet, sorted by all columns: no other order has the same bytes at any thread count.

    Sources mostly come by time, and what nearly has its order is sorted in half the time: so that
    column is to be the ``first``.
    """
    order = f"{name(first)}, COLUMNS(* EXCLUDE ({name(first)}))" if first else "ALL"
    con.execute(
        f"COPY (SELECT * FROM ({query}) ORDER BY {order}) TO {text(str(path))} "
        # A dictionary of ids is dear to make, and pays for few of them.
        "(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1000)"
    )


def write_rejects(con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], folder: Path) -> None:
    """Write the rows that were set aside, as they stood, with the reason; not those after ``as_of``."""
    columns = ("table_name", "reason", "column_name", "record")
    empty = ", ".join(["0::BIGINT AS row", *(f"''::VARCHAR AS {each}" for each in columns)])
    parts = [f"SELECT {empty} WHERE false", *(part for each in judged.values() for part in _rejects(each))]
    rows = f"SELECT table_name, row, reason, column_name, record FROM ({' UNION ALL BY NAME '.join(parts)})"
    write(con, rows, folder / "rejects.parquet")


def _rejects(judged: Judged) -> Iterator[str]:
    stage, table = judged.stage, f"{text(judged.stage.table.name)} AS table_name"
    rows = {each.reason: each.rows for each in judged.rejected}
    misshapen = rows.get("fields", 0)
    if misshapen:
        yield f"SELECT {table}, row, 'fields' AS reason, '' AS column_name, record FROM {stage.misshapen}"
    if set(rows) - {"fields", "after_as_of"}:
        cases = " ".join(f"WHEN {each.test} THEN {place}" for place, each in enumerate(stage.problems, 1))
        reasons = ", ".join(text(each.reason) for each in stage.problems)
        columns = ", ".join(text(each.wanted.source) for each in stage.problems)
        sources = dict.fromkeys(each.wanted.source for each in stage.casts)
        held = ", ".join(f"{text(each)}, {stage.columns[each][0]}::VARCHAR" for each in sources)
        marked = (
            f"SELECT n, CASE {cases} END AS problem, json_object({held})::VARCHAR AS record "
            f"FROM {numbered(stage, misshapen)}"
        )
        yield (
            f"SELECT {table}, n AS row, ([{reasons}])[problem] AS reason, "
            f"([{columns}])[problem] AS column_name, record FROM ({marked}) WHERE problem IS NOT NULL"
        )


def _select(judged: Judged, as_of: date | None, products: Judged | None) -> str:
    """Return the SQL of a table's canonical columns, with a day beside each time."""
    table = judged.stage.table
    columns = {column: _value(judged, column) for column in _columns(judged)}
    if as_of is not None and "response_time" in columns:
        columns = _responses_until(as_of, columns)
    made: dict[str, str] = {}
    for column, value in columns.items():
        made[column] = value
        if column.endswith("_time"):
            made[day_of(column)] = f"({value})::DATE"
    if table.name == "customers" and "customer_id" not in made:
        made = {"customer_id": "row::VARCHAR", **made}
    if isinstance(table, Transactions):
        made = _with_order(table, made)
    listed = ", ".join(f"{value} AS {name(column)}" for column, value in made.items())
    rows = f"SELECT {listed} FROM {judged.stage.staged} WHERE {judged.verdict} IS NULL"
    category = isinstance(table, Transactions) and "product_id" in made and "category" not in made
    if category and products and "category" in _columns(products):
        known = _select(products, None, None)
        return (
            f"SELECT bought.*, known.category FROM ({rows}) AS bought "
            f"LEFT JOIN (SELECT product_id, category FROM ({known})) AS known USING (product_id)"
        )
    return rows


def day_of(time_column: str) -> str:
    """Return the name of the day beside a time: ``order_day`` for ``order_time``."""
    return time_column.removesuffix("_time") + "_day"


def _columns(judged: Judged) -> list[str]:
    """Return the canonical columns, ids first."""
    wanted: list[Wanted] = [each.wanted for each in judged.stage.casts if not each.wanted.personal]
    names = dict.fromkeys(each.column for each in wanted)
    first = [each for each in ("customer_id", "order_id") if each in names]
    return [*first, *(each for each in names if each not in first)]


def _value(judged: Judged, column: str) -> str:
    """Return the SQL of a canonical column; where several are declared, of their sum."""
    places = [f"v{place}" for place, each in enumerate(judged.stage.casts) if each.wanted.column == column]
    if column in judged.days:
        return f"{places[0]}::DATE"
    if len(places) == 1:
        return places[0]
    total = " + ".join(f"coalesce({place}, 0)" for place in places)
    return f"CASE WHEN coalesce({', '.join(places)}) IS NOT NULL THEN ({total})::{MONEY} END"


def _responses_until(as_of: date, columns: dict[str, str]) -> dict[str, str]:
    known = f"({columns['response_time']})::DATE <= DATE {text(as_of.isoformat())}"
    made = dict(columns, response_time=f"CASE WHEN {known} THEN {columns['response_time']} END")
    if "response" in columns:
        made["response"] = f"({columns['response']}) AND coalesce({known}, true)"
    return made


def _with_order(table: Transactions, columns: dict[str, str]) -> dict[str, str]:
    if table.order_id == "day":
        order = f"{columns['customer_id']} || ' ' || {columns['order_day']}::VARCHAR"
    elif table.order_id == "row":
        order = f"(row_number() OVER (ORDER BY {', '.join(columns.values())}))::VARCHAR"
    else:
        return columns
    return {"customer_id": columns["customer_id"], "order_id": order, **columns}


def _personal(judged: Judged) -> str:
    held = [(place, each.wanted) for place, each in enumerate(judged.stage.casts)]
    personal = ", ".join(f"v{place} AS {name(wanted.column)}" for place, wanted in held if wanted.personal)
    if not personal:
        return ""
    ids = next((f"v{place}" for place, wanted in held if wanted.column == "customer_id"), "row::VARCHAR")
    staged = judged.stage.staged
    return f"SELECT {ids} AS customer_id, {personal} FROM {staged} WHERE {judged.verdict} IS NULL"


def _write_orders(con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> None:
    """Write one row for each order of each customer, so that no later query counts distinct orders."""
    source = parquet(folder / "transactions.parquet")
    held = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    sums = ", ".join(f"sum({each})::{MONEY} AS {each}" for each in ORDER_SUMS if each in held)
    channel = ", min(channel) AS channel" if "channel" in held else ""
    query = (
        f"SELECT customer_id, order_id, min(order_time) AS order_time, min(order_day) AS order_day, {sums}, "
        f"count(*) AS lines{channel} FROM {source} GROUP BY customer_id, order_id"
    )
    write(con, query, folder / "orders.parquet", "order_time")
