"""The feature table: a basis's measures of every customer who takes part, and who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.bases.definition import BASES, Basis, Context, Measures
from segnb.coding import as_word
from segnb.columns import CUSTOMER
from segnb.errors import InputError, ParameterError, nearest
from segnb.plain.table import features_of
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.tables.needs import unmet
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, everyone, orders_in
from segnb.transform import significant
from segnb.words import Voice

CATEGORY = ("nominal", "ordinal")


def features(
    tables: Tables,
    basis: str,
    window: Window | None,
    *,
    options: Mapping[str, Any] | None = None,
    min_orders: int | None = None,
    min_cell: int = 10,
    model: Mapping[str, JsonValue] | None = None,
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
    min_cell
        Fewest customers of whom the basis's own evidence may tell together.
    model
        What the basis learned when segments were formed (``FeatureTable.model``), to score customers by it;
        None learns anew.

    Raises
    ------
    InputError
        The basis needs a table or column that is not declared, or no customer is left.
    ParameterError
        The basis, or one of its options, is unknown.
    """
    chosen, voice = BASES[basis], voice or Voice()
    if asked := unmet(chosen.needs, tables.holds):
        raise InputError(
            f"Basis {chosen.name!r} needs {' and '.join(asked)}, which data does not declare. "
            "Declare it, or choose another basis"
        )
    tables = chosen.counted(tables, options or {})
    made = _measures(chosen, tables, window, Context(voice, min_cell, model), dict(options or {}))
    frame, found = _frame(made, voice)
    least = chosen.min_orders if min_orders is None else min_orders
    kept, excluded = _taking_part(frame, tables, window, least, voice, chosen, made.left_out)
    if kept.empty:
        if "transactions" not in chosen.needs:
            raise InputError(
                f"Basis {basis!r} can measure no customer in the window. Widen the window, or choose another "
                "basis"
            )
        raise InputError(
            f"No customer has {least} or more orders in the window. Widen the window or lower min_orders"
        )
    method = made.method or chosen.method
    shown = made.shown(voice, min_cell)
    return FeatureTable(
        kept, found, basis, window, excluded, voice, shown, dict(made.model), method, made.foretold
    )


def _measures(
    chosen: Basis, tables: Tables, window: Window | None, context: Context, options: dict[str, Any]
) -> Measures:
    for name in options:
        if name not in chosen.options:
            hint = nearest(name, chosen.options)
            raise ParameterError(f"Basis {chosen.name!r} has no option {name!r}. {hint}")
    return chosen.measured(tables, window, context, options)


def _frame(made: Measures, voice: Voice) -> tuple[pd.DataFrame, tuple[Feature, ...]]:
    """Return the measures as floats, one row for each customer, and what each means in the reader's words."""
    table = _rows(made)
    columns: dict[str, np.ndarray] = {}
    found: list[Feature] = []
    for feature in made.features:
        said = feature.said(voice)
        if feature.scale in CATEGORY:
            said, columns[feature.name] = _coded(table[feature.name], said)
        else:
            columns[feature.name] = significant(table[feature.name].to_numpy(np.float64, na_value=np.nan))
            said = _named(said, voice)
        found.append(said)
    frame = pd.DataFrame(columns, index=table.index)
    if made.columns:
        read = features_of(table[list(made.columns)], levels=made.levels, voice=voice)
        frame = frame.join(read.frame)
        found.extend(each if each.levels else _named(each, voice) for each in read.features)
    return frame, tuple(found)


def _named(feature: Feature, voice: Voice) -> Feature:
    """Return a number with words for names: those of its basis, or such as its label makes."""
    if feature.high and feature.low:
        return feature
    # A factor that is called after several questions names a segment by the strongest.
    inside = voice.inside(feature.label.partition(" / ")[0])
    return replace(
        feature,
        high=voice.say("bases.number.high", label=inside),
        low=voice.say("bases.number.low", label=inside),
        and_high=voice.say("bases.number.and_high", label=inside),
        and_low=voice.say("bases.number.and_low", label=inside),
    )


def _rows(made: Measures) -> pd.DataFrame:
    """Return a basis's table by the customer's id, sorted; money as floats."""
    names = [*(each.name for each in made.features), *made.columns]
    table = made.table
    if isinstance(table, pd.DataFrame):
        rows = table if table.index.name == CUSTOMER else table.set_index(CUSTOMER)
    else:
        numbers = {
            each.name: table[each.name].cast("float64")
            for each in made.features
            if each.scale not in CATEGORY
        }
        rows = table.select(CUSTOMER, *(name for name in names if name not in numbers), **numbers)
        rows = rows.to_pyarrow().to_pandas().set_index(CUSTOMER)
    rows.index = rows.index.astype("str")
    return rows[names].sort_index()


def _coded(words: pd.Series, feature: Feature) -> tuple[Feature, np.ndarray]:
    """Return a category with its levels, those seen where the basis names none, and their places."""
    if feature.scale == "ordinal" and not feature.levels:
        raise TypeError(f"{feature.name!r} is ordinal: name its levels in their order")
    known = words.dropna().map(as_word)
    levels = feature.levels or tuple(sorted(set(known)))
    if strange := int((~known.isin(levels)).sum()):
        raise InputError(
            f"{strange:,} customers have a value of {feature.name!r} that is none of its {len(levels)} "
            "levels: correct the table, or add to the levels"
        )
    places = {word: float(place) for place, word in enumerate(levels)}
    codes = known.map(places).reindex(words.index).to_numpy(np.float64)
    return replace(feature, levels=levels), codes


def _taking_part(
    frame: pd.DataFrame,
    tables: Tables,
    window: Window | None,
    min_orders: int,
    voice: Voice,
    chosen: Basis,
    left_out: Mapping[str, int],
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of customers with enough orders, and how many were left out for each reason."""
    excluded = {
        voice.word(f"bases.excluded.{why}", why): number for why, number in left_out.items() if number
    }
    absent = everyone(tables).count().to_pyarrow().as_py() - len(frame) - sum(excluded.values())
    if absent > 0:
        why = "no_orders" if "transactions" in chosen.needs else "no_record"
        excluded[voice.say(f"bases.excluded.{why}")] = absent
    if "orders" not in tables or min_orders <= 1:
        return frame, excluded
    orders = by_customer(orders_in(tables, window))
    frequent = frame.index.isin(
        orders.filter(orders["frequency"] >= min_orders)[CUSTOMER].to_pyarrow().to_pylist()
    )
    if not frequent.all():
        excluded[voice.say("bases.excluded.few_orders", min_orders)] = int((~frequent).sum())
    return frame[frequent], excluded
