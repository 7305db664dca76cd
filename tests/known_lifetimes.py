"""Customers drawn by a known model of lifetimes, for measuring how often intervals of their value cover."""

from functools import cache

import numpy as np
import pandas as pd

from segnb.lifetime.by_segment import mean_value
from segnb.lifetime.choice import choose, rivals, try_models
from segnb.lifetime.discount import VALUE, Terms, worth_by_customer
from segnb.lifetime.fitted import PurchaseFit, SpendFit
from segnb.lifetime.fitting import fit_model
from segnb.lifetime.histories import AGE, FREQUENCY, MONETARY, RECENCY
from segnb.lifetime.maximise import Optimum

TRUTHS = {
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.553, 10.578, 0.606, 11.669),
    "gamma_gamma": (6.25, 3.74, 15.44),
}
"""What the literature finds for CDNOW; times in weeks."""
SEGMENTS = {"bought once": (0, 0), "came back once or twice": (1, 2), "came back more often": (3, np.inf)}
JOINED, WATCHED = 12, 39
"""Weeks within which customers came, and at the end of which they are looked at."""
TERMS = Terms(months=12, rate=0.1, margin=1.0)


def customers(model, n, rng):
    """Return what a summary knows of ``n`` customers: purchases on days, and what was spent at one."""
    joined = np.floor(7 * rng.uniform(0, JOINED, n))
    end = 7.0 * WATCHED
    shape, rate, *leaving = TRUTHS[model]
    pace = rng.gamma(shape, 1 / (7 * rate), n)
    if model == "pareto_nbd":
        left, chance = joined + rng.exponential(1 / rng.gamma(leaving[0], 1 / (7 * leaving[1]), n)), None
    else:
        left, chance = np.full(n, np.inf), rng.beta(*leaving, n)
    x, last, now = np.zeros(n, dtype=np.int64), joined.copy(), joined.copy()
    here = np.arange(n)
    while len(here):
        if chance is not None:
            here = here[rng.random(len(here)) >= chance[here]]
        now[here] += rng.exponential(1 / pace[here])
        here = here[now[here] < np.minimum(left[here], end)]
        day = np.floor(now[here])
        x[here] += day > last[here]  # all that is bought on one day is one purchase
        last[here] = day
    p, q, gamma = TRUTHS["gamma_gamma"]
    means = rng.gamma(q, 1 / gamma, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spent = np.where(x > 0, rng.gamma(np.maximum(p * x, 1), 1 / (means * np.maximum(x, 1))), np.nan)
    return pd.DataFrame(
        {FREQUENCY: x, RECENCY: (last - joined) / 7, AGE: (end - joined) / 7, MONETARY: spent}
    )


def by_segment(summary):
    """Yield each segment's name and which customers are in it; all of them are one, too."""
    x = summary[FREQUENCY]
    yield from ((name, x.between(*ends)) for name, ends in SEGMENTS.items())
    yield "all customers", x >= 0


@cache
def true_values(model, n=400_000):
    """Return what a customer of each segment is worth on average, at the true parameters."""
    summary = customers(model, n, np.random.default_rng(2**31))
    firm = {
        name: Optimum(
            np.array(TRUTHS[name]), 0.0, 1e-12 * np.eye(len(TRUTHS[name])), (False,) * len(TRUTHS[name]), 1, 1
        )
        for name in (model, "gamma_gamma")
    }
    worth = worth_by_customer(
        PurchaseFit.made(model, firm[model], n, summary=summary),
        SpendFit.made("gamma_gamma", firm["gamma_gamma"], n, summary=summary),
        TERMS,
        7.0,
    )
    return {name: float(worth.loc[inside, VALUE].mean()) for name, inside in by_segment(summary)}


def covered(model, n, sets, first=0, models=()):
    """Return, by what forecasts and by segment, how many sets have an interval, and how many of these cover.

    *right* forecasts by the model that drew the customers; with ``models`` *likelier* by the likeliest one.
    """
    truth = true_values(model)
    found = {by: {name: [0, 0] for name in truth} for by in ("right", *(["likelier"] if models else []))}
    for number in range(first, first + sets):
        summary = customers(model, n, np.random.default_rng([n, number, len(model)]))
        tried, fits = try_models(summary, None, list({model: 0, **dict.fromkeys(models)}))
        spend = fit_model("gamma_gamma", summary)
        # A model whose likelihood has no maximum on these customers forecasts nothing.
        worth = {}
        if model in fits:
            worth["right"] = worth_by_customer(fits[model], spend, TERMS, 7.0)
        if models and (found_one := choose(tried, None, None)):
            chosen, reason = found_one
            others = [fits[each] for each in rivals(tried, chosen, reason)]
            worth["likelier"] = worth_by_customer(fits[chosen], spend, TERMS, 7.0, others)
        for how, each in worth.items():
            for name, inside in by_segment(summary):
                interval = mean_value(each[inside], number, name)
                if interval is not None:
                    found[how][name][0] += 1
                    found[how][name][1] += interval.low <= truth[name] <= interval.high
    return found
