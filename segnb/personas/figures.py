"""A segment's figures by name: what the playbook's conditions and sentences may speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from segnb.kpis.definition import KPIS
from segnb.kpis.results import Kpis
from segnb.personas.contrast import Contrast
from segnb.personas.estimates import Estimate
from segnb.personas.later import later_source
from segnb.personas.personas import Persona
from segnb.personas.tastes import favourite, gap
from segnb.segmentation import Segmentation
from segnb.words.catalogue import template

Figure = Contrast | str
"""What a condition may ask for: a measure against everyone else, or a word as ``trust`` is."""
LATER = "later_"
"""Before a KPI's name: its value in the later window, where a measure of the form window shares the name."""
SPECIAL = ("segment", "trust", "top_category", "top_category_spend", "gap_category", "gap_category_bought")
SHARES = ("customer_share", "revenue_share")


def figures(
    segment: str, persona: Persona, later: Iterable[Contrast], kpis: Kpis, segmentation: Segmentation
) -> dict[str, Figure]:
    """Return a segment's figures: measures, KPIs, tastes, shares and trust.

    A KPI goes by its own name, and by that with ``later_`` before it; where a measure of the form
    window has the same name, the plain name is the measure's.
    """
    found: dict[str, Figure] = {"segment": segment, "trust": segmentation.passports[segment].grade}
    for contrast in later:
        found[contrast.name] = found[LATER + contrast.name] = contrast
    found |= {name: share for name in SHARES if (share := _share(kpis, name, segment))}
    found |= {contrast.name: contrast for contrast in persona.contrasts}
    liked, missed = favourite(persona.tastes), gap(persona.tastes)
    if liked:
        found |= {"top_category": liked.category, "top_category_spend": liked.spend}
    if missed and missed.bought:
        found |= {"gap_category": missed.category, "gap_category_bought": missed.bought}
    return found


class Known(frozenset[str]):
    """Names of figures; the levels of a KPI by level are other ones in other data, so any will do."""

    def __contains__(self, name: object) -> bool:
        families = tuple(f"{each.name}_" for each in KPIS.values() if each.by)
        return super().__contains__(name) or str(name).removeprefix(LATER).startswith(families)


def known(by_segment: Mapping[str, Mapping[str, Figure]]) -> Known:
    """Return every figure that a rule may name: those of this data, and those of other data."""
    kpis = {each.name for each in KPIS.values() if not each.by}
    prefix = "personas.measure."
    worded = {key.split(".")[2] for key in template() if key.startswith(prefix)}
    here = {name for found in by_segment.values() for name in found}
    return Known({*here, *worded, *kpis, *(LATER + name for name in kpis), *SPECIAL})


def _share(kpis: Kpis, name: str, segment: str) -> Contrast | None:
    """Return a segment's share of a whole, beside what is left of the whole."""
    if name not in kpis:
        return None
    measured, definition = kpis[name, segment], kpis.definition(name)
    if measured.value is None or measured.n is None:
        return None
    ours = Estimate(measured.value, measured.n, measured.low, measured.high)
    others = Estimate(1 - ours.value, ours.n)
    if ours.low is not None and ours.high is not None:
        others = replace(others, low=1 - ours.high, high=1 - ours.low)
    source = later_source(kpis, definition)
    return Contrast(name, definition.label, definition.unit, "ratio", ours, others, source)
