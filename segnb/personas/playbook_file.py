"""The playbook's YAML: read with its line numbers, checked whole, all faults at once.

Every value is text, so YAML's guessing of types never comes into play. Aliases, tags and repeated
keys are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.personas.conditions import parse

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
SUFFIXES = ("others", "interval", "index")
"""What may follow a figure in a sentence: ``{discount_share.others}``."""
LONGEST_ACTION = 10
_LARGEST_FILE = 1_000_000
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp"})
Loc = tuple[str | int, ...]


def _a_condition(phrase: str) -> str:
    parse(phrase)
    return phrase


def _a_template(text: str) -> str:
    for name in PLACEHOLDER.findall(text):
        figure, _, suffix = name.partition(".")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", figure):
            raise ValueError(
                f"{{{name}}} is no figure. Write it as {{discount_share}} or {{discount_share.others}}"
            )
        if suffix and suffix not in SUFFIXES:
            raise ValueError(f"{{{name}}} asks for {suffix!r}. {nearest(suffix, SUFFIXES)}")
    if set(PLACEHOLDER.sub("", text)) & set("{}"):
        raise ValueError("a brace is left open")
    return text


def _short(text: str) -> str:
    if len(text.split()) > LONGEST_ACTION:
        raise ValueError(f"an action has at most {LONGEST_ACTION} words, this one has {len(text.split())}")
    return text


class Rule(BaseModel):
    """Conditions that must all hold, and what to say then."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    when: tuple[Annotated[str, AfterValidator(_a_condition)], ...] = ()
    say: Annotated[str, Field(min_length=1), AfterValidator(_a_template)]

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that it names, those in its sentence first."""
        named = [each.partition(".")[0] for each in PLACEHOLDER.findall(self.say)]
        return tuple(dict.fromkeys([*named, *(parse(each).figure for each in self.when)]))


class Action(Rule):
    """What to do next, short enough for the table of segments."""

    say: Annotated[str, Field(min_length=1), AfterValidator(_a_template), AfterValidator(_short)]


class Rules(BaseModel):
    """The rules of each field, in their order: the first whose conditions hold is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    message: tuple[Rule, ...] = ()
    tone: tuple[Rule, ...] = ()
    imagery: tuple[Rule, ...] = ()
    channel: tuple[Rule, ...] = ()
    price: tuple[Rule, ...] = ()
    product: tuple[Rule, ...] = ()
    when: tuple[Rule, ...] = ()
    not_when: tuple[Rule, ...] = ()
    action: tuple[Action, ...] = ()

    def by_field(self) -> dict[str, tuple[Rule, ...]]:
        """Return the rules of each field, the fields in the order of the page."""
        return {name: getattr(self, name) for name in type(self).model_fields}


@dataclass(frozen=True)
class _Lines:
    """Where each key and list item of a file stands."""

    file: str
    lines: Mapping[Loc, int]

    def where(self, loc: Loc) -> str:
        line = next((self.lines[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in self.lines), 1)
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
        return f"{self.file}, line {line}" + (f", {path}" if path else "")


def read_rules(path: Path, known: Collection[str]) -> Rules:
    """Read a playbook.

    Parameters
    ----------
    known
        The figures that a rule may name.

    Raises
    ------
    ParameterError
        The file is missing, is no YAML, or has faults; all of them are listed.
    """
    lines: dict[Loc, int] = {}
    places = _Lines(path.name, lines)
    data = _value(_compose(path), (), lines, places)
    try:
        rules = Rules.model_validate(data)
    except ValidationError as error:
        refuse(ParameterError, [_fault(each, places) for each in error.errors()])
        raise
    refuse(ParameterError, _unknown(rules, known, places))
    return rules


def _compose(path: Path) -> yaml.Node:
    if not path.is_file():
        raise ParameterError(f"there is no playbook {path.name}. Give the path of a YAML file")
    if path.stat().st_size > _LARGEST_FILE:
        raise ParameterError(f"{path.name} is larger than a megabyte")
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ParameterError(f"{path.name} holds an alias (*name). Write the value out")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ParameterError(
            f"{path.name}{line}: this is no YAML. Check indents, quotes and colons"
        ) from error
    return node or yaml.MappingNode("tag:yaml.org,2002:map", [])


def _value(node: yaml.Node, loc: Loc, lines: dict[Loc, int], places: _Lines) -> Any:
    """Return a node's value, all scalars as text."""
    if node.start_mark:
        lines.setdefault(loc, node.start_mark.line + 1)
    if node.tag.removeprefix(_CORE) not in _TAGS:
        raise ParameterError(f"{places.where(loc)}: tags such as {node.tag} are not read")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ParameterError(f"{places.where(loc)}: a key is a single word")
            lines[(*loc, key.value)] = key.start_mark.line + 1
            if key.value in found:
                raise ParameterError(f"{places.where((*loc, key.value))}: the key {key.value!r} stands twice")
            found[key.value] = _value(value, (*loc, key.value), lines, places)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*loc, n), lines, places) for n, each in enumerate(node.value)]
    return node.value


def _fault(error: Any, places: _Lines) -> Fault:
    loc: Loc = error["loc"]
    where = places.where(loc)
    if error["type"] == "extra_forbidden":
        choices = Rules.model_fields if len(loc) == 1 else Rule.model_fields
        return Fault(f"there is no {loc[-1]!r} here", where, remedy=nearest(str(loc[-1]), choices))
    if error["type"] == "missing":
        return Fault(f"{loc[-1]!r} is missing", where)
    return Fault(error["msg"].removeprefix("Value error, "), where)


def _unknown(rules: Rules, known: Collection[str], places: _Lines) -> Iterator[Fault]:
    for field, listed in rules.by_field().items():
        for position, rule in enumerate(listed):
            for figure in sorted(set(rule.figures) - set(known)):
                where = places.where((field, position))
                yield Fault(f"there is no figure {figure!r}", where, remedy=nearest(figure, sorted(known)))
