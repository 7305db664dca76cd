"""Which rows of a table are used, and for which reason the others are not: rows in = used + rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from segnb.errors import Fault
from segnb.tables.check import Counts, check, count
from segnb.tables.declare import Data
from segnb.tables.intake import Note, Rejected
from segnb.tables.roles import Transactions
from segnb.tables.sources import text
from segnb.tables.stage import Stage

OWN_TIME = {
    "transactions": "order_time",
    "interactions": "interaction_time",
    "feedback": "feedback_time",
    "campaigns": "contact_time",
}
"""The time by which a row of each table is before or after ``as_of``."""


@dataclass(frozen=True)
class Judged:
    """A staged table with its rows told apart: ``verdict`` is the SQL of a row's reason, or NULL."""

    stage: Stage
    verdict: str
    rows_in: int
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    days: frozenset[str]
    """Columns of times that hold days only."""
    faults: tuple[Fault, ...]

    @property
    def rows_used(self) -> int:
        """Number of rows that are left."""
        return self.rows_in - sum(each.rows for each in self.rejected)


def judge(con: duckdb.DuckDBPyConnection, stage: Stage, data: Data, as_of: date | None) -> Judged:
    """Count what is wrong with a staged table, and decide which rows are left out."""
    counts = count(con, stage)
    reasons = _reasons(stage, counts, as_of)
    rejected = _rejected(con, stage, reasons, counts)
    judged = Judged(
        stage=stage,
        verdict=_verdict(reasons),
        rows_in=counts.rows + counts.misshapen,
        rejected=rejected,
        notes=(*_notes(stage, counts, data), *_odd_times(con, stage, as_of)),
        days=_days(stage, counts),
        faults=tuple(check(con, stage, counts, data)),
    )
    if judged.faults or judged.rows_used:
        return judged
    left = Fault(
        "no row is left", stage.table.shown, remedy="Check as_of and the reasons for which rows went"
    )
    return replace(judged, faults=(left,))


def _reasons(stage: Stage, counts: Counts, as_of: date | None) -> list[tuple[str, str, str]]:
    """Return, in order, the SQL condition, the reason and the column of what leaves a row out."""
    reasons = [
        (each.test, str(each.reason), each.wanted.source)
        for each, rows in zip(stage.problems, counts.problems, strict=True)
        if rows
    ]
    own = OWN_TIME.get(stage.table.name)
    for place, each in enumerate(stage.casts):
        if as_of is not None and each.wanted.column == own:
            reasons.append(
                (f"v{place}::DATE > DATE {text(as_of.isoformat())}", "after_as_of", each.wanted.source)
            )
    if isinstance(stage.table, Transactions) and stage.table.returns == "exclude":
        paid = {f"v{place}": each.wanted for place, each in enumerate(stage.casts)}
        paid = {value: wanted for value, wanted in paid.items() if wanted.column == "amount"}
        total = " + ".join(f"coalesce({value}, 0)" for value in paid)
        reasons.append((f"{total} < 0", "returned", ", ".join(each.source for each in paid.values())))
    return reasons


def _verdict(reasons: list[tuple[str, str, str]]) -> str:
    cases = " ".join(f"WHEN {test} THEN {place}" for place, (test, _, _) in enumerate(reasons))
    return f"CASE {cases} END" if cases else "NULL::INTEGER"


def _rejected(
    con: duckdb.DuckDBPyConnection, stage: Stage, reasons: list[tuple[str, str, str]], counts: Counts
) -> tuple[Rejected, ...]:
    query = f"SELECT {_verdict(reasons)} AS verdict, count(*) FROM {stage.staged} GROUP BY 1 ORDER BY 1"
    found = {place: rows for place, rows in con.execute(query).fetchall() if place is not None}
    rejected = [Rejected(reasons[place][1], reasons[place][2], rows) for place, rows in sorted(found.items())]
    if counts.misshapen:
        rejected.insert(0, Rejected("fields", "", counts.misshapen))
    return tuple(rejected)


def _notes(stage: Stage, counts: Counts, data: Data) -> tuple[Note, ...]:
    table = stage.table
    rounded = sum(counts.counters[place] for place, _ in stage.counter("rounded"))
    converted = sum(
        counts.counters[place]
        for kind in ("offset", "clock")
        for place, wanted in stage.counter(kind)
        if wanted.column == OWN_TIME.get(table.name)
        and (kind == "offset" or table.stored_timezone not in (None, data.timezone))
    )
    return (
        *stage.source.notes,
        Note("converted", table.name, converted, (data.timezone or "",)),
        Note("rounded", table.name, rounded),
        *([Note("not_read", table.name, None, stage.not_read)] if stage.not_read else ()),
    )


def _odd_times(con: duckdb.DuckDBPyConnection, stage: Stage, as_of: date | None) -> Iterator[Note]:
    for place, each in enumerate(stage.casts):
        odd = {}
        if each.wanted.column == OWN_TIME.get(stage.table.name):
            odd["before_1970"] = f"v{place} < TIMESTAMP '1970-01-01'"
        if as_of is not None and each.wanted.column == "response_time":
            odd["late_response"] = f"v{place}::DATE > DATE {text(as_of.isoformat())}"
        for note, test in odd.items():
            query = f"SELECT count(*) FROM {stage.staged} WHERE {test}"
            yield Note(note, stage.table.name, con.execute(query).fetchall()[0][0])


def _days(stage: Stage, counts: Counts) -> frozenset[str]:
    clocks: Counter[str] = Counter()
    for kind in ("offset", "clock"):
        for place, wanted in stage.counter(kind):
            clocks[wanted.column] += counts.counters[place]
    return frozenset(column for column, held in clocks.items() if held == 0)
