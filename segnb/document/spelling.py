"""Text for the PDF, in characters that its fonts have.

A character without a sign would become an empty box, and one for private use is refused by the
standards: both are replaced, and counted, so that the reader can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from fontTools.ttLib import TTFont

from segnb.style import font_file

SIGN = "?"
"""What stands for a character that the fonts do not have."""

_LONG = re.compile(r"\S{24}(?=\S{6})")


@cache
def _signs() -> frozenset[int]:
    with TTFont(font_file("SourceSansPro-Regular.ttf")) as font:
        return frozenset(font.getBestCmap())


class Speller:
    """Spells text with the characters that the fonts have, and counts those they lack."""

    def __init__(self) -> None:
        self.replaced: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """Return text for a paragraph or a cell, in which long words may break."""
        return _LONG.sub(lambda match: match[0] + "\u200b", self.exact(text))

    def exact(self, text: str) -> str:
        """Return text that stays in one piece: an alternative text, a title."""
        return "".join(self._character(each) for each in unicodedata.normalize("NFC", text))

    def _character(self, character: str) -> str:
        if character in "\t\n\r" or unicodedata.category(character) in ("Zs", "Zl", "Zp"):
            return "\u00a0" if character in "\u00a0\u202f" else " "
        if unicodedata.category(character) == "Cf":
            return ""
        if ord(character) in _signs():
            return character
        self.replaced[character] += 1
        return SIGN
