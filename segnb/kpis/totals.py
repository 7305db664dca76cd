"""Sums that add up: segments, those left out, and everyone, in both windows and beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from segnb.columns import SEGMENT, UNASSIGNED
from segnb.kpis.measured import TOTAL, GroupTotals, Span, Take
from segnb.suppression import conceal

SEVERAL = f"{UNASSIGNED}: several reasons"
"""Group of those left out for reasons too rare to be told apart."""

_SPANS: tuple[Span, ...] = get_args(Span)
_PARTS: tuple[Span, ...] = ("form", "measure", "outside")
"""The spans that add up to the whole."""
_SUMMED = {"buyers": "orders", "spenders": "amount"}
"""What is summed, by the set of customers that the sum tells of."""

_Cell = tuple[str, str, Span]
"""A group, a set of its customers, and a span."""


@dataclass(frozen=True)
class _Sums:
    """All sums of a group, the counts of those whom they tell of among them, none hidden yet."""

    group: str
    customers: int = 0
    sums: dict[tuple[str, Span], Any] = field(default_factory=dict)

    def few(self, what: str, span: Span, min_cell: int) -> bool:
        """Say whether a sum tells of someone, and of too few."""
        return bool(0 < self.sums.get((what, span), 0) < min_cell)


def group_totals(
    book: pa.Table, segments: Sequence[str], *, min_cell: int, measured: Span = "whole"
) -> tuple[GroupTotals, ...]:
    """Return the sums of each segment, of those left out by reason, and of everyone.

    Parameters
    ----------
    book
        What `customers.customer_book` returns; its amounts are DECIMAL, so the sums are exact.
    measured
        The span that the KPIs tell of, too.
    """
    found = _sums(book)
    rows = [found.pop(segment, _Sums(segment)) for segment in segments]
    left_out = [found[group] for group in sorted(found)]
    if len(left_out) > 1 and not all(_tells_of_enough(each, min_cell) for each in left_out):
        left_out = [replace(reduce(_added, left_out), group=SEVERAL)]
    total = replace(reduce(_added, [*rows, *left_out], _Sums("")), group=TOTAL)
    hidden = _hidden(rows, left_out, min_cell, measured)
    told = [_shown(each, hidden) for each in (*rows, *left_out, total)]
    return tuple(replace(each, left_out=each.group.startswith(UNASSIGNED)) for each in told)


def _sums(book: pa.Table) -> dict[str, _Sums]:
    """Return the exact sums of each group that the book names."""
    summed: list[tuple[str, str]] = []
    for span in (each for each in _SPANS if f"orders_{each}" in book.column_names):
        for set_, what in _SUMMED.items():
            some = pc.not_equal(pc.fill_null(book[f"{what}_{span}"], 0), 0)
            book = book.append_column(f"{set_}_{span}", some.cast(pa.int64()))
            summed += [(f"{set_}_{span}", "sum"), (f"{what}_{span}", "sum")]
    grouped = book.group_by(SEGMENT).aggregate([(SEGMENT, "count"), *summed])
    columns = (*_SUMMED, *_SUMMED.values())
    return {
        row[SEGMENT]: _Sums(
            row[SEGMENT],
            row[f"{SEGMENT}_count"],
            {(what, span): row.get(f"{what}_{span}_sum") or 0 for what in columns for span in _SPANS},
        )
        for row in grouped.to_pylist()
    }


def _added(one: _Sums, other: _Sums) -> _Sums:
    """Return two groups as one, under the name of the first."""
    sums = {key: one.sums.get(key, 0) + other.sums.get(key, 0) for key in {**one.sums, **other.sums}}
    return _Sums(one.group, one.customers + other.customers, sums)


def _tells_of_enough(row: _Sums, min_cell: int) -> bool:
    """Say whether each sum of a group rests on no customer, or on enough of them."""
    few = (row.few(what, span, min_cell) for what in _SUMMED for span in _SPANS)
    return not 0 < row.customers < min_cell and not any(few)


def _hidden(rows: list[_Sums], left_out: list[_Sums], min_cell: int, measured: Span) -> set[_Cell]:
    """Return the sums that tell of too few, and those that would give them away.

    In the span that the KPIs tell of, segments are hidden as they are there. What those left out
    did in it is then everyone's less the segments', so everyone's is hidden, in all parts of the whole.
    Beyond it a segment can be hidden beside those left out, and the total stays.
    """
    few = conceal({row.group: row.customers for row in rows}, min_cell=min_cell, keep_total=True)
    hidden = {(group, what, span) for group in few.groups for what in ("", *_SUMMED) for span in _SPANS}
    others = tuple(span for span in _SPANS if span != measured)
    for what in _SUMMED:
        for span in _SPANS:
            among, spans = (rows, (span, "whole")) if span == measured else ([*rows, *left_out], others)
            counts = {row.group: int(row.sums.get((what, span), 0)) for row in among}
            found = conceal(counts, min_cell=min_cell, keep_total=True)
            groups = found.groups | ({TOTAL} if found.total else set())
            hidden |= {(group, what, each) for group in groups for each in spans}
    for row in left_out:
        if 0 < row.customers < min_cell:
            hidden |= {(group, "", span) for group in (row.group, TOTAL) for span in _SPANS}
        if any(row.few(what, measured, min_cell) for what in _SUMMED):
            spans = (*_PARTS, measured)
            hidden |= {
                (group, what, span) for group in (row.group, TOTAL) for what in _SUMMED for span in spans
            }
    return hidden


def _shown(row: _Sums, hidden: set[_Cell]) -> GroupTotals:
    """Return a group's sums without the hidden ones."""

    def seen(sum_: str, set_: str, span: Span) -> Any:
        return None if (row.group, set_, span) in hidden else row.sums.get((sum_, span), 0)

    takes = {}
    for span in _SPANS:
        amount = seen("amount", "spenders", span)
        takes[span] = Take(
            orders=seen("orders", "buyers", span),
            amount=None if amount is None else Decimal(amount),
        )
    return GroupTotals(row.group, None if (row.group, "", "whole") in hidden else row.customers, takes)
