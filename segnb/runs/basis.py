"""The basis that a params file names: what it needs, and whether its options fit its signature.

A basis is a function whose keyword-only arguments are its options. Importing it brings the whole
data stack along, a second that a check or an unchanged run does not need. So its signature is read
from the file, as a notebook's parameters are; what that does not settle, the registry does.
"""

from __future__ import annotations

import ast
import json
import typing
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, create_model

from segnb.registry import Registry
from segnb.runs import results
from segnb.runs.knob_cell import STRICT, Refused, type_text, value_type
from segnb.runs.model import AUTO, Parameters

FOLDER = Path(__file__).parent.parent / "bases"


@dataclass(frozen=True)
class BasisFacts:
    """What can be checked of a basis before it runs: the tables that it needs and its options."""

    needs: tuple[str, ...]
    options: type[BaseModel]


def bases() -> Registry[Any]:
    """Return the registry of bases."""
    from segnb.bases import BASES

    return BASES


def basis_facts(name: str) -> BasisFacts:
    """Return what a basis needs and takes.

    Raises
    ------
    UnknownName
        There is no such basis.
    """
    return facts_written(name) or facts_registered(name)


def settled(parameters: Parameters, tables: Path) -> Parameters:
    """Return a run's parameters with the basis that was taken, where they left it open.

    Parameters
    ----------
    tables
        The folder of the run's results.
    """
    if parameters.basis != AUTO or results.CHOICE not in results.listed(tables):
        return parameters
    name = json.loads((tables / f"{results.CHOICE}.json").read_text(encoding="utf-8"))["chosen"]
    options = basis_facts(name).options().model_dump(mode="json")
    return parameters.model_copy(update={"basis": name, "basis_options": options})


def facts_registered(name: str) -> BasisFacts:
    """Return the facts as the imported function has them."""
    basis = bases()[name]
    hints = typing.get_type_hints(basis.function, include_extras=True)
    options = {
        option.name: (hints[option.name], ... if option.default is Parameter.empty else option.default)
        for option in basis.options.values()
    }
    return BasisFacts(tuple(basis.needs), _model(options))


def facts_written(name: str) -> BasisFacts | None:
    """Return the facts as the basis' file states them; None where they are not plainly written."""
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if f'"{name}"' not in source:
            continue
        for function in ast.parse(source).body:
            if isinstance(function, ast.FunctionDef):
                for decorator in function.decorator_list:
                    match decorator:
                        case ast.Call(ast.Name("basis"), [ast.Constant(str(found))], facts) if found == name:
                            return _plain_facts(function, facts)
    return None


def _plain_facts(function: ast.FunctionDef, facts: list[ast.keyword]) -> BasisFacts | None:
    named, defaults = function.args.kwonlyargs, function.args.kw_defaults
    try:
        needs = next((ast.literal_eval(fact.value) for fact in facts if fact.arg == "needs"), ())
        options = {
            option.arg: (
                value_type(type_text(option.annotation)),
                ... if default is None else ast.literal_eval(default),
            )
            for option, default in zip(named, defaults, strict=True)
        }
    except (ValueError, Refused):
        return None
    return BasisFacts(tuple(needs), _model(options))


def _model(options: dict[str, Any]) -> type[BaseModel]:
    return create_model("basis_options", __config__=STRICT, **options)
