"""How often chance alone makes a difference between segments clear, and how often a planted one is found.

Run it as ``.venv/bin/python benchmarks/families.py --sets 500``, with ``--customers``, ``--lift`` and
``--draws`` (resamples for each interval). Customers are made up, or with ``--sample`` those of the
Complete Journey in the second half of 2017; their four, five or six segments in turn are drawn by lot,
seeds 0, 1, 2 and so on. A family errs where any difference in any KPI is called clear.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from shuffled_kpis import SHARES, by_lot, clear_differences, clientele

from segnb import intervals
from segnb.columns import AMOUNT, SEGMENT
from segnb.intervals import wilson

LIFTS = (1.0, 1.25, 1.5, 2.0)
"""Times the spend of the second segment; 1 plants nothing."""


def sample():
    """Return the Complete Journey's customers with what they did in the second half of 2017."""
    from declared import journey
    from kpi_sample import day, segmentation

    from segnb.kpis.customers import customer_book, segment_customers
    from segnb.segmentation import Window, Windows
    from segnb.tables.orders import everyone
    from segnb.tables.read import read

    with tempfile.TemporaryDirectory() as folder:
        tables = read(journey(), as_of=day(2017, 12, 31), root=Path(folder), cache=Path(folder))
        windows = Windows(
            Window(day(2017, 1, 1), day(2017, 6, 30)), Window(day(2017, 7, 1), day(2017, 12, 31))
        )
        ids = everyone(tables).execute().set_index("customer_id").index
        one = segmentation(ids.to_series().map(lambda _: "s1"))
        book = customer_book(tables, one, windows)
        return segment_customers(tables, one, windows, book).drop(columns=SEGMENT)


def main():
    """Print one line for each planted lift."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=int, default=500)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--lift", type=float, action="append", default=[])
    parser.add_argument("--draws", type=int, default=intervals.DRAWS)
    asked = parser.parse_args()
    intervals.DRAWS = asked.draws
    fixed = sample() if asked.sample else None
    name = "Complete Journey" if asked.sample else f"made up, {asked.customers:,}"
    for lift in asked.lift or LIFTS:
        found, numbers = 0, set()
        for seed in range(asked.sets):
            customers = clientele(asked.customers, seed) if fixed is None else fixed
            customers = by_lot(customers, sorted(SHARES)[seed % len(SHARES)], seed)
            lifted = np.where(customers[SEGMENT] == "s2", lift, 1.0)
            number, clear = clear_differences(customers.assign(**{AMOUNT: customers[AMOUNT] * lifted}), seed)
            numbers.add(number)
            found += clear > 0
        low, high = (100 * each for each in wilson(found, asked.sets))
        told = f"{found}/{asked.sets} [{low:.1f}, {high:.1f}]"
        print(f"| {name} | {min(numbers)}–{max(numbers)} | {lift:g} | {told} |", flush=True)


if __name__ == "__main__":
    main()
