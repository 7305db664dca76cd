"""How segnb speaks: sentences from the catalogue, numbers in the reader's format."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal, get_currency_symbol


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Return every sentence of one language, keyed ``room.name``."""
    texts = [
        each.read_text(encoding="utf-8")
        for each in sorted(files(__name__).iterdir(), key=lambda each: each.name)
        if each.name.startswith(f"{language}.") and each.name.endswith(".yaml")
    ]
    flat: dict[str, Any] = {}

    def flatten(prefix: str, node: Any) -> None:
        if isinstance(node, dict) and set(node) != {"one", "other"}:
            for key, value in node.items():
                flatten(f"{prefix}.{key}" if prefix else str(key), value)
        else:
            flat[prefix] = node

    for text in texts:
        flatten("", yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return flat


@dataclass(frozen=True)
class Voice:
    """A language, a locale and a currency: everything that turns results into words.

    Results carry their voice along, so that nothing global decides how a report speaks.
    """

    locale: str = "en_US"
    currency: str | None = None

    @property
    def language(self) -> str:
        """The catalogue's language, as ``en``."""
        return self.locale.partition("_")[0]

    def say(self, key: str, /, count: int | None = None, **values: Any) -> str:
        """Return a sentence of the catalogue with its values filled in.

        Parameters
        ----------
        key
            ``room.name``; a missing key is an error of the programmer's, hence a ``KeyError``.
        count
            Chooses between the entry's ``one`` and ``other``, and fills ``{count}``.
        values
            Already formatted text; words of the catalogue never format numbers themselves.
        """
        entry = catalogue(self.language)[key]
        if isinstance(entry, Mapping):
            entry = entry["one" if count == 1 else "other"]
        if count is not None:
            values["count"] = self.count(count)
        return str(entry).format_map(values)

    def number_word(self, n: int) -> str:
        """Return ``three`` for 3, and digits past twelve."""
        words = catalogue(self.language)["numbers"]
        return words[n] if 0 <= n < len(words) else self.count(n)

    def ordered(self, items: Sequence[str]) -> str:
        """Join as in a sentence: ``a, b and c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('join.and')} {items[-1]}"

    def count(self, n: float) -> str:
        """Return a whole number with its thousands marked: ``2,144``."""
        return format_decimal(round(n), locale=self.locale).replace("-", "−")

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
        return format_decimal(round(x, digits), format=pattern, locale=self.locale).replace("-", "−")

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share as a whole percentage: ``26%``."""
        if not math.isfinite(share):
            return "–"
        return self.say("format.percent", value=self.number(100 * share, digits))

    def money(self, amount: float, *, exact: bool = False) -> str:
        """Return an amount at a reader's precision: ``$26``, ``$1,643``, ``$58k``, ``$2.26m``.

        With ``exact`` the cents stay and nothing is shortened.
        """
        if not math.isfinite(amount):
            return "–"
        size = abs(amount)
        if exact or 0 < size < 9.95:
            body = format_decimal(size, format="#,##0.00", locale=self.locale)
        elif size < 9_999.5:
            body = format_decimal(round(size), locale=self.locale)
        elif size < 999_500:
            body = self.say("format.thousand", value=format_decimal(round(size / 1e3), locale=self.locale))
        elif size < 999_500_000:
            body = self.say("format.million", value=self.number(size / 1e6))
        else:
            body = self.say("format.billion", value=self.number(size / 1e9))
        symbol = get_currency_symbol(self.currency, self.locale) if self.currency else ""
        sign = "−" if amount < 0 and float("0" + "".join(c for c in body if c.isdigit())) else ""
        return sign + self.say("format.money" if symbol else "format.plain", symbol=symbol, value=body)

    def value(self, x: float, unit: str) -> str:
        """Return a number in its unit: ``money``, ``share``, ``count``, ``days`` or plain ``number``."""
        if unit == "money":
            return self.money(x)
        if unit == "share":
            return self.percent(x)
        if unit == "count":
            return self.count(x)
        return self.number(x)

    def interval(self, low: float, high: float, unit: str) -> str:
        """Return both ends with the unit once: ``22–37%``, ``$1,532–1,759``."""
        first, last = self.value(low, unit), self.value(high, unit)
        if first == last:
            return last
        if unit == "share":
            first = first.removesuffix(self.say("format.percent", value=""))
        if unit == "money" and self.currency:
            last = last.removeprefix(get_currency_symbol(self.currency, self.locale))
        return f"{first}–{last}"

    def day(self, day: date) -> str:
        """Return a date in full: ``31 December 2017``."""
        return format_date(day, format=self.say("format.day"), locale=self.locale)

    def period(self, start: date, end: date) -> str:
        """Return a span of days as briefly as it can be said: ``July–December 2017``."""
        months = get_month_names("wide", locale=self.locale)
        if start.day != 1 or not _ends_month(end):
            return f"{self.day(start)}–{self.day(end)}" if start != end else self.day(start)
        if start.year != end.year:
            return f"{months[start.month]} {start.year}–{months[end.month]} {end.year}"
        if (start.month, end.month) == (1, 12):
            return str(end.year)
        if start.month == end.month:
            return f"{months[start.month]} {end.year}"
        return f"{months[start.month]}–{months[end.month]} {end.year}"


def _ends_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1
