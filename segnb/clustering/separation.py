"""What a verdict says of separate groups: the test for gaps, single columns, and a table's own verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segnb.clustering.compression import LEVEL
from segnb.clustering.fit import FEWEST
from segnb.clustering.verdict import SPLIT_HALF, TableStructure
from segnb.document.blocks import Verdict, spans
from segnb.segmentation import Note, Structure
from segnb.words import Voice

SCALE = ("natural", "reproducible", "unstable", "none")


def separation(verdict: Structure, n_segments: int, voice: Voice) -> Iterator[str]:
    """Say what the test for gaps found, and what single columns had to do with it."""
    evidence = verdict.evidence
    if "gap_splits" not in evidence:
        return
    counts = {name: voice.count(evidence.get(name, 0)) for name in ("gap_splits", "splits", "copulas")}
    groups = voice.number_word(int(evidence.get("groups", 1)))
    told: dict[str, Any] = counts | {
        "groups": groups,
        "Groups": groups[:1].upper() + groups[1:],
        "number": voice.number_word(n_segments),
        "p_copula": voice.number(evidence.get("p_copula", 1.0), 2),
        "groups_agreement": voice.number(evidence.get("groups_agreement", 1.0), 2),
    }
    if key := _finding(verdict):
        yield voice.say(f"clustering.separation.{key}", **told)
    yield from (_noted(each, voice) for each in verdict.notes)


def structure_blocks(found: TableStructure) -> tuple[Verdict]:
    """Return a table's verdict on its scale, with what decided."""
    voice, kind = found.voice, found.kind
    key = kind.replace(" ", "_")
    on_scale = kind in SCALE
    told = [*_table_sentences(found), *separation(found, found.n_segments or 1, voice)]
    return (
        Verdict(
            question=voice.say("clustering.structure.question"),
            verdict=voice.say(f"personas.verdict.{key}.word"),
            scale=tuple(voice.say(f"personas.verdict.{each}.step") for each in SCALE) if on_scale else (),
            position=SCALE.index(kind) if on_scale else None,
            sentences=tuple(spans(each) for each in told),
        ),
    )


def named(voice: Voice, variable: str) -> str:
    """Return what readers call a variable inside a sentence."""
    return voice.inside(voice.word(f"bases.feature.{variable}.label", variable.replace("_", " ")))


def _finding(verdict: Structure) -> str:
    """Return which sentence the figures call for; none where a note says it all."""
    evidence = verdict.evidence
    if verdict.kind == "natural":
        return "separate"
    if "groups_agreement" in evidence:
        return "other_groups"
    if evidence["gap_splits"] < evidence["splits"]:
        return "no_valley"
    return "margins" if evidence["p_copula"] > LEVEL else ""


def _noted(note: Note, voice: Voice) -> str:
    value = note.value or 0.0
    return voice.say(
        f"clustering.note.{note.kind}",
        column=named(voice, note.column),
        others=voice.ordered([named(voice, each) for each in note.others]),
        value=voice.count(value) if value == round(value) else voice.number(value),
    )


def _table_sentences(found: TableStructure) -> Iterator[str]:
    voice, evidence = found.voice, found.evidence
    key = "identical" if "different_customers" in evidence else found.kind.replace(" ", "_")
    groups = voice.number_word(found.n_segments or 1)
    yield voice.say(
        f"clustering.structure.{key}",
        Groups=groups[:1].upper() + groups[1:],
        customers=voice.count(evidence["customers"]),
        fewest=voice.count(FEWEST),
        needed=voice.number(SPLIT_HALF, 1),
        number=voice.number_word(int(evidence.get("split_half_number", 1))),
        split_half=voice.number(evidence.get("split_half", 0.0), 2),
        p_shuffled=voice.number(evidence.get("p_shuffled", 1.0), 2),
    )
    if evidence["rows_left_out"]:
        yield voice.say("clustering.structure.left_out", int(evidence["rows_left_out"]))
