"""Countries by whatever they are called: codes, and names in English or the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global

from segnb.drawing.world import world
from segnb.words import Voice

_ALSO = {
    "Britain": "GB",
    "Burma": "MM",
    "Czech Republic": "CZ",
    "Great Britain": "GB",
    "Holland": "NL",
    "Hong Kong": "HK",
    "Ivory Coast": "CI",
    "Macau": "MO",
    "Macedonia": "MK",
    "Republic of Korea": "KR",
    "Russian Federation": "RU",
    "Swaziland": "SZ",
    "Turkey": "TR",
    "United States of America": "US",
    "Viet Nam": "VN",
}
"""Names in use that the Unicode locale data (CLDR) do not hold."""


def country_code(word: str, language: str = "en") -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country that the map has; None where the word names none.

    Codes of two or three letters or three digits are known, and names in English and ``language``.
    """
    return _codes(language).get(_plain(word))


def country_name(code: str, voice: Voice) -> str:
    """Return a country's name in the reader's language."""
    names: Mapping[str, str] = Locale.parse(voice.locale).territories
    return names.get(code, code)


@cache
def _codes(language: str) -> dict[str, str]:
    known = world().codes
    found = {_plain(each): each for each in known}
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    found |= {_plain(word): codes[0] for word, codes in aliases.items() if codes[0] in known}
    found |= {_plain(name): code for name, code in _ALSO.items()}
    for each in ("en", language):
        names: Mapping[str, str] = Locale.parse(each).territories
        found |= {_plain(name): code for code, name in names.items() if code in known}
    return found


def _plain(word: str) -> str:
    """Return a word without case, accents and anything but letters and digits."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return re.sub(r"[\W_]+", "", "".join(each for each in letters if not unicodedata.combining(each)))
