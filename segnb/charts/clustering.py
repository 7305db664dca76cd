"""Charts on trust in the segments: do they come back, does each, are there gaps, where does the rule cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from segnb.clustering.findings import capital
from segnb.clustering.number import CLEAR_GAPS, TOLERANCE, NumberChoice
from segnb.document.blocks import Figure
from segnb.drawing.house import alternative, canvas, finish, numbers
from segnb.personas.contrast import feature_contrasts
from segnb.personas.names import name_segments
from segnb.segmentation import GRADES, FeatureTable, Segmentation
from segnb.style import LIGHT, segment_color
from segnb.words import Voice

_LONGEST_LABEL = 24
_TRUSTED = GRADES["C"]


def stability(choice: NumberChoice) -> Figure | None:
    """Draw how well each number of segments comes back; nothing where a rule fixes the number."""
    voice, tried = choice.voice, choice.candidates
    if not tried:
        return None
    values = voice.listed([f"{each.n_segments}: {voice.number(each.agreement, 2)}" for each in tried])
    shown: dict[str, Any] = {"values": values, "chosen": voice.count(choice.chosen or 0)}
    with canvas(height=230) as (drawing, axes):
        _agreement_by_number(axes, choice)
        return finish(
            drawing,
            title=_best_numbers(choice),
            subtitle=voice.say(
                "clustering.stability.subtitle", choice.bootstraps * (choice.bootstraps - 1) // 2
            ),
            alt=alternative(voice, "clustering.stability.alt", "clustering.stability.alt_short", shown),
            data=numbers(
                [voice.say(f"clustering.stability.{each}") for each in ("number", "agreement", "quartiles")],
                [
                    [
                        voice.count(each.n_segments),
                        voice.number(each.agreement, 2),
                        voice.span(voice.number(each.agreement_low, 2), voice.number(each.agreement_high, 2)),
                    ]
                    for each in tried
                ],
            ),
        )


def overlap(
    segmentation: Segmentation, features: FeatureTable, *, names: Mapping[str, str], min_cell: int
) -> Figure | None:
    """Draw how closely each segment comes back in redrawn samples; nothing for segments by rule.

    The segments bear the names of chapter 04; ``names`` are those that a person gave.
    """
    voice = segmentation.voice
    judged = {key: each for key, each in segmentation.passports.items() if each.stability is not None}
    if not judged:
        return None
    contrasts = feature_contrasts(features, segmentation, min_cell=min_cell, source="")
    called = name_segments(features, segmentation, contrasts, names)
    values = {key: voice.number(each.stability or 0.0, 2) for key, each in judged.items()}
    listed = voice.listed([f"{called[key]} {values[key]}" for key in judged])
    weakest = min(judged, key=lambda key: judged[key].stability or 0.0)
    shown: dict[str, Any] = {
        "values": listed,
        "weakest": called[weakest],
        "least": values[weakest],
        "number": voice.count(len(judged)),
    }
    with canvas(height=44 + 30 * len(judged)) as (drawing, axes):
        _overlap_by_segment(axes, segmentation, called)
        return finish(
            drawing,
            title=_who_comes_back(segmentation, called),
            subtitle=voice.say("clustering.overlap.subtitle"),
            alt=alternative(voice, "clustering.overlap.alt", "clustering.overlap.alt_short", shown),
            data=numbers(
                [voice.say(f"clustering.overlap.{each}") for each in ("name", "median", "spread", "grade")],
                [
                    [called[key], values[key], voice.interval(*each.spread, "number"), each.grade]
                    for key, each in judged.items()
                    if each.spread is not None
                ],
            ),
        )


def gaps(segmentation: Segmentation) -> Figure | None:
    """Draw how separate the segments are beside shuffled data; nothing where that was not measured."""
    voice, found = segmentation.voice, segmentation.verdict.evidence
    if "silhouette_shuffled" not in found:
        return None
    ours, shuffled = found["silhouette"], found["silhouette_shuffled"]
    told: dict[str, Any] = {
        "silhouette": voice.number(ours, 2),
        "shuffled": voice.number(shuffled, 2),
        "clear": voice.number(CLEAR_GAPS, 2),
    }
    these = voice.say("clustering.gaps.these", number=voice.number_word(segmentation.n_segments))
    with canvas(height=130) as (drawing, axes):
        _separation(axes, voice, ours, shuffled, these)
        return finish(
            drawing,
            title=voice.say(
                f"clustering.gaps.{'clear' if segmentation.verdict.kind == 'natural' else 'none'}"
            ),
            subtitle=voice.say("clustering.gaps.subtitle", **told),
            alt=voice.say("clustering.gaps.alt", **told),
            data=numbers(
                [voice.say("clustering.gaps.what"), voice.say("clustering.gaps.silhouette")],
                [[these, told["silhouette"]], [voice.say("clustering.gaps.shuffled"), told["shuffled"]]],
            ),
        )


def _best_numbers(choice: NumberChoice) -> str:
    voice = choice.voice
    best = max(each.agreement for each in choice.candidates)
    near = [each.n_segments for each in choice.candidates if each.agreement >= best - TOLERANCE]
    words = capital(voice.ordered([voice.number_word(number) for number in near]))
    told: dict[str, Any] = {
        "Numbers": words,
        "best": voice.number(best, 2),
        "chosen": voice.number_word(choice.chosen or 0),
        "agreement": voice.number(choice.candidate.agreement if choice.candidate else 0.0, 2),
    }
    key = "best" if choice.chosen in near and choice.reason != "nothing_steady" else choice.reason
    return voice.say(f"clustering.stability.{key}", **told)


def _who_comes_back(segmentation: Segmentation, called: Mapping[str, str]) -> str:
    title = _back_or_not(segmentation, called)
    if segmentation.verdict.kind == "none":
        return segmentation.voice.say("clustering.overlap.shapeless", title=title)
    return title


def _back_or_not(segmentation: Segmentation, called: Mapping[str, str]) -> str:
    voice, judged = segmentation.voice, segmentation.passports
    stable = {key: each.stability for key, each in judged.items() if each.stability is not None}
    missing = [called[key] for key, value in stable.items() if value < _TRUSTED]
    number, n_back = voice.number_word(len(stable)), len(stable) - len(missing)
    if len(missing) == len(stable):
        return voice.say("clustering.overlap.none")
    if missing:
        back = capital(voice.number_word(n_back))
        told: dict[str, Any] = {"back": back, "number": number, "missing": voice.ordered(missing)}
        return voice.say("clustering.overlap.some", n_back, **told)
    weakest = min(stable, key=lambda key: stable[key])
    if segmentation.verdict.kind == "none":
        return voice.say("clustering.overlap.each", number=number)
    return voice.say("clustering.overlap.all", len(stable), number=number, weakest=called[weakest])


def _agreement_by_number(axes: Axes, choice: NumberChoice) -> None:
    voice = choice.voice
    for each in choice.candidates:
        chosen = each.n_segments == choice.chosen
        color = segment_color(0) if chosen else LIGHT["muted"]
        at = each.n_segments
        axes.plot([at, at], [each.agreement_low, each.agreement_high], color=color, linewidth=2, zorder=2)
        face = color if chosen else LIGHT["paper"]
        axes.plot(at, each.agreement, "o", ms=9, mfc=face, mec=color, mew=1.8, zorder=3)
        axes.annotate(
            voice.number(each.agreement, 2),
            (at, each.agreement),
            xytext=(8, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=12.5,
            fontweight=600 if chosen else 400,
            color=LIGHT["ink"] if chosen else LIGHT["muted"],
        )
    tried = [each.n_segments for each in choice.candidates]
    lowest = min(each.agreement_low for each in choice.candidates)
    ticks = [tick / 5 for tick in range(int(lowest * 5), 6)]
    axes.set_xlim(tried[0] - 0.5, tried[-1] + 0.9)
    axes.set_ylim(min(lowest, ticks[0]) - 0.03, 1.02)
    axes.set_yticks(ticks, [voice.number(tick, 1) for tick in ticks])
    axes.set_xticks(tried, [voice.count(number) for number in tried])
    axes.grid(axis="y")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(voice.say("clustering.stability.axis"))


def _overlap_by_segment(axes: Axes, segmentation: Segmentation, called: Mapping[str, str]) -> None:
    voice = segmentation.voice
    judged = [(key, each) for key, each in segmentation.passports.items() if each.spread is not None]
    lowest = min(each.spread[0] for _, each in judged if each.spread is not None)
    left = min(0.5, int(lowest * 10) / 10)
    for row, (key, each) in enumerate(judged):
        color = segment_color(segmentation.position(key))
        low, high = each.spread or (0.0, 0.0)
        axes.plot([low, high], [row, row], color=color, linewidth=3, solid_capstyle="butt", zorder=2)
        axes.plot(each.stability or 0.0, row, "o", ms=10, color=color, zorder=3)
        axes.annotate(
            f"{voice.number(each.stability or 0.0, 2)} {each.grade}",
            (1, row),
            xytext=(10, 0),
            textcoords="offset points",
            va="center_baseline",
            fontweight=600,
            annotation_clip=False,
        )
    _grade_bands(axes, voice, left)
    axes.set_yticks(range(len(judged)), [_wrapped(called[key]) for key, _ in judged])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"])
    axes.set_ylim(len(judged) - 0.4, -0.6)
    axes.set_xlabel(voice.say("clustering.overlap.axis"))


def _grade_bands(axes: Axes, voice: Voice, left: float) -> None:
    """Draw the limits of the grades as grid lines, with the letters between them on top."""
    bands = sorted((max(lowest, left), letter) for letter, lowest in GRADES.items())
    edges = [*(low for low, _ in bands), 1.0]
    axes.set_xlim(left, 1)
    axes.set_xticks(edges, [voice.number(each, len(f"{each:g}".partition(".")[2])) for each in edges])
    for (low, letter), high in zip(bands, edges[1:], strict=True):
        axes.annotate(
            letter,
            ((low + high) / 2, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontweight=600,
            color=LIGHT["muted"],
        )
    for limit in edges[1:-1]:
        axes.axvline(limit, color=LIGHT["rule"], linewidth=1, zorder=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _separation(axes: Axes, voice: Voice, ours: float, shuffled: float, these: str) -> None:
    end = max(0.65, ours + 0.1)
    axes.axvspan(CLEAR_GAPS, end, ymin=0.0, ymax=0.55, color=LIGHT["panel"], zorder=0)
    axes.text(
        (CLEAR_GAPS + end) / 2, 0.25, voice.say("clustering.gaps.band"), ha="center", color=LIGHT["muted"]
    )
    axes.plot(shuffled, 0.25, "o", ms=10, mfc=LIGHT["paper"], mec=LIGHT["muted"], mew=1.8, clip_on=False)
    axes.plot(ours, 0.25, "o", ms=10, color=segment_color(0), clip_on=False)
    words = ((shuffled, voice.say("clustering.gaps.shuffled"), 400), (ours, these, 600))
    left, right = sorted(words)
    for (at, text, weight), side in ((left, "right"), (right, "left")):
        axes.annotate(
            f"{text}\n{voice.number(at, 2)}",
            (at, 0.25),
            xytext=(-4 if side == "right" else 4, 12),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontweight=weight,
            fontsize=12.5,
            color=LIGHT["ink"] if weight == 600 else LIGHT["muted"],
            annotation_clip=False,
        )
    ticks = [0.0, CLEAR_GAPS / 2, CLEAR_GAPS]
    axes.set_xlim(min(0.0, ours, shuffled) - 0.02, end)
    axes.set_ylim(0, 1)
    axes.set_xticks(ticks, [voice.number(tick, 2) if tick else "0" for tick in ticks])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _wrapped(name: str) -> str:
    """Break a long name at the space that is nearest to its middle."""
    if len(name) <= _LONGEST_LABEL or " " not in name:
        return name
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    cut = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:cut]}\n{name[cut + 1 :]}"
