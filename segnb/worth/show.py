"""The tables of effects, or of responses and the test that would tell effects, and the notes below them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segnb.document.blocks import Block, Bullets, Cell, Column, Paragraph, Swatch, Table, spans
from segnb.words import Voice
from segnb.worth import findings, lot
from segnb.worth.findings import measures, signed
from segnb.worth.results import ALL, Effect, Measure

if TYPE_CHECKING:
    from segnb.worth.observed import Reached
    from segnb.worth.results import Effects


def effects_blocks(effects: Effects) -> tuple[Block, ...]:
    """Return the effects by segment and by campaign with their notes; or what was reached, and a test."""
    if effects.kind != "experiment":
        return (effects.headline, reached_table(effects))
    tables = [effects_table(effects, each) for each in effects.actions]
    if any(each.campaign for each in effects.effects):
        tables.append(campaigns_table(effects))
    notes = Bullets(items=tuple(spans(each) for each in _notes(effects)))
    return (effects.headline, *tables, notes, Paragraph(content=spans(_how(effects)), role="note"))


def effects_table(effects: Effects, action: str) -> Table:
    """Return one row for each segment and one for all: what an action changed in each measure."""
    say = effects.voice.say
    shown = measures(effects)
    rows = []
    for segment in (*effects.rows, ALL):
        first = effects[segment, action, shown[0]]
        changes = _changes(effects, first, shown)
        rows.append((group(effects, segment), _numbers(effects.voice, first), *changes))
    return Table(
        columns=_columns(effects, say("worth.column.segment"), action, shown),
        rows=tuple(rows),
        title=findings.effects_title(effects, action),
        subtitle=say("worth.effects.subtitle", period=effects.period),
        note=_table_note(effects),
    )


def campaigns_table(effects: Effects) -> Table:
    """Return one row for each campaign and action: what it changed over all segments together."""
    say = effects.voice.say
    shown = measures(effects)
    rows = []
    for first in (each for each in effects.effects if each.campaign and each.measure == shown[0]):
        name = say("worth.campaign_action", campaign=first.campaign, action=first.action)
        rows.append((Cell(text=name), _numbers(effects.voice, first), *_changes(effects, first, shown)))
    return Table(
        columns=_columns(effects, say("worth.column.campaign"), say("worth.column.action"), shown),
        rows=tuple(rows),
        title=say("worth.campaigns.title"),
        subtitle=say("worth.effects.subtitle", period=effects.period),
    )


def _columns(effects: Effects, first: str, action: str, shown: list[Measure]) -> tuple[Column, ...]:
    say = effects.voice.say
    labels = [say("worth.column.numbers", action=action), *(measure_label(effects, each) for each in shown)]
    if _costs(effects):
        labels.append(say("worth.column.return", unit=effects.voice.money(1, whole=True)))
    return (Column(label=first, header=True), *(Column(label=each, align="right") for each in labels))


def measure_label(effects: Effects, measure: Measure) -> str:
    """Return a measure's label; without the cost of goods a profit is none."""
    bare = "_bare" if measure == "profit" and effects.margin is None else ""
    return effects.voice.say(f"worth.measure.{measure}{bare}")


def _changes(effects: Effects, first: Effect, shown: list[Measure]) -> Iterator[Cell]:
    same = (first.segment, first.action, first.campaign)
    found = {
        each.measure: each for each in effects.effects if (each.segment, each.action, each.campaign) == same
    }
    for measure in shown:
        yield _change(effects.voice, found[measure])
    if _costs(effects):
        yield _return(effects.voice, found["profit"])


def _change(voice: Voice, effect: Effect) -> Cell:
    if effect.difference is None:
        return Cell(text="–", small=voice.say("kpis.suppressed"))
    unit, plain = ("points", "share") if effect.measure == "response" else ("money", "money")
    star = "*" if effect.clear else ""
    text = signed(voice, effect.difference, unit) + star
    sure = voice.say("kpis.too_few")
    if effect.interval is not None:
        sure = span(voice, *(signed(voice, each, unit) for each in effect.interval))
    if effect.measure == "profit" or effect.with_action is None or effect.without is None:
        # Profits below zero on both sides would have to be explained; few who responded could be counted.
        return Cell(text=text, small=sure)
    action, control = (voice.value(each, plain) for each in (effect.with_action, effect.without))
    levels = voice.say("worth.levels", action=action, control=control)
    return Cell(text=text, small=voice.say("worth.small", interval=sure, levels=levels))


def _return(voice: Voice, effect: Effect) -> Cell:
    """Return what each unit of money that the action cost brought beyond itself."""
    if effect.difference is None or not effect.cost or effect.cost <= 0:
        return Cell(text="–")
    text = signed(voice, effect.difference / effect.cost)
    if effect.interval is None:
        return Cell(text=text, small=voice.say("kpis.too_few"))
    ends = (signed(voice, each / effect.cost) for each in effect.interval)
    return Cell(text=text, small=span(voice, *ends))


def span(voice: Voice, low: str, high: str) -> str:
    """Return both ends of an interval."""
    return voice.say("worth.range", low=low, high=high)


def _costs(effects: Effects) -> bool:
    """Say whether any action cost anything, so that there is a return on it."""
    return any(each.cost and each.measure == "profit" for each in effects.effects)


def _numbers(voice: Voice, effect: Effect) -> Cell:
    if effect.n_action is None or effect.n_control is None:
        return Cell(text="–")
    action, control = voice.count(effect.n_action), voice.count(effect.n_control)
    return Cell(text=voice.say("worth.numbers", action=action, control=control))


def group(effects: Effects, segment: str) -> Cell:
    """Return the first cell of a group's row: its name, and the colour that it has everywhere."""
    if segment == ALL:
        return Cell(text=effects.voice.say("kpis.all_segments"))
    return Cell(text=effects.name(segment), mark=Swatch(segment=effects.segments.index(segment)))


def _table_note(effects: Effects) -> str:
    say, voice = effects.voice.say, effects.voice
    parts = []
    if any(each.clear for each in effects.effects):
        parts.append(say("worth.star", tests=voice.count(effects.tests)))
    if any(each.n_action is None for each in effects.effects):
        parts.append(say("kpis.suppressed_note", limit=voice.count(effects.min_cell)))
    return " ".join(parts)


def _notes(effects: Effects) -> Iterator[str]:
    say = effects.voice.say
    for campaign in dict.fromkeys(each.campaign for each in effects.arms):
        yield _drawn(effects, campaign)
    if effects.lot is not None:
        yield _alike(effects)
    if effects.formed_later:
        yield say("worth.caution.formed_later")
    if "profit" in effects:
        yield findings.margin(effects)
    if not effects.costs_known:
        yield say("worth.caution.no_cost")
    yield from _counted(effects)


def _drawn(effects: Effects, campaign: str) -> str:
    """Return how many customers were drawn to each arm of a campaign, and when."""
    say, voice = effects.voice.say, effects.voice
    arms = [each for each in effects.arms if each.campaign == campaign]
    counted = [
        say(
            "worth.drawn.arm",
            arm=say("worth.control") if each.arm == "control" else each.arm,
            customers="–" if each.customers is None else voice.count(each.customers),
        )
        for each in arms
    ]
    return say(
        "worth.drawn.campaign",
        campaign=campaign or say("worth.drawn.unnamed"),
        period=voice.period(min(each.first for each in arms), max(each.last for each in arms)),
        arms=voice.ordered(counted),
    )


def _alike(effects: Effects) -> str:
    """Return whether the arms were alike before the campaign."""
    say, voice, found = effects.voice.say, effects.voice, effects.lot
    if found is None or not found.checks:
        return say("worth.lot.unknown")
    if not found.differ:
        return say("worth.lot.fair", found.checks)
    differ = [
        say("worth.lot.segments") if each == lot.SEGMENTS else say("worth.lot.spend", action=each)
        for each in found.differ
    ]
    return say("worth.lot.differ", what=voice.ordered(differ))


def _counted(effects: Effects) -> Iterator[str]:
    for name, count in effects.left_out.items():
        yield effects.voice.say(f"worth.left_out.{name}", count)
    for name, count in effects.mended.items():
        yield effects.voice.say(f"worth.mended.{name}", count)


def _how(effects: Effects) -> str:
    say, voice = effects.voice.say, effects.voice
    how = say("worth.how.effects", tests=voice.count(effects.tests))
    if effects.choice is None:
        return how
    folds, splits = voice.number_word(effects.choice.folds), voice.count(effects.choice.splits)
    return f"{how} {say('worth.how.choice', folds=folds, splits=splits)}"


def reached_table(effects: Effects) -> Table:
    """Return how each segment responded, and what the test would cost that tells effects."""
    say, voice = effects.voice.say, effects.voice
    rise = voice.number(100 * effects.rise, 0)
    # Where nobody was reached, two columns of nothing would say so once for each segment.
    nobody = all(each.reached == 0 for each in effects.reached)
    known = ("needed", "smallest") if nobody else ("reached", "responded", "needed", "smallest")
    labels = [say(f"worth.column.{each}", rise=rise) for each in known]
    costs = effects.budget.costs if effects.budget else {}
    labels += [say("worth.test.cost", action=each) for each in costs]
    return Table(
        columns=(
            Column(label=say("worth.column.segment"), header=True),
            *(Column(label=each, align="right") for each in labels),
        ),
        rows=tuple(
            _reached_row(effects, each, tuple(costs.values()), told=not nobody) for each in effects.reached
        ),
        title=_test_title(effects),
        subtitle=say(f"worth.test.{'planned' if nobody else 'subtitle'}"),
        note=" ".join((say("worth.test.note", rise=rise), *_counted(effects))),
    )


def _test_title(effects: Effects) -> str:
    say, voice = effects.voice.say, effects.voice
    rise, many = voice.number(100 * effects.rise, 0), voice.number_word(len(effects.segments))
    able = [
        each.segment for each in effects.reached if each.needed is not None and 2 * each.needed <= each.size
    ]
    segments = len([each for each in able if each != ALL])
    if not segments:
        return say("worth.test.together" if able else "worth.test.none", rise=rise)
    return say(
        "worth.test.title", segments, few=voice.number_word(segments).capitalize(), many=many, rise=rise
    )


def _reached_row(
    effects: Effects, reached: Reached, costs: tuple[float, ...], *, told: bool
) -> tuple[Cell, ...]:
    voice, half = effects.voice, reached.size // 2
    needs = "–" if reached.needed is None else voice.count(reached.needed)
    least = "–" if reached.smallest is None else signed(voice, reached.smallest, "points")
    return (
        group(effects, reached.segment),
        *(
            (
                Cell(text="–" if reached.reached is None else voice.count(reached.reached)),
                _responded(voice, reached),
            )
            if told
            else ()
        ),
        Cell(text=needs),
        Cell(text=least, small=voice.say("worth.test.of", customers=voice.count(half))),
        *(Cell(text=voice.money(half * each)) for each in costs),
    )


def _responded(voice: Voice, reached: Reached) -> Cell:
    if reached.limit is not None:
        return Cell(text=voice.limit(*reached.limit))
    if reached.rate is None or reached.low is None or reached.high is None:
        return Cell(text="–")
    return Cell(text=voice.percent(reached.rate), small=voice.interval(reached.low, reached.high, "share"))
