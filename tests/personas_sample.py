"""Customers with planted segments for the tests of personas: constructed ones, and the made-up shop's."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from declared import shop

from segnb.bases import features as basis_features
from segnb.kpis import measure
from segnb.personas import describe
from segnb.segmentation import Feature, FeatureTable, Passport, Segmentation, Structure, Window, Windows
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, SEED
from segnb.tables.shop_data import make_shop
from segnb.tables.shop_plan import FIRST
from segnb.tables.windows import split
from segnb.words import Voice

VOICE = Voice(currency="USD")
FORM = Window(date(2024, 1, 1), date(2024, 6, 30))
FEATURES = (
    Feature("orders_per_month", "Orders a month", "number", "log", high="Frequent", low="Rare"),
    Feature("average_order", "Average order", "money", "log", high="Big-basket", low="Small-basket"),
    Feature(
        "discount_share", "Discount, share of list price", "share", high="Deal-seeking", low="Low-discount"
    ),
    Feature("weekend_share", "Orders on weekends", "share", high="Weekend", low="Weekday"),
)
USED = ("orders_per_month", "average_order", "discount_share")
SIZES = {"s1": 500, "s2": 400, "s3": 300}
_CENTRES = {"s1": (3.0, 25.0, 0.12), "s2": (9.0, 22.0, 0.13), "s3": (3.0, 27.0, 0.30)}


def planted(seed=2, sizes=SIZES):
    """Return features and labels: s1 plain, s2 frequent, s3 deal-seeking; weekends mean nothing."""
    rng = np.random.default_rng(seed)
    rows, labels = [], []
    for key, size in sizes.items():
        orders, basket, discount = _CENTRES[key]
        rows.append(
            np.column_stack(
                [
                    orders * rng.lognormal(0, 0.25, size),
                    basket * rng.lognormal(0, 0.3, size),
                    np.clip(rng.normal(discount, 0.04, size), 0, 1),
                    rng.beta(3, 6, size),
                ]
            )
        )
        labels += [key] * size
    ids = pd.Index([f"{n:05d}" for n in range(len(labels))], name="customer_id")
    frame = pd.DataFrame(np.vstack(rows), columns=[each.name for each in FEATURES], index=ids)
    return table(frame), pd.Series(labels, index=ids, name="segment")


def table(frame, features=FEATURES):
    return FeatureTable(frame, features, "behavioural", FORM, {}, VOICE)


def segmentation(labels, *, kind="reproducible", grade="A", stability=0.9, used=USED, evidence=None):
    """Return a segmentation of these labels; its keys are those in use, in alphabetical order."""
    keys = tuple(sorted(key for key in set(labels) if not key.startswith("unassigned")))
    by_rule = kind == "by rule"
    return Segmentation(
        labels=labels,
        segments=keys,
        basis="behavioural",
        method="kmeans",
        seed=0,
        variables=used,
        passports={
            key: Passport(
                int((labels == key).sum()), "by rule" if by_rule else grade, None if by_rule else stability
            )
            for key in keys
        },
        verdict=Structure(kind, evidence or {}),
        model={},
        voice=VOICE,
    )


PLANTED = {"regulars": "s1", "bargain hunters": "s2", "big baskets": "s3", "fading": "s4"}


@dataclass(frozen=True)
class Story:
    """The made-up shop with its planted segments, as far as notebook 05 takes it."""

    tables: object
    features: FeatureTable
    segmentation: Segmentation
    windows: Windows

    def personas(self, **changes):
        found = replace(self.segmentation, **changes)
        return describe(self.features, found, self.tables)

    def kpis(self, **changes):
        return measure(self.tables, replace(self.segmentation, **changes), self.windows)


def tell(cache):
    """Read the made-up shop and put its customers into the segments that were planted."""
    tables = read(shop(), as_of=AS_OF, root=cache, cache=cache)
    windows = split(FIRST, AS_OF)
    features = basis_features(tables, "behavioural", windows.form, voice=VOICE)
    planted_in = make_shop(SEED).planted.map(PLANTED).reindex(features.frame.index)
    labels = planted_in.fillna("unassigned: other").astype(str).rename("segment")
    found = segmentation(labels, evidence={"agreement": 0.8, "gap_splits": 1.0, "splits": 5.0})
    return Story(tables, features, found, windows)
