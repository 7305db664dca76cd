"""Categories by their levels: a mean of codes says nothing, the share of customers with a level does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from segnb.segmentation import Feature, FeatureTable
from segnb.suppression import conceal
from segnb.words import Voice

MOST_LEVELS = 8
"""Levels of one category that are told one by one; those of fewer customers are told together."""
MOST_NAMED = 2
"""Levels that are told together by their names; of more it is said how many they are."""
OTHER = "Other"
"""The level in which a basis puts what is rare: it has nothing in common and gives no name."""
NO = ("no", "false", "n", "f", "0", "nein", "non")
YES = ("yes", "true", "y", "t", "1", "ja", "oui")
"""Pairs of words that answer a question."""


def answers(levels: tuple[str, ...]) -> tuple[str, str] | None:
    """Return which level says no and which says yes; None where they are no such pair."""
    folded = {each.strip().casefold(): each for each in levels}
    pairs = (pair for pair in zip(NO, YES, strict=True) if set(folded) == set(pair))
    return next(((folded[no], folded[yes]) for no, yes in pairs), None)


def by_level(features: FeatureTable, min_cell: int = 10) -> FeatureTable:
    """Return the same customers with one share for each level in the place of each category.

    A level's column holds 1 for who has it and 0 for who has another one, so its mean is a share; a missing
    value stays missing. Its feature is called ``category=level`` and names its category under ``level_of``.
    Of a question that is answered with yes or no only the yes is told, under the question's own label. Levels
    beyond ``MOST_LEVELS``, and those of fewer than ``min_cell`` customers, are one level together. A
    table without categories comes back as it is.
    """
    columns: dict[str, pd.Series] = {}
    told: list[Feature] = []
    for feature in features.features:
        values = features.frame[feature.name]
        if not feature.levels:
            columns[feature.name] = values
            told.append(feature)
            continue
        for level, places in _levels(values, feature, min_cell, features.voice):
            columns[level.name] = values.isin(places).astype(np.float64).where(values.notna())
            told.append(level)
    frame = pd.DataFrame(columns, index=features.frame.index)
    return replace(features, frame=frame, features=tuple(told))


def level_label(feature: Feature, level: str, voice: Voice) -> str:
    """Return what readers call a level: the report's label for it, the basis's word, or the data's."""
    pair = answers(feature.levels)
    plain = voice.say(f"bases.level.{'yes' if level == pair[1] else 'no'}") if pair else level
    own = voice.word(f"bases.feature.{feature.name}.levels.{level}", plain)
    return voice.word(f"labels.values.{feature.name}.{level}", own)


def _levels(
    values: pd.Series, feature: Feature, min_cell: int, voice: Voice
) -> Iterator[tuple[Feature, list[int]]]:
    """Return each level that is told as a share, in their order, and the places that it takes."""
    places, counts = np.unique(values.dropna().to_numpy(np.float64), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    sizes = {int(places[each]): int(counts[each]) for each in order}
    # Few left over could be worked out from the others: they are told with what is hidden beside them.
    hidden = conceal({str(place): size for place, size in sizes.items()}, min_cell=min_cell, keep_total=True)
    single = [place for place in sizes if str(place) not in hidden.groups][:MOST_LEVELS]
    rest = [place for place in sizes if place not in single]
    for place in sorted(single):
        level = feature.levels[place]
        called = level_label(feature, level, voice)
        pair = answers(feature.levels)
        if pair:
            if level == pair[1]:
                yield _answer(feature, level, called, voice), [place]
            continue
        single_level = _level(feature, level, called, _name(feature, level, called), voice)
        yield _at_an_end(single_level, feature, place, sizes), [place]
    if single and rest:
        rest.sort(key=lambda place: -sizes[place])
        told = [level_label(feature, feature.levels[place], voice) for place in rest]
        called = " / ".join(told) if len(rest) <= MOST_NAMED else ""
        word = called[:1].upper() + called[1:]
        others = called or voice.say("bases.level.others", len(rest))
        yield _level(feature, "", others, word, voice), rest


def _level(feature: Feature, level: str, called: str, word: str, voice: Voice) -> Feature:
    label = voice.say("bases.level.label", category=feature.label, level=called)
    name = f"{feature.name}={level}"
    return Feature(name, label, "share", high=word, and_high=word, level_of=feature.name, level=called)


def _at_an_end(level: Feature, feature: Feature, place: int, sizes: dict[int, int]) -> Feature:
    """Return a level with the words of its end, where its middle lies in the lowest or highest third.

    Groups at one end of an order have one word in common, as *younger*; those between are told by themselves.
    """
    below = sum(size for other, size in sizes.items() if other < place)
    middle = (below + sizes[place] / 2) / sum(sizes.values())
    if feature.scale != "ordinal" or not feature.high or 1 / 3 < middle < 2 / 3:
        return level
    if middle <= 1 / 3:
        return replace(level, high=feature.low, and_high=feature.and_low)
    return replace(level, high=feature.high, and_high=feature.and_high)


def _answer(feature: Feature, level: str, called: str, voice: Voice) -> Feature:
    """Return the yes to a question as a share, with words for who says it and for who does not."""
    inside = voice.inside(feature.label)
    return replace(
        _level(feature, level, called, voice.say("bases.level.with", category=feature.label), voice),
        label=feature.label,
        low=voice.say("bases.level.without", category=inside),
        and_high=voice.say("bases.level.and_with", category=inside),
        and_low=voice.say("bases.level.and_without", category=inside),
        answer=True,
    )


def _name(feature: Feature, level: str, called: str) -> str:
    """Return the word that a level gives to a segment's name, with its category where it needs that."""
    if level == OTHER:
        return ""
    if not called[:1].isalpha():
        return f"{feature.label} {called}"
    return called[:1].upper() + called[1:]
