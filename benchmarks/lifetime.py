"""Time BG/NBD beside the lifetimes package: a million customers, times in whole days and of any size.

Run it as ``OMP_NUM_THREADS=1 .venv/bin/python benchmarks/lifetime.py PYTHON [--rounds 3]``, where PYTHON is
one that has lifetimes 0.11.3, as of a virtual environment made by ``pip install lifetimes "pandas<3"
"numpy<2.3" "scipy<1.16"``. Customers are drawn by the parameters that the literature finds for CDNOW, and
have joined within a year. Both sides fit in turn, each in a process of its own; what is printed is the
median of the rounds' ratios, of seconds and of processor seconds, without imports, and both log-likelihoods
at the parameters found, by one and the same function. Ratios are what counts, machines differ.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from peers import python_with

from segnb.lifetime.models import MODELS, Histories

OURS = """
import json, sys, time
import numpy as np, pandas as pd
import segnb as sb
held = np.load(sys.argv[1])
from segnb.lifetime.fitting import fit_model
from segnb.lifetime.models import MODELS
names = dict(btyd_frequency="x", btyd_recency="t_x", btyd_age="age")
summary = pd.DataFrame({name: held[each] for name, each in names.items()})
len(MODELS)  # imports them
wall, cpu = time.perf_counter(), time.process_time()
found = fit_model("bg_nbd", summary)
spent = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps([*spent, list(found.params.values())]))
"""
THEIRS = """
import json, sys, time
import numpy as np
from lifetimes import BetaGeoFitter
held = np.load(sys.argv[1])
wall, cpu = time.perf_counter(), time.process_time()
found = BetaGeoFitter().fit(held["x"], held["t_x"], held["age"])
spent = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps([*spent, [float(found.params_[name]) for name in ("r", "alpha", "a", "b")]]))
"""


def drawn(customers, seed=0):
    """Return purchase histories under BG/NBD: repeat purchases, last one and age, in weeks."""
    random = np.random.default_rng(seed)
    rate, leaves = random.gamma(0.2426, 1 / 4.4136, customers), random.beta(0.793, 2.426, customers)
    age = random.uniform(0.15, 52, customers)
    x, t_x, now = np.zeros(customers, dtype=np.int64), np.zeros(customers), np.zeros(customers)
    buying = np.arange(customers)
    while len(buying):
        now[buying] += random.exponential(1 / rate[buying])
        buying = buying[now[buying] < age[buying]]
        x[buying] += 1
        t_x[buying] = now[buying]
        buying = buying[random.random(len(buying)) >= leaves[buying]]
    return {"x": x, "t_x": t_x, "age": age}


def in_days(histories):
    """Return the same histories as a calendar tells them: times rounded up to days."""
    days = {name: np.ceil(7 * histories[name]) / 7 for name in ("t_x", "age")}
    return {**histories, **days}


def fitted(python, code, path):
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, str(path)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def likelihood(histories, params):
    ones = np.ones(len(histories["x"]))
    whole = Histories.weighted(histories["x"], histories["t_x"], histories["age"], ones)
    return MODELS["bg_nbd"]().score(np.array(params), whole).value


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "python", metavar="PYTHON", type=python_with("lifetimes"), help="one that has lifetimes"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    any_size = drawn(asked.customers)
    with tempfile.TemporaryDirectory() as folder:
        for kind, histories in {"whole days": in_days(any_size), "any size": any_size}.items():
            path = Path(folder) / "histories.npz"
            np.savez(path, **histories)
            ratios, ours, theirs = [], None, None
            for _ in range(asked.rounds):
                theirs, ours = fitted(asked.python, THEIRS, path), fitted(sys.executable, OURS, path)
                ratios.append([theirs[0] / ours[0], theirs[1] / ours[1], theirs[0], ours[0]])
            seconds, processor, their, our = (statistics.median(each) for each in zip(*ratios, strict=True))
            print(
                f"{asked.customers:,} customers, {kind}: {seconds:.1f}x ({their:.2f} s, ours {our:.2f} s)",
                end="",
            )
            print(f", processor {processor:.1f}x; log-likelihoods", end=" ")
            print(
                f"{likelihood(histories, theirs[2]):.3f}, ours {likelihood(histories, ours[2]):.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
