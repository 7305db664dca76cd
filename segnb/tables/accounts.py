"""Companies as customers: all tables by account, where each row is a contact's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis.expr.types as ir
import pandas as pd

from segnb.columns import ACCOUNT, CUSTOMER
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.tables.opened import Tables, open_tables
from segnb.tables.sources import parquet

_KEPT = ("customers", "personal", "rejects")
"""Tables that have rows of another kind, or that nothing but an export may open."""


def by_account(tables: Tables, column: str) -> Tables:
    """Return the same tables with accounts in the place of customers, so that each account counts once.

    An account is what shares one value of this attribute; a contact without one stands for itself. Known
    of an account is the median of its contacts' numbers and the most frequent of their other values, of
    equals the first. Orders, visits, answers and campaigns of its contacts are the account's.

    Raises
    ------
    ParameterError
        The customers have no such attribute.
    InputError
        An account bears the id of a contact who has none.
    """
    if tables.account == column:
        return tables
    names = [each for each in tables.customers.columns if each != CUSTOMER]
    if column not in names:
        fault = Fault(
            f"there is no attribute {column!r}", "basis_options.account", remedy=nearest(column, names)
        )
        refuse(ParameterError, [fault])
    found = open_tables(tables.folder)
    con = found.con.con
    con.execute(
        f"CREATE TABLE members AS SELECT {CUSTOMER} AS contact, CAST({_name(column)} AS VARCHAR) AS company "
        "FROM customers"
    )
    taken = con.execute(
        "SELECT count(*) FROM members WHERE company IS NULL AND contact IN (SELECT company FROM members)"
    ).fetchall()[0][0]
    if taken:
        raise InputError(
            f"{taken:,} customers without a value of {column!r} have an id that is such a value of others, "
            "and would be taken for that company. Give companies names that are no customer's id"
        )
    for path in sorted(tables.folder.glob("*.parquet")):
        if path.stem not in _KEPT and CUSTOMER in found[path.stem].columns:
            con.execute(f"CREATE OR REPLACE VIEW {path.stem} AS {_joined(parquet(path))}")
    rows = parquet(tables.folder / "customers.parquet")
    con.execute(f"CREATE TABLE contacts AS {_joined(rows)}")
    con.execute(f"CREATE TABLE accounts AS {_one_each(found.customers, names)}")
    con.execute("CREATE OR REPLACE VIEW customers AS SELECT * FROM accounts")
    return replace(found, account=column)


def contacts(tables: Tables) -> ir.Table:
    """Return one row for each contact, as it came in, with the account as ``customer_id``."""
    rows: ir.Table = tables.con.table("contacts")
    return rows


def accounts_of(ids: pd.Index, counted: Tables) -> pd.Series:
    """Return each contact's account, by the contact's id; who has none stands for itself.

    Parameters
    ----------
    ids
        Ids of contacts.
    counted
        Their tables by account.
    """
    known: pd.Series = counted.con.table("members").to_pandas().set_index("contact")["company"]
    own = pd.Series(ids, index=ids, dtype="str", name=ACCOUNT)
    return known.reindex(ids).astype("str").fillna(own).rename(ACCOUNT)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _joined(rows: str) -> str:
    """Return the rows with their customers' accounts in the place of customers."""
    return (
        f"SELECT coalesce(members.company, rows.{CUSTOMER}) AS {CUSTOMER}, rows.* EXCLUDE ({CUSTOMER}) "
        f"FROM {rows} AS rows LEFT JOIN members ON members.contact = rows.{CUSTOMER}"
    )


def _one_each(customers: ir.Table, names: Sequence[str]) -> str:
    """Return one row for each account, a column at a time."""
    schema = customers.schema()
    parts = [f"SELECT DISTINCT {CUSTOMER} FROM contacts"]
    for name in map(str, names):
        value = _name(name)
        if schema[name].is_numeric():
            known = f"SELECT {CUSTOMER}, median({value}) AS {value} FROM contacts GROUP BY {CUSTOMER}"
        else:
            counted = (
                f"SELECT {CUSTOMER}, {value}, count(*) AS held FROM contacts WHERE {value} IS NOT NULL "
                f"GROUP BY {CUSTOMER}, {value}"
            )
            known = (
                f"SELECT {CUSTOMER}, first({value} ORDER BY held DESC, {value}) AS {value} FROM ({counted}) "
                f"GROUP BY {CUSTOMER}"
            )
        parts.append(f"LEFT JOIN ({known}) USING ({CUSTOMER})")
    first, *rest = parts
    return f"SELECT * FROM ({first}) {' '.join(rest)} ORDER BY {CUSTOMER}"
