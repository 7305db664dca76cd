"""A declared budget spread over segments and actions, what it is expected to earn, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from segnb.intervals import LEVEL, stable
from segnb.worth.allocation import Grant, Option, allocate
from segnb.worth.results import Allocation, Effects, Share

_MORE = 0.01
"""Share of the budget by which it is raised to see what more money would earn."""


def spend(effects: Effects) -> Allocation:
    """Do what `segnb.worth.budget` promises."""
    if effects.budget is None:
        return Allocation("no budget", effects)
    amount = effects.budget.amount
    if not effects.prospects:
        return Allocation("no effect", effects, amount)
    options = [
        Option(each.segment, each.action, each.cost, each.gain, effects.sizes[each.segment])
        for each in effects.prospects
    ]
    exact = allocate(options, amount)
    more = sum(each.gain for each in allocate(options, (1 + _MORE) * amount))
    granted = [whole for each in exact if (whole := _whole(each)).customers]
    errors = {(each.segment, each.action): each.error for each in effects.prospects}
    shares = tuple(
        _share(each, errors[each.option.segment, each.option.action])
        for each in sorted(granted, key=lambda each: -each.gain)
    )
    gain = sum(each.gain for each in shares)
    half = float(ndtri((1 + LEVEL) / 2)) * _error(effects, granted)
    spent = sum(each.spent for each in shares)
    return Allocation(
        "budget",
        effects,
        amount,
        shares,
        spent=stable(spent),
        gain=stable(gain),
        low=stable(gain - half),
        high=stable(gain + half),
        worse=stable(sum(each.worse for each in shares)),
        next=stable((more - sum(each.gain for each in exact)) / (_MORE * amount)),
        even=_even(effects.assumed, spent, gain),
        even_low=_even(effects.assumed, spent, gain + half),
        even_high=_even(effects.assumed, spent, gain - half),
    )


def _even(assumed: float | None, spent: float, gain: float) -> float | None:
    """Return the incrementality at which a plan earns just its cost: what it brings grows in proportion."""
    brought = spent + gain
    return stable(assumed * spent / brought) if assumed and spent > 0 and brought > 0 else None


def _whole(grant: Grant) -> Grant:
    """Return the same for whole customers: no part of one can be reached."""
    return replace(grant, customers=math.floor(grant.customers + 1e-6))


def _share(grant: Grant, error: float) -> Share:
    customers, half = grant.customers, float(ndtri((1 + LEVEL) / 2)) * error
    return Share(
        grant.option.segment,
        grant.option.action,
        int(customers),
        stable(grant.spent),
        stable(grant.gain),
        stable(grant.gain - customers * half),
        stable(grant.gain + customers * half),
        stable(grant.gain - customers * error),
    )


def _error(effects: Effects, granted: list[Grant]) -> float:
    """Return the standard error of the whole gain: effects that share a control err together."""
    taken = {(each.option.segment, each.option.action): each.customers for each in granted}
    row = np.array([taken.get((each.segment, each.action), 0) for each in effects.prospects], dtype=float)
    return math.sqrt(max(float(row @ np.array(effects.covariance) @ row), 0.0))
