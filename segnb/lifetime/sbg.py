"""sBG: how long contracts last, from the survivors of one cohort."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, psi

from segnb.lifetime.models import Score, SurvivalLaw, Survivors, Values, model


class ShiftedBetaGeometric(SurvivalLaw):
    """At each renewal customers leave by a chance of their own, which follows a beta law.

    The chance to leave in period ``t`` is ``B(alpha + 1, beta + t - 1) / B(alpha, beta)``, to survive
    it ``B(alpha, beta + t) / B(alpha, beta)``.
    """

    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def starts(self, data: Survivors) -> list[tuple[float, ...]]:
        """Return three kinds of cohorts: of all sorts, of extremes, and of customers much alike."""
        return [(1.0, 1.0), (0.5, 1.0), (3.0, 6.0)]

    def score(self, params: Values, data: Survivors) -> Score:
        """Return the log-likelihood and its gradient (Fader & Hardie 2007, J. Interact. Mark. 21:76)."""
        alpha, beta = params
        left, t = -np.diff(data.left), np.arange(1, len(data.left))
        # Who leaves in period t has left once and stayed before; who stays has never left.
        times = np.concatenate([left, data.left[-1:]])
        gone = np.concatenate([np.ones(len(t)), [0.0]])
        stayed = np.concatenate([t - 1.0, [float(t[-1])]])
        value = (times * (betaln(alpha + gone, beta + stayed) - betaln(alpha, beta))).sum()
        whole = psi(alpha + beta) - psi(alpha + beta + gone + stayed)
        by_alpha = (times * (psi(alpha + gone) - psi(alpha) + whole)).sum()
        by_beta = (times * (psi(beta + stayed) - psi(beta) + whole)).sum()
        return Score(float(value), np.array([by_alpha, by_beta]))

    def survival(self, params: Values, t: ArrayLike) -> Values:
        """Return the share still customers after ``t`` periods."""
        alpha, beta = params
        left = betaln(alpha, beta + np.asarray(t, dtype=float)) - betaln(alpha, beta)
        return np.asarray(np.exp(left))


@model("sbg", title="sBG")
def sbg() -> ShiftedBetaGeometric:
    """Leave at each renewal by one's own chance (Fader & Hardie 2007, J. Interact. Mark. 21:76)."""
    return ShiftedBetaGeometric()
