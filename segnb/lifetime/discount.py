"""What customers are worth: their expected purchases, discounted, times what they spend at one.

Each figure comes with its errors: how far it moves when the parameters move along each direction in
which the data leave them uncertain, by one standard error; and each customer with the pulls: how far the
parameters moved along each direction, in standard errors, because this customer was among those drawn (the
influence function of the maximum likelihood estimate, inverse information times gradient: Huber 1967, Proc.
5th Berkeley Symp. 1:221). `segnb.intervals.Estimated` is what follows from both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.intervals import Estimated
from segnb.lifetime.fitted import Fitted, PurchaseFit, SpendFit, counted
from segnb.lifetime.histories import FREQUENCY, histories, spends
from segnb.lifetime.models import Histories, PurchaseLaw, Spends, Values

MONTH = 365.25 / 12
"""Days of a month."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_STEP = 1e-3

P_ALIVE, PURCHASES, SPEND, VALUE = "p_alive", "purchases", "mean_spend", "lifetime_value"
ESTIMATED = "lifetime"
"""What the names of the columns of errors and pulls begin with."""


@dataclass(frozen=True)
class Terms:
    """Over how many months purchases count, and how a later one counts less.

    ``rate`` is the discount rate of a year: .1 makes 110 in a year worth 100 today. ``margin`` is
    the share of the spend that counts.
    """

    months: float
    rate: float
    margin: float


def worth_by_customer(
    purchases: PurchaseFit, spend: SpendFit, terms: Terms, week: float, rivals: Sequence[PurchaseFit] = ()
) -> pd.DataFrame:
    """Return what each customer of the purchases' summary is expected to do and to be worth.

    Parameters
    ----------
    week
        Days in the unit of the summary's times.
    rivals
        Other models of the same customers' purchases. That one of them may be the better one is an error of
        its own: the difference between both forecasts, by the root of the rival's Akaike weight (Burnham &
        Anderson 2002, *Model Selection and Multimodel Inference*, equations 2.9 and 4.9).

    Returns
    -------
    pandas.DataFrame
        By customer: ``p_alive``, ``purchases`` expected within the months, ``mean_spend`` at one,
        ``lifetime_value`` (present value times margin), its errors ``lifetime_error_0``, ... and the
        customer's pulls ``lifetime_pull_0``, ...
    """
    distinct, place = histories(purchases.summary)
    end = terms.months * MONTH / week
    force = np.log1p(terms.rate) / (12 * MONTH / week)

    def present(params: Values, law: PurchaseLaw = purchases.law) -> Values:
        return present_purchases(law, params, distinct, end, force)

    x, z = counted(purchases.summary)

    def spent(params: Values) -> Values:
        return np.asarray(spend.law.mean_spend(params, x, z))

    bought, each = present(purchases.values)[place], spent(spend.values)
    errors = np.column_stack(
        [
            _errors(present, purchases.values, purchases.log_covariance)[place] * each[:, None],
            _errors(spent, spend.values, spend.log_covariance) * bought[:, None],
            *(
                (present(rival.values, rival.law)[place] - bought) * each * math.sqrt(weight)
                for rival, weight in zip(rivals, _weights(purchases, rivals), strict=True)
            ),
        ]
    )
    frame = pd.DataFrame(
        {
            P_ALIVE: purchases.law.p_alive(purchases.values, distinct)[place],
            PURCHASES: purchases.law.future(purchases.values, end, distinct)[place],
            SPEND: each,
            VALUE: bought * each * terms.margin,
        },
        index=purchases.summary.index,
    )
    repeats = spend.summary.index[spend.summary[FREQUENCY] > 0]
    taught = pd.DataFrame(_pulls(spend, spends(spend.summary)), index=repeats)
    pulls = np.column_stack(
        [
            _pulls(purchases, distinct)[place],
            taught.reindex(frame.index, fill_value=0.0).to_numpy(),
            np.zeros((len(frame), len(rivals))),
        ]
    )
    return frame.join(Estimated(errors * terms.margin, pulls).columns(ESTIMATED, frame.index))


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
    columns = []
    for size, direction in _directions(log_covariance):
        up, down = (what(params * np.exp(side * _STEP * direction)) for side in (1, -1))
        columns.append((up - down) / (2 * _STEP) * size)
    return np.column_stack(columns)


def _weights(chosen: PurchaseFit, rivals: Sequence[PurchaseFit]) -> Values:
    """Return the Akaike weights of rivals, beside that of the model that forecasts."""
    criteria = np.array([each.aic for each in (chosen, *rivals)])
    likely = np.exp((criteria.min() - criteria) / 2)
    return np.asarray(likely[1:] / likely.sum(), dtype=float)


def _pulls(fitted: Fitted, data: Histories | Spends) -> Values:
    """Return how far each row pulled the parameters along each uncertain direction, in standard errors."""
    slopes = fitted.law.gradients(fitted.values, data) * fitted.values
    return np.column_stack(
        [slopes @ direction * size for size, direction in _directions(fitted.log_covariance)]
    )


def _directions(log_covariance: Values) -> list[tuple[float, Values]]:
    """Return the directions in which the logarithms of the parameters vary apart, and how far each."""
    sizes, directions = np.linalg.eigh(log_covariance)
    return [
        (float(np.sqrt(size)), direction)
        for size, direction in zip(sizes, directions.T, strict=True)
        if size > 0
    ]
