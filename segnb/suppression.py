"""Which counts are hidden, so that none of 1 to ``min_cell`` - 1 customers can be worked out.

A count that small is hidden first (primary suppression). Then something else must go, or the totals that
are published beside it would give it away (complementary suppression; Hundepool et al., *Statistical
Disclosure Control*, 2012, chapter 4). What is asked of a table is what a reader could ask of it: given
all counts that are shown, all sums that are known, and this rule, between which ends does a hidden small
count lie? As long as they hold less than half of the sizes from 1 to ``min_cell`` - 1, a further count
is hidden in a sum that holds it.

A reader who knows the rule knows, too, that a count hidden for another's sake has ``min_cell`` customers
or more: 10 hidden beside 2 would be 2 at most of 12.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Counts = NDArray[np.int_]

_CLOSE = 1e-6
"""How exactly the solver meets whole numbers."""


class Hidden(NamedTuple):
    """The groups that are hidden in a set of customers, and whether the set's total is hidden with them."""

    groups: frozenset[str] = frozenset()
    total: bool = False

    def __or__(self, other: object) -> Hidden:
        """Return what is hidden in either of two sets, as a figure that rests on both must be."""
        if not isinstance(other, Hidden):
            return NotImplemented
        return Hidden(self.groups | other.groups, self.total or other.total)


class Limit(NamedTuple):
    """All that is told of a share of which few said yes, or no: 1 is *at least* the value, -1 *under* it."""

    bound: Literal[-1, 1]
    value: float


def told(count: int, min_cell: int, *, of: int | None = None) -> int | None:
    """Return a count unless it, or what is left of the whole ``of`` which it is a part, is too small."""
    rest = 0 if of is None else of - count
    return None if 0 < count < min_cell or 0 < rest < min_cell else count


def limit(hits: int, n: int, min_cell: int, *, known: int | None = None) -> Limit | None:
    """Return the limit to a share that may be told where fewer than ``min_cell`` said yes, or no.

    It is the same for all counts below ``min_cell``, none included, and rounded outward to whole percent, so
    that it holds as it is printed. None where both are enough, and where both are too few; with a
    ``min_cell`` of 1 nothing is hidden.

    Parameters
    ----------
    hits, n
        How many said yes, and how many were asked.
    known
        How many it is known that were asked at least, where ``n`` itself is hidden.
    """
    few = hits < min_cell, n - hits < min_cell
    if few[0] == few[1] or min_cell == 1:
        return None
    share = outward(min_cell, n if known is None else known)
    return Limit(-1, share) if few[0] else Limit(1, round(1 - share, 2))


def outward(few: int, n: int) -> float:
    """Return the share of a few, rounded up to whole percent: a limit must hold as it is printed."""
    return min(1.0, math.ceil(round(100 * few / n, 6)) / 100)


def conceal(counts: Mapping[str, int], *, min_cell: int, keep_total: bool) -> Hidden:
    """Return which groups to hide in a set of customers, and whether to hide its total.

    Parameters
    ----------
    counts
        How many customers of each group belong to the set; the groups do not overlap.
    keep_total
        Whether the total is known anyway: then further groups are hidden instead of it. It is hidden, too,
        where all of them are not enough.
    """
    names, numbers = list(counts), np.array(list(counts.values()), dtype=int)
    everyone = np.ones(len(names), dtype=bool)
    covered = conceal_cells(numbers, [everyone] if keep_total else [], min_cell)
    if not covered.any():
        return Hidden()
    groups = frozenset(name for name, hide in zip(names, covered, strict=True) if hide)
    exposed = _exposed(numbers, covered, [everyone], min_cell)
    return Hidden(groups, total=not keep_total or any(True for _ in exposed))


def conceal_table(counts: Counts, min_cell: int) -> Mask:
    """Return which counts of a two-way table to hide where the totals of rows and columns are known."""
    return conceal_cells(counts.ravel(), _lines(counts), min_cell).reshape(counts.shape)


def table_ends(counts: Counts, covered: Mask, min_cell: int) -> tuple[Counts, Counts]:
    """Return the least and the most that each count of a two-way table can be for a reader.

    Parameters
    ----------
    covered
        What `conceal_table` hides; a count that is shown is what it is.
    """
    least, most = counts.copy().ravel(), counts.copy().ravel()
    flat, small = covered.ravel(), (covered & (counts < min_cell)).ravel()
    held = [line & flat for line in _lines(counts) if (line & flat).any()]
    for cell, low, high in _ends(counts.ravel(), flat, small, flat, held, min_cell):
        least[cell], most[cell] = math.ceil(low - _CLOSE), math.floor(high + _CLOSE)
    return least.reshape(counts.shape), most.reshape(counts.shape)


def _lines(counts: Counts) -> list[Mask]:
    """Return the rows and columns of a table, as sums of its cells one after another."""
    rows, columns = (each.ravel() for each in np.indices(counts.shape))
    return [rows == each for each in range(counts.shape[0])] + [
        columns == each for each in range(counts.shape[1])
    ]


def conceal_cells(counts: Counts, sums: Sequence[Mask], min_cell: int) -> Mask:
    """Return which counts to hide so that no small one can be worked out.

    Parameters
    ----------
    counts
        How many customers each cell has; the cells do not overlap. None is no secret.
    sums
        The cells of each sum that is known: a row, a column, a higher level, everyone.

    Returns
    -------
    Mask
        The hidden cells. Where even all cells of a sum are not enough, they are all hidden, and whoever
        publishes the sum must hide it.
    """
    # An empty cell is never hidden and adds nothing to a sum, and most cells of a wide table are empty.
    some = counts > 0
    covered = np.zeros_like(some)
    covered[some] = _cover(counts[some], [line[some] for line in sums], min_cell)
    return covered


def _cover(counts: Counts, sums: Sequence[Mask], min_cell: int) -> Mask:
    """Return which cells to hide of those that anybody is in."""
    covered: Mask = counts < min_cell
    while True:
        # What lies in the same sums as a cell for which nothing more can be hidden fares no better.
        stuck = np.zeros(len(counts), dtype=bool)
        for cell in _exposed(counts, covered, sums, min_cell):
            if stuck[cell]:
                continue
            lines = _bound(cell, covered, sums)
            within = np.any(lines, axis=0) if lines else np.arange(len(counts)) == cell
            candidates = np.flatnonzero(within & ~covered & bool(lines))
            if len(candidates):
                covered[_next(counts, covered, sums, cell, candidates, min_cell)] = True
                break
            stuck |= within
        else:
            return covered


def _bound(cell: int, covered: Mask, sums: Sequence[Mask]) -> list[Mask]:
    """Return the sums that bear on a hidden cell: those that hold it, or what is hidden in one of these."""
    reached = np.zeros(len(covered), dtype=bool)
    reached[cell] = True
    while True:
        lines = [line for line in sums if (line & reached).any()]
        wider = reached | (covered & np.any(lines, axis=0)) if lines else reached
        if (wider == reached).all():
            return lines
        reached = wider


def _next(
    counts: Counts, covered: Mask, sums: Sequence[Mask], exposed: int, candidates: Counts, min_cell: int
) -> int:
    """Return the cell to hide for the sake of an exposed one: the smallest that is enough, else the largest.

    One that lies in further sums with something hidden goes first: it costs no further count there.
    """
    small = covered & (counts < min_cell)
    sizes, enough, helps = counts[candidates], np.ones(len(candidates), dtype=bool), np.zeros_like(candidates)
    for line in sums:
        held, within = line[candidates], line & covered
        helps += held & within.any()
        if line[exposed]:
            few, others = int((within & small).sum()), int((within & ~small).sum())
            most = _most(int(counts[within].sum()) + sizes, few, others + 1, min_cell)
            enough &= ~held | ~_too_close(1, most, min_cell)
    order = np.lexsort((candidates, np.where(enough, sizes, -sizes), -helps, ~enough))
    return int(candidates[order[0]])


def _exposed(counts: Counts, covered: Mask, sums: Sequence[Mask], min_cell: int) -> Iterator[int]:
    """Yield the hidden small counts that lie between too close ends."""
    small = covered & (counts < min_cell)
    held = [line & covered for line in sums if (line & covered).any()]
    for line in held:
        yield from _narrowed(counts, line, small, min_cell)
    # Sums that share no hidden cell tell no more together than one by one.
    if held and np.sum(held, axis=0).max() > 1:
        yield from _solved(counts, covered, small, held, min_cell)


def _too_close(least: float, most: float | Counts, min_cell: int) -> Mask:
    sizes = min_cell - 1
    return np.asarray(np.minimum(most, sizes) - max(least, 1) < max(1, sizes // 2) - _CLOSE)


def _most(together: Counts | int, few: int, others: int, min_cell: int) -> Counts | int:
    """Return the most that one of a few can be in a sum, as each of the few is 1 at least."""
    return together - (few - 1) - min_cell * others


def _narrowed(counts: Counts, line: Mask, small: Mask, min_cell: int) -> Iterator[int]:
    """Yield the small cells of one sum to which it leaves too close ends."""
    few, others = int((line & small).sum()), int((line & ~small).sum())
    together = int(counts[line].sum())
    most = _most(together, few, others, min_cell)
    least = 1 if others else together - (min_cell - 1) * (few - 1)
    # Several that are few together are a small count, too.
    if together < min_cell or _too_close(least, most, min_cell):
        yield from np.flatnonzero(line & small).tolist()


def _solved(counts: Counts, covered: Mask, small: Mask, held: Sequence[Mask], min_cell: int) -> Iterator[int]:
    """Yield the small cells whose ends are too close given all sums together."""
    for cell, least, most in _ends(counts, covered, small, small, held, min_cell):
        if _too_close(least, most, min_cell):
            yield cell


def _ends(
    counts: Counts, covered: Mask, small: Mask, asked: Mask, held: Sequence[Mask], min_cell: int
) -> Iterator[tuple[int, float, float]]:
    """Yield the least and the most that hidden cells can be, by linear programming over all sums."""
    from scipy.optimize import linprog  # loaded only where sums meet

    places = np.flatnonzero(covered)
    if not len(places):
        return
    lines = np.array([line[places] for line in held], dtype=float)
    totals = lines @ counts[places]
    bounds = [(1, min_cell - 1) if small[place] else (min_cell, None) for place in places]
    for at in np.flatnonzero(asked[places]):
        goal = np.eye(len(places))[at]
        least, most = (
            sign * linprog(sign * goal, A_eq=lines, b_eq=totals, bounds=bounds, method="highs").fun
            for sign in (1, -1)
        )
        yield int(places[at]), least, most
