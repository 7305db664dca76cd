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
FINALISTS = 3
"""So many of these settle on more rows: the best before need not be the best then."""
SAME = 1e-5
"""Starts whose sums of squares differ by less than this share count as one."""
ROUGH, SOUND, SETTLED = 1e-4, 1e-5, 1e-6
"""A fit ends where a step gains less than this share of the sum of squares: seeds, samples, all rows."""
LONGEST = 300
"""Steps after which a fit ends in any case."""
EQUAL = 1e-12
"""Squared distances below this share of the largest tell no rows apart."""
BLOCK = 8_192
"""Rows whose distances are held at once: few enough to stay in the processor's cache."""

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
        return chosen, _Rows(points[chosen] - middle, weighed[chosen])

    with one_blas_thread():
        compared, sample = some(screen_on)
        few = screen_on // STEP
        small = some(few)[1] if FIRST_ON <= few < len(held) // 2 else None
        enough = SETTLED if len(compared) == len(held) else SOUND
        ended = [_start(small, sample, n_segments, each, enough) for each in random.spawn(starts)]
        best = min(ended, key=lambda each: each.sse)
        rivals = _rivals(ended, best.sse * (1 + CLOSE))
        rows = sample
        while len(rows.points) < len(held):
            rows = some(STEP * len(rows.points))[1]
            settled = [rows.settle(each, n_segments, random, SOUND) for each in rows.best(rivals)]
            best = min(settled, key=lambda each: each.sse)
            rivals = [best.centres]
        best = rows.settle(best.centres, n_segments, random, SETTLED)
        labels = best.labels
        if len(held) < len(points):
            labels = _Rows(points - middle, weighed).nearest(best.centres)
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
    """Rows laid out for quick passes: by row for sums, by column for distances."""

    def __init__(self, points: Points, weights: Points) -> None:
        self.points, self.weights = points, weights
        self.columns = np.ones((points.shape[1] + 1, len(points)))
        self.columns[:-1] = points.T
        self.squares = np.einsum("ij,ij->i", points, points)
        self.total = float(self.squares @ weights)
        # |c|^2 - 2 x.c is never below minus the largest |x|^2.
        self.reach = 2 * float(self.squares.max()) + np.finfo(float).tiny
        self.members = np.arange(len(points) + 1, dtype=np.int32)

    def nearest(self, centres: Points) -> Labels:
        """Return the place of each row's nearest centre; of equals the first."""
        scaled = np.column_stack([-2 * centres, (centres**2).sum(axis=1) + self.reach])
        places = np.arange(len(centres))[:, None]
        mask = (1 << max(len(centres) - 1, 1).bit_length()) - 1
        labels = np.empty(len(self.points), dtype=np.int32)
        for start in range(0, len(labels), BLOCK):
            # Positive floats sort as the integers of the same bits. So the centre's place goes into the
            # last bits of its distance, and one minimum finds both, several times as fast as argmin.
            bits = (scaled @ self.columns[:, start : start + BLOCK]).view(np.int64)
            bits &= ~mask
            bits |= places
            labels[start : start + BLOCK] = bits.min(axis=0) & mask
        return labels

    def distances(self, centres: Points) -> Points:
        """Return the squared distance of each centre (first axis) to each row."""
        found: Points = np.column_stack([-2 * centres, (centres**2).sum(axis=1)]) @ self.columns
        found += self.squares
        found[found <= EQUAL * self.reach] = 0
        return found

    def sums(self, labels: Labels, n_segments: int) -> Points:
        """Return the weighted sum of each segment's rows."""
        member = csc_array((self.weights, labels, self.members), shape=(n_segments, len(labels)))
        return np.asarray(member @ self.points)

    def moved(self, labels: Labels, before: Labels, n_segments: int) -> Points:
        """Return by how much each segment's sum changes with the rows that changed places."""
        rows = np.flatnonzero(labels != before)
        weights = self.weights[rows]
        moves = (
            np.column_stack([weights, -weights]).ravel(),
            np.column_stack([labels[rows], before[rows]]).ravel(),
            self.members[: len(rows) + 1] * 2,
        )
        return np.asarray(csc_array(moves, shape=(n_segments, len(rows))) @ self.points[rows])

    def best(self, rivals: list[Points]) -> list[Points]:
        """Return the few centres whose segments have the least sum of squares about their own means."""

        def between(centres: Points) -> float:
            labels, k = self.nearest(centres), len(centres)
            sizes = np.maximum(np.bincount(labels, self.weights, k), np.finfo(float).tiny)
            return float(((self.sums(labels, k) ** 2).sum(axis=1) / sizes).sum())

        return sorted(rivals, key=between, reverse=True)[:FINALISTS] if len(rivals) > 1 else rivals

    def seeded(self, centres: Points, n_segments: int, random: np.random.Generator) -> Points:
        """Add rows, likely ones far from all centres, until there are enough or no row is left."""
        if not len(centres):
            centres = self.points[_drawn(self.weights, 1, random)]
        near = self.distances(centres).min(axis=0)
        trials = 2 + int(np.log(n_segments))
        while len(centres) < n_segments:
            chance = near * self.weights
            if not chance.any():
                break
            tried = _drawn(chance, trials, random)
            left = np.minimum(self.distances(self.points[tried]), near)
            best = int((left @ self.weights).argmin())
            near, centres = left[best], np.vstack([centres, self.points[tried[best]]])
        return centres

    def settle(
        self, centres: Points, n_segments: int, random: np.random.Generator, tolerance: float
    ) -> Ended:
        """Move the centres until a step gains less than this share of the sum of squares.

        Where centres are missing, or one has lost its last row, others are seeded.
        """
        last = before = sums = None
        momentum, steps, lowest = 0, 0, np.inf
        while True:
            if len(centres) < n_segments and steps < LONGEST:
                centres = self.seeded(centres, n_segments, random)
            labels = self.nearest(centres)
            sizes = np.bincount(labels, self.weights, len(centres))
            steps += 1
            if not sizes.all():
                centres, last, before, sums = centres[sizes > 0], None, None, None
                continue
            if sums is None or before is None:
                sums = self.sums(labels, len(centres))
            else:
                sums = sums + self.moved(labels, before, len(centres))
            means = sums / sizes[:, None]
            gain = float(sizes @ ((means - centres) ** 2).sum(axis=1))
            sse = max(self.total - float((sums * means).sum()), 0.0)
            if gain <= tolerance * sse or steps >= LONGEST:
                return Ended(centres, labels, sse + gain)
            momentum = momentum + 1 if last is not None and sse <= lowest else 0
            centres = means if last is None else means + momentum / (momentum + 3) * (means - last)
            before, last, lowest = labels, means, sse


def _start(
    small: _Rows | None, sample: _Rows, n_segments: int, random: np.random.Generator, tolerance: float
) -> Ended:
    centres = sample.points[:0]
    if small is not None:
        tries = [small.settle(centres, n_segments, random, ROUGH) for _ in range(TRIES)]
        centres = min(tries, key=lambda each: each.sse).centres
    return sample.settle(centres, n_segments, random, tolerance)


def _rivals(starts: list[Ended], limit: float) -> list[Points]:
    """Return the centres of all starts up to a sum of squares, the best first, none twice."""
    found: list[Ended] = []
    for each in sorted(starts, key=lambda each: each.sse):
        if not found or found[-1].sse * (1 + SAME) < each.sse <= limit:
            found.append(each)
    return [each.centres for each in found]


def _drawn(chance: Points, number: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Draw places, each with a probability in proportion to its chance."""
    total = chance.cumsum()
    places: NDArray[np.intp] = np.searchsorted(total, random.random(number) * total[-1], side="right")
    return places.clip(max=len(chance) - 1)
