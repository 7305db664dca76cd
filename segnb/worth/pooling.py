"""Partial pooling: each segment's effect drawn towards the average, the more so the less it is known.

The largest of several estimates is mostly too large. The model is the hierarchical normal one
(Gelman et al., *Bayesian Data Analysis*, 3rd ed. 2013, section 5.4): estimates ``y`` with known errors
around effects that are normal with spread ``tau`` around a mean of which nothing is known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segnb.worth.cells import Values

_LEAST = 1e-6
"""Least spread that is assumed, in shares of the error, so that matrices can be inverted."""


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

    Parameters
    ----------
    estimates
        Segments x actions; NaN where there is none: such a segment takes the average of the others.
    covariance
        Covariance of the flattened estimates: actions of one segment share its control arm.
    """
    segments, actions = estimates.shape
    known = np.isfinite(estimates).ravel()
    # An action that nobody knows anything about stays out, or there would be no mean to draw towards.
    tried = np.asarray(np.isfinite(estimates).any(axis=0))
    taken = np.tile(tried, segments)
    precision = np.zeros((estimates.size, estimates.size))
    precision[np.ix_(known, known)] = np.linalg.inv(covariance[np.ix_(known, known)])
    right = precision @ np.where(known, np.nan_to_num(estimates.ravel()), 0.0)
    towards = np.eye(segments) - np.full((segments, segments), 1 / segments)
    for action in range(actions):
        at = np.arange(segments) * actions + action
        here = at[known[at]]
        if len(here):
            spread = _spread(estimates.ravel()[here], np.diag(covariance)[here])
            precision[np.ix_(at, at)] += towards / spread
    mean, found = np.full(estimates.size, np.nan), np.zeros_like(precision)
    if taken.any():
        found[np.ix_(taken, taken)] = np.linalg.inv(precision[np.ix_(taken, taken)])
        mean[taken] = (found @ right)[taken]
    return Pooled(mean.reshape(estimates.shape), found)


def _spread(estimates: Values, variances: Values) -> float:
    """Return the variance between segments by the method of moments.

    DerSimonian & Laird (1986), Control. Clin. Trials 7:177-188: ``max(0, (Q - (k - 1)) / (S1 - S2 / S1))``.
    """
    least = _LEAST * float(variances.mean())
    if len(estimates) < 2:
        return least
    weights = 1 / variances
    centre = weights @ estimates / weights.sum()
    q = float(weights @ (estimates - centre) ** 2)
    excess = (q - (len(estimates) - 1)) / (weights.sum() - (weights**2).sum() / weights.sum())
    return max(float(excess), least)
