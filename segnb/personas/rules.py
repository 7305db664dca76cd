"""A plain rule for each segment: a few thresholds, learned on one half and judged on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segnb.clustering.methods import category_of
from segnb.levels import by_level
from segnb.personas.estimates import Estimate, at_least, few_or_rate, rate
from segnb.segmentation import Feature, FeatureTable, Segmentation, Unit

MIN_JUDGED = 20
"""Fewest of a segment's customers in the judging half: below it a rule's coverage cannot be judged."""
_QUANTILES = np.linspace(0.05, 0.95, 19)
_MOST_TEACHERS = 20_000
_BEAM = 8
_MIN_GAIN = 0.01

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Condition:
    """A feature above one value, at most another, or both; of a level: to have it, or another one.

    Of a level, ``label`` is its category's.
    """

    feature: str
    label: str
    unit: Unit
    above: float | None = None
    at_most: float | None = None
    level: str = ""
    answer: bool = False


@dataclass(frozen=True)
class Rule:
    """Conditions that all must hold, and how well they find the segment.

    ``precision`` is the share of those who meet the rule that are in the segment, ``coverage`` the
    share of the segment that meets it, both on the half that did not teach the rule. Both are limits where
    they would tell of few whom the rule misses, or takes for the segment's.
    """

    conditions: tuple[Condition, ...]
    precision: Estimate
    coverage: Estimate


@dataclass(frozen=True)
class _Literals:
    """Every single condition to choose from, and whom it holds for."""

    columns: tuple[str, ...]
    above: tuple[bool, ...]
    thresholds: tuple[float, ...]
    holds: Mask
    categories: Mapping[str, str]
    """The label of each category among the features."""


def plain_rules(
    features: FeatureTable, segmentation: Segmentation, *, max_conditions: int, seed: int, min_cell: int = 10
) -> dict[str, Rule | None]:
    """Return a rule for each segment, or None where none can be had honestly.

    The rule may use the variables that formed the segments or, where these are the levels of a category,
    all others; thresholds are rounded to two figures
    before they are tried. A segment has none where fewer than ``MIN_JUDGED`` of its customers are
    left to judge it, where it finds fewer than ``min_cell`` of these, or where those who meet it are no
    likelier than anyone to be in the segment.
    """
    names = [name for name in segmentation.variables if name in features.frame]
    if category := category_of(features, segmentation):
        # It would be its own rule.
        names = [each.name for each in features.features if each.name != category.name]
        if not names:
            return dict.fromkeys(segmentation.segments)
    names = names or [each.name for each in features.features]
    table = by_level(features.only(names), min_cell)
    labels = segmentation.labels.reindex(table.frame.index)
    usable = labels.isin(segmentation.segments) & table.frame.notna().all(axis=1)
    table = replace(table, frame=table.frame[usable])
    groups = labels[usable].to_numpy()
    teach, judge = _halves(len(groups), seed)
    literals = _literals(table, teach, {each.name: each.label for each in features.features if each.levels})
    return {
        segment: _judged(
            _search(literals, groups[teach] == segment, max_conditions),
            table,
            groups == segment,
            judge,
            literals,
            min_cell,
        )
        for segment in segmentation.segments
    }


def meets(rule: Rule, features: FeatureTable, min_cell: int = 10) -> Mask:
    """Return who meets a rule."""
    features = by_level(features, min_cell)
    result = np.ones(len(features.frame), dtype=bool)
    for condition in rule.conditions:
        values = features.frame[condition.feature].to_numpy(dtype=float)
        if condition.above is not None:
            result &= values > condition.above
        if condition.at_most is not None:
            result &= values <= condition.at_most
    return result


def rounded(value: float, unit: str) -> float:
    """Round a threshold so that what is shown is what is tested: two figures, shares to a percent."""
    return round(value, 2) if unit == "share" else float(f"{value:.2g}")


def _halves(n: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    order = np.random.default_rng(seed).permutation(n)
    half = n // 2
    return np.sort(order[:half][:_MOST_TEACHERS]), np.sort(order[half:])


def _literals(table: FeatureTable, teach: NDArray[np.intp], categories: Mapping[str, str]) -> _Literals:
    columns, above, thresholds, holds = [], [], [], []
    for feature in table.features:
        values = table.frame[feature.name].to_numpy(dtype=float)[teach]
        if not len(values) or (feature.level_of and not feature.high):
            continue
        found = [0.5] if feature.level_of else np.quantile(values, _QUANTILES).tolist()
        cuts = {rounded(cut, feature.unit) for cut in found}
        for cut in sorted(cuts):
            for upward in (True, False):
                columns.append(feature.name)
                above.append(upward)
                thresholds.append(cut)
                holds.append(values > cut if upward else values <= cut)
    matrix = np.array(holds, dtype=bool).reshape(len(holds), len(teach))
    return _Literals(tuple(columns), tuple(above), tuple(thresholds), matrix, categories)


def _search(literals: _Literals, target: Mask, max_conditions: int) -> tuple[int, ...]:
    """Return the literals of the best rule found by a beam search on the F-measure."""
    everyone = np.ones_like(target)
    beam: list[tuple[float, tuple[int, ...], Mask]] = [(_f_measure(everyone[None], target)[0], (), everyone)]
    best = beam[0]
    for _ in range(max_conditions):
        grown: dict[tuple[int, ...], tuple[float, tuple[int, ...], Mask]] = {}
        for _, chosen, held in beam:
            masks = literals.holds & held
            scores = _f_measure(masks, target)
            for index in np.argsort(-scores, kind="stable")[: 4 * _BEAM]:
                if not _repeats(literals, chosen, int(index)):
                    key = tuple(sorted((*chosen, int(index))))
                    grown[key] = (float(scores[index]), key, masks[index])
        if not grown:
            break
        beam = sorted(grown.values(), key=lambda each: (-each[0], each[1]))[:_BEAM]
        if beam[0][0] < best[0] + _MIN_GAIN:
            break
        best = beam[0]
    return best[1]


def _f_measure(masks: Mask, target: Mask) -> NDArray[np.float64]:
    """Return the harmonic mean of precision and coverage (van Rijsbergen 1979) of each row."""
    hits = (masks & target).sum(axis=1)
    scores: NDArray[np.float64] = 2 * hits / np.maximum(masks.sum(axis=1) + target.sum(), 1)
    return scores


def _repeats(literals: _Literals, chosen: tuple[int, ...], index: int) -> bool:
    side = literals.columns[index], literals.above[index]
    return any((literals.columns[each], literals.above[each]) == side for each in chosen)


def _judged(
    chosen: tuple[int, ...],
    table: FeatureTable,
    member: Mask,
    judge: NDArray[np.intp],
    literals: _Literals,
    min_cell: int,
) -> Rule | None:
    if not chosen or member[judge].sum() < MIN_JUDGED:
        return None
    conditions = _merged(chosen, table, literals)
    held = meets(Rule(conditions, Estimate(0, 0), Estimate(0, 0)), table)[judge]
    hits, met, members = int((held & member[judge]).sum()), int(held.sum()), int(member[judge].sum())
    likely = rate(hits, met).low
    if hits < min_cell or likely is None or likely <= members / len(judge):
        return None
    return Rule(conditions, _precision(hits, met, members, min_cell), few_or_rate(hits, members, min_cell))


def _precision(hits: int, met: int, members: int, min_cell: int) -> Estimate:
    """Return the share of those who meet a rule that belong to the segment.

    Where few of the segment are missed, or few who meet the rule are strangers, it is a limit: reckoned from
    the least hits and the most strangers that there may be, so that it tells neither number.
    """
    few_missed, few_strangers = members - hits < min_cell, met - hits < min_cell
    if min_cell == 1 or not (few_missed or few_strangers):
        return rate(hits, met)
    least = max(members - min_cell, 0) if few_missed else hits
    return replace(at_least(least, least + min_cell), n=None) if few_strangers else at_least(least, met)


def _merged(chosen: tuple[int, ...], table: FeatureTable, literals: _Literals) -> tuple[Condition, ...]:
    """Return the chosen literals as conditions, both ends of one feature together."""
    conditions: dict[str, Condition] = {}
    for index in chosen:
        feature: Feature = table[literals.columns[index]]
        label = literals.categories.get(feature.level_of, feature.label)
        new = Condition(feature.name, label, feature.unit, level=feature.level, answer=feature.answer)
        known = conditions.get(feature.name, new)
        threshold = literals.thresholds[index]
        conditions[feature.name] = (
            replace(known, above=threshold) if literals.above[index] else replace(known, at_most=threshold)
        )
    return tuple(conditions.values())
