"""Hartigans' dip: how far a sample is from having a single mode, and how often chance gets as far."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segnb.clustering.dip_quantiles import LEVELS, QUANTILES
from segnb.transform import Points


def dip_p_value(distance: float, size: int) -> float:
    """Return how often a sample of this size from a uniform distribution has as large a dip.

    The uniform is the least favourable unimodal distribution (Hartigan & Hartigan 1985, section 3).
    Quantiles of the root of the size times the dip are read off a simulated table (``dip_quantiles``),
    between its sizes by the logarithm of the size; beyond the table's ends the last entry is taken,
    so that no p-value is below 0.001.
    """
    sizes = np.log(list(QUANTILES))
    table = np.array(list(QUANTILES.values()))
    own = [np.interp(np.log(size), sizes, column) for column in table.T]
    return float(1 - np.interp(np.sqrt(size) * distance, own, LEVELS))


def dip(values: ArrayLike) -> float:
    """Return the dip of a sample: the distance of its distribution to the nearest unimodal one.

    The distance is the largest difference of two distribution functions; a unimodal one is convex
    below its mode and concave above. The modal interval is narrowed as in Hartigan & Hartigan (1985,
    section 5): to where the least concave majorant lies furthest above the greatest convex minorant,
    until they are no further apart than the steps outside are from the two.

    Parameters
    ----------
    values
        At least one finite number, in any order; equal numbers make one step.
    """
    places, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    size = counts.sum()
    heads = np.cumsum(counts) / size
    feet = heads - counts / size
    apart, low, high = 1 / size, 0, len(places) - 1
    while low < high:
        x, head, foot = (each[low : high + 1] for each in (places, heads, feet))
        minorant, below = _minorant(x, foot)
        turned, above = _minorant(-x[::-1], -head[::-1])
        majorant, above = -turned[::-1], high - low - above[::-1]
        corners = np.concatenate((below, above))  # the distance of the two is concave, largest at a corner
        widest = int(corners[np.argmax((majorant - minorant)[corners])])
        if majorant[widest] - minorant[widest] <= apart:
            break
        left = int(below[np.searchsorted(below, widest, side="right") - 1])
        right = int(above[np.searchsorted(above, widest)])
        apart = max(
            apart,
            (head - minorant)[:left].max(initial=0.0),
            (majorant - foot)[right + 1 :].max(initial=0.0),
        )
        low, high = low + left, low + right
    return float(apart / 2)


def _minorant(x: Points, y: Points) -> tuple[Points, NDArray[np.intp]]:
    """Return the greatest convex minorant at each point, and the places where it touches.

    Its slopes are the isotonic regression of the points' slopes, weighted by their widths (Robertson,
    Wright & Dykstra 1988, section 1.2).
    """
    from scipy.optimize import isotonic_regression  # slow, see `fit.one_thread`

    widths = np.diff(x)
    found = isotonic_regression(np.diff(y) / widths, weights=widths)
    return y[0] + np.concatenate(([0.0], np.cumsum(found.x * widths))), found.blocks
