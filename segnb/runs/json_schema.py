"""The JSON Schema of a params file, for editors that check and complete while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from segnb.runs.basis import bases
from segnb.runs.knobs import read_knobs
from segnb.runs.model import AUTO, BLOCKS, Parameters
from segnb.worth.plan import Budget

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EMPTY = {"type": "null"}
_TYPES = {"number": "float", "object": "dict[str, float]", "null": "None"}


def schema(notebooks: Path) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the params files that go with a folder of notebooks.

    What only the whole file shows, as whether the window ends before ``as_of``, is left to
    `parameters.check`.
    """
    whole = {"$schema": _DIALECT} | Parameters.model_json_schema()
    properties = whole["properties"]
    names = list(bases())
    properties["basis"]["enum"] = [AUTO, *names]
    listed = {"type": "array", "items": {"enum": names}, "uniqueItems": True}
    properties["bases"]["anyOf"] = [listed, {"enum": ["all", AUTO]}]
    blocks = {name: properties[name] for name in BLOCKS if name not in whole["required"]}
    blocks |= {each.block: each.model().model_json_schema() for each in read_knobs(notebooks)}
    # A block may be empty, as where all its lines are commented out.
    return whole | {
        "properties": properties | {name: {"anyOf": [block, _EMPTY]} for name, block in blocks.items()}
    }


def list_budget() -> list[dict[str, str]]:
    """Return one row for each key of the budget, as `knobs.list_knobs` does for those of notebooks."""
    whole = Budget.model_json_schema()
    return [
        {
            "parameter": f"budget.{name}",
            "type": " | ".join(_TYPES[each["type"]] for each in key.get("anyOf", [key])),
            "default": "" if name in whole["required"] else json.dumps(key["default"]),
            "allowed": _range(key),
            "help": key["description"],
        }
        for name, key in whole["properties"].items()
    ]


def _range(key: dict[str, Any]) -> str:
    """Return the range of a number's key: ``0..1``, ``>0..1`` where 0 is not in it."""
    numbers = [each for each in key.get("anyOf", [key]) if each["type"] == "number"]
    number: dict[str, Any] = numbers[0] if numbers else {}
    least = number.get("minimum", number.get("exclusiveMinimum"))
    if least is None:
        return ""
    above = ">" if "exclusiveMinimum" in number else ""
    return f"{above}{least:g}..{number['maximum']:g}"
