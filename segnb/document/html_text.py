"""Text as HTML: escaped, writable, and isolated where it turns the writing direction."""

from __future__ import annotations

import re
import unicodedata
from html import escape

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONG = re.compile(r"\S{16}(?=\S{4})")
_TURNING = frozenset(("R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"))


def text(value: str) -> str:
    """Return text for an element's content; what turns the direction cannot turn its surroundings.

    A word too long for any column may break, without a character that would be copied along.
    """
    safe = "<wbr>".join(attribute(part) for part in _LONG.sub(r"\g<0>\n\n\n", value).split("\n\n\n"))
    turns = not value.isascii() and any(unicodedata.bidirectional(each) in _TURNING for each in value)
    return f"<bdi>{safe}</bdi>" if turns else safe


def attribute(value: str) -> str:
    """Return text for a quoted attribute."""
    return escape(_UNWRITABLE.sub("\ufffd", value))
