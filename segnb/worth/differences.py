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
from segnb.worth.cells import Cells, Values, numbered
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
    campaigns = sorted(set(rows["campaign"]))
    found = [
        effect
        for action in actions
        for measure in measures
        for effect in _hidden(
            [
                *(_effect(rows[rows[SEGMENT] == each], each, action, measure, min_cell) for each in segments),
                _effect(rows, ALL, action, measure, min_cell),
            ]
        )
    ]
    if len(campaigns) > 1:
        found += [
            replace(_effect(rows[rows["campaign"] == each], ALL, action, measure, min_cell), campaign=each)
            for each in campaigns
            for action in sorted(set(rows.loc[rows["campaign"] == each, "arm"]) & set(actions))
            for measure in measures
        ]
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
    return Effect(segment, action, measure, None, None, None, None, None, None)


def _effect(rows: pd.DataFrame, segment: str, action: str, measure: Measure, min_cell: int) -> Effect:
    rows = rows[rows["arm"].isin((CONTROL, action))]
    both = rows.groupby("campaign")["arm"].transform("nunique") == 2
    rows = rows[both.astype(bool)]
    treated = int((rows["arm"] == action).sum())
    control = len(rows) - treated
    if min(treated, control) < min_cell:
        return _empty(segment, action, measure)
    values = rows[_COLUMN[measure]].to_numpy(dtype=float)
    cells, weights = _strata(rows, values)
    with_action, without = (float(weights @ cells.mean[:, 0, arm]) for arm in (1, 0))
    interval = _rates(cells, weights) if measure == "response" else _money(cells, weights, rows)
    low, high = interval or (None, None)
    cost = None
    if COST in rows:
        spent, _ = _strata(rows, rows[COST].to_numpy(dtype=float))
        cost = stable(float(weights @ (spent.mean[:, 0, 1] - spent.mean[:, 0, 0])))
    return Effect(
        segment, action, measure, treated, control, stable(with_action), stable(without), low, high, cost
    )


def _strata(rows: pd.DataFrame, values: Values) -> tuple[Cells, Values]:
    """Return the cells of campaigns and two arms, and the weight of each campaign."""
    campaigns = tuple(sorted(set(rows["campaign"])))
    place = 2 * numbered(rows["campaign"], campaigns) + (rows["arm"] != CONTROL).to_numpy()
    cells = Cells.of(values, place, (len(campaigns), 1, 2))
    return cells, cells.weights(0, 1)


def _rates(cells: Cells, weights: Values) -> Interval:
    """Return Newcombe's interval; of several campaigns, their intervals squared and added."""
    down = up = difference = 0.0
    for (control, treated), (rate0, rate1), weight in zip(
        cells.n[:, 0], cells.mean[:, 0], weights, strict=True
    ):
        hits = (round(rate1 * treated), round(rate0 * control))
        low, high = newcombe(hits, (int(treated), int(control)))
        difference += weight * (rate1 - rate0)
        down += (weight * (rate1 - rate0 - low)) ** 2
        up += (weight * (high - rate1 + rate0)) ** 2
    return Interval(stable(difference - math.sqrt(down)), stable(difference + math.sqrt(up)))


def _money(cells: Cells, weights: Values, rows: pd.DataFrame) -> Interval | None:
    """Return Welch's interval; None where too few customers, or too few with any revenue, tell."""
    if cells.n.sum(axis=0).min() < FEWEST or np.count_nonzero(rows["revenue"]) < FEWEST_PARTS:
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
        for arm in (0, 1):
            yield float(weight**2 * variance[arm] / n[arm]), float(n[arm])
