"""Campaigns whose effects are known, drawn by the made-up shop's own generator."""

import numpy as np
import pandas as pd

from segnb.tables.shop_data import draw_campaign
from segnb.tables.shop_plan import OFFER, RESPONSE, SEGMENTS
from segnb.worth.measurement import priced, trial_of

NAMES = tuple(each.name for each in SEGMENTS)
PLANTED = tuple(each.responds for each in SEGMENTS)
"""Chances of a response without and with the offer."""
NONE = ((0.1, 0.1),) * len(SEGMENTS)
ALIKE = ((0.05, 0.2),) * len(SEGMENTS)
MARGIN = 0.45
EVEN = ((0.1, 0.1 + OFFER / (MARGIN * RESPONSE)),) * len(SEGMENTS)
"""The offer earns just what it costs in every segment."""


def sizes_of(customers):
    """Return how many customers each segment has, in the shares of the made-up shop."""
    shop = sum(each.size for each in SEGMENTS)
    return {each.name: round(customers * each.size / shop) for each in SEGMENTS}


def campaign(seed, customers, chances=PLANTED):
    """Return the contacts of one campaign, and the customers of each segment."""
    sizes = sizes_of(customers)
    place = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    drawn = draw_campaign(
        np.random.default_rng(seed), np.arange(len(place)), np.array(chances)[place], "box", 466
    )
    rows = pd.DataFrame(
        {
            "customer_id": drawn["customer_id"],
            "campaign": drawn["campaign"],
            "segment": np.array(NAMES)[place],
            "arm": drawn["arm"],
            "responded": drawn["response"].eq("yes").astype(float),
            "revenue": drawn["revenue"].astype(float),
            "cost": drawn["cost"].astype(float),
        }
    )
    return priced(rows, None, MARGIN), sizes


def truth(measure, chances=PLANTED):
    """Return the true effect in each segment: exact, since a response brings a known mean."""
    change = np.array([offer - control for control, offer in chances])
    scale, less = {"response": (1, 0), "revenue": (RESPONSE, 0), "profit": (MARGIN * RESPONSE, OFFER)}[
        measure
    ]
    return dict(zip(NAMES, scale * change - less, strict=True))


def trial(seed, customers, chances=PLANTED):
    """Return a campaign's profits by cell."""
    rows, sizes = campaign(seed, customers, chances)
    return trial_of(rows, sizes, ("offer",), 10)


def gained(chances, sizes, chosen):
    """Return what an action for the segments that are chosen earns for each customer of all segments."""
    profit, total = truth("profit", chances), sum(sizes.values())
    return sum(sizes[each] * profit[each] for each in NAMES if each in chosen) / total


def best_gain(chances, sizes):
    """Return what the best choice by segment earns beyond the best action for all."""
    each = gained(chances, sizes, [name for name, value in truth("profit", chances).items() if value > 0])
    return each - max(0.0, gained(chances, sizes, NAMES))


CONTACT, BRINGS = 0.5, 40.0
"""What a contact costs that nobody drew by lot, and the mean revenue of a response to it."""
RATES = (0.05, 0.1, 0.15, 0.2, 0.1)
"""Chances of a response to such a contact in each segment; who responds once does so more often again."""


def answered(seed, customers, rates=RATES):
    """Return contacts of up to three campaigns without arms, and the customers of each segment."""
    rng = np.random.default_rng(seed)
    sizes = sizes_of(customers)
    place = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    rate = np.array(rates)[place]
    own = rng.beta(4 * rate, 4 * (1 - rate))
    times = rng.integers(1, 4, len(place))
    who = np.repeat(np.arange(len(place)), times)
    responded = (rng.random(len(who)) < own[who]).astype(float)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{each:06d}" for each in who],
            "campaign": [f"b{each}" for each in np.concatenate([np.arange(each) for each in times])],
            "segment": np.array(NAMES)[place[who]],
            "arm": None,
            "responded": responded,
            "revenue": responded * rng.gamma(2, BRINGS / 2, len(who)),
        }
    )
    return rows, sizes


def brings(rates=RATES):
    """Return the margin that responses bring for each contact in truth, by segment."""
    return dict(zip(NAMES, MARGIN * BRINGS * np.array(rates), strict=True))
