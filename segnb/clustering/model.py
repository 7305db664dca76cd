"""What a model of plain JSON holds: the scale-free map, and the labels of customers in no segment."""

from __future__ import annotations

from pydantic import JsonValue, TypeAdapter

from segnb.columns import UNASSIGNED
from segnb.transform import Transform

TOO_FEW = f"{UNASSIGNED}: too few"
MISSING = f"{UNASSIGNED}: missing value"
OUTSIDE = f"{UNASSIGNED}: outside the range seen"
_TRANSFORM = TypeAdapter(Transform)


def describe_transform(transform: Transform) -> JsonValue:
    """Return the map as plain JSON, for a model."""
    described: JsonValue = _TRANSFORM.dump_python(transform, mode="json")
    return described


def read_transform(described: JsonValue) -> Transform:
    """Return the map that a model describes."""
    return _TRANSFORM.validate_python(described)
