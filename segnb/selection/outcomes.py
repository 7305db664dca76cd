"""What customers do in the later window: no measure or attribute that forms segments may know it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.columns import CUSTOMER
from segnb.segmentation import Feature, FeatureTable, Unit, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, everyone, orders_in
from segnb.words import Voice

_UNITS: dict[str, Unit] = {"frequency": "count", "monetary": "money"}


def outcomes(tables: Tables, window: Window | None, *, voice: Voice | None = None) -> FeatureTable | None:
    """Return each customer's orders and spend in the later window, which judges the segments.

    Who ordered nothing has 0 of both. What nearly equals one of these was recorded later than the days
    that form the segments, or made from what came later.

    Parameters
    ----------
    window
        The days that judge the segments.

    Returns
    -------
    FeatureTable or None
        One row for each customer, sorted by id, with ``frequency`` and, where amounts are declared,
        ``monetary``; None where there is no later window or no table of transactions.
    """
    if window is None or "orders" not in tables:
        return None
    voice, ordered = voice or Voice(), by_customer(orders_in(tables, window))
    names = [name for name in _UNITS if name in ordered.columns]
    customers = everyone(tables)
    found = customers.left_join(ordered.select(CUSTOMER, *names), CUSTOMER)
    numbers = {name: found[name].cast("float64").fill_null(0.0) for name in names}
    rows = found.select(CUSTOMER, **numbers).order_by(CUSTOMER).to_pyarrow()
    index = pd.Index(rows[CUSTOMER].to_pylist(), dtype="str", name=CUSTOMER)
    frame = pd.DataFrame({name: rows[name].to_numpy().astype(np.float64) for name in names}, index=index)
    period = voice.period(window.start, window.end)
    features = tuple(
        Feature(
            name,
            voice.say(f"selection.outcome.{name}", period=period),
            _UNITS[name],
            "log",
        )
        for name in names
    )
    return FeatureTable(frame, features, "outcomes", window, voice=voice)
