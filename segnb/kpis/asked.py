"""What is measured: a KPI, or one level of a KPI that has one for each channel, category or the like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from segnb.kpis.definition import KPIS, WORDS, Kpi
from segnb.kpis.gathered.levels import REST, at, levels_of
from segnb.kpis.measured import Definition
from segnb.words import Voice


@dataclass(frozen=True)
class Asked:
    """A KPI to be measured; ``level`` is None where it has none."""

    entry: Kpi
    name: str
    level: str | None = None

    def of_level(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the customers with what they did at the level under the names that the KPI asks for."""
        if self.level is None:
            return customers
        columns = {each: at(each, self.level) for each in self.entry.needs}
        return customers.assign(
            **{each: customers[column] for each, column in columns.items() if column in customers}
        )

    def definition(self, voice: Voice) -> Definition:
        """Return the KPI's words in the reader's language."""
        entry = self.entry
        said = {part: self._leveled(entry.said(voice, part), part, voice) for part in WORDS}
        return Definition(
            name=self.name,
            unit=entry.unit,
            meaning=entry.summary,
            source=entry.source,
            of_all=entry.of_all,
            theme=entry.theme,
            family=entry.name,
            ahead=entry.ahead,
            chart=entry.chart,
            **said,
        )

    def _leveled(self, text: str, part: str, voice: Voice) -> str:
        if self.level is None:
            return text
        word = voice.say("kpis.rest") if self.level == REST else voice.readable(self.entry.by, self.level)
        word = word if part == "label" else voice.inside(word)
        if part in ("more", "less"):
            # These are formatted once more, and a level is text of the data.
            word = word.replace("{", "{{").replace("}", "}}")
        return text.replace("{level}", word)


def each_level(entries: Iterable[Kpi], customers: pd.DataFrame) -> list[Asked]:
    """Return what is to be measured of these KPIs: each level of those that have levels."""
    found: dict[str, Asked] = {}
    for entry in entries:
        if not entry.by:
            found[entry.name] = Asked(entry, entry.name)
            continue
        leveled = (levels_of(each, customers.columns) for each in entry.needs)
        for place, level in enumerate(next((each for each in leveled if each), ()), start=1):
            name = f"{entry.name}_{_plain(level) or place}"
            name = f"{name}_{place}" if name in found or name in KPIS else name
            found[name] = Asked(entry, name, level)
    return list(found.values())


def held(customers: pd.DataFrame) -> set[str]:
    """Return the columns that a KPI may ask for, those by level under their plain name."""
    return {each.partition(at("", ""))[0] for each in customers.columns}


def _plain(level: str) -> str:
    """Return a level as it may stand in a name: ``frozen_goods`` for ``Frozen goods``."""
    if level == REST:
        return "rest"
    ascii_only = unicodedata.normalize("NFKD", level).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")
