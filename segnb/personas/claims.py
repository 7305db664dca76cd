"""Claims: sentences about a segment that say no more than their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segnb.document.blocks import Spans, spans
from segnb.personas.contrast import Contrast
from segnb.personas.phrases import contrast_phrase
from segnb.words import Voice

NOTICEABLE = 0.2
"""Smallest difference worth a sentence, in standard deviations: Cohen's small effect, a rule of thumb."""


@dataclass(frozen=True)
class Claim:
    """A sentence and the contrast that it rests on."""

    text: str
    contrast: Contrast

    def spans(self, voice: Voice) -> Spans:
        """Return the sentence with its evidence."""
        return spans(self.text, self.contrast.evidence(voice))


def differences_claimed(voice: Voice, contrasts: Sequence[Contrast], most: int) -> tuple[Claim, ...]:
    """Return one sentence for each clear difference, the largest first, at most so many.

    More or less is said only where the intervals do not meet (``Contrast.direction``). Among many
    customers that happens with differences that nobody would notice: these get no sentence.
    """
    telling = (
        each for each in contrasts if each.telling and each.direction and abs(each.effect) >= NOTICEABLE
    )
    clear = [each for each in telling if each.said(voice) != each.said(voice, "others")]
    # One sentence says all of a category: what more of them have, where there is such a value.
    first: dict[str, Contrast] = {}
    for each in sorted(clear, key=lambda each: (each.direction < 0, -abs(each.effect), each.name)):
        first.setdefault(each.key, each)
    ranked = sorted(first.values(), key=lambda each: (-abs(each.effect), each.name))
    return tuple(claim(voice, each) for each in ranked[:most])


def claim(voice: Voice, contrast: Contrast) -> Claim:
    """Put one contrast into a sentence: more, less, or no clear difference."""
    form = {1: "more", -1: "less", 0: "alike"}[contrast.direction]
    text = contrast_phrase(voice, contrast, form)
    return Claim(text[:1].upper() + text[1:], contrast)
