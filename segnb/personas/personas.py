"""The result of chapter 04: who the segments are, in claims that carry their evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from segnb.document.blocks import Block, BySegment, Headline, Shown, Table
from segnb.personas.claims import Claim
from segnb.personas.contrast import Contrast
from segnb.personas.rules import Rule
from segnb.personas.tastes import Taste
from segnb.segmentation import Foretold, Window
from segnb.words import Voice


@dataclass(frozen=True)
class Persona:
    """Who one segment is.

    ``who`` says it with two numbers, as in ``11.1 orders a month, $26 an order``; ``portrait`` is a
    sentence. What is ``withheld``, because the segment is too small or does not come back, leaves it a name
    and a size, and nothing else.
    """

    name: str
    size: int
    portrait: str = ""
    who: str = ""
    contrasts: tuple[Contrast, ...] = ()
    claims: tuple[Claim, ...] = ()
    rule: Rule | None = None
    tastes: tuple[Taste, ...] = ()
    withheld: Literal["", "small", "unstable"] = ""

    def contrast(self, measure: str) -> Contrast | None:
        """Return how the segment compares in one measure, where the data hold it."""
        return next((each for each in self.contrasts if each.name == measure), None)


@dataclass(frozen=True)
class Personas(Shown):
    """All segments' personas; none where the data hold no groups (``kind`` is ``none``)."""

    by_segment: dict[str, Persona]
    segments: tuple[str, ...]
    kind: str
    window: Window | None
    min_cell: int
    n_comparisons: int = 0
    voice: Voice = field(default_factory=Voice)
    foretold: Foretold | None = None
    """What the basis predicts, and how many of each segment did so."""

    def __getitem__(self, segment: str) -> Persona:
        return self.by_segment[segment]

    @property
    def names(self) -> dict[str, str]:
        """Each segment's name, by its key."""
        return {key: self.by_segment[key].name for key in self.segments}

    @property
    def described(self) -> tuple[str, ...]:
        """The segments that have a persona."""
        if self.kind == "none":
            return ()
        return tuple(key for key in self.segments if not self.by_segment[key].withheld)

    @property
    def period(self) -> str:
        """The days that the personas are drawn from, in words."""
        if self.window is None:
            return self.voice.say("personas.all_time")
        return self.voice.period(self.window.start, self.window.end)

    @property
    def headline(self) -> Headline:
        """What sets the segments apart, in one computed sentence."""
        from segnb.personas.overview import headline

        return headline(self)

    @property
    def overview(self) -> Table:
        """Each segment's name, size and portrait."""
        from segnb.personas.overview import overview

        return overview(self)

    @property
    def portraits(self) -> BySegment:
        """One sentence for the top of each segment's page."""
        from segnb.personas.pages import portraits

        return portraits(self)

    @property
    def differences(self) -> BySegment:
        """How each segment differs from everyone else, measure by measure."""
        from segnb.personas.pages import differences

        return differences(self)

    @property
    def claims(self) -> BySegment:
        """What can be said of each segment, and on what evidence."""
        from segnb.personas.pages import claims

        return claims(self)

    @property
    def rules(self) -> BySegment:
        """A plain rule for each segment, with its precision and coverage."""
        from segnb.personas.pages import rules

        return rules(self)

    def blocks(self) -> tuple[Block, ...]:
        """Return the table of the segments."""
        return (self.overview,)
