"""The table of segments on the report's first screen: who, how many, how much, how sure, what next."""

from __future__ import annotations

import math
from collections.abc import Callable

from segnb.bases import BASES
from segnb.document.blocks import Bar, Cell, Column, Grade, Swatch, Table, Whisker
from segnb.kpis.results import Kpis
from segnb.personas.personas import Personas
from segnb.personas.playbook import Playbook
from segnb.personas.trust import overlap, trust_word
from segnb.personas.worth import segment_revenue
from segnb.segmentation import GRADES, Foretold, Segmentation
from segnb.words import Voice

_VALUE = "revenue_per_customer"
LEAST_WHOLE = 0.005
"""A share below it would read 0% in whole percents."""
_BEYOND, _MARGIN = 1.1, 1.03
"""How far beyond the longest interval a tick may stand, and the axis beyond both."""
_SHARES = ("customer_share", "revenue_share")


def answer_table(segmentation: Segmentation, personas: Personas, kpis: Kpis, playbook: Playbook) -> Table:
    """Return one row for each segment, the largest revenue first."""
    voice = kpis.voice
    shares = [each for each in _SHARES if each in kpis]
    longest = _longest(kpis, shares)
    axis, ticks = _axis(kpis)
    foretold = personas.foretold
    rated = foretold is not None and bool(foretold.rates)
    figures = [*shares, *(["rate"] if rated else []), *([_VALUE] if _VALUE in kpis else [])]
    # Data that speak of no behaviour advise nothing: a column of that alone would tell no segments apart.
    acts = playbook.says_what_to_do
    rows = []
    for key in kpis.order:
        place = segmentation.position(key)
        small = personas[key].who if acts or not personas[key].withheld else _action(personas, playbook, key)
        cells = [Cell(text=personas[key].name, small=small, mark=Swatch(segment=place))]
        cells += [_share(kpis, each, key, longest, place) for each in shares]
        if foretold and rated:
            cells.append(_rate(voice, foretold, key, place))
        if _VALUE in kpis:
            cells.append(_value(kpis, key, axis, ticks, place))
        cells.append(_trust(segmentation, key))
        cells += [Cell(text=_action(personas, playbook, key))] if acts else []
        rows.append(tuple(cells))
    return Table(
        columns=_columns(voice, figures, acts),
        rows=tuple(rows),
        title=_title(voice, kpis),
        subtitle=_subtitle(kpis, segmentation),
        note=_note(segmentation, kpis, foretold, acts),
        role="answer",
    )


def _columns(voice: Voice, figures: list[str], acts: bool) -> tuple[Column, ...]:
    labels = ["segment", *figures, "trust", *(["action"] if acts else [])]
    return tuple(
        Column(label=voice.say(f"personas.answer.column.{each}"), header=each == "segment") for each in labels
    )


def _rate(voice: Voice, foretold: Foretold, key: str, place: int) -> Cell:
    """Return how many of a segment did what was foretold, on the axis that all segments share."""
    if (rate := foretold.rates.get(key)) is None:
        return Cell(text="–", small=voice.say("kpis.suppressed"))
    axis, ticks = _scale(0.0, max(each.high for each in foretold.rates.values()), voice.percent)
    mark = Whisker(value=rate.value, low=rate.low, high=rate.high, axis=axis, ticks=ticks, segment=place)
    return Cell(text=rate.said(voice), small=rate.interval(voice), mark=None if rate.bound else mark)


def _share(kpis: Kpis, kpi: str, key: str, longest: float, place: int) -> Cell:
    value = kpis[kpi, key].value
    if value is None:
        return Cell(text="–")
    digits = 1 if 0 < value < LEAST_WHOLE else 0
    return Cell(text=kpis.voice.percent(value, digits), mark=Bar(value=value / longest, segment=place))


def _longest(kpis: Kpis, shares: list[str]) -> float:
    """Return the largest share of both columns, so that their bars have one scale."""
    found = (kpis[kpi, key].value for kpi in shares for key in kpis.segments)
    return max((each for each in found if each is not None), default=1.0) or 1.0


def _value(
    kpis: Kpis, key: str, axis: tuple[float, float], ticks: tuple[tuple[float, str], ...], place: int
) -> Cell:
    voice, measured = kpis.voice, kpis[_VALUE, key]
    if measured.value is None:
        return Cell(text="–", small=voice.say("personas.too_few"))
    text = voice.money(measured.value)
    if measured.interval is None:
        return Cell(text=text, small=voice.say("personas.too_few"))
    low, high = measured.interval
    mark = Whisker(value=measured.value, low=low, high=high, axis=axis, ticks=ticks, segment=place)
    return Cell(text=text, small=voice.interval(low, high, "money"), mark=mark)


def _axis(kpis: Kpis) -> tuple[tuple[float, float], tuple[tuple[float, str], ...]]:
    """Return the axis that all rows share, from zero, and its two or three ticks."""
    if _VALUE not in kpis:
        return (0.0, 1.0), ()
    found = [kpis[_VALUE, key] for key in kpis.segments]
    highest = max(0.0, *(each.high or each.value or 0.0 for each in found)) or 1.0
    lowest = min(0.0, *(each.low or each.value or 0.0 for each in found))
    return _scale(lowest, highest, kpis.voice.money)


def _scale(
    lowest: float, highest: float, said: Callable[[float], str]
) -> tuple[tuple[float, float], tuple[tuple[float, str], ...]]:
    """Return an axis on which everything from ``lowest`` to ``highest`` has room, and its ticks."""
    reach = highest * _BEYOND
    step = _step(reach)
    ticks = [step * n for n in range(int(reach // step) + 1)]
    top = _MARGIN * max(highest, ticks[-1])
    return (lowest, top), tuple((each, said(each)) for each in ticks)


def _step(reach: float) -> float:
    """Return the smallest round step that needs at most two ticks above zero."""
    magnitude = 10.0 ** math.floor(math.log10(reach))
    return next(step for step in (magnitude * each for each in (0.5, 1, 2, 5, 10)) if reach // step <= 2)


def _trust(segmentation: Segmentation, key: str) -> Cell:
    voice, passport = segmentation.voice, segmentation.passports[key]
    word = trust_word(voice, passport)
    if passport.grade not in GRADES:
        return Cell(text=word)
    small = (
        voice.say("personas.answer.overlap", overlap=overlap(voice, passport)) if passport.stability else ""
    )
    return Cell(text=word, small=small, mark=Grade(letter=passport.grade))


def _action(personas: Personas, playbook: Playbook, key: str) -> str:
    if withheld := personas[key].withheld:
        return personas.voice.say(f"personas.answer.withheld.{withheld}")
    return playbook.action(key)


def _title(voice: Voice, kpis: Kpis) -> str:
    order = "by_revenue" if "revenue_share" in kpis else "bare"
    many = voice.number_word(len(kpis.segments))
    return voice.say(f"personas.answer.title.{order}", len(kpis.segments), many=many)


def _subtitle(kpis: Kpis, segmentation: Segmentation) -> str:
    """Say when the segments formed and when they were measured, and whom the rows add up to."""
    voice, form, measure = kpis.voice, kpis.windows.form, kpis.windows.measure
    parts = []
    if form and measure:
        formed, measured = voice.period(form.start, form.end), voice.period(measure.start, measure.end)
        known = BASES.get(segmentation.basis)
        basis = known.called(voice) if known else segmentation.basis
        parts.append(voice.say("personas.answer.windows", basis=basis, form=formed, measure=measured))
    else:
        key = "one_window" if measure else "all_records"
        parts.append(voice.say(f"personas.answer.{key}", period=kpis.period))
    segmented = [each.customers for each in kpis.totals if each.group in kpis.segments]
    if None not in segmented:
        revenue = segment_revenue(kpis) if "revenue_share" in kpis else None
        total = voice.say("personas.answer.customers", sum(each or 0 for each in segmented))
        parts.append(f"{total}, {voice.money(revenue)}." if revenue is not None else f"{total}.")
    return " ".join([*parts, *_left_out(kpis)])


def _left_out(kpis: Kpis) -> list[str]:
    outside = [each for each in kpis.totals if each.left_out]
    known = [each.customers for each in outside]
    if not outside or None in known:
        return []
    voice = kpis.voice
    amounts = [each.takes[kpis.span].amount for each in outside]
    count = sum(each or 0 for each in known)
    if None in amounts or "revenue_share" not in kpis:
        return [voice.say("personas.answer.left_out", count)]
    return [
        voice.say(
            "personas.answer.left_out_with", count, amount=voice.money(float(sum(a for a in amounts if a)))
        )
    ]


def _note(segmentation: Segmentation, kpis: Kpis, foretold: Foretold | None, acts: bool) -> str:
    graded = any(each.grade in GRADES for each in segmentation.passports.values())
    key = "letters" if graded else "by_rule"
    said = [kpis.voice.say(f"personas.answer.{each}") for each in (key, *(["test"] if acts else []))]
    if foretold:
        key, few = "held_out" if foretold.rates else "unsaid", kpis.voice.count(kpis.min_cell)
        said.insert(0, kpis.voice.say(f"personas.answer.{key}", what=foretold.what, few=few))
    return " ".join(said)
