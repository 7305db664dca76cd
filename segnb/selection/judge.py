"""The rules that drop measures, and the evidence that they read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from segnb.association import associations
from segnb.plain.gaps import ties
from segnb.plain.leakage import leaks
from segnb.segmentation import FeatureTable
from segnb.selection.measures import missing_shares, raw_spreads, shares, spreads
from segnb.selection.results import Reason
from segnb.transform import learn_transform

FAIR = 2.0
"""No variable is asked to carry less than this many equal shares: of two, each may carry all."""

Reasons = dict[str, Reason]


@dataclass(frozen=True)
class Limits:
    """What the analyst allows a measure; `select` says what each limit means."""

    near_constant: float
    max_missing: float
    max_correlation: float
    max_dominance: float


class Judged:
    """The evidence on each measure, and the rules that read it."""

    def __init__(
        self,
        features: FeatureTable,
        outcomes: FeatureTable | None,
        limits: Limits,
        keep: frozenset[str],
        required: frozenset[str],
    ) -> None:
        self.features, self.limits = features, limits
        self.asked, self.keep = keep, keep | required
        self.names = [each.name for each in features.features]
        self.same = ties(features.frame)
        self.lacking = missing_shares(features.frame)
        self.varying = [name for name in self.names if self.same[name] < 1]
        self.outcomes = outcomes.features if outcomes else ()
        self.leaking = _leaks(features, outcomes)
        self.transform = learn_transform(features)
        live, plain = self.transform.only(self.varying), features.only(self.varying)
        self.correlations = associations(plain.frame, plain.features)
        self.raw = raw_spreads(plain)
        self.scaled = spreads(live, plain.frame, limited=False)
        self.drawn_in = spreads(live, plain.frame, limited=True)

    def free(self) -> Judged:
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
        """Return the measures that nearly equal an outcome."""
        return {name: "leaks" for name in self._open(gone) if name in self.leaking}

    def missing(self, gone: Reasons) -> Reasons:
        """Return the measures that too many customers lack."""
        return {name: "missing" for name in self._open(gone) if self._gappy(name)}

    def near_constant(self, gone: Reasons) -> Reasons:
        """Return the measures that hardly vary."""
        # A constant has no scale at all, so not even `keep` can hold it.
        return {
            name: "near_constant"
            for name in self._left(gone)
            if self.same[name] == 1 or (self._tied(name) and name not in self.keep)
        }

    def redundant(self, gone: Reasons) -> Reasons:
        """Return the measures that follow a kept one, those to keep going first."""
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
        """Return the measure that carries the largest share of the distance, if that is too much."""
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
        """Return the kept measure that one follows most closely, and how closely."""
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
