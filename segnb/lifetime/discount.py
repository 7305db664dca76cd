"""What customers are worth: their expected purchases, discounted, times what they spend at one.

Each figure comes with its errors: how far it moves when the parameters move along each direction in
which the data leave them uncertain, by one standard error. The errors of a sum are the sums of these,
and its variance is the sum of their squares (delta method).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.lifetime.fitted import PurchaseFit, SpendFit, counted
from segnb.lifetime.histories import histories
from segnb.lifetime.models import Histories, PurchaseLaw, Values

MONTH = 365.25 / 12
"""Days of a month."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_STEP = 1e-3

P_ALIVE, PURCHASES, SPEND, VALUE, ERROR = (
    "p_alive",
    "purchases",
    "mean_spend",
    "lifetime_value",
    "lifetime_error",
)


@dataclass(frozen=True)
class Terms:
    """Over how many months purchases count, and how a later one counts less.

    ``rate`` is the discount rate of a year: .1 makes 110 in a year worth 100 today. ``margin`` is
    the share of the spend that counts.
    """

    months: float
    rate: float
    margin: float


def worth_by_customer(purchases: PurchaseFit, spend: SpendFit, terms: Terms, week: float) -> pd.DataFrame:
    """Return what each customer of the purchases' summary is expected to do and to be worth.

    Parameters
    ----------
    week
        Days in the unit of the summary's times.

    Returns
    -------
    pandas.DataFrame
        By customer: ``p_alive``, ``purchases`` expected within the months, ``mean_spend`` at one,
        ``lifetime_value`` (present value times margin), and its errors ``lifetime_error_0``, ...
    """
    distinct, place = histories(purchases.summary)
    law, end = purchases.law, terms.months * MONTH / week
    force = np.log1p(terms.rate) / (12 * MONTH / week)

    def present(params: Values) -> Values:
        return present_purchases(law, params, distinct, end, force)

    x, z = counted(purchases.summary)

    def spent(params: Values) -> Values:
        return np.asarray(spend.law.mean_spend(params, x, z))

    bought, each = present(purchases.values)[place], spent(spend.values)
    errors = np.column_stack(
        [
            _errors(present, purchases.values, purchases.log_covariance)[place] * each[:, None],
            _errors(spent, spend.values, spend.log_covariance) * bought[:, None],
        ]
    )
    frame = pd.DataFrame(
        {
            P_ALIVE: law.p_alive(purchases.values, distinct)[place],
            PURCHASES: law.future(purchases.values, end, distinct)[place],
            SPEND: each,
            VALUE: bought * each * terms.margin,
        },
        index=purchases.summary.index,
    )
    names = [f"{ERROR}_{number}" for number in range(errors.shape[1])]
    return frame.join(pd.DataFrame(errors * terms.margin, index=frame.index, columns=names))


def present_purchases(
    law: PurchaseLaw, params: Values, distinct: Histories, end: float, force: float
) -> Values:
    """Return the purchases expected up to ``end``, each counted by what it is worth today.

    With ``F(t)`` the purchases expected within ``t`` and a force of interest ``d`` the present value is
    ``F(end) exp(-d end) + d * integral of F(t) exp(-d t)``, by parts; ``F`` is smooth, so that eight
    nodes of Gauss and Legendre do.
    """
    alive = law.p_alive(params, distinct)
    present = law.future_if_alive(params, end, distinct) * np.exp(-force * end)
    if force:
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            t = end * (node + 1) / 2
            share = force * end / 2 * weight * np.exp(-force * t)
            present = present + share * law.future_if_alive(params, t, distinct)
    return np.asarray(alive * present, dtype=float)


def _errors(what: Callable[[Values], Values], params: Values, log_covariance: Values) -> Values:
    """Return the change of each figure by one standard error along each uncertain direction."""
    sizes, directions = np.linalg.eigh(log_covariance)
    firm = sizes > 0
    columns = []
    for size, direction in zip(sizes[firm], directions[:, firm].T, strict=True):
        up, down = (what(params * np.exp(side * _STEP * direction)) for side in (1, -1))
        columns.append((up - down) / (2 * _STEP) * np.sqrt(size))
    return np.column_stack(columns)
