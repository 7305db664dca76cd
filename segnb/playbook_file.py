"""The playbook: rules in YAML, by the field that they speak to, read and checked like a params file."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from segnb.conditions import parse
from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.model_faults import validated
from segnb.yaml_file import Faults, scan

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
SUFFIXES = ("others", "interval", "index")
"""What may follow a figure in a sentence: ``{discount_share.others}``."""
LONGEST_ACTION = 10


def _a_condition(phrase: str, info: ValidationInfo) -> str:
    _known(parse(phrase).figure, info)
    return phrase


def _a_template(text: str, info: ValidationInfo) -> str:
    for name in PLACEHOLDER.findall(text):
        figure, _, suffix = name.partition(".")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", figure):
            raise ValueError(
                f"{{{name}}} is no figure. Write it as {{discount_share}} or {{discount_share.others}}"
            )
        if suffix and suffix not in SUFFIXES:
            raise ValueError(f"{{{name}}} asks for {suffix!r}. {nearest(suffix, SUFFIXES)}")
        _known(figure, info)
    if set(PLACEHOLDER.sub("", text)) & set("{}"):
        raise ValueError("a brace is left open")
    return text


def _known(figure: str, info: ValidationInfo) -> None:
    known = info.context
    if known is not None and figure not in known:
        raise ValueError(f"there is no figure {figure!r}. {nearest(figure, sorted(known))}")


def _short(text: str) -> str:
    if len(text.split()) > LONGEST_ACTION:
        raise ValueError(f"an action has at most {LONGEST_ACTION} words, this one has {len(text.split())}")
    return text


class Rule(BaseModel):
    """Conditions that must all hold, and what to say then."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
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

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
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
    rules, faults = scan_rules(path, known)
    refuse(ParameterError, faults)
    assert rules is not None
    return rules


def scan_rules(path: Path, known: Collection[str] | None = None) -> tuple[Rules | None, list[Fault]]:
    """Return a playbook's rules and its faults, in the order of their lines.

    Without ``known`` the figures are not looked up: a notebook may add figures of its own.

    Raises
    ------
    ParameterError
        The file is missing or is no YAML.
    """
    file = scan(path)
    faults: Faults = {}
    # A field with all its rules commented out is empty.
    given = {field: [] if listed is None else listed for field, listed in file.data.items()}
    rules = validated(Rules, given, file, (), faults, context=known)
    return rules, file.in_order(faults)
