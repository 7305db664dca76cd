"""Whether a difference between segments turns around within groups of customers (Simpson's paradox).

A segment may lie above another only because more of its customers live where everyone buys more.
So a difference is looked at again within each value of what is known of the customers, and with
both segments given the same mix of values (direct standardisation; Rothman, Greenland & Lash, *Modern
Epidemiology*, 3rd ed. 2008, chapter 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from segnb.columns import CUSTOMER, SEGMENT
from segnb.errors import ParameterError
from segnb.intervals import stable
from segnb.kpis.definition import Ratio
from segnb.tables.opened import Tables

MOST_LEVELS = 12
"""Most values of an attribute that is looked within, unless it is asked for by name."""
_LEAST_COVERED = 0.5
"""Share of the customers of either segment whose group must be large enough to be compared in."""


@dataclass(frozen=True)
class Reversal:
    """A difference that turns around within the values of an attribute.

    ``upper`` lies above ``lower`` in ``kpi`` over all customers; in ``against`` of ``strata`` values it
    lies below, and with the same mix of values it differs by ``size``, which is not positive.
    """

    kpi: str
    upper: str
    lower: str
    attribute: str
    against: int
    strata: int
    size: float


def customer_strata(tables: Tables, names: Sequence[str] | None) -> pd.DataFrame:
    """Return the attributes to look within, one row for each customer that has any.

    Parameters
    ----------
    names
        Columns of the customers' table; None takes all of words or yes/no with 2 to 12 values.

    Raises
    ------
    ParameterError
        A name is no column of the customers' table.
    """
    if "customers" not in tables:
        if names:
            raise ParameterError(f"strata names {', '.join(names)}, but no customers' table is declared")
        return pd.DataFrame(index=pd.Index([], name=CUSTOMER))
    table = tables.customers
    declared = [name for name in table.columns if name != CUSTOMER]
    if strangers := sorted(set(names or ()) - set(declared)):
        raise ParameterError(
            f"strata names {', '.join(map(repr, strangers))}, which the customers' table does not hold. "
            f"It holds {', '.join(declared) or 'ids alone'}"
        )
    kinds = table.schema()
    chosen = (
        list(names)
        if names is not None
        else [each for each in declared if kinds[each].is_string() or kinds[each].is_boolean()]
    )
    frame: pd.DataFrame = table.select(CUSTOMER, *chosen).order_by(CUSTOMER).to_pandas()
    frame = frame.set_index(CUSTOMER)
    levels = frame.nunique()
    return frame[[each for each in chosen if levels[each] >= 2 and (names or levels[each] <= MOST_LEVELS)]]


def find_reversals(
    pairs: Iterable[tuple[str, str, str]],
    ratios: Mapping[str, Ratio],
    segments: pd.Series,
    strata: pd.DataFrame,
    *,
    min_cell: int,
) -> tuple[Reversal, ...]:
    """Return which differences turn around, each with the attribute within which it does so most.

    A value counts where both segments hold ``min_cell`` customers of it, and an attribute where half of
    either segment is in such values. A difference has turned around where it is not positive with the
    same mix of values, and is negative in most of them.

    Parameters
    ----------
    pairs
        KPI, higher and lower segment of each difference, those of one KPI together.
    segments
        The segment of each customer, on the index of ``ratios``.
    """
    known = strata.reindex(segments.index)
    found = []
    for kpi, several in groupby(pairs, key=lambda pair: pair[0]):
        cells = [_cells(ratios[kpi], segments, known[attribute]) for attribute in known.columns]
        for _, upper, lower in several:
            turned = [each for cell in cells if (each := _turned(kpi, upper, lower, cell, min_cell))]
            if turned:
                found.append(min(turned, key=lambda each: (each.size, each.attribute)))
    return tuple(found)


@dataclass(frozen=True)
class _Cells:
    """A KPI by value of an attribute (rows) and segment (columns), and how many customers each rests on.

    ``asked`` counts the segments' customers, those without a value among them.
    """

    attribute: str
    values: pd.DataFrame
    counts: pd.DataFrame
    asked: pd.Series


def _cells(ratio: Ratio, segments: pd.Series, attribute: pd.Series) -> _Cells:
    asked = ratio.denominator != 0
    frame = pd.DataFrame(
        {
            "part": ratio.numerator[asked],
            "whole": ratio.denominator[asked],
            "customers": 1,
            "value": attribute[asked].astype("string"),
            SEGMENT: segments[asked],
        }
    )
    sums = frame.groupby(["value", SEGMENT], observed=True).sum()
    values = (sums["part"] / sums["whole"]).unstack()  # noqa: PD010 # a pivot table would add up again
    counts = sums["customers"].unstack(fill_value=0)  # noqa: PD010 # as above
    return _Cells(str(attribute.name), values, counts, frame[SEGMENT].value_counts())


def _turned(kpi: str, upper: str, lower: str, cells: _Cells, min_cell: int) -> Reversal | None:
    pair = [upper, lower]
    if not set(pair) <= set(cells.counts.columns):
        return None
    counts = cells.counts[pair]
    enough = counts[(counts >= min_cell).all(axis=1)]
    if len(enough) < 2 or (enough.sum() / cells.asked[pair]).min() < _LEAST_COVERED:
        return None
    values = cells.values.loc[enough.index]
    gaps, mix = values[upper] - values[lower], enough.sum(axis=1)
    size, against = float((gaps * mix).sum() / mix.sum()), int((gaps < 0).sum())
    if size > 0 or against * 2 <= len(gaps):
        return None
    return Reversal(kpi, upper, lower, cells.attribute, against, len(gaps), stable(size))
