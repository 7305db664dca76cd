"""The box that says whether the segments are real, in a few short sentences."""

from __future__ import annotations

from typing import Any

from segnb.clustering.separation import SCALE, separation
from segnb.document.blocks import Spans, Verdict, spans
from segnb.segmentation import Segmentation
from segnb.words import Voice


def verdict(segmentation: Segmentation) -> Verdict:
    """Return the verdict on the whole segmentation, with the figures that decided."""
    voice, kind = segmentation.voice, segmentation.verdict.kind
    on_scale = kind in SCALE
    return Verdict(
        question=voice.say("personas.verdict.question"),
        verdict=voice.say(f"personas.verdict.{_key(kind)}.word"),
        scale=tuple(voice.say(f"personas.verdict.{each}.step") for each in SCALE) if on_scale else (),
        position=SCALE.index(kind) if on_scale else None,
        sentences=_sentences(segmentation),
    )


def _sentences(segmentation: Segmentation) -> tuple[Spans, ...]:
    voice, key = segmentation.voice, _key(segmentation.verdict.kind)
    values = _values(segmentation)
    said = [
        voice.say(f"personas.verdict.{key}.{_first(segmentation, values)}", segmentation.n_segments, **values)
    ]
    if segmentation.verdict.kind in SCALE:
        said += separation(segmentation.verdict, segmentation.n_segments, voice)
    said.append(voice.say(f"personas.verdict.{key}.use"))
    return tuple(spans(each) for each in said)


def _first(segmentation: Segmentation, values: dict[str, Any]) -> str:
    """Return which sentence comes first: by the figure that decided, where it was measured."""
    kind = segmentation.verdict.kind
    if kind == "none" and len(segmentation.variables) == 1:
        return "single"
    return "came_back" if ("agreement" if kind == "unstable" else "low") in values else "came_back_bare"


def _values(segmentation: Segmentation) -> dict[str, Any]:
    """Return the figures of the verdict, as they are said; those that were not measured are missing."""
    voice = segmentation.voice
    found = {
        "customers": voice.count(int((~segmentation.labels.isna()).sum())),
        "many": voice.number_word(segmentation.n_segments),
    }
    if "agreement" in segmentation.verdict.evidence:
        found["agreement"] = voice.number(segmentation.verdict.evidence["agreement"], 2)
    overlaps = [each.stability for each in segmentation.passports.values() if each.stability is not None]
    if overlaps:
        found |= _range(voice, min(overlaps), max(overlaps))
    return found


def _range(voice: Voice, low: float, high: float) -> dict[str, str]:
    return {
        "low": voice.percent(low),
        "high": voice.percent(high),
        "range": voice.interval(low, high, "share"),
    }


def _key(kind: str) -> str:
    return kind.replace(" ", "_")
