"""Gamma-Gamma: what customers spend at a purchase, shrunk towards the mean where little is known."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import gammaln, psi

from segnb.lifetime.models import Score, SpendLaw, Spends, Values, model


class GammaGamma(SpendLaw):
    """Amounts of a customer follow a gamma law around a mean that is the customer's own.

    ``p`` is the shape of the amounts; their rates follow a gamma law of shape ``q`` and rate ``gamma``
    (in money). The model takes spend to be unrelated to how often a customer buys.
    """

    parameters: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    def starts(self, data: Spends) -> list[tuple[float, ...]]:
        """Return four combinations whose mean is that of the data."""
        mean = float(data.z.mean())
        return [(p, q, mean * (q - 1) / p) for p, q in ((1.0, 3.0), (6.0, 4.0), (0.5, 8.0), (3.0, 2.0))]

    def score(self, params: Values, data: Spends) -> Score:
        """Return the log-likelihood and its gradient (Fader & Hardie 2013, equation 1a)."""
        p, q, gamma = params
        x, z = data.x, data.z
        px, rest = p * x, gamma + x * z
        log_x, log_z, log_rest = np.log(x), np.log(z), np.log(rest)
        value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma)
        value = value + (px - 1) * log_z + px * log_x - (px + q) * log_rest
        return Score(float(value.sum()), self.gradients(params, data).sum(axis=0))

    def gradients(self, params: Values, data: Spends) -> Values:
        """Return the derivatives of the same equation for each customer."""
        p, q, gamma = params
        x, z = data.x, data.z
        px, rest = p * x, gamma + x * z
        log_rest, shape = np.log(rest), psi(px + q)
        return np.column_stack(
            [
                x * (shape - psi(px) + np.log(z) + np.log(x) - log_rest),
                shape - psi(q) + np.log(gamma) - log_rest,
                q / gamma - (px + q) / rest,
            ]
        )

    def mean_spend(self, params: Values, x: Values, z: Values) -> Values:
        """Return the expected mean spend of each customer (Fader & Hardie 2013, equation 5)."""
        p, q, gamma = params
        return np.asarray(p * (gamma + np.where(x > 0, x * z, 0.0)) / (p * x + q - 1))


@model("gamma_gamma", title="Gamma-Gamma")
def gamma_gamma() -> GammaGamma:
    """Spend at a purchase, from the mean of repeat purchases (Fader & Hardie 2013, note 25)."""
    return GammaGamma()
