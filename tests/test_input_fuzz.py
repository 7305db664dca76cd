"""Broken bytes: whatever stands in a file, it is read, or refused with an error of segnb's own."""

import random

import pytest
from tables_csv import read_orders

from segnb.errors import InputError

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WHOLE = (
    "customer_id,order_time,amount,note\n"
    '007,2024-01-05,10.50,"two\nlines, ""quoted"""\n'
    "Zoë,2024-02-29 23:59:59,-3,\n"
    'a,2024-03-01T10:00:00.25,"1e3",\u202e x\n'
).encode()
ODD = [
    each.encode() for each in ['"', '""', ",", ";", "\\", "'", "%s", "inf", "1e400", "0000-00-00", "\u202e"]
]
ODD += [b"\n", b"\r", b"\r\n", b"\0", b"\x1a", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xf0\x9f", b"9" * 400]


def mutated(dice):
    """Return the bytes with a few cuts, repeats, flips and odd insertions."""
    content = bytearray(WHOLE.replace(b"\n", dice.choice([b"\n", b"\r\n"])))
    for _ in range(dice.randint(1, 3)):
        place, length = dice.randrange(len(content) + 1), dice.randint(0, 12)
        what = dice.choice(["insert", "insert", "flip", "cut", "repeat", "end"])
        if what == "insert":
            content[place:place] = dice.choice(ODD)
        elif what == "flip" and place < len(content):
            content[place] ^= 1 << dice.randrange(8)
        elif what == "cut":
            del content[place : place + length]
        elif what == "repeat":
            content[place:place] = content[place : place + length] * dice.randint(1, 30)
        elif what == "end":
            del content[place:]
    return bytes(content)


@pytest.mark.parametrize("seed", range(3))
def test_broken_bytes_are_read_or_refused(tmp_path, seed):
    dice = random.Random(seed)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(50):
        content = mutated(dice)
        table = {
            "attributes": ["note"],
            "delimiter": dice.choice(",,,,,;"),
            "thousands": dice.choice(["", ","]),
            "encoding": dice.choice(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16"]),
        }
        data = {"bad_rows": dice.choice(["refuse", "quarantine", "quarantine"])}
        try:
            tables = read_orders(tmp_path, content, data, threads=1, **table)
        except InputError as error:
            assert str(error)
            outcomes["refused"] += 1
            continue
        intake = tables.intake.tables["transactions"]
        assert tables.transactions.count().execute() == intake.rows_used, content
        assert intake.rows_in == intake.rows_used + intake.rows_rejected, content
        outcomes["read"] += 1
    assert min(outcomes.values()) > 5  # it goes both ways


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.parquet"])
def test_broken_archives_are_refused(tmp_path, name):
    import gzip
    import io

    import pandas as pd

    if name.endswith("gz"):
        whole = gzip.compress(WHOLE, mtime=0)
    else:
        held = io.BytesIO()
        rows = {"customer_id": ["a", "b"], "order_time": ["2024-01-01"] * 2, "amount": ["1", "2"]}
        pd.DataFrame(rows).to_parquet(held)
        whole = held.getvalue()
    dice = random.Random(5)
    for _ in range(50):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        if dice.random() < 0.3:
            del content[dice.randrange(len(content)) :]
        try:
            read_orders(tmp_path, bytes(content), name=name, threads=1)
        except InputError as error:
            assert str(error)
