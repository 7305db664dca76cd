"""The report's first screen: one sentence, the verdict, and the table of segments."""

from __future__ import annotations

from dataclasses import dataclass

from segnb.document.blocks import Block, Headline, Shown, Spans, Table, Verdict, spans
from segnb.kpis.results import Kpis
from segnb.personas.answer_table import answer_table
from segnb.personas.personas import Personas
from segnb.personas.playbook import Playbook
from segnb.personas.verdict import verdict
from segnb.segmentation import Rate, Segmentation
from segnb.words import Voice

_CLEARLY_MORE = 1.1
"""Times the spend of the rest from which on it is worth a sentence."""
_NOT_TO_ACT_ON = ("unstable", "too few rows")


@dataclass(frozen=True)
class Answer(Shown):
    """What a reader sees first; without groups there is no table."""

    headline: Headline
    verdict: Verdict
    table: Table | None

    def blocks(self) -> tuple[Block, ...]:
        """Return headline, verdict and table."""
        head: tuple[Block, ...] = (self.headline, self.verdict)
        return head if self.table is None else (*head, self.table)


def answer(segmentation: Segmentation, personas: Personas, kpis: Kpis, playbook: Playbook) -> Answer:
    """Return the report's answer in one sentence, with what it rests on and what follows.

    With the verdict *none* it says that there are no separate groups, and names no segment.
    """
    named = kpis.named(personas.names)
    none = segmentation.verdict.kind == "none"
    return Answer(
        headline=_headline(segmentation, personas, named, playbook),
        verdict=verdict(segmentation),
        table=None if none else answer_table(segmentation, personas, named, playbook),
    )


def _headline(segmentation: Segmentation, personas: Personas, kpis: Kpis, playbook: Playbook) -> Headline:
    voice = kpis.voice
    customers = len(segmentation.labels)
    if segmentation.verdict.kind == "none":
        text, lede = "personas.answer.none", "personas.answer.none_lede"
        return Headline(text=voice.say(text), lede=spans(voice.say(lede, customers=voice.count(customers))))
    if segmentation.n_segments == 1:
        return Headline(text=voice.say("personas.answer.one", customers=voice.count(customers)))
    if (first := _foretold(personas)) is not None:
        money = "" if kpis.lead is None else f" {kpis.leading.text}."
        return Headline(
            text=first.text,
            lede=spans(first.lede, f"{money} {_decision(voice, segmentation, 0, playbook.says_what_to_do)}"),
        )
    if kpis.lead is None:
        return _without_money(segmentation, kpis, playbook)
    return Headline(
        text=kpis.leading.text,
        lede=spans(_lede(segmentation, kpis, playbook), _lever(segmentation, kpis, playbook)),
    )


def _foretold(personas: Personas) -> Headline | None:
    """Say how far apart the likeliest and the least likely segment are, where they clearly are."""
    voice, foretold = personas.voice, personas.foretold
    if foretold is None or len(foretold.rates) < 2:
        return None
    ranked = sorted(foretold.rates, key=lambda key: foretold.rates[key].low + foretold.rates[key].high)
    low, high = (foretold.rates[key] for key in (ranked[0], ranked[-1]))
    if low.high >= high.low:
        return None
    lede = voice.say(
        "personas.answer.foretold_lede",
        first=personas.names[ranked[-1]],
        last=personas.names[ranked[0]],
        low=_with_interval(low, voice),
        high=_with_interval(high, voice),
    )
    text = voice.say(
        "personas.answer.foretold", what=foretold.what, low=low.said(voice), high=high.said(voice)
    )
    return Headline(text=text, lede=spans(lede))


def _with_interval(rate: Rate, voice: Voice) -> str:
    if rate.bound:
        return rate.said(voice)
    return voice.say("personas.answer.rate", rate=rate.said(voice), interval=rate.interval(voice))


def _without_money(segmentation: Segmentation, kpis: Kpis, playbook: Playbook) -> Headline:
    voice = kpis.voice
    largest = max(segmentation.segments, key=lambda each: len(segmentation.members(each)))
    assigned = sum(len(segmentation.members(each)) for each in segmentation.segments)
    text = voice.say(
        "personas.answer.largest",
        many=voice.number_word(segmentation.n_segments).capitalize(),
        share=voice.percent(len(segmentation.members(largest)) / assigned),
    )
    return Headline(text=text, lede=spans(_decision(voice, segmentation, 0, playbook.says_what_to_do)))


def _lede(segmentation: Segmentation, kpis: Kpis, playbook: Playbook) -> Spans:
    """Say how much more the leading segments spend, with the interval of their share, and what to decide."""
    voice, lead = kpis.voice, kpis.lead
    assert lead is not None
    names = voice.ordered([kpis.name(each) for each in lead.segments])
    rest = (1 - lead.revenue_share) / (1 - lead.customer_share) if lead.customer_share < 1 else 0.0
    times = lead.revenue_share / lead.customer_share / rest if rest > 0 else 0.0
    apart = lead.low is not None and lead.low > lead.customer_share and times >= _CLEARLY_MORE
    if apart and lead.low is not None and lead.high is not None:
        interval = voice.interval(lead.low, lead.high, "share")
        others = len(kpis.segments) - len(lead.segments)
        values = {
            "names": names,
            "times": voice.number(times, 1),
            "period": kpis.period,
            "interval": interval,
            "rest": voice.say("personas.answer.rest", others, rest=voice.number_word(others)),
        }
        first = voice.say("personas.answer.lead", len(lead.segments), **values)
    else:
        first = voice.say("personas.answer.lead_bare", names=names, period=kpis.period)
    # Many who spend little bring much together; that alone is no reason to put them first.
    keep = apart and all(_above(kpis, each) for each in lead.segments)
    acts = playbook.says_what_to_do
    return spans(f"{first} {_decision(voice, segmentation, len(lead.segments) if keep else 0, acts)}")


def _above(kpis: Kpis, key: str) -> bool:
    """Say whether a segment brings no less of the revenue than it has of the customers."""
    revenue, customers = kpis["revenue_share", key].value, kpis["customer_share", key].value
    return revenue is not None and customers is not None and revenue >= customers


def _lever(segmentation: Segmentation, kpis: Kpis, playbook: Playbook) -> str:
    """Say from whom one more order would be worth most; nothing where there is no choice."""
    found = {key: each for key, each in playbook.worth.items() if each}
    worth = {key: each.amount for key, each in found.items()}
    if len(worth) < 2 or segmentation.verdict.kind in _NOT_TO_ACT_ON:
        return ""
    # A few customers must not win by luck: who comes first has to do so with the usual order drawn in towards
    # the mean, too.
    best = max(worth, key=lambda key: worth[key])
    if best != max(worth, key=lambda key: worth[key] * _drawn_in(kpis, key)):
        return ""
    amount, step = kpis.voice.money(worth[best]), found[best].step
    return " " + kpis.voice.say(
        "personas.answer.lever",
        step=kpis.voice.say(f"personas.worth.step.{step}"),
        name=kpis.name(best),
        amount=amount,
        period=kpis.period,
    )


def _drawn_in(kpis: Kpis, key: str) -> float:
    """Return the usual order for ranking over the usual order as measured."""
    order = kpis["average_order_value", key]
    return 1.0 if order.pooled is None or not order.value else order.pooled / order.value


def _decision(voice: Voice, segmentation: Segmentation, n_leading: int, acts: bool) -> str:
    """Return the one decision that the verdict allows; ``n_leading`` segments are to be kept first.

    ``acts`` says that the data tell what to do for some segment.
    """
    kind = segmentation.verdict.kind
    if kind in _NOT_TO_ACT_ON:
        return voice.say(f"personas.answer.decide.{kind.replace(' ', '_')}")
    if not n_leading:
        return voice.say(f"personas.answer.decide.{'test' if acts else 'open'}")
    count = voice.number_word(n_leading)
    return voice.say("personas.answer.decide.hold", n_leading, few=count)
