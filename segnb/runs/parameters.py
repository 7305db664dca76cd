"""Check a whole params file before anything runs.

What all notebooks share is checked by `model`, each notebook's block by the parameters cell of the
notebook (`knobs`). All faults come in one error, in the order of their lines.
"""

from __future__ import annotations

import typing
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from babel import localedata

from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.model_faults import validated
from segnb.playbook_file import scan_rules
from segnb.registry import UnknownName
from segnb.runs.basis import bases, basis_facts
from segnb.runs.days import RELATIVE_DAYS, resolve_day
from segnb.runs.knobs import RUN, Declared, scan_knobs
from segnb.runs.model import AUTO, BLOCKS, Parameters
from segnb.tables.needs import Holds, unmet, unmet_together
from segnb.tables.roles import TABLES
from segnb.words.catalogue import faults as word_faults
from segnb.words.catalogue import flat, lacking, template
from segnb.yaml_file import Faults, KeyPath, YamlFile, clip, scan


@dataclass(frozen=True)
class Checked:
    """A params file without faults.

    ``knobs`` holds the value of every knob of every notebook, defaults included, by the
    notebook's name (``04_segment_personas``) and in the order of the parameters cell. ``lines``
    gives the line of each key of the file, ``words`` the file with words of its own.
    """

    parameters: Parameters
    knobs: dict[str, dict[str, Any]]
    path: Path
    text: str
    lines: dict[KeyPath, int]
    words: Path | None = None

    @property
    def beside(self) -> tuple[Path, ...]:
        """The files that were read with it: the playbook, and the file of its own words."""
        return (self.playbook,) if self.words is None else (self.playbook, self.words)

    @property
    def playbook(self) -> Path:
        """The playbook's path."""
        return find_playbook(self.path.parent, self.parameters.playbook, self.parameters.locale)


def check(path: Path, notebooks: Path, *, today: date | None = None) -> Checked:
    """Check a params file against the shared model and against the notebooks' own parameters.

    Parameters
    ----------
    path
        The params file.
    notebooks
        The folder of the notebooks.
    today
        The day that ``as_of: yesterday`` counts from; only where it is needed and left out is the
        clock read.

    Raises
    ------
    ParameterError
        All that is wrong, each with its line, its key and the nearest known name.
    """
    file = scan(path)
    declared = scan_knobs(notebooks)
    given = dict(file.data)
    faults = _unknown_keys(file, declared)
    for key in faults:
        del given[str(key[0])]
    own = [each for each in declared if each.block not in Parameters.model_fields]
    knobs = {each.notebook: _knob_values(file, each, given.pop(each.block, None), faults) for each in own}
    parameters = _shared(file, given, today, faults)
    told = [*_word_faults(file, faults), *_playbook_faults(file, faults)]
    refuse(ParameterError, [*file.in_order(faults), *told, *_declaration_faults(declared)])
    words = file.data.get("words")
    beside = path.parent / words if isinstance(words, str) else None
    return Checked(typing.cast(Parameters, parameters), knobs, path, file.text, file.lines, beside)


def _unknown_keys(file: YamlFile, declared: tuple[Declared, ...]) -> Faults:
    known = [*Parameters.model_fields, *(each.block for each in declared)]
    return {
        (key,): Fault("there is no such key", file.where((key,)), remedy=nearest(key, known))
        for key in file.data
        if key not in known
    }


def _declaration_faults(declared: tuple[Declared, ...]) -> list[Fault]:
    faults = [fault for each in declared for fault in each.faults]
    taken = {name: "the shared parameters" for name in Parameters.model_fields}
    for each in declared:
        if each.block in taken:
            what = f"its block in the YAML would be called {each.block!r}, as in {taken[each.block]}"
            faults.append(Fault(what, each.path.as_posix(), remedy="Rename the notebook"))
        taken[each.block] = each.path.name
    return faults


def _knob_values(file: YamlFile, declared: Declared, block: Any, faults: Faults) -> dict[str, Any]:
    if declared.faults:  # what such a notebook declares is not known
        return {}
    given = {} if block is None else block
    if isinstance(given, dict) and RUN in given:
        path = (declared.block, RUN)
        faults[path] = Fault("segnb itself sets run", file.where(path), remedy="Delete the line")
        given = {name: value for name, value in given.items() if name != RUN}
    values = validated(declared.model(), given, file, (declared.block,), faults)
    return {} if values is None else values.model_dump(by_alias=True)


def _shared(file: YamlFile, given: dict[str, Any], today: date | None, faults: Faults) -> Parameters | None:
    given |= {name: {} for name in BLOCKS if name in given and given[name] is None}
    if isinstance(given.get("words"), str):
        with suppress(ParameterError):  # told by `_word_faults`
            given["words"] = _own_words(file)[2]
    word = given.get("as_of")
    if isinstance(word, str) and word in RELATIVE_DAYS:
        given["as_of"] = resolve_day(word, today).isoformat()
    elif isinstance(word, str) and word[:1].isalpha():
        given["as_of"] = None
        what = f"expected a date such as 2017-12-31 or a word for a day, got {word[:40]!r}"
        faults[("as_of",)] = Fault(what, file.where(("as_of",)), remedy=nearest(word, RELATIVE_DAYS))
    _fill_basis_options(file, given, faults)
    return validated(Parameters, given, file, (), faults)


def _fill_basis_options(file: YamlFile, given: dict[str, Any], faults: Faults) -> None:
    """Check the basis, the tables that it needs and its options; fill in the options' defaults."""
    _check_bases(file, given, faults)
    name, options = (
        given.get("basis", Parameters.model_fields["basis"].default),
        given.get("basis_options", {}),
    )
    if not isinstance(name, str) or ("basis",) in file.faults:
        return
    where = file.where(("basis",))
    if name == AUTO:
        if options:
            what = "options belong to one basis, and no basis is named. Name it under basis"
            faults[("basis_options",)] = Fault(what, file.where(("basis_options",)))
        return
    try:
        facts = basis_facts(name)
    except UnknownName:
        faults[("basis",)] = Fault(f"there is no basis {clip(name)}", where, remedy=nearest(name, bases()))
        return
    data = given.get("data")
    if isinstance(data, dict) and (asked := unmet(facts.needs, _declared(data))):
        what = f"the basis {name!r} needs {' and '.join(asked)}, which data does not declare"
        faults[("basis",)] = Fault(what, where)
    filled = validated(facts.options, options, file, ("basis_options",), faults)
    if filled is not None:
        given["basis_options"] = filled.model_dump(mode="json")


def _check_bases(file: YamlFile, given: dict[str, Any], faults: Faults) -> None:
    """Check the bases to compare, and where no basis is named, whether the tables allow any."""
    asked, data = given.get("bases"), given.get("data")
    names = asked if isinstance(asked, list) else []
    for place, name in enumerate(names):
        if isinstance(name, str) and name not in bases():
            path = ("bases", place)
            faults[path] = Fault(
                f"there is no basis {clip(name)}", file.where(path), remedy=nearest(name, bases())
            )
    if faults or not isinstance(data, dict) or (given.get("basis", AUTO) != AUTO and not asked):
        return
    customers = data.get("customers")
    if isinstance(customers, dict) and not customers.get("attributes") and not _tables_beside(data):
        what = "no attribute is declared, and there is no other table: nothing tells the customers apart"
        remedy = (
            "List columns under attributes; `segnb init DIR --customers FILE` declares those of a CSV file"
        )
        alone = ("data", "customers")
        faults[alone] = Fault(what, file.where(alone), remedy=remedy)
        return
    needs = {str(name): bases()[name].needs for name in names or bases()}
    if all(unmet(each, _declared(data)) for each in needs.values()):
        key = next(each for each in ("bases", "basis", "data") if each in file.data)
        what = "the tables under data allow none of these bases" if names else "the tables allow no basis"
        remedy = f"Declare {unmet_together(needs, _declared(data))}"
        faults[(key,)] = Fault(what, file.where((key,)), remedy=remedy)


def _tables_beside(data: dict[str, Any]) -> list[str]:
    return [each.name for each in TABLES if each.name in data and each.name != "customers"]


def bases_allowed(parameters: Parameters) -> tuple[str, ...]:
    """Return which bases the declared tables allow and what each other one lacks, one line each.

    That is a question only where the parameters leave the basis open, or compare several.
    """
    if parameters.basis != AUTO and not parameters.bases:
        return ()
    holds = _declared(parameters.data.model_dump(mode="json"))
    lacks = {name: unmet(each.needs, holds) for name, each in bases().items()}
    able = [name for name, asked in lacks.items() if not asked]
    absent = (f"basis {name}: needs {' and '.join(asked)}" for name, asked in lacks.items() if asked)
    return (f"bases that the tables allow: {', '.join(able)}", *absent)


def _declared(data: dict[str, Any]) -> Holds:
    """Return what says whether a table, or a column of it, is declared."""

    def holds(table: str, column: str) -> bool:
        declared = data.get(table)
        if not isinstance(declared, dict):
            return False
        attributes = declared.get("attributes")
        return not column or declared.get(column) is not None or column in (attributes or ())

    return holds


def find_playbook(folder: Path, named: str | None, locale: str) -> Path:
    """Return the playbook: the one that is named, else that of the language, else the one of all."""
    if named is not None:
        return folder / named
    of_language = folder / f"playbook.{locale.partition('_')[0]}.yaml"
    return of_language if of_language.is_file() else folder / "playbook.yaml"


def _own_words(file: YamlFile) -> tuple[YamlFile, KeyPath, Any]:
    """Return the report's own words with the file that holds them, and their place in it.

    Raises
    ------
    ParameterError
        The file that is named cannot be read.
    """
    given = file.data.get("words")
    if not isinstance(given, str):
        return file, ("words",), given
    own = scan(file.path.parent / given)
    return own, (), own.data


def _word_faults(file: YamlFile, faults: Faults) -> list[Fault]:
    """Return what is wrong with the report's own words, and what a language of one's own lacks."""
    try:
        own, place, words = _own_words(file)
    except ParameterError as error:
        faults[("words",)] = Fault(str(error), file.where(("words",)))
        return []
    language = str(file.data.get("locale", Parameters.model_fields["locale"].default)).partition("_")[0]
    if not isinstance(words, dict) or not words or not localedata.exists(language):
        return []
    said = flat(words)
    found = {
        (*place, *key.split(".")): Fault(what, own.where((*place, *key.split("."))), remedy=remedy)
        for key, what, remedy in word_faults(said, language)
    }
    absent = lacking(said, language)
    if absent:
        some = ", ".join(absent[:3])
        what = f"lacks {len(absent)} of {len(template())} sentences in {language!r}, as {some}"
        remedy = f"`segnb words {language}` writes them all"
        found[place] = Fault(what, own.where(place), remedy=remedy)
    return own.in_order(found) if own is not file else [found[each] for each in found]


def _playbook_faults(file: YamlFile, faults: Faults) -> list[Fault]:
    """Return what is wrong with the playbook; where there is none, that is the params file's fault."""
    name = file.data.get("playbook")
    if not isinstance(name, str | None):  # the model says it
        return []
    path, found = find_playbook(file.path.parent, name, str(file.data.get("locale", ""))), False
    with suppress(OSError, ValueError):  # a name that no file can have
        found = path.is_file()
    if not found:
        what = f"there is no file {clip(name or path.name)}"
        faults[("playbook",)] = Fault(what, file.where(("playbook",)))
        return []
    try:
        return scan_rules(path)[1]
    except ParameterError as error:
        return [Fault(str(error))]
