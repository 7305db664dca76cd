"""Which figures are hidden, so that no count of fewer than ``min_cell`` customers can be worked out.

The published numbers hang together: a rate times the number of those asked is a count, a mean times
the same number a sum that stands in the table of sums, too, and what all groups add up to less the
groups shown is what is not shown. So it is not the figures that are hidden one by one, but *sets of
customers*: those who bought, those who answered. Who is hidden in a set follows from its counts
alone, hence the same groups are hidden wherever that set stands below a figure, in any table.

A group is hidden where the set holds at least one of its customers and fewer than ``min_cell``.
Then something else must go, or the total would give it away (complementary suppression; Hundepool
et al., *Statistical Disclosure Control*, 2012, chapter 4):

- where the total of the set is published in several places, as that of buyers and of revenue is,
  further groups, the smallest first, until the hidden ones hold ``min_cell`` customers together;
- elsewhere the figure of all groups together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.columns import AMOUNT, SEGMENT

Set = NDArray[np.bool_]
"""For each customer whether he belongs to a set."""

_TOTALLED = ("orders", AMOUNT)
"""Columns whose totals stand in the table of sums."""


class Hidden(NamedTuple):
    """The groups that are hidden in a set, and whether the set's total is hidden with them."""

    groups: frozenset[str] = frozenset()
    total: bool = False

    def __or__(self, other: object) -> Hidden:
        """Return what is hidden in either of two sets, as a figure that rests on both must be."""
        if not isinstance(other, Hidden):
            return NotImplemented
        return Hidden(self.groups | other.groups, self.total or other.total)


def conceal(counts: Mapping[str, int], *, min_cell: int, keep_total: bool) -> Hidden:
    """Return which groups to hide in a set of customers, and whether to hide its total.

    Parameters
    ----------
    counts
        How many customers of each group belong to the set; the groups do not overlap.
    keep_total
        Whether the total is known anyway: then further groups are hidden instead of it.
    """
    hidden = {group for group, count in counts.items() if 0 < count < min_cell}
    if not hidden:
        return Hidden()
    if not keep_total:
        return Hidden(frozenset(hidden), total=True)
    waiting = sorted((count, group) for group, count in counts.items() if count >= min_cell)
    # A single hidden group is the total less the others; several are hidden only in their sum.
    while waiting and (len(hidden) < 2 or sum(counts[group] for group in hidden) < min_cell):
        hidden.add(waiting.pop(0)[1])
    together = sum(counts[group] for group in hidden)
    return Hidden(frozenset(hidden), total=len(hidden) < 2 or together < min_cell)


def conceal_sets(sets: Iterable[Set], customers: pd.DataFrame, *, min_cell: int) -> Hidden:
    """Return what must be hidden of a figure that rests on several sets of customers.

    Parameters
    ----------
    sets
        One yes or no for each of ``customers`` in each set.
    customers
        What `customers.segment_customers` returns; its column ``segment`` says who is of which group.
    """
    codes, groups = pd.factorize(customers[SEGMENT], sort=True)
    totalled = [np.ones(len(customers), dtype=bool)]
    totalled += [customers[column].to_numpy() != 0 for column in _TOTALLED if column in customers]
    found = Hidden()
    for each in sets:
        held = np.bincount(codes[each], minlength=len(groups))
        counts = {str(group): int(count) for group, count in zip(groups, held, strict=True)}
        keep = any(np.array_equal(each, other) for other in totalled)
        found |= conceal(counts, min_cell=min_cell, keep_total=keep)
    return found
