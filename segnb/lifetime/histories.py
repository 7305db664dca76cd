"""One row for each customer: how often, how lately, for how long and for how much they bought again.

A purchase is a *day* with orders: all that a customer orders on one day is one decision to buy. A day
on which goods worth more came back than were bought is no purchase; its amount still counts.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, get_args

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segnb.columns import AMOUNT, CUSTOMER, DAY, TIME
from segnb.errors import Fault, InputError, ParameterError, refuse
from segnb.lifetime.models import Histories, Spends
from segnb.segmentation import Window
from segnb.tables.opened import Tables
from segnb.tables.orders import within

TimeUnit = Literal["days", "weeks", "months"]
DAYS: dict[TimeUnit, float] = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12}
"""Days in each unit of time; fractions stay, since whole weeks would lose purchases within one."""

FREQUENCY, RECENCY, AGE, MONETARY = "btyd_frequency", "btyd_recency", "btyd_age", "btyd_monetary"
FEWEST = 10
"""Fewest customers who came back that a model is fitted on."""


def summarise(
    transactions: pd.DataFrame | Tables,
    as_of: date | str | None = None,
    *,
    unit: TimeUnit = "weeks",
    customer_id: str = CUSTOMER,
    order_time: str = TIME,
    amount: str = AMOUNT,
) -> pd.DataFrame:
    """Return what buy-till-you-die models need to know of each customer; see `segnb.lifetime.summary`."""
    if unit not in get_args(TimeUnit):
        raise ParameterError(f"unit must be days, weeks or months. Got {unit!r} instead")
    if isinstance(transactions, Tables):
        last = _day(as_of or transactions.as_of)
        lines, connection = transactions.orders, transactions.con
    else:
        last = _day(as_of)
        frame = _checked(transactions, customer_id, order_time, amount)
        connection = ibis.duckdb.from_connection(duckdb.connect().register("transactions", frame))
        rows = connection.table("transactions")
        lines = rows.mutate(
            rows[DAY].cast("date").name(DAY), rows[AMOUNT].cast("decimal(30, 6)").name(AMOUNT)
        )
    return _summary(lines, last, connection, DAYS[unit])


def purchase_days(tables: Tables, window: Window) -> pd.DataFrame:
    """Return each customer's purchase days within a window, as ``customer_id`` and ``day``."""
    days = _days(within(tables.orders, window))
    found: pd.DataFrame = (
        days.filter(days["bought"]).select(CUSTOMER, day=DAY).order_by(CUSTOMER, "day").to_pandas()
    )
    return found


def _days(lines: ir.Table) -> ir.Table:
    """Return what each customer spent on each day, and whether that was a purchase."""
    days = lines.group_by(CUSTOMER, DAY).aggregate(spent=lines[AMOUNT].sum())
    return days.mutate(bought=days["spent"] >= 0)


def _summary(lines: ir.Table, last: date, connection: Any, days_each: float) -> pd.DataFrame:
    """Group lines by customer and day, then days by customer: nothing else is ever brought here."""
    days = _days(lines.filter(lines[DAY] <= last))
    first = days.group_by(CUSTOMER).aggregate(first=days[DAY].min(where=days["bought"]))
    days = days.join(first, CUSTOMER)
    found = days.group_by(CUSTOMER).aggregate(
        first=days["first"].min(),
        last=days[DAY].max(where=days["bought"]),
        bought=days["bought"].sum(),
        returned=(~days["bought"]).sum(),
        again=days["spent"].sum(where=days[DAY] > days["first"]).cast("float64"),
    )
    frame: pd.DataFrame = connection.to_pandas(found.order_by(CUSTOMER)).set_index(CUSTOMER)
    later = int(connection.execute((lines[DAY] > last).sum().fill_null(0)))
    buyers = frame[frame["bought"] > 0]
    if buyers.empty:
        raise InputError(
            f"No purchase up to {last}: nothing to fit a lifetime on. Check as_of and the amounts"
        )
    start, end = pd.to_datetime(buyers["first"]), pd.to_datetime(buyers["last"])
    repeats = buyers["bought"].astype("int64") - 1
    summary = pd.DataFrame(
        {
            FREQUENCY: repeats,
            RECENCY: (end - start).dt.days / days_each,
            AGE: (pd.Timestamp(last) - start).dt.days / days_each,
            MONETARY: (buyers["again"] / repeats).where(repeats > 0),
        }
    )
    summary.attrs = {
        "later": later,
        "returns": int(frame["returned"].sum()),
        "never": len(frame) - len(buyers),
    }
    return summary


def _day(given: date | str | None) -> date:
    if given is None:
        raise ParameterError(
            "as_of is missing: how long a customer has been silent depends on it. Name the day"
        )
    try:
        return pd.Timestamp(given).date()
    except ValueError as error:
        raise ParameterError(f"as_of must be a day as 2017-12-31. Got {given!r} instead") from error


def _checked(transactions: pd.DataFrame, customer_id: str, order_time: str, amount: str) -> pd.DataFrame:
    """Return customer, day and amount under segnb's own names, or say what is wrong with them."""
    if lacking := [each for each in (customer_id, order_time, amount) if each not in transactions]:
        raise InputError(
            f"The transactions lack {', '.join(lacking)} (they have {', '.join(map(str, transactions))}). "
            "Name the columns by customer_id, order_time and amount"
        )
    times = transactions[order_time]
    if pd.api.types.is_numeric_dtype(times):
        raise InputError(f"{order_time} holds numbers, not times. Convert it by pandas.to_datetime first")
    days = pd.to_datetime(times, errors="coerce", format="ISO8601").dt.tz_localize(None).dt.normalize()
    amounts = pd.to_numeric(transactions[amount], errors="coerce").astype(float)
    blank = transactions[customer_id].isna()
    faults: dict[tuple[str, str, str], Any] = {
        (customer_id, "no id", "Leave these rows out or fill the ids"): blank,
        (order_time, "no time as 2017-12-31", "Correct or leave out these rows"): days.isna(),
        (amount, "no finite amount", "Correct or leave out these rows"): ~np.isfinite(amounts),
    }
    refuse(
        InputError,
        (Fault(what, where, int(bad.sum()), say) for (where, what, say), bad in faults.items() if bad.any()),
    )
    return pd.DataFrame({CUSTOMER: transactions[customer_id], DAY: days, AMOUNT: amounts})


def histories(summary: pd.DataFrame) -> tuple[Histories, np.ndarray]:
    """Return the distinct purchase histories of a summary, and which of them each customer has.

    Raises
    ------
    InputError
        There is no customer, or some stand twice or have times or counts that no history can have.
    """
    _refuse_impossible(summary)
    x, t_x, age = (summary[each].to_numpy() for each in (FREQUENCY, RECENCY, AGE))
    ages, distinct_ages = pd.factorize(age)
    key = ages.astype(np.int64)
    if len(distinct_ages) > len(summary) / 2:
        # Hardly any history is shared: to find those that are would cost more than it saves.
        key = np.arange(len(summary))
    else:
        for column in (t_x, x):
            codes, distinct = pd.factorize(column)
            key = key * len(distinct) + codes
    place, _ = pd.factorize(key)
    first = np.zeros(place.max() + 1, dtype=np.intp)
    first[place[::-1]] = np.arange(len(place))[::-1]
    shared = (x[first].astype(np.int64), t_x[first].astype(float), age[first].astype(float))
    return Histories.weighted(*shared, np.bincount(place).astype(float)), place


def spends(summary: pd.DataFrame) -> Spends:
    """Return count and mean of the repeat purchases of those who came back.

    Raises
    ------
    InputError
        Customers stand twice, or one spent nothing or less on the repeat purchases together.
    """
    _refuse_impossible(summary, (FREQUENCY,))
    repeaters = summary[summary[FREQUENCY] > 0]
    if MONETARY not in summary:
        raise InputError(f"The summary lacks {MONETARY}. Make it by summary()")
    z = repeaters[MONETARY].to_numpy(dtype=float)
    if bad := int((~(np.isfinite(z) & (z > 0))).sum()):
        raise InputError(
            f"{MONETARY} is not above zero for {bad:,} of {len(z):,} customers who bought again: as much or "
            "more was returned or free. Leave them out"
        )
    return Spends(repeaters[FREQUENCY].to_numpy(dtype=float), z)


def _refuse_impossible(summary: pd.DataFrame, needed: tuple[str, ...] = (FREQUENCY, RECENCY, AGE)) -> None:
    if lacking := [each for each in needed if each not in summary]:
        raise InputError(f"The summary lacks {', '.join(lacking)}. Make it by summary()")
    if summary.empty:
        raise InputError("The summary holds no customer. Check what was left out before it")
    x = summary[FREQUENCY].to_numpy(dtype=float)
    faults = {
        ("customers stand more than once", "Keep one row for each"): summary.index.duplicated(),
        (f"{FREQUENCY} is no whole number from 0", "Count repeat purchases"): ~(
            (x >= 0) & (x == np.floor(x))
        ),
    }
    if RECENCY in needed:
        t_x, age = (summary[each].to_numpy(dtype=float) for each in (RECENCY, AGE))
        beyond = ~(np.isfinite(t_x) & np.isfinite(age) & (t_x >= 0) & (t_x <= age))
        faults[f"{RECENCY} does not lie between 0 and {AGE}", "Take both from the first purchase on"] = beyond
        odd = ~beyond & ((x > 0) != (t_x > 0))
        faults[f"{RECENCY} is 0 for a repeat purchase, or above 0 without one", "Count days as purchases"] = (
            odd
        )
    refuse(
        InputError, (Fault(what, "", int(bad.sum()), say) for (what, say), bad in faults.items() if bad.any())
    )
