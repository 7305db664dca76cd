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
from segnb.kpis.measured import Measured
from segnb.kpis.periods import Period, choose, periods
from segnb.segmentation import Segmentation, Window, Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone


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
    cohorts, too_new = _cohorts(days, periods(whole, by, calendar=True) if whole else [], min_cell)
    customers = pd.Index(days[CUSTOMER].unique())
    segmented = sum(int(ids.isin(customers).sum()) for ids in members.values())
    return Retention(
        cohorts=cohorts,
        cohort_period=by,
        points={segment: _points(days, segment, ids, steps, min_cell) for segment, ids in members.items()},
        periods=steps,
        period=step,
        windows=windows,
        outside=len(customers) - segmented,
        too_new=too_new,
        never=int(everyone(tables).count().to_pyarrow().as_py()) - len(customers),
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


def _cohorts(days: pd.DataFrame, calendar: list[Window], min_cell: int) -> tuple[tuple[Cohort, ...], int]:
    """Return the cohorts in whole periods, and how many customers first ordered after these."""
    ends = np.array([each.end for each in calendar], dtype="datetime64[D]")
    place = np.searchsorted(ends, days["day"].to_numpy().astype("datetime64[D]"))
    active = days.assign(place=place).drop_duplicates([CUSTOMER, "place"])
    active["first"] = active.groupby(CUSTOMER)["place"].transform("min")
    counts = active.groupby(["first", "place"]).size()
    found = []
    for number, window in enumerate(calendar):
        size = int(counts.get((number, number), 0))
        shown = size == 0 or size >= min_cell
        later = range(number + 1, len(calendar)) if size and shown else ()
        kept = tuple(stable(counts.get((number, after), 0) / size) for after in later)
        found.append(Cohort(window, size if shown else None, kept))
    return tuple(found), int(counts.get((len(calendar), len(calendar)), 0))


def _points(
    days: pd.DataFrame, segment: str, members: pd.Index, steps: tuple[Window, ...], min_cell: int
) -> tuple[Measured, ...]:
    """Return the share of a segment's customers with an order in each period, with Wilson's interval."""
    size = len(members)
    if size < min_cell:
        return ()
    theirs = days[days[CUSTOMER].isin(members)]
    points = []
    for number, window in enumerate(steps, start=1):
        inside = theirs["day"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))
        hits = theirs.loc[inside, CUSTOMER].nunique()
        low, high = wilson(hits, size)
        points.append(Measured(f"retention_{number}", segment, stable(hits / size), low, high, size))
    return tuple(points)
