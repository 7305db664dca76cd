"""Time k-means, silhouettes and bootstrap stability beside scikit-learn, with what each finds.

Run it as ``.venv/bin/python benchmarks/clustering.py [--rounds 3] [--rows 100000] [--pairs 10]``. Both sides
do each job in turn, in one process, on one thread and on two; what is printed is the median of the
rounds' ratios, of seconds and of processor seconds. Ratios are what counts, machines differ.
"""

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.fit import REDRAWN_ON
from segnb.clustering.lloyd import k_means
from segnb.clustering.rules import NearestCentre, matrix
from segnb.clustering.silhouette import silhouettes

WIDTH = 15
STARTS = 10


def overlapping(rows: int) -> np.ndarray:
    """Six round groups whose members mix."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(6, WIDTH)) * 0.7
    return centres[random.integers(0, 6, rows)] + random.normal(size=(rows, WIDTH))


def noise(rows: int) -> np.ndarray:
    """Nothing but a box."""
    return np.random.default_rng(0).uniform(size=(rows, WIDTH))


def skewed(rows: int) -> np.ndarray:
    """Logs of unrelated amounts with long tails: many cuts are nearly as good as the best."""
    return np.log1p(np.random.default_rng(0).lognormal(size=(rows, WIDTH)))


def in_turn(
    name: str, rounds: int, theirs: Callable[[int], Any], ours: Callable[[int], Any], threads: int
) -> list[tuple[Any, Any]]:
    """Run both sides in turn, print the median ratios, and return what they found."""
    found, ratios = [], []
    with threadpool_limits(threads):
        for turn in range(rounds):
            results, spent = [], []
            for side in (theirs, ours):
                wall, cpu = time.perf_counter(), time.process_time()
                results.append(side(turn))
                spent.append((time.perf_counter() - wall, time.process_time() - cpu))
            found.append((results[0], results[1]))
            ratios.append([a / b for a, b in zip(*spent, strict=True)])
    seconds, processor = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(f"{name:<44} {threads} threads  {seconds:5.1f}x  processor {processor:5.1f}x", end="  ", flush=True)
    return found


def compare_k_means(kind: Callable[[int], np.ndarray], rows: int, rounds: int, threads: int) -> None:
    points = kind(rows)

    def theirs(turn: int) -> list[float]:
        return [KMeans(k, n_init=STARTS, random_state=turn).fit(points).inertia_ for k in range(2, 11)]

    def ours(turn: int) -> list[float]:
        random = np.random.default_rng(turn)
        return [k_means(points, k, starts=STARTS, random=random).best.sse for k in range(2, 11)]

    found = in_turn(f"k-means, {kind.__name__}, {rows:,} rows", rounds, theirs, ours, threads)
    more = 100 * (np.array([own for _, own in found]) / np.array([peer for peer, _ in found]) - 1)
    print(f"inertia: mean {more.mean():+.3f} %, most {more.max():+.3f} %")


def compare_silhouettes(rounds: int, threads: int) -> None:
    points = overlapping(20_000)
    labels = k_means(points, 6, starts=STARTS, random=np.random.default_rng(0)).best.labels

    def theirs(_: int) -> float:
        return float(silhouette_score(points, labels))

    def ours(_: int) -> float:
        return float(silhouettes(points, labels).mean())

    found = in_turn("silhouette, 20,000 rows", rounds, theirs, ours, threads)
    print(f"difference {max(abs(own - peer) for peer, own in found):.0e}", end="; ")
    peaks = []
    for side in (theirs, ours):
        tracemalloc.start()
        side(0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    print(f"memory {peaks[1] / 1e6:.0f} MB of {peaks[0] / 1e6:.0f} MB")


def compare_stability(kind: Callable[[int], np.ndarray], pairs: int, rounds: int, threads: int) -> None:
    points = kind(10_000)
    numbers = range(2, 9)

    def redrawn(turn: int, number: int) -> np.ndarray:
        return np.random.default_rng([turn, number]).integers(0, len(points), len(points))

    def medians(centres: Callable[[int, int, np.ndarray], np.ndarray], turn: int) -> list[float]:
        found = []
        for k in numbers:
            partitions = [
                one_hot(NearestCentre(matrix(centres(k, number, redrawn(turn, number)))).labels(points), k)
                for number in range(2 * pairs)
            ]
            agreement = adjusted_rand(partitions)
            found.append(float(np.median(agreement[np.triu_indices(2 * pairs, 1)])))
        return found

    def theirs(k: int, number: int, drawn: np.ndarray) -> np.ndarray:
        return KMeans(k, n_init=STARTS, random_state=number).fit(points[drawn]).cluster_centers_

    def ours(k: int, number: int, drawn: np.ndarray) -> np.ndarray:
        weights = np.bincount(drawn, minlength=len(points)).astype(float)
        random = np.random.default_rng([k, number])
        found = k_means(points, k, starts=STARTS, random=random, weights=weights, screen_on=REDRAWN_ON)
        return found.best.centres

    found = in_turn(
        f"stability, {kind.__name__}, 10,000 rows, {pairs} pairs",
        rounds,
        lambda turn: medians(theirs, turn),
        lambda turn: medians(ours, turn),
        threads,
    )
    print("median agreement, k = 2 to 8:")
    for name, place in (("scikit-learn", 0), ("segnb", 1)):
        shown = np.median([each[place] for each in found], axis=0)
        print(f"    {name:<14}", " ".join(f"{value:.2f}" for value in shown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--jobs", nargs="+", default=["k_means", "silhouette", "stability"])
    asked = parser.parse_args()
    for threads in asked.threads:
        if "k_means" in asked.jobs:
            for kind in (overlapping, noise, skewed):
                compare_k_means(kind, asked.rows, asked.rounds, threads)
        if "silhouette" in asked.jobs:
            compare_silhouettes(asked.rounds, threads)
        if "stability" in asked.jobs:
            for kind in (overlapping, skewed):
                compare_stability(kind, asked.pairs, asked.rounds, threads)


if __name__ == "__main__":
    main()
