"""Check a whole params file before anything runs, and write it out resolved.

What all notebooks share is checked by `model`, each notebook's block by the parameters cell of the
notebook (`knobs`). All faults come in one error, in the order of their lines.
"""

from __future__ import annotations

import json
import typing
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.registry import UnknownName
from segnb.runs.basis import bases, basis_facts
from segnb.runs.days import RELATIVE_DAYS, resolve_day
from segnb.runs.knobs import RUN, Declared, block_name, scan_knobs
from segnb.runs.model import BLOCKS, Parameters
from segnb.runs.wording import model_faults
from segnb.runs.yaml_file import KeyPath, YamlFile, clip, scan
from segnb.runs.yaml_scalar import scalar

_HEADER = "# The parameters of a run, with relative days resolved and defaults filled in.\n"
Faults = dict[KeyPath, Fault]


@dataclass(frozen=True)
class Checked:
    """A params file without faults.

    ``knobs`` holds the value of every knob of every notebook, defaults included, by the
    notebook's name (``04_segment_personas``) and in the order of the parameters cell. ``lines``
    gives the line of each key of the file.
    """

    parameters: Parameters
    knobs: dict[str, dict[str, Any]]
    path: Path
    text: str
    lines: dict[KeyPath, int]

    @property
    def playbook(self) -> Path:
        """The playbook's path."""
        return self.path.parent / self.parameters.playbook


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
    # What YAML itself refuses comes first: the value at such a place is not the one that was meant.
    found = sorted((faults | file.faults).items(), key=lambda fault: (file.line(fault[0]), str(fault[0])))
    refuse(ParameterError, [*(fault for _, fault in found), *_declaration_faults(declared)])
    return Checked(typing.cast(Parameters, parameters), knobs, path, file.text, file.lines)


def resolved_yaml(checked: Checked) -> str:
    """Return the parameters with nothing left open, always in the same order and form.

    Reading the text gives equal parameters again.
    """
    values = checked.parameters.model_dump(mode="json")
    values |= {block_name(notebook): knobs for notebook, knobs in checked.knobs.items()}
    return _HEADER + yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096
    )


class _Dumper(yaml.SafeDumper):
    """Writes what `yaml_file` reads back: no aliases, and quotes where a text looks like a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    try:
        style = None if isinstance(scalar(text), str) else "'"
    except ValueError:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


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
    values = _validated(declared.model(), given, file, (declared.block,), faults)
    return {} if values is None else values.model_dump(by_alias=True)


def _shared(file: YamlFile, given: dict[str, Any], today: date | None, faults: Faults) -> Parameters | None:
    given |= {name: {} for name in BLOCKS if name in given and given[name] is None}
    word = given.get("as_of")
    if isinstance(word, str) and word in RELATIVE_DAYS:
        given["as_of"] = resolve_day(word, today).isoformat()
    elif isinstance(word, str) and word[:1].isalpha():
        given["as_of"] = None
        what = f"expected a date such as 2017-12-31 or a word for a day, got {word[:40]!r}"
        faults[("as_of",)] = Fault(what, file.where(("as_of",)), remedy=nearest(word, RELATIVE_DAYS))
    _fill_basis_options(file, given, faults)
    _find_playbook(file, given, faults)
    values = _validated(Parameters, given, file, (), faults)
    return typing.cast(Parameters | None, values)


def _fill_basis_options(file: YamlFile, given: dict[str, Any], faults: Faults) -> None:
    """Check the basis, the tables that it needs and its options; fill in the options' defaults."""
    name, options = (
        given.get("basis", Parameters.model_fields["basis"].default),
        given.get("basis_options", {}),
    )
    if not isinstance(name, str) or ("basis",) in file.faults:
        return
    where = file.where(("basis",))
    try:
        facts = basis_facts(name)
    except UnknownName:
        faults[("basis",)] = Fault(f"there is no basis {clip(name)}", where, remedy=nearest(name, bases()))
        return
    data = given.get("data")
    lacking = [table for table in facts.needs if isinstance(data, dict) and data.get(table) is None]
    if lacking:
        what = f"the basis {name!r} needs the table {' and '.join(lacking)}, which data does not declare"
        faults[("basis",)] = Fault(what, where)
    filled = _validated(facts.options, options, file, ("basis_options",), faults)
    if filled is not None:
        given["basis_options"] = filled.model_dump(mode="json")


def _find_playbook(file: YamlFile, given: dict[str, Any], faults: Faults) -> None:
    name = given.get("playbook", Parameters.model_fields["playbook"].default)
    found = False
    with suppress(OSError, ValueError):  # a name that no file can have
        found = isinstance(name, str) and (file.path.parent / name).is_file()
    if isinstance(name, str) and not found:
        faults[("playbook",)] = Fault(f"there is no file {clip(name)}", file.where(("playbook",)))


def _validated(
    model: type[BaseModel], given: Any, file: YamlFile, block: KeyPath, faults: Faults
) -> BaseModel | None:
    try:
        # As JSON, so that a list may fill a tuple and a text a date, and nothing else is converted.
        return model.model_validate_json(json.dumps(given))
    except ValidationError as error:
        for path, fault in model_faults(error, model, file, block).items():
            faults.setdefault(path, fault)
        return None
