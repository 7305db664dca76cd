"""What BG/NBD and MBG/NBD share: gamma-distributed rates, and a beta-distributed chance to leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln, hyp2f1, psi

from segnb.lifetime.models import Counts, Histories, PurchaseLaw, Values

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
        gap = float((data.weight * data.age).sum() / (data.weight * data.x).sum())
        return [
            (r, r * gap, a, b)
            for r, a, b in ((1.0, 1.0, 2.0), (0.3, 0.5, 2.0), (2.0, 0.3, 5.0), (0.5, 2.0, 2.0))
        ]

    def of_number(self, params: Values, x: Counts) -> Values:
        """Return the factors of equation 6 of Fader, Hardie & Lee (2005) that hold no times."""
        r, alpha, a, b = params
        k = x + self.at_first
        occasions = psi(a + b) - psi(a + b + k)
        rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        chances = gammaln(a + b) - gammaln(a + b + k) + gammaln(b + k) - gammaln(b)
        return np.array(
            [
                rates + chances,
                psi(r + x) - psi(r) + np.log(alpha),
                np.full(len(x), r / alpha),
                occasions,
                occasions + psi(b + k) - psi(b),
            ]
        )

    def of_times(self, params: Values, x: Counts, t_x: Values, age: Values) -> Values:
        """Return the other factors of the equation: still a customer, or gone after the last purchase."""
        r, alpha, a, _ = params
        log_leaves, inverse = self._by_count(params, int(x.max()) + 1)
        end, last, rate = alpha + age, alpha + t_x, r + x
        log_end, span = np.log(end), np.log(end / last)
        odds = log_leaves[x] + rate * span
        small = np.exp(-np.abs(odds))
        whole = 1 + small
        gone = np.where(odds > 0, 1.0, small) / whole
        # In place, since most of a fit's time goes by here.
        found = np.empty((5, len(x)))
        np.log(whole, out=found[0])
        found[0] += np.maximum(odds, 0)
        found[0] -= rate * log_end
        np.multiply(gone, span, out=found[1])
        found[1] -= log_end
        rate /= end
        np.divide(end, last, out=end)
        np.multiply(gone, 1 - end, out=found[2])
        found[2] -= 1
        found[2] *= rate
        np.divide(gone, a, out=found[3])
        np.multiply(gone, -inverse[x], out=found[4])
        return found

    def _by_count(self, params: Values, numbers: int) -> tuple[Values, Values]:
        """Return ``log(a / (b + k - 1))`` and ``1 / (b + k - 1)`` by purchases; nobody leaves at k = 0."""
        _, _, a, b = params
        k = np.arange(numbers) + self.at_first
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(k > 0, 1 / (b + k - 1), 0.0)
            return np.log(a * inverse), inverse

    def p_alive(self, params: Values, histories: Histories) -> Values:
        """Return the chance to be a customer still (Fader, Hardie & Lee 2008, brucehardie.com note 21)."""
        r, alpha, _, _ = params
        by_count, _ = self._by_count(params, len(histories.counts))
        ratio = (alpha + histories.age) / (alpha + histories.t_x)
        return np.asarray(expit(-by_count[histories.x] - (r + histories.x) * np.log(ratio)), dtype=float)

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

    The hypergeometric function of the paper equals another one by Euler's transformation, times a power;
    the form with the smaller power is taken, since the other may leave the range of floats.
    """
    if abs(a - 1) < _POLE:
        below, above = (_purchases(t, r, alpha, 1 + side * _POLE, b) for side in (-2, 2))
        return below + (above - below) * ((a - 1) / (4 * _POLE) + 0.5)
    c = np.add(b, a - 1)
    still = alpha / np.add(alpha, t)
    euler = np.less(a - 1, r)
    series = hyp2f1(np.where(euler, c - r, r), np.where(euler, a - 1, b), c, 1 - still)
    return np.asarray(c / (a - 1) * (1 - still ** np.minimum(a - 1, r) * series), dtype=float)
