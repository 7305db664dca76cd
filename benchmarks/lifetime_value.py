"""How often 95% intervals of lifetime value cover the truth, by model, number of customers and segment.

Run it as ``.venv/bin/python benchmarks/lifetime_value.py --sets 2000``; ``--model`` and ``--customers``
choose one of each, ``--draws`` sets the resamples of each interval. Customers are drawn by what the
literature finds for CDNOW, join within 12 weeks and are looked at after 39; worth is that of the 12 months
that follow, at a tenth a year. Forecasts come from the model that drew them, and from the likelier of the
two, as in a report.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from known_lifetimes import covered

from segnb import intervals
from segnb.lifetime import MODELS

DREW = ("mbg_nbd", "pareto_nbd")
SIZES = (300, 1000, 3000)


def told(right, given, sets):
    """Say how many of those that have an interval cover, and how many have one where some have none."""
    if given < 0.05 * sets:
        return "too few"
    covering = f"{100 * right / given:.1f} %"
    return covering if given == sets else f"{covering} ({100 * given / sets:.1f} %)"


def main():
    """Print one line for each model, number of customers and way to forecast."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=intervals.DRAWS)
    parser.add_argument("--model", choices=DREW)
    parser.add_argument("--customers", type=int, choices=SIZES)
    asked = parser.parse_args()
    intervals.DRAWS = asked.draws
    head = True
    for model in (asked.model,) if asked.model else DREW:
        for n in (asked.customers,) if asked.customers else SIZES:
            found = covered(model, n, asked.sets, models=DREW)
            if head:
                names = list(found["right"])
                print(f"| drawn by | customers | forecast by | {' | '.join(names)} |")
                print("|---" * (3 + len(names)) + "|")
                head = False
            for by, counts in found.items():
                how = {"right": "the same", "likelier": "the likelier"}[by]
                cells = [told(right, given, asked.sets) for given, right in counts.values()]
                print(f"| {MODELS[model].title} | {n:,} | {how} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
