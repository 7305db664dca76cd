"""What the selection returns: the decision on each measure, and all that the decisions rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.plain.gaps import Gap
from segnb.plain.tails import Tail
from segnb.segmentation import Feature, Window
from segnb.transform import Transform
from segnb.words import Voice

Rule = Literal["leaks", "missing", "near_constant", "redundant", "dominates"]
RULES: tuple[Rule, ...] = get_args(Rule)
Reason = Literal[Rule, "kept", "tamed", "asked", "required", "identical", "dropped"]


@dataclass(frozen=True)
class Decision:
    """What was decided about one measure, and the number that decided.

    ``missing`` is the share of customers without a value, ``same`` the share of the others with its
    most frequent value; ``correlation`` and ``partner`` name the kept measure that it follows most
    closely (`associations`). The shares are its part in the average squared distance between two
    customers, beside the measures kept: ``share_raw`` in the measures' own units, ``share_scaled`` once
    scaled, ``share`` in the end, with far values drawn in; ``drawn_in`` counts the customers whose value
    that touches. ``outcome`` is the outcome that it nearly equals, with ``leak`` as their association.
    Where it stays as *asked* or *required*, ``rule`` is the one that would have dropped it.
    """

    feature: Feature
    kept: bool
    reason: Reason
    same: float
    share_raw: float
    share_scaled: float
    share: float
    partner: str = ""
    correlation: float | None = None
    drawn_in: int = 0
    missing: float = 0.0
    outcome: str = ""
    leak: float | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Selection(Shown):
    """Which measures carry the segments, and the scale-free map of those.

    ``correlations`` holds the association of each pair of measures that vary among the ``customers``,
    ``themes`` what these measures are about, ``tails`` the skewness of all numbers and ``gaps`` which of
    the kept measures are missing together; ``outcomes`` are what no measure may equal.
    """

    decisions: tuple[Decision, ...]
    customers: int
    window: Window | None
    transform: Transform
    correlations: pd.DataFrame
    max_correlation: float
    max_dominance: float
    themes: tuple[tuple[str, ...], ...] = ()
    tails: tuple[Tail, ...] = ()
    gaps: tuple[Gap, ...] = ()
    min_cell: int = 10
    outcomes: tuple[Feature, ...] = ()
    voice: Voice = field(default_factory=Voice)

    @property
    def kept(self) -> list[str]:
        """Names of the measures kept, in the basis's order."""
        return [each.feature.name for each in self.decisions if each.kept]

    def __getitem__(self, name: str) -> Decision:
        return next(each for each in self.decisions if each.feature.name == name)

    def blocks(self) -> tuple[Block, ...]:
        """Return the tables of decisions, of themes and of tails, and what is missing together."""
        from segnb.plain.show import gap_blocks
        from segnb.selection.findings import decisions, enough
        from segnb.selection.tables import tails_table, themes_table

        labels = {each.feature.name: each.feature.label for each in self.decisions}
        missing = gap_blocks(self.gaps, self.customers, self.min_cell, self.voice, labels=labels, formed=True)
        found = (decisions(self), enough(self), themes_table(self), tails_table(self), *missing)
        return tuple(each for each in found if each is not None)
