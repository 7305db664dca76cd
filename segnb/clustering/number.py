"""How many segments: the evidence for each number, one recommendation, and its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.fit import JUDGE_ON, Fit, canonical, draws, fit, sample, within
from segnb.clustering.gap import Gap, gaps, number_by_gap
from segnb.clustering.groups import SAME, groups_among
from segnb.clustering.methods import METHODS, Method
from segnb.clustering.mixtures import Mixture
from segnb.clustering.silhouette import silhouettes
from segnb.clustering.stability import REPRODUCIBLE, global_stability, refits
from segnb.document.blocks import Block, Shown
from segnb.errors import InputError
from segnb.segmentation import FeatureTable
from segnb.transform import Points, Transform, significant
from segnb.words import Voice

Reason = Literal["asked", "groups", "gaps", "steady", "two", "nothing_steady", "identical", "rule"]
SMALLEST = 0.03
"""A number is open only where its smallest segment holds this share of the customers."""
CLEAR_GAPS = 0.5
"""Mean silhouette from which groups count as clearly apart (Kaufman & Rousseeuw 1990, a rule of thumb)."""
FOUND_AGAIN = 0.05
"""A number is open only where this share of the starts, and two at least, end in the best optimum."""
TOLERANCE = 0.05
"""Agreement that may be given up for more segments: about what 50 resamples can tell apart."""
_GAP = 3  # a stream of random numbers of its own


@dataclass(frozen=True)
class Candidate:
    """The evidence for one number of segments.

    ``explained`` is the share of the squared distances that lies between segments (1 - SSE / total);
    ``agreement`` the median adjusted Rand index of two bootstrap refits, with its quartiles;
    ``certain`` the share of starts that end in the same best optimum, ``restart_ari`` the median
    adjusted Rand index of any two starts. ``gap`` is the gap statistic, with its ``gap_error``; ``bic``
    Schwarz's criterion (the lower, the better), None where the method has no likelihood.
    """

    n_segments: int
    sse: float
    explained: float
    silhouette: float
    agreement: float
    agreement_low: float
    agreement_high: float
    smallest: int
    certain: float
    restart_ari: float
    gap: float
    gap_error: float
    bic: float | None = None


@dataclass(frozen=True)
class NumberChoice(Shown):
    """The number of segments chosen (None where a rule fixes them), why, and all that was tried.

    ``by_gap`` is the number that the gap statistic takes, which may be 1; ``starts`` the number of
    single starts of each fit, and ``bootstraps`` that of redrawn samples.
    """

    chosen: int | None
    reason: Reason
    candidates: tuple[Candidate, ...] = ()
    customers: int = 0
    bootstraps: int = 0
    starts: int = 0
    by_gap: int = 0
    voice: Voice = field(default_factory=Voice)

    @property
    def candidate(self) -> Candidate | None:
        """The evidence for the number chosen."""
        return next((each for each in self.candidates if each.n_segments == self.chosen), None)

    def blocks(self) -> tuple[Block, ...]:
        """Return the recommendation and the table of all numbers tried."""
        from segnb.clustering.findings import number_blocks

        return number_blocks(self)


def choose_number(
    features: FeatureTable,
    transform: Transform,
    *,
    method: str = "kmeans",
    n_segments: int | None = None,
    largest: int = 8,
    restarts: int = 50,
    bootstraps: int = 50,
    min_cell: int = 10,
    seed: int = 0,
) -> NumberChoice:
    """Compare 2 to ``largest`` segments and recommend one number, with its reason.

    A number is open where its smallest segment holds 3 % of the customers, and ``min_cell`` of them,
    and where one start in twenty, two at least, ends in the best optimum: if fewer do, the best that
    was found is hardly the best there is.

    Where the test for gaps finds separate groups (`groups_among`) and the method finds the same ones, their
    number is taken. Else:

    1. Clear gaps: where an open number reaches a mean silhouette of 0.5, the one with the highest.
    2. Else the customers form a continuum, and a cut is worth what comes back of it. Two groups are
       nearly always the steadiest cut and the least useful one, so three and more are compared, as far
       as the verdict would call them reproducible (`structure`): the largest such number whose agreement
       lies within 0.05 of the best. More segments say more, as long as they come back.
    3. Where there is none, the steadiest open number, two included.

    The gap statistic and, where there is a likelihood, the BIC stand beside for comparison: neither asks
    whether segments come back.

    Parameters
    ----------
    transform
        The scale-free map; its variables are those that take part.
    n_segments
        Take this number; the others are compared all the same.

    Raises
    ------
    InputError
        More segments are asked for than there are different customers.
    """
    if METHODS[method].rule:
        return NumberChoice(None, "rule", voice=features.voice)
    points = usable_points(features, transform)
    different = len(np.unique(points, axis=0))
    check_enough(n_segments, len(points), different)
    if different == 1:
        return NumberChoice(1, "identical", customers=len(points), voice=features.voice)
    upper = max(min(largest, different // 2), n_segments or 0, 2)
    chosen_method = METHODS[method].on(transform.by_name())
    found = gaps(sample(points, JUDGE_ON, seed), upper, random=draws(seed, _GAP))
    tried = tuple(_candidate(points, gap, chosen_method, restarts, bootstraps, seed) for gap in found[1:])
    chosen, reason = recommend(tried, len(points), min_cell=min_cell, restarts=restarts)
    if n_segments is not None:
        chosen, reason = n_segments, "asked"
    elif groups := _separate_groups(features, transform, upper, chosen_method, restarts, seed):
        chosen, reason = groups, "groups"
    return NumberChoice(
        chosen, reason, tried, len(points), bootstraps, restarts, number_by_gap(found), features.voice
    )


def _separate_groups(
    features: FeatureTable, transform: Transform, upper: int, method: Method, restarts: int, seed: int
) -> int:
    """Return the number of separate groups, where the method finds the same ones; else 0."""
    used = [name for name in features.frame if name in transform.names]
    tested = groups_among(features, used, seed)
    if tested is None or not tested[0].natural:
        return 0
    groups, whole = tested
    number = int(groups.evidence["groups"])
    if number > upper or groups.labels is None:
        return 0
    frame = features.frame.loc[whole, transform.names]
    complete = np.isfinite(frame.to_numpy(np.float64)).all(axis=1)
    rule = fit(usable_points(features, transform), number, method=method, restarts=restarts, seed=seed).rule
    pair = (rule.labels(transform(frame[complete])), groups.labels[complete])
    agreement = adjusted_rand([one_hot(each, number) for each in pair])[0, 1]
    return number if agreement >= SAME else 0


def recommend(
    candidates: tuple[Candidate, ...], customers: int, *, min_cell: int, restarts: int
) -> tuple[int, Reason]:
    """Return the recommended number and the reason; the rule stands in `choose_number`."""
    least, again = max(SMALLEST * customers, min_cell), max(FOUND_AGAIN, 2 / restarts)
    large = [each for each in candidates if each.smallest >= least] or list(candidates)
    open_ones = [each for each in large if each.certain >= again] or large
    clearest = max(open_ones, key=lambda each: each.silhouette)
    if clearest.silhouette >= CLEAR_GAPS:
        return clearest.n_segments, "gaps"
    back = [each for each in open_ones if each.agreement >= REPRODUCIBLE]
    several = [each for each in back if each.n_segments > 2]
    if several:
        best = max(each.agreement for each in several)
        return max(each.n_segments for each in several if each.agreement >= best - TOLERANCE), "steady"
    return max(open_ones, key=lambda each: each.agreement).n_segments, "two" if back else "nothing_steady"


def usable_points(features: FeatureTable, transform: Transform) -> Points:
    """Return the scaled rows of all customers without a missing value, in canonical order.

    Columns are sorted by the variables' names, rows by their values, so that neither order decides anything.

    Raises
    ------
    InputError
        No customer has a value in every variable.
    """
    frame = features.frame[transform.names]
    whole = frame[np.isfinite(frame.to_numpy(np.float64)).all(axis=1)]
    if whole.empty:
        raise InputError("No customer has a value in every measure: drop the emptiest measure")
    return canonical(transform.by_name()(whole))


def check_enough(n_segments: int | None, customers: int, different: int) -> None:
    """Refuse more segments than there are customers, or different customers."""
    if n_segments is None:
        return
    if n_segments > customers:
        raise InputError(f"{customers:,} customers, {n_segments} segments asked: ask for fewer segments")
    if 1 < different < n_segments:
        raise InputError(
            f"Only {different} of {customers:,} customers differ, {n_segments} segments asked: ask for fewer"
        )


def silhouette(points: Points, found: Fit, seed: int, most: int = JUDGE_ON) -> float:
    """Return the mean silhouette (Rousseeuw 1987) of at most so many customers, drawn by seed.

    Noise belongs to no segment and is left out.
    """
    judged = sample(points, most, seed)
    labels = found.rule.labels(judged)
    judged, labels = judged[labels >= 0], labels[labels >= 0]
    if not 1 < len(np.unique(labels)) < len(judged):
        return 0.0
    return float(significant(silhouettes(judged, labels).mean()))


def _candidate(
    points: Points, gap: Gap, method: Method, restarts: int, bootstraps: int, seed: int
) -> Candidate:
    n_segments = gap.n_segments
    found = fit(points, n_segments, method=method, restarts=restarts, seed=seed)
    partitions = refits(points, n_segments, method=method, bootstraps=bootstraps, seed=seed)
    low, median, high = global_stability(partitions)
    total = within(points, points.mean(axis=0, keepdims=True), np.zeros(len(points), dtype=np.intp))
    return Candidate(
        n_segments=n_segments,
        sse=found.sse,
        explained=float(significant(1 - found.sse / total)),
        silhouette=silhouette(points, found, seed),
        agreement=median,
        agreement_low=low,
        agreement_high=high,
        smallest=min(found.sizes) if len(found.sizes) == n_segments else 0,
        certain=found.certain,
        restart_ari=found.restart_ari,
        gap=gap.gap,
        gap_error=gap.error,
        bic=float(significant(found.rule.bic(points))) if isinstance(found.rule, Mixture) else None,
    )
