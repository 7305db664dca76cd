"""The later window: each KPI of a segment beside everyone else's."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from segnb.columns import SEGMENT
from segnb.intervals import wilson
from segnb.kpis.customers import customer_book, segment_customers
from segnb.kpis.definition import Ratio
from segnb.kpis.measured import ALL, Definition, Measured
from segnb.kpis.measurement import offered, parts, yes_or_no
from segnb.kpis.results import Kpis
from segnb.personas.contrast import Contrast, correct
from segnb.personas.estimates import Estimate, rate, ratio_of
from segnb.segmentation import Segmentation
from segnb.tables.opened import Tables


def later_contrasts(
    kpis: Kpis, segmentation: Segmentation, tables: Tables
) -> dict[str, tuple[Contrast, ...]]:
    """Compare every KPI of every segment with the customers of all other segments.

    The segment's own value and interval are those of ``kpis``. A share of the whole has no
    counterpart in everyone else, and is left out, as is what is forecast.
    """
    book = customer_book(tables, segmentation, kpis.windows)
    customers = segment_customers(tables, segmentation, kpis.windows, book)
    asked = {each.name: each for each in offered(customers)}
    compared = [each for each in kpis.definitions if not each.of_all and not each.ahead]
    others = {segment: customers[customers[SEGMENT] != segment] for segment in kpis.segments}
    found = {
        segment: [
            contrast
            for each in compared
            if (contrast := _contrast(kpis, each, parts(asked[each.name], others[segment]), segment))
        ]
        for segment in kpis.segments
    }
    return correct(found)


def later_source(kpis: Kpis, definition: Definition) -> str:
    """Say which table a KPI rests on, and which days."""
    table = kpis.voice.table(definition.source)
    return kpis.voice.say("personas.source.later", table=table, period=kpis.period)


def _contrast(kpis: Kpis, definition: Definition, theirs: Ratio, segment: str) -> Contrast | None:
    ours = kpis[definition.name, segment]
    # Where the whole is hidden, everyone else's value would give it away.
    if kpis[definition.name, ALL].value is None:
        return None
    above, below = (part.to_numpy(dtype=float) for part in theirs)
    asked = int(np.count_nonzero(below))
    if ours.told is None or asked < kpis.min_cell:
        return None
    binary = definition.unit == "share" and yes_or_no(above, below)
    others: Estimate | None
    if ours.bound:
        others = _beside_a_limit(asked, ours, kpis)
    else:
        others = rate(int(above.sum()), asked) if binary else ratio_of(above, below)
    if others is None:
        return None
    if None in (ours.n, kpis[definition.name, ALL].n):
        others = replace(others, n=None)
    return Contrast(
        name=definition.name,
        label=definition.label,
        unit=definition.unit,
        statistic="rate" if binary else "mean",
        ours=Estimate(ours.told, ours.n, ours.low, ours.high, bound=ours.bound),
        others=others,
        source=later_source(kpis, definition),
        used=kpis.by_construction(definition.name),
    )


def _beside_a_limit(asked: int, ours: Measured, kpis: Kpis) -> Estimate | None:
    """Return the limit to everyone else's rate that any of the few who are not told of allows.

    All customers' figure is known, so everyone else's own would give the few away. None where the limit says
    nothing, or where it is not known how many were asked.
    """
    everyone = kpis[ours.kpi, ALL]
    if ours.n is None or everyone.n is None or everyone.value is None:
        return None
    yes = round(everyone.value * everyone.n)
    # Of all who gave the rarer answer, none to ``min_cell`` - 1 are in the segment.
    most = yes if ours.bound < 0 else everyone.n - yes
    least = most - (kpis.min_cell - 1)
    if least <= 0 or most > asked:
        return None
    low, high = wilson(least, asked).low, wilson(most, asked).high
    if ours.bound < 0:
        return Estimate(math.floor(100 * least / asked) / 100, asked, low, high, bound=1)
    return Estimate(math.ceil(100 * (asked - least) / asked) / 100, asked, 1 - high, 1 - low, bound=-1)
