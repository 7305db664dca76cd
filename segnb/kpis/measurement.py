"""From one row for each customer to every KPI of every segment, with interval and suppression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.columns import AMOUNT, SEGMENT
from segnb.errors import ParameterError
from segnb.intervals import Interval, Values, ratio_interval, stable, wilson
from segnb.kpis.asked import Asked, each_level, held
from segnb.kpis.definition import KPIS, Kpi, Ratio
from segnb.kpis.levels import hidden_cells
from segnb.kpis.measured import ALL, Definition, Lead, Measured
from segnb.words import Voice

Mask = NDArray[np.bool_]

_MOST = 2 / 3
"""Share of the revenue that the leading segments bring at least."""


def offered(customers: pd.DataFrame, names: Sequence[str] | None = None) -> list[Asked]:
    """Return the KPIs whose columns the customers have, in the order of their places.

    Raises
    ------
    ParameterError
        A KPI asked for by name is unknown, or the data lack what it needs.
    """
    if names is not None and not names:
        raise ParameterError("kpis names no KPI at all. Leave it out to measure all that the tables allow")
    columns = held(customers)
    if names is None:
        able = (entry for entry in KPIS.values() if set(entry.needs) <= columns)
        return each_level(sorted(able, key=lambda entry: (entry.place, entry.name)), customers)
    chosen = [KPIS[name] for name in dict.fromkeys(names)]
    for entry in chosen:
        if lacking := sorted(set(entry.needs) - columns):
            raise ParameterError(
                f"The KPI {entry.name!r} needs {', '.join(lacking)}, which these tables do not hold. "
                "Leave it out of kpis"
            )
    return each_level(chosen, customers)


def define(asked: Iterable[Asked], voice: Voice) -> tuple[Definition, ...]:
    """Return the words of KPIs in the reader's language."""
    return tuple(each.definition(voice) for each in asked)


def measure_kpis(
    asked: Sequence[Asked], customers: pd.DataFrame, segments: Sequence[str], *, seed: int, min_cell: int
) -> tuple[Measured, ...]:
    """Measure KPIs for each segment and for all of them together.

    Parameters
    ----------
    customers
        One row for each customer of a segment, sorted by id, with the column ``segment``.
    """
    measured, counted = [], {}
    for each in asked:
        found, counts = _measure(each, customers, segments, seed)
        measured += _suppressed(found, each.entry.of_all, min_cell)
        if each.entry.add_up:
            counted[each] = counts
    hidden = hidden_cells(counted, segments, min_cell)
    return tuple(
        Measured(each.kpi, each.group, None, None, None, None) if (each.kpi, each.group) in hidden else each
        for each in measured
    )


def parts(asked: Asked, customers: pd.DataFrame) -> Ratio:
    """Return numerator and denominator of each customer of one group."""
    customers = asked.of_level(customers)
    return _checked(asked.entry, asked.entry(customers), customers)


def _measure(
    asked: Asked, customers: pd.DataFrame, segments: Sequence[str], seed: int
) -> tuple[list[Measured], dict[str, int]]:
    """Return a KPI's values by group, and how many customers stand behind each numerator."""
    group = customers[SEGMENT].to_numpy()
    inside = {**{segment: group == segment for segment in segments}, ALL: np.ones(len(customers), dtype=bool)}
    measured, counts = [], {}
    for name, rows in inside.items():
        if asked.entry.of_all:
            ratio, within = parts(asked, customers), rows
        else:
            ratio, within = parts(asked, customers[rows]), np.ones(int(rows.sum()), dtype=bool)
        further = _model_error(asked.entry, customers[rows])
        measured.append(_measured(asked, name, ratio, within, seed, further))
        counts[name] = int(np.count_nonzero(ratio.numerator.to_numpy()[within]))
    return measured, counts


def find_lead(customers: pd.DataFrame, segments: Sequence[str], *, seed: int, min_cell: int) -> Lead | None:
    """Return the fewest segments that bring two thirds of the revenue, if these are not all.

    Their joint share has an interval of its own: those of the single segments do not add up to it.
    """
    if AMOUNT not in customers or len(segments) < 2:
        return None
    amounts = customers[AMOUNT].to_numpy(dtype=float)
    group = customers[SEGMENT].to_numpy()
    total = amounts.sum()
    if total <= 0 or min(np.count_nonzero(group == segment) for segment in segments) < min_cell:
        return None
    sums = {segment: amounts[group == segment].sum() for segment in segments}
    ranked = sorted(segments, key=lambda each: (-sums[each], segments.index(each)))
    reached = list(accumulate(sums[segment] for segment in ranked))
    cut = next(place for place, amount in enumerate(reached, start=1) if amount >= _MOST * total)
    leading = tuple(ranked[: min(cut, len(ranked) - 1)])
    inside = np.isin(group, leading)
    interval = ratio_interval(np.where(inside, amounts, 0.0), amounts, seed, "lead", *leading)
    low, high = interval or (None, None)
    return Lead(leading, stable(inside.mean()), stable(amounts[inside].sum() / total), low, high)


def _checked(entry: Kpi, result: object, customers: pd.DataFrame) -> Ratio:
    """Return what a KPI's function gave as a `Ratio`, or say what it must give."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"KPI {entry.name!r} must return a numerator and a denominator for each customer")
    for part in result:
        if not isinstance(part, pd.Series) or not part.index.equals(customers.index) or part.isna().any():
            raise TypeError(
                f"KPI {entry.name!r} must return one number, none missing, for each customer it was given"
            )
    return Ratio(*result)


def _model_error(entry: Kpi, customers: pd.DataFrame) -> float:
    """Return the standard error that a model's uncertain parameters bring to the sum of the numerators."""
    if not entry.errors:
        return 0.0
    return math.hypot(*customers.filter(regex=f"^{entry.errors}").sum())


def _measured(
    asked: Asked, group: str, ratio: Ratio, inside: Mask, seed: int, model_error: float
) -> Measured:
    numerator, denominator = (part.to_numpy(dtype=float) for part in ratio)
    of_all, bounds = asked.entry.of_all, asked.entry.bounds
    n = int(inside.sum()) if of_all else int(np.count_nonzero(denominator[inside]))
    if of_all:
        numerator = np.where(inside, numerator, 0.0)
    else:
        numerator, denominator = numerator[inside], denominator[inside]
    total = denominator.sum()
    if total <= 0 or not n:
        return Measured(asked.name, group, None, None, None, n)
    if asked.entry.unit == "share" and yes_or_no(numerator, denominator):
        interval: Interval | None = wilson(int(numerator.sum()), int(total))
    else:
        further = model_error / total
        interval = ratio_interval(numerator, denominator, seed, asked.name, group, further=further)
    if interval and interval.low == interval.high and asked.entry.unit in ("change", "points"):
        # All customers alike, as all lost: no sample of them can say how sure that is.
        interval = None
    low, high = interval or (None, None)
    if bounds is not None and low is not None and high is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Measured(asked.name, group, stable(numerator.sum() / total), low, high, n)


def yes_or_no(numerator: Values, denominator: Values) -> bool:
    """Say whether each customer is a yes, a no or was not asked: then the interval is Wilson's."""
    binary = np.isin(numerator, (0, 1)).all() and np.isin(denominator, (0, 1)).all()
    return bool(binary and (numerator <= denominator).all())


def _suppressed(measured: list[Measured], of_all: bool, min_cell: int) -> list[Measured]:
    """Hide what rests on fewer than ``min_cell`` customers, and what would give it away.

    One hidden segment could be worked out from the others and the whole, so a second one is hidden
    with it in a column that adds up, and elsewhere the value of all segments together.
    """
    small = {each.group for each in measured if each.n is not None and 0 < each.n < min_cell}
    if small and of_all and len(small - {ALL}) == 1:
        rest = [each for each in measured if each.group not in small and each.group != ALL]
        small |= {min(rest, key=lambda each: (each.n or 0, each.group)).group} if rest else set()
    elif small and not of_all:
        small |= {ALL}
    return [
        Measured(each.kpi, each.group, None, None, None, None) if each.group in small else each
        for each in measured
    ]
