"""Who the customers are by what is recorded of them: age, income, household."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from segnb.levels import answers
from segnb.personas.claims import Claim
from segnb.personas.contrast import Contrast, correct, said
from segnb.personas.estimates import rate
from segnb.profiling.cautions import MANY_VALUES
from segnb.segmentation import Segmentation
from segnb.suppression import conceal_table

_NAMED = 3


@dataclass(frozen=True)
class _Share:
    """The share of one attribute's value in a segment and in everyone else."""

    attribute: str
    category: str
    contrast: Contrast


def attribute_claims(
    attributes: pd.DataFrame, segmentation: Segmentation, *, min_cell: int, source: str
) -> dict[str, Claim]:
    """Return one claim for each segment: the clearest share, or that the data show none.

    Shares are of those whose value is known. A value enters only where at least ``min_cell``
    customers have it and as many have another, in the segment and in everyone else; where one
    segment has fewer, a second one is left out with it, so that no smaller count can be worked out.

    Parameters
    ----------
    attributes
        One row for each customer (index) and one column for each declared attribute.
    """
    labels = segmentation.labels[segmentation.labels.isin(segmentation.segments)]
    table = attributes.reindex(labels.index)
    known = table.notna().any(axis=1).to_numpy()
    hidden = {attribute: _hidden(table[attribute], labels, min_cell) for attribute in table.columns}
    found = {
        segment: tuple(
            share
            for attribute in table.columns
            for share in _shares(
                table[attribute], (labels == segment).to_numpy(), segmentation, min_cell, source
            )
            if segment not in hidden[attribute].get(share.category, ())
        )
        for segment in segmentation.segments
    }
    settled = correct({segment: [each.contrast for each in shares] for segment, shares in found.items()})
    claims = {}
    for segment, shares in found.items():
        paired = [replace(share, contrast=one) for share, one in zip(shares, settled[segment], strict=True)]
        if paired:
            reached = float(known[(labels == segment).to_numpy()].mean())
            claims[segment] = _claim(paired, reached, segmentation, table)
    return claims


def _hidden(column: pd.Series, labels: pd.Series, min_cell: int) -> dict[str, frozenset[str]]:
    """Return in which segments a value must stay unsaid: too few have it, or too few have another."""
    values = column.astype("string")
    if values.nunique() > MANY_VALUES:
        return {}
    has = pd.crosstab(values, labels)
    covered = conceal_table(has.to_numpy(), min_cell)
    return {
        str(category): frozenset(str(each) for each in has.columns[hide])
        for category, hide in zip(has.index, covered, strict=True)
    }


def _shares(
    column: pd.Series, inside: np.ndarray, segmentation: Segmentation, min_cell: int, source: str
) -> list[_Share]:
    values = column.astype("string")
    recorded = values.notna().to_numpy()
    categories = sorted(values.dropna().unique())
    if len(categories) > MANY_VALUES:
        return []
    shares = []
    for category in categories:
        has = (values == category).fillna(False).to_numpy(dtype=bool)
        groups = (inside & recorded, ~inside & recorded)
        counts = [(int((has & group).sum()), int(group.sum())) for group in groups]
        if any(min(hits, n - hits) < min_cell for hits, n in counts):
            continue
        ours, others = (rate(*count) for count in counts)
        voice, name = segmentation.voice, str(column.name)
        label = voice.say(
            "personas.attribute.label", attribute=voice.attribute(name), value=voice.category(name, category)
        )
        size = abs(ours.value - others.value)
        contrast = Contrast(name, label, "share", "rate", ours, others, source, effect=size)
        shares.append(_Share(name, category, contrast))
    return shares


def _claim(
    shares: list[_Share], reached: float, segmentation: Segmentation, attributes: pd.DataFrame
) -> Claim:
    voice = segmentation.voice
    # What more of them are tells more than what fewer of them are.
    rank = {1: 2, -1: 1, 0: 0}
    best = max(shares, key=lambda each: (rank[each.contrast.direction], each.contrast.effect))
    contrast = best.contrast
    if not contrast.direction:
        compared = dict.fromkeys(each.attribute for each in shares)
        names = voice.ordered([voice.inside(voice.attribute(each)) for each in list(compared)[:_NAMED]])
        share = voice.percent(reached)
        key = "alike_all" if share == voice.percent(1.0) else "alike"
        return Claim(voice.say(f"personas.attribute.{key}", attributes=names, share=share), contrast)
    recorded = attributes[best.attribute]
    # A 1 is a yes only where all else is 0: it may as well be the first of three regions.
    pair = answers(tuple(recorded.dropna().astype("string").unique()))
    form = "level" if pair is None else "yes" if best.category == pair[1] else "no"
    words = {
        "label": voice.attribute(best.attribute),
        "level": voice.category(best.attribute, best.category),
        "ours": said(voice, contrast.ours.value, "share"),
        "others": said(voice, contrast.others.value, "share"),
        "whom": voice.say(f"personas.attribute.{'some' if recorded.hasnans else 'all'}"),
    }
    return Claim(voice.say(f"personas.attribute.{form}", None, **words), contrast)
