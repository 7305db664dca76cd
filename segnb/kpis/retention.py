"""Who still orders, period after period: by cohort of the first order, and by segment.

Nobody is left out because of what came later: a cohort is all who first ordered in a period, in a
segment or not; a segment's curve counts all of its customers, those who never came back included.
A period counts only if it is wholly observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import ibis
import numpy as np
import pandas as pd

from segnb.columns import CUSTOMER, DAY
from segnb.errors import ParameterError, nearest
from segnb.intervals import stable, wilson
from segnb.kpis.cohorts import Cohort, Retention
from segnb.kpis.gathered.orders import placed
from segnb.kpis.limits import limited
from segnb.kpis.measured import Measured
from segnb.kpis.periods import Period, choose, periods
from segnb.segmentation import Segmentation, Window, Windows
from segnb.suppression import Limit, conceal, limit, told
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone

_NEVER = "never"
"""Place of those without any order among the cohorts."""


def retention(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    period: Period | None = None,
    cohort_period: Period | None = None,
    min_cell: int = 10,
    names: Mapping[str, str] | None = None,
) -> Retention:
    """Return who still orders, by cohort of the first order and by segment.

    Parameters
    ----------
    period, cohort_period
        Length of the periods of the segments' curves, counted from the first day after the segments
        had formed, and of the cohorts, by the calendar; left out, the longest of year,
        quarter, month and week of which the days hold four.
    min_cell
        Fewest customers of a cohort or a segment that is shown.
    names
        The segments' names, where they are known already.

    Returns
    -------
    Retention
        With no cohort where there are no purchases, or no last day that counts: who did not order could
        not be told from who could not yet. With no curve where the data have no later window.

    Raises
    ------
    ParameterError
        A period is none of the four.

    Notes
    -----
    Retention of a cohort in its k-th later period is the number of its customers with an order in
    that period over the number of all of them; a customer who paused may return. Of cohorts, lost
    customers and the share of those left see Fader & Hardie (2007), J. Interact. Mark. 21(1):76-90.
    """
    for each in (period, cohort_period):
        if each is not None and each not in get_args(Period):
            raise ParameterError(f"There is no period {each!r}. {nearest(each, get_args(Period))}")
    days = _order_days(tables)
    members = {segment: segmentation.members(segment) for segment in segmentation.segments}
    later = None if days.empty else windows.measure
    step = period or (choose(later) if later else "month")
    steps = tuple(periods(later, step)) if later else ()
    whole = None if days.empty or tables.as_of is None else Window(days["day"].min().date(), tables.as_of)
    by = cohort_period or (choose(whole, calendar=True) if whole else "month")
    customers = pd.Index(days[CUSTOMER].unique())
    never = int(everyone(tables).count().to_pyarrow().as_py()) - len(customers)
    calendar = periods(whole, by, calendar=True) if whole else []
    cohorts, too_new, never_told = _cohorts(days, calendar, never, min_cell)
    outside = len(customers) - sum(int(ids.isin(customers).sum()) for ids in members.values())
    return Retention(
        cohorts=cohorts,
        cohort_period=by,
        points=_points(days, members, steps, min_cell),
        periods=steps,
        period=step,
        windows=windows,
        outside=told(outside, min_cell),
        too_new=too_new,
        never=never_told,
        min_cell=min_cell,
        names=dict(names or {}),
        voice=segmentation.voice,
    )


def _order_days(tables: Tables) -> pd.DataFrame:
    """Return the days on which each customer ordered; none without orders or a last day that counts."""
    if "orders" not in tables or tables.as_of is None:
        return pd.DataFrame({CUSTOMER: [], "day": pd.to_datetime([])})
    bought = tables.orders.filter(placed(tables.orders))
    days = bought.select(CUSTOMER, day=bought[DAY].cast("timestamp")).distinct()
    frame: pd.DataFrame = days.order_by(CUSTOMER, ibis._.day).to_pandas()
    return frame


def _cohorts(
    days: pd.DataFrame, calendar: list[Window], never: int, min_cell: int
) -> tuple[tuple[Cohort, ...], int | None, int | None]:
    """Return the cohorts in whole periods, how many first ordered after these, and how many never did."""
    ends = np.array([each.end for each in calendar], dtype="datetime64[D]")
    place = np.searchsorted(ends, days["day"].to_numpy().astype("datetime64[D]"))
    active = days.assign(place=place).drop_duplicates([CUSTOMER, "place"])
    active["first"] = active.groupby(CUSTOMER)["place"].transform("min")
    counts = active.groupby(["first", "place"]).size()
    sizes = {str(number): int(counts.get((number, number), 0)) for number in range(len(calendar) + 1)}
    told = _told(sizes | {_NEVER: never}, min_cell)
    kept: dict[int, list[float | Limit | None]] = {number: [] for number in range(len(calendar))}
    for after in range(1, len(calendar)):
        # Who ordered in a period, of whichever cohort, is told elsewhere: one cohort would be what is left.
        before = {str(number): told[str(number)] or 0 for number in range(after)}
        hits = {each: int(counts.get((int(each), after), 0)) for each, size in before.items() if size}
        shares = _shares(hits, before, min_cell)
        for each, count in hits.items():
            kept[int(each)].append(limit(count, before[each], min_cell) or shares[each])
    found = tuple(
        Cohort(window, told[str(number)], tuple(kept[number])) for number, window in enumerate(calendar)
    )
    return found, told[str(len(calendar))], told[_NEVER]


def _told(counts: Mapping[str, int], min_cell: int) -> dict[str, int | None]:
    """Return counts that add up to a known number, without those of too few and what would give them away."""
    hidden = conceal(counts, min_cell=min_cell, keep_total=True).groups
    return {each: None if each in hidden else count for each, count in counts.items()}


def _shares(hits: Mapping[str, int], sizes: Mapping[str, int], min_cell: int) -> dict[str, float | None]:
    """Return the share of each group that ordered; None where it tells of too few who did, or did not."""
    misses = {each: sizes[each] - count for each, count in hits.items()}
    ordered, did_not = (_told(counts, min_cell) for counts in (hits, misses))
    return {
        each: None if ordered[each] is None or did_not[each] is None else stable(count / sizes[each])
        for each, count in hits.items()
    }


def _point(kpi: str, segment: str, share: float | None, hits: int, size: int, min_cell: int) -> Measured:
    """Return the share of a segment that ordered, or the limit to it where few did, or did not."""
    found = limit(hits, size, min_cell)
    if found is not None:
        return limited(kpi, segment, found, size, min_cell, n=size)
    if share is None:
        return Measured(kpi, segment, None, None, None, size, kind="hidden")
    return Measured(kpi, segment, share, *wilson(hits, size), size)


def _points(
    days: pd.DataFrame, members: Mapping[str, pd.Index], steps: tuple[Window, ...], min_cell: int
) -> dict[str, tuple[Measured, ...]]:
    """Return the share of each segment's customers with an order in each period, with Wilson's interval."""
    sizes = {segment: len(ids) for segment, ids in members.items() if len(ids) >= min_cell}
    points: dict[str, list[Measured]] = {segment: [] for segment in members}
    for number, window in enumerate(steps, start=1):
        inside = days["day"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))
        buyers = pd.Index(days.loc[inside, CUSTOMER].unique())
        hits = {segment: int(members[segment].isin(buyers).sum()) for segment in sizes}
        kpi, shares = f"retention_{number}", _shares(hits, sizes, min_cell)
        for segment, size in sizes.items():
            points[segment].append(_point(kpi, segment, shares[segment], hits[segment], size, min_cell))
    return {segment: tuple(found) for segment, found in points.items()}
