"""How segnb speaks: sentences from the catalogue, numbers in the reader's format."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import takewhile
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import format_decimal, get_currency_symbol

from segnb.words.catalogue import Catalogue, Entry, catalogue, plural

_JOINT = re.compile(r"_|(?<=[^\W\d])\.(?=[^\W\d])")
"""What joins the words of a column's name: an underline, or a full stop between letters."""
_SEAM = re.compile(r"(?<=[a-z0-9])[A-Z][a-z]?")
_NUMBER = re.compile(r"[#0,.]+")
_UNIT = re.compile(r"[\s%].*")
_MARKS = re.compile("[\u200e\u200f]")
_SIGNS = ("+", "−")
_LTR, _FIRST_STRONG, _END = "\u2066", "\u2068", "\u2069"
_ISOLATED = re.compile(f"[{_LTR}{_FIRST_STRONG}{_END}]")


@dataclass(frozen=True)
class Voice:
    """A language, a locale and a currency: everything that turns results into words.

    Results carry their voice along, so that nothing global decides how a report speaks. ``own``
    holds the sentences and names that a report says in its own way, by their keys.

    In a language that is written from the right, numbers, and all that is put into a sentence, are
    isolated by the signs of Unicode: else a range would change its ends.
    """

    locale: str = "en_US"
    currency: str | None = None
    own: Catalogue = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The catalogue's language, as ``en``."""
        return self.locale.partition("_")[0]

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The direction in which the language is written."""
        return _direction(self.locale)

    def find(self, key: str) -> Entry | None:
        """Return an entry of the catalogue as it stands there, or None."""
        return self.own.get(key, catalogue(self.language).get(key))

    def word(self, key: str, default: str) -> str:
        """Return a word of the catalogue, or its default where the catalogue does not know it."""
        found = self.find(key)
        return found if isinstance(found, str) else default

    def say(self, key: str, /, count: int | None = None, **values: Any) -> str:
        """Return a sentence of the catalogue with its values filled in.

        Parameters
        ----------
        key
            ``room.name``; a missing key is an error of the programmer's, hence a ``KeyError``.
        count
            Chooses among the entry's plural forms by the rule of the language, and fills ``{count}``.
        values
            Already formatted text; words of the catalogue never format numbers themselves.
        """
        entry = self.find(key)
        if entry is None:
            raise KeyError(key)
        if isinstance(entry, Mapping):
            form = "other" if count is None else plural(self.language, count)
            entry = entry.get(form) or next(reversed(entry.values()))
        if count is not None:
            values["count"] = self.count(count)
        if self.direction == "rtl":
            values = {name: f"{_FIRST_STRONG}{value}{_END}" for name, value in values.items()}
        return str(entry).format_map(values)

    def number_word(self, n: int) -> str:
        """Return ``three`` for 3, and digits past the last word that the language has."""
        words = self.find("numbers") or []
        return str(words[n]) if isinstance(words, list) and 0 <= n < len(words) else self.count(n)

    def listed(self, items: Sequence[str]) -> str:
        """Join without a last word: ``a, b, c``."""
        return self.say("join.next").join(items)

    def ordered(self, items: Sequence[str]) -> str:
        """Join as in a sentence: ``a, b and c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{self.listed(items[:-1])}{self.say('join.last')}{items[-1]}"

    def inside(self, label: str) -> str:
        """Return a label as it stands inside a sentence: where nouns have no capital, without its own.

        Abbreviations stay as they are.
        """
        if self.say("join.inside") == "keep" or label[1:2].isupper():
            return label
        return label[:1].lower() + label[1:]

    def heading(self, text: str) -> str:
        """Return a heading of the shipped notebooks in the reader's language; others stay as they are."""
        return self.word(_shipped(text), text)

    def chapter(self, title: str) -> str:
        """Return what readers call a notebook by its title, as `heading` where they have no other word."""
        return self.word(_shipped(title).replace("headings.", "report.chapter."), self.heading(title))

    def table(self, name: str) -> str:
        """Return what readers call one of segnb's tables."""
        return self.word(f"table.{name}", name)

    def column(self, name: str) -> str:
        """Return what readers call a column: the label that the report gives it, or its name."""
        return self.word(f"labels.columns.{name}", name)

    def attribute(self, name: str) -> str:
        """Return what readers call a column of the customers: its label, a word for it, or its name as words.

        ``unit_price``, ``unit.price`` and ``unitPrice`` become Unit price; abbreviations stay.
        """
        text = self.column(name)
        if text == name:
            return self.word(f"bases.attribute.{name}", as_words(name))
        return text[:1].upper() + text[1:]

    def category(self, column: str, value: str) -> str:
        """Return what readers call a column's value: the label that the report gives it, or the value."""
        shipped = self.word(f"bases.feature.{column}.levels.{value}", value)
        return self.word(f"labels.values.{column}.{value}", shipped)

    def readable(self, column: str, value: str) -> str:
        """Return what readers call a value; without a label ``MEAT`` and ``meat`` become ``Meat``.

        Short codes stay.
        """
        shouted = value.isupper() and len(value) > 3
        named = self.category(column, value)
        return value.capitalize() if named == value and (shouted or value.islower()) else named

    def count(self, n: float) -> str:
        """Return a whole number with its thousands marked: ``2,144``."""
        return self._ltr(_negative(format_decimal(round(n), locale=self.locale)))

    def number(self, x: float, digits: int | None = None) -> str:
        """Return a number with three significant figures, or with fixed decimals."""
        if not math.isfinite(x):
            return "–"
        if digits is None:
            size = math.floor(math.log10(abs(x))) if x else 0
            digits = max(0, min(2, 2 - size)) if abs(x) >= 0.095 else 2
            if abs(x) >= 9.95:
                digits = 1 if abs(x) < 99.5 else 0
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return self._ltr(
            _negative(format_decimal(round(x, digits) + 0.0, format=pattern, locale=self.locale))
        )

    def limit(self, bound: int, share: float) -> str:
        """Return all that is told of a share: *at least 98%* for a bound of 1, *under 2%* for -1."""
        return self.say(f"kpis.limit.{'least' if bound > 0 else 'under'}", value=self.percent(share))

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share as a whole percentage: ``26%``."""
        if not math.isfinite(share):
            return "–"
        pattern = _parsed(self.locale).percent_formats[None].pattern
        return self._ltr(_filled(pattern, self.number(100 * share, digits)))

    def money(self, amount: float, *, exact: bool = False, whole: bool = False) -> str:
        """Return an amount at a reader's precision: ``$26``, ``$1,643``, ``$58k``, ``$2.26m``.

        With ``exact`` the cents stay and nothing is shortened; with ``whole`` no amount has cents.
        """
        if not math.isfinite(amount):
            return "–"
        size = abs(amount)
        if exact or (0 < size < 9.95 and not whole):
            body = format_decimal(size, format="#,##0.00", locale=self.locale)
        elif size < 9_999.5:
            body = format_decimal(round(size), locale=self.locale)
        elif size < 999_500:
            body = self.say("format.thousand", value=format_decimal(round(size / 1e3), locale=self.locale))
        elif size < 999_500_000:
            body = self.say("format.million", value=self.number(size / 1e6))
        else:
            body = self.say("format.billion", value=self.number(size / 1e9))
        sign = "−" if amount < 0 and float("0" + "".join(c for c in body if c.isdigit())) else ""
        before, after = self._around_money
        return self._ltr(f"{sign}{before}{body}{after}")

    @property
    def _around_money(self) -> tuple[str, str]:
        """What stands before and after an amount: the sign of the currency, on one side."""
        if not self.currency:
            return "", ""
        pattern = str(_parsed(self.locale).currency_formats["standard"].pattern).partition(";")[0]
        symbol = get_currency_symbol(self.currency, self.locale)
        before, after = _NUMBER.split(_MARKS.sub("", pattern), maxsplit=1)
        return before.replace("¤", symbol), after.replace("¤", symbol)

    def value(self, x: float, unit: str) -> str:
        """Return a number in its unit: ``money``, ``share``, ``count``, ``days`` or plain ``number``.

        A ``change`` is a share with its sign, ``points`` are whole and have one, too: ``+12%``, ``−4``.
        """
        if unit == "money":
            return self.money(x)
        if unit == "share":
            return self.percent(x)
        if unit == "count":
            return self.count(x)
        if unit in ("change", "points"):
            return self._signed(self.percent(x) if unit == "change" else self.number(x, 0), x)
        return self.number(x)

    def _signed(self, text: str, x: float) -> str:
        """Put a plus before a number above zero, unless it reads as zero."""
        shown = _ISOLATED.sub("", text)
        positive = x > 0 and any(each in "123456789" for each in shown)
        return self._ltr(f"+{shown}") if positive else text

    def interval(self, low: float, high: float, unit: str) -> str:
        """Return both ends with the unit once: ``22–37%``, ``$1,532–1,759``."""
        return self.span(self.value(low, unit), self.value(high, unit))

    def span(self, first: str, last: str) -> str:
        """Return two values as a range, the unit once: after the last, or before the first.

        Where a sign would meet the dash, words stand between them: ``−4 to +12%``.
        """
        first, last = _ISOLATED.sub("", first), _ISOLATED.sub("", last)
        if first == last:
            return self._ltr(last)
        pairs = zip(reversed(first), reversed(last), strict=False)
        alike = takewhile(lambda pair: pair[0] == pair[1] and not pair[0].isdigit(), pairs)
        shared = "".join(each for each, _ in alike)[::-1]
        if unit := _UNIT.search(shared):
            first = first.removesuffix(unit[0])
        last = last.removeprefix(self._around_money[0])
        if first.startswith(_SIGNS) or last.startswith(_SIGNS):
            return self._ltr(self.say("format.from_to", first=first, last=last))
        return self._ltr(f"{first}–{last}")

    def _ltr(self, text: str) -> str:
        """Keep a number from turning in a text that is written from the right."""
        return text if self.direction == "ltr" else f"{_LTR}{_ISOLATED.sub('', text)}{_END}"

    def day(self, day: date) -> str:
        """Return a date in full: ``31 December 2017``."""
        return str(format_date(day, format=self.say("format.day"), locale=self.locale))

    def _days(self, start: date, end: date) -> str:
        """Return a span of days, the year once where it is the same and stands last."""
        if start == end:
            return self.day(start)
        pattern = self.say("format.day")
        if start.year != end.year or not pattern.endswith("y"):
            return f"{self.day(start)}–{self.day(end)}"
        first = format_date(start, format=pattern.rstrip("y").rstrip(), locale=self.locale)
        return f"{first}–{self.day(end)}"

    def period(self, start: date, end: date) -> str:
        """Return a span of days as briefly as it can be said: ``July–December 2017``."""
        if start.day != 1 or not _ends_month(end):
            return self._days(start, end)
        if start.year == end.year and (start.month, end.month) == (1, 12):
            return str(end.year)
        first, last = (format_skeleton("yMMMM", each, locale=self.locale) for each in (start, end))
        if first == last:
            return str(last)
        month = get_month_names("wide", locale=self.locale, context="stand-alone")[start.month]
        month_leads = first.startswith(month)
        return f"{month if start.year == end.year and month_leads else first}–{last}"


def _shipped(heading: str) -> str:
    """Return the key of a heading of the shipped notebooks; empty where it is none of theirs."""
    found = (key for key, entry in catalogue("en").items() if entry == heading)
    return next((key for key in found if key.startswith("headings.")), "")


@cache
def _parsed(locale: str) -> Locale:
    return Locale.parse(locale)


@cache
def _direction(locale: str) -> Literal["ltr", "rtl"]:
    return "rtl" if _parsed(locale).text_direction == "rtl" else "ltr"


def as_words(name: str) -> str:
    """Return a column's name as words, the first with a capital: ``unit.price`` is Unit price."""
    text = _JOINT.sub(" ", _SEAM.sub(_apart, name)).strip()
    return text[:1].upper() + text[1:]


def _apart(seam: re.Match[str]) -> str:
    """Return what begins a word inside a name as a word of its own; abbreviations keep their capitals."""
    found = seam[0]
    return f" {found.lower() if len(found) > 1 else found}"


def _negative(text: str) -> str:
    return text.replace("-", "−")


def _filled(pattern: str, number: str) -> str:
    """Put a number where the pattern of a locale has it: ``26%``, ``26 %``, ``%26``."""
    return _NUMBER.sub(lambda _: _ISOLATED.sub("", number), pattern, count=1)


def _ends_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


__all__ = ["Voice", "catalogue"]
