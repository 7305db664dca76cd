"""Which figures are hidden, so that no count of fewer than ``min_cell`` customers can be worked out.

The published numbers hang together: a rate times the number of those asked is a count, a mean times
the same number a sum that stands in the table of sums, too, and what all groups add up to less the
groups shown is what is not shown. So it is not the figures that are hidden one by one, but *sets of
customers*: those who bought, those who answered. Who is hidden in a set follows from its counts
alone (`segnb.suppression`), hence the same groups are hidden wherever that set stands below a figure, in
any table. Where the total of a set is published in several places, as that of buyers and of revenue is,
further groups go; elsewhere the figure of all groups together does.

Two counts of which one holds the other tell their difference, too: that 617 of 618 bought tells of one who
did not. So the smaller count is hidden where what is left of a larger one is too small (`conceal_rests`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.columns import AMOUNT, SEGMENT
from segnb.kpis.measured import ALL
from segnb.suppression import Hidden, conceal

Set = NDArray[np.bool_]
"""For each customer whether he belongs to a set."""

_TOTALLED = ("orders", AMOUNT, "reached", "responded")
"""Columns of which it is told beside the KPIs how many of all customers have one: in the table of sums, and
with the data."""


def covers(hidden: Hidden, group: str) -> bool:
    """Say whether the figure of a group, or that of `ALL` of them, is hidden."""
    return hidden.total if group == ALL else group in hidden.groups


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
    found = Hidden()
    for each in sets:
        held = np.bincount(codes[each], minlength=len(groups))
        counts = {str(group): int(count) for group, count in zip(groups, held, strict=True)}
        found |= conceal(counts, min_cell=min_cell, keep_total=_totalled(each, customers))
    return found


def conceal_rests(sets: Sequence[Set], customers: pd.DataFrame, *, min_cell: int) -> list[Hidden]:
    """Return for each set where its count must be hidden, since another count less this one is too small.

    Parameters
    ----------
    sets
        One yes or no for each of ``customers`` in each set whose counts are published; how many customers
        each group has is known beside them.
    customers
        What `customers.segment_customers` returns.
    """
    whole = np.ones(len(customers), dtype=bool)
    codes, groups = pd.factorize(customers[SEGMENT], sort=True)
    told, place = np.unique(np.array([whole, *sets]), axis=0, return_inverse=True)
    # Counts are whole numbers, hence these sums are exact in any order.
    parts = [told[:, codes == code].astype(np.float64) for code in range(len(groups))]
    common = np.array([part @ part.T for part in parts])
    sizes = np.diagonal(common, axis1=1, axis2=2)
    beyond, rest = sizes[:, :, None] - common, sizes[:, None, :] - common
    # Axes: group, the set, one that holds it within the group; an empty one leaves the other as it is.
    rest = np.where((beyond == 0) & (sizes[:, :, None] > 0), rest, 0).astype(int)
    hidden = []
    for at in place.ravel()[1:]:
        found = Hidden()
        for other in np.flatnonzero(((rest[:, at] > 0) & (rest[:, at] < min_cell)).any(axis=0)):
            counts = dict(zip(map(str, groups), map(int, rest[:, at, other]), strict=True))
            found |= conceal(counts, min_cell=min_cell, keep_total=_totalled(told[at], customers))
        hidden.append(found)
    return hidden


def _totalled(each: Set, customers: pd.DataFrame) -> bool:
    """Say whether the total of a set is published beside the figures that rest on it."""
    known = (customers[column].to_numpy() != 0 for column in _TOTALLED if column in customers)
    return bool(each.all()) or any(np.array_equal(each, other) for other in known)
