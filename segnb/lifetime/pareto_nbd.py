"""Pareto/NBD: leaving is not bound to purchases."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel, gammaln, psi

from segnb.lifetime.models import Counts, Histories, PurchaseLaw, Values, chunks, model

_NODES, _WEIGHTS = (each / 2 for each in np.polynomial.legendre.leggauss(48))
_PLACES = _NODES + 0.5
_FOLDS = 40.0
"""Powers of e by which the integrand falls before the rest is left out: e^-40 is below rounding."""


class _Gone(NamedTuple):
    """The integral over the moment of leaving: its logarithm, and means of what its gradient needs."""

    log: Values
    log_alpha: Values
    log_beta: Values
    one_alpha: Values
    one_beta: Values


class ParetoNbd(PurchaseLaw):
    """Customers buy at their own steady rate and leave at any moment.

    Rates follow a gamma law of shape ``r`` and rate ``alpha``, the hazard of leaving one of ``s`` and
    ``beta``, both in time. The likelihood is the sum of two cases: still a customer at the end, or
    gone at a moment after the last purchase, which is integrated over. Published forms write that
    integral as a difference of two hypergeometric functions, in one form for ``alpha >= beta`` and in
    another below; the difference cancels where the last purchase is recent. Here it is summed itself,
    over the logarithm of time from the smaller of the two, with as many nodes as double precision needs.
    """

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    def starts(self, data: Histories) -> list[tuple[float, ...]]:
        """Return four combinations of varied rates and early or late leaving."""
        age = float((data.weight * data.age).sum() / data.size)
        gap = age * data.size / float((data.weight * data.x).sum())
        return [
            (r, r * gap, s, s * late * age)
            for r, s, late in ((1.0, 1.0, 1.0), (0.5, 0.5, 1.0), (2.0, 0.5, 4.0), (0.5, 2.0, 0.5))
        ]

    def of_number(self, params: Values, x: Counts) -> Values:
        """Return the factors of the likelihood that hold no times (Schmittlein, Morrison & Colombo 1987).

        The form is that of Fader & Hardie, "A note on deriving the Pareto/NBD model" (2005).
        """
        r, alpha, s, beta = params
        every = np.ones(len(x))
        return np.array(
            [
                gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta),
                psi(r + x) - psi(r) + np.log(alpha),
                r / alpha * every,
                np.log(beta) * every,
                s / beta * every,
            ]
        )

    def of_times(self, params: Values, x: Counts, t_x: Values, age: Values) -> Values:
        """Return the other factor: still a customer, or gone since the last purchase."""
        r, alpha, s, beta = params
        stays, gone, log_gone = _cases(params, x, t_x, age)
        both = np.logaddexp(stays, log_gone)
        here, away = np.exp(stays - both), np.exp(log_gone - both)
        rate = r + x
        return np.array(
            [
                both,
                -here * np.log(alpha + age) - away * gone.log_alpha,
                -rate * (here / (alpha + age) + away * gone.one_alpha),
                away * (1 / s - gone.log_beta) - here * np.log(beta + age),
                -here * s / (beta + age) - away * (s + 1) * gone.one_beta,
            ]
        )

    def p_alive(self, params: Values, histories: Histories) -> Values:
        """Return the chance to be a customer still."""
        found = np.empty(len(histories.x))
        for part in chunks(len(found)):
            x, t_x, age = histories.x[part], histories.t_x[part], histories.age[part]
            stays, _, gone = _cases(params, x, t_x, age)
            found[part] = np.exp(stays - np.logaddexp(stays, gone))
        return found

    def expected(self, params: Values, t: ArrayLike) -> Values:
        """Return the repeat purchases of a new customer within ``t``."""
        r, alpha, s, beta = params
        return _purchases(np.asarray(t, dtype=float), r, alpha, s, beta)

    def future_if_alive(self, params: Values, t: float, histories: Histories) -> Values:
        """Return how often each customer, if still one, is expected to buy (Fader & Hardie 2005)."""
        r, alpha, s, beta = params
        t_ahead = np.asarray(t, dtype=float)
        return _purchases(t_ahead, r + histories.x, alpha + histories.age, s, beta + histories.age)


@model("pareto_nbd", title="Pareto/NBD")
def pareto_nbd() -> ParetoNbd:
    """Buy at one's own rate, leave at any moment (Schmittlein, Morrison & Colombo 1987, Manag. Sci. 33:1)."""
    return ParetoNbd()


def _purchases(t: Values, r: ArrayLike, alpha: ArrayLike, s: float, beta: ArrayLike) -> Values:
    # exprel(u) is (e^u - 1) / u, and 1 at u = 0: so s = 1 is no exception.
    shrunk = np.log(beta / np.add(beta, t))
    return np.asarray(r * np.divide(beta, alpha) * -shrunk * exprel((s - 1) * shrunk), dtype=float)


def _cases(params: Values, x: Counts, t_x: Values, age: Values) -> tuple[Values, _Gone, Values]:
    """Return the logarithm of the case of staying, the integral, and the logarithm of having left."""
    r, alpha, s, beta = params
    stays = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    gone = _integral(params, x, t_x, age)
    return stays, gone, np.log(s) + gone.log


def _integral(params: Values, x: Counts, t_x: Values, age: Values) -> _Gone:
    """Integrate ``(alpha + y)^-(r + x) (beta + y)^-(s + 1)`` over ``y`` from ``t_x`` to ``age``."""
    r, alpha, s, beta = params
    rate = (r + x)[:, None]
    with np.errstate(over="ignore"):
        last = np.minimum(age, (alpha + t_x) * np.exp(np.minimum(_FOLDS / (r + x), 700.0)) - alpha)
    nearer = min(alpha, beta)
    low, width = np.log(nearer + t_x), np.log((nearer + last) / (nearer + t_x))
    y = np.exp(low[:, None] + width[:, None] * _PLACES) - nearer
    log_alpha, log_beta = np.log(alpha + y), np.log(beta + y)
    log_step = log_alpha if nearer == alpha else log_beta
    log_terms = log_step - rate * log_alpha - (s + 1) * log_beta
    top = log_terms.max(axis=1, keepdims=True)
    terms = np.exp(log_terms - top) * _WEIGHTS
    total = terms.sum(axis=1)
    with np.errstate(divide="ignore"):
        log = np.log(width) + top[:, 0] + np.log(total)

    def mean(values: Values) -> Values:
        return np.asarray((terms * values).sum(axis=1) / total, dtype=float)

    return _Gone(log, mean(log_alpha), mean(log_beta), mean(1 / (alpha + y)), mean(1 / (beta + y)))
