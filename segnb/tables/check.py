"""What is wrong with a table, as one list of faults: what, where, how many rows, and what to do.

A fault never holds a value of the data, only its shape: ``1.234,56`` is told as ``9.999,99``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from segnb.errors import Fault
from segnb.tables.declare import Data
from segnb.tables.misshapen import check_misshapen, keep_misshapen, listed, numbered
from segnb.tables.roles import Wanted
from segnb.tables.stage import Problem, Stage
from segnb.tables.times import EARLIEST

_UNIQUE = {"customers": "customer_id", "products": "product_id"}


@dataclass(frozen=True)
class Counts:
    """Rows of a staged table, and how many each of its marks touches."""

    rows: int
    problems: tuple[int, ...]
    counters: tuple[int, ...]
    misshapen: int


def count(con: duckdb.DuckDBPyConnection, stage: Stage) -> Counts:
    """Count a staged table's rows and marks."""
    problems = len(stage.problems)
    counters = sum(len(each.counters) for each in stage.casts)
    marks = [*(f"p{place}" for place in range(problems)), *(f"c{place}" for place in range(counters))]
    counted = ", ".join(["count(*)", *(f"count(*) FILTER ({mark})" for mark in marks)])
    rows, *found = con.execute(f"SELECT {counted} FROM {stage.staged}").fetchall()[0]
    misshapen = keep_misshapen(con, stage)
    return Counts(rows, tuple(found[:problems]), tuple(found[problems:]), misshapen)


def check(con: duckdb.DuckDBPyConnection, stage: Stage, counts: Counts, data: Data) -> Iterator[Fault]:
    """Return all faults of a staged table."""
    yield from _empty(stage, counts)
    yield from check_misshapen(con, stage, counts.misshapen, data)
    yield from _mixed_zones(stage, counts)
    if counts.rows:
        yield from _bad_values(con, stage, counts, data)
        yield from _ambiguous_money(con, stage)
        yield from _repeated_ids(con, stage)


def _empty(stage: Stage, counts: Counts) -> Iterator[Fault]:
    if counts.rows + counts.misshapen == 0:
        yield Fault("has a header but no rows", stage.table.shown, remedy="Check the export that wrote it")


def _mixed_zones(stage: Stage, counts: Counts) -> Iterator[Fault]:
    clocks = {wanted: counts.counters[place] for place, wanted in stage.counter("clock")}
    for place, wanted in stage.counter("offset"):
        offsets = counts.counters[place]
        if offsets and clocks[wanted] and stage.table.stored_timezone is None:
            yield Fault(
                f"column {wanted.source!r} holds times with and without an offset",
                stage.table.shown,
                clocks[wanted],
                f"Set data.{stage.table.name}.stored_timezone: for those without",
            )


def _bad_values(con: duckdb.DuckDBPyConnection, stage: Stage, counts: Counts, data: Data) -> Iterator[Fault]:
    refused = [
        (each, rows)
        for each, rows in zip(stage.problems, counts.problems, strict=True)
        if rows and not _tolerated(each, data)
    ]
    if not refused:
        return
    samples = ", ".join(
        f"min(n, 3) FILTER ({each.test}), arg_min({_shape(stage, each.wanted)}, n, 3) FILTER ({each.test})"
        for each, _ in refused
    )
    rows_of_source = numbered(stage, counts.misshapen)
    found = con.execute(f"SELECT {samples} FROM {rows_of_source}").fetchall()[0]
    for place, (each, rows) in enumerate(refused):
        yield _fault(stage, each, rows, found[2 * place], found[2 * place + 1])


def _tolerated(problem: Problem, data: Data) -> bool:
    if problem.reason == "no_time_zone":
        return False
    if problem.reason == "missing" and problem.wanted.column == "customer_id" and data.missing_id == "drop":
        return True
    return data.bad_rows == "quarantine"


def _shape(stage: Stage, wanted: Wanted) -> str:
    column = f"{stage.columns[wanted.source][0]}::VARCHAR"
    digits = f"regexp_replace({column}, '\\p{{N}}', '9', 'g')"
    return f"left(regexp_replace({digits}, '\\p{{L}}', 'a', 'g'), 24)"


def _fault(stage: Stage, problem: Problem, rows: int, places: list[int], shapes: list[str]) -> Fault:
    what, remedy = _WORDS[problem.reason]
    kind = _KINDS.get(problem.wanted.role.kind, "value")
    beyond = f"times before {EARLIEST}" if kind == "time" else "a number that is out of range"
    shown = sorted({shape for shape in shapes or () if shape}) if problem.reason == "unreadable" else []
    like = f", as {' and '.join(repr(each) for each in shown)}" if shown else ""
    if problem.reason == "unreadable":
        remedy = _UNREADABLE.get(problem.wanted.role.kind, remedy)
    return Fault(
        f"column {problem.wanted.source!r} {what.format(kind=kind, kind_out=beyond)}{like}",
        stage.table.shown + (f", {listed('row', places, rows)}" if stage.source.ordered else ""),
        rows,
        remedy,
    )


_KINDS = {
    "id": "id",
    "money": "amount of money",
    "quantity": "number",
    "number": "number",
    "time": "time",
    "yes_no": "yes or no",
    "nps": "score from 0 to 10",
    "csat": "score from 1 to 5",
}
_SET_ASIDE = "or set data.bad_rows: quarantine to set such rows aside, counted"
_WORDS = {
    "missing": ("has no {kind}", f"Complete it at the source, {_SET_ASIDE}"),
    "unreadable": ("holds what is no {kind}", f"Correct it, list it under missing, {_SET_ASIDE}"),
    "not_finite": (
        "holds a number that is infinite or undefined",
        f"Correct it, list its text under missing, {_SET_ASIDE}",
    ),
    "out_of_range": (
        "holds {kind_out}",
        f"Correct it, list it under missing, {_SET_ASIDE}",
    ),
    "nul": ("holds a NUL character", f"Remove it at the source, {_SET_ASIDE}"),
    "no_time_zone": (
        "holds times with an offset",
        "Set data.timezone: to the zone in which the business counts its days",
    ),
}
_UNREADABLE = {
    "money": f"Declare its decimal: and thousands: signs, list it under missing, {_SET_ASIDE}",
    "quantity": f"Declare its decimal: and thousands: signs, list it under missing, {_SET_ASIDE}",
    "number": f"Declare its decimal: and thousands: signs, list it under missing, {_SET_ASIDE}",
    "time": f"Write ISO 8601 (2017-12-31 23:59:00) or declare time_format:, as '%d/%m/%Y', {_SET_ASIDE}",
}


def _ambiguous_money(con: duckdb.DuckDBPyConnection, stage: Stage) -> Iterator[Fault]:
    """Return the fault of text such as ``1.234`` throughout, which may be one or a thousand."""
    table = stage.table
    if stage.as_text is None or table.decimal is not None or table.thousands:
        return
    for place, each in enumerate(stage.casts):
        if each.wanted.role.kind != "money":
            continue
        # The values alone clear nearly every column: they have cents, or are large, or whole.
        suspect = f"max(abs(v{place})) < 1000 AND bool_or(v{place} <> round(v{place}, 2))"
        if not con.execute(f"SELECT {suspect} FROM {stage.staged}").fetchall()[0][0]:
            continue
        written = f"trim({stage.columns[each.wanted.source][0]})"
        parted = f"regexp_full_match({written}, '-?[1-9]\\d{{0,2}}[.]\\d{{3}}')"
        rows, others = con.execute(
            f"SELECT count(*) FILTER ({parted}), count(*) FILTER (contains({written}, '.') AND NOT {parted}) "
            f"FROM {stage.relation}"
        ).fetchall()[0]
        if rows and not others:
            yield Fault(
                f"column {each.wanted.source!r} holds points before three digits and no other, as '9.999': "
                "decimals, or thousands",
                table.shown,
                rows,
                f"Set data.{table.name}.decimal: '.', or decimal: ',' with thousands: '.'",
            )


def _repeated_ids(con: duckdb.DuckDBPyConnection, stage: Stage) -> Iterator[Fault]:
    for place, each in enumerate(stage.casts):
        if each.wanted.column == _UNIQUE.get(stage.table.name):
            query = f"""
                SELECT count(*), sum(rows) FROM (
                    SELECT count(*) AS rows FROM {stage.staged} WHERE v{place} IS NOT NULL
                    GROUP BY v{place} HAVING count(*) > 1)"""
            ids, rows = con.execute(query).fetchall()[0]
            if ids:
                yield Fault(
                    f"column {each.wanted.source!r}: {ids:,} id{'s' * (ids > 1)} with more than one row",
                    stage.table.shown,
                    rows,
                    f"Keep one row for each: {stage.table.name} has one by its meaning",
                )
