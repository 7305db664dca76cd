"""Do the tables belong together? Checked on the cleaned Parquet, where ids are text in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from segnb.errors import Fault, InputError, refuse
from segnb.tables.intake import Note, counted
from segnb.tables.judge import Judged
from segnb.tables.sources import parquet


def check_links(con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], folder: Path) -> tuple[Note, ...]:
    """Return all notes on the tables; refuse tables of which no customer is known to the others."""
    files = {name: parquet(folder / f"{name}.parquet") for name in judged}
    refuse(InputError, list(_strangers(con, judged, files)))
    notes = [note for each in judged.values() for note in each.notes]
    notes += _links(con, files)
    # Several tables of one sample share the note on its origin.
    return counted(dict.fromkeys(notes))


def _strangers(
    con: duckdb.DuckDBPyConnection, judged: dict[str, Judged], files: dict[str, str]
) -> Iterator[Fault]:
    known = "transactions" if "transactions" in files else "customers"
    for name, file in files.items():
        if name in (known, "products"):
            continue
        if _count(con, f"FROM {file} SEMI JOIN {files[known]} USING (customer_id)"):
            continue
        alike = "regexp_replace(ltrim(customer_id, '0'), '\\.0+$', '')"
        own, theirs = (f"(SELECT {alike} AS id FROM {each})" for each in (file, files[known]))
        remedy = "Check that the same column of ids is declared in both"
        if _count(con, f"FROM {own} SEMI JOIN {theirs} USING (id)"):
            remedy = "They differ in leading zeros or a trailing '.0': export ids as text from both systems"
        yield Fault(
            f"no customer of it stands in {known}",
            judged[name].stage.table.source,
            judged[name].rows_used,
            remedy,
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
    copies = f"FROM (SELECT *, count(*) - 1 AS copies FROM {bought} GROUP BY ALL HAVING count(*) > 1)"
    yield Note("repeated_rows", "transactions", _count(con, copies, "coalesce(sum(copies), 0)"))
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
