"""Chapter 04 in one call: names, differences, tastes, rules and claims of each segment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from segnb.bases.definition import BASES
from segnb.clustering.methods import category_of
from segnb.levels import level_label
from segnb.personas.attributes import attribute_claims
from segnb.personas.claims import Claim, differences_claimed
from segnb.personas.contrast import Contrast, correct, feature_contrasts
from segnb.personas.names import name_segments
from segnb.personas.personas import Persona, Personas
from segnb.personas.phrases import has_phrase
from segnb.personas.portrait import portrait, who
from segnb.personas.recorded import recorded_measures
from segnb.personas.rules import plain_rules
from segnb.personas.spend import category_spend, declared_attributes
from segnb.personas.tastes import Taste, favourite, tastes
from segnb.plain import Roles
from segnb.segmentation import Feature, FeatureTable, Foretold, Segmentation, Window
from segnb.tables.needs import answering
from segnb.tables.opened import Tables
from segnb.words import Voice

LEAST_SHARE = 0.01
"""Segments with less of the customers than this get a name and a size, but no persona."""


def describe(
    features: FeatureTable,
    segmentation: Segmentation,
    tables: Tables | None = None,
    *,
    attributes: Roles | None = None,
    names: Mapping[str, str] | None = None,
    max_conditions: int = 3,
    claims_per_segment: int = 6,
    accept_unstable: bool = False,
    min_cell: int = 10,
) -> Personas:
    """Say who the segments are.

    Parameters
    ----------
    features
        All measures of the window that formed the segments, those dropped by the selection too.
    segmentation
        Who belongs where.
    tables
        The company's tables, for spend by category and what is recorded of the customers; without
        them nothing is said of either.
    attributes
        The roles of what is recorded of the customers: what leaks from later days is not spoken of.
    names
        Names by a person, by a segment's key or by the name that it would get.
    max_conditions
        Most conditions of a plain rule.
    claims_per_segment
        Most sentences about a segment.
    accept_unstable
        Describe segments that do not come back (grade D), too.
    min_cell
        Smallest number of customers that a figure may rest on.
    """
    voice, window = segmentation.voice, features.window
    period = voice.period(window.start, window.end) if window else voice.say("personas.all_time")
    told = _told(features, attributes)
    contrasts = _contrasts(features, segmentation, tables, told, min_cell=min_cell, period=period)
    called = name_segments(features, segmentation, contrasts, names or {})
    withheld = {key: _withheld(key, segmentation, min_cell, accept_unstable) for key in segmentation.segments}
    personas = Personas(
        by_segment={
            key: Persona(called[key], len(segmentation.members(key)), withheld=withheld[key])
            for key in segmentation.segments
        },
        segments=segmentation.segments,
        kind=segmentation.verdict.kind,
        window=window,
        min_cell=min_cell,
        voice=voice,
        foretold=_foretold(features, segmentation),
    )
    if not personas.described:
        return personas
    bought = _bought(tables, features.window, segmentation, min_cell, period)
    recorded = _recorded(tables, segmentation, told, min_cell)
    limits = {"max_conditions": max_conditions, "min_cell": min_cell, "seed": segmentation.seed}
    rules = plain_rules(features, segmentation, **limits)
    telling = contrasts
    if category_of(features, segmentation):
        telling = {key: _beside_the_rule(found, voice) for key, found in contrasts.items()}
    claims = {
        key: _claims(voice, contrasts[key], bought.get(key, ()), recorded.get(key), claims_per_segment)
        for key in personas.by_segment
    }
    filled = {
        key: replace(
            persona,
            # Of those who only lack what others have, the first difference says it.
            portrait=portrait(voice, telling[key])
            or _ruled(features, segmentation, key)
            or next((each.text for each in claims[key]), ""),
            who=who(voice, telling[key]),
            contrasts=contrasts[key],
            claims=claims[key],
            rule=rules[key],
            tastes=bought.get(key, ()),
        )
        for key, persona in personas.by_segment.items()
        if not persona.withheld
    }
    return replace(
        personas,
        by_segment={**personas.by_segment, **filled},
        n_comparisons=sum(map(_comparisons, filled.values())),
    )


def _told(features: FeatureTable, attributes: Roles | None) -> set[str]:
    """Return the columns that the record of customers is not spoken of by: measures, leaks, what was learned.

    That segments differ in what they were learned to foretell is no finding.
    """
    label = features.model.get("label")
    apart = {*(attributes.leaks if attributes else ()), *([str(label)] if label else ())}
    return {*features.frame.columns, *(each.column for each in features.features if each.column), *apart}


def _contrasts(
    features: FeatureTable,
    segmentation: Segmentation,
    tables: Tables | None,
    told: Collection[str],
    *,
    min_cell: int,
    period: str,
) -> dict[str, tuple[Contrast, ...]]:
    """Compare the segments in all that is measured or on record, with the tables that it is read from."""
    voice = segmentation.voice
    read = voice.ordered([voice.table(each) for each in _read(features, tables)])
    return correct(
        feature_contrasts(
            features,
            segmentation,
            min_cell=min_cell,
            source=voice.say("personas.source.measures", tables=read, period=period),
            recorded=recorded_measures(features, tables, told),
            recorded_source=voice.say("personas.source.customers"),
        )
    )


def _comparisons(persona: Persona) -> int:
    return len(persona.contrasts) + sum(1 + (taste.bought is not None) for taste in persona.tastes)


def _beside_the_rule(contrasts: tuple[Contrast, ...], voice: Voice) -> tuple[Contrast, ...]:
    """Return what is typical of a segment by rule: clear differences, else the numbers that the rule asks.

    The rule says the rest, and beside it no more is worth a word. That they have less of something is typical
    only where there are words for it.
    """
    clear = tuple(
        each
        for each in contrasts
        if each.direction > 0 or (each.direction and has_phrase(voice, each.name, "who"))
    )
    return clear or tuple(each for each in contrasts if each.by_construction and not each.category)


def _read(features: FeatureTable, tables: Tables | None) -> tuple[str, ...]:
    """Return the tables that the measures come from: those of each part, where there are several."""
    needs: list[str] = []
    for part in dict.fromkeys(each.block or features.basis for each in features.features):
        own = "transactions" if part == features.basis else "customers"
        needs += BASES[part].needs if part in BASES else (own,)
    return answering(needs, tables.holds if tables else lambda table, column: True)


def _ruled(features: FeatureTable, segmentation: Segmentation, key: str) -> str:
    """Say the rule itself of a segment that is one level of a category; nothing of all others."""
    found, voice = _level(features, segmentation, key), segmentation.voice
    if found is None:
        return ""
    category, level = found[0], level_label(*found, voice)
    return voice.say(
        "personas.portrait.rule", label=category.label, inside=voice.inside(category.label), level=level
    )


def _level(features: FeatureTable, segmentation: Segmentation, key: str) -> tuple[Feature, str] | None:
    """Return the category and the level of it that a segment is; None where it is no single one."""
    category = category_of(features, segmentation)
    if category is None:
        return None
    codes = features.frame[category.name].reindex(segmentation.members(key)).dropna().unique()
    return (category, category.levels[int(codes[0])]) if len(codes) == 1 else None


def _foretold(features: FeatureTable, segmentation: Segmentation) -> Foretold | None:
    """Return what the basis predicts, with the rates of the segments instead of those of its levels."""
    if features.foretold is None:
        return None
    rates = features.foretold.rates
    found = {key: _level(features, segmentation, key) for key in segmentation.segments}
    return replace(
        features.foretold,
        rates={key: rates[each[1]] for key, each in found.items() if each and each[1] in rates},
    )


def _bought(
    tables: Tables | None, window: Window | None, segmentation: Segmentation, min_cell: int, period: str
) -> dict[str, tuple[Taste, ...]]:
    spend = None if tables is None else category_spend(tables, window, segmentation)
    if spend is None:
        return {}
    source = segmentation.voice.say("personas.source.categories", period=period)
    return tastes(spend, segmentation, min_cell=min_cell, source=source)


def _recorded(
    tables: Tables | None, segmentation: Segmentation, told: Collection[str], min_cell: int
) -> dict[str, Claim]:
    attributes = None if tables is None else declared_attributes(tables)
    if attributes is None:
        return {}
    # Measures are compared as such; leaks are not spoken of.
    attributes = attributes.drop(columns=list(told), errors="ignore")
    source = segmentation.voice.say("personas.source.customers")
    return attribute_claims(attributes, segmentation, min_cell=min_cell, source=source)


def _claims(
    voice: Voice, contrasts: Sequence[Contrast], bought: tuple[Taste, ...], recorded: Claim | None, most: int
) -> tuple[Claim, ...]:
    """Return the claims of a segment: its differences, its favourite category, who it is on record."""
    liked = favourite(bought)
    last = [_liked(voice, liked)] if liked else []
    last += [recorded] if recorded else []
    last = last[:most]
    return (*differences_claimed(voice, contrasts, most - len(last)), *last)


def _liked(voice: Voice, taste: Taste) -> Claim:
    ours, others = taste.spend.said(voice), taste.spend.said(voice, "others")
    text = voice.say("personas.taste.claim", category=taste.category, ours=ours, others=others)
    return Claim(text, taste.spend)


def _withheld(
    key: str, segmentation: Segmentation, min_cell: int, accept_unstable: bool
) -> Literal["", "small", "unstable"]:
    """Say why a segment gets no persona; nothing where it gets one."""
    assigned = int(segmentation.labels.isin(segmentation.segments).sum())
    if len(segmentation.members(key)) < max(min_cell, LEAST_SHARE * assigned):
        return "small"
    lost = segmentation.passports[key].grade == "D" and not accept_unstable
    return "unstable" if lost else ""
