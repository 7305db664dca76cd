"""A small made-up shop with three segments, and customers by hand, for the tests of KPIs."""

import datetime

import numpy as np
import pandas as pd

from segnb.columns import AMOUNT, SEGMENT
from segnb.kpis import Kpis
from segnb.kpis.measurement import define, measure_kpis, offered
from segnb.segmentation import Passport, Segmentation, Structure, Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.words import Voice

day = datetime.date
WINDOWS = Windows(Window(day(2024, 1, 1), day(2024, 6, 30)), Window(day(2024, 7, 1), day(2024, 12, 31)))
AS_OF = day(2024, 12, 31)
VOICE = Voice(currency="USD")
NAMES = {"s1": "Savers", "s2": "Spenders", "s3": "Strollers"}


def segmentation(labels, segments=None):
    segments = segments or tuple(sorted(key for key in set(labels) if not key.startswith("unassigned")))
    return Segmentation(
        labels=labels,
        segments=segments,
        basis="behavioural",
        method="kmeans",
        seed=0,
        variables=("frequency",),
        passports={key: Passport(int((labels == key).sum()), "A", 0.9, (0.8, 1.0)) for key in segments},
        verdict=Structure("reproducible"),
        model={},
        voice=VOICE,
    )


def tables_of(folder, orders, campaigns=None, discount=True):
    columns = ["customer_id", "order_id", "order_time", "amount", *(["discount"] if discount else [])]
    pd.DataFrame(orders, columns=columns).to_csv(folder / "orders.csv", index=False)
    roles = {"source": "orders.csv", "order_id": "order_id", **({"discount": "discount"} if discount else {})}
    data = {"transactions": roles}
    if campaigns is not None:
        named = pd.DataFrame(campaigns, columns=["customer_id", "contact_time", "response", "arm"])
        named.to_csv(folder / "campaigns.csv", index=False)
        data["campaigns"] = {"source": "campaigns.csv", "response": "response", "arm": "arm"}
    return read(Data.model_validate(data), as_of=day(2024, 12, 31), root=folder, cache=folder / "cache")


def company(folder, as_of=AS_OF, bad_rows="refuse", **tables):
    """Read tables given as (rows, roles): rows as dicts by the source's own names, roles by segnb's."""
    data = {"bad_rows": bad_rows}
    for name, (rows, roles) in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
        data[name] = {"source": f"{name}.csv", **roles}
    return read(Data.model_validate(data), as_of=as_of, root=folder, cache=folder / "cache")


def rows(columns, *values):
    """Return rows as dicts; ``columns`` is one text."""
    return [dict(zip(columns.split(), each, strict=True)) for each in values]


def labelled(**members):
    """Return a segmentation: ``s1="abc"`` holds the customers a, b and c."""
    named = {customer: segment for segment, ids in members.items() for customer in ids}
    return segmentation(pd.Series(named).rename_axis("customer_id"), segments=tuple(members))


def shop(folder, sizes=(60, 80, 50), **options):
    """Write a small shop: segment s2 buys most, s3 nothing after June but for every fifth of it."""
    rng = np.random.default_rng(3)
    orders, labels = [], {}
    for place, size in enumerate(sizes):
        for number in range(size):
            customer = f"{place}{number:03d}"
            labels[customer] = f"s{place + 1}"
            for month in range(1, 13):
                late = month > 6
                if place == 2 and late and number % 5:
                    continue
                amount = round(float(rng.lognormal(2 + place % 2, 0.5)), 2)
                orders.append((customer, f"{customer}-{month}", f"2024-{month:02d}-10", amount, 1.25))
    orders += [("newcomer", f"n{number}", f"2024-08-{number + 1:02d}", 10.05, 0) for number in range(4)]
    tables = tables_of(
        folder, [order[: 5 if options.get("discount", True) else 4] for order in orders], **options
    )
    return tables, segmentation(pd.Series(labels).rename_axis("customer_id"))


def frame(sizes, seed=0, scale=None):
    """Return customers as `segment_customers` does, spend and orders independent of the segment."""
    rng = np.random.default_rng(seed)
    n = sum(sizes.values())
    labels = np.repeat(list(sizes), list(sizes.values()))
    orders = rng.poisson(5, n).astype(float)
    factor = pd.Series(labels).map(scale or {}).fillna(1.0).to_numpy()
    index = pd.Index([f"{number:05d}" for number in range(n)], name="customer_id")
    data = {SEGMENT: labels, "orders": orders, AMOUNT: factor * orders * rng.lognormal(2, 0.8, n)}
    return pd.DataFrame(
        data | {"months": 6.0, "reached": 1.0, "responded": (rng.random(n) < 0.3) * 1.0}, index
    )


def results(customers, kpis=None, min_cell=10, segments=None):
    segments = segments or tuple(dict.fromkeys(customers[SEGMENT]))
    entries = offered(customers, kpis)
    found = measure_kpis(entries, customers, segments, seed=0, min_cell=min_cell)
    return Kpis(define(entries, VOICE), found, (), segments, WINDOWS, min_cell, names=NAMES, voice=VOICE)
