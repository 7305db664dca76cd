"""From tables and segments to lifetime value: learn before, compare after, forecast from the last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from segnb.errors import InputError, ParameterError
from segnb.intervals import Estimated, Interval, ratio_interval, stable
from segnb.lifetime.choice import choose, purchase_models, rivals, try_models
from segnb.lifetime.discount import ESTIMATED, P_ALIVE, PURCHASES, VALUE, Terms, worth_by_customer
from segnb.lifetime.fitting import fit_model
from segnb.lifetime.histories import DAYS, FEWEST, FREQUENCY, MONETARY, summarise
from segnb.lifetime.holdout import bought_later, look_back
from segnb.lifetime.models import MODELS
from segnb.lifetime.results import Estimates, Independence, Lacking, LifetimeValue, SegmentValue
from segnb.segmentation import Segmentation, Window, Windows
from segnb.suppression import told
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone

_LONGEST = 120
"""Months ahead beyond which no history of customers tells anything."""


def value_by_segment(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    months: float,
    discount_rate: float,
    margin: float | None,
    model: str | None,
    seed: int,
    min_cell: int,
    names: Mapping[str, str] | None,
) -> LifetimeValue:
    """Forecast what the customers of each segment will be worth; see `segnb.lifetime.value`."""
    _refuse_terms(months, discount_rate, margin)
    if model is not None:
        MODELS[model]
    share = _margin(tables) if margin is None and "orders" in tables else margin
    made = LifetimeValue(
        customers=None,
        by_segment=(),
        segments=segmentation.segments,
        as_of=tables.as_of,
        terms=Terms(months, discount_rate, 1.0 if share is None else stable(share)),
        margin_known=share is not None,
        min_cell=min_cell,
        names=dict(names or {}),
        voice=segmentation.voice,
    )
    if "orders" not in tables or tables.as_of is None:
        return _without(made, "orders")
    return _forecast(made, tables, segmentation, windows, model, seed)


def _forecast(
    made: LifetimeValue,
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    model: str | None,
    seed: int,
) -> LifetimeValue:
    whole = _enough(tables, tables.as_of)
    if whole is None:
        return _without(made, "repeats")
    paid = whole[(whole[FREQUENCY] == 0) | (whole[MONETARY] > 0)]
    if (paid[FREQUENCY] > 0).sum() < FEWEST:
        return _without(made, "repeats")
    after = _after(windows)
    before = _enough(tables, after.start - timedelta(days=1)) if after else None
    if before is None:
        before, after = whole, None
    tried, fits = try_models(before, after.days / DAYS["weeks"] if after else None, purchase_models())
    came = bought_later(tables, after, before.index) if after else None
    chosen = choose(tried, len(came.days) if came else None, model)
    if chosen is None:
        return _without(made, "optimum")
    try:
        purchases = fit_model(chosen[0], whole)
    except InputError:
        return _without(made, "optimum")
    spend = _spending(paid)
    if spend is None:
        return _without(made, "spend")
    _, others = try_models(whole, None, rivals(tried, *chosen))
    customers = worth_by_customer(purchases, spend, made.terms, DAYS["weeks"], list(others.values()))
    repeaters = paid[paid[FREQUENCY] > 0]
    by_segment = tuple(
        _segment(each, customers, segmentation, seed, made.min_cell) for each in segmentation.segments
    )
    labels = segmentation.labels
    never = len(labels.index[labels.isin(segmentation.segments)].difference(customers.index))
    # Those of one segment would be all less the others'.
    untold = any(each.value is not None and each.customers is None for each in by_segment)
    bought_nothing = int(everyone(tables).count().to_pyarrow().as_py()) - len(whole)
    refunded = told(len(whole) - len(paid), made.min_cell)
    return replace(
        made,
        customers=customers,
        by_segment=by_segment,
        first_day=tables.intake.tables["transactions"].first_day,
        tried=tuple(tried),
        reason=chosen[1],
        purchases=Estimates.of(purchases, told=told(bought_nothing, made.min_cell) is not None),
        spend=Estimates.of(spend, told=refunded is not None),
        holdout=look_back(fits[chosen[0]], came, min_cell=made.min_cell) if came else None,
        independence=Independence.of(repeaters[FREQUENCY], repeaters[MONETARY]),
        never=None if untold else told(never, made.min_cell),
        refunded=refunded,
    )


def _spending(paid: pd.DataFrame) -> Any:
    """Return the model of spend; None where it has no optimum, or no mean (q of 1 or less)."""
    try:
        spend = fit_model("gamma_gamma", paid)
    except InputError:
        return None
    return spend if spend.params["q"] > 1 else None


def _segment(
    segment: str, customers: pd.DataFrame, segmentation: Segmentation, seed: int, min_cell: int
) -> SegmentValue:
    ids = segmentation.members(segment)
    members = customers[customers.index.isin(ids)].sort_index()
    if len(members) < min_cell:
        return SegmentValue(segment, None, None, None, None, None, None)
    low, high = mean_value(members, seed, segment) or (None, None)
    alive, bought, value = (stable(members[each].mean()) for each in (P_ALIVE, PURCHASES, VALUE))
    bought_any = None if told(len(ids) - len(members), min_cell) is None else len(members)
    return SegmentValue(segment, bought_any, alive, bought, value, low, high)


def mean_value(members: pd.DataFrame, seed: int, segment: str) -> Interval | None:
    """Return the interval of a mean of `worth_by_customer`: of the draw of customers, and of parameters."""
    values, estimated = members[VALUE].to_numpy(), Estimated.of(members, ESTIMATED)
    return ratio_interval(values, np.ones(len(values)), seed, VALUE, segment, estimated=estimated)


def _enough(tables: Tables, last: date | None) -> pd.DataFrame | None:
    """Return what customers had bought up to a day; None where too few had come back by then."""
    try:
        summary = summarise(tables, last)
    except InputError:
        return None
    return summary if (summary[FREQUENCY] > 0).sum() >= FEWEST else None


def _after(windows: Windows) -> Window | None:
    """Return the days after those that formed the segments, up to the end of those that judge them."""
    if windows.form is None or windows.measure is None:
        return None
    return Window(windows.form.end + timedelta(days=1), windows.measure.end)


def _margin(tables: Tables) -> float | None:
    """Return the share of the spend that is left after costs, over all orders; None without costs."""
    orders = tables.orders
    if "cost" not in orders.columns:
        return None
    sums = (
        orders.aggregate(amount=orders["amount"].sum(), cost=orders["cost"].sum()).to_pyarrow().to_pylist()[0]
    )
    if not sums["amount"] or sums["cost"] is None:
        return None
    return float(1 - sums["cost"] / sums["amount"])


def _refuse_terms(months: float, discount_rate: float, margin: float | None) -> None:
    if not 0 < months <= _LONGEST:
        raise ParameterError(f"months must lie between 0 and {_LONGEST}. Got {months} instead")
    if not 0 <= discount_rate < 1:
        raise ParameterError(
            f"discount_rate is a share of a year, from 0 to below 1. Got {discount_rate} instead"
        )
    if margin is not None and not 0 < margin <= 1:
        raise ParameterError(f"margin is a share of the spend, above 0 and up to 1. Got {margin} instead")


def _without(made: LifetimeValue, lacking: Lacking) -> LifetimeValue:
    return replace(made, lacking=lacking)
