"""The feature table: a basis's measures of every customer who takes part, and who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.bases.definition import BASES, Basis, Measures
from segnb.columns import CUSTOMER
from segnb.errors import InputError, ParameterError, nearest
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, everyone, orders_in
from segnb.transform import significant
from segnb.words import Voice


def features(
    tables: Tables,
    basis: str,
    window: Window | None,
    *,
    options: Mapping[str, Any] | None = None,
    min_orders: int | None = None,
    voice: Voice | None = None,
) -> FeatureTable:
    """Return a basis's measures of each customer, one row each, sorted by id.

    Parameters
    ----------
    basis
        Name of the basis, as ``segnb list bases`` shows it.
    window
        The days that form the segments; None takes all.
    options
        The basis's own options.
    min_orders
        Customers with fewer orders in the window are left out, and counted; None takes the basis's own.

    Raises
    ------
    InputError
        The basis needs a table that is not declared, or no customer is left.
    ParameterError
        The basis, or one of its options, is unknown.
    """
    chosen, voice = BASES[basis], voice or Voice()
    _check_needs(chosen, tables)
    made = _measures(chosen, tables, window, dict(options or {}))
    frame, coded = _frame(made)
    least = chosen.min_orders if min_orders is None else min_orders
    kept, excluded = _taking_part(frame, tables, window, least, voice)
    if kept.empty:
        raise InputError(
            f"No customer has {least} or more orders in the window. Widen the window or lower min_orders"
        )
    said = tuple(each.said(voice) for each in coded)
    return FeatureTable(kept, said, basis, window, excluded, voice)


def _check_needs(chosen: Basis, tables: Tables) -> None:
    missing = [name for name in chosen.needs if name not in tables]
    if missing:
        raise InputError(
            f"Basis {chosen.name!r} needs the table {' and '.join(missing)}, which data does not declare. "
            "Declare it, or choose another basis"
        )


def _measures(chosen: Basis, tables: Tables, window: Window | None, options: dict[str, Any]) -> Measures:
    for name in options:
        if name not in chosen.options:
            hint = nearest(name, chosen.options)
            raise ParameterError(f"Basis {chosen.name!r} has no option {name!r}. {hint}")
    made: Measures = chosen(tables, window, **options)
    return made


def _frame(made: Measures) -> tuple[pd.DataFrame, tuple[Feature, ...]]:
    """Return one float column for each feature, words as their places in the levels; and the features."""
    schema = made.expression.schema()
    columns = {
        each.name: made.expression[each.name]
        if schema[each.name].is_string()
        else made.expression[each.name].cast("float64")
        for each in made.features
    }
    rows = made.expression.select(CUSTOMER, **columns).order_by(CUSTOMER).to_pyarrow()
    coded, features = {}, []
    for feature in made.features:
        if schema[feature.name].is_string():
            known, coded[feature.name] = _coded(feature, rows[feature.name].to_pandas())
        else:
            known, coded[feature.name] = feature, significant(rows[feature.name].to_numpy())
        features.append(known)
    index = pd.Index(rows[CUSTOMER].to_pylist(), dtype="str", name=CUSTOMER)
    return pd.DataFrame(coded, index=index), tuple(features)


def _coded(feature: Feature, words: pd.Series) -> tuple[Feature, NDArray[np.float64]]:
    """Return a category with its levels, those seen where the basis names none, and their places."""
    if feature.scale != "nominal" and not feature.levels:
        raise TypeError(f"{feature.name!r} holds words: make it nominal, or name its levels in their order")
    levels = feature.levels or tuple(sorted(set(words.dropna())))
    strange = int((words.notna() & ~words.isin(levels)).sum())
    if strange:
        raise InputError(
            f"{strange:,} customers have a value of {feature.name!r} that is none of its {len(levels)} "
            "levels: correct the table, or add to the levels"
        )
    places = {level: float(place) for place, level in enumerate(levels)}
    return replace(feature, levels=levels), np.asarray(words.map(places), dtype=np.float64)


def _taking_part(
    frame: pd.DataFrame, tables: Tables, window: Window | None, min_orders: int, voice: Voice
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of customers with enough orders, and how many were left out for each reason."""
    excluded: dict[str, int] = {}
    absent = everyone(tables).count().to_pyarrow().as_py() - len(frame)
    if absent:
        excluded[voice.say("bases.excluded.no_orders")] = absent
    if "orders" not in tables or min_orders <= 1:
        return frame, excluded
    orders = by_customer(orders_in(tables, window))
    frequent = frame.index.isin(
        orders.filter(orders["frequency"] >= min_orders)[CUSTOMER].to_pyarrow().to_pylist()
    )
    if not frequent.all():
        excluded[voice.say("bases.excluded.few_orders", min_orders)] = int((~frequent).sum())
    return frame[frequent], excluded
