"""How customers spread: by spend, by orders, and how much the biggest of them bring."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segnb.profiling.results import Concentration, Distribution
from segnb.suppression import told
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer

Values = NDArray[np.float64]

_LEADS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
"""Bins begin at these numbers of each decade."""
_STEPS = (0.05, 0.1, 0.2, 0.25, 0.5)
"""Widths of the steps in which the concentration may be told, finest first."""


def buyers(tables: Tables) -> tuple[Values, Values]:
    """Return spend and number of orders of every customer with an order."""
    found = by_customer(tables.orders)
    frame = found.select(amount=found["monetary"].cast("float64"), orders=found["frequency"]).to_pandas()
    return frame["amount"].to_numpy(dtype=float), frame["orders"].to_numpy(dtype=float)


def distribution(values: Values, *, min_cell: int, whole: bool) -> Distribution | None:
    """Return a histogram on a log scale, None where too few customers have a positive value.

    Parameters
    ----------
    values
        One for each customer.
    min_cell
        Smallest number of customers in a bin; smaller bins are joined to their neighbours.
    whole
        Whether the values are whole numbers, so that bins begin at whole numbers.
    """
    positive = values[values > 0]
    if len(positive) < min_cell:
        return None
    edges = _edges(float(positive.min()), float(positive.max()), whole=whole)
    counts = np.histogram(positive, edges)[0]
    joined, customers = _joined(edges, [int(count) for count in counts], min_cell)
    nothing = told(len(values) - len(positive), min_cell, of=len(values))
    if nothing is None:
        # All customers less those in bins would tell how few they are.
        customers[0] += len(values) - len(positive)
    return Distribution(
        edges=tuple(joined),
        customers=tuple(customers),
        median=_rounded(float(np.median(positive))),
        nothing=nothing,
    )


def concentration(amounts: Values, *, min_cell: int) -> Concentration | None:
    """Return the share of revenue that each top share of customers brings.

    The steps are wide enough for ``min_cell`` customers between two of them; None where even halves
    are too small, or where nothing was spent.
    """
    n, total = len(amounts), amounts.sum()
    step = next((step for step in _STEPS if math.floor(step * n) >= min_cell), None)
    if step is None or total <= 0:
        return None
    spent = np.cumsum(np.sort(amounts)[::-1])
    shares = [round(step * place, 2) for place in range(1, round(1 / step))]
    revenue = [float(spent[math.floor(round(share * n, 6)) - 1] / total) for share in shares]
    return Concentration(
        customers=(0.0, *shares, 1.0), revenue=(0.0, *(_rounded(each) for each in revenue), 1.0)
    )


def share_of(yes: NDArray[np.bool_], *, min_cell: int) -> float | None:
    """Return the share of customers of whom something holds, where it may be told."""
    count = told(int(yes.sum()), min_cell, of=len(yes))
    return None if count is None or not len(yes) else _rounded(count / len(yes))


def _edges(low: float, high: float, *, whole: bool) -> Values:
    """Return round numbers, about evenly spaced on a log scale, from below ``low`` to above ``high``."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    edges = np.array([lead * 10.0**decade for decade in decades for lead in _LEADS])
    if whole:
        # Edges between whole numbers: the ones lie between 0.5 and 1.5.
        edges = np.unique(np.ceil(edges)) - 0.5
    first = int(np.searchsorted(edges, low, side="right")) - 1
    last = int(np.searchsorted(edges, high, side="right"))
    return edges[first : last + 1]


def _joined(edges: Values, counts: list[int], min_cell: int) -> tuple[list[float], list[int]]:
    """Join neighbouring bins until each holds enough customers, from the left; the last joins back."""
    kept_edges, kept = [float(edges[0])], list[int]()
    waiting = 0
    for edge, count in zip(edges[1:], counts, strict=True):
        waiting += count
        if waiting >= min_cell:
            kept_edges.append(float(edge))
            kept.append(waiting)
            waiting = 0
    if kept:
        kept[-1] += waiting
        kept_edges[-1] = float(edges[-1])
    return [_rounded(edge) for edge in kept_edges], kept


def _rounded(value: float) -> float:
    """Round to ten significant digits: the order of a sum must not reach the reader."""
    return float(f"{value:.10g}")
