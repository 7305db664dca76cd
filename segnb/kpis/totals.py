"""Sums that add up: segments, those left out, and everyone, in both windows and beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from segnb.columns import SEGMENT, UNASSIGNED
from segnb.kpis.measured import TOTAL, GroupTotals, Span, Take

SEVERAL = f"{UNASSIGNED}: several reasons"
"""Group of those left out for reasons too rare to be told apart."""

_SPANS: tuple[Span, ...] = get_args(Span)
_NOTHING = Take(0, 0, Decimal(0))
_HIDDEN = Take(None, None, None)


def group_totals(book: pa.Table, segments: Sequence[str], *, min_cell: int) -> tuple[GroupTotals, ...]:
    """Return the sums of each segment, of those left out by reason, and of everyone.

    Parameters
    ----------
    book
        What `customers.customer_book` returns; its amounts are DECIMAL, so the sums are exact.
    """
    found = _sums(book)
    empty = GroupTotals("", 0, dict.fromkeys(_SPANS, _NOTHING))
    rows = [found.pop(segment, replace(empty, group=segment)) for segment in segments]
    left_out = [replace(found[group], left_out=True) for group in sorted(found)]
    if len(left_out) > 1 and not all(_tells_of_enough([each], min_cell) for each in left_out):
        left_out = [replace(reduce(_added, left_out), group=SEVERAL)]
    total = replace(reduce(_added, [*rows, *left_out], empty), group=TOTAL, left_out=False)
    return (*_hidden([*rows, *left_out], min_cell), total)


def _sums(book: pa.Table) -> dict[str, GroupTotals]:
    """Return the exact sums of each group that the book names."""
    summed: list[tuple[str, str]] = []
    for span in (each for each in _SPANS if f"orders_{each}" in book.column_names):
        bought = pc.greater(pc.fill_null(book[f"orders_{span}"], 0), 0)
        book = book.append_column(f"buyers_{span}", bought.cast(pa.int64()))
        summed += [(f"{what}_{span}", "sum") for what in ("buyers", "orders", "amount")]
    grouped = book.group_by(SEGMENT).aggregate([(SEGMENT, "count"), *summed])
    return {row[SEGMENT]: _group(row) for row in grouped.to_pylist()}


def _group(row: Mapping[str, Any]) -> GroupTotals:
    takes = {
        span: Take(
            buyers=row.get(f"buyers_{span}_sum") or 0,
            orders=row.get(f"orders_{span}_sum") or 0,
            amount=row.get(f"amount_{span}_sum") or Decimal(0),
        )
        for span in _SPANS
    }
    return GroupTotals(row[SEGMENT], row[f"{SEGMENT}_count"], takes)


def _added(one: GroupTotals, other: GroupTotals) -> GroupTotals:
    """Return two groups as one, under the name of the first."""
    takes = {
        span: Take(
            buyers=(one.takes[span].buyers or 0) + (other.takes[span].buyers or 0),
            orders=(one.takes[span].orders or 0) + (other.takes[span].orders or 0),
            amount=(one.takes[span].amount or Decimal(0)) + (other.takes[span].amount or Decimal(0)),
        )
        for span in _SPANS
    }
    return replace(one, customers=(one.customers or 0) + (other.customers or 0), takes=takes)


def _hidden(rows: list[GroupTotals], min_cell: int) -> list[GroupTotals]:
    """Hide groups that tell of fewer than ``min_cell`` customers, and others with them.

    One hidden row would be the total less the rest, so rows are added, smallest first, until the
    hidden ones together tell of ``min_cell`` customers wherever they tell of any.
    """
    hidden = [row for row in rows if not _tells_of_enough([row], min_cell)]
    waiting = [row for row in rows if row not in hidden]
    waiting.sort(key=lambda row: (row.customers or 0, row.group))
    while hidden and waiting and not _tells_of_enough(hidden, min_cell):
        hidden.append(waiting.pop(0))
    blank = dict.fromkeys(_SPANS, _HIDDEN)
    return [replace(row, customers=None, takes=blank) if row in hidden else row for row in rows]


def _tells_of_enough(rows: Sequence[GroupTotals], min_cell: int) -> bool:
    """Say whether each sum over these rows rests on no customer, or on enough of them."""
    counts = [sum(row.customers or 0 for row in rows)]
    counts += [sum(row.takes[span].buyers or 0 for row in rows) for span in _SPANS]
    return all(count == 0 or count >= min_cell for count in counts)
