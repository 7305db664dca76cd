"""What the tournament predicts: what customers did on the days that formed nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.kpis.gathered import campaign_columns
from segnb.segmentation import FeatureTable, Windows
from segnb.tables.opened import Tables


def later_outcomes(
    tables: Tables, later: FeatureTable | None, windows: Windows, customers: pd.Index, *, min_cell: int
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the outcomes of each customer in the later window, and the names of those that say nothing.

    ``spend`` and ``orders`` are on a log scale (one plus the value over its median, so that units cancel and
    few large customers do not decide), ``active`` and ``response`` yes or no; the last is known only of
    customers whom a campaign reached. An outcome in which fewer than ``min_cell`` customers differ from
    the most frequent value says nothing.
    """
    found = pd.DataFrame(index=customers)
    if later is not None:
        done = later.frame.reindex(customers).fillna(0.0)
        if "monetary" in done:
            found["spend"] = _drawn_in(done["monetary"])
        found["orders"] = _drawn_in(done["frequency"])
        found["active"] = (done["frequency"] > 0).astype(np.float64)
    if windows.measure is not None and "campaigns" in tables:
        reached = campaign_columns(tables, windows).reindex(customers)
        if "responded" in reached:
            found["response"] = reached["responded"].where(reached["reached"] > 0)
    idle = [str(name) for name in found if _differing(found[name]) < min_cell]
    return found.drop(columns=idle), tuple(idle)


def _drawn_in(values: pd.Series) -> pd.Series:
    positive = values[values > 0]
    if positive.empty:
        return values * 0.0
    logged: pd.Series = np.log1p(values.clip(lower=0.0) / positive.median())
    return logged


def _differing(values: pd.Series) -> int:
    counts = values.value_counts()
    return int(counts.sum() - counts.max()) if len(counts) else 0
