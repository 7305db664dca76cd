"""The made-up shop in all the forms in which a company may keep its tables: the same data, typed."""

import copy
import datetime
import sqlite3
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from declared import PARAMS
from workbooks import write_workbook

from segnb.tables.shop import SEED
from segnb.tables.shop_data import make_shop
from segnb.yaml_file import read

DATABASE_TYPES = {
    int: "bigint",
    float: "double precision",
    Decimal: "numeric(12,2)",
    datetime.date: "date",
    datetime.datetime: "timestamp",
    str: "text",
}
_TYPES = {
    "quantity": int,
    "amount": Decimal,
    "discount": Decimal,
    "cost": Decimal,
    "revenue": Decimal,
    "price": Decimal,
    "unit_cost": Decimal,
    "age": int,
    "household_size": int,
    "income": int,
    "nps": int,
    "weight": float,
    "order_time": datetime.datetime,
    "interaction_time": datetime.datetime,
    "feedback_time": datetime.date,
    "contact_time": datetime.date,
    "response_time": datetime.date,
    "joined": datetime.date,
}


def shop_tables(one_in=1):
    """Return the shop's tables, of every so many-th customer, as names and rows of typed values."""
    made, found = make_shop(SEED).tables, {}
    for name in ("customers", "transactions", "products", "interactions", "feedback", "campaigns"):
        frame = made[name]
        if "customer_id" in frame:
            frame = frame[frame["customer_id"].astype(int) % one_in == 0]
        columns = {each: _TYPES.get(each, str) for each in frame.columns}
        rows = [
            tuple(_typed(value, type_) for value, type_ in zip(row, columns.values(), strict=True))
            for row in frame.astype(str).itertuples(index=False)
        ]
        found[name] = (columns, rows)
    return found


def _typed(text, type_):
    if text in ("", "NA"):
        return None
    return type_.fromisoformat(text) if issubclass(type_, datetime.date) else type_(text)


def write_csv(folder, tables):
    for name, (columns, rows) in tables.items():
        lines = [
            ",".join(columns),
            *(",".join("NA" if each is None else str(each) for each in row) for row in rows),
        ]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return lambda name: {"source": f"{name}.csv"}


def write_parquet(folder, tables):
    for name, (columns, rows) in tables.items():
        pq.write_table(
            pa.table(dict(zip(columns, map(pa.array, zip(*rows, strict=True)), strict=True))),
            folder / f"{name}.parquet",
        )
    return lambda name: {"source": f"{name}.parquet"}


def write_excel(folder, tables):
    sheets = {f"My {name}": [tuple(columns), *rows] for name, (columns, rows) in tables.items()}
    write_workbook(folder / "shop.xlsx", sheets)
    return lambda name: {"source": "shop.xlsx", "sheet": f"My {name}"}


def write_sqlite(folder, tables):
    with sqlite3.connect(folder / "shop.sqlite") as con:
        for name, (columns, rows) in tables.items():
            typed = ", ".join(f"{each} {DATABASE_TYPES[type_]}" for each, type_ in columns.items())
            con.execute(f"CREATE TABLE {name} ({typed})")
            told = [
                [
                    None if each is None else each if isinstance(each, int | float) else str(each)
                    for each in row
                ]
                for row in rows
            ]
            con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", reversed(told))
    con.close()
    return lambda name: {"source": "shop.sqlite", "table": name}


def write_postgres(con, tables):
    """Write into an empty database: orders' times as instants, all else as declared."""
    con.execute("SET TimeZone = 'UTC'")
    for name, (columns, rows) in tables.items():
        types = {
            **{key: DATABASE_TYPES[type_] for key, type_ in columns.items()},
            "order_time": "timestamptz",
        }
        con.execute(f"CREATE TABLE {name} ({', '.join(f'{each} {types[each]}' for each in columns)})")
        with con.cursor().copy(f"COPY {name} FROM STDIN") as copy_in:
            for row in reversed(rows):
                copy_in.write_row(row)


def declared(place):
    """Return the shipped declaration of the shop with other places of its tables."""
    data = copy.deepcopy(read(PARAMS / "shop.yaml").data["data"])
    for name, table in data.items():
        if isinstance(table, dict):
            table |= place(name)
    return data
