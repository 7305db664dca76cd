"""Areas: small ones put together, and averages drawn towards all areas' by what chance explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from segnb.intervals import LEVEL
from segnb.transform import significant

_BETWEEN = "\x1f"
"""Between the names of an area and those above it; no name holds it."""


@dataclass(frozen=True)
class Averages:
    """Means by area: as they are, and drawn towards that of all; whether areas differ by more than chance."""

    raw: pd.Series
    drawn: pd.Series
    differ: bool


def merged(levels: Sequence[pd.Series], smallest: int, elsewhere: str) -> pd.Series:
    """Return each customer's area: the finest level that has enough customers.

    Customers of small areas fall to the area above, among those of it who have none of their own; what is
    still too small on the coarsest level is ``elsewhere``. Who has no area on any level has none.

    Parameters
    ----------
    levels
        Names of areas by customer, the coarsest level first, missing where unknown.
    """
    area = pd.Series(None, index=levels[0].index, dtype=object)
    for place in range(len(levels) - 1, -1, -1):
        names = [each.fillna("") for each in levels[: place + 1]]
        # A town of the same name in two regions is two areas, and says so only where it has to.
        path = names[0].str.cat(pd.concat(names[1:], axis=1), sep=_BETWEEN) if place else names[0]
        open_ = area.isna() & levels[place].notna()
        counts = path[open_].value_counts()
        enough = [str(each) for each in counts.index if counts[each] >= smallest]
        last = [each.split(_BETWEEN)[-1] for each in enough]
        words = {
            each: name if last.count(name) == 1 else ", ".join(each.split(_BETWEEN)[::-1])
            for each, name in zip(enough, last, strict=True)
        }
        taken = open_ & path.isin(enough)
        area[taken] = path[taken].map(words)
    known = pd.concat([each.notna() for each in levels], axis=1).any(axis=1)
    return area.where(area.notna() | ~known, elsewhere)


def averages(values: pd.Series, area: pd.Series, *, rate: bool = False) -> Averages:
    """Return each area's mean, and the same drawn towards the mean of all by what chance explains.

    ``mean + t / (t + s / n) * (own - mean)``, empirical Bayes for means of unequal precision (Morris 1983,
    J. Am. Stat. Assoc. 78:47-55): s is the variance within areas, pooled, and t that between areas by the
    method of moments (DerSimonian & Laird 1986, equation 8), at least 0. For rates this is the mean of
    a beta-binomial (Kleinman 1973, J. Am. Stat. Assoc. 68:46-54): a customer's variance p (1 - p) is s and t
    together. Areas differ where Cochran's Q (1954) lies above the 95 % quantile that chance has.
    """
    known = values.dropna()
    grouped = known.groupby(area)
    raw, n = grouped.mean(), grouped.size().astype(np.float64)
    middle, total = float(known.mean()), float(n.sum())
    if rate:
        within = middle * (1 - middle)
    else:
        own = area.loc[known.index].map(raw).astype(np.float64)
        within = float(((known - own) ** 2).sum() / max(len(known) - len(n), 1))
    spread, freedom = float((n * (raw - middle) ** 2).sum()), len(n) - 1
    weight = total - float((n**2).sum()) / total - (freedom if rate else 0)
    between = max(0.0, (spread - freedom * within) / weight) if weight > 0 else 0.0
    noise = max(within - between, 0.0) if rate else within
    trust = between / (between + noise / n) if between > 0 else n * 0.0
    drawn = pd.Series(significant((middle + trust * (raw - middle)).to_numpy(np.float64)), index=raw.index)
    differ = freedom > 0 and spread > within * float(2 * gammaincinv(freedom / 2, LEVEL))
    return Averages(raw, drawn, differ)
