"""What a reader should know before acting on the KPIs: a sentence each, computed from the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from segnb.document.blocks import Bullets, Heading, Together, spans
from segnb.kpis.findings import gap

if TYPE_CHECKING:
    from segnb.kpis.results import Kpis
    from segnb.kpis.strata import Reversal


def warnings(kpis: Kpis) -> Together:
    """Return the cautions as a list under a heading; nothing where there are none."""
    items = tuple(spans(each) for each in cautions(kpis))
    heading = Heading(text=kpis.voice.say("kpis.caution.title"))
    return Together(heading, Bullets(items=items)) if items else Together()


def cautions(kpis: Kpis) -> tuple[str, ...]:
    """Return the sentences: made by construction, turned around, ranked by luck."""
    return (*_leaks(kpis), *_reversals(kpis), *_ranks(kpis))


def _leaks(kpis: Kpis) -> Iterator[str]:
    voice = kpis.voice
    if any(each.why == "window" for each in kpis.leaks):
        yield voice.say("kpis.caution.window", period=kpis.period)
    if past := [kpis.definition(each.kpi).label for each in kpis.leaks if each.why == "past"]:
        yield voice.say("kpis.caution.past", labels=voice.ordered(past))
    for each in kpis.leaks:
        if each.why == "feature":
            label = kpis.definition(each.kpi).label
            yield voice.say("kpis.caution.feature", label=label, feature=each.feature)


def _reversals(kpis: Kpis) -> Iterator[str]:
    for each in kpis.reversals:
        yield reversal_sentence(kpis, each)


def reversal_sentence(kpis: Kpis, reversal: Reversal) -> str:
    """Say in which direction a difference points within the values of an attribute."""
    definition = kpis.definition(reversal.kpi)
    return kpis.voice.say(
        "kpis.caution.reversal",
        label=definition.label,
        upper=kpis.name(reversal.upper),
        lower=kpis.name(reversal.lower),
        attribute=kpis.voice.column(reversal.attribute),
        against=kpis.voice.count(reversal.against),
        strata=kpis.voice.count(reversal.strata),
        size=gap(kpis.voice, definition.unit, abs(reversal.size)),
    )


def _ranks(kpis: Kpis) -> Iterator[str]:
    """Name the KPIs in which the highest value is not the first in rank, those of one segment together."""
    lucky: dict[str, list[str]] = {}
    sentences: dict[str, str] = {}
    for definition in kpis.definitions:
        values = {each: kpis[definition.name, each] for each in kpis.segments}
        known = {each: found for each, found in values.items() if found.value is not None}
        drawn_in = {each: found.pooled for each, found in known.items() if found.pooled is not None}
        if not drawn_in:
            continue
        highest = max(drawn_in, key=lambda each: known[each].value or 0.0)
        first = kpis.ranking(definition.name)[0]
        if drawn_in[first] > drawn_in[highest]:
            lucky.setdefault(highest, []).append(definition.name)
            sentences[definition.name] = kpis.voice.say(
                "kpis.caution.rank",
                label=definition.label,
                highest=kpis.name(highest),
                customers=kpis.voice.count(known[highest].n or 0),
                first=kpis.name(first),
                drawn_in=kpis.voice.value(drawn_in[highest], definition.unit),
                before=kpis.voice.value(drawn_in[first], definition.unit),
            )
    for highest, names in lucky.items():
        yield sentences[names[0]] if len(names) == 1 else _lucky(kpis, highest, names)


def _lucky(kpis: Kpis, highest: str, names: Sequence[str]) -> str:
    labels = [kpis.definition(each).label for each in names]
    return kpis.voice.say(
        "kpis.caution.ranks",
        labels=kpis.voice.ordered(labels),
        highest=kpis.name(highest),
        customers=kpis.voice.count(max(kpis[each, highest].n or 0 for each in names)),
    )
