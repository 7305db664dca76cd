"""From one row for each customer to every KPI of every segment, with interval and suppression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.columns import AMOUNT, SEGMENT
from segnb.errors import ParameterError
from segnb.intervals import Interval, Values, ratio_interval, stable, wilson
from segnb.kpis.definition import KPIS, Kpi, Ratio
from segnb.kpis.measured import ALL, Definition, Lead, Measured
from segnb.kpis.pooling import Uncertain, pooled, standard_error
from segnb.kpis.suppression import Hidden, conceal_sets
from segnb.words import Voice

Mask = NDArray[np.bool_]

_MOST = 2 / 3
"""Share of the revenue that the leading segments bring at least."""


def offered(customers: pd.DataFrame, names: Sequence[str] | None = None) -> list[Kpi]:
    """Return the KPIs whose columns the customers have, in the order of their places.

    Raises
    ------
    ParameterError
        A KPI asked for by name is unknown, or the data lack what it needs.
    """
    if names is not None and not names:
        raise ParameterError("kpis names no KPI at all. Leave it out to measure all that the tables allow")
    if names is None:
        able = (entry for entry in KPIS.values() if set(entry.needs) <= set(customers.columns))
        return sorted(able, key=lambda entry: (entry.place, entry.name))
    chosen = [KPIS[name] for name in dict.fromkeys(names)]
    for entry in chosen:
        if lacking := sorted(set(entry.needs) - set(customers.columns)):
            raise ParameterError(
                f"The KPI {entry.name!r} needs {', '.join(lacking)}, which these tables do not hold. "
                "Leave it out of kpis"
            )
    return chosen


def define(entries: Iterable[Kpi], voice: Voice) -> tuple[Definition, ...]:
    """Return the words of KPIs in the reader's language."""
    return tuple(
        Definition(
            name=entry.name,
            unit=entry.unit,
            label=entry.said(voice, "label"),
            meaning=entry.summary,
            source=entry.source,
            more=entry.said(voice, "more"),
            less=entry.said(voice, "less"),
            topic=entry.said(voice, "topic"),
            of_all=entry.of_all,
        )
        for entry in entries
    )


def measure_kpi(
    entry: Kpi, customers: pd.DataFrame, segments: Sequence[str], *, seed: int, min_cell: int
) -> list[Measured]:
    """Measure one KPI for each segment and for all of them together.

    Parameters
    ----------
    customers
        One row for each customer of a segment, sorted by id, with the column ``segment``.
    """
    ratio = _checked(entry, entry(customers), customers)
    group = customers[SEGMENT].to_numpy()
    inside = {**{segment: group == segment for segment in segments}, ALL: np.ones(len(customers), dtype=bool)}
    measured = [_measured(entry, name, ratio, rows, seed) for name, rows in inside.items()]
    told = [part.to_numpy(dtype=float) != 0 for part in ratio]
    shown = _suppressed(measured, conceal_sets(told, customers, min_cell=min_cell))
    return shown if entry.of_all else _with_pooled(shown, ratio, inside)


def find_lead(customers: pd.DataFrame, segments: Sequence[str], *, seed: int, min_cell: int) -> Lead | None:
    """Return the fewest segments that bring two thirds of the revenue, if these are not all.

    Their joint share has an interval of its own: those of the single segments do not add up to it.
    """
    if AMOUNT not in customers or len(segments) < 2:
        return None
    amounts = customers[AMOUNT].to_numpy(dtype=float)
    group = customers[SEGMENT].to_numpy()
    total = amounts.sum()
    everyone = np.ones(len(customers), dtype=bool)
    if total <= 0 or conceal_sets([everyone, amounts != 0], customers, min_cell=min_cell).groups:
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


def _measured(entry: Kpi, group: str, ratio: Ratio, inside: Mask, seed: int) -> Measured:
    numerator, denominator = (part.to_numpy(dtype=float) for part in ratio)
    asked = int(inside.sum()) if entry.of_all else int(np.count_nonzero(denominator[inside]))
    if entry.of_all:
        numerator = np.where(inside, numerator, 0.0)
    else:
        numerator, denominator = numerator[inside], denominator[inside]
    total = denominator.sum()
    if total <= 0 or not asked:
        return Measured(entry.name, group, None, None, None, asked)
    low, high = _interval(numerator, denominator, seed, entry.name, group) or (None, None)
    return Measured(entry.name, group, stable(numerator.sum() / total), low, high, asked)


def _with_pooled(measured: list[Measured], ratio: Ratio, inside: Mapping[str, Mask]) -> list[Measured]:
    """Add the values by which segments are ranked; hidden ones take no part."""
    parts, wholes = (part.to_numpy(dtype=float) for part in ratio)
    asked = {each.group: inside[each.group] & (wholes != 0) for each in measured}
    known = {
        each.group: Uncertain(each.value, standard_error(parts[asked[each.group]], wholes[asked[each.group]]))
        for each in measured
        if each.value is not None and each.group != ALL
    }
    drawn_in = pooled(known) if known else {}
    return [replace(each, pooled=drawn_in.get(each.group)) for each in measured]


def _interval(numerator: Values, denominator: Values, seed: int, kpi: str, group: str) -> Interval | None:
    """Return Wilson's interval where each customer is a yes or a no, the bootstrap's elsewhere."""
    yes_or_no = np.isin(numerator, (0, 1)).all() and np.isin(denominator, (0, 1)).all()
    if yes_or_no and (numerator <= denominator).all():
        return wilson(int(numerator.sum()), int(denominator.sum()))
    return ratio_interval(numerator, denominator, seed, kpi, group)


def _suppressed(measured: list[Measured], hidden: Hidden) -> list[Measured]:
    """Hide groups, and with them their number and interval."""
    groups = hidden.groups | ({ALL} if hidden.total else set())
    return [
        Measured(each.kpi, each.group, None, None, None, None) if each.group in groups else each
        for each in measured
    ]
