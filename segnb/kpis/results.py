"""Results of all segments: KPIs with intervals, totals that add up, and how both show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from segnb.document.blocks import Block, Headline, Paragraph, Shown, Table, spans
from segnb.kpis import findings, show
from segnb.kpis.cautions import warnings
from segnb.kpis.comparison import compare
from segnb.kpis.leakage import Leak
from segnb.kpis.measured import ALL, Definition, GroupTotals, Lead, Measured, Span, Unused
from segnb.kpis.strata import Reversal
from segnb.segmentation import Windows
from segnb.words import Voice


@dataclass(frozen=True)
class Kpis(Shown):
    """Results of all segments in the window that formed none of them.

    ``kpis["revenue_per_customer", "s1"]`` is one value with its interval. ``windows.measure`` is None
    where the data hold no later time: results are then by construction. ``leaks`` are the KPIs that
    forming the segments made different, ``reversals`` the differences that turn around within groups.
    """

    definitions: tuple[Definition, ...]
    measured: tuple[Measured, ...]
    totals: tuple[GroupTotals, ...]
    segments: tuple[str, ...]
    windows: Windows
    min_cell: int
    lead: Lead | None = None
    ahead: str = ""
    """The days that forecasts are for, in words."""
    unused: tuple[Unused, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)
    leaks: tuple[Leak, ...] = ()
    reversals: tuple[Reversal, ...] = ()

    def __getitem__(self, key: tuple[str, str]) -> Measured:
        kpi, group = key
        for each in self.measured:
            if (each.kpi, each.group) == (kpi, group):
                return each
        raise KeyError(key)

    def __contains__(self, kpi: object) -> bool:
        return any(each.name == kpi for each in self.definitions)

    def definition(self, kpi: str) -> Definition:
        """Return a KPI's words and unit."""
        for each in self.definitions:
            if each.name == kpi:
                return each
        raise KeyError(kpi)

    def named(self, names: Mapping[str, str]) -> Kpis:
        """Return the same results with the segments' names, as the personas found them."""
        return replace(self, names=dict(names))

    def name(self, segment: str) -> str:
        """Return a segment's name, or ``Segment 2`` as long as it has none."""
        if segment in self.names:
            return self.names[segment]
        return self.voice.say("kpis.segment", number=str(self.segments.index(segment) + 1))

    def revenue(self, segment: str) -> float | None:
        """Return what a segment spent on the days that are measured; None where the sum is hidden."""
        amount = next(each.takes[self.span].amount for each in self.totals if each.group == segment)
        return None if amount is None else float(amount)

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each KPI and group; ``kind`` says whether it has a figure, a limit to it, or none."""
        columns = ["kpi", "group", "kind", "value", "low", "high", "limit", "n"]
        rows = [[getattr(each, column) for column in columns] for each in self.measured]
        return pd.DataFrame(rows, columns=columns)

    def by_construction(self, kpi: str) -> bool:
        """Whether forming the segments made the differences in a KPI."""
        return any(each.kpi == kpi for each in self.leaks)

    def ranking(self, kpi: str) -> tuple[str, ...]:
        """Return the segments that have a value, the highest first, each drawn in towards the mean of all."""
        found = {each: self[kpi, each] for each in self.segments}
        keys = {
            each: -(measured.value if measured.pooled is None else measured.pooled)
            for each, measured in found.items()
            if measured.value is not None
        }
        return tuple(sorted(keys, key=lambda each: keys[each]))

    @property
    def order(self) -> tuple[str, ...]:
        """The segments as readers meet them: the largest revenue first; without revenue, as they are."""
        if "revenue_share" not in self:
            return self.segments
        shares = {each: self["revenue_share", each].value or 0.0 for each in self.segments}
        return tuple(sorted(self.segments, key=lambda each: -shares[each]))

    @property
    def period(self) -> str:
        """The days that the KPIs are measured on, in words."""
        window = self.windows.measure or self.windows.form
        return self.voice.period(window.start, window.end) if window else self.voice.say("kpis.all_time")

    def period_of(self, definition: Definition) -> str:
        """Return the days that one KPI tells of, in words: those measured, or those that are forecast."""
        return self.ahead if definition.ahead else self.period

    @property
    def span(self) -> Span:
        """The part of the totals that the KPIs are measured on."""
        return "measure" if self.windows.measure else "whole"

    @property
    def n_intervals(self) -> int:
        """How many intervals are shown, those of all segments together not counted."""
        return sum(each.low is not None for each in self.measured if each.group != ALL and not each.bound)

    @property
    def headline(self) -> Headline:
        """How the segments differ in what they spend; else who brings the revenue."""
        return findings.headline(self)

    @property
    def leading(self) -> Headline:
        """Who brings the revenue, in one computed sentence."""
        return findings.leading(self)

    @property
    def totals_table(self) -> Table:
        """Segments and those left out: their sums add up to everything that came in."""
        return show.totals_table(self)

    def blocks(self) -> tuple[Block, ...]:
        """Show the KPIs by segment, and say how they were arrived at."""
        pairs = compare(self).number
        parts = [self.voice.say("kpis.how.intervals", self.n_intervals)]
        if pairs:
            parts.append(self.voice.say("kpis.how.compared", pairs))
        how = Paragraph(content=spans(" ".join(parts)), role="note")
        return *show.kpi_tables(self), how, *warnings(self).blocks()
