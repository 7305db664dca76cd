"""What the tournament found: each basis's score, how alike they cut, and which to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from segnb.bases.choice import Candidate
from segnb.document.blocks import Block, Shown
from segnb.segmentation import Windows
from segnb.words import Voice

Judgement = Literal["first", "second", "adds", "same", "repeats", "nothing", "unstable", "unjudged"]
"""``adds``: something to the first, less than the second; ``same``: nearly the first one's groups;
``repeats``: nothing that the first does not explain; ``nothing``: it explains nothing at all."""


@dataclass(frozen=True)
class Explained:
    """A share of held-out variance, with its 95 % interval; below 0 the mean alone predicts better."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Contestant:
    """A basis in the tournament.

    ``reach`` is the share of the customers in a segment of its; ``agreement`` the median adjusted Rand
    index of refits on redrawn samples, None for a rule. ``by_outcome`` is what it explains of each outcome,
    ``explained`` the mean over them, ``random`` and ``quantiles`` what as many groups explain, drawn at
    random and cut by spend while the segments formed; None where that is not known. ``adds`` is what it
    explains beyond the first. ``alike`` is its adjusted Rand index with the first.
    """

    basis: str
    method: str
    n_segments: int
    reach: float
    agreement: float | None
    explained: Explained | None = None
    by_outcome: tuple[Explained, ...] = ()
    random: float | None = None
    quantiles: float | None = None
    adds: Explained | None = None
    alike: float | None = None
    judgement: Judgement = "unjudged"


@dataclass(frozen=True)
class Tournament(Shown):
    """All bases that the tables allow, best first, on the same customers.

    ``overlap`` is the adjusted Rand index of every two bases, over customers who are in a segment of both;
    NaN where fewer than ``min_cell`` are. ``outcomes`` names what was predicted, ``idle`` what could not
    be, since too few customers differ in it. ``passed_over`` are the bases that could not take part.
    """

    contestants: tuple[Contestant, ...]
    overlap: pd.DataFrame
    customers: int
    windows: Windows
    outcomes: tuple[str, ...]
    idle: tuple[str, ...] = ()
    passed_over: tuple[Candidate, ...] = ()
    voice: Voice = field(default_factory=Voice)

    @property
    def recommended(self) -> tuple[str, ...]:
        """The one or two bases to tell, the better one first."""
        return tuple(each.basis for each in self.contestants if each.judgement in ("first", "second"))

    def __getitem__(self, basis: str) -> Contestant:
        return next(each for each in self.contestants if each.basis == basis)

    def blocks(self) -> tuple[Block, ...]:
        """Show the recommendation, the table of all bases, and two charts."""
        from segnb.tournaments.findings import tournament_blocks

        return tournament_blocks(self)
