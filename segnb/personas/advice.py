"""Advice: which rule of the playbook holds for a segment, its sentence filled in, its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from re import Match

from segnb.conditions import Condition, parse
from segnb.document.blocks import Spans, spans
from segnb.personas.contrast import WORTH_ACTING, Contrast, with_interval
from segnb.personas.figures import Figure
from segnb.personas.tastes import index
from segnb.playbook_file import PLACEHOLDER, Rule, Rules
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
        """Return the sentence with its evidence."""
        return spans(self.text, [each.evidence(voice) for each in self.grounds])


def advise(rules: Rules, figures: Mapping[str, Figure], voice: Voice) -> dict[str, Advice]:
    """Return for each field what the first rule says whose conditions hold and whose figures are known."""
    return {field: _first(listed, figures, voice) for field, listed in rules.by_field().items()}


def holds(condition: Condition, figures: Mapping[str, Figure]) -> bool:
    """Say whether a segment's figures fulfil a condition."""
    figure = figures.get(condition.figure)
    if figure is None or isinstance(figure, str):
        return figure is not None and (condition.form == "known" or figure in condition.words)
    if condition.form == "like":
        return figure.ours.certain and figure.others.certain and not _side(figure)
    if condition.form == "side":
        return _on_its_side(condition, figure)
    return condition.form == "known"


def _on_its_side(condition: Condition, figure: Contrast) -> bool:
    if condition.number is None:
        return _side(figure) == (1 if condition.above else -1)
    edge: float | None = figure.ours.value
    if condition.clearly:
        edge = figure.ours.low if condition.above else figure.ours.high
    return edge is not None and (edge > condition.number if condition.above else edge < condition.number)


def _side(figure: Contrast) -> int:
    """Return 1 or -1 where a segment lies clearly above or below, far enough for other advice."""
    return figure.direction if abs(figure.gap) >= WORTH_ACTING else 0


def _first(listed: Sequence[Rule], figures: Mapping[str, Figure], voice: Voice) -> Advice:
    for rule in listed:
        if all(name in figures for name in rule.figures) and all(
            holds(parse(phrase), figures) for phrase in rule.when
        ):
            grounds = [figures[name] for name in rule.figures]
            text = PLACEHOLDER.sub(lambda match: _filled(match, figures, voice), rule.say)
            return Advice(text, tuple(each for each in grounds if isinstance(each, Contrast)))
    return Advice("")


def _filled(match: Match[str], figures: Mapping[str, Figure], voice: Voice) -> str:
    name, _, suffix = match[1].partition(".")
    figure = figures[name]
    if isinstance(figure, str):
        return voice.inside(figure) if match.start() else figure
    if suffix == "others":
        return figure.said(voice, "others")
    if suffix == "interval":
        return with_interval(voice, figure.ours, figure.unit, fine=figure.fine)
    if suffix == "index":
        return voice.count(index(figure))
    return figure.said(voice)
