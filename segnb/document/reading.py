"""What every writer of blocks must agree on: evidence numbers, heading levels, safe links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from segnb.document.blocks import Cell, Column, Evidence, Figure, Grid, Table
from segnb.words import Voice

Keep = Callable[[Figure], str]
"""Keeps a picture as a file and returns its name, or nothing where it is no picture."""

_WEB = re.compile(r"(?:https?://|mailto:)[^\s<>\"'\\]+")


def evidence_table(numbers: Mapping[Evidence, int], voice: Voice, subject: str = "") -> Table:
    """Return the table that the numbers in the text point to.

    Parameters
    ----------
    numbers
        The number of each piece of evidence.
    voice
        The reader's language.
    subject
        Whose values these are: a segment's name.
    """
    labels = ("number", "measure", "value", "compared", "customers", "source")
    number, measure, value, compared, customers, source = (
        voice.say(f"document.evidence.{label}") for label in labels
    )
    columns = (
        Column(label=number, header=True),
        Column(label=measure),
        Column(label=subject or value, align="right"),
        Column(label=compared, align="right"),
        Column(label=customers, align="right"),
        Column(label=source),
    )
    rows = tuple(
        (
            Cell(text=str(place)),
            Cell(text=each.measure),
            Cell(text=each.value),
            Cell(text=each.compared, small=each.compared_with),
            Cell(text="–" if each.n is None else voice.count(each.n)),
            Cell(text=each.source),
        )
        for each, place in numbers.items()
    )
    return Table(columns=columns, rows=rows, title=voice.say("document.evidence.title"))


class Levels:
    """Heading levels that never skip one, as screen readers and PDF/UA want.

    Parameters
    ----------
    top
        The level of the heading above: 2 within a chapter.
    """

    def __init__(self, top: int) -> None:
        self._top = self._last = top

    def place(self, level: int = 3) -> int:
        """Return the level at which a heading that asks for ``level`` stands."""
        wanted = self._top + max(1, level - 2)
        self._last = min(wanted, self._last + 1)
        return self._last


def safe_link(href: str | None, own: frozenset[str] = frozenset()) -> str:
    """Return a link to the web, to a mailbox or to one of the report's ``own`` places; else nothing."""
    if href and (_WEB.fullmatch(href) or href in own):
        return href
    return ""


def is_multiples(grid: Grid) -> bool:
    """Say whether a grid is a series of charts, which may break into rows as the page allows."""
    return not grid.ratio and all(
        len(column) == 1 and isinstance(column[0], Figure) for column in grid.columns
    )
