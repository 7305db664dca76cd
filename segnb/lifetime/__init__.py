"""Buy-till-you-die models: how often customers will still buy, and what that is worth.

``summary`` describes each customer's purchases, ``fit`` fits a registered model to them, ``value`` does
all of it for the segments of a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segnb.lifetime.models import MODELS, Model, model

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from segnb.lifetime.histories import TimeUnit
    from segnb.lifetime.results import LifetimeValue
    from segnb.segmentation import Segmentation, Windows
    from segnb.tables.opened import Tables

__all__ = ["MODELS", "Model", "fit", "model", "summary", "value"]


def summary(
    transactions: pd.DataFrame | Tables,
    as_of: date | str | None = None,
    *,
    unit: TimeUnit = "weeks",
    customer_id: str = "customer_id",
    order_time: str = "order_time",
    amount: str = "amount",
) -> pd.DataFrame:
    """Return how often, how lately, for how long and for how much each customer bought again.

    A purchase is a day with orders: all that a customer orders on one day is one decision to buy. A day
    on which goods worth more came back than were bought is no purchase; its amount still counts.

    Parameters
    ----------
    transactions
        One row for each order or line of an order, or a report's tables, which are grouped where they
        lie. Amounts of a frame are added up as decimals of six places.
    as_of
        The last day observed; later rows are left out. With tables, left out, theirs.
    unit
        Unit of the times returned; a week is seven days, a month 365.25 / 12, and fractions stay.
    customer_id, order_time, amount
        The columns' names; a report's tables have these already. Times may be texts as 2017-12-31.

    Returns
    -------
    pandas.DataFrame
        By customer, sorted: ``btyd_frequency`` (purchase days after the first), ``btyd_recency`` (time
        from first to last), ``btyd_age`` (time from the first to ``as_of``) and ``btyd_monetary`` (spent
        after the first day, by repeat purchase; NaN without one). ``attrs`` counts what was left out:
        ``later`` rows, ``returns`` (days that returned more than they bought), and ``never`` (customers
        who have such days only).

    Raises
    ------
    ParameterError
        ``as_of`` is missing, or the unit is unknown.
    InputError
        A column is missing, or holds what is no id, time or amount; or no purchase is left.
    """
    from segnb.lifetime.histories import summarise

    columns = {"customer_id": customer_id, "order_time": order_time, "amount": amount}
    return summarise(transactions, as_of, unit=unit, **columns)


def fit(name: str, data: pd.DataFrame | Sequence[float]) -> Any:
    """Fit a model by maximum likelihood.

    Parameters
    ----------
    name
        ``bg_nbd``, ``mbg_nbd`` or ``pareto_nbd`` for purchases, ``gamma_gamma`` for spend, ``sbg`` for
        contracts, or a model of one's own.
    data
        What `summary` returns; for ``sbg`` how many of a cohort were customers at the start and after
        each period.

    Returns
    -------
    Fitted
        ``params``, ``standard_errors``, ``covariance`` and ``log_likelihood``. Models of purchases add
        ``expected_purchases(t)`` of a new customer, and ``future_purchases(t)`` and ``p_alive()`` of each
        one known; of spend ``mean_spend()``; of contracts ``survival(t)`` and ``retention(t)``.

    Raises
    ------
    ParameterError
        There is no such model, or it takes other data.
    InputError
        The data hold too few repeat purchases, or what cannot be; or the likelihood has no maximum.
    """
    from segnb.lifetime.fitting import fit_model

    return fit_model(name, data)


def value(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    months: float = 12,
    discount_rate: float = 0.1,
    margin: float | None = None,
    model: str | None = None,
    seed: int = 0,
    min_cell: int = 10,
    names: Mapping[str, str] | None = None,
) -> LifetimeValue:
    """Forecast what the customers of each segment will be worth in the months after ``as_of``.

    Models are fitted on all history up to the end of ``windows.form`` and compared with what came up to
    the end of ``windows.measure``; the chosen one is fitted once more on all days, and forecasts from
    the last.

    Parameters
    ----------
    months
        How far the forecast reaches.
    discount_rate
        How much less money is worth in a year: .1 for a tenth.
    margin
        Share of the spend that counts; left out, what costs leave of it where they are declared, else all.
    model
        A purchase model by name; left out, the likelier of those under which one-time buyers may leave.
    seed
        Seed of the bootstrap; each segment has draws of its own.
    min_cell
        Fewest customers that a figure may tell of; figures on fewer are None.
    names
        The segments' names, where they are known already.

    Returns
    -------
    LifetimeValue
        Where the tables do not allow a forecast, it says why.

    Raises
    ------
    ParameterError
        A term is out of its range, or the model is unknown or forecasts no purchases.
    """
    from segnb.lifetime.by_segment import value_by_segment

    return value_by_segment(
        tables,
        segmentation,
        windows,
        months=months,
        discount_rate=discount_rate,
        margin=margin,
        model=model,
        seed=seed,
        min_cell=min_cell,
        names=names,
    )
