"""A shallow tree whose leaves are segments by the rate of an answer, and scores that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import FiniteFloat, JsonValue, TypeAdapter
from threadpoolctl import threadpool_limits

from segnb.clustering.rules import Labels, Tree, matrix, vector
from segnb.intervals import newcombe
from segnb.transform import Points, significant

FOLDS = 5
HELD_OUT = 0.3
"""Share of the customers who do not grow the tree, but check its rates."""
DEEPEST = 3
"""Questions that lead to a segment, at most."""


Conditions = tuple[tuple[str, bool, float], ...]


@dataclass(frozen=True)
class RateTree:
    """Questions on columns, and the place of the segment that they lead to: the highest rate is place 0.

    ``medians`` stand in for missing values. ``rates`` are those of the customers who grew the tree.
    """

    columns: tuple[str, ...]
    medians: tuple[FiniteFloat, ...]
    tree: Tree
    rates: tuple[FiniteFloat, ...]

    @classmethod
    def only(cls, rate: float) -> RateTree:
        """Return the tree that asks nothing."""
        leaf = Tree((-1,), (0.0,), (0,), (0,), (0,), ((1.0,),), 1.0)
        return cls((), (), leaf, (float(significant(rate)),))

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.rates)

    def places(self, data: pd.DataFrame) -> Labels:
        """Return the place of each customer's segment."""
        return self.tree.labels(self.points(data))

    def points(self, data: pd.DataFrame) -> Points:
        """Return the columns that are asked for as one matrix without gaps; one that is absent is a gap."""
        asked = data.reindex(columns=list(self.columns)).to_numpy(np.float64)
        return np.where(np.isnan(asked), np.array(self.medians), asked)

    def conditions(self) -> tuple[tuple[Conditions, ...], ...]:
        """Return for each segment the ways that lead to it: of each question its column, side and value.

        The side is True where the value is at most the question's.
        """
        found: list[list[Conditions]] = [[] for _ in self.rates]

        def walk(node: int, above: Conditions) -> None:
            if self.tree.column[node] < 0:
                found[self.tree.label[node]].append(above)
                return
            column, value = self.columns[self.tree.column[node]], self.tree.threshold[node]
            walk(self.tree.left[node], (*above, (column, True, value)))
            walk(self.tree.right[node], (*above, (column, False, value)))

        walk(0, ())
        return tuple(map(tuple, found))

    def model(self) -> JsonValue:
        """Return the tree as plain JSON."""
        described: JsonValue = _JSON.dump_python(self, mode="json")
        return described


_JSON = TypeAdapter(RateTree)


def read_rate_tree(described: JsonValue) -> RateTree:
    """Return the tree that plain JSON describes."""
    return _JSON.validate_python(described)


def held_out_scores(data: pd.DataFrame, answers: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    """Return each customer's probability from a boosted model that did not see this customer.

    Five-fold cross-fitting of gradient-boosted trees; gaps in the data are allowed.
    """
    # Slow to import: a list of all bases does without.
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, learning_rate=0.08, min_samples_leaf=20, random_state=seed
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):
        told = cross_val_predict(model, data.to_numpy(np.float64), answers, cv=folds, method="predict_proba")
    return significant(told[:, 1])


def grow(
    data: pd.DataFrame, answers: NDArray[np.float64], *, most: int, smallest: int, seed: int
) -> tuple[RateTree, NDArray[np.bool_]]:
    """Grow a tree of at most ``most`` leaves, and say who was held out to check its rates.

    It is grown on the answers themselves (variance of the rate, that is Gini's index), by the other
    customers. Leaves next to each other by rate whose difference may be chance (Newcombe's interval holds 0)
    are one segment.
    """
    from sklearn.tree import DecisionTreeRegressor  # slow, as above

    rng = np.random.default_rng([seed, 7])
    tested = rng.permutation(len(answers)) < round(HELD_OUT * len(answers))
    medians = np.nan_to_num(data.median().to_numpy(np.float64))
    points = np.where(np.isnan(data.to_numpy(np.float64)), medians, data.to_numpy(np.float64))
    learner = DecisionTreeRegressor(
        max_depth=DEEPEST, max_leaf_nodes=most, min_samples_leaf=smallest, random_state=0
    )
    grown = learner.fit(points[~tested], answers[~tested]).tree_
    leaves = np.flatnonzero(grown.children_left < 0)
    rates = significant(grown.value[:, 0, 0])
    order = leaves[np.argsort(-rates[leaves], kind="stable")]
    at = learner.apply(points[~tested])
    counts = [(round(answers[~tested][at == node].sum()), int((at == node).sum())) for node in order]
    own, merged = _merged(counts)
    label = np.zeros(len(grown.children_left), dtype=np.intp)
    label[order] = own
    tree = Tree.grown(grown, label.tolist(), matrix(np.eye(len(merged))[label]))
    columns = tuple(map(str, data.columns))
    return RateTree(columns, vector(medians), tree, vector([hits / n for hits, n in merged])), tested


def _merged(counts: Sequence[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
    """Join each leaf to the one above where the rates may be equal: each leaf's segment, and their counts."""
    own, merged = [0], [counts[0]]
    for hits, n in counts[1:]:
        hits_above, n_above = merged[-1]
        if newcombe((hits_above, hits), (n_above, n)).low > 0:
            merged.append((hits, n))
        else:
            merged[-1] = (hits_above + hits, n_above + n)
        own.append(len(merged) - 1)
    return own, merged


def separation(values: NDArray[np.float64], answers: NDArray[np.float64]) -> float:
    """Return how well one column alone tells the answers apart: the area under its curve, 0.5 to 1."""
    from sklearn.metrics import roc_auc_score  # slow, as above

    known = np.isfinite(values)
    if len(np.unique(answers[known])) < 2:
        return 0.5
    area = float(roc_auc_score(answers[known], values[known]))
    return float(significant(max(area, 1 - area)))
