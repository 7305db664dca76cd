"""Small cells of a mix: the parts of one whole give each other away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segnb.kpis.asked import Asked
from segnb.kpis.measured import ALL
from segnb.suppression import conceal

Counts = Mapping[str, int]


def hidden_cells(
    counted: Mapping[Asked, Counts], segments: Sequence[str], min_cell: int
) -> set[tuple[str, str]]:
    """Return the cells (KPI, group) of mixes that would tell of fewer than ``min_cell`` customers.

    A part on which 1 to ``min_cell`` - 1 customers stand is hidden. It would be the whole less the
    other parts, so further parts go with it. In the column of all segments it would be that column less the
    others, so there the whole mix is hidden.

    Parameters
    ----------
    counted
        For each part of each mix the customers behind it, by group.
    """
    hidden: set[tuple[str, str]] = set()
    for family in dict.fromkeys(each.entry.name for each in counted):
        parts = {each.name: counts for each, counts in counted.items() if each.entry.name == family}
        found = {(part, segment) for segment in segments for part in _small(parts, segment, min_cell)}
        hidden |= found | ({(part, ALL) for part in parts} if found else set())
    return hidden


def _small(parts: Mapping[str, Counts], group: str, min_cell: int) -> frozenset[str]:
    counts = {part: by_group[group] for part, by_group in parts.items()}
    return conceal(counts, min_cell=min_cell, keep_total=True).groups
