"""What a model of plain JSON holds: the scale-free map, the rule, and the labels of all its places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from segnb.clustering.mixtures import GaussianComponents, LatentClasses
from segnb.clustering.rules import Labels, NearestCentre, Rule, Tree
from segnb.columns import UNASSIGNED
from segnb.errors import InputError
from segnb.transform import Transform

TOO_FEW = f"{UNASSIGNED}: too few"
MISSING = f"{UNASSIGNED}: missing value"
UNSEEN = f"{UNASSIGNED}: unseen category"
OUTSIDE = f"{UNASSIGNED}: outside the range seen"
NOISE = f"{UNASSIGNED}: noise"
SCORE_MAP = "score_map"
DAMAGED = "The model is damaged or of another version: run the clustering again"
_TRANSFORM = TypeAdapter(Transform)
_LABELS = TypeAdapter(tuple[str, ...])
_RULE: TypeAdapter[Rule] = TypeAdapter(
    Annotated[NearestCentre | GaussianComponents | LatentClasses | Tree, Field(discriminator="kind")]
)


@dataclass(frozen=True)
class Model:
    """A fitted rule with what it needs to place a customer.

    ``labels`` has the published label of each of the rule's segments.
    """

    transform: Transform
    rule: Rule
    labels: tuple[str, ...]

    def label(self, places: Labels) -> np.ndarray:
        """Return the published labels of segments' places."""
        # Place -1, noise, is the last one.
        return np.array([*self.labels, NOISE], dtype=object)[places]


def describe_transform(transform: Transform) -> JsonValue:
    """Return the map as plain JSON, for a model."""
    described: JsonValue = _TRANSFORM.dump_python(transform, mode="json")
    return described


def read_transform(described: JsonValue) -> Transform:
    """Return the map that a model describes."""
    return _TRANSFORM.validate_python(described)


def describe(transform: Transform, rule: Rule, labels: Sequence[str]) -> dict[str, JsonValue]:
    """Return a model as plain JSON."""
    own: dict[str, JsonValue] = _RULE.dump_python(rule, mode="json")
    return {**own, "transform": describe_transform(transform), "labels": list(labels)}


def read(described: dict[str, JsonValue]) -> Model:
    """Return the model that plain JSON describes.

    Raises
    ------
    InputError
        It is not a model of this version, or its parts do not fit together.
    """
    try:
        transform = read_transform(described["transform"])
        rule = _RULE.validate_python(
            {key: value for key, value in described.items() if key not in ("transform", "labels")}
        )
        labels = _LABELS.validate_python(described["labels"])
        # One customer, to see that all parts are of one size.
        if rule.memberships(np.zeros((1, len(transform.variables)))).shape != (1, len(labels)):
            raise ValueError("the parts do not fit together")
    except (KeyError, TypeError, ValueError, IndexError, ValidationError) as error:
        raise InputError(DAMAGED) from error
    return Model(transform, rule, labels)
