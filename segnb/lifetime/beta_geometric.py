"""What BG/NBD and MBG/NBD share: gamma-distributed rates, and a beta-distributed chance to leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln, hyp2f1, psi

from segnb.lifetime.models import Histories, PurchaseLaw, Score, Values

_POLE = 1e-4
"""Distance from ``a = 1``, a removable singularity, within which both sides are interpolated."""


@dataclass(frozen=True)
class BetaGeometric(PurchaseLaw):
    """Customers buy at their own steady rate and leave by their own chance after a purchase.

    Rates follow a gamma law of shape ``r`` and rate ``alpha`` (in time), chances to leave a beta law of
    ``a`` and ``b``. With ``at_first`` a customer may leave after the first purchase already; without,
    only after repeat ones. The first purchase then counts as one more occasion to leave:
    ``k = x + at_first`` takes the place of ``x`` wherever the chance to leave is concerned.
    """

    at_first: bool
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    def starts(self, data: Histories) -> list[tuple[float, ...]]:
        """Return four combinations of varied rates and rare or frequent leaving."""
        gap = _gap(data)
        return [
            (r, r * gap, a, b)
            for r, a, b in ((1.0, 1.0, 2.0), (0.3, 0.5, 2.0), (2.0, 0.3, 5.0), (0.5, 2.0, 2.0))
        ]

    def score(self, params: Values, data: Histories) -> Score:
        """Return the log-likelihood and its gradient (Fader, Hardie & Lee 2005, equation 6).

        Of each number of purchases the gamma functions are computed once.
        """
        r, alpha, a, b = params
        x, k = np.arange(len(data.counts)), np.arange(len(data.counts)) + self.at_first
        n, size = data.counts, data.size
        digamma_ab = psi(a + b) - psi(a + b + k)
        value = _sum(n, gammaln(r + x) - gammaln(r) + gammaln(b + k) - gammaln(b) - gammaln(a + b + k))
        value += size * (r * np.log(alpha) + gammaln(a + b))
        log_age = np.log(alpha + data.age)
        left, odds, log_last = self._left(params, data, log_age)
        rate = r + data.x
        value += _sum(data.weight, np.logaddexp(0.0, odds) - rate * log_age)
        wave = data.weight * left
        shift = _sum(wave, log_age - log_last)
        gone_last, gone_age = rate / (alpha + data.t_x), rate / (alpha + data.age)
        occasions = np.maximum(b + k - 1, 1e-300)[data.x]
        gradient = [
            _sum(n, psi(r + x) - psi(r)) + size * np.log(alpha) - _sum(data.weight, log_age) + shift,
            size * r / alpha - _sum(data.weight, gone_age) + _sum(wave, gone_age - gone_last),
            _sum(n, digamma_ab) + wave.sum() / a,
            _sum(n, digamma_ab + psi(b + k) - psi(b)) - _sum(wave, 1 / occasions),
        ]
        return Score(float(value), np.array(gradient))

    def _left(self, params: Values, data: Histories, log_age: Values) -> tuple[Values, Values, Values]:
        """Return the chance to have left with the last purchase, its log-odds, and ``log(alpha + t_x)``."""
        r, alpha, a, b = params
        log_last = np.log(alpha + data.t_x)
        k = np.arange(len(data.counts)) + self.at_first
        with np.errstate(divide="ignore", invalid="ignore"):
            by_count = np.where(k > 0, np.log(a) - np.log(b + k - 1), -np.inf)
        odds = by_count[data.x] + (r + data.x) * (log_age - log_last)
        return expit(odds), odds, log_last

    def p_alive(self, params: Values, histories: Histories) -> Values:
        """Return the chance to be a customer still (Fader, Hardie & Lee 2008, brucehardie.com note 21)."""
        left, _, _ = self._left(params, histories, np.log(params[1] + histories.age))
        return np.asarray(1.0 - left)

    def expected(self, params: Values, t: ArrayLike) -> Values:
        """Return the repeat purchases of a new customer within ``t`` (equation 9 of the paper of 2005)."""
        r, alpha, a, b = params
        if not self.at_first:
            return _purchases(np.asarray(t, dtype=float), r, alpha, a, b)
        return float(b / (a + b)) * _purchases(np.asarray(t, dtype=float), r, alpha, a, b + 1)

    def future_if_alive(self, params: Values, t: float, histories: Histories) -> Values:
        """Return equation 10 of the paper of 2005 without its last factor, which is `p_alive`."""
        r, alpha, a, b = params
        k = histories.x + self.at_first
        return _purchases(np.asarray(t, dtype=float), r + histories.x, alpha + histories.age, a, b + k)


def _purchases(t: Values, r: ArrayLike, alpha: ArrayLike, a: float, b: ArrayLike) -> Values:
    """Return the expected purchases within ``t`` of who is a customer now.

    Euler's transformation of the paper's hypergeometric function: its parameters stay small where a
    customer has bought often, and nothing cancels.
    """
    if abs(a - 1) < _POLE:
        below, above = (_purchases(t, r, alpha, 1 + side * _POLE, b) for side in (-2, 2))
        return below + (above - below) * ((a - 1) / (4 * _POLE) + 0.5)
    c = np.add(b, a - 1)
    still = alpha / np.add(alpha, t)
    series = hyp2f1(c - r, a - 1, c, 1 - still)
    return np.asarray(c / (a - 1) * (1 - still ** (a - 1) * series), dtype=float)


def _gap(data: Histories) -> float:
    """Return the mean time between repeat purchases of all customers."""
    return float((data.weight * data.age).sum() / (data.weight * data.x).sum())


def _sum(weight: Values, values: Values) -> float:
    # Not a dot product: its threads would decide in which order is added.
    return float((weight * values).sum())
