"""What a KPI is: a ratio of two sums over customers, from which value and interval follow.

A mean is a ratio to the number of customers, a rate one of yes to asked, a share one to the whole;
so a KPI is one line of arithmetic, and all of them are measured, suppressed and drawn alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from segnb.registry import Entry, Registry
from segnb.segmentation import Unit
from segnb.words import Voice


class Ratio(NamedTuple):
    """One numerator and one denominator for each customer; a KPI is sum over sum."""

    numerator: pd.Series
    denominator: pd.Series


def mean(values: pd.Series) -> Ratio:
    """Return the mean over all customers of the segment, those who did nothing included."""
    return Ratio(values, pd.Series(1.0, index=values.index))


def rate(yes: pd.Series, among: pd.Series | None = None) -> Ratio:
    """Return how many said yes, out of all or out of those who were asked."""
    asked = pd.Series(True, index=yes.index) if among is None else among.astype(bool)
    return Ratio((yes.astype(bool) & asked).astype(float), asked.astype(float))


Theme = Literal["size", "money", "behaviour", "loyalty", "response", "satisfaction", "mix", "further"]
"""What a KPI tells of: the headings under which they stand."""


@dataclass(frozen=True)
class Kpi(Entry):
    """A registered KPI: its unit, its words, and the columns without which it is not offered.

    Its function gets the customers of one group, a segment or several, one row each.

    ``more`` and ``less`` complete a chart's title after the segments' names, as ``spend more than
    {others}``, and ``topic`` one that finds no clear difference in it; without them a title names
    the measure. ``empty`` says why there may be no value, as ``nobody was reached``. ``place`` orders
    the KPIs, and ``theme`` is the heading above them. ``chart`` says whether it is worth a chart.

    With ``of_all`` the function gets the customers of all segments, and the denominator is summed over
    all of them, whichever is measured: a segment's share of a whole. With ``by`` there is one KPI for
    each level of a column of the tables, as one for each channel: the function then finds what it
    needs of one level under the plain name, and ``{level}`` in its words is the level. Levels that
    ``add_up`` are the parts of one whole. ``bounds`` are values that no interval may leave.

    ``estimated`` is how the columns begin that hold what the uncertain parameters of a model do to it: those
    of `segnb.intervals.Estimated`. A KPI
    that lies ``ahead`` is forecast, not measured in the window; one that ``looks_back`` sets the window
    against the days before it, which formed the segments. ``tells`` names columns of which it can be worked
    out who has anything in them, beside numerator and denominator: they are hidden together.
    """

    unit: Unit
    label: str
    source: str = "transactions"
    needs: tuple[str, ...] = ()
    more: str = ""
    less: str = ""
    topic: str = ""
    empty: str = ""
    theme: Theme = "further"
    of_all: bool = False
    by: str = ""
    add_up: bool = False
    bounds: tuple[float, float] | None = None
    estimated: str = ""
    ahead: bool = False
    looks_back: bool = False
    tells: tuple[str, ...] = ()
    chart: bool = True
    place: int = 1000

    def said(self, voice: Voice, part: str) -> str:
        """Return one of ``WORDS`` in the reader's language, else in English."""
        return voice.word(f"kpis.{self.name}.{part}", getattr(self, part))


WORDS = ("label", "more", "less", "topic", "empty")
"""The words that a KPI carries."""

KPIS = Registry("KPI", Kpi, "segnb.kpis")
"""All KPIs, those of an analyst's own file in this folder included."""

kpi = KPIS.register
