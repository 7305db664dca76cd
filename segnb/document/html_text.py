"""Text as HTML: escaped, writable, and isolated where it turns the writing direction."""

from __future__ import annotations

import re
import unicodedata
from html import escape

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONG = re.compile(r"\S{16}(?=\S{4})")
_ISOLATES, _END = frozenset("\u2066\u2067\u2068"), "\u2069"
_TURNING = frozenset(("R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"))


def text(value: str) -> str:
    """Return text for an element's content; what turns the direction cannot turn its surroundings.

    A word too long for any column may break, without a character that would be copied along.
    """
    # A NUL can be no part of it any more, so it marks where a word may break.
    parts = _LONG.sub("\\g<0>\0", _UNWRITABLE.sub("\ufffd", value)).split("\0")
    safe = "<wbr>".join(attribute(part) for part in parts)
    turns = not value.isascii() and any(unicodedata.bidirectional(each) in _TURNING for each in value)
    return f"<bdi>{_balanced(safe)}</bdi>" if turns else safe


def _balanced(value: str) -> str:
    """Return text in which every isolate that begins ends: the end of the element would end the last only."""
    kept, depth = [], 0
    for each in value:
        depth += each in _ISOLATES
        if each != _END or depth:
            kept.append(each)
        depth -= each == _END and depth > 0
    return "".join(kept) + _END * depth


def attribute(value: str) -> str:
    """Return text for a quoted attribute."""
    # Where HTML is read, a bare carriage return becomes a line feed.
    return escape(_UNWRITABLE.sub("\ufffd", value)).replace("\r", "&#13;")
