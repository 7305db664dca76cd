"""The cleaned tables as Ibis expressions on one DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir

from segnb import store
from segnb.errors import InputError
from segnb.tables.intake import Intake
from segnb.tables.sources import parquet


@dataclass(frozen=True)
class Tables:
    """What `read` returns: each cleaned table as an Ibis expression, and how it came in.

    Beside the declared tables there is ``orders`` (one row for each order of each customer), and
    ``personal`` where personal columns are declared: nothing but an export may open that one.
    """

    folder: Path
    intake: Intake
    con: Any
    """The Ibis backend."""
    account: str = ""
    """The attribute whose values stand in the place of customers (`by_account`)."""

    def __contains__(self, name: str) -> bool:
        return (self.folder / f"{name}.parquet").is_file()

    def holds(self, name: str, column: str = "") -> bool:
        """Say whether a table is there and, where one is named, its column."""
        return name in self and (not column or column in self[name].columns)

    def __getitem__(self, name: str) -> ir.Table:
        if name not in self:
            declared = ", ".join(self.intake.tables)
            raise InputError(f"The table {name!r} is needed, but not declared under data (only {declared})")
        return self.con.table(name)

    @property
    def as_of(self) -> date | None:
        """The last day that counts."""
        return self.intake.as_of

    @property
    def transactions(self) -> ir.Table:
        """Lines of orders: ``customer_id, order_id, order_time, order_day, amount`` and what is declared."""
        return self["transactions"]

    @property
    def orders(self) -> ir.Table:
        """One row for each order of each customer: its first time and day, its sums, its ``lines``."""
        return self["orders"]

    @property
    def customers(self) -> ir.Table:
        """One row for each customer: ``customer_id`` and the attributes."""
        return self["customers"]

    @property
    def products(self) -> ir.Table:
        """One row for each product: ``product_id, category`` and the attributes."""
        return self["products"]

    @property
    def interactions(self) -> ir.Table:
        """Visits, clicks, logins: ``customer_id, interaction_time, interaction_day`` and what is declared."""
        return self["interactions"]

    @property
    def feedback(self) -> ir.Table:
        """Answers to surveys: ``customer_id``, ``nps`` or ``csat``, and what is declared."""
        return self["feedback"]

    @property
    def campaigns(self) -> ir.Table:
        """Contacts by campaigns: ``customer_id, contact_time, contact_day`` and what is declared."""
        return self["campaigns"]


def open_tables(folder: Path, *, threads: int = 2, memory_limit: str = "1GB") -> Tables:
    """Open cleaned tables that `read` has written."""
    intake = store.load(Intake, folder, "intake")
    con = _connect(folder, threads, memory_limit)
    for path in sorted(folder.glob("*.parquet")):
        if path.stem != "rejects":
            con.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM {parquet(path)}")
    return Tables(folder, intake, ibis.duckdb.from_connection(con))


@contextmanager
def configured(folder: Path, threads: int, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB connection in memory, and close it."""
    con = _connect(folder, threads, memory_limit)
    try:
        yield con
    finally:
        con.close()


def _connect(folder: Path, threads: int, memory_limit: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(
        config={"threads": threads, "memory_limit": memory_limit, "temp_directory": str(folder / "spill")}
    )
    # Whatever this machine is set to, casts and orders are the same.
    con.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last'")
    # In a notebook DuckDB would draw the progress of a long query into the cell's output, if it can;
    # where it cannot, it refuses to be told not to.
    with suppress(duckdb.InvalidInputException):
        con.execute("SET enable_progress_bar = false")
    return con
