"""The parts of each segment's page that chapter 04 writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from segnb.document.blocks import (
    AnyBlock,
    BySegment,
    Cell,
    Claims,
    Column,
    Heading,
    Panel,
    Paragraph,
    Span,
    Strip,
    Table,
    spans,
)
from segnb.personas.contrast import Contrast, estimated
from segnb.personas.phrases import rule_sentence
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.personas.personas import Personas
    from segnb.personas.rules import Rule

MOST = 12
"""Differences that stand open on a segment's page; the others are folded away below them."""

Parts = tuple[AnyBlock, ...]


def portraits(personas: Personas) -> BySegment:
    """Return the sentence under each segment's name."""
    return _each(personas, "portrait", lambda key: (_lede(personas, key),))


def differences(personas: Personas) -> BySegment:
    """Return the table of each segment's differences."""
    return _each(personas, "differences", lambda key: _differences(personas, key))


def claims(personas: Personas) -> BySegment:
    """Return each segment's claims with their evidence."""
    return _each(personas, "claims", lambda key: _claims(personas, key))


def rules(personas: Personas) -> BySegment:
    """Return each segment's plain rule, or why there is none."""
    return _each(personas, "rule", lambda key: _rule(personas, key))


def _each(personas: Personas, slot: str, make: Callable[[str], Parts]) -> BySegment:
    made = {key: make(key) for key in personas.described}
    return BySegment(
        slot=slot, parts={key: parts for key, parts in made.items() if parts}, names=personas.names
    )


def _lede(personas: Personas, key: str) -> Paragraph:
    persona = personas[key]
    text = persona.portrait or personas.voice.say("personas.portrait.none")
    return Paragraph(content=spans(text), role="lede")


def _differences(personas: Personas, key: str) -> Parts:
    voice, persona = personas.voice, personas[key]
    ranked = sorted(
        persona.contrasts, key=lambda each: (not each.by_construction, -abs(each.effect), each.name)
    )
    if not ranked and len(personas.segments) > 1:
        return ()
    if not ranked:
        return (Paragraph(content=spans(voice.say("personas.differences.none")), role="note"),)
    strongest = sorted(ranked, key=lambda each: (-abs(each.effect), each.name))[:MOST]
    shown = [each for each in ranked if each in strongest]
    rest = [each for each in ranked if each not in strongest]
    tables = [_differences_table(personas, key, shown, voice.say("personas.differences.title"))]
    if rest:
        title = voice.say("personas.differences.rest", len(rest))
        tables.append(_differences_table(personas, key, rest, title).model_copy(update={"folded": True}))
    return tuple(tables)


def _differences_table(personas: Personas, key: str, ranked: list[Contrast], title: str) -> Table:
    voice = personas.voice
    n_used = sum(each.by_construction for each in ranked)
    groups = {0: voice.say("personas.differences.used")} if n_used else {}
    if n_used < len(ranked):
        groups[n_used] = voice.say("personas.differences.not_used")
    columns = (
        Column(label=voice.say("personas.column.measure"), header=True),
        Column(label=voice.say("personas.column.lower_higher")),
        Column(label=voice.say("personas.column.this"), align="right"),
        Column(label=voice.say("personas.column.others"), align="right"),
    )
    medians = any(each.statistic == "median" for each in ranked)
    note = voice.say("personas.differences.categories") if any(each.category for each in ranked) else ""
    return Table(
        columns=columns,
        rows=tuple(_difference(voice, each, personas.segments.index(key)) for each in ranked),
        title=title,
        subtitle=voice.say(
            f"personas.differences.{'medians' if medians else 'means'}", period=personas.period
        ),
        note=note,
        groups=groups,
        role="differences",
    )


def _difference(voice: Voice, contrast: Contrast, place: int) -> tuple[Cell, ...]:
    values = (contrast.ours.value, contrast.others.value, *contrast.elsewhere)
    low, high = min(0.0, *values), max(0.0, *values)
    strip = Strip(
        value=contrast.ours.value,
        others=contrast.others.value,
        ticks=contrast.elsewhere,
        axis=(low, high if high > low else low + 1.0),
        segment=place,
    )
    return (
        Cell(text=contrast.label),
        Cell(mark=strip),
        Cell(text=estimated(voice, contrast.ours, contrast.unit)),
        Cell(text=estimated(voice, contrast.others, contrast.unit)),
    )


def _claims(personas: Personas, key: str) -> Parts:
    voice, persona = personas.voice, personas[key]
    heading = Heading(text=voice.say("personas.claims.title"))
    if not persona.claims:
        return heading, Paragraph(content=spans(voice.say("personas.claims.none")), role="none")
    return heading, Claims(items=tuple(each.spans(voice) for each in persona.claims))


def _rule(personas: Personas, key: str) -> Parts:
    voice, rule = personas.voice, personas[key].rule
    heading = Heading(text=voice.say("personas.rule.title"))
    if rule is None and personas.kind == "by rule":
        # It has a rule already, which the chapter on what the segments rest on tells.
        return ()
    if rule is None:
        return heading, Paragraph(content=spans(voice.say("personas.rule.none")), role="none")
    return heading, Panel(content=spans(rule_sentence(voice, rule)), small=_judgement(voice, rule))


def _judgement(voice: Voice, rule: Rule) -> tuple[Span, ...]:
    parts: list[Span | str] = []
    for form, estimate in (("right", rule.precision), ("catches", rule.coverage)):
        share = estimated(voice, estimate, "share")
        parts.append(Span(text=voice.say(f"personas.rule.{form}", share=share), strong=True))
        if estimate.bound:
            parts.append(voice.say(f"personas.rule.{form}_limit"))
        elif estimate.low is not None and estimate.high is not None:
            interval = voice.interval(estimate.low, estimate.high, "share")
            parts.append(voice.say(f"personas.rule.{form}_interval", interval=interval))
    parts.append(voice.say("personas.rule.learned"))
    return spans(*parts)
