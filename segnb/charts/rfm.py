"""The RFM map: how many customers have each pair of scores, and which segment each pair stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import Rectangle

from segnb.clustering.score_map import SCORES, scores
from segnb.document.blocks import Figure
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.personas.names import name_segments
from segnb.segmentation import FeatureTable, Segmentation
from segnb.style import LIGHT, segment_color
from segnb.suppression import conceal_cells

_CELL = 50
_LIGHTEST, _DARKEST = 0.08, 0.42

_Rule = tuple[str, list[int], list[int]]
"""A segment's key, and the lowest and highest score of recency, and of frequency and monetary value."""


def score_map(
    segmentation: Segmentation, features: FeatureTable, *, names: Mapping[str, str], min_cell: int
) -> Figure | None:
    """Draw the score map of segments by RFM; nothing for other segments.

    A pair of scores that fewer than ``min_cell`` customers have shows no figure, nor does one that would give
    such a pair away: the segments are sums of pairs, and their sizes are known.
    """
    if segmentation.model["kind"] != "score_map":
        return None
    voice = segmentation.voice
    called = name_segments(features, segmentation, {key: () for key in segmentation.segments}, names)
    shares = {key: each.size / len(segmentation.labels) for key, each in segmentation.passports.items()}
    largest = max(shares, key=lambda key: shares[key])
    told: dict[str, Any] = {"largest": called[largest], "share": voice.percent(shares[largest])}
    counts = _counts(segmentation, features)
    hidden = _hidden(segmentation, counts, min_cell)
    shown = _shown(segmentation, counts, hidden)
    # A cell's depth tells its count, too.
    counts = np.where(hidden, 0, counts)
    axis = [voice.count(score) for score in range(1, SCORES + 1)]
    with canvas(height=_CELL * SCORES + 44) as (drawing, axes):
        _draw(axes, segmentation, counts, shown, called)
        return finish(
            drawing,
            title=voice.say("clustering.map.title", **told),
            subtitle=voice.say("clustering.map.subtitle", len(segmentation.labels)),
            alt=_alternative(segmentation, called, shares),
            data=numbers(
                [voice.say("clustering.map.corner"), *axis],
                [[voice.count(score), *shown[score - 1]] for score in range(SCORES, 0, -1)],
            ),
        )


def _counts(segmentation: Segmentation, features: FeatureTable) -> np.ndarray:
    """Return the customers by recency score (rows) and frequency-monetary score (columns)."""
    whole = features.frame[np.isfinite(features.frame.to_numpy(np.float64)).all(axis=1)]
    recency, value = scores(segmentation.model, whole)
    axis = range(1, SCORES + 1)
    return pd.crosstab(recency, value).reindex(index=axis, columns=axis, fill_value=0).to_numpy()


def _rules(segmentation: Segmentation) -> list[_Rule]:
    return cast("list[_Rule]", segmentation.model["rules"])


def _hidden(segmentation: Segmentation, counts: np.ndarray, min_cell: int) -> np.ndarray:
    """Return the pairs that are too small, and those that would give them away."""
    row, column = (each + 1 for each in np.indices(counts.shape))
    whole: np.ndarray = np.ones(counts.shape, dtype=bool)
    segments = [
        np.asarray((row >= r_low) & (row <= r_high) & (column >= v_low) & (column <= v_high))
        for _, (r_low, r_high), (v_low, v_high) in _rules(segmentation)
    ]
    sums = [each.ravel() for each in (*segments, whole)]
    return conceal_cells(counts.ravel(), sums, min_cell).reshape(counts.shape)


def _shown(segmentation: Segmentation, counts: np.ndarray, hidden: np.ndarray) -> list[list[str]]:
    voice, total = segmentation.voice, len(segmentation.labels)
    return [
        [
            "–" if hide or not count else voice.percent(count / total)
            for count, hide in zip(*each, strict=True)
        ]
        for each in zip(counts.tolist(), hidden.tolist(), strict=True)
    ]


def _alternative(segmentation: Segmentation, called: Mapping[str, str], shares: Mapping[str, float]) -> str:
    voice = segmentation.voice
    listed = voice.listed([f"{called[key]} {voice.percent(share)}" for key, share in shares.items()])
    return alternative(
        voice, "clustering.map.alt", "clustering.map.alt_short", {"values": listed}, len(shares)
    )


def _draw(
    axes: Axes,
    segmentation: Segmentation,
    counts: np.ndarray,
    shown: list[list[str]],
    called: Mapping[str, str],
) -> None:
    sns.heatmap(
        np.zeros_like(counts), cmap=ListedColormap([LIGHT["paper"]]), cbar=False, square=False, ax=axes
    )
    for key, (r_low, r_high), (v_low, v_high) in _rules(segmentation):
        known = key in called
        color = segment_color(segmentation.position(key)) if known else LIGHT["faint"]
        _cells(axes, counts, shown, color, range(r_low, r_high + 1), range(v_low, v_high + 1))
        axes.add_patch(
            Rectangle(
                (v_low - 1 + 0.02, r_low - 1 + 0.03),
                v_high - v_low + 0.96,
                r_high - r_low + 0.94,
                fill=False,
                edgecolor=color,
                linewidth=2,
            )
        )
        axes.text(
            v_low - 1 + 0.09,
            r_high - 0.1,
            called.get(key, ""),
            ha="left",
            va="top",
            fontsize=12.5,
            fontweight=600,
            color=LIGHT["ink"],
        )
    _axes(axes, segmentation)


def _cells(
    axes: Axes, counts: np.ndarray, shown: list[list[str]], color: str, rows: range, columns: range
) -> None:
    for row in rows:
        for column in columns:
            depth = _LIGHTEST + (_DARKEST - _LIGHTEST) * counts[row - 1, column - 1] / max(counts.max(), 1)
            face = [1 - depth * (1 - part) for part in to_rgb(color)]
            axes.add_patch(Rectangle((column - 1, row - 1), 1, 1, facecolor=face, edgecolor="none"))
            axes.text(
                column - 0.5,
                row - 0.64,
                shown[row - 1][column - 1],
                ha="center",
                va="center",
                fontsize=12.5,
            )


def _axes(axes: Axes, segmentation: Segmentation) -> None:
    voice = segmentation.voice
    middles = [score - 0.5 for score in range(1, SCORES + 1)]
    labels = [voice.count(score) for score in range(1, SCORES + 1)]
    axes.set_xlim(0, SCORES)
    axes.set_ylim(0, SCORES)
    axes.set_xticks(middles, labels)
    axes.set_yticks(middles, labels, rotation=0)
    axes.set_xlabel(voice.say("clustering.map.value"))
    axes.set_ylabel(voice.say("clustering.map.recency"))
