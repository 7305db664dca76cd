"""Retention as it is kept and shown: cohorts of all customers, and a curve for each segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from segnb.document.blocks import Block, Cell, Column, Paragraph, Shown, Table, spans
from segnb.kpis.findings import title
from segnb.kpis.measured import Definition, Measured
from segnb.kpis.periods import Period
from segnb.kpis.results import Kpis
from segnb.segmentation import Window, Windows
from segnb.suppression import Limit
from segnb.words import Voice


@dataclass(frozen=True)
class Cohort:
    """All who first ordered in one period, and the share of them who ordered in each later one.

    ``customers`` is None, and ``kept`` empty, where they are fewer than ``min_cell`` or would give away
    such a cohort. Of a share of which too few ordered, or did not, a limit is told; it is None where it would
    give such a number away.
    """

    window: Window
    customers: int | None
    kept: tuple[float | Limit | None, ...]


@dataclass(frozen=True)
class Retention(Shown):
    """Cohorts of all customers by the calendar, and who of each segment ordered after it had formed.

    ``points[segment]`` has the share of all the segment's customers with an order in each of
    ``periods``; none where the segment has fewer than ``min_cell`` customers, and no value where fewer
    ordered, or did not, or where it would give away such a number. ``periods`` are whole,
    and none where the data have no later window. ``outside`` customers of the cohorts are in no
    segment, ``too_new`` first ordered in a period that is not over, ``never`` have not ordered: None
    where they are fewer than ``min_cell``, too.
    """

    cohorts: tuple[Cohort, ...]
    cohort_period: Period
    points: dict[str, tuple[Measured, ...]]
    periods: tuple[Window, ...]
    period: Period
    windows: Windows
    outside: int | None
    too_new: int | None
    never: int | None
    min_cell: int
    names: dict[str, str] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)

    def named(self, names: Mapping[str, str]) -> Retention:
        """Return the same results with the segments' names."""
        return replace(self, names=dict(names))

    def unit(self, number: int) -> str:
        """Return what readers call a period after the first, as ``Month 3``."""
        return self.voice.say(f"kpis.retention.{self.period}", number=self.voice.count(number))

    @property
    def last(self) -> Kpis:
        """The segments in the last period, as a KPI: so that they are compared by the same rules."""
        say = self.voice.say
        number = self.unit(len(self.periods))
        label, more, less, topic = (
            say(f"kpis.retention.{part}", period=self.voice.inside(number), others="{others}")
            for part in ("label", "more", "less", "topic")
        )
        definition = Definition("retention", "share", label, "", "transactions", more, less, topic)
        measured = [
            replace(points[-1], kpi="retention") if points else Measured.hidden("retention", segment)
            for segment, points in self.points.items()
        ]
        return Kpis(
            (definition,),
            tuple(measured),
            (),
            tuple(self.points),
            self.windows,
            self.min_cell,
            names=self.names,
            voice=self.voice,
        )

    @property
    def finding(self) -> str:
        """Who orders more surely than whom in the last period, if anybody clearly does."""
        return title(self.last, "retention")

    def blocks(self) -> tuple[Block, ...]:
        """Show the cohorts, and say who counts in them."""
        say = self.voice.say
        if not self.cohorts:
            return (Paragraph(content=spans(say("kpis.retention.no_cohorts")), role="none"),)
        notes = [say("kpis.retention.who")]
        counts = {"outside": self.outside, "too_new": self.too_new, "never": self.never}
        notes += [say(f"kpis.retention.{key}", count) for key, count in counts.items() if count]
        limit = self.voice.count(self.min_cell)
        notes += [
            say(f"kpis.retention.few_{key}", limit=limit) for key, count in counts.items() if count is None
        ]
        if any(each.customers is None or None in each.kept for each in self.cohorts):
            notes.append(say("kpis.suppressed_note", limit=limit))
        return _cohort_table(self), Paragraph(content=spans(" ".join(notes)), role="note")


def _share(voice: Voice, share: float | Limit | None) -> str:
    if isinstance(share, Limit):
        return voice.limit(*share)
    return "–" if share is None else voice.percent(share)


def _cohort_table(found: Retention) -> Table:
    """Return one row for each cohort that anybody is in, and one column for each later period."""
    say, voice = found.voice.say, found.voice
    shown = [each for each in found.cohorts if each.customers != 0]
    width = max((len(each.kept) for each in shown), default=0)
    labels = [say("kpis.column.customers"), *(f"+{number}" for number in range(1, width + 1))]
    rows = []
    for each in shown:
        small = say("kpis.retention.earlier") if each is found.cohorts[0] else ""
        first = Cell(text=voice.period(each.window.start, each.window.end), small=small)
        size = Cell(text="–" if each.customers is None else voice.count(each.customers))
        kept = [Cell(text=_share(voice, share)) for share in each.kept]
        rows.append((first, size, *kept, *[Cell()] * (width - len(kept))))
    return Table(
        columns=(
            Column(label=say("kpis.retention.first"), header=True),
            *(Column(label=label, align="right") for label in labels),
        ),
        rows=tuple(rows),
        title=say("kpis.retention.title"),
        subtitle=say(f"kpis.retention.subtitle_{found.cohort_period}"),
    )
