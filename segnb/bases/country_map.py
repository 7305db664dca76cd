"""A map of countries, the darker the more customers they have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from segnb.bases.countries import country_code, country_name
from segnb.document.blocks import AnyBlock, Figure, Paragraph, spans
from segnb.drawing.house import WIDTH, alternative, canvas, finish, numbers
from segnb.drawing.world import Points, View, view
from segnb.style import LIGHT, segment_color
from segnb.suppression import conceal
from segnb.words import Voice

_STRENGTHS = (0.22, 0.4, 0.6, 0.8, 1.0)
"""How strong the colour of each step is; five steps are told apart at a glance."""
_LEGEND = 44
_ONE_LINE = 24
"""Letters of the legend that fit on one line."""
_DOT = 22.0
"""Area in square points of a country too small for an outline."""


def country_map(words: pd.Series, voice: Voice, *, fewest: int) -> tuple[AnyBlock, ...]:
    """Draw countries by their customers and say how many customers are not on the map.

    Countries of fewer than ``fewest`` customers are not told by themselves, nor is one that could be worked
    out from the others. Nothing is drawn where fewer than two countries remain.

    Parameters
    ----------
    words
        The country of each customer: a code or a name.
    """
    known = words.dropna()
    codes = known.map({each: country_code(str(each), voice.language) for each in known.unique()})
    counts = codes.value_counts()
    shown = [str(each) for each in sorted(counts.index, key=lambda each: (-counts[each], each))]
    hidden = conceal({each: int(counts[each]) for each in shown}, min_cell=fewest, keep_total=True).groups
    small = [each for each in shown if each in hidden]
    shown = [each for each in shown if each not in hidden]
    if len(shown) < 2:
        return ()
    drawn = _drawn({each: int(counts[each]) for each in shown}, len(known), voice)
    unknown = int(codes.isna().sum())
    left = []
    if small:
        left.append(
            voice.say(
                "bases.country_map.small",
                len(small),
                customers=voice.count(int(counts[small].sum())),
                fewest=voice.count(fewest),
            )
        )
    if unknown:
        left.append(
            voice.say(
                "bases.country_map.unknown",
                unknown,
                words=voice.count(int(known[codes.isna()].nunique())),
            )
        )
    notes = (Paragraph(content=spans(" ".join(left)), role="note"),) if left else ()
    return drawn, *notes


def _drawn(counts: dict[str, int], of: int, voice: Voice) -> Figure:
    bounds = steps(list(counts.values()))
    seen = view(counts, WIDTH)
    height = seen.height + _LEGEND
    with canvas(height) as (drawing, axes):
        # One unit of the axes is one pixel, so that points snap to the pixels they are drawn on.
        drawing.set_layout_engine("none")
        axes.set_position((0, _LEGEND / height, 1, 1 - _LEGEND / height))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(0, seen.height)
        axes.set_axis_off()
        _land(axes, seen, counts, bounds)
        ranges = _ranges(bounds, max(counts.values()), voice)
        drawing.legend(
            [_key(place, bounds) for place in range(len(bounds))],
            ranges,
            loc="lower left",
            bbox_to_anchor=(-0.02, 0),
            ncols=len(bounds) if len("".join(ranges)) <= _ONE_LINE else 3,
            frameon=False,
            fontsize=12.5,
            handlelength=1,
            handleheight=0.9,
            handletextpad=0.4,
            columnspacing=0.9,
        )
        first = next(iter(counts))
        said = {
            "country": country_name(first, voice),
            "share": voice.percent(counts[first] / of),
            "number": voice.count(len(counts)),
        }
        return finish(
            drawing,
            title=voice.say("bases.country_map.title", of, **said),
            subtitle=voice.say("bases.country_map.subtitle", of, **said),
            alt=alternative(voice, "bases.country_map.alt", "bases.country_map.alt_short", said),
            data=numbers(
                [voice.say(f"bases.country_map.{each}") for each in ("column", "customers", "share")],
                [
                    [country_name(each, voice), voice.count(count), voice.percent(count / of)]
                    for each, count in counts.items()
                ],
            ),
        )


def _land(axes: Axes, seen: View, counts: dict[str, int], bounds: Sequence[int]) -> None:
    """Draw land without customers first, then each step of the others, then countries that are dots."""
    strengths = {code: _STRENGTHS[_step(count, bounds)] for code, count in counts.items()}
    empty = [ring for code, rings in seen.outlines.items() if code not in counts for ring in rings]
    # Paler than the palest step, with borders that show on the page's own ground.
    _fill(axes, empty, LIGHT["panel"], edge=LIGHT["rule"])
    for strength in sorted(set(strengths.values())):
        rings = [
            ring for code, own in seen.outlines.items() if strengths.get(code) == strength for ring in own
        ]
        _fill(axes, rings, segment_color(0), strength, edge=LIGHT["paper"])
    for code, (x, y) in seen.dots.items():
        if code in counts:
            alpha, edge = strengths[code], LIGHT["paper"]
            axes.scatter(x, y, s=_DOT, color=segment_color(0), alpha=alpha, edgecolors=edge, linewidths=0.5)


def _fill(axes: Axes, rings: Sequence[Points], color: str, strength: float = 1.0, *, edge: str) -> None:
    """Fill rings as one path, so that the drawing stays small."""
    if rings:
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in map(_closed, rings)))
        axes.add_patch(PathPatch(path, facecolor=color, alpha=strength, edgecolor=edge, linewidth=0.4))


def _closed(ring: Points) -> Points:
    return np.vstack([ring, ring[:1]])


def _key(place: int, bounds: Sequence[int]) -> Patch:
    strength = _STRENGTHS[_place(place, len(bounds))]
    return Patch(facecolor=segment_color(0), alpha=strength, linewidth=0)


def steps(counts: Sequence[int]) -> tuple[int, ...]:
    """Return the lower bounds of five steps at most: 1, 2 or 5 times a power of ten, evenly spread.

    Counts of countries differ by powers of ten, so steps of one width would put all but one into the first.
    """
    least, most = min(counts), max(counts)
    ladder = [factor * 10**power for power in range(len(str(most))) for factor in (1, 2, 5)]
    inner = [each for each in ladder if least < each <= most]
    take = min(len(inner), len(_STRENGTHS) - 1)
    chosen = {inner[round((place + 1) * len(inner) / (take + 1)) - 1] for place in range(take)}
    return (least, *sorted(chosen))


def _step(count: int, bounds: Sequence[int]) -> int:
    return _place(sum(count >= each for each in bounds) - 1, len(bounds))


def _place(step: int, of: int) -> int:
    """Return the strength of a step, so that the last one is always the strongest."""
    return len(_STRENGTHS) - of + step


def _ranges(bounds: Sequence[int], most: int, voice: Voice) -> list[str]:
    last = bounds[-1]
    ends = [(low, high - 1) for low, high in pairwise(bounds)] + [(last, most)]
    return [
        voice.count(low) if low == high else voice.span(voice.count(low), voice.count(high))
        for low, high in ends
    ]
