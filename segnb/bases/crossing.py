"""Cells of crossed segments: small ones join the rest of their first segment, by one rule."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pydantic import JsonValue, TypeAdapter

from segnb.words import Voice

BETWEEN = " · "


@dataclass(frozen=True)
class Cells:
    """Which cells stand alone, and what the rest of each first segment is called.

    ``own`` are the cells, as tuples of the parts' segments, ``rest`` the word for all other cells of a
    first segment, and ``others`` for those of first segments that are too small.
    """

    own: tuple[tuple[str, ...], ...]
    rest: dict[str, str]
    others: str

    @property
    def levels(self) -> tuple[str, ...]:
        """The words of all cells, first segment by first segment."""
        firsts = sorted({each[0] for each in self.own} | set(self.rest))
        found = []
        for first in firsts:
            found += [BETWEEN.join(each) for each in self.own if each[0] == first]
            found += [self.rest[first]] if first in self.rest else []
        return (*found, self.others)

    def called(self, pairs: pd.DataFrame) -> pd.Series:
        """Return the word of each customer's cell."""
        own = set(self.own)
        words = [
            BETWEEN.join(row) if row in own else self.rest.get(row[0], self.others)
            for row in pairs.itertuples(index=False, name=None)
        ]
        return pd.Series(words, index=pairs.index, dtype="str")

    def model(self) -> JsonValue:
        """Return the cells as plain JSON."""
        described: JsonValue = _JSON.dump_python(self, mode="json")
        return described


_JSON = TypeAdapter(Cells)


def read_cells(described: JsonValue) -> Cells:
    """Return the cells that plain JSON describes."""
    return _JSON.validate_python(described)


def merged(pairs: pd.DataFrame, *, most: int, smallest: int, voice: Voice) -> Cells:
    """Join cells of fewer than ``smallest`` customers, and the smallest until there are ``most``.

    A small cell joins the rest of its first segment. Where that rest is itself too small, the smallest cell
    beside it joins, too, until it is large enough or all of the first segment is one. First segments of
    fewer customers than ``smallest`` are one group of all others; so are the smallest, where there are too
    many.

    Parameters
    ----------
    pairs
        One row for each customer, one column with the segment's word for each part; nothing missing.
    """
    sizes = pairs.value_counts().rename("n").reset_index()
    sizes = sizes.sort_values(list(pairs.columns), ignore_index=True)
    counts: dict[tuple[str, ...], int] = {
        tuple(row[:-1]): int(row[-1]) for row in sizes.itertuples(index=False, name=None)
    }
    totals = pairs[pairs.columns[0]].value_counts()
    firsts = [each for each in sorted(totals.index) if totals[each] >= smallest]
    own = {
        first: sorted(
            (cell for cell, n in counts.items() if cell[0] == first and n >= smallest),
            key=lambda cell: (-counts[cell], cell),
        )
        for first in firsts
    }

    def left(first: str) -> int:
        return int(totals[first]) - sum(counts[cell] for cell in own[first])

    def settle(first: str) -> None:
        while 0 < left(first) < smallest and own[first]:
            own[first].pop()

    def number() -> int:
        told = sum(len(own[first]) + (left(first) > 0) for first in own)
        return told + (sum(totals) > sum(int(totals[first]) for first in own))

    for first in firsts:
        settle(first)
    while number() > most:
        several = [first for first in own if own[first] and len(own[first]) + (left(first) > 0) > 1]
        if several:
            # Two cells at once where nothing is left yet: one alone would only change its name.
            first = min(several, key=lambda each: (counts[own[each][-1]], each))
            own[first] = own[first][: -2 if left(first) == 0 else -1]
            settle(first)
        else:
            own.pop(min(own, key=lambda each: (int(totals[each]), each)))
    rest = {
        first: voice.say("bases.combination.rest", first=first) if own[first] else first
        for first in own
        if left(first) > 0
    }
    cells = tuple(sorted(cell for found in own.values() for cell in found))
    return Cells(cells, rest, voice.say("bases.combination.others"))
