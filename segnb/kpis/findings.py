"""What may be said of the KPIs: a sentence is written only where its comparison holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from segnb.document.blocks import Headline, Spans, spans
from segnb.kpis.comparison import compare, difference
from segnb.kpis.measured import TOTAL

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis
    from segnb.segmentation import Unit
    from segnb.words import Voice

_VALUE = "revenue_per_customer"
_MATERIAL = 0.1
"""Share of the revenue from which on those left out belong into the headline itself."""


@dataclass(frozen=True)
class Apart:
    """Segments that clearly lie above others; with ``more`` False, below."""

    segments: tuple[str, ...]
    than: tuple[str, ...]
    more: bool


def apart(kpis: Kpis, kpi: str) -> Apart | None:
    """Return the most that may be said of how segments differ in a KPI.

    Where each segment of one group clearly differs from each of all others, the smaller group
    differs from the rest; of several such cuts the widest is taken. Else the highest segment, or
    the lowest, differs from those that it clearly differs from. None where no two do.
    """
    above = compare(kpis).above[kpi] - _turned(kpis, kpi)
    if not above:
        return None
    ranked = sorted(kpis.segments, key=lambda each: -_rank(kpis, kpi, each))
    cuts = [(ranked[:at], ranked[at:]) for at in range(1, len(ranked))]
    clean = [cut for cut in cuts if all((high, low) in above for high in cut[0] for low in cut[1])]
    if clean:
        high, low = max(clean, key=lambda cut: _middle(kpis, kpi, cut[0][-1]) - _middle(kpis, kpi, cut[1][0]))
        if len(high) <= len(low):
            return Apart(tuple(high), tuple(low), more=True)
        return Apart(tuple(low[::-1]), tuple(high), more=False)
    beaten = {each: [low for high, low in above if high == each] for each in ranked}
    beating = {each: [high for high, low in above if low == each] for each in ranked}
    top, bottom = (max(ranked, key=lambda each: len(found[each])) for found in (beaten, beating))
    if len(beaten[top]) >= len(beating[bottom]):
        return Apart((top,), tuple(sorted(beaten[top], key=ranked.index)), more=True)
    return Apart((bottom,), tuple(sorted(beating[bottom], key=ranked.index)), more=False)


def _turned(kpis: Kpis, kpi: str) -> frozenset[tuple[str, str]]:
    """Return the differences that turn around within groups: no title and no headline says them."""
    return frozenset((each.upper, each.lower) for each in kpis.reversals if each.kpi == kpi)


def distance(kpis: Kpis, kpi: str) -> str:
    """Say how far apart the segments of a title lie, with interval; where they are several, at least."""
    found = apart(kpis, kpi)
    if found is None:
        return ""
    pairs = product(found.segments, found.than) if found.more else product(found.than, found.segments)
    sizes = [each for pair in pairs if (each := difference(kpis, kpi, *pair)) is not None]
    least = min(sizes, key=lambda each: each.size)
    if least.low is None or least.high is None:
        return kpis.voice.say("kpis.apart_limit", size=gap(kpis.voice, kpis.definition(kpi).unit, least.size))
    key = "kpis.apart" if len(sizes) == 1 else "kpis.apart_from"
    unit = kpis.definition(kpi).unit
    return kpis.voice.say(
        key, size=gap(kpis.voice, unit, least.size), interval=gap(kpis.voice, unit, least.low, least.high)
    )


def gap(voice: Voice, unit: Unit, *values: float) -> str:
    """Return a difference, or its interval, in its unit; that of two shares in percentage points."""
    if unit == "share":
        ends = [voice.number(100 * each, 1) for each in values]
    else:
        ends = [voice.value(each, unit) for each in values]
    told = ends[0] if len(ends) == 1 else voice.span(*ends)
    return voice.say("kpis.points", size=told) if unit == "share" else told


def _middle(kpis: Kpis, kpi: str, segment: str) -> float:
    told = kpis[kpi, segment].told
    return -math.inf if told is None else told


def _rank(kpis: Kpis, kpi: str, segment: str) -> float:
    """Return where a segment stands among the others: by its value drawn in, or by the limit to it."""
    pooled = kpis[kpi, segment].pooled
    return _middle(kpis, kpi, segment) if pooled is None else pooled


def title(kpis: Kpis, kpi: str) -> str:
    """Return a chart's title: who stands apart from whom, or that nobody clearly does."""
    definition, say = kpis.definition(kpi), kpis.voice.say
    if kpis.by_construction(kpi):
        return say("kpis.made", label=definition.label)
    found = apart(kpis, kpi)
    turned = next((each for each in kpis.reversals if each.kpi == kpi), None)
    if found is None and turned:
        return say("kpis.turned", label=definition.label, attribute=kpis.voice.column(turned.attribute))
    if found is None and not all(kpis[kpi, segment].interval for segment in kpis.segments):
        return say("kpis.not_comparable", label=definition.label)
    if found is None and definition.topic:
        return say("kpis.no_difference_in", topic=definition.topic)
    if found is None:
        return say("kpis.no_difference", label=definition.label)
    names = kpis.voice.ordered([kpis.name(segment) for segment in found.segments])
    finding = definition.more if found.more else definition.less
    finding = finding or say("kpis.higher" if found.more else "kpis.lower", label=definition.label)
    return say("kpis.title", names=names, finding=finding.format(others=_others(kpis, found)))


def _others(kpis: Kpis, found: Apart) -> str:
    if len(found.segments) + len(found.than) == len(kpis.segments):
        return kpis.voice.say("kpis.others.rest")
    if len(found.than) == 1:
        return kpis.name(found.than[0])
    return kpis.voice.say("kpis.others.some", number=kpis.voice.number_word(len(found.than)))


def headline(kpis: Kpis) -> Headline:
    """Return who spends more than whom, where anybody clearly does; below it, who brings the revenue."""
    first = leading(kpis)
    if _VALUE not in kpis or apart(kpis, _VALUE) is None:
        return first
    size = f"{distance(kpis, _VALUE)} "
    lede = spans(size, f"{first.text}: ", *first.lede) if kpis.lead else spans(size)
    return Headline(text=title(kpis, _VALUE), lede=lede)


def leading(kpis: Kpis) -> Headline:
    """Return who brings the revenue; without revenue, or with one segment, how many were measured."""
    voice, lead = kpis.voice, kpis.lead
    if lead is None:
        many = voice.number_word(len(kpis.segments)).capitalize()
        text = voice.say("kpis.headline.measured", len(kpis.segments), many=many, period=kpis.period)
        return Headline(text=text, lede=_left_out(kpis))
    key = "all" if (_left_out_share(kpis) or 0.0) < _MATERIAL else "segmented"
    text = voice.say(
        f"kpis.headline.{key}",
        count=len(lead.segments),
        few=voice.number_word(len(lead.segments)).capitalize(),
        many=voice.number_word(len(kpis.segments)),
        customers=voice.percent(lead.customer_share),
        revenue=voice.percent(lead.revenue_share),
    )
    return Headline(text=text, lede=spans(_lead_sentence(kpis), _left_out(kpis)))


def _lead_sentence(kpis: Kpis) -> str:
    voice, lead = kpis.voice, kpis.lead
    if lead is None:
        return ""
    names = voice.ordered([kpis.name(segment) for segment in lead.segments])
    if lead.low is None or lead.high is None:
        return voice.say("kpis.lead.bare", names=names, period=kpis.period)
    joint = voice.interval(lead.low, lead.high, "share")
    return voice.say(
        "kpis.lead.interval", count=len(lead.segments), names=names, period=kpis.period, interval=joint
    )


def _left_out(kpis: Kpis) -> Spans:
    outside = [each for each in kpis.totals if each.left_out]
    known = [each.customers for each in outside if each.customers is not None]
    share = _left_out_share(kpis)
    if not outside or len(known) < len(outside) or share is None:
        return ()
    told = kpis.voice.percent(share, 1)
    return spans(" ", kpis.voice.say("kpis.left_out_take", count=sum(known), share=told))


def _left_out_share(kpis: Kpis) -> float | None:
    """Return the share of the measured revenue that those in no segment brought; None where hidden."""
    amounts = {each.group: each.takes[kpis.span].amount for each in kpis.totals}
    left_out = [amounts[each.group] for each in kpis.totals if each.left_out]
    total = amounts.get(TOTAL)
    known = [amount for amount in left_out if amount is not None]
    if total is None or len(known) < len(left_out):
        return None
    return float(sum(known) / total) if total else 0.0
