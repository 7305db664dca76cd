"""Text becomes a time or an amount where its pattern says so, and in no other case."""

import datetime
import random
import re
from decimal import ROUND_HALF_UP, Decimal

import pyarrow.parquet as pq
import pytest
from tables_csv import HEADER, read_orders

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

TIMES = (
    "2024-01-31",
    "2024-02-29 10:20",
    "2024-01-31 23:59:59",
    "2024-01-31T10:20:30",
    "1999-12-31 10:20:30.25",
)
ODD_TIMES = (
    "2017-1-1",
    "10000-01-01 10:00",
    "10000-01-01 10:0:00",
    "0044-03-15",
    "infinity",
    "2024-01-31 24:00:01",
)
AMOUNTS = ("7", "-12.30", "+.5", "1.5e3", "1234.", "0.00005", "12.34567")
ODD_AMOUNTS = ("1_000", "0x1", "0b1", "1.2.3", "--1", "e5", ".", "", "1 000", "\t1", "١")
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def as_time(said):
    """Return the time that stands there; None where none does."""
    if not ISO.fullmatch(said):
        return None
    try:
        found = datetime.datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.year >= 1900 else None


def as_amount(said):
    """Return the amount that stands there; None where none does, or one that nobody paid."""
    if not NUMBER.fullmatch(said) or abs(Decimal(said)) >= 10**14:
        return None
    return Decimal(said).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def changed(dice, said, signs):
    """Return a text with up to two characters inserted, left out or replaced."""
    for _ in range(dice.choice([0, 1, 1, 2])):
        place = dice.randrange(len(said) + 1)
        said = said[:place] + dice.choice(["", dice.choice(signs)]) + said[place + dice.choice([0, 1]) :]
    return said


def kept(folder, rows, column):
    """Return the value of each row that is used, by its number."""
    lines = (f'{number},"{time}","{amount}"\n' for number, (time, amount) in enumerate(rows))
    tables = read_orders(folder, HEADER + "".join(lines), {"bad_rows": "quarantine"}, order_id="row")
    found = pq.read_table(tables.folder / "transactions.parquet", columns=["customer_id", column])
    return dict(zip(map(int, found["customer_id"].to_pylist()), found[column].to_pylist(), strict=True))


def test_a_text_is_a_time_where_its_pattern_says_so(tmp_path):
    dice = random.Random(17)
    # An hour of 24 is midnight to some, an offset is tested elsewhere: neither is made here.
    texts = [*TIMES, *ODD_TIMES, *(changed(dice, dice.choice(TIMES), "0159-: T.,/_x") for _ in range(6_000))]
    texts = [each for each in texts if not re.search(r"[T ]24|-", each[10:])]
    meant = {number: as_time(each.strip(" ")) for number, each in enumerate(texts)}
    meant = {
        number: time for number, time in meant.items() if time and time.date() <= datetime.date(2024, 12, 31)
    }
    assert 2_000 < len(meant) < 5_000
    assert kept(tmp_path, [(each, "1") for each in texts], "order_time") == meant


def test_a_text_is_an_amount_where_its_pattern_says_so(tmp_path):
    dice = random.Random(19)
    texts = [
        *AMOUNTS,
        *ODD_AMOUNTS,
        *(changed(dice, dice.choice(AMOUNTS), "0159.,+-_eExX ") for _ in range(6_000)),
    ]
    meant = {number: as_amount(each.strip(" ")) for number, each in enumerate(texts)}
    meant = {number: amount for number, amount in meant.items() if amount is not None}
    assert 2_000 < len(meant) < 5_000
    assert kept(tmp_path, [("2024-01-01", each) for each in texts], "amount") == meant
