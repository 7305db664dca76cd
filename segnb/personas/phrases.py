"""How a measure is put into a sentence: words of its own where it has them, its label where not."""

from __future__ import annotations

from typing import Any

from segnb.personas.contrast import Contrast
from segnb.personas.rules import Condition, Rule
from segnb.words import Voice


def phrase(
    voice: Voice, measure: str, form: str, *, level: str = "", answer: bool = False, **values: Any
) -> str:
    """Return ``personas.measure.<measure>.<form>``, or the form that fits any measure, or any level.

    Of a level, ``inside`` is its category's label; the yes to a question has forms of its own.
    """
    own = f"personas.measure.{measure}.{form}"
    kind = "question" if answer else "level" if level else "any"
    common, values = f"personas.{kind}.{form}", {**values, "level": level}
    # "1 order", whatever it was rounded from: a word goes by the number that stands beside it.
    figure = next((values[each] for each in ("value", "ours", "low", "high") if values.get(each)), "")
    one = 1 if figure == voice.count(1) else None
    return voice.say(own if has_phrase(voice, measure, form) else common, one, **values)


def has_phrase(voice: Voice, measure: str, form: str) -> bool:
    """Say whether a measure has words of its own for this form."""
    return voice.find(f"personas.measure.{measure}.{form}") is not None


def contrast_phrase(voice: Voice, contrast: Contrast, form: str) -> str:
    """Put a contrast into words; both numbers are at hand as ``{ours}`` and ``{others}``."""
    label = contrast.category or contrast.label
    return phrase(
        voice,
        contrast.name,
        form,
        level=contrast.level,
        answer=contrast.answer,
        label=label,
        inside=voice.inside(label),
        ours=contrast.said(voice),
        others=contrast.said(voice, "others"),
    )


def rule_sentence(voice: Voice, rule: Rule) -> str:
    """Return a rule as one sentence."""
    text = voice.ordered([_condition(voice, each) for each in rule.conditions])
    return voice.say("personas.rule.sentence", text=text[:1].upper() + text[1:])


def _condition(voice: Voice, condition: Condition) -> str:
    low, high = (
        "" if bound is None else _threshold(voice, bound, condition.unit)
        for bound in (condition.above, condition.at_most)
    )
    form = "between" if low and high else "above" if low else "at_most"
    words: dict[str, Any] = {"label": condition.label, "inside": voice.inside(condition.label)}
    words |= {"level": condition.level, "answer": condition.answer}
    return phrase(voice, condition.feature, form, low=low, high=high, **words)


def _threshold(voice: Voice, value: float, unit: str) -> str:
    """Return a threshold with no more decimals than it has, for it is exactly what is tested."""
    if unit in ("number", "days", "count"):
        decimals = len(f"{value:f}".rstrip("0").partition(".")[2])
        return voice.number(value, decimals)
    return voice.value(value, unit)
