"""From one row for each customer to every KPI of every segment, with interval and suppression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate, islice
from operator import or_
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from segnb.columns import AMOUNT, SEGMENT
from segnb.errors import ParameterError
from segnb.intervals import Estimated, Interval, Values, ratio_interval, stable, wilson
from segnb.kpis.asked import Asked, each_level, held
from segnb.kpis.definition import KPIS, Kpi, Ratio
from segnb.kpis.levels import hidden_cells
from segnb.kpis.limits import limited
from segnb.kpis.measured import ALL, Definition, Lead, Measured
from segnb.kpis.pooling import Uncertain, pooled, standard_error
from segnb.kpis.sets import conceal_rests, conceal_sets, covers
from segnb.suppression import Hidden, limit
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
    own = {each: by_segment(each, customers) for each in asked}
    rests = _rests(own, customers, min_cell)
    measured, counted = [], {}
    for each in asked:
        found, counts = _measure(each, own[each], rests[each], customers, segments, seed, min_cell)
        measured += found
        if each.entry.add_up:
            counted[each] = counts
    hidden = hidden_cells(counted, segments, min_cell)
    return tuple(
        Measured.hidden(each.kpi, each.group) if (each.kpi, each.group) in hidden else each
        for each in measured
    )


def parts(asked: Asked, customers: pd.DataFrame) -> Ratio:
    """Return numerator and denominator of each customer of one group."""
    customers = asked.of_level(customers)
    ratio = _checked(asked.entry, asked.entry(customers), customers)
    # Sums of money come as exact decimals, which do not mix with what is multiplied here.
    return Ratio(*(part.astype(np.float64) for part in ratio))


def by_segment(asked: Asked, customers: pd.DataFrame) -> Ratio:
    """Return numerator and denominator of each customer, as they are within the customer's own segment."""
    if asked.entry.of_all:
        return parts(asked, customers)
    found = [parts(asked, rows) for _, rows in customers.groupby(SEGMENT, sort=True)]
    return Ratio(
        pd.concat([each.numerator for each in found]).reindex(customers.index),
        pd.concat([each.denominator for each in found]).reindex(customers.index),
    )


class _Rest(NamedTuple):
    """Where a value, and where the number of those asked, would give away the few who are left."""

    value: Hidden = Hidden()
    number: Hidden = Hidden()


def _rests(own: Mapping[Asked, Ratio], customers: pd.DataFrame, min_cell: int) -> dict[Asked, _Rest]:
    """Return what each KPI would tell of the few who did not, beside all other counts of customers."""
    by_value: dict[Asked, list[Mask]] = {}
    by_number: dict[Asked, list[Mask]] = {}
    for each, ratio in own.items():
        above, below = (part.to_numpy(dtype=float) for part in ratio)
        by_number[each] = [] if each.entry.of_all else [below != 0]
        by_value[each] = []
        if not each.entry.of_all and np.isin(np.concatenate([above, below]), (-1, 0, 1)).all():
            columns = (customers[column] for column in each.entry.tells if column in customers)
            tells = [column.to_numpy(dtype=float) != 0 for column in columns]
            by_value[each] = [*tells, *([above != 0] if yes_or_no(above, below) else [])]
            # With the number unsaid, a fraction to ten digits would still give it.
            by_value[each] += by_number[each]
    sets = [mask for each in own for mask in (*by_value[each], *by_number[each])]
    hidden = iter(conceal_rests(sets, customers, min_cell=min_cell))

    def joined(masks: list[Mask]) -> Hidden:
        return reduce(or_, islice(hidden, len(masks)), Hidden())

    return {each: _Rest(joined(by_value[each]), joined(by_number[each])) for each in own}


def _measure(
    asked: Asked,
    own: Ratio,
    rest: _Rest,
    customers: pd.DataFrame,
    segments: Sequence[str],
    seed: int,
    min_cell: int,
) -> tuple[list[Measured], dict[str, int]]:
    """Return a KPI's values by group, and how many customers stand behind each numerator."""
    group = customers[SEGMENT].to_numpy()
    inside = {**{segment: group == segment for segment in segments}, ALL: np.ones(len(customers), dtype=bool)}
    measured, counts, limits = [], {}, {}
    number = conceal_sets([own.denominator.to_numpy() != 0], customers, min_cell=min_cell) | rest.number
    for name, rows in inside.items():
        ratio = parts(asked, customers) if name == ALL else own
        within = rows if name == ALL or asked.entry.of_all else np.ones(int(rows.sum()), dtype=bool)
        if not asked.entry.of_all:
            ratio = Ratio(ratio.numerator[rows], ratio.denominator[rows])
        prefix = asked.entry.estimated
        estimated = Estimated.of(customers[rows], prefix) if prefix else None
        measured.append(_measured(asked, name, ratio, within, seed, estimated))
        if asked.entry.unit == "share" and not asked.entry.of_all:
            limits[name] = _limited(asked.name, name, ratio, min_cell, hidden=covers(number, name))
        counts[name] = int(np.count_nonzero(ratio.numerator.to_numpy()[within]))
    columns = (customers[each] for each in asked.entry.tells if each in customers)
    told = [part.to_numpy(dtype=float) != 0 for part in (*own, *columns)]
    shown = _suppressed(measured, conceal_sets(told, customers, min_cell=min_cell) | rest.value)
    shown = [replace(each, n=None) if covers(rest.number, each.group) else each for each in shown]
    shown = [limits.get(each.group) or each for each in shown]
    return (shown if asked.entry.of_all else _with_pooled(shown, own, inside)), counts


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


def _measured(
    asked: Asked, group: str, ratio: Ratio, inside: Mask, seed: int, estimated: Estimated | None
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
        return Measured(asked.name, group, None, None, None, n, kind="none")
    if asked.entry.unit == "share" and yes_or_no(numerator, denominator):
        interval: Interval | None = wilson(int(numerator.sum()), int(total))
    else:
        interval = ratio_interval(numerator, denominator, seed, asked.name, group, estimated=estimated)
    if interval and interval.low == interval.high and asked.entry.unit in ("change", "points"):
        # All customers alike, as all lost: no sample of them can say how sure that is.
        interval = None
    low, high = interval or (None, None)
    if bounds is not None and low is not None and high is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Measured(asked.name, group, stable(numerator.sum() / total), low, high, n)


def _limited(kpi: str, group: str, ratio: Ratio, min_cell: int, *, hidden: bool) -> Measured | None:
    """Return the limit to a rate of which few said yes, or no; None where it is none, or no limit is told."""
    above, below = (part.to_numpy(dtype=float) for part in ratio)
    if not yes_or_no(above, below):
        return None
    hits, n, known = int(above.sum()), int(below.sum()), int(below.sum())
    if hidden:
        # That fewer than min_cell were not asked may be said, hence how many were at least.
        known = len(below) - (min_cell - 1) if len(below) - n < min_cell else 0
    found = limit(hits, n, min_cell, known=known) if known >= min_cell else None
    if found is None:
        return None
    return limited(kpi, group, found, known, min_cell, n=None if hidden else n)


def yes_or_no(numerator: Values, denominator: Values) -> bool:
    """Say whether each customer is a yes, a no or was not asked: then the interval is Wilson's."""
    binary = np.isin(numerator, (0, 1)).all() and np.isin(denominator, (0, 1)).all()
    return bool(binary and (numerator <= denominator).all())


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


def _suppressed(measured: list[Measured], hidden: Hidden) -> list[Measured]:
    """Hide groups, and with them their number and interval."""
    return [
        Measured.hidden(each.kpi, each.group) if covers(hidden, each.group) else each for each in measured
    ]
