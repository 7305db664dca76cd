"""Do the tables belong together? Checked on the cleaned Parquet, where ids are text in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from segnb.errors import Fault, InputError, refuse
from segnb.tables.cast import plain_id
from segnb.tables.declare import Data
from segnb.tables.intake import Note, counted
from segnb.tables.judge import Judged
from segnb.tables.sources import name as quoted
from segnb.tables.sources import parquet


def check_links(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], data: Data, folder: Path
) -> tuple[Note, ...]:
    """Return all notes on the tables; refuse tables whose ids do not belong together."""
    files = {name: parquet(folder / f"{name}.parquet") for name in judged}
    if "transactions" in files:
        files["orders"] = parquet(folder / "orders.parquet")
    if data.alike_ids == "refuse":
        refuse(InputError, list(_alike(con, judged, files)))
    refuse(InputError, list(_strangers(con, judged, files)))
    notes = [note for each in judged.values() for note in each.notes]
    notes += _links(con, files)
    # Several tables of one sample share the note on its origin.
    return counted(dict.fromkeys(notes))


def _alike(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], files: dict[str, str]
) -> Iterator[Fault]:
    """Return the faults of ids that were written in several ways, as 7, 007 and 7.0."""
    for column, whose in (("customer_id", "customer"), ("product_id", "product")):
        held = [
            name
            for name, each in judged.items()
            if any(known.wanted.column == column for known in each.stage.casts)
        ]
        if not held:
            continue
        ids = " UNION ".join(f"SELECT DISTINCT {column} AS id FROM {files[name]}" for name in held)
        plain = plain_id("id")
        found = _count(con, f"FROM (SELECT {plain} FROM ({ids}) GROUP BY {plain} HAVING count(id) > 1)")
        if found:
            yield Fault(
                f"{found:,} {whose}{'s' * (found > 1)} with ids that differ in leading zeros or a trailing "
                "'.0' only",
                ", ".join(judged[name].stage.table.shown for name in held),
                remedy="Export ids as text from all systems, or set data.alike_ids: join (or keep, where 7 "
                f"and 007 are two {whose}s)",
            )


def _strangers(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], files: dict[str, str]
) -> Iterator[Fault]:
    known = "transactions" if "transactions" in files else "customers"
    for name in judged:
        if name in (known, "products"):
            continue
        if _count(con, f"FROM {files[name]} SEMI JOIN {files[known]} USING (customer_id)"):
            continue
        yield Fault(
            f"no customer of it stands in {known}",
            judged[name].stage.table.shown,
            judged[name].rows_used,
            "Check that the same column of ids is declared in both",
        )


def _links(con: duckdb.DuckDBPyConnection, files: dict[str, str]) -> Iterator[Note]:
    bought = files.get("transactions")
    if bought is None:
        return
    columns = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {bought}").fetchall()]
    if "products" in files and "product_id" in columns:
        named = f"(SELECT product_id FROM {bought} WHERE product_id IS NOT NULL)"
        unknown = f"FROM {named} ANTI JOIN {files['products']} USING (product_id)"
        yield Note("no_product_record", "transactions", _count(con, unknown))
    # To tell whole rows apart costs twice as much. That two differ and share 64 bits happens once in
    # a few hundred thousand tables of ten million rows.
    row = ", ".join(map(quoted, columns))
    yield Note(
        "repeated_rows",
        "transactions",
        _count(con, f"FROM {bought}", f"count(*) - count(DISTINCT hash({row}))"),
    )
    net = f"FROM (SELECT sum(amount) AS net FROM {files['orders']} GROUP BY customer_id) WHERE net <= 0"
    yield Note("nothing_paid", "transactions", _count(con, net))
    if "customers" in files:
        buyers = f"FROM (SELECT DISTINCT customer_id FROM {bought})"
        yield Note(
            "without_customer_record",
            "transactions",
            _count(con, f"{buyers} ANTI JOIN {files['customers']} USING (customer_id)"),
        )
        yield Note(
            "without_orders",
            "customers",
            _count(con, f"FROM {files['customers']} ANTI JOIN {bought} USING (customer_id)"),
        )


def _count(con: duckdb.DuckDBPyConnection, rest: str, what: str = "count(*)") -> int:
    return int(con.execute(f"SELECT {what} {rest}").fetchall()[0][0])
