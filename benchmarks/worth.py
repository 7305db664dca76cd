"""How often effects, the gain of choosing by segment, budgets and break-even shares are covered.

Run it as ``.venv/bin/python benchmarks/worth.py --seeds 200``; ``--part NAME`` runs one
part. Seeds are 0, 1, 2 and so on, fixed beforehand; campaigns are made up, drawn by the made-up shop's
generator, with more customers than the shop has where said. Intervals are Wilson's, of 95 %.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from known_campaigns import (
    ALIKE,
    CONTACT,
    EVEN,
    MARGIN,
    NAMES,
    NONE,
    PLANTED,
    RATES,
    answered,
    best_gain,
    brings,
    campaign,
    gained,
    trial,
    truth,
)

from segnb.intervals import wilson
from segnb.worth import Budget, budget
from segnb.worth.cells import Cells
from segnb.worth.differences import all_effects
from segnb.worth.measurement import prospects
from segnb.worth.policy import gain, learn
from segnb.worth.responses import responses
from segnb.worth.results import Effects

SIZES = (600, 2_000, 6_000, 20_000)
KINDS = {"planted": PLANTED, "none": NONE, "alike": ALIKE, "breaks even": EVEN}


def rate(count, of):
    """Return a count with its interval in percent."""
    if not of:
        return "–"
    low, high = wilson(int(count), int(of))
    return f"{count}/{of} [{100 * low:.1f}, {100 * high:.1f}]"


def effects(seeds):
    """Print how often the true effect lies in its interval, for each segment and measure."""
    print("| customers | measure | " + " | ".join(NAMES) + " | clear with the wrong sign |")
    print("|---|---|" + "---|" * (len(NAMES) + 1))
    for customers in SIZES:
        covered = {(m, s): [] for m in ("response", "revenue", "profit") for s in NAMES}
        wrong = dict.fromkeys(("response", "revenue", "profit"), 0)
        for seed in range(seeds):
            rows, _ = campaign(seed, customers)
            for each in all_effects(rows, NAMES, ("offer",), 10)[0]:
                true = truth(each.measure).get(each.segment)
                if true is not None and each.interval is not None:
                    covered[each.measure, each.segment].append(each.low <= true <= each.high)
                    wrong[each.measure] += bool(each.clear and each.difference * true < 0)
        for measure, errors in wrong.items():
            found = [covered[measure, each] for each in NAMES]
            print(f"| {customers:,} | {measure} | ", end="")
            print(" | ".join(rate(sum(each), len(each)) for each in found), f"| {errors} |", flush=True)


def signs(seeds):
    """Print in how many campaigns the estimates of all segments have the true sign."""
    measures = ("response", "revenue", "profit")
    print("| customers | " + " | ".join(measures) + " |")
    print("|---|" + "---|" * len(measures))
    for customers in (*SIZES, 60_000, 200_000):
        right = dict.fromkeys(measures, 0)
        for seed in range(seeds):
            rows, _ = campaign(seed, customers)
            agree = dict.fromkeys(measures, True)
            for each in all_effects(rows, NAMES, ("offer",), 10)[0]:
                if each.segment in NAMES:
                    agree[each.measure] &= bool(each.difference * truth(each.measure)[each.segment] > 0)
            right = {measure: right[measure] + agree[measure] for measure in measures}
        print(
            f"| {customers:,} | " + " | ".join(rate(each, seeds) for each in right.values()) + " |",
            flush=True,
        )


def choice(seeds):
    """Print how often choosing by segment is said to pay, and how often its gain is covered."""
    print("| effect | customers | true gain of the best choice | mean gain found | said to pay | "
          "best choice covered | choice made covered | seconds |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for kind, chances in KINDS.items():
        for customers in SIZES[:3] if kind != "planted" else SIZES:
            start = time.perf_counter()
            pays = best = made = 0
            values = []
            for seed in range(seeds):
                tried = trial(seed, customers, chances)
                sizes = dict(zip(NAMES, tried.weights, strict=True))
                found = gain(tried, 0)
                policy = learn(tried, Cells.of(*tried.part(np.ones(len(tried.place), bool))))
                true = gained(chances, sizes, [s for s, arm in zip(NAMES, policy.each, strict=True) if arm])
                true -= gained(chances, sizes, NAMES) if policy.all else 0.0
                pays += found.low > 0
                best += found.low - 1e-9 <= best_gain(chances, sizes) <= found.high + 1e-9
                made += found.low - 1e-9 <= true <= found.high + 1e-9
                values.append(found.value)
            seconds = (time.perf_counter() - start) / seeds
            told = " | ".join(rate(each, seeds) for each in (pays, best, made))
            known = f"{best_gain(chances, sizes):.2f} | {np.mean(values):.2f}"
            print(f"| {kind} | {customers:,} | {known} | {told} | {seconds:.2f} |", flush=True)


def money(seeds):
    """Print what a budget is expected to earn, what it truly earns, and how often the interval holds that."""
    print("| effect | customers | expected, unpooled | expected | true | covered |")
    print("|---|---|---|---|---|---|")
    for kind, chances in KINDS.items():
        for customers in SIZES[:3]:
            found, raw = [], []
            for seed in range(seeds):
                rows, sizes = campaign(seed, customers, chances)
                tried = trial(seed, customers, chances)
                cells = Cells.of(*tried.part(np.ones(len(tried.place), bool)))
                spent = budget(
                    Effects(
                        kind="experiment",
                        segments=NAMES,
                        sizes=sizes,
                        actions=("offer",),
                        min_cell=10,
                        budget=Budget(amount=0.3 * customers),
                        **prospects(rows, tried, cells, NAMES, ("offer",)),
                    )
                )
                profit = truth("profit", chances)
                true = sum(each.customers * profit[each.segment] for each in spent.shares)
                plain = dict(zip(NAMES, (cells.contrasts() @ cells.mean.ravel())[:, 0], strict=True))
                best = sorted(NAMES, key=lambda each: -plain[each])
                left, hoped = 0.25 * customers, 0.0
                for each in best:
                    taken = min(left, sizes[each]) if plain[each] > 0 else 0
                    left, hoped = left - taken, hoped + taken * plain[each]
                raw.append(hoped / customers)
                found.append([spent.gain / customers, true / customers, spent.low <= true <= spent.high])
            mean = np.mean(found, axis=0)
            told = rate(int(sum(each[2] for each in found)), seeds)
            means = f"{np.mean(raw):.3f} | {mean[0]:.3f} | {mean[1]:.3f}"
            print(f"| {kind} | {customers:,} | {means} | {told} |", flush=True)


def even(seeds):
    """Print how often break-even shares, and a plan's gain under a true assumption, are covered."""
    print("| responses | customers | " + " | ".join(NAMES) + " | expected | true | plan covered |")
    print("|---|---|" + "---|" * (len(NAMES) + 3))
    for kind, rates in {"differ": RATES, "alike": (0.12,) * len(NAMES)}.items():
        true = brings(rates)
        for customers in SIZES[:3]:
            covered = {each: [] for each in NAMES}
            plans = []
            for seed in range(seeds):
                rows, sizes = answered(seed, customers, rates)
                plan = Budget(amount=CONTACT * customers / 4, costs={"letter": CONTACT}, incrementality=0.4)
                found = responses(
                    None, rows, sizes, budget=plan, unnamed="", margin=MARGIN, min_cell=10, seed=0
                )
                for each in found["responses"].even:
                    if each.low is not None and each.high is not None:
                        covered[each.segment].append(each.low <= CONTACT / true[each.segment] <= each.high)
                spent = budget(Effects("no arms", NAMES, sizes, (), 10, budget=plan, **found))
                gained = sum(each.customers * (0.4 * true[each.segment] - CONTACT) for each in spent.shares)
                held = spent.low - 1e-9 <= gained <= spent.high + 1e-9
                plans.append([spent.gain / customers, gained / customers, held])
            mean = np.mean(plans, axis=0)
            told = " | ".join(rate(sum(covered[each]), len(covered[each])) for each in NAMES)
            means = f"{mean[0]:.3f} | {mean[1]:.3f} | {rate(int(sum(each[2] for each in plans)), seeds)}"
            print(f"| {kind} | {customers:,} | {told} | {means} |", flush=True)


PARTS = {"effects": effects, "signs": signs, "choice": choice, "budget": money, "even": even}


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=tuple(PARTS))
    parser.add_argument("--seeds", type=int, default=200)
    asked = parser.parse_args()
    for name, part in PARTS.items():
        if asked.part in (None, name):
            print(f"\n{name}\n")
            part(asked.seeds)


if __name__ == "__main__":
    main()
