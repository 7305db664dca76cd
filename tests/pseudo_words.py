"""A language that nobody speaks: every sentence of the catalogue in Hebrew letters, its values kept."""

from string import Formatter

from segnb.words.catalogue import Catalogue, Entry, forms, template

_TURNED = dict(zip("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד", strict=True))
_KEPT = {"join.inside": "keep", "format.day": "d MMMM y"}


def hebrew() -> Catalogue:
    """Return words for every key, with the plural forms that Hebrew has."""
    return {key: _KEPT.get(key) or _turned(entry) for key, entry in template().items()}


def _turned(entry: Entry) -> Entry:
    if isinstance(entry, list):
        return [_letters(each) for each in entry]
    if isinstance(entry, dict):
        return {form: _letters(entry["other"]) for form in forms("he")}
    return _letters(entry)


def _letters(text: str) -> str:
    parts = []
    for said, name, _, _ in Formatter().parse(text):
        turned = "".join(_TURNED.get(each.lower(), each) for each in said)
        parts.append(turned.replace("{", "{{").replace("}", "}}"))
        parts.append("" if name is None else f"{{{name}}}")
    return "".join(parts)
