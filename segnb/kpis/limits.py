"""A rate of which few said yes, or no: all that is told of it is a limit."""

from __future__ import annotations

from segnb.intervals import wilson
from segnb.kpis.measured import Measured
from segnb.suppression import Limit
from segnb.words import Voice


def limited(kpi: str, group: str, found: Limit, known: int, min_cell: int, *, n: int | None) -> Measured:
    """Return a limit as what was measured; its interval is Wilson's at the limit, open to 0 or 1.

    Parameters
    ----------
    known
        How many customers it is known that were asked at least.
    n
        How many were asked, None where that is hidden.
    """
    few = min(min_cell, known)
    if found.bound > 0:
        low, high = wilson(known - few, known).low, 1.0
        return Measured(kpi, group, None, low, high, n, kind="at least", limit=found.value)
    low, high = 0.0, wilson(few, known).high
    return Measured(kpi, group, None, low, high, n, kind="under", limit=found.value)


def limit_text(voice: Voice, measured: Measured, key: str = "kpis.limit") -> str:
    """Return a limit as readers meet it, as *at least 98%*."""
    side = "least" if measured.bound > 0 else "under"
    return voice.say(f"{key}.{side}", value=voice.percent(measured.limit or 0.0))
