"""Does the same cut come back? Bootstrap refits, and the grade that each segment earns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segnb.clustering.agreement import adjusted_rand, best_overlap, one_hot
from segnb.clustering.fit import JUDGE_ON, Fit, draws, learn, one_thread, sample
from segnb.clustering.methods import Method
from segnb.clustering.rules import Rule
from segnb.segmentation import GRADES, Passport, Segmentation
from segnb.transform import Points, significant

STARTS = 10
"""Starts of each refit. With three, many refits end in a poor optimum and every figure sinks."""
REPRODUCIBLE = 0.7
"""Median agreement of two refits from which a cut is said to come back; a rule of thumb."""
CERTAIN = 0.2
"""An optimum is certain where this share of the starts reaches it with the same groups."""


def refits(
    points: Points, n_segments: int, *, method: Method, bootstraps: int, seed: int, restarts: int = STARTS
) -> list[Points]:
    """Return one partition of the customers for each bootstrap refit, one-hot.

    Every refit learns its rule from a sample drawn with replacement and of equal size, from
    ``restarts`` random starts that know nothing of the original; then all customers are assigned by
    it; each customer whom it calls noise counts as a group alone. The samples are the same for every number
    of segments.
    """
    judged = sample(points, JUDGE_ON, seed)
    found = []
    with one_thread():
        for bootstrap in range(bootstraps):
            drawn = draws(seed, bootstrap).integers(0, len(judged), size=len(judged))
            own = (seed, n_segments, bootstrap)
            rule = learn(judged, n_segments, method, own, restarts=restarts, drawn=drawn)
            found.append(one_hot(rule.labels(judged), n_segments))
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
    made = []
    for size, (low, median, high) in zip(
        found.sizes, overlaps(points, found.rule, partitions, seed=seed), strict=True
    ):
        made.append(Passport(size, grade(median, certain=certain), median, (low, high)))
    return made


def capped(segmentation: Segmentation) -> Segmentation:
    """Return the same segments with no letter above C where the cut as a whole does not come back.

    A segment can overlap its original well while two redrawn cuts disagree on who else belongs where: whoever
    acts on it alone acts on borders that another sample would draw elsewhere.
    """
    if segmentation.verdict.kind != "unstable":
        return segmentation
    found = segmentation.passports.items()
    lowered = {key: replace(each, grade=max(each.grade, "C")) for key, each in found}
    return replace(segmentation, passports=lowered)


def overlaps(
    points: Points, rule: Rule, partitions: list[Points], *, seed: int
) -> list[tuple[float, float, float]]:
    """Return 10th percentile, median and 90th percentile of each segment's overlap with the refits."""
    original = one_hot(rule.labels(sample(points, JUDGE_ON, seed)), rule.n_segments)
    best = np.vstack([best_overlap(original, refit) for refit in partitions])
    quantiles = significant(np.quantile(best, [0.1, 0.5, 0.9], axis=0)).T.tolist()
    return [(low, median, high) for low, median, high in quantiles]


def grade(stability: float, *, certain: bool) -> str:
    """Return the letter of Hennig's bands, at most C where the optimum is not certain."""
    letter = next(letter for letter, lowest in GRADES.items() if stability >= lowest)
    return letter if certain else max(letter, "C")
