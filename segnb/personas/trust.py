"""How far to trust a segment, in a letter, a word and a number."""

from __future__ import annotations

from segnb.segmentation import GRADES, Passport
from segnb.words import Voice


def trust_word(voice: Voice, passport: Passport) -> str:
    """Return the word of a grade: ``highly stable``."""
    key = passport.grade if passport.grade in GRADES else "by_rule"
    return voice.say(f"personas.trust.{key}")


def overlap(voice: Voice, passport: Passport) -> str:
    """Return the median overlap with the original in refits, or nothing for a segment by rule."""
    return "" if passport.stability is None else voice.number(passport.stability, 2)
