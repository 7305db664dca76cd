"""The made-up shop's tea club: members at every stage of a customer's life, as a plan for each has it.

A plan is kept to the day, so that no member's stage is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.tables.shop_plan import DAYS, FIRST

_STREAM = 9
RHYTHM = (6.0, 22.0)
"""Days between orders: each member has a pace of its own, anywhere between these."""
JITTER = 0.15
"""How far, as a share of the own pace, a gap strays from it."""


@dataclass(frozen=True)
class Plan:
    """How the members at one stage order; gaps are counted in the member's own pace.

    ``orders`` come one after the other, ``silence`` ends the history. ``again`` are the orders after a break
    of ``away``.
    """

    size: int
    orders: tuple[int, int]
    silence: tuple[float, float] = (0.1, 0.9)
    away: tuple[float, float] = (0.0, 0.0)
    again: tuple[int, int] = (0, 0)


PLANS = {
    "Leads": Plan(24, (0, 0)),
    "First-time customers": Plan(30, (1, 1)),
    "Repeat customers": Plan(40, (2, 4)),
    "Loyal customers": Plan(60, (8, 12)),
    "At-risk customers": Plan(20, (8, 12), silence=(2.7, 3.3)),
    "Lapsed customers": Plan(26, (8, 12), silence=(6, 10)),
    "Won-back customers": Plan(16, (8, 12), away=(7, 9), again=(1, 3)),
}
"""What each stage means in plain words: on the own pace, silent for three gaps, for six and more, or back
with a few orders after seven and more."""


def make_club(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return the members, their orders, and each member's planned stage at the end of the history."""
    rng = np.random.default_rng((seed, _STREAM))
    stages = rng.permutation(np.repeat(list(PLANS), [each.size for each in PLANS.values()]))
    ids = [f"M{number:04d}" for number in range(1, 1 + len(stages))]
    days = [_days(rng, PLANS[stage]) for stage in stages]
    # Who has not ordered yet joined of late, everyone else in the days before the first order.
    joined = [(each[0] if len(each) else DAYS) - rng.integers(0, 30) for each in days]
    members = pd.DataFrame({"customer_id": ids, "joined": _dates(np.array(joined))})
    orders = pd.DataFrame(
        {
            "customer_id": np.repeat(ids, [len(each) for each in days]),
            "order_time": _dates(np.concatenate(days)),
        }
    ).sort_values(["order_time", "customer_id"], ignore_index=True)
    orders["amount"] = [f"{amount:.2f}" for amount in rng.uniform(12, 40, len(orders))]
    return members, orders, pd.Series(stages, index=ids, name="stage", dtype="str")


def _days(rng: np.random.Generator, plan: Plan) -> np.ndarray:
    """Return the days of the history on which a member of a plan orders, in their order."""
    pace = rng.uniform(*RHYTHM)
    before, after = (int(rng.integers(low, high + 1)) for low, high in (plan.orders, plan.again))
    gaps = rng.uniform(1 - JITTER, 1 + JITTER, max(before + after - 1, 0))
    if after:
        gaps[before - 1] = rng.uniform(*plan.away)
    from_last = np.cumsum(np.r_[rng.uniform(*plan.silence), gaps[::-1]])[: before + after]
    return np.round(DAYS - pace * from_last[::-1]).astype(int)


def _dates(days: np.ndarray) -> np.ndarray:
    return np.datetime_as_string(np.datetime64(FIRST) + days.astype("timedelta64[D]"))
