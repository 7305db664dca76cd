"""The made-up shop's plan: which segments of customers are planted, and how each behaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FIRST, LAST = date(2023, 7, 1), date(2024, 12, 31)
DAYS = (LAST - FIRST).days
RESPONSE, OFFER = 32.0, 1.2
"""What a response to a campaign brings on average, and what its offer costs for each contact."""
CATEGORIES = ("tea", "jam", "candles", "soap", "cards", "biscuits")


@dataclass(frozen=True)
class Planted:
    """How the customers of one planted segment behave."""

    name: str
    size: int
    days_between_orders: float
    basket: float
    lines: float
    discounted: float
    """Share of lines that are bought at a discount."""
    channels: tuple[float, float, float]
    """Shares of app, web and shop."""
    tastes: tuple[float, ...]
    first_days: tuple[int, int]
    """Days, from the first of the history, between which customers first buy."""
    last_days: tuple[int, int]
    """Days between which they last buy."""
    age: float
    income: float
    visits: float
    nps: float
    responds: tuple[float, float]
    """Share that responds to a campaign in the control arm and with the offer."""


SEGMENTS = (
    Planted(
        name="regulars",
        size=170,
        days_between_orders=8,
        basket=26,
        lines=4,
        discounted=0.06,
        channels=(0.7, 0.05, 0.25),
        tastes=(5, 4, 1, 2, 1, 3),
        first_days=(0, 60),
        last_days=(DAYS, DAYS),
        age=38,
        income=41_000,
        visits=14,
        nps=8.6,
        responds=(0.2, 0.24),
    ),
    Planted(
        name="bargain hunters",
        size=150,
        days_between_orders=21,
        basket=22,
        lines=3,
        discounted=0.75,
        channels=(0.05, 0.9, 0.05),
        tastes=(1, 1, 2, 5, 4, 2),
        first_days=(0, 60),
        last_days=(DAYS, DAYS),
        age=29,
        income=27_000,
        visits=9,
        nps=7.0,
        responds=(0.04, 0.25),
    ),
    Planted(
        name="big baskets",
        size=100,
        days_between_orders=44,
        basket=190,
        lines=9,
        discounted=0.04,
        channels=(0.05, 0.1, 0.85),
        tastes=(1, 1, 6, 3, 1, 1),
        first_days=(0, 60),
        last_days=(DAYS, DAYS),
        age=57,
        income=64_000,
        visits=2,
        nps=8.0,
        responds=(0.06, 0.07),
    ),
    Planted(
        name="fading",
        size=100,
        days_between_orders=13,
        basket=48,
        lines=4,
        discounted=0.15,
        channels=(0.1, 0.8, 0.1),
        tastes=(3, 3, 1, 1, 2, 5),
        first_days=(0, 40),
        last_days=(215, 270),
        age=45,
        income=39_000,
        visits=3,
        nps=4.6,
        responds=(0.01, 0.03),
    ),
    Planted(
        name="newcomers",
        size=80,
        days_between_orders=13,
        basket=60,
        lines=5,
        discounted=0.25,
        channels=(0.8, 0.15, 0.05),
        tastes=(2, 2, 3, 1, 3, 2),
        first_days=(430, 490),
        last_days=(DAYS, DAYS),
        age=24,
        income=31_000,
        visits=11,
        nps=8.2,
        responds=(0.1, 0.16),
    ),
)
