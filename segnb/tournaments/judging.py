"""Judge ways to cut the same customers: what each foretells, what it adds, how alike they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from segnb.clustering.agreement import adjusted_rand, one_hot
from segnb.clustering.stability import REPRODUCIBLE
from segnb.intervals import stable
from segnb.segmentation import Segmentation, Windows
from segnb.tournaments.held_out import HeldOut, held_out
from segnb.tournaments.results import Contestant, Judgement, Tournament

NOBODY = ""
"""Group of the customers whom a basis puts into no segment."""
ALIKE = 0.8
"""Adjusted Rand index from which two bases cut the same groups (Steinley 2004, Psychol. Methods 9:386-396:
good recovery)."""
SHUFFLES = 10
"""Random cuts of which the mean stands beside a basis."""


@dataclass(frozen=True)
class Formed:
    """Segments of one basis, as the report would form them; those unassigned are in none."""

    basis: str
    method: str
    groups: pd.Series
    n_segments: int
    agreement: float | None


def formed_from(segmentation: Segmentation) -> Formed:
    """Return who is in which segment, and how far refits agreed."""
    placed = segmentation.labels.isin(segmentation.segments)
    groups = segmentation.labels.astype(object).where(placed, NOBODY)
    return Formed(
        segmentation.basis,
        segmentation.method,
        groups,
        segmentation.n_segments,
        segmentation.verdict.evidence.get("agreement"),
    )


def judged(
    formed: Sequence[Formed],
    known: pd.DataFrame,
    *,
    spend: pd.Series | None = None,
    seed: int = 0,
    min_cell: int = 10,
) -> Tournament:
    """Compare ways to cut the same customers, by the share of later outcomes that each foretells.

    The first is the one whose segments come back (agreement of .6, or a rule) and explain most of the
    held-out variance, the mean over outcomes; the second the one that adds most to it, where the 95 %
    interval of that lies above 0 and the two do not cut the same groups (adjusted Rand index of .8).
    Without outcomes, the one with the largest reach is first, and equals stand as they came.

    Parameters
    ----------
    known
        Outcomes, one row for each customer of any basis, sorted by id; who is in no segment of a basis is a
        group of its own.
    spend
        Spend while the segments formed, whose quantiles are what a basis must beat.
    """
    customers = known.index
    groups = {each.basis: each.groups.reindex(customers).fillna(NOBODY) for each in formed}
    predicted = (
        {name: held_out(known, cut, seed=seed) for name, cut in groups.items()} if len(known.columns) else {}
    )
    found = [
        _contestant(each, groups[each.basis], known, predicted.get(each.basis), spend, seed)
        for each in formed
    ]
    found.sort(key=lambda each: (not _comes_back(each), *_score(each)))
    overlap = _overlap(groups, [each.basis for each in found], min_cell)
    return Tournament(
        contestants=_judgements(found, groups, known, predicted, overlap, seed),
        overlap=overlap,
        customers=len(customers),
        windows=Windows(None, None),
        outcomes=tuple(known.columns),
    )


def _contestant(
    formed: Formed,
    groups: pd.Series,
    known: pd.DataFrame,
    predicted: HeldOut | None,
    spend: pd.Series | None,
    seed: int,
) -> Contestant:
    found = Contestant(
        basis=formed.basis,
        method=formed.method,
        n_segments=formed.n_segments,
        reach=stable((groups != NOBODY).mean()),
        agreement=formed.agreement,
    )
    if predicted is None:
        return found
    random = np.random.default_rng([seed, 1])
    shuffled = [
        held_out(known, pd.Series(random.permutation(groups.to_numpy()), groups.index), seed=seed)
        for _ in range(SHUFFLES)
    ]
    by_spend = (
        None if spend is None else _quantiles(spend.reindex(groups.index).fillna(0.0), groups.nunique())
    )
    return replace(
        found,
        explained=predicted.explained(),
        by_outcome=tuple(predicted.explained(place) for place in range(len(known.columns))),
        random=stable(float(np.mean([each.explained().value for each in shuffled]))),
        quantiles=None if by_spend is None else held_out(known, by_spend, seed=seed).explained().value,
    )


def _quantiles(values: pd.Series, number: int) -> pd.Series:
    """Return groups of equal size by value; equal values stand in one."""
    share = (values.rank(method="average") - 0.5) / len(values)
    return (share * number).astype(int).astype(str)


def _comes_back(contestant: Contestant) -> bool:
    return contestant.agreement is None or contestant.agreement >= REPRODUCIBLE


def _score(contestant: Contestant) -> tuple[float, ...]:
    explained = contestant.explained
    return (-contestant.reach,) if explained is None else (-explained.value, -contestant.reach)


def _overlap(groups: dict[str, pd.Series], names: list[str], min_cell: int) -> pd.DataFrame:
    """Return the adjusted Rand index of every two cuts, over the customers placed by both."""
    found = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for place, first in enumerate(names):
        for second in names[:place]:
            both = (groups[first] != NOBODY) & (groups[second] != NOBODY)
            value = np.nan
            if both.sum() >= min_cell:
                codes = [pd.factorize(groups[each][both], sort=True)[0] for each in (first, second)]
                cuts = [one_hot(each, int(each.max()) + 1) for each in codes]
                value = float(adjusted_rand(cuts)[0, 1])
            found.loc[first, second] = found.loc[second, first] = value
    return found


def _judgements(
    ranked: list[Contestant],
    groups: dict[str, pd.Series],
    known: pd.DataFrame,
    predicted: dict[str, HeldOut],
    overlap: pd.DataFrame,
    seed: int,
) -> tuple[Contestant, ...]:
    """Say of each what it is good for beside the first."""
    first, *others = ranked
    told = []
    for each in others:
        alike = overlap[first.basis].to_numpy(np.float64)[list(overlap).index(each.basis)]
        each = replace(each, alike=None if np.isnan(alike) else float(alike))
        if predicted:
            both = held_out(known, groups[first.basis], groups[each.basis], seed=seed)
            each = replace(each, adds=both.beyond(predicted[first.basis]))
        told.append(replace(each, judgement=_judgement(each)))
    adding = [each for each in told if each.judgement == "adds" and each.adds is not None]
    best = max(adding, key=lambda each: each.adds.value if each.adds else 0.0, default=None)
    return (
        replace(first, judgement="first"),
        *(replace(each, judgement="second") if each is best else each for each in told),
    )


def _judgement(contestant: Contestant) -> Judgement:
    if not _comes_back(contestant):
        return "unstable"
    if contestant.alike is not None and contestant.alike >= ALIKE:
        return "same"
    if contestant.explained is None or contestant.adds is None:
        return "unjudged"
    if contestant.explained.low <= 0:
        return "nothing"
    return "adds" if contestant.adds.low > 0 else "repeats"
