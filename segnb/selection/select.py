"""The decisions: near-constant, redundant and dominating measures leave, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.selection.measures import correlations, shares_of_distance, tail_counts, ties
from segnb.transform import Transform, learn_transform
from segnb.words import Voice

Reason = Literal[
    "kept", "tamed", "asked", "required", "identical", "near_constant", "redundant", "dominates", "dropped"
]
FAIR = 2.0
"""No variable is asked to carry less than this many equal shares: of two, each may carry all."""


@dataclass(frozen=True)
class Decision:
    """What was decided about one measure, and the number that decided.

    ``same`` is the share of customers with its most frequent value; ``correlation`` and
    ``partner`` name the kept measure that it follows most closely (Spearman). The shares are its
    part in the average squared distance between two customers, beside the measures kept:
    ``share_raw`` in the measures' own units, ``share_scaled`` once scaled, ``share`` in the end,
    with far values drawn in; ``drawn_in`` counts the customers whose value that touches.
    """

    feature: Feature
    kept: bool
    reason: Reason
    same: float
    share_raw: float
    share_scaled: float
    share: float
    partner: str = ""
    correlation: float | None = None
    drawn_in: int = 0


@dataclass(frozen=True)
class Selection(Shown):
    """Which measures carry the segments, and the scale-free map of those.

    ``correlations`` holds Spearman's coefficients of all measures that vary among the ``customers``.
    """

    decisions: tuple[Decision, ...]
    customers: int
    window: Window | None
    transform: Transform
    correlations: pd.DataFrame
    max_correlation: float
    max_dominance: float
    voice: Voice = field(default_factory=Voice)

    @property
    def kept(self) -> list[str]:
        """Names of the measures kept, in the basis's order."""
        return [each.feature.name for each in self.decisions if each.kept]

    def __getitem__(self, name: str) -> Decision:
        return next(each for each in self.decisions if each.feature.name == name)

    def blocks(self) -> tuple[Block, ...]:
        """Return the table of decisions."""
        from segnb.selection.findings import decisions

        return (decisions(self),)


def select(
    features: FeatureTable,
    *,
    near_constant: float = 0.95,
    max_correlation: float = 0.7,
    max_dominance: float = 0.5,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    required: Sequence[str] = (),
) -> Selection:
    """Choose the measures that carry the segments, each dropped one with its reason.

    In this order: measures asked to ``drop``; near-constant ones; those that follow a kept one, where
    measures to ``keep`` come first and then the basis's own order decides, so that each dropped
    measure has a kept representative; last, one that would still carry most of the distance
    between customers after its tail is drawn in.

    Parameters
    ----------
    near_constant
        Drop a measure where this share of the customers has the same value.
    max_correlation
        Drop a measure that correlates more strongly than this with a kept one (Spearman, either sign).
    max_dominance
        Drop a measure that carries more than this share of the average squared distance (or twice an
        equal share, where that is more).
    keep
        Measures that stay whatever is found.
    drop
        Measures that leave whatever is found.
    required
        Measures that the basis's own rule reads; they stay unless asked to ``drop``.

    Raises
    ------
    ParameterError
        A name in ``keep`` or ``drop`` is unknown, or stands in both.
    InputError
        No measure is left, or no customer.
    """
    _check_names(features, keep, drop)
    if features.frame.empty:
        raise InputError("No customer takes part: widen the window or lower min_orders")
    transform = learn_transform(features)
    judged = _Judged(features, transform, keep=frozenset(keep), required=frozenset(required))
    reasons: Reasons = dict.fromkeys(drop, "dropped")
    if features.frame.drop_duplicates().shape[0] == 1:
        left = [each.name for each in features.features if each.name not in reasons]
        reasons |= dict.fromkeys(left, "identical")
        return _selection(judged, reasons, max_correlation, max_dominance)
    reasons |= judged.near_constant(reasons, near_constant)
    while True:
        followers = judged.redundant(reasons, max_correlation)
        dominating = judged.dominating(reasons | followers, max_dominance)
        if not dominating:
            return _selection(judged, reasons | followers, max_correlation, max_dominance)
        # Those that followed it may stay now: the representatives are chosen anew.
        reasons |= dominating


Reasons = dict[str, Reason]


class _Judged:
    """The evidence on each measure, and the three rules that read it."""

    def __init__(
        self, features: FeatureTable, transform: Transform, keep: frozenset[str], required: frozenset[str]
    ) -> None:
        self.features, self.transform = features, transform
        self.asked, self.keep = keep, keep | required
        self.names = [each.name for each in features.features]
        self.same = ties(features.frame)
        self.varying = [name for name in self.names if self.same[name] < 1]
        self.correlations = correlations(features.frame[self.varying])

    def near_constant(self, gone: Reasons, limit: float) -> Reasons:
        # A constant has no scale at all, so not even `keep` can hold it.
        return {
            name: "near_constant"
            for name in self._left(gone)
            if self.same[name] == 1 or (self.same[name] >= limit and name not in self.keep)
        }

    def redundant(self, gone: Reasons, limit: float) -> Reasons:
        kept: list[str] = []
        found: Reasons = {}
        for name in sorted(self._left(gone), key=lambda name: name not in self.keep):
            follows = any(self._strength(name, other) > limit for other in kept)
            if follows and name not in self.keep:
                found[name] = "redundant"
            else:
                kept.append(name)
        return found

    def dominating(self, gone: Reasons, limit: float) -> Reasons:
        left = self._left(gone)
        shares = self.shares(left)
        allowed = max(limit, FAIR / max(len(left), 1))
        over = [name for name in left if shares[name] > allowed and name not in self.keep]
        return {max(over, key=lambda name: shares[name]): "dominates"} if over else {}

    def _left(self, gone: Reasons) -> list[str]:
        return [name for name in self.names if name not in gone]

    def shares(self, names: list[str]) -> dict[str, float]:
        """Return each variable's share of the distance, among these."""
        return shares_of_distance(self.transform.only(names)(self.features.frame), names) if names else {}

    def shares_by_step(self, name: str, kept: list[str]) -> tuple[float, float, float]:
        """Return one variable's share beside those kept: in own units, scaled, and drawn in."""
        if name not in self.varying:
            return 0.0, 0.0, 0.0
        names = kept if name in kept else [*kept, name]
        frame, transform = self.features.frame[names], self.transform.only(names)
        steps = (frame.to_numpy(np.float64), transform.unlimited(frame), transform(frame))
        raw, scaled, drawn_in = (shares_of_distance(points, names)[name] for points in steps)
        return raw, scaled, drawn_in

    def partner(self, name: str, kept: Iterable[str]) -> tuple[str, float | None]:
        others = [other for other in kept if other != name and other in self.varying]
        if name not in self.varying or not others:
            return "", None
        closest = max(others, key=lambda other: self._strength(name, other))
        return closest, float(self.correlations[closest].to_dict()[name])

    def _strength(self, name: str, other: str) -> float:
        return float(abs(self.correlations[other])[name])


def _selection(judged: _Judged, reasons: Reasons, max_correlation: float, max_dominance: float) -> Selection:
    features = judged.features
    kept = [name for name in judged.names if reasons.get(name, "kept") in ("kept", "identical")]
    if not kept:
        raise InputError(
            "No measure is left to form segments on: "
            + "; ".join(f"{name} ({reason.replace('_', ' ')})" for name, reason in reasons.items())
            + ". Widen the window, raise near_constant or max_dominance, or name one under keep"
        )
    allowed = max(max_dominance, FAIR / len(kept))
    drawn_in = tail_counts(judged.transform, features.frame)
    made = []
    for feature in features.features:
        name = feature.name
        reason = reasons.get(name, "kept")
        partner, correlation = judged.partner(name, kept)
        raw, scaled, share = judged.shares_by_step(name, kept)
        follows = correlation is not None and abs(correlation) > max_correlation
        if reason == "kept" and name in judged.keep and (follows or share > allowed):
            reason = "asked" if name in judged.asked else "required"
        elif reason == "kept" and scaled > allowed:
            reason = "tamed"
        made.append(
            Decision(
                feature,
                name in kept,
                reason,
                judged.same[name],
                raw,
                scaled,
                share,
                partner,
                correlation,
                drawn_in[name],
            )
        )
    return Selection(
        decisions=tuple(made),
        customers=len(features.frame),
        window=features.window,
        transform=judged.transform.only(kept),
        correlations=judged.correlations,
        max_correlation=max_correlation,
        max_dominance=max_dominance,
        voice=features.voice,
    )


def _check_names(features: FeatureTable, keep: Sequence[str], drop: Sequence[str]) -> None:
    known = [each.name for each in features.features]
    faults = [
        Fault(f"there is no measure {name!r} in basis {features.basis!r}", knob, remedy=nearest(name, known))
        for knob, names in (("keep", keep), ("drop", drop))
        for name in names
        if name not in known
    ]
    both = sorted(set(keep) & set(drop))
    faults += [Fault(f"{name!r} stands under keep and under drop", "keep, drop") for name in both]
    refuse(ParameterError, faults)
