"""Does the same cut come back? Bootstrap refits, and the grade that each segment earns."""

from __future__ import annotations

import numpy as np

from segnb.clustering.agreement import adjusted_rand, best_overlap, one_hot
from segnb.clustering.fit import JUDGE_ON, Fit, centres_of, draws, nearest, one_thread, sample
from segnb.clustering.methods import Method
from segnb.segmentation import GRADES, Passport
from segnb.transform import Points, significant

STARTS = 10
"""Starts of each refit. With three, many refits end in a poor optimum and every figure sinks."""
CERTAIN = 0.2
"""An optimum is certain where this share of the starts reaches it with the same groups."""


def refits(points: Points, n_segments: int, *, method: Method, bootstraps: int, seed: int) -> list[Points]:
    """Return one partition of the customers for each bootstrap refit, one-hot.

    Every refit learns its centres from a sample drawn with replacement and of equal size, from
    ``STARTS`` random starts that know nothing of the original; then all customers are assigned to
    them. The samples are the same for every number of segments.
    """
    judged = sample(points, JUDGE_ON, seed)
    found = []
    with one_thread():
        for bootstrap in range(bootstraps):
            drawn = draws(seed, bootstrap).integers(0, len(judged), size=len(judged))
            own = (seed, n_segments, bootstrap)
            centres = centres_of(judged, n_segments, method, own, restarts=STARTS, drawn=drawn)
            found.append(one_hot(nearest(judged, centres), n_segments))
    return found


def global_stability(partitions: list[Points]) -> tuple[float, float, float]:
    """Return the lower quartile, median and upper quartile of the agreement between refits.

    Agreement is the adjusted Rand index of every pair of refits (Dolnicar & Leisch 2010); all pairs
    say more than the separate ones that half as many resamples would give.
    """
    pairs = adjusted_rand(partitions)[np.triu_indices(len(partitions), 1)]
    low, median, high = significant(np.quantile(pairs, [0.25, 0.5, 0.75])).tolist()
    return low, median, high


def passports(
    points: Points, found: Fit, partitions: list[Points], *, seed: int, certain: bool
) -> list[Passport]:
    """Return each segment's passport: its overlap with the best match in each refit (SLSW).

    Segment level stability within solutions (Dolnicar & Leisch 2017) is the Jaccard overlap of the
    original segment with the segment of a refit that matches it best.
    """
    judged = sample(points, JUDGE_ON, seed)
    original = one_hot(nearest(judged, found.centres), len(found.centres))
    overlaps = np.vstack([best_overlap(original, refit) for refit in partitions])
    made = []
    for size, own in zip(found.sizes, overlaps.T, strict=True):
        low, median, high = significant(np.quantile(own, [0.1, 0.5, 0.9])).tolist()
        made.append(Passport(size, grade(median, certain=certain), median, (low, high)))
    return made


def grade(stability: float, *, certain: bool) -> str:
    """Return the letter of Hennig's bands, at most C where the optimum is not certain."""
    letter = next(letter for letter, lowest in GRADES.items() if stability >= lowest)
    return letter if certain else max(letter, "C")
