"""What may be said of effects and of a budget: sentences computed from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segnb.document.blocks import Headline, spans
from segnb.words import Voice
from segnb.worth.power import larger
from segnb.worth.results import MEASURES, Measure

if TYPE_CHECKING:
    from segnb.worth.results import Allocation, Choice, Effects


_MOST = 10_000_000
"""Customers beyond which no test is worth a sentence."""


def headline(effects: Effects) -> Headline:
    """Return whether choosing by segment pays; else what was clearly changed; else that nobody can know."""
    say = effects.voice.say
    if effects.kind != "experiment":
        reason = say(f"worth.reason.{effects.kind.replace(' ', '_')}")
        return Headline(text=say("worth.headline.unknown"), lede=spans(reason))
    choice = effects.choice
    if choice is None:
        clear = [each for each in effects.effects if each.clear]
        key = "clear" if clear else "unclear"
        return Headline(text=say(f"worth.headline.{key}", len(clear)), lede=spans(no_profit(effects)))
    money = {name: effects.voice.money(getattr(choice, name)) for name in ("gain", "low", "high")}
    if not choice.pays:
        parts = [say("worth.lede.alike", None, **money), plan(effects, choice)]
        half = (choice.high - choice.low) / 2
        if choice.gain > 0 and half > 0 and (more := larger(choice.gain, half, choice.customers)) < _MOST:
            parts.insert(1, say("worth.lede.larger", _round(more)))
        return Headline(text=say("worth.headline.alike"), lede=spans(" ".join(parts)))
    customers = sum(effects.sizes.values())
    lede = say("worth.lede.pays", customers, total=effects.voice.money(choice.gain * customers))
    return Headline(
        text=say("worth.headline.pays", None, **money), lede=spans(f"{lede} {plan(effects, choice)}")
    )


def _round(count: int) -> int:
    """Round a number of customers up to two digits: no plan is more exact than that."""
    step = int(10 ** max(len(str(count)) - 2, 0))
    return -(-count // step) * step


def plan(effects: Effects, choice: Choice) -> str:
    """Return the best action for all, and the best one for each segment."""
    voice = effects.voice
    by_action: dict[str, list[str]] = {}
    for segment in effects.segments:
        by_action.setdefault(choice.actions[segment], []).append(effects.name(segment))
    parts = [
        voice.say("worth.plan.part", action=action_name(voice, action), names=voice.ordered(names))
        for action, names in sorted(by_action.items(), key=lambda each: (not each[0], each[0]))
    ]
    single = action_name(voice, choice.single)
    return voice.say("worth.plan.sentence", single=single, parts=voice.say("worth.plan.join").join(parts))


def effects_title(effects: Effects, action: str) -> str:
    """Return a table's title: in which segments an action clearly changed anything."""
    clear = {each.segment for each in effects.effects if each.clear and each.action == action}
    names = [effects.name(each) for each in effects.segments if each in clear]
    key = "clear" if names else "unclear"
    return effects.voice.say(f"worth.effects.{key}", action=action, names=effects.voice.ordered(names))


def measure_title(effects: Effects, action: str, measure: Measure) -> str:
    """Return a chart's title: in which segments an action clearly changed one measure."""
    voice = effects.voice
    clear = [each for each in effects.segments if effects[each, action, measure].clear]
    more = [effects.name(each) for each in clear if (effects[each, action, measure].difference or 0) > 0]
    less = [effects.name(each) for each in clear if (effects[each, action, measure].difference or 0) < 0]
    parts = [
        voice.say(f"worth.chart.{measure}_{way}", action=action, names=voice.ordered(names))
        for way, names in (("more", more), ("less", less))
        if names
    ]
    return voice.say("worth.plan.join").join(parts) or voice.say(f"worth.chart.{measure}_none", action=action)


def budget_headline(allocation: Allocation) -> Headline:
    """Return who gets what for how much and what that earns; else what is missing."""
    effects, voice = allocation.effects, allocation.effects.voice
    say = voice.say
    if allocation.kind == "no budget":
        return Headline(text=say("worth.budget.none"), lede=spans(say("worth.budget.declare")))
    if allocation.kind == "no effect":
        return _no_effect(effects)
    if not allocation.shares:
        return _kept(effects)
    values = {
        name: voice.money(getattr(allocation, name)) for name in ("spent", "gain", "low", "high", "worse")
    }
    assumed = "" if effects.assumed is None else "_assumed"
    text = say(
        f"worth.budget.headline{assumed}",
        who=_who(allocation),
        share=voice.percent(effects.assumed or 0.0),
        spent=values["spent"],
        gain=values["gain"],
    )
    sure = "sure" if allocation.low > 0 else "unsure"
    lede = [
        *([f"{_capital(_who(allocation))}.", assumption(effects)] if assumed else []),
        say(f"worth.budget.{sure}{assumed}", None, **values),
        say("worth.budget.worse", None, **values),
        *([_stops(allocation)] if assumed else []),
        rest(allocation),
    ]
    return Headline(text=_capital(text), lede=spans(" ".join(each for each in lede if each)))


def _no_effect(effects: Effects) -> Headline:
    """Return the lowest and the highest break-even share; else why there is none."""
    say, found = effects.voice.say, effects.responses
    if found is None:
        return Headline(text=say("worth.budget.no_effect"), lede=spans(no_profit(effects)))
    if found.gap is not None:
        reason = say(f"worth.gap.{found.gap}")
        return Headline(text=say("worth.budget.no_effect"), lede=spans(f"{reason} {say('worth.even.test')}"))
    lede = [say("worth.even.lede"), say("worth.even.test"), say("worth.even.declare")]
    return Headline(text=even_title(effects), lede=spans(" ".join(lede)))


def _kept(effects: Effects) -> Headline:
    """Return that no action earns its cost, and with which assumption."""
    say, voice = effects.voice.say, effects.voice
    if effects.assumed is None:
        return Headline(text=say("worth.budget.nothing"), lede=spans(say("worth.budget.nothing_lede")))
    lede = [assumption(effects), say("worth.budget.nothing_assumed_lede")]
    text = say("worth.budget.nothing_assumed", share=voice.percent(effects.assumed))
    return Headline(text=text, lede=spans(" ".join(lede)))


def even_title(effects: Effects) -> str:
    """Return in which segment an action pays first, and where it takes most."""
    say, voice = effects.voice.say, effects.voice
    known = [
        each for each in (effects.responses.known if effects.responses else ()) if (each.share or 0) <= 1
    ]
    if not known:
        return say("worth.even.nowhere")
    # Actions of other costs would be told as if they were one; the table has them all.
    known = [each for each in known if each.action == known[0].action]
    first, last = known[0], known[-1]
    least, most = (share(voice, each.share or 0.0) for each in (first, last))
    key = "title_free" if last.share == 0 else "title_alike" if least == most else "title"
    if len(known) == 1 and last.share:
        key = "title_one"
    names = {"name": effects.name(first.segment), "last": effects.name(last.segment)}
    return _capital(say(f"worth.even.{key}", None, action=first.action, share=least, most=most, **names))


def share(voice: Voice, value: float) -> str:
    """Return a break-even share; one that would read as nothing, with a decimal."""
    return voice.percent(value, 1 if 0 < value < 0.02 else 0)


def margin(effects: Effects) -> str:
    """Return what of the revenue counts as earned."""
    if effects.margin is None:
        return effects.voice.say("worth.margin.unknown")
    declared = effects.budget is not None and effects.budget.margin is not None
    key = "declared" if declared else "known"
    return effects.voice.say(f"worth.margin.{key}", margin=effects.voice.percent(effects.margin))


def assumption(effects: Effects) -> str:
    """Return what is assumed, and that nothing measured it."""
    return effects.voice.say("worth.budget.assumption", share=effects.voice.percent(effects.assumed or 0.0))


def budget_subtitle(allocation: Allocation) -> str:
    """Return what the gain of a budget is, and on which assumption it rests."""
    voice, assumed = allocation.effects.voice, allocation.effects.assumed
    if assumed is None:
        return voice.say("worth.budget.subtitle")
    return voice.say("worth.budget.subtitle_assumed", share=voice.percent(assumed))


def _who(allocation: Allocation) -> str:
    """Return who gets what: each action once, with the customers of each segment."""
    voice, effects = allocation.effects.voice, allocation.effects
    parts = []
    for action in dict.fromkeys(each.action for each in allocation.shares):
        first, *others = (each for each in allocation.shares if each.action == action)
        name = effects.name(first.segment)
        parts.append(voice.say("worth.budget.part", first.customers, action=action, name=name))
        parts += [
            voice.say(
                "worth.budget.further", customers=voice.count(each.customers), name=effects.name(each.segment)
            )
            for each in others
        ]
    return voice.ordered(parts)


def _stops(allocation: Allocation) -> str:
    """Return the share of extra responses at which the plan stops paying."""
    voice = allocation.effects.voice
    if allocation.even is None:
        return ""
    stops = share(voice, allocation.even)
    if allocation.even_low is None or allocation.even_high is None:
        return voice.say("worth.budget.stops", share=stops)
    ends = voice.interval(allocation.even_low, allocation.even_high, "share")
    return voice.say("worth.budget.stops_between", share=stops, interval=ends)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def no_profit(effects: Effects) -> str:
    """Return why an experiment does not say what an action is worth in money."""
    return effects.voice.say("worth.few_buyers" if "revenue" in effects else "worth.no_profit")


def rest(allocation: Allocation) -> str:
    """Return what stays of the budget, and what more money would earn."""
    voice = allocation.effects.voice
    left = voice.money(allocation.amount - allocation.spent)
    if allocation.next <= 0:
        return voice.say("worth.budget.enough", left=left)
    return voice.say("worth.budget.next", next=voice.money(100 * allocation.next), unit=voice.money(100))


def action_name(voice: Voice, action: str) -> str:
    """Return what readers call an action; no action where the name is empty."""
    return action or voice.say("worth.no_action")


def signed(voice: Voice, value: float, unit: str = "money") -> str:
    """Return a difference with its sign; a share in percentage points."""
    text = voice.number(100 * value, 1) if unit == "points" else voice.value(value, unit)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def measures(effects: Effects) -> list[Measure]:
    """Return what was measured, in a fixed order."""
    return [each for each in MEASURES if each in effects]
