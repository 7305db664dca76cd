"""The decisions: what leaks, is missing, near-constant, redundant or dominating leaves, with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Literal, get_args

import pandas as pd

from segnb.document.blocks import Block, Shown
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.selection.association import associations
from segnb.selection.leakage import leaks
from segnb.selection.measures import missing_shares, raw_spreads, shares, spreads, tail_counts, ties
from segnb.selection.missing import Gap, gaps
from segnb.selection.tails import Tail, tails
from segnb.selection.themes import themes
from segnb.transform import Transform, learn_transform
from segnb.words import Voice

Rule = Literal["leaks", "missing", "near_constant", "redundant", "dominates"]
RULES: tuple[Rule, ...] = get_args(Rule)
Reason = Literal[Rule, "kept", "tamed", "asked", "required", "identical", "dropped"]
FAIR = 2.0
"""No variable is asked to carry less than this many equal shares: of two, each may carry all."""


@dataclass(frozen=True)
class Decision:
    """What was decided about one measure, and the number that decided.

    ``missing`` is the share of customers without a value, ``same`` the share of the others with its
    most frequent value; ``correlation`` and ``partner`` name the kept measure that it follows most
    closely (`associations`). The shares are its part in the average squared distance between two
    customers, beside the measures kept: ``share_raw`` in the measures' own units, ``share_scaled`` once
    scaled, ``share`` in the end, with far values drawn in; ``drawn_in`` counts the customers whose value
    that touches. ``outcome`` is the outcome that it nearly equals, with ``leak`` as their association.
    Where it stays as *asked* or *required*, ``rule`` is the one that would have dropped it.
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
    missing: float = 0.0
    outcome: str = ""
    leak: float | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Selection(Shown):
    """Which measures carry the segments, and the scale-free map of those.

    ``correlations`` holds the association of each pair of measures that vary among the ``customers``,
    ``themes`` what these measures are about, ``tails`` the skewness of all numbers and ``gaps`` which of
    the kept measures are missing together.
    """

    decisions: tuple[Decision, ...]
    customers: int
    window: Window | None
    transform: Transform
    correlations: pd.DataFrame
    max_correlation: float
    max_dominance: float
    themes: tuple[tuple[str, ...], ...] = ()
    tails: tuple[Tail, ...] = ()
    gaps: tuple[Gap, ...] = ()
    min_cell: int = 10
    voice: Voice = field(default_factory=Voice)

    @property
    def kept(self) -> list[str]:
        """Names of the measures kept, in the basis's order."""
        return [each.feature.name for each in self.decisions if each.kept]

    def __getitem__(self, name: str) -> Decision:
        return next(each for each in self.decisions if each.feature.name == name)

    def blocks(self) -> tuple[Block, ...]:
        """Return the tables of decisions, of themes and of tails, and what is missing together."""
        from segnb.selection.findings import decisions, enough
        from segnb.selection.tables import gap_blocks, tails_table, themes_table

        labels = {each.feature.name: each.feature.label for each in self.decisions}
        missing = gap_blocks(self.gaps, self.customers, self.min_cell, self.voice, labels=labels, formed=True)
        found = (decisions(self), enough(self), themes_table(self), tails_table(self), *missing)
        return tuple(each for each in found if each is not None)


def select(
    features: FeatureTable,
    *,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    max_correlation: float = 0.7,
    max_dominance: float = 0.5,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    required: Sequence[str] = (),
    outcomes: FeatureTable | None = None,
    min_cell: int = 10,
) -> Selection:
    """Choose the measures that carry the segments, each dropped one with its reason.

    In this order: measures asked to ``drop``; those that nearly equal an outcome; those that too many
    customers lack; near-constant ones; those that follow a kept one, where measures to ``keep`` come
    first and then the table's own order decides, so that each dropped measure has a kept
    representative which it follows, and no two that nobody asked for follow each other; last, one that
    would still carry most of the distance between customers after its tail is drawn in.

    Parameters
    ----------
    near_constant
        Drop a measure where this share of the customers has the same value.
    max_missing
        Drop a measure that more than this share of the customers lacks: they would be in no segment.
    max_correlation
        Drop a measure that goes with a kept one more closely than this: Spearman's correlation of
        either sign; with an unordered category the correlation ratio, or Cramér's V.
    max_dominance
        Drop a measure that carries more than this share of the average squared distance (or twice an
        equal share, where that is more).
    keep
        Measures that stay whatever is found.
    drop
        Measures that leave whatever is found.
    required
        Measures that the basis's own rule reads; they stay unless asked to ``drop``.
    outcomes
        What the segments shall explain later, of the same customers; a measure that nearly equals one
        is a leak.
    min_cell
        Fewest customers that a figure on missing values may tell of.

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
    limits = _Limits(near_constant, max_missing, max_correlation, max_dominance)
    judged = _Judged(features, outcomes, limits, keep=frozenset(keep), required=frozenset(required))
    reasons: Reasons = dict.fromkeys(drop, "dropped")
    if features.frame.drop_duplicates().shape[0] == 1:
        left = [each.name for each in features.features if each.name not in reasons]
        reasons |= dict.fromkeys(left, "identical")
        return _selection(judged, reasons, min_cell, before=reasons)
    return _selection(judged, judged.decide(reasons), min_cell, before=judged.free().decide(reasons))


Reasons = dict[str, Reason]


@dataclass(frozen=True)
class _Limits:
    near_constant: float
    max_missing: float
    max_correlation: float
    max_dominance: float


class _Judged:
    """The evidence on each measure, and the rules that read it."""

    def __init__(
        self,
        features: FeatureTable,
        outcomes: FeatureTable | None,
        limits: _Limits,
        keep: frozenset[str],
        required: frozenset[str],
    ) -> None:
        self.features, self.limits = features, limits
        self.asked, self.keep = keep, keep | required
        self.names = [each.name for each in features.features]
        self.same = ties(features.frame)
        self.lacking = missing_shares(features.frame)
        self.varying = [name for name in self.names if self.same[name] < 1]
        self.leaking = _leaks(features, outcomes)
        self.transform = learn_transform(features)
        live, plain = self.transform.only(self.varying), features.only(self.varying)
        self.correlations = associations(plain.frame, plain.features)
        self.raw = raw_spreads(plain)
        self.scaled = spreads(live, plain.frame, limited=False)
        self.drawn_in = spreads(live, plain.frame, limited=True)

    def free(self) -> _Judged:
        """Return the same evidence for a choice that nobody overrules."""
        found = copy(self)
        found.keep = frozenset()
        return found

    def decide(self, reasons: Reasons) -> Reasons:
        """Return all that leaves, and why, by the rules in their order."""
        for rule in (self.leaks, self.missing, self.near_constant):
            reasons = reasons | rule(reasons)
        while True:
            followers = self.redundant(reasons)
            dominating = self.dominating(reasons | followers)
            if not dominating:
                return reasons | followers
            # Those that followed it may stay now: the representatives are chosen anew.
            reasons = reasons | dominating

    def leaks(self, gone: Reasons) -> Reasons:
        return {name: "leaks" for name in self._open(gone) if name in self.leaking}

    def missing(self, gone: Reasons) -> Reasons:
        return {name: "missing" for name in self._open(gone) if self._gappy(name)}

    def near_constant(self, gone: Reasons) -> Reasons:
        # A constant has no scale at all, so not even `keep` can hold it.
        return {
            name: "near_constant"
            for name in self._left(gone)
            if self.same[name] == 1 or (self._tied(name) and name not in self.keep)
        }

    def redundant(self, gone: Reasons) -> Reasons:
        kept: list[str] = []
        found: Reasons = {}
        for name in sorted(self._left(gone), key=lambda name: name not in self.keep):
            follows = any(self._strength(name, other) > self.limits.max_correlation for other in kept)
            if follows and name not in self.keep:
                found[name] = "redundant"
            else:
                kept.append(name)
        return found

    def dominating(self, gone: Reasons) -> Reasons:
        left = self._left(gone)
        held, allowed = shares(self.drawn_in, left), self.allowed(left)
        over = [name for name in left if held[name] > allowed and name not in self.keep]
        return {max(over, key=lambda name: held[name]): "dominates"} if over else {}

    def allowed(self, kept: Sequence[str]) -> float:
        """Return the largest share of the distance that one of these may carry."""
        return max(self.limits.max_dominance, FAIR / max(len(kept), 1))

    def share(self, spreads: dict[str, float], name: str, kept: list[str]) -> float:
        """Return a measure's share of the distance beside those kept."""
        beside = [each for each in (kept if name in kept else [*kept, name]) if each in self.varying]
        return shares(spreads, beside)[name] if name in beside else 0.0

    def partner(self, name: str, kept: Iterable[str]) -> tuple[str, float | None]:
        others = [other for other in kept if other != name and other in self.varying]
        if name not in self.varying or not others:
            return "", None
        closest = max(others, key=lambda other: self._strength(name, other))
        return closest, float(self.correlations[closest].to_dict()[name])

    def _left(self, gone: Reasons) -> list[str]:
        return [name for name in self.names if name not in gone]

    def _open(self, gone: Reasons) -> list[str]:
        return [name for name in self._left(gone) if name not in self.keep]

    def _gappy(self, name: str) -> bool:
        return self.lacking[name] > self.limits.max_missing

    def _tied(self, name: str) -> bool:
        return self.same[name] >= self.limits.near_constant

    def _strength(self, name: str, other: str) -> float:
        return float(abs(self.correlations[other])[name])


def _leaks(features: FeatureTable, outcomes: FeatureTable | None) -> dict[str, tuple[str, float]]:
    if outcomes is None:
        return {}
    known = {each.name: each for each in outcomes.features}
    measured = outcomes.frame.reindex(features.frame.index)
    return leaks(features.frame, {each.name: each for each in features.features}, measured, known)


def _selection(judged: _Judged, reasons: Reasons, min_cell: int, *, before: Reasons) -> Selection:
    """Gather the decisions; ``before`` are those that would stand without the names under keep."""
    features, limits = judged.features, judged.limits
    kept, kept_before = (
        [name for name in judged.names if each.get(name, "identical") == "identical"]
        for each in (reasons, before)
    )
    if not kept:
        raise InputError(
            "No measure is left to form segments on: "
            + "; ".join(f"{name} ({reason.replace('_', ' ')})" for name, reason in reasons.items())
            + ". Widen the window, raise near_constant or max_dominance, or name one under keep"
        )
    drawn_in = tail_counts(judged.transform, features)
    varying = features.only(judged.varying)
    return Selection(
        decisions=tuple(
            _decision(
                judged,
                feature,
                reasons.get(feature.name, "kept"),
                kept,
                drawn_in[feature.name],
                before=before.get(feature.name),
                kept_before=kept_before,
            )
            for feature in features.features
        ),
        customers=len(features.frame),
        window=features.window,
        transform=judged.transform.only(kept),
        correlations=judged.correlations,
        max_correlation=limits.max_correlation,
        max_dominance=limits.max_dominance,
        themes=themes(judged.correlations, len(features.frame)),
        tails=tails(varying.frame, varying.features),
        gaps=gaps(features.frame[kept]),
        min_cell=min_cell,
        voice=features.voice,
    )


def _decision(
    judged: _Judged,
    feature: Feature,
    reason: Reason,
    kept: list[str],
    drawn_in: int,
    *,
    before: Reason | None,
    kept_before: list[str],
) -> Decision:
    name = feature.name
    scaled = judged.share(judged.scaled, name, kept)
    rule: Rule | None = None
    if reason == "kept" and before in RULES:
        rule = before
        reason = "asked" if name in judged.asked else "required"
    elif reason == "kept" and scaled > judged.allowed(kept):
        reason = "tamed"
    # What it followed may have left in its place.
    partner, correlation = judged.partner(name, kept_before if rule == "redundant" else kept)
    outcome, leak = judged.leaking.get(name, ("", None))
    return Decision(
        feature=feature,
        kept=name in kept,
        reason=reason,
        same=judged.same[name],
        share_raw=judged.share(judged.raw, name, kept),
        share_scaled=scaled,
        share=judged.share(judged.drawn_in, name, kept),
        partner=partner,
        correlation=correlation,
        drawn_in=drawn_in,
        missing=judged.lacking[name],
        outcome=outcome,
        leak=leak,
        rule=rule,
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
