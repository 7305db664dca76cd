"""Who was a customer by the end of the days that form the segments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from segnb.columns import CUSTOMER, DAY
from segnb.errors import InputError, ParameterError, nearest
from segnb.segmentation import Window
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone


@dataclass(frozen=True)
class Known:
    """The customers known by the last day.

    ``first`` has their ids as index, sorted, and the day of the first order as value, missing for who has
    not ordered by then. ``later`` counts those who became customers only afterwards.
    """

    first: pd.Series
    later: int

    @property
    def ids(self) -> pd.Index:
        """The customers' ids."""
        return self.first.index


def last_day(tables: Tables, window: Window | None) -> date:
    """Return the last day that counts."""
    if window is not None:
        return window.end
    if tables.as_of is None:
        raise ParameterError("as_of is missing: what customers did counts up to a day. Name it")
    return tables.as_of


def known(tables: Tables, end: date, registered: str | None = None) -> Known:
    """Return who was a customer by the end of a day: with an order by then, or a row among the customers.

    Parameters
    ----------
    registered
        The customers' attribute with the day of registration; rows of later days are no customers yet. Left
        out, all rows count.

    Raises
    ------
    ParameterError
        There is no such attribute, or it holds no times.
    """
    first = pd.Series(dtype="datetime64[ns]")
    if "orders" in tables:
        earlier = tables.orders.filter(tables.orders[DAY] <= end)
        found = earlier.group_by(CUSTOMER).aggregate(first=earlier[DAY].min()).to_pandas()
        first = pd.to_datetime(found.set_index(CUSTOMER)["first"])
    ids = pd.Index(first.index.astype(str))
    if "customers" in tables:
        ids = ids.union(_registered(tables, end, registered))
    first.index = first.index.astype(str)
    later = everyone(tables).count().to_pyarrow().as_py() - len(ids)
    first = first.reindex(ids.sort_values())
    first.index.name = CUSTOMER
    if first.empty:
        raise InputError(f"Nobody was a customer up to {end}. Take later days")
    return Known(first, later)


def _registered(tables: Tables, end: date, registered: str | None) -> pd.Index:
    rows = tables.customers
    if registered is not None:
        if registered not in rows.columns:
            hint = nearest(registered, [each for each in rows.columns if each != CUSTOMER])
            raise ParameterError(f"registered: customers have no attribute {registered!r}. {hint}")
        if not rows[registered].type().is_temporal():
            raise ParameterError(
                f"registered: the customers' attribute {registered!r} holds no times. Declare it as time"
            )
        rows = rows.filter(rows[registered].isnull() | (rows[registered].cast("date") <= end))
    found: pd.DataFrame = rows.select(CUSTOMER).to_pandas()
    return pd.Index(found[CUSTOMER].astype(str))
