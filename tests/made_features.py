"""Feature tables with known answers, made from a seed."""

import numpy as np
import pandas as pd

from segnb.segmentation import Feature, FeatureTable
from segnb.words import Voice

DOLLARS = Voice(currency="USD")


def table(columns, features=None, basis="behavioural"):
    """Return a feature table of these columns; ids sort as the rows stand."""
    size = len(next(iter(columns.values())))
    index = pd.Index([f"c{row:05d}" for row in range(size)], name="customer_id", dtype="str")
    frame = pd.DataFrame(columns, index=index, dtype=float)
    features = features or tuple(
        Feature(name, name.replace("_", " ").capitalize(), "number") for name in frame
    )
    return FeatureTable(frame, features, basis, None, voice=DOLLARS)


def blobs(centres, size=100, seed=0, spread=1.0):
    """Return round groups around centres, and which group each row belongs to."""
    random = np.random.default_rng(seed)
    points = np.vstack([random.normal(centre, spread, (size, len(centre))) for centre in centres])
    groups = np.repeat(np.arange(len(centres)), size)
    order = random.permutation(len(points))
    names = [f"measure_{place}" for place in range(points.shape[1])]
    return table(dict(zip(names, points[order].T, strict=True))), groups[order]


def shop(size=300, seed=0):
    """Return customers of a shop: two independent traits, one that follows, one constant."""
    random = np.random.default_rng(seed)
    orders = random.lognormal(1, 0.6, size)
    spend = random.lognormal(3, 0.5, size)
    columns = {
        "orders": orders,
        "average_order": spend,
        "spend": orders * spend**0.2,
        "discount_share": random.beta(2, 8, size),
        "channels": np.ones(size),
    }
    features = (
        Feature("orders", "Orders", "number", "log", high="Frequent", low="Rare"),
        Feature("average_order", "Average order", "money", "log", high="Big-basket", low="Small-basket"),
        Feature("spend", "Spend", "money", "log", high="High-spending", low="Low-spending"),
        Feature(
            "discount_share", "Discount share", "share", "linear", high="Deal-seeking", low="Low-discount"
        ),
        Feature("channels", "Channels", "count"),
    )
    return table(columns, features)


def buyers(size=400, seed=0):
    """Return recency, frequency and spend; more than half bought once, so ties abound."""
    random = np.random.default_rng(seed)
    frequency = np.maximum(random.geometric(0.55, size), 1)
    columns = {
        "recency_days": random.integers(0, 180, size),
        "frequency": frequency,
        "monetary": np.round(frequency * random.lognormal(3, 0.5, size), 2),
    }
    features = (
        Feature("recency_days", "Days since the last order", "days", "log"),
        Feature("frequency", "Orders", "count", "log"),
        Feature("monetary", "Spend", "money", "log"),
    )
    return table(columns, features, "rfm")


LEVELS = ("north", "south", "it's west", "east")


def mixed(size=120, seed=0, numbers=2, categories=4):
    """Return three planted groups told apart by numbers and by unordered categories, and who is where."""
    random = np.random.default_rng(seed)
    groups = np.arange(size) % 3
    columns, features = {}, []
    for place in range(numbers):
        name = f"number_{place}"
        columns[name] = np.exp(1.5 * ((groups + place) % 3) + random.normal(0, 0.35, size))
        features.append(Feature(name, name, "money", "log"))
    for place in range(categories):
        name = f"category_{place}"
        strays = random.random(size) < 0.12
        columns[name] = np.where(strays, random.integers(0, 4, size), (groups + place) % 3).astype(float)
        features.append(Feature(name, name, "number", "nominal", levels=LEVELS))
    return table(columns, tuple(features)), groups
