"""KPIs of customers whose segments were drawn by lot: any difference is chance."""

import numpy as np
import pandas as pd
from kpi_sample import WINDOWS

from segnb.columns import AMOUNT, SEGMENT
from segnb.kpis import Kpis
from segnb.kpis.comparison import compare
from segnb.kpis.measurement import define, measure_kpis, offered
from segnb.words import Voice

SHARES = {
    4: (0.4, 0.3, 0.2, 0.1),
    5: (0.35, 0.25, 0.2, 0.12, 0.08),
    6: (0.3, 0.22, 0.18, 0.14, 0.1, 0.06),
}
"""How large the segments are, by their number."""


def clientele(n, seed):
    """Return made-up customers as they come: a fifth bought nothing, orders and spend are skewed."""
    rng = np.random.default_rng([1, seed])
    orders = rng.poisson(rng.gamma(0.8, 5, n)).astype(float)
    spend = orders * rng.lognormal(3, 0.7, n)
    discount = spend * rng.beta(1, 9, n) * (rng.random(n) < 0.6)
    reached = (rng.random(n) < 0.6) * 1.0
    return pd.DataFrame(
        {
            "orders": orders,
            AMOUNT: spend,
            "months": 6.0,
            "discount": discount,
            "reached": reached,
            "responded": reached * (rng.random(n) < 0.2),
        },
        pd.Index([f"{number:06d}" for number in range(n)], name="customer_id"),
    )


def by_lot(customers, segments, seed):
    """Return the customers with segments of fixed sizes drawn by lot."""
    rng = np.random.default_rng([2, segments, seed])
    cuts = np.round(np.cumsum(SHARES[segments]) * len(customers)).astype(int)
    places = np.searchsorted(cuts, rng.permutation(len(customers)), side="right")
    return customers.assign(**{SEGMENT: [f"s{place + 1}" for place in places]})


def clear_differences(customers, seed):
    """Return how many comparisons are made, and how many differences are called clear."""
    segments = tuple(sorted(set(customers[SEGMENT])))
    # Sizes were given, not drawn: that they differ is no error.
    asked = [each for each in offered(customers) if not each.entry.of_all]
    found = measure_kpis(asked, customers, segments, seed=seed, min_cell=10)
    voice = Voice(currency="USD")
    words = define(asked, voice)
    compared = compare(Kpis(words, found, (), segments, WINDOWS, 10, voice=voice))
    return compared.number, sum(len(pairs) for pairs in compared.above.values())
