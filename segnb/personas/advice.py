"""Advice: which rule of the playbook holds for a segment, its sentence filled in, its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import Match

from segnb.document.blocks import Spans, spans
from segnb.personas.conditions import Figure, parse
from segnb.personas.contrast import Contrast, with_interval
from segnb.personas.phrases import within
from segnb.personas.playbook_file import PLACEHOLDER, Rule, Rules
from segnb.personas.tastes import index
from segnb.words import Voice


@dataclass(frozen=True)
class Advice:
    """What one field says for one segment, and the figures that it rests on; without text it is empty."""

    text: str
    grounds: tuple[Contrast, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the data hold no evidence for any advice."""
        return not self.text

    def spans(self, voice: Voice) -> Spans:
        """Return the sentence with its evidence, or the words that there is none."""
        if self.empty:
            return spans(voice.say("personas.playbook.no_evidence"))
        return spans(self.text, [each.evidence(voice) for each in self.grounds])


def advise(rules: Rules, figures: Mapping[str, Figure], voice: Voice) -> dict[str, Advice]:
    """Return for each field what the first rule says whose conditions hold and whose figures are known."""
    return {field: _first(listed, figures, voice) for field, listed in rules.by_field().items()}


def _first(listed: Sequence[Rule], figures: Mapping[str, Figure], voice: Voice) -> Advice:
    for rule in listed:
        if all(name in figures for name in rule.figures) and all(
            parse(phrase).holds(figures) for phrase in rule.when
        ):
            grounds = [figures[name] for name in rule.figures]
            text = PLACEHOLDER.sub(lambda match: _filled(match, figures, voice), rule.say)
            return Advice(text, tuple(each for each in grounds if isinstance(each, Contrast)))
    return Advice("")


def _filled(match: Match[str], figures: Mapping[str, Figure], voice: Voice) -> str:
    name, _, suffix = match[1].partition(".")
    figure = figures[name]
    if isinstance(figure, str):
        return within(figure) if match.start() else figure
    if suffix == "others":
        return figure.said(voice, "others")
    if suffix == "interval":
        return with_interval(voice, figure.ours, figure.unit, fine=figure.fine)
    if suffix == "index":
        return voice.count(index(figure))
    return figure.said(voice)
