"""What an unquoted value of a YAML file is: text, number, boolean or null, and nothing guessed.

PyYAML reads YAML 1.1, where an unquoted ``NO`` is false, ``1:30`` is 90 and ``01234`` is 668.
Values here follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema),
with fewer ways to write a whole number:

- ``true`` and ``false`` alone are booleans (``True`` and ``TRUE``, too); ``NO``, ``yes`` and ``on``
  are text;
- ``12`` is a whole number and ``1.5`` or ``1e3`` a number, while ``01234``, ``0x1F``, ``0o17``,
  ``1_000`` and ``1:30`` are text, so that an id keeps its zeros and a wrong number is refused by
  the type that was expected;
- a date is text: whether it is a date is decided by who reads it.
"""

from __future__ import annotations

import math
import re

LARGEST_INTEGER = 2**63 - 1

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def scalar(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted YAML scalar; ``.nan`` and ``.inf`` are floats.

    Raises
    ------
    ValueError
        A number that 64 bits cannot hold.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        if abs(int(text)) > LARGEST_INTEGER:
            raise ValueError(text)
        return int(text)
    if _FLOAT.fullmatch(text):
        if not math.isfinite(float(text)):
            raise ValueError(text)
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text
