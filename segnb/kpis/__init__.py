"""Chapter 05: what each segment did in the window that formed none of them.

A KPI is a function under `@kpi` in a file of this folder; `measure` gives each one its value and
interval by segment, and the exact sums that add up to everything that came in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segnb.columns import SEGMENT
from segnb.kpis.definition import KPIS, Kpi, Ratio, kpi, mean, rate
from segnb.kpis.results import Kpis

if TYPE_CHECKING:
    from segnb.lifetime.results import LifetimeValue
    from segnb.segmentation import FeatureTable, Segmentation, Windows
    from segnb.tables.opened import Tables

__all__ = ["KPIS", "Kpi", "Kpis", "Ratio", "kpi", "mean", "measure", "rate"]


def measure(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    seed: int = 0,
    min_cell: int = 10,
    kpis: Sequence[str] | None = None,
    lifetime: LifetimeValue | None = None,
    names: Mapping[str, str] | None = None,
    features: FeatureTable | None = None,
    strata: Sequence[str] | None = None,
) -> Kpis:
    """Measure the KPIs of all segments in the window that formed none of them.

    Every customer of a segment counts, with zeros where nothing was bought in that window.

    Parameters
    ----------
    seed
        Seed of the bootstrap; each KPI and segment has draws of its own.
    min_cell
        Fewest customers that a figure may tell of; figures on fewer are None.
    kpis
        Names of the KPIs to measure, in this order; left out, all that the tables allow.
    lifetime
        A forecast of what customers will be worth (`segnb.lifetime.value`): a KPI like the others.
    names
        The segments' names, where they are known already.
    features
        The measures that formed the segments; a KPI that follows one of them is not compared.
    strata
        Columns of the customers' table within which a difference must hold to be a headline; left
        out, all of words or yes/no with 2 to 12 values.

    Raises
    ------
    InputError
        The segmentation is not of these tables' customers.
    ParameterError
        A KPI is unknown, or the tables lack what it needs; a stratum is no column.
    """
    from segnb.kpis.comparison import compare
    from segnb.kpis.customers import customer_book, segment_customers
    from segnb.kpis.gathered.unused import unused_rows
    from segnb.kpis.leakage import find_leaks
    from segnb.kpis.measurement import by_segment, define, find_lead, measure_kpis, offered
    from segnb.kpis.strata import customer_strata, find_reversals
    from segnb.kpis.totals import group_totals

    within = customer_strata(tables, strata)
    book = customer_book(tables, segmentation, windows)
    customers = segment_customers(tables, segmentation, windows, book)
    if lifetime is not None and lifetime.customers is not None:
        forecast = lifetime.columns()
        customers = customers.join(forecast).fillna(dict.fromkeys(forecast, 0.0))
    asked, segments = offered(customers, kpis), segmentation.segments
    ratios = {each.name: by_segment(each, customers) for each in asked}
    found = Kpis(
        definitions=define(asked, segmentation.voice),
        measured=measure_kpis(asked, customers, segments, seed=seed, min_cell=min_cell),
        totals=group_totals(
            book, segments, min_cell=min_cell, measured="measure" if windows.measure else "whole"
        ),
        segments=segments,
        windows=windows,
        min_cell=min_cell,
        unused=unused_rows(tables, windows),
        lead=find_lead(customers, segments, seed=seed, min_cell=min_cell),
        ahead=lifetime.period if lifetime is not None else "",
        names=dict(names or {}),
        voice=segmentation.voice,
        leaks=find_leaks(
            ratios, segmentation, windows, features, {each.name for each in asked if each.entry.looks_back}
        ),
    )
    clear = [(kpi, *pair) for kpi, pairs in compare(found).above.items() for pair in sorted(pairs)]
    # A share of the whole has no value within a group of customers.
    clear = [each for each in clear if not found.definition(each[0]).of_all]
    turned = find_reversals(clear, ratios, customers[SEGMENT], within, min_cell=min_cell)
    return replace(found, reversals=turned)
