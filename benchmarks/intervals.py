"""How often 95% intervals cover the truth, by kind of figure and number of customers.

Run it as ``.venv/bin/python benchmarks/intervals.py --sets 2000``, with ``--kind TEXT`` for the kinds whose
name holds that text, and ``--draws`` for the resamples of each interval: fewer cover a little less. Sets
are numbered from 0, and each is drawn by its own number. Rates need no sets: their coverage is a sum.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from known_spend import REGIMES, UNSEEN, covered, rates_covered

from segnb import intervals

GIVEN, COVERED = 0.95, 0.92
"""What a supported kind of figure must reach: the share of sets with an interval, and of these that cover."""

EXPECTED = (1, 2, 5, 10)
SIZES = (20, 30, 40, 60, 100, 200, 500, 1000)


def verdict(sets, given, right):
    """Say what a reader of such figures gets."""
    if given < (1 - GIVEN) * sets:
        return "too few"
    if right >= COVERED * given:
        return "yes" if given >= GIVEN * sets else "in part"
    return "no"


def told(name, n, sets):
    """Return the line of a kind of figure and a number of customers."""
    given, right = covered(name, n, sets)
    covering = f"{100 * right / given:.1f} %" if given else "–"
    shares = f"{100 * given / sets:.1f} % | {covering} | {100 * (given - right) / sets:.1f} %"
    return f"| {name} | {n} | {shares} | {verdict(sets, given, right)} |"


def main():
    """Print one line for each kind and number of customers, and one for each number of yes expected."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="")
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=intervals.DRAWS)
    asked = parser.parse_args()
    intervals.DRAWS = asked.draws
    for kinds in REGIMES, UNSEEN:
        print("\n| figure | customers | with an interval | of these covering | wrong, of all | supported |")
        print("|---|---|---|---|---|---|")
        for name, (_, sizes) in kinds.items():
            for n in sizes if asked.kind.lower() in name.lower() else ():
                print(told(name, n, asked.sets), flush=True)
    print("\n| yes and no expected, at least each | least coverage | of a rate | customers |")
    print("|---|---|---|---|")
    for expected in EXPECTED if asked.kind.lower() in "rate" else ():
        sizes = (n for n in SIZES if n >= 2 * expected)
        (chance, rate), n = min((rates_covered(n, expected), n) for n in sizes)
        print(f"| {expected} | {100 * chance:.1f} % | {rate:.3f} | {n} |", flush=True)


if __name__ == "__main__":
    main()
