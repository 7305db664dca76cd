"""The RFM map: scores from 1 to 5 that treat equal customers alike, and a name for every pair of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.clustering.methods import Ruled, method
from segnb.clustering.model import describe_transform
from segnb.clustering.score_map import NEEDS, SCORES, place
from segnb.segmentation import FeatureTable
from segnb.transform import learn_transform

RULES: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...] = (
    ("champions", (5, 5), (4, 5)),
    ("loyal", (3, 4), (4, 5)),
    ("potential", (4, 5), (2, 3)),
    ("new", (4, 5), (1, 1)),
    ("need_attention", (3, 3), (1, 3)),
    ("at_risk", (1, 2), (3, 5)),
    ("hibernating", (1, 2), (1, 2)),
)
"""Each segment's range of recency scores, and of frequency-monetary scores: every pair once."""


@method("rfm_map", rule=True, needs=NEEDS)
def rfm_map(features: FeatureTable, *, min_cell: int) -> Ruled:
    """Seven named segments by recency, and by frequency and monetary value (RFM score map).

    A value's score is the fifth of the customers in which the middle of its ties lies (its mid-rank),
    so equal customers get equal scores and ties are never split; a recent order scores high. The
    frequency-monetary score is the mean of both, halves rounded up. The cut points stay in the model.
    """
    features = features.only(list(NEEDS))
    cuts: dict[str, JsonValue] = {
        name: list(cut_points(features.frame[name], falling=name == NEEDS[0])) for name in NEEDS
    }
    model: dict[str, JsonValue] = {
        "kind": "score_map",
        "transform": describe_transform(learn_transform(features)),
        "cuts": cuts,
        "rules": [[name, list(r), list(fm)] for name, r, fm in RULES],
        "too_few": [],
    }
    whole = features.frame[np.isfinite(features.frame.to_numpy(np.float64)).all(axis=1)]
    sizes = pd.Series(place(model, whole)).value_counts()
    model["too_few"] = [name for name, _, _ in RULES if 0 < sizes.get(name, 0) < min_cell]
    segments = tuple(name for name, _, _ in RULES if sizes.get(name, 0) >= min_cell)
    words = {name: features.voice.say(f"clustering.rfm.{name}") for name in segments}
    return Ruled(model, segments, words, NEEDS)


def cut_points(values: pd.Series, *, falling: bool) -> tuple[float | None, ...]:
    """Return the first value of each score from 2 to 5; None where ties leave nobody that far.

    ``falling`` is for measures where less is better: the cut is then the score's largest value.
    """
    seen = values[np.isfinite(values.to_numpy(np.float64))].to_numpy(np.float64)
    distinct, counts = np.unique(-seen if falling else seen, return_counts=True)
    # Twice the mid-rank is a whole number, so the fifths are exact.
    doubled = 2 * counts.cumsum() - counts
    scores = np.minimum(SCORES * doubled // (2 * counts.sum()) + 1, SCORES)
    firsts = [distinct[scores >= score] for score in range(2, SCORES + 1)]
    sign = -1.0 if falling else 1.0
    return tuple(float(sign * first[0]) if len(first) else None for first in firsts)
