"""How often separate groups are claimed in noise, and found where they are.

Run it as ``.venv/bin/python benchmarks/verdict.py --seeds 200``, with ``--kind NAME`` for the kinds whose
name holds that text. Seeds are 0, 1, 2 and so on, fixed beforehand. ``--data FILE`` adds the shuffled
numeric columns of a CSV file, 2,500 rows drawn by seed. Intervals are Wilson's, of 95 %.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
import pandas as pd
from known_structure import BLOBS, CUSTOMERS, NOISE, blobs, permuted, seeded
from sklearn.metrics import adjusted_rand_score

from segnb.clustering.groups import separate_groups
from segnb.intervals import wilson


def shuffled_file(path):
    """Return a kind of noise: the shuffled numeric columns of a file."""
    values = pd.read_csv(path).select_dtypes("number").dropna().to_numpy(float)

    def kind(random):
        rows = random.choice(len(values), min(CUSTOMERS, len(values)), replace=False)
        return permuted(values[rows])(random)

    return kind


def tried(kind, make, seed):
    """Return whether groups are claimed, a valley is seen, the number is right, and the groups are."""
    random = seeded(kind, seed)
    values, groups = blobs(random, BLOBS[kind]) if kind in BLOBS else (make(random), None)
    found = separate_groups(pd.DataFrame(values, columns=[f"m{n}" for n in range(values.shape[1])]), seed)
    right = found.natural and groups is not None and found.evidence["groups"] == BLOBS[kind]
    return (
        found.natural,
        found.valley,
        right,
        bool(right and adjusted_rand_score(groups, found.labels) >= 0.95),
    )


def rate(count, seeds):
    """Return a count with its interval in percent."""
    low, high = wilson(count, seeds)
    return f"{count}/{seeds} [{100 * low:.1f}, {100 * high:.1f}]"


def main():
    """Print one line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--data", action="append", default=[])
    asked = parser.parse_args()
    kinds = {**NOISE, **{f"shuffled {Path(path).stem}": shuffled_file(path) for path in asked.data}}
    print("| kind | natural | valley alone | right number | and ARI ≥ .95 | seconds |")
    print("|---|---|---|---|---|---|")
    for kind in (*kinds, *BLOBS):
        if asked.kind.lower() in kind.lower():
            start = time.perf_counter()
            found = np.array([tried(kind, kinds.get(kind), seed) for seed in range(asked.seeds)]).sum(axis=0)
            seconds = (time.perf_counter() - start) / asked.seeds
            told = [rate(int(count), asked.seeds) for count in found]
            if kind not in BLOBS:
                told[2:] = ["–", "–"]
            print(f"| {kind} | {' | '.join(told)} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
