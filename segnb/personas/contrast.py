"""A segment beside everyone else, one measure at a time, in the reader's own units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from segnb.association import rank_correlations
from segnb.clustering.methods import category_of
from segnb.document.blocks import Evidence
from segnb.intervals import Values
from segnb.levels import by_level
from segnb.personas.estimates import Estimate, differ, direction, mean, median
from segnb.personas.shares import Sides, tell_shares, values_elsewhere
from segnb.segmentation import Feature, FeatureTable, Segmentation, Unit
from segnb.words import Voice

Statistic = Literal["mean", "median", "rate", "ratio"]
MATERIAL, WORTH_ACTING = 0.1, 0.2
"""Smallest gap that is worth a sentence, and that calls for other advice: rules of thumb, as shares of
the larger value."""
_STATISTICS: dict[str, Callable[[Values], Estimate]] = {"mean": mean, "median": median}


FOLLOWS = 0.7
"""Rank correlation (Spearman) from which a measure counts as following another: a rule of thumb."""


@dataclass(frozen=True)
class Contrast:
    """One measure of a segment against the customers of all other segments.

    ``used`` says that the measure formed the segments, ``follows`` that it closely follows one
    that did: in both, a difference is by construction.
    ``effect`` is the difference in standard deviations of the measure on its own scale; it ranks
    differences and is never shown. ``elsewhere`` holds the other segments' values. ``word`` and
    ``second`` are what the difference gives to a segment's name, alone and as the second of two. Where
    the measure is one level of a category, ``category`` is the category's label, ``level`` the level's word
    and ``answer`` says that it is the yes to a question.
    """

    name: str
    label: str
    unit: Unit
    statistic: Statistic
    ours: Estimate
    others: Estimate
    source: str
    used: bool = False
    follows: bool = False
    effect: float = 0.0
    elsewhere: tuple[float, ...] = ()
    corrected: bool = True
    word: str = ""
    second: str = ""
    category: str = ""
    level: str = ""
    answer: bool = False

    @property
    def telling(self) -> bool:
        """Whether a sentence can say it: what is put together because it is rare has no word."""
        return not self.category or bool(self.level)

    @property
    def key(self) -> str:
        """The variable that is compared: the category where the measure is one of its levels."""
        return self.category or self.name

    @property
    def by_construction(self) -> bool:
        """Whether forming the segments made the difference."""
        return self.used or self.follows

    @property
    def direction(self) -> int:
        """1 where the segment lies clearly above everyone else, -1 where below, 0 where that is open.

        Clearly means: the intervals do not meet, and a difference that was not made by construction
        also stands after the correction for the number of comparisons (``corrected``).
        """
        return direction(self.ours, self.others) if self.by_construction or self.corrected else 0

    @property
    def fine(self) -> bool:
        """Whether its shares are so small that whole percents would hide the difference."""
        return self.statistic == "ratio" and max(self.ours.value, self.others.value) < 0.2

    def said(self, voice: Voice, side: Literal["ours", "others"] = "ours") -> str:
        """Return the segment's value, or everyone else's, as a sentence says it."""
        return estimated(voice, getattr(self, side), self.unit, fine=self.fine)

    @property
    def gap(self) -> float:
        """How far the two values lie apart, as a share of the larger one; negative where below.

        A change is a share of what was before, and points are of a hundred: both may be near zero, or
        on either side of it, so they are not divided once more.
        """
        difference = self.ours.value - self.others.value
        if self.unit in ("change", "points"):
            return difference / (100 if self.unit == "points" else 1)
        largest = max(abs(self.ours.value), abs(self.others.value))
        return difference / largest if largest else 0.0

    def evidence(self, voice: Voice) -> Evidence:
        """Return the row of the evidence table that a sentence on this measure rests on."""
        fine = self.fine or self.unit == "count"
        return Evidence(
            measure=self.label,
            value=with_interval(voice, self.ours, self.unit, fine=fine),
            compared=with_interval(voice, self.others, self.unit, fine=fine),
            compared_with=voice.say("personas.everyone_else"),
            n=self.ours.n,
            source=f"{self.source}; {voice.say('personas.source.formed')}"
            if self.by_construction
            else self.source,
        )


def said(voice: Voice, value: float, unit: str, *, fine: bool = False) -> str:
    """Return a number as a sentence says it: one decimal is enough for ``3.2 orders a month``.

    With ``fine`` a share and a mean of counts have a decimal, too.
    """
    if fine and unit == "count":
        return voice.number(value, 1)
    if (unit == "number" and 0.95 <= abs(value) < 99.95) or (unit == "days" and 0 < abs(value) < 9.95):
        return voice.number(value, 1)
    if unit == "days":
        return voice.number(value, 0)
    return voice.percent(value, 1) if fine and unit == "share" else voice.value(value, unit)


def estimated(voice: Voice, estimate: Estimate, unit: str, *, fine: bool = False) -> str:
    """Return an estimate as a sentence says it; where it is a limit, ``at most 8%``."""
    text = said(voice, estimate.value, unit, fine=fine)
    if not estimate.bound:
        return text
    return voice.say(f"personas.bound.{'least' if estimate.bound > 0 else 'most'}", value=text)


def with_interval(voice: Voice, estimate: Estimate, unit: str, *, fine: bool = False) -> str:
    """Return ``3.2 (3.0–3.5)``, or the bare value where there are too few for an interval."""
    text = said(voice, estimate.value, unit, fine=fine)
    if estimate.bound:
        return estimated(voice, estimate, unit, fine=fine)
    if estimate.low is None or estimate.high is None:
        return text
    if unit in ("number", "days") or fine:
        ends = (said(voice, end, unit, fine=fine) for end in (estimate.low, estimate.high))
        interval = voice.span(*ends)
    else:
        interval = voice.interval(estimate.low, estimate.high, unit)
    if interval == text and not fine:
        # "12 (12)" says nothing of the uncertainty; a decimal more does.
        return with_interval(voice, estimate, unit, fine=True)
    return f"{text} ({interval})"


def correct(contrasts: Mapping[str, Sequence[Contrast]]) -> dict[str, tuple[Contrast, ...]]:
    """Apply Holm's correction over all segments to the differences that are not by construction."""
    family = [each for several in contrasts.values() for each in several if not each.by_construction]
    stands = dict(
        zip(map(id, family), differ([(each.ours, each.others) for each in family]), strict=True),
    )
    return {
        segment: tuple(replace(each, corrected=stands.get(id(each), True)) for each in several)
        for segment, several in contrasts.items()
    }


def feature_contrasts(
    features: FeatureTable,
    segmentation: Segmentation,
    *,
    min_cell: int,
    source: str,
    recorded: FeatureTable | None = None,
    recorded_source: str = "",
) -> dict[str, tuple[Contrast, ...]]:
    """Compare every feature of every segment with everyone else.

    Amounts are compared by their median, because a few large baskets would move a mean; all else
    by the mean of the customers' values. A yes or no, as each level of a category is (`by_level`), is a
    share, of which only a limit is told where it rests on fewer than ``min_cell`` customers, and which is
    left out where it would give such a number away (`shares`). A measure
    with fewer than ``min_cell`` customers on either side is left out, and so is a category whose levels
    are the segments: it would say that the loyal are loyal. ``recorded`` holds what else is known of the
    same customers: it formed no segment.
    """
    beside = {each.name for each in by_level(recorded, min_cell).features} if recorded else set()
    if recorded is not None:
        features = replace(
            features,
            frame=features.frame.join(recorded.frame),
            features=(*features.features, *recorded.features),
        )
    categories = {each.name: each.label for each in features.features if each.levels}
    category = category_of(features, segmentation)
    features = by_level(features, min_cell)
    variables = [each.name for each in features.features if each.variable in segmentation.variables]
    labels = segmentation.labels.reindex(features.frame.index)
    assigned = labels.isin(segmentation.segments)
    labels, frame = labels[assigned], features.frame[assigned]
    # The mean of a yes or no is a share, too, of which the few who said no could be worked out.
    binary = [each for each in features.features if frame[each.name].dropna().isin((0, 1)).all()]
    shares = {
        (name, segment): sides
        for name, segment, sides in tell_shares(frame, binary, labels, segmentation.segments, min_cell)
    }
    rates = {each.name for each in binary}
    # A category follows as a whole: where one of its levels does, the others do by what is left.
    followed = {features[name].variable for name in _followers(frame, variables)}
    # What a measure that formed the segments sums up differs by construction, too.
    followed |= {part for name in variables for part in features[name].made_of}
    told = features.features
    if category is not None:
        told = tuple(each for each in told if each.name not in variables)
        # The basis made the levels of its own measures: none of these is a finding.
        followed = {each.variable for each in told if each.name not in beside}
    return {
        segment: tuple(
            contrast
            for feature in told
            if (
                contrast := _contrast(
                    (shares if feature.name in rates else None),
                    frame[feature.name],
                    feature,
                    labels,
                    segment,
                    segmentation,
                    min_cell,
                    recorded_source if feature.name in beside else source,
                    used=feature.name in variables,
                    follows=feature.variable in followed,
                    category=categories.get(feature.level_of, ""),
                )
            )
        )
        for segment in segmentation.segments
    }


def _followers(frame: pd.DataFrame, variables: Sequence[str]) -> set[str]:
    """Return the measures that closely follow one that formed the segments.

    A difference in them is as much by construction as one in the measure that they follow.
    """
    used = [name for name in variables if name in frame]
    others = [str(name) for name in frame if name not in used]
    alike = rank_correlations(frame).abs()
    return {name for name in others if used and alike[name][used].max() >= FOLLOWS}


def _contrast(
    shares: Mapping[tuple[str, str], Sides] | None,
    column: pd.Series,
    feature: Feature,
    labels: pd.Series,
    segment: str,
    segmentation: Segmentation,
    min_cell: int,
    source: str,
    *,
    used: bool,
    follows: bool,
    category: str,
) -> Contrast | None:
    known = column.notna()
    values, groups = column[known].to_numpy(dtype=float), labels[known].to_numpy()
    inside = groups == segment
    if min(inside.sum(), (~inside).sum()) < min_cell:
        return None
    statistic: Statistic = "median" if feature.unit == "money" else "mean"
    if shares is not None:
        sides = shares.get((feature.name, segment))
        if sides is None:
            return None
        statistic, elsewhere = "rate", values_elsewhere(shares, feature.name, segment)
    else:
        estimate = _STATISTICS[statistic]
        others = (values[groups == other] for other in segmentation.segments if other != segment)
        elsewhere = tuple(estimate(each).value for each in others if len(each) >= min_cell)
        effect = _effect(values, inside, feature)
        sides = Sides(estimate(values[inside]), estimate(values[~inside]), effect)
    effect = sides.effect
    word, second = (feature.high, feature.and_high) if effect > 0 else (feature.low, feature.and_low)
    return Contrast(
        name=feature.name,
        label=feature.label,
        unit=feature.unit,
        statistic=statistic,
        ours=sides.ours,
        others=sides.others,
        source=source,
        used=used,
        follows=follows,
        effect=effect,
        elsewhere=elsewhere,
        word=word,
        second=second,
        category=category,
        level=feature.level if feature.high else "",
        answer=feature.answer,
    )


def _effect(values: Values, inside: np.ndarray, feature: Feature) -> float:
    """Return the difference of the means in standard deviations, on the feature's own scale."""
    if feature.scale == "log" and values.min() >= 0:
        centre = float(np.median(values)) or 1.0
        values = np.log1p(values / centre)
    spread = float(values.std())
    difference = float(values[inside].mean() - values[~inside].mean())
    return float(f"{difference / spread:.10g}") if spread > 1e-12 else 0.0
