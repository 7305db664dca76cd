"""Reliability of a scale: Cronbach's alpha, its interval, and what each question adds to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtri

from segnb.intervals import LEVEL, Interval, stable

LOW = 0.7
"""Alpha below which a scale is called unreliable (Nunnally 1978, *Psychometric Theory*; a rule of thumb)."""


@dataclass(frozen=True)
class Reliability:
    """How consistently the questions of one scale measure the same thing.

    ``alpha`` is None where fewer than two questions vary, ``interval`` where fewer than three customers
    answered all. ``rest`` is each question's correlation with the sum of the others, ``without`` the alpha
    of the others alone; both are keyed by question. ``answered`` counts customers who answered all.
    """

    alpha: float | None
    interval: Interval | None
    rest: dict[str, float]
    without: dict[str, float]
    answered: int

    @property
    def lowering(self) -> list[str]:
        """Questions without which alpha would be higher by a hundredth or more."""
        if self.alpha is None:
            return []
        return [item for item, without in self.without.items() if without >= self.alpha + 0.01]


def reliability(answers: pd.DataFrame) -> Reliability:
    """Return the reliability of one scale, whose reversed questions are turned round already.

    ``alpha = k / (k - 1) * (1 - sum of variances / variance of the sum)`` (Cronbach 1951, Psychometrika
    16:297-334), from covariances between all customers who answered both questions. The interval takes
    ``(1 - alpha) / (1 - estimate)`` for F with n - 1 and (n - 1)(k - 1) degrees of freedom (Feldt 1965,
    Psychometrika 30:357-370), with n the customers who answered all.

    Parameters
    ----------
    answers
        One row for each customer, one column for each question, NaN where there is no answer.
    """
    names, answered = [str(each) for each in answers.columns], int(answers.notna().all(axis=1).sum())
    # Of one customer there is no covariance.
    covariances = answers.cov().to_numpy(np.float64) if len(answers) > 1 else np.zeros((len(names),) * 2)
    alpha = _alpha(covariances)
    if alpha is None:
        return Reliability(None, None, {}, {}, answered)
    rest, without = {}, {}
    total = covariances.sum(axis=1)
    for place, name in enumerate(names):
        own = covariances[place, place]
        others = covariances.sum() - 2 * total[place] + own
        if own > 0 and others > 0:
            rest[name] = stable((total[place] - own) / math.sqrt(own * others))
        left = np.delete(np.delete(covariances, place, axis=0), place, axis=1)
        shorter = _alpha(left)
        if shorter is not None:
            without[name] = shorter
    return Reliability(alpha, feldt(alpha, answered, len(names)), rest, without, answered)


def feldt(alpha: float, customers: int, items: int) -> Interval | None:
    """Return the 95% interval of an alpha (Feldt 1965); None for fewer than three customers."""
    if customers < 3:
        return None
    freedom = (customers - 1, (customers - 1) * (items - 1))
    low, high = ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    return Interval(
        *(stable(1 - (1 - alpha) * float(fdtri(*freedom, tail))) for tail in (low, high)),
    )


def directions(answers: pd.DataFrame) -> dict[str, int]:
    """Return 1 for each question that points where most of them do, and -1 for each that is reversed.

    The sign is that of the loading on the first principal component of the correlations.
    """
    correlations = np.nan_to_num(answers.corr().to_numpy(np.float64))
    if not np.any(correlations - np.diag(np.diag(correlations))):
        return {str(name): 1 for name in answers.columns}
    _, vectors = np.linalg.eigh(correlations)
    signs = np.where(np.round(vectors[:, -1], 8) < 0, -1, 1)
    # A tie of signs is settled by the first question.
    turn = -1 if signs.sum() < 0 or (signs.sum() == 0 and signs[0] < 0) else 1
    return {str(name): int(sign * turn) for name, sign in zip(answers.columns, signs, strict=True)}


def _alpha(covariances: np.ndarray) -> float | None:
    k, whole = len(covariances), float(covariances.sum())
    if k < 2 or not np.isfinite(covariances).all() or whole <= 0:
        return None
    return stable(k / (k - 1) * (1 - float(np.trace(covariances)) / whole))
