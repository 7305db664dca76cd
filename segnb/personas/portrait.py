"""A segment in one line and in one sentence: the two measures that set it apart most."""

from __future__ import annotations

from collections.abc import Sequence

from segnb.personas.contrast import Contrast, estimated
from segnb.personas.phrases import has_phrase, phrase
from segnb.words import Voice


def who(voice: Voice, contrasts: Sequence[Contrast]) -> str:
    """Return the small line under a segment's name: ``11.1 orders a month, $26 an order``."""
    return voice.listed([_said(voice, each, "who") for each in _telling(contrasts)])


def portrait(voice: Voice, contrasts: Sequence[Contrast]) -> str:
    """Return a sentence with two numbers, or nothing where no measure is known."""
    chosen = _telling(contrasts)
    if not chosen:
        return ""
    if all(has_phrase(voice, each.name, "do") for each in chosen):
        return voice.say(
            "personas.portrait.do", deeds=voice.ordered([_said(voice, each, "do") for each in chosen])
        )
    pairs = [_said(voice, each, "who") for each in chosen]
    return voice.say("personas.portrait.list", pairs=voice.ordered(pairs))


def _telling(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Return the two measures with the largest effect; those that formed segments first."""

    def rank(contrast: Contrast) -> tuple[bool, float, str]:
        return not contrast.used, -abs(contrast.effect), contrast.name

    # Of a category the level that most of them have tells more than those that they lack, or few have.
    telling = (
        each
        for each in contrasts
        if each.ours.n != 0
        and each.telling
        and (not each.category or (each.effect > 0 and each.ours.bound >= 0))
    )
    first = {each.key: each for each in sorted(telling, key=rank, reverse=True)}
    return sorted(first.values(), key=rank)[:2]


def _said(voice: Voice, contrast: Contrast, form: str) -> str:
    value = estimated(voice, contrast.ours, contrast.unit)
    label = contrast.category or contrast.label
    others = estimated(voice, contrast.others, contrast.unit)
    words = {"value": value, "others": others, "label": label, "inside": voice.inside(label)}
    return phrase(voice, contrast.name, form, level=contrast.level, answer=contrast.answer, **words)
