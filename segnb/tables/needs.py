"""What is asked of the tables: ``feedback``, ``feedback.nps``, or ``feedback.nps | feedback.csat``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Holds = Callable[[str, str], bool]
"""Says whether a table (first) is there and, unless empty, its column (second)."""


def unmet(needs: Sequence[str], holds: Holds) -> list[str]:
    """Return what is asked for and not there, in words: ``the column nps of the table feedback``."""
    return [
        " or ".join(_said(one) for one in _either(need))
        for need in needs
        if not any(holds(*_parts(one)) for one in _either(need))
    ]


def _either(need: str) -> list[str]:
    return [one.strip() for one in need.split("|")]


def _parts(one: str) -> tuple[str, str]:
    table, _, column = one.partition(".")
    return table, column


def _said(one: str) -> str:
    table, column = _parts(one)
    return f"the column {column} of the table {table}" if column else f"the table {table}"
