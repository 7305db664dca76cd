"""What a segment spends its money on, against everyone else: an index where 100 is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import pandas as pd

from segnb.columns import CATEGORY
from segnb.personas.contrast import MATERIAL, WORTH_ACTING, Contrast, correct
from segnb.personas.estimates import Sums, rate, ratio
from segnb.segmentation import Segmentation
from segnb.suppression import conceal

LEAST_SHARE = 0.01
"""Categories with less of everyone's money than this are left out: an index of them misleads."""
LEADING_SHARE = 0.05
"""Share of its own money that a segment spends on its favourite category at least."""
SHOWN_ABOVE, SHOWN_BELOW = 4, 3
_SUMS = tuple(each.name for each in fields(Sums))


@dataclass(frozen=True)
class Taste:
    """One category: its share of the segment's spend, and how many of its customers bought it.

    ``bought`` is None where it would tell of too few who did not.
    """

    category: str
    spend: Contrast
    bought: Contrast | None


def index(contrast: Contrast) -> float:
    """Return a share against everyone else's, where 100 is the same."""
    return 100 * contrast.ours.value / contrast.others.value


def tastes(
    spend: pd.DataFrame, segmentation: Segmentation, *, min_cell: int, source: str
) -> dict[str, tuple[Taste, ...]]:
    """Compare each segment's spend by category with everyone else's.

    A category needs ``min_cell`` buyers on either side, and must take a hundredth of all spend. Where
    one segment has fewer, a second one is left out with it: else the first would be the rest. How many
    bought is unsaid where it would tell of few who did not.

    Parameters
    ----------
    spend
        One row for each segment and category: ``segment, category, buyers``, and over the
        segment's customers the sums ``part`` (spent on the category), ``part_squared``,
        ``product`` (of that and all spend), ``whole`` (all spend), ``whole_squared``, and ``n``.
    """
    cells: dict[str, dict[str, tuple[Sums, int]]] = {}
    wholes: dict[str, Sums] = {}
    for row in spend.sort_values(["category", "segment"]).to_dict("records"):
        sums = Sums(*(row[name] for name in _SUMS))
        if not pd.isna(row["category"]):
            cells.setdefault(row["category"], {})[row["segment"]] = (sums, int(row["buyers"]))
        wholes[row["segment"]] = replace(sums, part=0.0, part_squared=0.0, product=0.0)
    everything = sum(each.whole for each in wholes.values())
    found: dict[str, list[Taste]] = {segment: [] for segment in segmentation.segments}
    for category, by_segment in cells.items():
        if sum(sums.part for sums, _ in by_segment.values()) < LEAST_SHARE * everything:
            continue
        complete = {key: by_segment.get(key, (whole, 0)) for key, whole in wholes.items()}
        buyers = {key: count for key, (_, count) in complete.items() if key in segmentation.segments}
        hidden = conceal(buyers, min_cell=min_cell, keep_total=True).groups
        without = {key: complete[key][0].n - count for key, count in buyers.items()}
        nearly_all = conceal(without, min_cell=min_cell, keep_total=True).groups
        for segment in segmentation.segments:
            if segment in hidden:
                continue
            taste = _taste(category, segment, complete, segmentation, min_cell, source)
            if taste is not None:
                found[segment].append(replace(taste, bought=None) if segment in nearly_all else taste)
    return _corrected(found)


def shown(listed: tuple[Taste, ...]) -> tuple[Taste, ...]:
    """Return the categories that a chart shows: the highest indices and the lowest, in order."""
    ranked = sorted(listed, key=lambda each: (-index(each.spend), each.category))
    above = [each for each in ranked if index(each.spend) > 100][:SHOWN_ABOVE]
    below = [each for each in ranked if index(each.spend) < 100][-SHOWN_BELOW:]
    return (*above, *below)


def favourite(listed: tuple[Taste, ...]) -> Taste | None:
    """Return the category that clearly takes more of the segment's money, the most so.

    It must take enough of it to lead a message with.
    """
    clear = [each for each in listed if each.spend.direction > 0 and each.spend.gap >= MATERIAL]
    leading = [each for each in clear if each.spend.ours.value >= LEADING_SHARE]
    return max(leading, key=lambda each: index(each.spend), default=None)


def gap(listed: tuple[Taste, ...]) -> Taste | None:
    """Return the category that clearly fewer of the segment bought, with the widest gap."""
    clear = [
        (each.bought.others.value - each.bought.ours.value, each)
        for each in listed
        if each.bought and each.bought.direction < 0 and abs(each.bought.gap) >= WORTH_ACTING
    ]
    return max(clear, key=lambda each: each[0], default=(0.0, None))[1]


def _taste(
    category: str,
    segment: str,
    cells: Mapping[str, tuple[Sums, int]],
    segmentation: Segmentation,
    min_cell: int,
    source: str,
) -> Taste | None:
    if segment not in cells:
        return None
    ours, buyers = cells[segment]
    others, other_buyers = Sums(0, 0.0, 0.0, 0.0, 0.0, 0.0), 0
    for key in segmentation.segments:
        if key != segment and key in cells:
            others, other_buyers = others + cells[key][0], other_buyers + cells[key][1]
    if min(buyers, other_buyers) < min_cell or others.part <= 0:
        return None
    voice = segmentation.voice
    category = voice.readable(CATEGORY, category)
    share, reach = ratio(ours, buyers), ratio(others, other_buyers)
    spent = Contrast(
        name="category_spend",
        label=voice.say("personas.taste.spend", category=category),
        unit="share",
        statistic="ratio",
        ours=share,
        others=reach,
        source=source,
        effect=share.value - reach.value,
    )
    bought = Contrast(
        name="category_bought",
        label=voice.say("personas.taste.bought", category=voice.inside(category)),
        unit="share",
        statistic="rate",
        ours=rate(buyers, ours.n),
        others=rate(other_buyers, others.n),
        source=source,
    )
    return Taste(category, spent, bought)


def _corrected(found: Mapping[str, list[Taste]]) -> dict[str, tuple[Taste, ...]]:
    spend = correct({key: [each.spend for each in listed] for key, listed in found.items()})
    bought = correct({key: [each.bought for each in listed if each.bought] for key, listed in found.items()})
    corrected = {}
    for key, listed in found.items():
        people = iter(bought[key])
        corrected[key] = tuple(
            Taste(each.category, money, next(people) if each.bought else None)
            for each, money in zip(listed, spend[key], strict=True)
        )
    return corrected
