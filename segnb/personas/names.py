"""Names for segments: from what sets each apart, never twice, and a person may overrule them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, count

from segnb.bases import BASES
from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.personas.contrast import Contrast
from segnb.segmentation import FeatureTable, Segmentation
from segnb.words import Voice

NOTABLE = 0.4
"""Smallest difference, in standard deviations, that may give a name: below it hardly anyone would see it."""
DOMINANT = 2.0
"""One word is enough where its difference is this many times the next one's."""
_CANDIDATES = 5


def name_segments(
    features: FeatureTable,
    segmentation: Segmentation,
    contrasts: Mapping[str, Sequence[Contrast]],
    given: Mapping[str, str],
) -> dict[str, str]:
    """Return a name for each segment, unique among them.

    Segments by rule bear the words of the rule. All others take one or two words of the measures
    that set them apart most, strongest segment first; where all of these are taken, they are called
    middling. Where the verdict is *none* they are numbered. A name in ``given`` (from the report's
    YAML) replaces the one found; it is given by the segment's key or by that name.

    Raises
    ------
    ParameterError
        A given name is for no segment, is blank, or stands twice.
    """
    voice, found, called = segmentation.voice, dict[str, str](), _called(features)
    for key in sorted(segmentation.segments, key=lambda each: -_strength(contrasts[each])):
        if segmentation.verdict.kind == "none":
            # Groups that are not there get no name that would make anyone believe in them.
            number = voice.count(segmentation.position(key) + 1)
            found[key] = voice.say("personas.name.cut", number=number)
        elif segmentation.verdict.kind == "by rule":
            found[key] = _by_rule(features, segmentation.called(key), voice)
        else:
            taken = set(found.values())
            proposals = _proposals(contrasts[key], voice, called)
            found[key] = next(name for name in proposals if name not in taken)
    return _overruled({key: found[key] for key in segmentation.segments}, given)


def _by_rule(features: FeatureTable, called: str, voice: Voice) -> str:
    """Return the words of a rule, with what it foretells where they leave that open."""
    if features.foretold is None or not features.foretold.of:
        return called
    return voice.say("personas.name.foretold", level=called, what=features.foretold.of)


def _called(features: FeatureTable) -> str:
    """Return whether the measures know the customers by what they bought, or as who they are.

    Where a basis takes orders or something else, there were orders if a window was.
    """
    parts = {each.block or features.basis for each in features.features}
    needs = [need for part in parts if part in BASES for need in BASES[part].needs]
    asked = (need.replace(" ", "").split("|") for need in needs)
    bought = [
        all(each.startswith("transactions") for each in several)
        or ("transactions" in several and features.window is not None)
        for several in asked
    ]
    return "buyers" if any(bought) or features.basis not in BASES else "customers"


def _proposals(contrasts: Sequence[Contrast], voice: Voice, called: str) -> Iterator[str]:
    # What formed the segments names them; other measures only follow from it.
    formed = [each for each in contrasts if each.used and each.word]
    # What a group has names it better than what it lacks.
    ranked = sorted(formed or contrasts, key=lambda each: (_lacks(each), -abs(each.effect), each.name))
    words: dict[str, float] = {}
    seconds: dict[str, str] = {}
    variables: dict[str, str] = {}
    for contrast in ranked:
        word = contrast.word
        if word and abs(contrast.effect) >= NOTABLE:
            words.setdefault(word, abs(contrast.effect))
            seconds.setdefault(word, contrast.second or voice.inside(word))
            variables.setdefault(word, contrast.key)
    likely = list(words)[:_CANDIDATES]
    singles = [voice.say(f"personas.name.{called}.single", first=each) for each in likely]
    alone = len(likely) == 1 or (likely and words[likely[0]] >= DOMINANT * words[likely[1]])
    # Two levels of one category would not say more than the first.
    apart = [(a, b) for a, b in combinations(likely, 2) if variables[a] != variables[b]]
    pairs = [voice.say(f"personas.name.{called}.pair", first=a, second=seconds[b]) for a, b in apart]
    middling = voice.say(f"personas.name.{called}.middling")
    further = (voice.say("personas.name.further", name=middling, number=voice.count(n)) for n in count(2))
    return chain(singles[:1] if alone else [], pairs, singles, [middling], further)


def _lacks(contrast: Contrast) -> bool:
    return contrast.answer and contrast.effect < 0


def _strength(contrasts: Sequence[Contrast]) -> float:
    return max((abs(each.effect) for each in contrasts), default=0.0)


def _overruled(found: dict[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Put the names that a person gave in the place of those found."""
    keys = {name: key for key, name in found.items()} | {key: key for key in found}
    faults = [
        Fault(f"there is no segment {each!r}", "report.names", remedy=nearest(each, keys))
        for each in sorted(set(given) - set(keys))
    ]
    faults += [
        Fault("the name is blank", f"report.names.{each}", remedy="Write a name or delete the line")
        for each, name in given.items()
        if not name.strip()
    ]
    refuse(ParameterError, faults)
    names = found | {keys[each]: name.strip() for each, name in given.items()}
    several = list(names.values())
    refuse(
        ParameterError,
        [
            Fault(f"two segments are called {name!r}", "report.names", remedy="Give each its own name")
            for name in sorted(set(several))
            if several.count(name) > 1
        ],
    )
    return names
