"""From the tables to all effects: contacts, profit, differences, the choice by segment, prospects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from segnb.columns import COST, CUSTOMER, SEGMENT
from segnb.errors import ParameterError, nearest
from segnb.intervals import FEWEST_PARTS, stable, wilson
from segnb.kpis.suppression import conceal
from segnb.segmentation import Segmentation, Windows
from segnb.tables.opened import Tables
from segnb.worth.cells import Cells, numbered
from segnb.worth.contacts import Contacts, margin_of, read_contacts
from segnb.worth.differences import all_effects
from segnb.worth.lot import check_lot
from segnb.worth.plan import CONTROL, Budget
from segnb.worth.policy import CONTROL_ARM, FOLDS, SPLITS, Trial, gain, learn
from segnb.worth.pooling import pool
from segnb.worth.power import needed, smallest
from segnb.worth.results import Arm, Choice, Effects, Prospect, Reached


def measure_effects(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    budget: Budget | None,
    seed: int,
    min_cell: int,
    earlier: bool,
    rise: float,
    names: Mapping[str, str] | None,
    order: tuple[str, ...],
) -> Effects:
    """Do what `segnb.worth.effects` promises."""
    if not 0 < rise < 1:
        raise ParameterError(f"rise is {rise:g}, but must be a share between 0 and 1, as 0.05")
    contacts = read_contacts(tables, segmentation, windows.form, earlier=earlier)
    sizes = {each: int((segmentation.labels == each).sum()) for each in segmentation.segments}
    common: dict[str, Any] = {
        "kind": contacts.kind,
        "segments": segmentation.segments,
        "order": order,
        "sizes": sizes,
        "actions": contacts.actions,
        "min_cell": min_cell,
        "left_out": contacts.left_out,
        "mended": contacts.mended,
        "rise": rise,
        "budget": budget,
        "names": dict(names or {}),
        "voice": segmentation.voice,
    }
    if contacts.kind != "experiment":
        in_order = {each: sizes[each] for each in order}
        return Effects(**common, reached=_reached(contacts.rows, in_order, min_cell, rise))
    _check_costs(budget, contacts.actions)
    margin = margin_of(tables, budget)
    rows = priced(contacts.rows, budget, 1.0 if margin is None else margin)
    found, tests = all_effects(rows, segmentation.segments, contacts.actions, min_cell)
    return Effects(
        **common,
        effects=found,
        tests=tests,
        arms=_arms(contacts, min_cell),
        lot=check_lot(rows, contacts.actions),
        formed_later=contacts.formed_later,
        margin=margin,
        costs_known=COST in contacts.rows or set(contacts.actions) <= set(budget.costs if budget else ()),
        **_choice(rows, sizes, contacts.actions, seed, min_cell),
    )


def priced(rows: pd.DataFrame, budget: Budget | None, margin: float) -> pd.DataFrame:
    """Return contacts with what each cost and earned: ``margin * revenue - cost``."""
    cost = rows[COST].copy() if COST in rows else pd.Series(0.0, index=rows.index)
    for action, price in (budget.costs if budget else {}).items():
        cost[rows["arm"] == action] = price
    rows = rows.assign(cost=cost)
    return rows.assign(profit=margin * rows["revenue"] - cost) if "revenue" in rows else rows


def trial_of(rows: pd.DataFrame, sizes: Mapping[str, int], actions: tuple[str, ...], min_cell: int) -> Trial:
    """Return the profits of an experiment by cell; an arm counts where enough were drawn to it."""
    campaigns, segments = tuple(sorted(set(rows["campaign"]))), tuple(sizes)
    shape = (len(campaigns), len(segments), 1 + len(actions))
    place = numbered(rows["campaign"], campaigns)
    for column, order in ((SEGMENT, segments), ("arm", (CONTROL, *actions))):
        place = place * len(order) + numbered(rows[column], order)
    # Every fold needs someone of each cell, or nothing could be said there.
    enough = np.bincount(place, minlength=int(np.prod(shape))) >= FOLDS
    inside = enough[place]
    n = Cells.of(np.ones(int(inside.sum())), place[inside], shape).n
    both = np.minimum(n[:, :, 1:], n[:, :, :1]) > 0
    treated = np.where(both, n[:, :, 1:], 0).sum(axis=0)
    control = np.where(both, n[:, :, :1], 0).sum(axis=0)
    customers = np.array(list(sizes.values()), dtype=float)
    return Trial(
        values=rows["profit"].to_numpy(dtype=float)[inside],
        place=place[inside],
        shape=shape,
        weights=customers / customers.sum(),
        known=np.minimum(treated, control) >= max(min_cell, FOLDS),
    )


def _choice(
    rows: pd.DataFrame, sizes: Mapping[str, int], actions: tuple[str, ...], seed: int, min_cell: int
) -> dict[str, Any]:
    """Return whether choosing by segment pays, and what each action is expected to earn."""
    if "profit" not in rows or np.count_nonzero(rows["revenue"]) < FEWEST_PARTS:
        return {}
    trial = trial_of(rows, sizes, actions, min_cell)
    if not trial.known.any():
        return {}
    cells = Cells.of(*trial.part(np.ones(len(trial.place), dtype=bool)))
    if not cells.moderated.variances().any():
        return {}  # equal sums for everyone leave nothing to be unsure of, and nothing to test
    policy, earned = learn(trial, cells), gain(trial, seed)
    named = ("", *actions)
    choice = Choice(
        gain=earned.value,
        low=earned.low,
        high=earned.high,
        each=earned.each,
        all=earned.all,
        actions={each: named[arm] for each, arm in zip(sizes, policy.each, strict=True)},
        single=named[policy.all] if policy.all != CONTROL_ARM else "",
        customers=len(trial.values),
        folds=FOLDS,
        splits=SPLITS,
    )
    return {"choice": choice, **prospects(rows, trial, cells, tuple(sizes), actions)}


def prospects(
    rows: pd.DataFrame, trial: Trial, cells: Cells, segments: tuple[str, ...], actions: tuple[str, ...]
) -> dict[str, Any]:
    """Return the pooled effects where an action was tried, and their covariance."""
    moderated = cells.moderated
    contrasts = moderated.contrasts().reshape(-1, moderated.n.size)
    estimates = np.where(trial.known.ravel(), contrasts @ moderated.mean.ravel(), np.nan)
    covariance = (contrasts * moderated.variances()) @ contrasts.T
    pooled = pool(estimates.reshape(trial.known.shape), covariance)
    costs = rows.groupby("arm")[COST].mean()
    places = [(s, a) for s in range(len(segments)) for a in range(len(actions)) if trial.known[s, a]]
    at = [s * len(actions) + a for s, a in places]
    return {
        "prospects": tuple(
            Prospect(
                segments[s],
                actions[a],
                stable(float(costs[actions[a]])),
                stable(float(pooled.mean[s, a])),
                stable(float(pooled.error[s, a])),
            )
            for s, a in places
        ),
        "covariance": tuple(
            tuple(stable(float(x)) for x in row) for row in pooled.covariance[np.ix_(at, at)]
        ),
    }


def _check_costs(budget: Budget | None, actions: tuple[str, ...]) -> None:
    for each in budget.costs if budget else ():
        if each not in actions:
            raise ParameterError(
                f"budget.costs: no arm of the campaigns is named {each!r}. {nearest(each, actions)}"
            )


def _arms(contacts: Contacts, min_cell: int) -> tuple[Arm, ...]:
    found = []
    for campaign in contacts.campaigns:
        rows = contacts.rows[contacts.rows["campaign"] == campaign]
        for arm in (*contacts.actions, CONTROL):
            days = rows.loc[rows["arm"] == arm, "contact_day"]
            if len(days):
                customers = len(days) if len(days) >= min_cell else None
                found.append(Arm(campaign, arm, customers, days.min(), days.max()))
    return tuple(found)


def _reached(rows: pd.DataFrame, sizes: Mapping[str, int], min_cell: int, rise: float) -> tuple[Reached, ...]:
    """Return how the segments responded; one customer counts once, however often he was reached."""
    responded = rows.assign(yes=rows.get("responded", 0)).groupby([SEGMENT, CUSTOMER])
    once = responded["yes"].max().groupby(SEGMENT)
    asked, yes = once.size(), once.sum()
    counts = {each: int(yes.get(each, 0)) for each in sizes}
    asked_of = {each: int(asked.get(each, 0)) for each in sizes}
    silent = {each: asked_of[each] - counts[each] for each in sizes}
    missed = {each: size - asked_of[each] for each, size in sizes.items()}
    # Few who said no, and few whom nobody reached, could be worked out like few who said yes.
    unsaid, hidden, untold = (
        conceal(each, min_cell=min_cell, keep_total=False).groups for each in (missed, counts, silent)
    )
    hidden |= untold | unsaid
    found = []
    for segment, size in sizes.items():
        n = asked_of[segment]
        rate = low = high = None
        if "responded" in rows and n >= min_cell and segment not in hidden:
            hits = counts[segment]
            rate, (low, high) = stable(hits / n), wilson(hits, n)
        # Where no rate is known, the one that asks for the most customers stands for it.
        base = (1 - rise) / 2 if rate is None else rate
        found.append(
            Reached(
                segment,
                n if (n >= min_cell or n == 0) and segment not in unsaid else None,
                rate,
                low,
                high,
                needed(base, rise) if base + rise <= 1 else None,
                smallest(base, size // 2),
            )
        )
    return tuple(found)
