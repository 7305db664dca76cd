"""Lifetime value as tables and sentences: what each segment will be worth, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from segnb.document.blocks import Block, Cell, Column, Paragraph, Swatch, Table, Together, spans
from segnb.lifetime.models import MODELS

if TYPE_CHECKING:
    from segnb.lifetime.choice import Candidate
    from segnb.lifetime.holdout import Holdout
    from segnb.lifetime.results import Estimates, Independence, LifetimeValue, SegmentValue
    from segnb.words import Voice

ROUGH = 0.25
"""Miss from which on values are called rough; a rule of thumb."""
_WEAK, _CLEAR = 0.1, 0.3
"""Correlations that are called weak and clear; Cohen's rule of thumb."""


def blocks(found: LifetimeValue) -> tuple[Block, ...]:
    """Return the segments' values, and sentences on how they came about."""
    if found.lacking is not None:
        text = found.voice.say(f"lifetime.lacking.{found.lacking}")
        return (Paragraph(content=spans(text), role="none"),)
    return (
        _values(found),
        Paragraph(content=spans(" ".join((*_trust(found), *_method(found)))), role="note"),
    )


def models(found: LifetimeValue) -> Together:
    """Return the models that were tried, and the parameters of those that forecast."""
    return Together(*(() if found.lacking else (_models(found), _parameters(found))))


def _values(found: LifetimeValue) -> Table:
    say = found.voice.say
    labels = ("customers", "p_alive", "purchases", "value")
    columns = (Column(label=say(f"lifetime.column.{each}"), align="right") for each in labels)
    hidden = any(None in (each.value, each.customers) for each in found.by_segment)
    return Table(
        columns=(Column(label=say("lifetime.column.segment"), header=True), *columns),
        rows=tuple(
            _row(found, each) for each in sorted(found.by_segment, key=lambda each: -(each.value or 0.0))
        ),
        title=_title(found),
        subtitle=say("lifetime.subtitle", period=found.period),
        note=say("lifetime.suppressed_note", limit=found.voice.count(found.min_cell)) if hidden else "",
    )


def _title(found: LifetimeValue) -> str:
    """Say between which values the segments lie, where more than one may be told."""
    values = sorted(each.value for each in found.by_segment if each.value is not None)
    if len(values) < 2:
        return found.voice.say("lifetime.title")
    low, high = (found.voice.money(each) for each in (values[0], values[-1]))
    return found.voice.say("lifetime.range", low=low, high=high)


def _row(found: LifetimeValue, each: SegmentValue) -> tuple[Cell, ...]:
    voice = found.voice
    name = Cell(text=found.name(each.segment), mark=Swatch(segment=found.segments.index(each.segment)))
    if each.p_alive is None or each.purchases is None or each.value is None:
        return (
            name,
            *(Cell(text="–") for _ in range(3)),
            Cell(text="–", small=voice.say("lifetime.suppressed")),
        )
    interval = each.interval
    small = voice.say("lifetime.too_few") if interval is None else voice.interval(*interval, "money")
    return (
        name,
        Cell(text="–" if each.customers is None else voice.count(each.customers)),
        Cell(text=voice.percent(each.p_alive)),
        Cell(text=voice.number(each.purchases)),
        Cell(text=voice.money(each.value), small=small),
    )


def _trust(found: LifetimeValue) -> Iterator[str]:
    """Say which model forecasts and why, and how well it foresaw the days that it had not seen."""
    voice, say = found.voice, found.voice.say
    if found.purchases is None:
        return
    rivals = [each for each in found.tried if each.aic is not None and not MODELS[each.model].one_timers_stay]
    others = [each.title for each in rivals if each.model != found.purchases.model]
    title, other = found.purchases.title, voice.ordered(others)
    yield say(f"lifetime.reason.{found.reason}", model=title, others=other)
    asked = [each.title for each in found.tried if MODELS[each.model].one_timers_stay]
    if asked and found.reason != "asked":
        yield say("lifetime.one_timers", models=voice.ordered(asked))
    if MODELS[found.purchases.model].one_timers_stay:
        yield say("lifetime.one_timers_stay", model=title)
    if found.holdout is None:
        yield say("lifetime.holdout.none")
        return
    yield say(
        "lifetime.holdout.asked", known=voice.count(found.holdout.customers), **foreseen(voice, found.holdout)
    )
    if found.holdout.error is None or abs(found.holdout.error) > ROUGH:
        yield say("lifetime.holdout.rough", limit=voice.percent(ROUGH))


def foreseen(voice: Voice, holdout: Holdout) -> dict[str, Any]:
    """Return what was foreseen and what came, formatted; ``error`` bears its sign."""
    error = (
        "–"
        if holdout.error is None
        else voice.percent(holdout.error, 0 if abs(holdout.error) >= 0.0995 else 1)
    )
    return {
        "foreseen": voice.count(holdout.foreseen),
        "bought": voice.count(holdout.bought),
        "error": f"+{error}" if holdout.error and holdout.error > 0 else error,
        "period": voice.period(holdout.window.start, holdout.window.end),
    }


def _models(found: LifetimeValue) -> Table:
    """Return the purchase models tried: their fit to the same customers, and what they foresaw."""
    say = found.voice.say
    labels = ["likelihood", "aic", *(["foreseen"] if found.holdout else [])]
    columns = (Column(label=say(f"lifetime.models.{each}"), align="right") for each in labels)
    note = (
        "" if found.holdout is None else say("lifetime.models.note", **foreseen(found.voice, found.holdout))
    )
    return Table(
        columns=(Column(label=say("lifetime.models.model"), header=True), *columns),
        rows=tuple(_model_row(found, each)[: 1 + len(labels)] for each in found.tried),
        title=say("lifetime.models.title", len(found.tried)),
        subtitle=say("lifetime.models.subtitle"),
        note=note,
    )


def _model_row(found: LifetimeValue, each: Candidate) -> tuple[Cell, ...]:
    voice = found.voice
    chosen = found.purchases is not None and each.model == found.purchases.model
    name = Cell(text=each.title, small=voice.say("lifetime.models.chosen") if chosen else "")
    if each.log_likelihood is None or each.aic is None:
        return name, Cell(text="–", small=voice.say("lifetime.models.lost")), Cell(text="–"), Cell(text="–")
    foreseen_ = "–" if each.foreseen is None else voice.count(each.foreseen)
    return (
        name,
        Cell(text=voice.number(each.log_likelihood, 1)),
        Cell(text=voice.number(each.aic, 1)),
        Cell(text=foreseen_),
    )


def _parameters(found: LifetimeValue) -> Table:
    """Return the parameters of both models with their standard errors."""
    voice, say = found.voice, found.voice.say
    fits = [each for each in (found.purchases, found.spend) if each is not None]
    rows = [_parameter_row(voice, each, name) for each in fits for name in each.params]
    starts, place = {}, 0
    for each in fits:
        key = "certain" if each.agreeing == each.starts else "uncertain"
        starts[place] = say(
            f"lifetime.fitted.head_{key}",
            model=each.title,
            customers="–" if each.customers is None else voice.count(each.customers),
            agreeing=voice.count(each.agreeing),
            starts=voice.count(each.starts),
        )
        place += len(each.params)
    columns = (Column(label=say(f"lifetime.fitted.{each}"), align="right") for each in ("value", "error"))
    unsettled = any(error is None for each in fits for error in each.errors.values())
    return Table(
        columns=(Column(label=say("lifetime.fitted.parameter"), header=True), *columns),
        rows=tuple(rows),
        title=say("lifetime.fitted.parameters"),
        subtitle=say("lifetime.fitted.all_days", day=voice.day(found.as_of) if found.as_of else ""),
        note=say("lifetime.fitted.unsettled_note") if unsettled else "",
        groups=starts,
    )


def _parameter_row(voice: Voice, each: Estimates, name: str) -> tuple[Cell, ...]:
    error = each.errors[name]
    shown = "–" if error is None else figures(voice, error)
    return Cell(text=name), Cell(text=figures(voice, each.params[name])), Cell(text=shown)


def figures(voice: Voice, value: float) -> str:
    """Return a parameter with four decimals where it is small."""
    return voice.number(value, 4 if abs(value) < 1 else 2)


def _method(found: LifetimeValue) -> Iterator[str]:
    """Say which days were used for what, what the money is, and what the intervals cover."""
    voice, say, terms = found.voice, found.voice.say, found.terms
    if found.holdout is not None and found.as_of is not None and found.first_day is not None:
        start, end = found.holdout.window.start, found.holdout.window.end
        days = {
            "first": found.first_day,
            "before": start - timedelta(days=1),
            "until": end,
            "as_of": found.as_of,
        }
        yield say("lifetime.days", None, **{name: voice.day(each) for name, each in days.items()})
    yield say("lifetime.purchase")
    yield say("lifetime.discount", rate=voice.percent(terms.rate, 0 if (100 * terms.rate) % 1 == 0 else 1))
    yield say(
        "lifetime.margin" if found.margin_known else "lifetime.no_margin", margin=voice.percent(terms.margin)
    )
    if found.independence is not None:
        yield _independence(voice, found.independence)
    yield say("lifetime.intervals")
    for key, count in (("never", found.never), ("refunded", found.refunded)):
        if count is None:
            yield say(f"lifetime.few_{key}", limit=voice.count(found.min_cell))
        elif count:
            yield say(f"lifetime.{key}", count)


def _independence(voice: Voice, found: Independence) -> str:
    """Say whether those who buy often spend other amounts, which the model of spend takes not to be so."""
    size = abs(found.correlation)
    key = "none" if size < _WEAK else "weak" if size < _CLEAR else "high" if found.correlation > 0 else "low"
    return voice.say(
        f"lifetime.independence.{key}",
        correlation=voice.number(found.correlation, 2),
        interval=voice.span(voice.number(found.low, 2), voice.number(found.high, 2)),
    )
