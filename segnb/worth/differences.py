"""What each action changed in each segment: differences between arms, with intervals and one correction.

Everyone counts in the arm that he was drawn to, whether reached or not (intention to treat). Several
campaigns are strata. Rates take Newcombe's hybrid score interval in each campaign, and these are
joined by the square-and-add rule (Zou & Donner 2008, Stat. Med. 27:1693-1702, equations 3 and 4); money
takes Welch's interval with the degrees of freedom of Satterthwaite (1946, Biometrics Bull. 2:110-114).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from segnb.columns import COST, SEGMENT
from segnb.intervals import FEWEST, FEWEST_PARTS, LEVEL, Interval, holm, newcombe, stable
from segnb.worth.cells import Cells, Codes, Shape, Values, numbered
from segnb.worth.plan import CONTROL
from segnb.worth.results import ALL, MEASURES, Effect, Measure

_COLUMN = {"response": "responded", "revenue": "revenue", "profit": "profit"}


def all_effects(
    rows: pd.DataFrame, segments: Sequence[str], actions: Sequence[str], min_cell: int
) -> tuple[tuple[Effect, ...], int]:
    """Return the effects by segment, of all together, and of each campaign; and how many were tested.

    Parameters
    ----------
    rows
        Contacts of an experiment, with ``profit`` where it is known.
    """
    measures = [each for each in MEASURES if _COLUMN[each] in rows]
    campaigns = tuple(sorted(set(rows["campaign"])))
    inside = {each: rows[rows[SEGMENT] == each] for each in segments} | {ALL: rows}
    found: list[Effect] = []
    for action in actions:
        by_segment = [_effects(part, name, action, measures, min_cell) for name, part in inside.items()]
        found += [each for same in zip(*by_segment, strict=True) for each in _hidden(list(same))]
    if len(campaigns) > 1:
        for name in campaigns:
            part = rows[rows["campaign"] == name]
            for action in sorted(set(part["arm"]) & set(actions)):
                whole = _effects(part, ALL, action, measures, min_cell)
                found += [replace(each, campaign=name) for each in whole]
    return _corrected(found)


def _corrected(found: list[Effect]) -> tuple[tuple[Effect, ...], int]:
    """Mark the effects of segments that hold after Holm's correction over all of them."""
    tested = [at for at, each in enumerate(found) if each.segment != ALL and each.interval is not None]
    fallen = holm([_p_value(found[at]) for at in tested])
    for at, falls in zip(tested, fallen, strict=True):
        low, high = found[at].interval or (0.0, 0.0)
        found[at] = replace(found[at], clear=falls and not low <= 0 <= high)
    return tuple(found), len(tested)


def _p_value(effect: Effect) -> float:
    """Return the p-value that the interval implies, by the half of it that points to zero."""
    difference, (low, high) = effect.difference or 0.0, effect.interval or (0.0, 0.0)
    half = difference - low if difference > 0 else high - difference
    if half <= 0:
        return 0.0 if difference else 1.0
    z = student.ppf((1 + LEVEL) / 2, np.inf) * abs(difference) / half
    return float(2 * student.sf(z, np.inf))


def _hidden(effects: list[Effect]) -> list[Effect]:
    """Hide the figure of all together where one segment's alone is hidden: it could be worked out."""
    *parts, whole = effects
    if sum(each.n_action is None for each in parts) == 1:
        whole = _empty(ALL, whole.action, whole.measure)
    return [*parts, whole]


def _empty(segment: str, action: str, measure: Measure) -> Effect:
    return Effect(segment, action, measure, None, None, None, None, None, None, None)


def _effects(
    rows: pd.DataFrame, segment: str, action: str, measures: Sequence[Measure], min_cell: int
) -> list[Effect]:
    """Return the effect of an action in each measure; campaigns with one of both arms alone do not count."""
    rows = rows[rows["arm"].isin((CONTROL, action))]
    campaigns = tuple(sorted(set(rows["campaign"])))
    shape = (len(campaigns), 1, 2)
    place = 2 * numbered(rows["campaign"], campaigns) + (rows["arm"] != CONTROL).to_numpy()
    found = []
    for measure in measures:
        cells = Cells.of(rows[_COLUMN[measure]].to_numpy(dtype=float), place, shape)
        weights = cells.weights(0, 1)
        control, treated = (int(n) for n in cells.n[weights > 0, 0].sum(axis=0))
        if min(treated, control) < min_cell:
            found.append(_empty(segment, action, measure))
            continue
        buyers = int(np.count_nonzero(rows["revenue"])) if "revenue" in rows else 0
        interval = _rates(cells, weights) if measure == "response" else _money(cells, weights, buyers)
        low, high = interval or (None, None)
        without, with_action = (stable(float(each)) for each in weights @ cells.mean[:, 0])
        cost = _cost(rows, place, shape, weights) if COST in rows else None
        moved = np.bincount(
            place, rows[_COLUMN[measure]].to_numpy(dtype=float) != 0, minlength=2 * len(campaigns)
        )
        few = bool(((moved > 0) & (moved < min_cell)).any())
        found.append(
            Effect(
                segment,
                action,
                measure,
                treated,
                control,
                None if few else with_action,
                None if few else without,
                with_action - without,
                low,
                high,
                cost,
            )
        )
    return found


def _cost(rows: pd.DataFrame, place: Codes, shape: Shape, weights: Values) -> float:
    """Return what the action cost more than the control, for each customer."""
    without, with_action = weights @ Cells.of(rows[COST].to_numpy(dtype=float), place, shape).mean[:, 0]
    return stable(float(with_action - without))


def _rates(cells: Cells, weights: Values) -> Interval:
    """Return Newcombe's interval; of several campaigns, their intervals squared and added."""
    down = up = difference = 0.0
    for (control, treated), (rate0, rate1), weight in zip(
        cells.n[:, 0], cells.mean[:, 0], weights, strict=True
    ):
        if weight <= 0:
            continue
        hits = (round(rate1 * treated), round(rate0 * control))
        low, high = newcombe(hits, (int(treated), int(control)))
        difference += weight * (rate1 - rate0)
        down += (weight * (rate1 - rate0 - low)) ** 2
        up += (weight * (high - rate1 + rate0)) ** 2
    return Interval(stable(difference - math.sqrt(down)), stable(difference + math.sqrt(up)))


def _money(cells: Cells, weights: Values, buyers: int) -> Interval | None:
    """Return Welch's interval; None where too few customers, or too few with any revenue, tell."""
    if cells.n[weights > 0].sum(axis=0).min() < FEWEST or buyers < FEWEST_PARTS:
        return None
    parts = list(_variances(cells, weights))
    variance = sum(part for part, _ in parts)
    if variance <= 0:
        return None
    freedom = variance**2 / sum(part**2 / max(n - 1, 1) for part, n in parts)
    half = float(student.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(variance)
    difference = float(weights @ (cells.mean[:, 0, 1] - cells.mean[:, 0, 0]))
    return Interval(stable(difference - half), stable(difference + half))


def _variances(cells: Cells, weights: Values) -> Iterator[tuple[float, float]]:
    """Yield the variance that each campaign and arm adds to the difference, and its customers."""
    for n, variance, weight in zip(cells.n[:, 0], cells.variance[:, 0], weights, strict=True):
        for arm in (0, 1) if weight > 0 else ():
            yield float(weight**2 * variance[arm] / n[arm]), float(n[arm])
