"""Whether arms were drawn by lot: alike in segments and in what was spent before the campaign."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2, chi2_contingency
from scipy.stats import t as student

from segnb.columns import SEGMENT
from segnb.intervals import holm, stable
from segnb.worth.cells import Cells, numbered
from segnb.worth.plan import CONTROL
from segnb.worth.results import Lot

SEGMENTS = "segments"
"""Name of the check that every segment has the same share of each arm."""


def check_lot(rows: pd.DataFrame, actions: tuple[str, ...]) -> Lot:
    """Compare the arms as they were before the campaign.

    Shares of arms by segment take Pearson's chi-square, added over campaigns; what customers had spent
    before the contact takes Welch's test, each action against the control. All checks are corrected
    together by Holm's rule.
    """
    by_segment = _by_segment(rows)
    spent = {}
    if "before" in rows:
        spent = {each: p for each in actions if (p := _spent(rows, each)) is not None}
    checks = {**({SEGMENTS: by_segment} if by_segment is not None else {}), **spent}
    differ = tuple(name for name, falls in zip(checks, holm(list(checks.values())), strict=True) if falls)
    return Lot(len(checks), by_segment, spent, differ)


def _by_segment(rows: pd.DataFrame) -> float | None:
    statistic, freedom = 0.0, 0
    for _, each in rows.groupby("campaign"):
        table = pd.crosstab(each[SEGMENT], each["arm"]).to_numpy()
        if min(table.shape) > 1:
            found = chi2_contingency(table, correction=False)
            statistic, freedom = statistic + float(found.statistic), freedom + int(found.dof)
    return stable(float(chi2.sf(statistic, freedom))) if freedom else None


def _spent(rows: pd.DataFrame, action: str) -> float | None:
    """Return the p-value of the difference in what was spent before, campaigns as strata."""
    rows = rows[rows["arm"].isin((CONTROL, action))]
    spent = np.maximum(rows["before"].to_numpy(dtype=float), 0.0)
    if not spent.any():
        return None
    # Amounts have long tails; on this scale single large customers do not decide, nor does the currency.
    values = np.log1p(spent / np.median(spent[spent > 0]))
    campaigns = tuple(sorted(set(rows["campaign"])))
    place = 2 * numbered(rows["campaign"], campaigns) + (rows["arm"] != CONTROL).to_numpy()
    cells = Cells.of(values, place, (len(campaigns), 1, 2))
    row = cells.contrasts()[0, 0]
    variance = float(row**2 @ cells.variances())
    if variance <= 0:
        return None
    freedom = max(float(cells.n.sum()) - 2 * len(campaigns), 1.0)
    return stable(float(2 * student.sf(abs(row @ cells.mean.ravel()) / np.sqrt(variance), freedom)))
