"""Partial pooling: each segment's effect drawn towards the average, the more so the less it is known.

The largest of several estimates is mostly too large. The model is the hierarchical normal one
(Gelman et al., *Bayesian Data Analysis*, 3rd ed. 2013, section 5.4): estimates ``y`` with known errors
around effects that are normal with spread ``tau`` around a mean of which nothing is known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segnb.worth.cells import Values

_POINTS = 12
"""Spreads that stand for all that are likely: the middles of as many equal parts of their distribution."""
_GRID = 400
_WIDEST = 5.0
"""Largest spread that is looked at, in standard deviations of the estimates and their errors."""


@dataclass(frozen=True)
class Pooled:
    """Effects of segments x actions, and their covariance in the order of a flattened ``mean``."""

    mean: Values
    covariance: Values

    @property
    def error(self) -> Values:
        """The standard error of each effect."""
        root: Values = np.sqrt(np.maximum(np.diag(self.covariance), 0.0)).reshape(self.mean.shape)
        return root


def pool(estimates: Values, covariance: Values) -> Pooled:
    """Return the effects given the estimates and their errors.

    The spread between segments is not one number but all that are likely; means and covariances are
    averaged over them by the laws of total expectation and covariance. The spreads of several actions
    are taken at equal quantiles.

    Parameters
    ----------
    estimates
        Segments x actions; NaN where there is none: such an effect is NaN, too.
    covariance
        Covariance of the flattened estimates: actions of one segment share its control arm.
    """
    known = np.flatnonzero(np.isfinite(estimates).ravel())
    action = known % estimates.shape[1]
    y, errors = estimates.ravel()[known], covariance[np.ix_(known, known)]
    mean, total = np.full(estimates.size, np.nan), np.zeros_like(covariance)
    if len(known):
        places = [np.flatnonzero(action == each) for each in dict.fromkeys(action)]
        spreads = [_spreads(y[at], np.diag(errors)[at]) for at in places]
        points = [_given(y, errors, places, [each[point] for each in spreads]) for point in range(_POINTS)]
        means = np.array([each for each, _ in points])
        inside = np.mean([each for _, each in points], axis=0)
        between = means - means.mean(axis=0)
        mean[known] = means.mean(axis=0)
        total[np.ix_(known, known)] = inside + between.T @ between / _POINTS
    return Pooled(mean.reshape(estimates.shape), total)


def _given(
    y: Values, errors: Values, places: list[np.ndarray], spreads: list[float]
) -> tuple[Values, Values]:
    """Return mean and covariance of the effects, given the spread of each action's.

    With a mean of which nothing is known, the prior's precision is ``(I - J / k) / tau**2``.
    """
    data = np.linalg.inv(errors)
    precision = data.copy()
    for at, spread in zip(places, spreads, strict=True):
        k = len(at)
        precision[np.ix_(at, at)] += (np.eye(k) - np.full((k, k), 1 / k)) / spread**2
    covariance: Values = np.linalg.inv(precision)
    return covariance @ (data @ y), covariance


def _spreads(y: Values, variances: Values) -> list[float]:
    """Return spreads at even quantiles of their distribution, given the estimates of one action.

    With a uniform prior ``p(tau | y)`` is proportional to ``sqrt(V) * prod(N(y_j | m, v_j + tau**2))``, with
    ``m`` the weighted mean and ``V`` its variance (Gelman et al. 2013, equation 5.21).
    """
    scale = float(np.sqrt(y.var() + variances.mean()))
    taus = (np.arange(_GRID) + 0.5) * _WIDEST * scale / _GRID
    spread = variances[None, :] + taus[:, None] ** 2
    weight = (1 / spread).sum(axis=1)
    centre = (y / spread).sum(axis=1) / weight
    log = -0.5 * (np.log(weight) + np.log(spread).sum(axis=1))
    log -= 0.5 * ((y[None, :] - centre[:, None]) ** 2 / spread).sum(axis=1)
    chance = np.cumsum(np.exp(log - log.max()))
    wanted = (np.arange(_POINTS) + 0.5) / _POINTS * chance[-1]
    return [float(taus[at]) for at in np.searchsorted(chance, wanted)]
