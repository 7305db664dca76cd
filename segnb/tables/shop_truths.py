"""What is planted in the made-up shop beside its segments: adopters, needs and tastes.

All of it is drawn from a random stream of its own, so that the orders stay what they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from segnb.tables.shop_plan import DAYS, FIRST

NEEDS = ("price", "quality", "advice", "speed", "choice", "gifts", "green", "local")
WANTED = {
    "savers": (0.95, 0.1, 0.05, 0.9, 0.1, 0.05, 0.05, 0.1),
    "connoisseurs": (0.05, 0.95, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1),
    "neighbours": (0.1, 0.1, 0.1, 0.05, 0.05, 0.9, 0.9, 0.95),
}
"""The chance that a customer of each planted group of needs names each need."""
SHARES = (0.4, 0.35, 0.25)
ADOPTERS = {
    "Innovators": 0.025,
    "Early adopters": 0.135,
    "Early majority": 0.34,
    "Late majority": 0.34,
    "Laggards": 0.06,
}
"""The share of all buyers in each category of adopters (Rogers 2003); the others have not adopted."""
LAUNCH = 70
"""The day on which the shop's app came out: after the first orders of all but the newcomers."""
STEPS = {
    "Innovators": (1, 6),
    "Early adopters": (9, 28),
    "Early majority": (31, 55),
    "Late majority": (60, 130),
    "Laggards": (140, 200),
}
"""Days after the launch, or after the own first order where that is later, on which each category began."""
FLAVOURS = ("rose", "lemon", "cinnamon", "pine")
"""What the shop's things taste or smell of; each category has two things of each flavour."""
LOYALTY, UNDECIDED = 0.8, 0.15
"""Share of the lines of a customer with a taste that are of this flavour, and share of the customers who
take any: most shops have such."""
_STREAM, _TASTES = 7, 8


def stream(seed: int) -> np.random.Generator:
    """Return the random stream of the planted truths; the orders are drawn from another."""
    return np.random.default_rng((seed, _STREAM))


def adopters(rng: np.random.Generator, first: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return each buyer's category, and the day of the history on which the app was first used.

    Parameters
    ----------
    first
        The day of each customer's first order. Customers are drawn by lot; the categories are exact shares.
    """
    count = len(first)
    ends = np.round(np.cumsum(list(ADOPTERS.values())) * count).astype(int)
    names = np.repeat([*ADOPTERS, "Not yet adopted"], np.diff([0, *ends, count]))
    # Who came late has not had the time to adopt late.
    recent = (first + STEPS["Laggards"][1] > DAYS).to_numpy()
    soon = rng.permutation(np.flatnonzero(~np.isin(names, ["Late majority", "Laggards"])))[: recent.sum()]
    drawn = np.empty(count, dtype=object)
    drawn[recent] = names[soon]
    drawn[~recent] = rng.permutation(np.delete(names, soon))
    category = pd.Series(drawn, index=first.index, name="adopter", dtype="str")
    after = np.zeros(count)
    for name, (earliest, latest) in STEPS.items():
        held = (category == name).to_numpy()
        after[held] = rng.integers(earliest, latest + 1, held.sum())
    began = np.maximum(first.to_numpy(), LAUNCH) + after
    began = np.where(category.to_numpy() == "Not yet adopted", np.nan, began)
    return category, pd.Series(began, index=first.index)


def needs(rng: np.random.Generator, ids: list[str]) -> tuple[pd.Series, pd.DataFrame]:
    """Return each customer's planted group of needs, and the answers: yes or no to each need."""
    group = rng.choice(len(WANTED), len(ids), p=SHARES)
    chances = np.array(list(WANTED.values()))[group]
    answers = np.where(rng.random(chances.shape) < chances, "yes", "no")
    frame = pd.DataFrame(answers, index=ids, columns=[f"need_{name}" for name in NEEDS])
    return pd.Series(np.array(list(WANTED))[group], index=ids, name="needs"), frame


def flavour(product: np.ndarray) -> np.ndarray:
    """Return the place of each product's flavour, by the product's place in the list."""
    return np.asarray(product // 6 % len(FLAVOURS))


def tastes(seed: int, ids: list[str]) -> pd.Series:
    """Return each customer's planted taste: a flavour, or Mixed."""
    rng = np.random.default_rng((seed, _TASTES))
    drawn = np.where(
        rng.random(len(ids)) < UNDECIDED, len(FLAVOURS), rng.integers(0, len(FLAVOURS), len(ids))
    )
    return pd.Series(np.array([*FLAVOURS, "Mixed"])[drawn], index=ids, name="taste")


def tasted(seed: int, taste: pd.Series, bought: np.ndarray) -> np.ndarray:
    """Return what is bought instead: products of the same category, of the customer's flavour or another.

    Parameters
    ----------
    taste
        The planted taste of the customer of each line.
    bought
        The place of each line's product in the list.
    """
    rng = np.random.default_rng((seed, _TASTES, 1))
    any_flavour = rng.integers(0, len(FLAVOURS), len(taste))
    own = taste.map({name: place for place, name in enumerate(FLAVOURS)}).to_numpy(np.float64)
    # Among any flavours the own one comes up, too.
    swayed = rng.random(len(taste)) < (LOYALTY * len(FLAVOURS) - 1) / (len(FLAVOURS) - 1)
    drawn = np.where(np.isfinite(own) & swayed, own, any_flavour).astype(int)
    return np.asarray(bought % 6 + 6 * (drawn + len(FLAVOURS) * rng.integers(0, 2, len(taste))))


def day_text(days: pd.Series) -> pd.Series:
    """Return days of the history as dates in text, empty where there is none."""
    dates = pd.Timestamp(FIRST) + pd.to_timedelta(days, unit="D")
    return dates.dt.strftime("%Y-%m-%d").fillna("")
