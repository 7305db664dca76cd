"""Say in plain words what pydantic refuses: one sentence, the value as typed, and the remedy."""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from segnb.errors import Fault, nearest
from segnb.yaml_file import Faults, KeyPath, YamlFile, clip, is_below
from segnb.yaml_scalar import scalar

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "date": "a date such as 2017-12-31",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys and values",
    "model": "keys and values",
    "none": "nothing",
}
_BOUNDS = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "too_short": "needs {min_length} or more values",
    "too_long": "takes {max_length} values at most",
    "string_too_short": "needs {min_length} or more characters",
    "string_too_long": "takes {max_length} characters at most",
    "finite_number": "must be a finite number",
}
_YES_NO = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false"})


def validated(
    model: type[M], given: Any, file: YamlFile, block: KeyPath, faults: Faults, *, context: Any = None
) -> M | None:
    """Return values of a YAML file as a model; where it refuses any, add to the faults and return None.

    Parameters
    ----------
    model
        The model, whose names and choices are suggested.
    given
        The values.
    file, block
        The file that they came from, and the path of the part of it that they are.
    faults
        What is wrong with the file so far, by path; an earlier fault of a path stays.
    context
        What the model's own checks may look up.
    """
    try:
        # As JSON, so that a list may fill a tuple and a text a date, and nothing else is converted.
        return model.model_validate_json(json.dumps(given), context=context)
    except ValidationError as error:
        for path, fault in _faults(error, model, file, block).items():
            faults.setdefault(path, fault)
        return None


def _faults(error: ValidationError, model: Any, file: YamlFile, block: KeyPath) -> Faults:
    """Return a fault for each path of a YAML file that a model refuses."""
    faults: Faults = {}
    for detail in error.errors(include_url=False):
        path = _in_file(file.data, block, detail, model)
        what, remedy = explain(detail, model, path[len(block) :], file.source.get(path))
        faults.setdefault(path, Fault(what, file.where(path), remedy=remedy))
    # A list with refused items is not also too short, nor is it to be the text that it might have been.
    return {path: fault for path, fault in faults.items() if not any(is_below(each, path) for each in faults)}


def explain(
    detail: Mapping[str, Any], model: Any, path: KeyPath, source: str | None = None
) -> tuple[str, str]:
    """Return what is wrong and the remedy, for one entry of ``ValidationError.errors()``.

    Parameters
    ----------
    detail
        The entry.
    model
        The type that was validated against.
    path
        Where the value stands in it.
    source
        The value as typed, where the YAML reader made a number, a boolean or null of it.
    """
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return "is missing", ""
    if kind == "extra_forbidden":
        return "there is no such key", nearest(str(path[-1]), _known(model, path[:-1]))
    if kind == "value_error":
        return str(detail["ctx"]["error"]), ""
    if kind == "literal_error":
        literals = (each for each in _types_at(model, path) if typing.get_origin(each) is typing.Literal)
        choices = [str(choice) for each in literals for choice in typing.get_args(each)]
        shown = [choice if re.fullmatch(r"[\w-]+", choice) else repr(choice) for choice in choices]
        return f"expected a choice, got {describe(value, source)}", nearest(str(value), shown)
    if kind in _BOUNDS:
        got = f", got {describe(value, source)}" if isinstance(value, int | float) else ""
        return _BOUNDS[kind].format_map(detail.get("ctx", {})) + got, ""
    expected = kind.partition("_")[0]
    if expected not in _EXPECTED:
        return str(detail["msg"]).replace("Input should be", "must be"), ""
    accepted = _types_at(model, path)
    noun = _EXPECTED[expected] + (" or null" if type(None) in accepted else "")
    return f"expected {noun}, got {describe(value, source)}", _remedy(expected, value, source, accepted)


def describe(value: Any, source: str | None = None) -> str:
    """Name a value and its kind: ``the text 'three'``, ``the whole number 3``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return source or str(value).lower()
    if isinstance(value, int):
        return f"the whole number {source or value}"
    if isinstance(value, float):
        return f"the number {source or value}"
    if isinstance(value, str):
        return f"the text {clip(value)}"
    return "a list" if isinstance(value, list | tuple) else "keys and values"


def _remedy(expected: str, value: Any, source: str | None, accepted: list[Any]) -> str:
    if expected == "string" and isinstance(value, bool | int | float):
        return f"Quote it: '{source or value}'"
    if value == "None" and type(None) in accepted:
        return "Write null"
    if expected == "bool" and str(value).lower() in _YES_NO:
        return "Write true or false, without quotes"
    if expected in ("int", "float") and isinstance(value, str) and not isinstance(_plain(value), str):
        return f"Write it without quotes: {value}"
    if expected in ("int", "float") and isinstance(value, str) and value.isdecimal():
        return f"Write it without leading zeros: {value.lstrip('0') or 0}"
    if expected in ("list", "tuple") and isinstance(value, str | int | float):
        return f"Write it in brackets: [{clip(value)[1:-1] if isinstance(value, str) else source or value}]"
    return ""


def _plain(text: str) -> Any:
    try:
        return scalar(text)
    except ValueError:
        return text


def _in_file(data: Any, block: KeyPath, detail: Mapping[str, Any], model: Any) -> KeyPath:
    """Return where an entry stands in the file: its location without the names of union members."""
    for part in block:
        data = data.get(part)
    inside: KeyPath = ()
    for part in detail["loc"]:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and part in range(len(data))):
            data = data[part]
            inside = (*inside, part)
        elif detail["type"] == "missing" or part in _known(model, inside):  # not in the file, or a default
            inside = (*inside, part)
    return (*block, *inside)


def _types_at(annotation: Any, path: KeyPath) -> list[Any]:
    """Return the types that a value at a path may have; unions are taken apart."""
    members = list(_members(annotation))
    if not path:
        return members
    return [
        found for each in members for inner in _inside(each, path[0]) for found in _types_at(inner, path[1:])
    ]


def _members(annotation: Any) -> Iterator[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for each in typing.get_args(annotation):
            yield from _members(each)
    else:
        yield annotation


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from (
            info.annotation for name, info in annotation.model_fields.items() if part == (info.alias or name)
        )
        return
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is dict:
        yield arguments[1]
    elif origin is list:
        yield arguments[0]
    elif origin is tuple and isinstance(part, int):
        yield arguments[0] if arguments[-1] is Ellipsis else arguments[min(part, len(arguments) - 1)]


def _known(model: Any, path: KeyPath) -> list[str]:
    """Return the keys that are known at a path."""
    blocks = (
        each for each in _types_at(model, path) if isinstance(each, type) and issubclass(each, BaseModel)
    )
    return [info.alias or name for block in blocks for name, info in block.model_fields.items()]
