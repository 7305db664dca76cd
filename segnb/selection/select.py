"""Choose the measures that carry the segments, each dropped one with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.plain.gaps import gaps
from segnb.plain.tails import tails
from segnb.segmentation import Feature, FeatureTable
from segnb.selection.judge import Judged, Limits, Reasons
from segnb.selection.measures import tail_counts
from segnb.selection.results import RULES, Decision, Reason, Rule, Selection
from segnb.selection.themes import themes
from segnb.transform import learn_transform


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
    limits = Limits(near_constant, max_missing, max_correlation, max_dominance)
    judged = Judged(features, outcomes, limits, keep=frozenset(keep), required=frozenset(required))
    reasons: Reasons = dict.fromkeys(drop, "dropped")
    if features.frame.drop_duplicates().shape[0] == 1:
        left = [each.name for each in features.features if each.name not in reasons]
        reasons |= dict.fromkeys(left, "identical")
        return _selection(judged, reasons, min_cell, before=reasons)
    return _selection(judged, judged.decide(reasons), min_cell, before=judged.free().decide(reasons))


def _selection(judged: Judged, reasons: Reasons, min_cell: int, *, before: Reasons) -> Selection:
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
        # Blocks are weighed by the variables that are left of them.
        transform=learn_transform(features.only(kept)),
        correlations=judged.correlations,
        max_correlation=limits.max_correlation,
        max_dominance=limits.max_dominance,
        themes=themes(judged.correlations, len(features.frame)),
        tails=tails(varying.frame, varying.features),
        gaps=gaps(features.frame[kept]),
        min_cell=min_cell,
        outcomes=judged.outcomes,
        voice=features.voice,
    )


def _decision(
    judged: Judged,
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
