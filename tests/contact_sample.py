"""Contacts of two segments as a table, and what is found in them by way of the tables."""

import datetime

import numpy as np
import pandas as pd
from kpi_sample import WINDOWS, segmentation

import segnb as sb
from segnb.document.text import plain
from segnb.tables.declare import Data
from segnb.tables.read import read

day = datetime.date
COLUMNS = ("campaign", "arm", "response", "response_time", "revenue", "cost")
NAMES = {"s1": "Savers", "s2": "Spenders"}


def contacts(n=200, arms=("control", "offer"), lift=(0.4, 0.0), seed=0, campaign="box", on="2024-09-01"):
    """Return contacts of two segments; every second customer is drawn to each arm in turn."""
    rng = np.random.default_rng(seed)
    rows = []
    for segment, raised in zip(("s1", "s2"), lift, strict=True):
        for number in range(n):
            arm = arms[number % len(arms)]
            answers = rng.random() < 0.1 + raised * (arm != "control")
            rows.append(
                {
                    "customer_id": f"{segment}-{number:03d}",
                    "contact_time": on,
                    "campaign": campaign,
                    "arm": arm,
                    "response": "yes" if answers else "no",
                    "response_time": "2024-09-10" if answers else "",
                    "revenue": f"{rng.gamma(4, 5):.2f}" if answers else "0",
                    "cost": "1.00" if arm != "control" else "0",
                }
            )
    return pd.DataFrame(rows)


def found(folder, table, *, without=(), windows=WINDOWS, orders_cost=True, goods=12, **options):
    """Return the effects of a table of contacts; everyone bought once in each half of the year."""
    ids = sorted(set(table["customer_id"])) if table is not None else [f"s1-{n:03d}" for n in range(50)]
    orders = pd.DataFrame(
        [
            (each, at, 20 + place % 7, goods)
            for place, each in enumerate(ids)
            for at in ("2024-03-01", "2024-10-01")
        ],
        columns=["customer_id", "order_time", "amount", "cost"],
    )
    orders.to_csv(folder / "orders.csv", index=False)
    data = {"transactions": {"source": "orders.csv", **({"cost": "cost"} if orders_cost else {})}}
    if table is not None:
        table.to_csv(folder / "campaigns.csv", index=False)
        roles = {each: each for each in COLUMNS if each not in without and each in table}
        data["campaigns"] = {"source": "campaigns.csv", **roles}
    tables = read(Data.model_validate(data), as_of=day(2024, 12, 31), root=folder, cache=folder / "cache")
    labels = pd.Series({each: each[:2] for each in ids if each[:2] in NAMES}).rename_axis("customer_id")
    return sb.effects(tables, segmentation(labels), windows, names=NAMES, **options)


def said(result):
    return plain(result.blocks())
