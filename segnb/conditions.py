"""What the conditions of a playbook may say: plain phrases about a segment's figures.

==============================================  =====================================================
phrase                                          holds where
==============================================  =====================================================
``discount_share clearly above others``         the segment's interval lies above everyone else's,
                                                and the gap is a fifth of the larger value or more
``discount_share clearly below others``         ... or below it
``discount_share like others``                  both have intervals, and neither of these holds
``recency_days above 60``                       the value is larger; ``below`` the same way round
``redemption_rate clearly above 10%``           the whole interval is larger than the number
``trust is D``                                  the segment's grade is this, or one of ``C or D``
``segment is at_risk``                          the segment of a rule has this key
``top_category known``                          the data hold this figure at all
==============================================  =====================================================

A figure that the data do not hold fulfils no condition; `personas.advice.holds` has the arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_FIGURE = r"(?P<figure>[a-z][a-z0-9_]*)"
_NUMBER = r"\$?(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<percent>%)?"
_WORD = r"[A-Za-z][A-Za-z0-9_]*"
_FORMS = (
    re.compile(rf"{_FIGURE} clearly (?P<side>above|below) (?:others|{_NUMBER})"),
    re.compile(rf"{_FIGURE} (?P<side>above|below) {_NUMBER}"),
    re.compile(rf"{_FIGURE} (?P<like>like others)"),
    re.compile(rf"{_FIGURE} is (?P<words>{_WORD}(?: or {_WORD})*)"),
    re.compile(rf"{_FIGURE} (?P<known>known)"),
)
GRAMMAR = (
    "Write it as 'FIGURE clearly above others', 'FIGURE clearly below others', 'FIGURE like others', "
    "'FIGURE above 10%', 'FIGURE clearly below 3', 'trust is D', 'segment is at_risk' or 'FIGURE known'"
)


@dataclass(frozen=True)
class Condition:
    """One parsed phrase."""

    figure: str
    form: Literal["side", "like", "is", "known"]
    above: bool = False
    clearly: bool = False
    number: float | None = None
    words: tuple[str, ...] = ()


def parse(phrase: str) -> Condition:
    """Return the condition that a phrase states.

    Raises
    ------
    ValueError
        The phrase is none of the forms.
    """
    text = " ".join(phrase.split())
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        raise ValueError(f"{phrase!r} is no condition. {GRAMMAR}")
    parts = found.groupdict()
    if parts.get("words"):
        words = tuple(parts["words"].split(" or "))
        return Condition(parts["figure"], "is", words=words)
    if parts.get("like") or parts.get("known"):
        return Condition(parts["figure"], "like" if parts.get("like") else "known")
    number = None
    if parts.get("number"):
        number = float(parts["number"].replace(",", "")) / (100 if parts["percent"] else 1)
    return Condition(parts["figure"], "side", parts["side"] == "above", " clearly " in text, number)
