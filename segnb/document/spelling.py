"""Text for the PDF, in characters that its fonts have.

A character without a sign would become an empty box, and one for private use is refused by the
standards: both are replaced, and counted, so that the reader can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Set

from fontTools.unicodedata import script, script_name

from segnb.document.faces import house_signs

SIGN = "?"
"""What stands for a character that the fonts do not have."""

_LONG, _NARROW = re.compile(r"\S{24}(?=\S{6})"), re.compile(r"\S{12}(?=\S{4})")
_LOST_WORD = re.compile(rf" (?={re.escape(SIGN)})")
"""Before a question mark no line may break, unless a place to break is put there."""
_JOINERS = "\u200c\u200d"
_ISOLATES = "\u2066\u2067\u2068\u2069"
_NO_SCRIPT = {"Cc": "control characters", "Cs": "lone surrogates", "Co": "private use", "Cn": "unassigned"}


class Speller:
    """Spells text with the characters that the fonts have, and counts those they lack.

    Parameters
    ----------
    signs
        The characters that the fonts have; left out, those of the house's own.
    isolates
        Keep the signs that isolate a part of a text from the direction of the rest.
    """

    def __init__(self, signs: Set[int] | None = None, *, isolates: bool = False) -> None:
        self._kept = _ISOLATES if isolates else ""
        self._signs = house_signs() if signs is None else signs
        self.replaced: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """Return text for a paragraph or a cell, in which long words may break."""
        return _breaking(_LONG, self.exact(text))

    def narrow(self, text: str) -> str:
        """Return text for a column of a few words in large type."""
        return _breaking(_NARROW, self.exact(text))

    def exact(self, text: str) -> str:
        """Return text that stays in one piece: an alternative text, a title."""
        return "".join(self._character(each) for each in unicodedata.normalize("NFC", text))

    def scripts(self) -> dict[str, int]:
        """Return how many characters of each script were replaced: ``Hebrew``, ``private use``."""
        counted: Counter[str] = Counter()
        for character, times in self.replaced.items():
            counted[script_of(character)] += times
        return dict(sorted(counted.items()))

    def _character(self, character: str) -> str:
        kind = unicodedata.category(character)
        if character in "\t\n\r" or kind in ("Zs", "Zl", "Zp"):
            return "\u00a0" if character in "\u00a0\u202f" else " "
        if kind == "Cf":
            if character in self._kept:
                return character
            # Joiners shape the signs beside them, where a font knows how.
            return character if character in _JOINERS and ord(character) in self._signs else ""
        if ord(character) in self._signs and kind not in _NO_SCRIPT:
            return character
        self.replaced[character] += 1
        return SIGN


def _breaking(words: re.Pattern[str], text: str) -> str:
    return _LOST_WORD.sub(" \u200b", words.sub(lambda match: match[0] + "\u200b", text))


def script_of(character: str) -> str:
    """Return the name of a character's script: ``Hebrew``, ``Han``; what has none is named by its kind."""
    kind = unicodedata.category(character)
    if kind in _NO_SCRIPT:
        return _NO_SCRIPT[kind]
    code = script(character)
    return "symbols and emoji" if code in ("Zyyy", "Zinh") else str(script_name(code))
