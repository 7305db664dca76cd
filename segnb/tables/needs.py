"""What is asked of the tables: ``feedback``, ``feedback.nps``, or ``feedback.nps | feedback.csat``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

Holds = Callable[[str, str], bool]
"""Says whether a table (first) is there and, unless empty, its column (second)."""


def _said(table: str, column: str) -> str:
    return f"the column {column} of the table {table}" if column else f"the table {table}"


def _or(first: str, second: str) -> str:
    return f"{first} or {second}"


def unmet(
    needs: Sequence[str],
    holds: Holds,
    *,
    said: Callable[[str, str], str] = _said,
    either: Callable[[str, str], str] = _or,
) -> list[str]:
    """Return what is asked for and not there, in words: ``the column nps of the table feedback``.

    ``said`` names a table or column, ``either`` joins two of which one is enough; both are English at first.
    """
    return [
        reduce(either, (said(*_parts(one)) for one in _either(need)))
        for need in needs
        if not any(holds(*_parts(one)) for one in _either(need))
    ]


def unmet_together(needs: Mapping[str, Sequence[str]], holds: Holds) -> str:
    """Return what would help, and whom: ``the table feedback (for satisfaction); ...``.

    Parameters
    ----------
    needs
        What each one asks for, by its name.
    """
    wanted: dict[str, list[str]] = {}
    for name, asked in needs.items():
        if lacks := unmet(asked, holds):
            wanted.setdefault(" and ".join(lacks), []).append(name)
    return "; ".join(f"{lacks} (for {', '.join(names)})" for lacks, names in wanted.items())


def answering(needs: Sequence[str], holds: Holds) -> tuple[str, ...]:
    """Return the tables that answer what is asked for: of several that would do, all that are there."""
    parts = (_parts(one) for need in needs for one in _either(need))
    return tuple(dict.fromkeys(table for table, column in parts if holds(table, column)))


def _either(need: str) -> list[str]:
    return [one.strip() for one in need.split("|")]


def _parts(one: str) -> tuple[str, str]:
    table, _, column = one.partition(".")
    return table, column
