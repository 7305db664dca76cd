"""The catalogues: every sentence of a language by its key, and what is wrong with one of a user's own.

A language is the same keys in files of another code: ``de.yaml``, ``de.kpis.yaml``. A sentence that
counts holds one form for each plural that the language has, by the names of CLDR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml
from babel import Locale

from segnb.errors import nearest

PLURALS = frozenset(("zero", "one", "two", "few", "many", "other"))
Entry = str | list[str] | dict[str, str]
"""A sentence, a list of words, or the forms of a sentence that counts."""
Catalogue = dict[str, Entry]
_COUNTED = range(1001)


def flat(nested: Mapping[str, Any], above: str = "") -> Catalogue:
    """Return sentences by one key each, as ``kpis.column.kpi``."""
    found: Catalogue = {}
    for name, value in nested.items():
        key = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping) and (not value or not set(value) <= PLURALS):
            found |= flat(value, key)
        else:
            found[key] = value
    return found


@cache
def catalogue(language: str) -> Catalogue:
    """Return every sentence of a language that segnb ships; none where it ships none."""
    found: Catalogue = {}
    for each in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        if each.name.startswith(f"{language}.") and each.name.endswith(".yaml"):
            text = each.read_text(encoding="utf-8")
            found |= flat(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {})
    return found


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    names = (each.name for each in files(__package__).iterdir() if each.name.endswith(".yaml"))
    return tuple(sorted({name.partition(".")[0] for name in names}))


@cache
def template() -> Catalogue:
    """Return all keys that a language may fill, with what English says, or the first language that has it.

    English words of a basis or a KPI stand in its own file, so English alone is not the whole list.
    """
    found = dict(catalogue("en"))
    for language in languages():
        found = catalogue(language) | found
    return found


def as_yaml(language: str) -> str:
    """Return all keys as a file of words: what the language says, and English where it says nothing."""
    known = catalogue(language)
    nested: dict[str, Any] = {}
    for key, entry in template().items():
        *above, name = key.split(".")
        place: dict[str, Any] = nested
        for each in above:
            place = place.setdefault(each, {})
        place[name] = known.get(key, entry)
    return str(yaml.dump(nested, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True, width=110))


def plural(language: str, count: int) -> str:
    """Return the name of the form that a language uses with a number: ``one``, ``few``, ``other``."""
    return str(Locale.parse(language).plural_form(count))


@cache
def forms(language: str) -> frozenset[str]:
    """Return the forms that whole numbers need in a language."""
    return frozenset(plural(language, count) for count in _COUNTED)


def lacking(own: Mapping[str, Entry], language: str) -> list[str]:
    """Return the keys that words of one's own leave unsaid in a language that segnb does not ship."""
    return [] if catalogue(language) else [key for key in template() if key not in own]


def faults(own: Mapping[str, Any], language: str) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the fault and the remedy of each sentence that cannot be said."""
    for key, entry in own.items():
        model = template().get(key)
        if model is None:
            # All seven hundred keys would bury the hint.
            hint = nearest(key, template()).partition("Choose one of")[0].strip()
            yield key, "there is no such sentence", hint
        elif isinstance(model, list):
            if not isinstance(entry, list) or not entry or not all(isinstance(each, str) for each in entry):
                yield key, "expected a list of words", ""
        elif not _is_text(entry):
            yield key, "expected a text in quotes", ""
        else:
            yield from _form_faults(key, entry, model, language)


def _form_faults(key: str, entry: Any, model: Entry, language: str) -> Iterator[tuple[str, str, str]]:
    counts = isinstance(model, Mapping)
    if isinstance(entry, Mapping) and not counts:
        yield key, "expected one text, for this sentence counts nothing", ""
        return
    needed = forms(language) if counts else frozenset()
    absent = sorted(needed - set(entry)) if isinstance(entry, Mapping) else sorted(needed - {"other"})
    if absent:
        yield key, f"lacks the form {' and '.join(absent)}, which {language} has", ""
    try:
        ours, theirs = _fields(entry), _fields(model)
    except ValueError:
        yield key, "a brace is left open", "Write {name} for a value and {{ for a brace"
        return
    if unknown := sorted(ours - theirs - ({"count"} if counts else set())):
        known = ", ".join(f"{{{each}}}" for each in sorted(theirs)) or "none"
        yield key, f"there is no value {{{unknown[0]}}}", f"The values of this sentence: {known}"
    if lost := sorted(theirs - ours - {"count"}):
        yield key, f"does not say {{{lost[0]}}}", ""


def _is_text(entry: Any) -> bool:
    texts = list(entry.values()) if isinstance(entry, Mapping) else [entry]
    return bool(texts) and all(isinstance(each, str) for each in texts)


def _fields(entry: Any) -> set[str]:
    """Return the names of the values that a sentence takes, all its forms together."""
    texts = entry.values() if isinstance(entry, Mapping) else [entry]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}
