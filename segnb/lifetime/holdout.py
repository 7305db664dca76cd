"""A model against what came: fitted on the days before, compared on the days after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.columns import CUSTOMER
from segnb.intervals import stable
from segnb.lifetime.fitted import PurchaseFit
from segnb.lifetime.histories import DAYS, FREQUENCY, purchase_days
from segnb.segmentation import Window
from segnb.tables.opened import Tables

_MOST = 7
"""Repeat purchases from which on customers are one bin."""
_WEEK = 7


@dataclass(frozen=True)
class Bin:
    """Customers with ``low`` to ``high`` repeat purchases before; the last bin has no ``high``."""

    low: int
    high: int | None
    customers: int
    foreseen: float
    bought: float
    """Purchases foreseen and made in the days after, by each customer."""


@dataclass(frozen=True)
class Holdout:
    """Purchases that a model foresaw for customers known before ``window``, and what they did in it.

    ``ends`` counts days from the window's start; ``foreseen_by`` and ``bought_by`` are sums up to them.
    """

    window: Window
    customers: int
    foreseen: float
    bought: int
    bins: tuple[Bin, ...]
    ends: tuple[int, ...]
    foreseen_by: tuple[float, ...]
    bought_by: tuple[int, ...]

    @property
    def error(self) -> float | None:
        """How far the forecast lies above what came, as a share of that; None where nobody bought."""
        return self.foreseen / self.bought - 1 if self.bought else None


@dataclass(frozen=True, eq=False)
class Later:
    """Purchase days of known customers within a window, as ``customer_id`` and ``day``."""

    window: Window
    days: pd.DataFrame


def bought_later(tables: Tables, window: Window, known: pd.Index) -> Later:
    """Return what known customers bought within a window; of others nothing could be foreseen."""
    days = purchase_days(tables, window)
    return Later(window, days[days[CUSTOMER].isin(known)])


def look_back(fitted: PurchaseFit, later: Later, *, min_cell: int) -> Holdout:
    """Compare a model that was fitted up to the day before with what came; its times are weeks."""
    known, window, days = fitted.summary, later.window, later.days
    ends = (*range(_WEEK, window.days, _WEEK), window.days)
    after = (pd.to_datetime(days["day"]) - pd.Timestamp(window.start)).dt.days.to_numpy()
    forecasts = [fitted.future_purchases(end / DAYS["weeks"]) for end in ends]
    made = days[CUSTOMER].value_counts().reindex(known.index, fill_value=0)
    return Holdout(
        window=window,
        customers=len(known),
        foreseen=stable(forecasts[-1].sum()),
        bought=len(days),
        bins=_bins(known[FREQUENCY].to_numpy(), forecasts[-1].to_numpy(), made.to_numpy(), min_cell),
        ends=ends,
        foreseen_by=tuple(stable(each.sum()) for each in forecasts),
        bought_by=tuple(int((after < end).sum()) for end in ends),
    )


def _bins(x: np.ndarray, foreseen: np.ndarray, bought: np.ndarray, min_cell: int) -> tuple[Bin, ...]:
    """Group customers by how often they had bought; from the top, bins of too few join the next lower one."""
    counts = np.bincount(np.minimum(x, _MOST), minlength=_MOST + 1)
    starts, waiting = [], 0
    for low in range(_MOST, -1, -1):
        waiting += counts[low]
        if waiting >= min_cell:
            starts.append(low)
            waiting = 0
    if waiting and starts:
        starts[-1] = 0
    starts = starts[::-1]
    ends = [each - 1 for each in starts[1:]]
    found = []
    for low, high in zip(starts, [*ends, None], strict=True):
        inside = (x >= low) & (x <= (high if high is not None else np.inf))
        means = (stable(float(each[inside].mean())) for each in (foreseen, bought))
        found.append(Bin(low, high, int(inside.sum()), *means))
    return tuple(found)
