"""The grammar of a notebook's parameters cell: one knob a line, ``name: type = literal  # help``.

::

    run: str = "latest"                   # run to read
    n_segments: int | None = None         # fix the number of segments; None chooses it [2..20]
    linkage: str = "ward"                 # how distances are counted {ward, average}

A range is open where a bound is left out (``[1..]``); on a list, range and choices hold for each
item. Nothing else may stand in the cell: a value computed there would keep its default, since a
run's values are put in after it.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from segnb.errors import nearest
from segnb.model_faults import explain

STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

_TYPES: dict[str, tuple[Any, bool]] = {
    "int": (int, False),
    "float": (float, False),
    "bool": (bool, False),
    "str": (str, False),
    "list[int]": (int, True),
    "list[float]": (float, True),
    "list[str]": (str, True),
    "dict[str, str]": (dict[str, str], False),
}
"""What a knob may be: the type of the value or of a list's items, and whether it is a list."""
_OR_NONE = " | None"
_TOO_DEEP = ("is nested too deeply", "Write a short literal")
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\[\s*({_NUMBER})?\s*\.\.\s*({_NUMBER})?\s*\]")
_LIMIT = re.compile(r"\[[^\[\]]*\.\.[^\[\]]*\]|\{[^{}]*\}")


@dataclass(frozen=True)
class Knob:
    """A parameter that a notebook declares.

    ``type`` is ``int``, ``float``, ``bool``, ``str``, ``dict[str, str]`` or a list of one of the
    numbers or of texts, each also with ``| None``. ``cell_line`` is counted from 1.
    """

    name: str
    type: str
    default: Any
    help: str
    low: float | None
    high: float | None
    choices: tuple[str | int, ...]
    notebook: str
    cell_line: int

    @property
    def allowed(self) -> str:
        """The range or the choices, as declared: ``2..20``, ``ward, average``."""
        if self.choices:
            return ", ".join(str(each) for each in self.choices)
        low, high = ("" if bound is None else f"{bound:g}" for bound in (self.low, self.high))
        return f"{low}..{high}" if low or high else ""

    @property
    def annotation(self) -> Any:
        """The type with range and choices, as pydantic checks it."""
        return value_type(self.type, self.low, self.high, self.choices)


class Refused(Exception):
    """A line of a parameters cell that cannot be used: where, why, and the remedy."""

    def __init__(self, what: str, remedy: str = "", line: int = 1) -> None:
        super().__init__(what)
        self.what, self.remedy, self.line = what, remedy, line


def parse_cell(source: str, notebook: str) -> tuple[list[Knob], list[Refused]]:
    """Return the knobs that a parameters cell declares, and the lines that declare none."""
    try:
        statements = ast.parse(source).body
        comments = _comments(source)
    except (RecursionError, MemoryError):
        return [], [Refused(*_TOO_DEEP)]
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        return [], [Refused(f"is not Python: {error.args[0]}", line=getattr(error, "lineno", None) or 1)]
    knobs: dict[str, Knob] = {}
    refused = []
    for statement in statements:
        last = statement.end_lineno or statement.lineno
        try:
            knob = _knob(statement, comments.get(last) or comments.get(statement.lineno, ""), notebook)
            if knob.name in knobs:
                raise Refused(f"{knob.name!r} is declared twice, first on line {knobs[knob.name].cell_line}")
            knobs[knob.name] = knob
        except (Refused, RecursionError) as error:
            refusal = error if isinstance(error, Refused) else Refused(*_TOO_DEEP)
            refusal.line = statement.lineno
            refused.append(refusal)
    return list(knobs.values()), refused


def _comments(source: str) -> dict[int, str]:
    """Return the comments by line; tokenized, since a ``#`` may stand in a text, too."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip() for token in tokens if token.type == tokenize.COMMENT
    }


def _knob(statement: ast.stmt, comment: str, notebook: str) -> Knob:
    name, kind, value = _declaration(statement)
    words, low, high, choices = _limits(name, kind, comment)
    knob = Knob(name, kind, None, words, low, high, choices, notebook, statement.lineno)
    return Knob(**(vars(knob) | {"default": _default(knob, value)}))


def _declaration(statement: ast.stmt) -> tuple[str, str, ast.expr]:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        raise Refused(f"{name!r} has no type", f"Write it as in {name}: int = 3")
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
        raise Refused("only declarations may stand here", "Move the line to another cell")
    name = statement.target.id
    if statement.value is None:
        raise Refused(f"{name!r} has no default", f"Write it as in {name}: int = 3")
    try:
        return name, type_text(statement.annotation), statement.value
    except Refused as error:
        raise Refused(f"{name!r} has {error.what}", error.remedy) from None


def type_text(annotation: ast.expr | None) -> str:
    """Return the type that an annotation names, in the form of `Knob.type`."""
    members = ast.unparse(annotation).split(" | ") if annotation else [""]
    plain = [each for each in members if each != "None"]
    if len(plain) != 1 or plain[0] not in _TYPES:
        written = " | ".join(members)
        raise Refused(f"the type {written}", f"{nearest(written, _TYPES)}, each also with | None")
    return plain[0] + (_OR_NONE if len(members) > 1 else "")


def value_type(
    text: str, low: float | None = None, high: float | None = None, choices: tuple[str | int, ...] = ()
) -> Any:
    """Return the type that a text in the form of `Knob.type` stands for, with range or choices."""
    item, is_list = _TYPES[text.removesuffix(_OR_NONE)]
    limited: Any = item
    if choices:
        limited = Literal[choices]
    elif low is not None or high is not None:
        limited = Annotated[item, Field(ge=low, le=high)]
    whole: Any = list[limited] if is_list else limited
    return whole | None if text.endswith(_OR_NONE) else whole


def _limits(
    name: str, kind: str, comment: str
) -> tuple[str, float | None, float | None, tuple[str | int, ...]]:
    """Take the range or the choices out of a comment; what remains is the help."""
    found = _LIMIT.findall(comment)
    if not found:
        return comment, None, None, ()
    if len(found) > 1:
        raise Refused(
            f"{name!r} has {len(found)} limits, {' and '.join(found)}",
            "Write one range or one list of choices",
        )
    words = " ".join(_LIMIT.sub(" ", comment).split())
    item = _TYPES[kind.removesuffix(_OR_NONE)][0]
    if found[0].startswith("{"):
        return words, None, None, _choices(name, item, found[0])
    low, high = _range(name, item, found[0])
    return words, low, high, ()


def _range(name: str, item: Any, text: str) -> tuple[float | None, float | None]:
    match = _RANGE.fullmatch(text)
    if match is None or not any(match.groups()):
        raise Refused(f"{name!r} has the range {text}", "Write it as in [2..20], [1..] or [..0.5]")
    if item not in (int, float):
        raise Refused(f"{name!r} is no number, but has the range {text}", "Leave out the range")
    try:
        low, high = (None if bound is None else item(bound) for bound in match.groups())
    except ValueError:
        raise Refused(
            f"{name!r} is a whole number, but has the range {text}", "Write whole numbers"
        ) from None
    if low is not None and high is not None and low > high:
        raise Refused(f"{name!r} has the empty range {text}", "Write the smaller bound first")
    return low, high


def _choices(name: str, item: Any, text: str) -> tuple[str | int, ...]:
    if item not in (str, int):
        raise Refused(
            f"{name!r} is neither text nor whole number, but has the choices {text}", "Leave out the choices"
        )
    words = [word.strip().strip("'\"") for word in text[1:-1].split(",")]
    try:
        choices = tuple(item(word) for word in words)
    except ValueError:
        raise Refused(
            f"{name!r} is a whole number, but has the choices {text}", "Write whole numbers"
        ) from None
    if not all(words) or len(set(choices)) < len(choices):
        raise Refused(f"{name!r} has the choices {text}, one of them empty or twice", "Write each once")
    return choices


def _default(knob: Knob, value: ast.expr) -> Any:
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise Refused(
            f"the default of {knob.name!r} is computed, {ast.unparse(value)[:60]}",
            "Write it as a literal, and compute from it in a later cell",
        ) from None
    try:
        text = json.dumps(default)
    except (TypeError, ValueError):  # the latter for more digits than Python prints
        text = ""
    if not text or json.loads(text) != default:
        raise Refused(f"the default of {knob.name!r} is no number, text, list or mapping of texts")
    try:
        return TypeAdapter(knob.annotation, config=STRICT).validate_json(text)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        what, remedy = explain(detail, knob.annotation, detail["loc"])
        if default is None:
            remedy = f"Write {knob.name}: {knob.type}{_OR_NONE} = None"
        raise Refused(f"the default of {knob.name!r}: {what}", remedy) from None
