"""The tables of a budget: where its money goes, and which share of responses must be extra for it to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segnb.document.blocks import Block, Cell, Column, Paragraph, Table, spans
from segnb.worth import findings
from segnb.worth.findings import signed
from segnb.worth.show import group, span

if TYPE_CHECKING:
    from segnb.worth.observed import BreakEven, Responses
    from segnb.worth.results import Allocation, Effects, Share


def budget_blocks(allocation: Allocation) -> tuple[Block, ...]:
    """Return where the money goes, which share of responses must be extra, or what is missing."""
    effects = allocation.effects
    found = effects.responses
    even = [even_table(effects, found)] if found is not None and found.even else []
    if allocation.kind == "no budget":
        return (Paragraph(content=allocation.headline.lede, role="note"), *even)
    table = [budget_table(allocation)] if allocation.shares else []
    return (allocation.headline, *table, *even, *_unused(effects))


def budget_table(allocation: Allocation) -> Table:
    """Return one row for each segment and action that money goes to, and one for all."""
    say, voice = allocation.voice.say, allocation.voice
    labels = ("action", "customers", "spend", "gain", "worse")
    whole = (
        Cell(text=say("worth.budget.together")),
        Cell(),
        Cell(text=voice.count(sum(each.customers for each in allocation.shares))),
        Cell(text=voice.money(allocation.spent)),
        Cell(
            text=signed(voice, allocation.gain),
            small=span(voice, signed(voice, allocation.low), signed(voice, allocation.high)),
        ),
        Cell(text=signed(voice, allocation.worse)),
    )
    return Table(
        columns=(
            Column(label=say("worth.column.segment"), header=True),
            *(
                Column(
                    label=say(f"worth.budget.column.{each}"), align="left" if each == "action" else "right"
                )
                for each in labels
            ),
        ),
        rows=(*(_share_row(allocation, each) for each in allocation.shares), whole),
        title=say("worth.budget.title", amount=voice.money(allocation.amount)),
        subtitle=findings.budget_subtitle(allocation),
        note=f"{findings.rest(allocation)} {_how(allocation)}",
    )


def _share_row(allocation: Allocation, share: Share) -> tuple[Cell, ...]:
    say, voice = allocation.voice.say, allocation.voice
    of = voice.count(allocation.effects.sizes[share.segment])
    return (
        group(allocation.effects, share.segment),
        Cell(text=share.action),
        Cell(text=voice.count(share.customers), small=say("worth.budget.of", customers=of)),
        Cell(text=voice.money(share.spent)),
        Cell(
            text=signed(voice, share.gain),
            small=span(voice, signed(voice, share.low), signed(voice, share.high)),
        ),
        Cell(text=signed(voice, share.worse)),
    )


def even_table(effects: Effects, found: Responses) -> Table:
    """Return one row for each segment and action: its responses, their revenue, the break-even share."""
    say = effects.voice.say
    several = len({each.action for each in found.even}) > 1
    labels = ["contacts", "rate", "value", "cost", "share", "needed"]
    action = [Column(label=say("worth.budget.column.action"))] if several else []
    return Table(
        columns=(
            Column(label=say("worth.column.segment"), header=True),
            *action,
            *(Column(label=say(f"worth.even.column.{each}"), align="right") for each in labels),
        ),
        rows=tuple(_even_row(effects, each, several) for each in found.even),
        title=findings.even_title(effects),
        subtitle=say("worth.even.subtitle", period=effects.period),
        note=" ".join(_even_note(effects, found)),
    )


def _even_row(effects: Effects, even: BreakEven, several: bool) -> tuple[Cell, ...]:
    voice = effects.voice
    small = (
        "" if even.contacts else voice.say("worth.even.nobody" if even.contacts == 0 else "kpis.suppressed")
    )
    return (
        group(effects, even.segment),
        *([Cell(text=even.action)] if several else []),
        Cell(text="–" if not even.contacts else voice.count(even.contacts), small=small),
        _rate(effects, even),
        Cell(text="–" if even.value is None else voice.money(even.value)),
        Cell(text=voice.money(even.cost)),
        _even_share(effects, even),
        Cell(text="–" if even.needed is None else voice.count(even.needed)),
    )


def _rate(effects: Effects, even: BreakEven) -> Cell:
    if even.rate is not None:
        return Cell(text=effects.voice.number(100 * even.rate, 1))
    return Cell(text="–", small=effects.voice.say("kpis.suppressed") if even.contacts else "")


def _even_share(effects: Effects, even: BreakEven) -> Cell:
    voice = effects.voice
    if even.share is None:
        return Cell(text="–" if even.rate is None else voice.say("worth.even.never"))
    sure = voice.say("kpis.too_few")
    if even.low is not None:
        sure = voice.interval(even.low, even.high, "share") if even.high is not None else ""
        sure = sure or voice.say("worth.even.above", low=voice.percent(even.low))
    return Cell(
        text=findings.share(voice, even.share) if even.share <= 1 else voice.say("worth.even.never"),
        small=sure,
    )


def _even_note(effects: Effects, found: Responses) -> Iterator[str]:
    """Return how the share is reckoned, what its money rests on, and what could not be counted."""
    say, voice = effects.voice.say, effects.voice
    yield say("worth.even.note")
    yield say(f"worth.even.source.{found.source}")
    yield findings.margin(effects)
    if found.silent:
        yield say("worth.even.silent", found.silent)
    if found.uncosted:
        yield say("worth.even.uncosted", found.uncosted)
    seen = {each.action for each in found.even}
    if unseen := [each for each in (effects.budget.costs if effects.budget else ()) if each not in seen]:
        yield say("worth.even.unseen", names=voice.ordered(unseen))
    if any(each.rate is None and each.contacts != 0 for each in found.even):
        yield say("kpis.suppressed_note", limit=voice.count(effects.min_cell))


def _unused(effects: Effects) -> Iterator[Block]:
    """Return that an assumption is not used, where one is declared."""
    share = effects.budget.incrementality if effects.budget else None
    if share is not None and effects.assumed is None:
        key = "measured" if effects.kind == "experiment" else "unused"
        said = effects.voice.say(f"worth.assumed.{key}", share=effects.voice.percent(share))
        yield Paragraph(content=spans(said), role="note")


def _how(allocation: Allocation) -> str:
    assumed = allocation.effects.assumed is not None
    return allocation.voice.say("worth.budget.how_assumed" if assumed else "worth.budget.how")
