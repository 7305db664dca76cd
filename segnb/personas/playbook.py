"""What to do for each segment: the playbook's rules over its figures, each advice with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from segnb.document.blocks import (
    AnyBlock,
    Block,
    BySegment,
    Claims,
    Field,
    Fields,
    Heading,
    Paragraph,
    Shown,
    spans,
)
from segnb.kpis.results import Kpis
from segnb.personas.advice import Advice, advise
from segnb.personas.claims import Claim, claim
from segnb.personas.contrast import MATERIAL, Contrast
from segnb.personas.figures import figures, known
from segnb.personas.later import later_contrasts
from segnb.personas.personas import Personas
from segnb.personas.phrases import has_phrase
from segnb.personas.worth import Worth, one_more_order
from segnb.playbook_file import read_rules
from segnb.segmentation import Segmentation
from segnb.tables.opened import Tables
from segnb.words import Voice

ACTION = "action"
STOP = "not_when"
"""The field that says when to leave a segment alone."""
_LATER_CLAIMS = 5


@dataclass(frozen=True)
class Playbook(Shown):
    """Advice by segment and field, claims of the later window, and what one more order would bring."""

    advice: dict[str, dict[str, Advice]]
    later: dict[str, tuple[Claim, ...]]
    worth: dict[str, Worth | None]
    period: str
    names: dict[str, str]
    n_comparisons: int = 0
    compared: bool = True
    """Whether anything was measured in the later window that segments could be compared by."""
    voice: Voice = field(default_factory=Voice)

    def action(self, segment: str) -> str:
        """Return what to do next for a segment, in a few words."""
        advice = self.advice.get(segment, {}).get(ACTION)
        return advice.text if advice and not advice.empty else self.voice.say("personas.playbook.no_evidence")

    @property
    def says_what_to_do(self) -> bool:
        """Whether the data tell of any segment what to do next."""
        return any(ACTION in fields and not fields[ACTION].empty for fields in self.advice.values())

    @property
    def claims(self) -> BySegment:
        """What the segments did in the later window, sentence by sentence."""
        return self._each("claims", {key: self._claims(key) for key in self.advice if self.compared})

    @property
    def what_it_is_worth(self) -> BySegment:
        """What one more order by each customer would bring."""
        parts = {key: self._worth(worth) for key, worth in self.worth.items() if worth}
        return self._each("worth", parts)

    @property
    def fields(self) -> BySegment:
        """What to do, field by field, and for which fields there is no evidence."""
        return self._each("playbook", {key: self._fields(key) for key in self.advice})

    def _each(self, slot: str, parts: dict[str, tuple[AnyBlock, ...]]) -> BySegment:
        return BySegment(slot=slot, parts=parts, names=self.names)

    def blocks(self) -> tuple[Block, ...]:
        """Return the fields of each segment."""
        return (self.fields,)

    def _claims(self, key: str) -> tuple[AnyBlock, ...]:
        small = self.voice.say("personas.later.corrected", self.n_comparisons) if self.n_comparisons else ""
        heading = Heading(text=self.voice.say("personas.later.title", period=self.period), small=small)
        if not self.later[key]:
            return heading, Paragraph(content=spans(self.voice.say("personas.later.none")), role="none")
        return heading, Claims(items=tuple(each.spans(self.voice) for each in self.later[key]))

    def _worth(self, worth: Worth) -> tuple[AnyBlock, ...]:
        voice = self.voice
        key = "one_more" if worth.share is not None else "one_more_bare"
        text = voice.say(
            f"personas.worth.{key}",
            step=voice.say(f"personas.worth.step.{worth.step}"),
            order=voice.money(worth.order),
            amount=voice.money(worth.amount),
            period=self.period,
            share=voice.percent(worth.share or 0.0, 1),
        )
        return Heading(text=voice.say("personas.worth.title")), Paragraph(content=spans(text))

    def _fields(self, key: str) -> tuple[AnyBlock, ...]:
        voice = self.voice
        advised = {name: each for name, each in self.advice[key].items() if name != ACTION}
        items = tuple(
            Field(
                title=voice.say(f"personas.playbook.{name}"),
                content=advice.spans(voice),
                stop=name == STOP,
            )
            for name, advice in advised.items()
            if not advice.empty
        )
        acts = not self.advice[key][ACTION].empty if ACTION in self.advice[key] else False
        parts: list[AnyBlock] = [
            Heading(text=voice.say("personas.playbook.title"), small=self.action(key) if acts else ""),
            Fields(items=items),
        ]
        if open_ := [
            voice.inside(voice.say(f"personas.playbook.{name}"))
            for name, each in advised.items()
            if each.empty
        ]:
            text = voice.say("personas.playbook.open", fields=voice.listed(open_))
            parts.append(Paragraph(content=spans(text), role="none"))
        return tuple(parts)


def playbook(
    personas: Personas, kpis: Kpis, segmentation: Segmentation, tables: Tables, rules: Path
) -> Playbook:
    """Say what to do for each segment.

    Parameters
    ----------
    personas
        Who the segments are: the measures of the window that formed them, and their tastes.
    kpis
        What they did in the later window.
    segmentation, tables
        Who belongs where, and the company's tables: each KPI is compared with everyone else.
    rules
        The YAML file with the rules; in each field the first whose conditions hold is said.

    Raises
    ------
    ParameterError
        The file has faults; all of them are listed with their lines.
    """
    voice = personas.voice
    later = later_contrasts(kpis, segmentation, tables)
    by_segment = {
        key: figures(key, personas[key], later[key], kpis, segmentation) for key in personas.segments
    }
    read = read_rules(rules, known(by_segment))
    return Playbook(
        advice={key: advise(read, by_segment[key], voice) for key in personas.described},
        later={key: _later_claims(kpis, later[key]) for key in personas.described},
        worth={key: one_more_order(kpis, key) for key in personas.described},
        period=kpis.period,
        names=personas.names,
        n_comparisons=sum(not each.by_construction for several in later.values() for each in several),
        compared=any(later.values()),
        voice=voice,
    )


def _later_claims(kpis: Kpis, contrasts: tuple[Contrast, ...]) -> tuple[Claim, ...]:
    """Return a sentence for each KPI that clearly differs, in their order, and one for one that does not.

    Those worth a chart are worth a sentence; the others stand in the table. A change from the days that
    formed the segments is no sentence: who was sorted by these moves back towards the mean.
    """
    past = {each.kpi for each in kpis.leaks if each.why == "past"}
    contrasts = tuple(
        each for each in contrasts if kpis.definition(each.name).chart and each.name not in past
    )
    clear = [each for each in contrasts if each.direction and abs(each.gap) >= MATERIAL]
    ranked = sorted(clear, key=lambda each: (-abs(each.gap), each.name))[:_LATER_CLAIMS]
    chosen = [each for each in contrasts if each in ranked]
    alike = [
        each
        for each in contrasts
        if not each.direction and each.ours.certain and each.others.certain and not each.ours.bound
    ]
    return tuple(_later_claim(kpis, each) for each in (*chosen, *alike[-1:]))


def _later_claim(kpis: Kpis, contrast: Contrast) -> Claim:
    voice, definition = kpis.voice, kpis.definition(contrast.name)
    finding = definition.more if contrast.direction > 0 else definition.less
    if not contrast.direction or not finding or has_phrase(voice, contrast.name, "more"):
        return claim(voice, contrast)
    return Claim(
        voice.say(
            "personas.later.apart",
            finding=finding.format_map({"others": voice.say("personas.everyone_else")}),
            ours=contrast.said(voice),
            others=contrast.said(voice, "others"),
        ),
        contrast,
    )
