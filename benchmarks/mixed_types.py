"""Time k-prototypes beside the kmodes package and beside FAMD with k-means, at equal cost functions.

Run it as ``OMP_NUM_THREADS=1 .venv/bin/python benchmarks/mixed_types.py PYTHON``, where PYTHON is one
that has numpy and kmodes. 20,000 customers, 8 numbers and 6 categories of 5 levels, 5 segments, on tables
whose groups overlap little, much, and wholly. Ours and FAMD run 10 starts, kmodes one, as it takes that
long; its seconds are multiplied by 10. It prints seconds and costs (squared distances in the numbers
plus 1 for each category that is not the segment's most frequent one).
"""

import argparse
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from peers import python_with
from sklearn.cluster import KMeans

from segnb.clustering.fit import one_thread
from segnb.clustering.methods import METHODS

CUSTOMERS, NUMBERS, CATEGORIES, LEVELS, SEGMENTS, STARTS = 20_000, 8, 6, 5, 5, 10
PEER = """
import sys, time
import numpy as np
from kmodes.kprototypes import KPrototypes
held = np.load(sys.argv[1])
table = np.hstack([held["numbers"], held["codes"]]).astype(object)
start = time.perf_counter()
found = KPrototypes({segments}, n_init=1, gamma=1.0, random_state=0)
labels = found.fit_predict(table, categorical=list(range({numbers}, table.shape[1])))
seconds = time.perf_counter() - start
np.savez(sys.argv[2], labels=labels, seconds=seconds)
"""


def drawn(noise, seed=0):
    """Return numbers of unit spread and codes of categories; the more noise, the more groups overlap."""
    random = np.random.default_rng(seed)
    groups = random.integers(0, SEGMENTS, CUSTOMERS)
    middles = random.normal(0, 1.2, (SEGMENTS, NUMBERS))
    numbers = middles[groups] + random.normal(0, noise, (CUSTOMERS, NUMBERS))
    chances = random.dirichlet(np.full(LEVELS, 0.3 + noise), (SEGMENTS, CATEGORIES))[groups]
    codes = (random.random((CUSTOMERS, CATEGORIES, 1)) > chances.cumsum(axis=2)[:, :, :-1]).sum(axis=2)
    return (numbers - numbers.mean(axis=0)) / numbers.std(axis=0), codes


def indicators(codes):
    return (codes[:, :, None] == np.arange(LEVELS)).reshape(len(codes), -1).astype(float)


def cost(numbers, codes, labels):
    """Return the cost of a partition: means of the numbers, most frequent categories."""
    total = 0.0
    for place in np.unique(labels):
        own, words = numbers[labels == place], codes[labels == place]
        total += ((own - own.mean(axis=0)) ** 2).sum()
        total += sum((each != np.bincount(each).argmax()).sum() for each in words.T)
    return total


def ours(numbers, codes):
    points = np.hstack([numbers, indicators(codes)])
    method = replace(METHODS["k_prototypes"], levels=(0,) * NUMBERS + (LEVELS,) * CATEGORIES)
    return method.learn(points, SEGMENTS, seed=0, restarts=STARTS).labels(points)


def famd(numbers, codes):
    """Factor analysis of mixed data (Pages 2004), then k-means on as many factors as there are numbers."""
    held = indicators(codes)
    shares = held.mean(axis=0)
    left, sizes, _ = np.linalg.svd(
        np.hstack([numbers, (held - shares) / np.sqrt(shares)]), full_matrices=False
    )
    factors = (left * sizes)[:, :NUMBERS]
    return KMeans(SEGMENTS, n_init=STARTS, random_state=0).fit_predict(factors)


def peer(python, numbers, codes):
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, numbers=numbers, codes=codes)
        code = PEER.format(segments=SEGMENTS, numbers=NUMBERS)
        subprocess.run([python, "-c", code, str(given), str(found)], check=True)
        with np.load(found) as result:
            return result["labels"], float(result["seconds"]) * STARTS


def timed(method, numbers, codes):
    start = time.perf_counter()
    labels = method(numbers, codes)
    return labels, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "python", metavar="PYTHON", type=python_with("numpy", "kmodes"), help="one that has numpy and kmodes"
    )
    asked = parser.parse_args()
    print("noise  method          seconds      cost   ratio of seconds, of cost")
    for noise in (0.5, 1.0, 2.0):
        numbers, codes = drawn(noise)
        with one_thread():
            results = {"ours": timed(ours, numbers, codes), "FAMD, k-means": timed(famd, numbers, codes)}
        results["kmodes x 10"] = peer(asked.python, numbers, codes)
        own, least = results["ours"][1], cost(numbers, codes, results["ours"][0])
        for name, (labels, seconds) in results.items():
            paid = cost(numbers, codes, labels)
            print(f"{noise:5} {name:14} {seconds:9.2f} {paid:9.0f} {seconds / own:8.1f} {paid / least:8.4f}")


if __name__ == "__main__":
    main()
