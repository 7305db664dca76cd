"""One segment for each level of a category: the method of bases that are rules themselves."""

from __future__ import annotations

import numpy as np

from segnb.clustering.methods import METHODS, Ruled, method
from segnb.clustering.model import TOO_FEW, describe
from segnb.clustering.rules import NearestCentre, matrix
from segnb.errors import InputError
from segnb.levels import level_label
from segnb.segmentation import Feature, FeatureTable
from segnb.style import SEGMENTS_LIGHT
from segnb.transform import Indicators, Transform
from segnb.words import Voice

MOST = len(SEGMENTS_LIGHT)
"""Most segments that a report can tell apart; further levels, the smallest, become one of all others."""
OTHERS = "others"


@method("levels", rule=True, each_level=True)
def levels(features: FeatureTable, *, min_cell: int) -> Ruled:
    """One segment for each level of the first category among the measures, as a basis by rule gives it.

    Levels that fewer than ``min_cell`` customers have become ``unassigned: too few``. Where more levels
    remain than a report can tell apart, the smallest are one segment of all others. The model is the
    nearest centre over the levels' indicators, so it is saved, scored and written as SQL like any other.

    Raises
    ------
    InputError
        No measure is a category, or no customer has a level.
    """
    category = _category(features)
    codes = features.frame[category.name].to_numpy(np.float64)
    places, counts = np.unique(codes[np.isfinite(codes)].astype(int), return_counts=True)
    if not len(places):
        raise InputError(f"No customer has a value of {category.label!r}, so nobody belongs to a segment")
    scaling = Indicators(category.name, category.levels, tuple(places.tolist()), 1.0)
    enough = [place for place, count in zip(places, counts, strict=True) if count >= min_cell]
    shown = _shown(dict(zip(places.tolist(), counts.tolist(), strict=True)), min_cell)
    keys = {place: f"s{number}" for number, place in enumerate(shown, start=1)}
    labels = [keys.get(place, OTHERS if place in enough else TOO_FEW) for place in places.tolist()]
    rule = NearestCentre(matrix(np.eye(len(places))))
    words = {key: _called(category, category.levels[place], features.voice) for place, key in keys.items()}
    if OTHERS in labels:
        words[OTHERS] = features.voice.say("clustering.levels.others")
    return Ruled(describe(Transform((scaling,)), rule, labels), tuple(words), words, (category.name,))


def _called(category: Feature, level: str, voice: Voice) -> str:
    """Return what a level's segment is called; a number alone would not say of what."""
    called = level_label(category, level, voice)
    return called if called[:1].isalpha() else f"{category.label} {called}"


def _category(features: FeatureTable) -> Feature:
    for name in METHODS["levels"].reads(features):
        return features[name]
    raise InputError(
        f"Method 'levels' needs a category, and all measures of basis {features.basis!r} are numbers: "
        "choose another method"
    )


def _shown(counts: dict[int, int], min_cell: int) -> list[int]:
    """Return the levels with a segment of their own, in their order."""
    enough = {place: count for place, count in counts.items() if count >= min_cell}
    if len(enough) > MOST:
        largest = sorted(enough, key=lambda place: (-enough[place], place))
        return sorted(largest[: MOST - 1])
    return sorted(enough)
