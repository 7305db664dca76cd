"""Four figures in large type at the head of each segment's page."""

from __future__ import annotations

from collections.abc import Iterator

from segnb.document.blocks import AnyBlock, BySegment, Fact, Facts
from segnb.kpis.results import Kpis
from segnb.personas.personas import Personas
from segnb.personas.trust import overlap, trust_word
from segnb.segmentation import Passport, Segmentation
from segnb.words import Voice


def facts(segmentation: Segmentation, personas: Personas, kpis: Kpis) -> BySegment:
    """Return customers, what was foretold of them, revenue and trust of each segment."""
    parts: dict[str, tuple[AnyBlock, ...]] = {
        key: (Facts(items=_facts(segmentation, personas, kpis, key)),) for key in personas.described
    }
    return BySegment(slot="facts", parts=parts, names=personas.names)


def _facts(segmentation: Segmentation, personas: Personas, kpis: Kpis, key: str) -> tuple[Fact, ...]:
    voice = kpis.voice
    found = [_customers(segmentation, kpis, key), *_foretold(personas, key)]
    if (revenue := _revenue(kpis, key)) is not None:
        found.append(revenue)
    if (each := _per_customer(kpis, key)) is not None:
        found.append(each)
    return (*found, _trust(voice, segmentation.passports[key]))


def _customers(segmentation: Segmentation, kpis: Kpis, key: str) -> Fact:
    share = kpis["customer_share", key].value if "customer_share" in kpis else None
    return Fact(
        label=kpis.voice.say("personas.facts.customers"),
        value=kpis.voice.count(len(segmentation.members(key))),
        small="" if share is None else kpis.voice.percent(share),
    )


def _foretold(personas: Personas, key: str) -> Iterator[Fact]:
    if personas.foretold and (rate := personas.foretold.rates.get(key)):
        voice = personas.voice
        yield Fact(
            label=personas.foretold.what,
            value=rate.said(voice),
            small=rate.interval(voice),
        )


def _revenue(kpis: Kpis, key: str) -> Fact | None:
    revenue = kpis.revenue(key)
    if revenue is None or "revenue_share" not in kpis:
        return None
    share = kpis["revenue_share", key].value
    return Fact(
        label=kpis.voice.say("personas.facts.revenue", period=kpis.period),
        value=kpis.voice.money(revenue),
        small=""
        if share is None
        else kpis.voice.say("personas.facts.of_all", share=kpis.voice.percent(share)),
    )


def _per_customer(kpis: Kpis, key: str) -> Fact | None:
    if "revenue_per_customer" not in kpis:
        return None
    measured = kpis["revenue_per_customer", key]
    if measured.value is None:
        return None
    voice = kpis.voice
    return Fact(
        label=voice.say("personas.facts.per_customer"),
        value=voice.money(measured.value),
        small=voice.interval(*measured.interval, "money")
        if measured.interval
        else voice.say("personas.too_few"),
    )


def _trust(voice: Voice, passport: Passport) -> Fact:
    word = trust_word(voice, passport)
    if passport.stability is None:
        return Fact(label=voice.say("personas.facts.trust"), value=word)
    said = voice.say("personas.answer.overlap", overlap=overlap(voice, passport))
    small = f"{word}, {said}"
    return Fact(label=voice.say("personas.facts.trust"), value=passport.grade, small=small)
