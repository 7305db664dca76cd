"""The tables of a budget: where its money goes, and which share of responses must be extra for it to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segnb.document.blocks import Block, Bullets, Cell, Column, Paragraph, Table, spans
from segnb.worth import findings
from segnb.worth.findings import signed
from segnb.worth.show import group, span

if TYPE_CHECKING:
    from segnb.worth.observed import BreakEven
    from segnb.worth.results import Allocation, Effects, Share


def budget_blocks(allocation: Allocation) -> tuple[Block, ...]:
    """Return where the money goes, which share of responses must be extra, or what is missing."""
    effects = allocation.effects
    if allocation.kind == "no budget":
        return (Paragraph(content=allocation.headline.lede, role="note"),)
    tables = [budget_table(allocation)] if allocation.shares else []
    if effects.responses is not None and effects.responses.even:
        tables.append(even_table(effects))
    notes = [Bullets(items=tuple(spans(each) for each in _notes(effects)))] if any(_notes(effects)) else []
    how = [Paragraph(content=spans(_how(allocation)), role="note")] if allocation.kind == "budget" else []
    return (allocation.headline, *tables, *notes, *how)


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
        note=findings.rest(allocation),
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


def even_table(effects: Effects) -> Table:
    """Return one row for each segment and action: its responses, their revenue, the break-even share."""
    say, found = effects.voice.say, effects.responses
    if found is None:
        raise ValueError("effects of an experiment have no break-even shares")
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
        note=_even_note(effects),
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


def _even_note(effects: Effects) -> str:
    say, voice, found = effects.voice.say, effects.voice, effects.responses
    parts = [say("worth.even.note")]
    if found is not None and any(each.rate is None and each.contacts != 0 for each in found.even):
        parts.append(say("kpis.suppressed_note", limit=voice.count(effects.min_cell)))
    return " ".join(parts)


def _notes(effects: Effects) -> Iterator[str]:
    """Return what the money of responses rests on, and what could not be counted."""
    say, voice, found = effects.voice.say, effects.voice, effects.responses
    assumed = effects.budget.incrementality if effects.budget else None
    if assumed is not None and effects.assumed is None:
        yield say(
            f"worth.assumed.{'measured' if effects.kind == 'experiment' else 'unused'}",
            share=voice.percent(assumed),
        )
    if found is None or not found.even:
        return
    yield say(f"worth.even.source.{found.source}")
    yield findings.margin(effects)
    if found.silent:
        yield say("worth.even.silent", found.silent)
    if found.uncosted:
        yield say("worth.even.uncosted", found.uncosted)
    if effects.budget and (
        unseen := [each for each in effects.budget.costs if each not in {e.action for e in found.even}]
    ):
        yield say("worth.even.unseen", names=voice.ordered(unseen))


def _how(allocation: Allocation) -> str:
    assumed = allocation.effects.assumed is not None
    return allocation.voice.say("worth.budget.how_assumed" if assumed else "worth.budget.how")
