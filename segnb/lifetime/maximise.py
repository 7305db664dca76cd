"""Maximum likelihood: several starts, Newton's last steps, and the observed information."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from segnb.errors import InputError
from segnb.lifetime.models import D, Law, Score, Values

_REACH = 9.0
"""How far a parameter's logarithm may move from where it starts: a factor of 8,000 either way."""
_SAME = 0.01
"""Difference of log-likelihood up to which two starts have found the same optimum."""
_FLAT = 0.01
"""Curvature below which the data leave a direction open: its logarithm's standard error exceeds ten."""
_STEP = 1e-4


@dataclass(frozen=True)
class Optimum:
    """Where the likelihood is largest.

    ``covariance`` is that of the parameters' logarithms; along directions that the data leave open
    it is 0, and ``unsettled`` marks the parameters that these directions move.
    """

    params: Values
    log_likelihood: float
    covariance: Values
    unsettled: tuple[bool, ...]
    starts: int
    agreeing: int


def maximise(law: Law[D], data: D, title: str) -> Optimum:
    """Return the parameters under which the data are likeliest.

    Works on logarithms, as all parameters are positive. Each start climbs by L-BFGS-B on the thinned
    data; from the best one Newton's method goes on with all of them. Standard errors come from the
    observed information, which is differences of the exact gradient.

    Raises
    ------
    InputError
        The likelihood has no maximum that can be found.
    """
    few = data.thinned()
    starts = np.log(np.array(law.starts(few)))
    bounds = (starts.min(axis=0) - _REACH, starts.max(axis=0) + _REACH)
    ends = [_climb(_on_logs(law, few), start, bounds) for start in starts]
    heights = np.array([_on_logs(law, few)(end).value for end in ends])
    best = ends[int(np.nanargmax(heights))]
    whole = _on_logs(law, data)
    # A parameter that has gone as far as it may stays there: nothing is known of it but that it is far.
    free = (best > bounds[0] + 1e-6) & (best < bounds[1] - 1e-6)
    information = _information(_on_logs(law, few), best) * (data.size / few.size)
    found = _newton(whole, best, np.where(np.outer(free, free), information, 0.0), bounds)
    value, gradient = whole(found)
    sizes, directions = np.linalg.eigh(_information(whole, found))
    firm = sizes > _FLAT
    slope = np.abs(directions[:, firm].T @ (gradient * free)) / np.sqrt(sizes[firm])
    # In standard errors: how far the next step would move what the data do settle.
    if not np.isfinite(value) or not firm.any() or slope.max() > 0.01:
        raise InputError(
            f"{title} does not converge on these {data.size:,.0f} customers: its likelihood has no maximum. "
            "Take a longer history or another model"
        )
    covariance = (directions[:, firm] / sizes[firm]) @ directions[:, firm].T
    unsettled = np.abs(directions[:, ~firm]).max(axis=1, initial=0.0) > 0.1
    agreeing = int((heights > heights.max() - _SAME).sum())
    return Optimum(np.exp(found), value, covariance, tuple(map(bool, unsettled)), len(starts), agreeing)


def _on_logs(law: Law[D], data: D) -> Callable[[Values], Score]:
    def score(logs: Values) -> Score:
        params = np.exp(logs)
        value, gradient = law.score(params, data)
        return Score(value, gradient * params)

    return score


def _climb(score: Callable[[Values], Score], start: Values, bounds: tuple[Values, Values]) -> Values:
    first = abs(score(start).value) or 1.0

    def downhill(logs: Values) -> tuple[float, Values]:
        value, gradient = score(logs)
        return -value / first, -gradient / first

    limits = list(zip(*bounds, strict=True))
    options = {"maxiter": 500, "ftol": 1e-10, "gtol": 1e-7}
    end = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=limits, options=options)
    return np.asarray(end.x, dtype=float)


def _newton(
    score: Callable[[Values], Score], logs: Values, information: Values, bounds: tuple[Values, Values]
) -> Values:
    """Go on to the maximum with one information matrix, which is close enough to the true one."""
    sizes, directions = np.linalg.eigh(information)
    firm = sizes > _FLAT
    inverse = (directions[:, firm] / sizes[firm]) @ directions[:, firm].T
    for _ in range(50):
        step = inverse @ score(logs).gradient
        if not np.isfinite(step).all():
            break
        logs = np.clip(logs + np.clip(step, -1.0, 1.0), *bounds)
        if np.abs(step).max() < 1e-10:
            break
    return logs


def _information(score: Callable[[Values], Score], logs: Values) -> Values:
    """Return minus the second derivatives, by central differences of the gradient."""
    rows = []
    for place in range(len(logs)):
        step = np.zeros(len(logs))
        step[place] = _STEP
        rows.append((score(logs - step).gradient - score(logs + step).gradient) / (2 * _STEP))
    information = np.array(rows)
    return (information + information.T) / 2
