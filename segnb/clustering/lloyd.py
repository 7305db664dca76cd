"""k-means by Lloyd's algorithm: many starts end on a sample, and the best of them settles on all rows.

A sample of 20,000 rows tells good starts from poor ones, and passes over all rows are left to one fit that is
nearly done. Sums are taken on one thread in one order, so results do not depend on the number of threads.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array
from threadpoolctl import ThreadpoolController

from segnb.transform import Points

SCREEN_ON = 20_000
"""Starts are compared on at most so many rows, drawn at random."""
STEP = 8
"""A start is seeded on a sample smaller by this factor, and the best settles on samples larger by it."""
FIRST_ON = 1_000
"""Starts are seeded on no smaller sample than this."""
TRIES = 3
"""So many seeds of each start are tried on the small sample, where they cost next to nothing."""
CLOSE = 0.005
"""Starts within this share of the best on the sample may change places: more rows compare them."""
FINALISTS = 6
"""So many of these settle on more rows: the best before need not be the best then."""
SAME = 1e-4
"""Starts whose sums of squares differ by less than this share count as one."""
ROUGH, SOUND, SETTLED = 1e-4, 1e-5, 1e-6
"""A fit ends where a step gains less than this share of the sum of squares: seeds, samples, all rows."""
LONGEST = 300
"""Steps after which a fit ends in any case."""
EQUAL = 1e-12
"""Squared distances below this share of the largest tell no rows apart."""
BLOCK = 65_536
"""Distances that are held at once: few enough to stay in the processor's cache."""

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Ended:
    """Where a fit ended: centres, labels and sum of squares that belong together.

    ``centres`` has a row for each segment and a column for each variable; ``labels`` holds the place of
    each row's nearest centre; ``sse`` is the weighted sum of squared distances to it. No centre is
    without a row, and centres are the means of their rows but for what another step would gain.
    """

    centres: Points
    labels: Labels
    sse: float


@dataclass(frozen=True)
class KMeans:
    """The best start, settled on all rows; and where each start ended on the rows that compare them.

    ``compared`` holds the places of those rows. The labels of ``best`` cover rows of weight 0, too.
    """

    best: Ended
    starts: tuple[Ended, ...]
    compared: NDArray[np.intp]


def k_means(
    points: Points,
    n_segments: int,
    *,
    starts: int,
    random: np.random.Generator,
    weights: Points | None = None,
    screen_on: int = SCREEN_ON,
) -> KMeans:
    """Cut the rows into segments of least squared distance to their means.

    Each start is seeded by greedy k-means++ (Arthur & Vassilvitskii 2007) and ends by Lloyd's algorithm
    (1982) with Nesterov's momentum, which is dropped where a step makes the fit worse (O'Donoghue &
    Candès 2015): that takes about half as many steps. Those that end close to the best are compared on
    more rows, and the best of these settles on all.

    Parameters
    ----------
    points
        One row for each customer, finite; the variables in comparable units.
    n_segments
        Number of segments; there are fewer where fewer rows differ.
    weights
        How often each row counts, zero or more, not all zero; None counts each once.
    screen_on
        Most rows that the starts are compared on.
    """
    held = np.arange(len(points)) if weights is None else np.flatnonzero(weights)
    weighed = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)
    middle = weighed @ points / weighed.sum()
    order = held[random.permutation(len(held))]

    def some(number: int) -> tuple[NDArray[np.intp], _Rows]:
        chosen = np.sort(order[:number])
        if len(chosen) == len(points):
            return chosen, _Rows(points, middle, weighed)
        return chosen, _Rows(points[chosen], middle, weighed[chosen])

    with one_blas_thread():
        compared, sample = some(screen_on)
        few = screen_on // STEP
        seeds = np.empty((starts, 0, points.shape[1]))
        if FIRST_ON <= few < len(held) // 2:
            seeds = some(few)[1].tried(seeds, n_segments, random)
        seeds = sample.seeded(seeds, n_segments, random)
        ended = sample.settle(seeds, random, SETTLED if len(compared) == len(held) else SOUND)
        best = min(ended, key=lambda each: each.sse)
        rivals = _rivals(ended, best.sse * (1 + CLOSE))
        rows = sample
        while len(rows.points) < len(held):
            rows = some(STEP * len(rows.points))[1]
            settled = rows.settle(rows.seeded(rows.best(rivals), n_segments, random), random, SOUND)
            best = min(settled, key=lambda each: each.sse)
            rivals = best.centres[None]
        best = rows.settle(best.centres[None], random, SETTLED)[0]
        labels = best.labels
        if len(held) < len(points):
            labels = _Rows(points, middle, weighed).nearest(best.centres[None])[0]
    return KMeans(
        best=Ended(best.centres + middle, labels, best.sse),
        starts=tuple(Ended(each.centres + middle, each.labels, each.sse) for each in ended),
        compared=compared,
    )


def one_blas_thread() -> AbstractContextManager[Any]:
    """Multiply on one thread: on more, the last digits of a sum depend on their number."""
    limited: AbstractContextManager[Any] = _threads().limit(limits=1)
    return limited


@cache
def _threads() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, as long as many a fit.
    return ThreadpoolController()


class _Rows:
    """Rows laid out for quick passes of several starts at once, the middle of all at zero.

    Arrays of centres have an axis for starts, one for segments and one for variables.
    """

    def __init__(self, points: Points, middle: Points, weights: Points) -> None:
        # The last column, of ones, brings the sizes with the sums and |c|^2 into the distances.
        self.points = np.ones((len(points), points.shape[1] + 1))
        np.subtract(points, middle, out=self.points[:, :-1])
        self.weights = weights
        self.squares = np.einsum("ij,ij->i", self.points[:, :-1], self.points[:, :-1])
        self.total = float(self.squares @ weights)
        # |c|^2 - 2 x.c is never below minus the largest |x|^2.
        self.reach = 2 * float(self.squares.max()) + np.finfo(float).tiny

    def nearest(self, centres: Points) -> Labels:
        """Return for each start (first axis) the place of each row's nearest centre; of equals the first."""
        starts, k, _ = centres.shape
        scaled = self._scaled(centres, self.reach)
        places = np.arange(k)[:, None]
        mask = (1 << max(k - 1, 1).bit_length()) - 1
        labels = np.empty((starts, len(self.points)), dtype=np.int32)
        block = max(BLOCK // (starts * k), 256)
        for start in range(0, len(self.points), block):
            # Positive floats sort as the integers of the same bits. So the centre's place goes into the
            # last bits of its distance, and one minimum finds both, several times as fast as argmin.
            bits = (scaled @ self.points[start : start + block].T).view(np.int64).reshape(starts, k, -1)
            bits &= ~mask
            bits |= places
            labels[:, start : start + block] = bits.min(axis=1) & mask
        return labels

    def distances(self, centres: Points) -> Points:
        """Return for each start the squared distance of each centre to each row."""
        flat: Points = self._scaled(centres, 0) @ self.points.T
        found = flat.reshape(*centres.shape[:2], -1)
        found += self.squares
        found[found <= EQUAL * self.reach] = 0
        return found

    def _scaled(self, centres: Points, more: float) -> Points:
        flat = centres.reshape(-1, centres.shape[2])
        return np.column_stack([-2 * flat, (flat**2).sum(axis=1) + more])

    def sums(self, labels: Labels, k: int) -> Points:
        """Return for each start the weighted sum of each segment's rows, and last the segment's weight."""
        starts, n = labels.shape
        places = (labels + k * np.arange(starts, dtype=np.int32)[:, None]).T.ravel()
        ends = np.arange(0, n * starts + 1, starts)
        member = csc_array((self.weights.repeat(starts), places, ends), shape=(starts * k, n))
        return np.asarray(member @ self.points).reshape(starts, k, -1)

    def moved(self, labels: Labels, before: Labels, k: int) -> Points:
        """Return by how much these sums change with the rows that changed places."""
        start, row = np.nonzero(labels != before)
        to, off = labels[start, row] + start * k, before[start, row] + start * k
        weights = self.weights[row]
        signed, places = np.column_stack([weights, -weights]).ravel(), np.column_stack([to, off]).ravel()
        ends = np.arange(0, 2 * len(row) + 1, 2)
        moves = csc_array((signed, places, ends), shape=(len(labels) * k, len(row)))
        return np.asarray(moves @ self.points[row]).reshape(len(labels), k, -1)

    def best(self, rivals: Points) -> Points:
        """Return the few starts whose segments have the least sum of squares about their own means."""
        if len(rivals) == 1:
            return rivals
        sums = self.sums(self.nearest(rivals), rivals.shape[1])
        between = (sums[..., :-1] ** 2).sum(axis=2) / np.maximum(sums[..., -1], np.finfo(float).tiny)
        return rivals[np.argsort(-between.sum(axis=1), kind="stable")[:FINALISTS]]

    def seeded(self, centres: Points, k: int, random: np.random.Generator) -> Points:
        """Add rows, likely ones far from all centres; where none is left, one twice."""
        if centres.shape[1] == k:
            return centres
        if not centres.shape[1]:
            centres = self.points[_drawn(self.weights, random.random(len(centres))), None, :-1]
        starts, trials = np.arange(len(centres)), 2 + int(np.log(k))
        near = self.distances(centres).min(axis=1)
        while centres.shape[1] < k:
            chosen = random.random((len(starts), trials))
            rows = [_drawn(own * self.weights, each) for own, each in zip(near, chosen, strict=True)]
            tried = self.points[np.array(rows), :-1]
            left = np.minimum(self.distances(tried), near[:, None])
            best = (left @ self.weights).argmin(axis=1)
            near = left[starts, best]
            centres = np.concatenate([centres, tried[starts, best][:, None]], axis=1)
        return centres

    def tried(self, centres: Points, k: int, random: np.random.Generator) -> Points:
        """Return for each start the best of several roughly settled seeds."""
        several = self.seeded(centres.repeat(TRIES, axis=0), k, random)
        ended = self.settle(several, random, ROUGH)
        found = [min(ended[at : at + TRIES], key=lambda each: each.sse) for at in range(0, len(ended), TRIES)]
        fewest = min(len(each.centres) for each in found)
        return np.stack([each.centres[:fewest] for each in found])

    def settle(self, centres: Points, random: np.random.Generator, tolerance: float) -> list[Ended]:
        """Move each start's centres until a step gains less than this share of its sum of squares.

        A centre that loses its last row is seeded anew, and dropped where that was in vain ``k`` times.
        """
        k = centres.shape[1]
        ended: list[Ended] = [Ended(centres[0], np.empty(0, np.int32), np.inf)] * len(centres)
        going, left = np.arange(len(centres)), np.full(len(centres), k)
        momentum, lowest = np.zeros(len(centres)), np.full(len(centres), np.inf)
        last, before, sums = centres, None, None
        for step in range(1, LONGEST + 1):
            labels = self.nearest(centres)
            if before is None or sums is None:
                sums = self.sums(labels, k)
            else:
                sums = sums + self.moved(labels, before, k)
            before, sizes = labels, sums[..., -1]
            empty = sizes < self.weights.min() / 2
            lost = np.flatnonzero(empty.any(axis=1) & (left > 0))
            if len(lost) and step < LONGEST:
                for each in lost:
                    centres[each] = self.seeded(centres[each, ~empty[each]][None], k, random)[0]
                last = np.where(np.isin(np.arange(len(last)), lost)[:, None, None], centres, last)
                left[lost] -= 1
                lowest[lost] = np.inf
                before = None
                continue
            means = np.where(empty[..., None], centres, sums[..., :-1] / np.where(empty, 1, sizes)[..., None])
            gain = (sizes * ((means - centres) ** 2).sum(axis=2)).sum(axis=1)
            sse = np.maximum(self.total - (sums[..., :-1] * means).sum(axis=(1, 2)), 0)
            done = (gain <= tolerance * sse) | (step == LONGEST)
            for place in np.flatnonzero(done):
                held = np.flatnonzero(~empty[place])
                own = np.searchsorted(held, labels[place]).astype(np.int32)
                ended[going[place]] = Ended(centres[place, held], own, float(sse[place] + gain[place]))
            momentum = np.where(sse <= lowest, momentum + 1, 0)
            centres = means + (momentum / (momentum + 3))[:, None, None] * (means - last)
            last, lowest = means, sse
            if done.any():
                go = ~done
                going, left, momentum, lowest = going[go], left[go], momentum[go], lowest[go]
                centres, last, before, sums = centres[go], last[go], before[go], sums[go]
                if not len(going):
                    break
        return ended


def _rivals(starts: list[Ended], limit: float) -> Points:
    """Return the centres of all starts up to a sum of squares, the best first, none twice."""
    found: list[Ended] = []
    for each in sorted(starts, key=lambda each: each.sse):
        if not found or found[-1].sse * (1 + SAME) < each.sse <= limit:
            found.append(each)
    most = max(len(each.centres) for each in found)
    return np.stack([each.centres for each in found if len(each.centres) == most])


def _drawn(chance: Points, at: Points) -> NDArray[np.intp]:
    """Return the places at these shares of the sum of all chances."""
    total = chance.cumsum()
    places: NDArray[np.intp] = np.searchsorted(total, at * total[-1], side="right")
    return places.clip(max=len(chance) - 1)
