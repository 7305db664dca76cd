"""Psychography: what customers value and how they see themselves, from agreement with statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.bases.attributes import attributes
from segnb.bases.definition import Measures, basis
from segnb.document.blocks import AnyBlock, Cell, Column, Paragraph, Table, spans
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.segmentation import Feature, Window
from segnb.survey import Reliability, directions, factors, reliability
from segnb.survey.reliability import LOW
from segnb.tables.opened import Tables
from segnb.words import Voice

FEATURES: tuple[Feature, ...] = ()
"""Every survey has its own."""
_POINTS = (4, 11)
"""Fewest and most points of a scale of agreement that is found by itself."""
_PER_QUESTION = 5
"""Customers for each question below which factors are not looked for: a rule of thumb."""
_NAMED_AFTER = 3


@dataclass(frozen=True)
class _Scale:
    """One factor: its questions, those turned round, the scores, and how reliable they are."""

    feature: Feature
    items: tuple[str, ...]
    turned: tuple[str, ...]
    scores: pd.Series
    reliability: Reliability


@basis(
    "psychographic",
    needs=("customers",),
    method="kmeans",
    preference=22,
    label="Attitudes and personality",
    about="Customers are grouped by what they say of themselves in a survey. Questions that ask for the same "
    "thing are put together into one score, such as openness, and customers with like scores form a group.",
    traps=(
        "What people say is not what they do: check the groups against purchases before paying for them.",
        "Whoever answers surveys differs from whoever does not; all others have no segment.",
        "People differ in how readily they agree to anything, which can look like an attitude.",
    ),
)
def psychographic(
    tables: Tables,
    window: Window | None,
    *,
    items: dict[str, list[str]] | None = None,
    reversed: list[str] | None = None,
    answers: list[int] | None = None,
    columns: list[str] | None = None,
    n_factors: int | None = None,
    seed: int = 0,
) -> Measures:
    """Attitudes: scores of the factors behind a survey's questions, each with its reliability.

    A factor's score is the mean of its questions, of which a customer has answered at least half.
    Questions that point the other way are turned round.

    Parameters
    ----------
    items
        The questions of each factor, by its name. None finds the factors among ``columns``.
    reversed
        The questions to turn round; None takes those whose answers run against the others of their factor.
    answers
        Lowest and highest answer of the scale; None takes those that occur.
    columns
        The questions among which factors are looked for; None takes all whole numbers of one scale.
    n_factors
        Number of factors; None takes that of parallel analysis.
    seed
        Draws the shuffled tables of parallel analysis.

    Raises
    ------
    InputError
        No question or too few answers are found, or an answer lies outside the scale.
    ParameterError
        An option names no attribute, or names one twice.
    """
    frame = attributes(tables, "psychographic")
    if items is None:
        groups, apart = _found(frame, columns, n_factors, seed)
    else:
        groups, apart = _named(frame, items), ()
    questions = [each for group in groups.values() for each in group]
    table, ends = _answers(frame, questions, answers)
    _check_names(reversed or (), questions, "reversed")
    scales = [_scale(name, table[list(group)], reversed, ends) for name, group in groups.items()]
    scores = pd.DataFrame({each.feature.name: each.scores for each in scales})
    whole = scores.dropna()
    if whole.empty:
        raise InputError(
            f"No customer has answered half of the questions of each of the {len(scales)} factors. Name "
            "fewer factors, or bring more answers"
        )

    def evidence(voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        return (_reliabilities(scales, voice, ends), *_notes(scales, apart, voice))

    return Measures(
        whole,
        tuple(each.feature for each in scales),
        evidence=evidence,
        left_out={"few_answers": len(scores) - len(whole)},
    )


def _named(frame: pd.DataFrame, items: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    groups = {name: tuple(each) for name, each in items.items()}
    if not groups or not all(groups.values()):
        raise ParameterError("basis_options.items: a factor has no question. List the columns of each factor")
    _check_names([each for group in groups.values() for each in group], map(str, frame.columns), "items")
    names = [_slug(name) for name in groups]
    if len(set(names)) < len(names):
        raise ParameterError("basis_options.items: two factors bear nearly the same name. Rename one of them")
    return groups


def _check_names(named: Sequence[str], known: Sequence[str] | map[str], option: str) -> None:
    names, where = list(known), f"basis_options.{option}"
    faults = [
        Fault(f"there is no question {each!r}", where, remedy=nearest(each, names))
        for each in named
        if each not in names
    ]
    faults += [
        Fault(f"the question {each!r} is named twice", where, remedy="Name it once")
        for each in sorted(set(named))
        if list(named).count(each) > 1
    ]
    refuse(ParameterError, faults)


def _found(
    frame: pd.DataFrame, columns: Sequence[str] | None, number: int | None, seed: int
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the factors that answers show, named after their strongest questions, and what is in none."""
    _check_names(columns or (), map(str, frame.columns), "columns")
    table = _whole_numbers(frame[list(columns)]) if columns else _battery(frame)
    table = table.loc[:, table.max() > table.min()]
    if table.shape[1] < 3:
        raise InputError(
            f"Only {table.shape[1]} of {frame.shape[1]} attributes are questions answered on one scale of "
            f"{_POINTS[0]} to {_POINTS[1]} points. List the questions under basis_options: items"
        )
    table = table.dropna(how="all")
    if len(table) < _PER_QUESTION * table.shape[1]:
        raise InputError(
            f"{len(table):,} customers have answered {table.shape[1]} questions, too few to find factors: "
            f"{_PER_QUESTION * table.shape[1]:,} are needed. List the questions of each under items"
        )
    found = factors(table, number=number, seed=seed)
    if not found.items:
        raise InputError(
            f"The {table.shape[1]} questions have no factor in common. List those of each under items"
        )
    return {" / ".join(group[:_NAMED_AFTER]): group for group in found.items}, found.apart


def _battery(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the questions of the scale that most columns share: whole numbers between the same ends."""
    ends: dict[tuple[float, float], list[str]] = {}
    for name in map(str, frame.columns):
        values = (
            pd.to_numeric(frame[name], errors="coerce") if frame[name].dtype != bool else frame[name] * 1.0
        )
        known = values.dropna().astype(float)
        whole = len(known) == frame[name].notna().sum() and bool((known % 1 == 0).all())
        if len(known) and whole and _POINTS[0] <= known.max() - known.min() + 1 <= _POINTS[1]:
            ends.setdefault((float(known.min()), float(known.max())), []).append(name)
    most = max(ends, key=lambda each: (len(ends[each]), each), default=None)
    return _whole_numbers(frame[ends[most] if most else []])


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return answers as floats.

    Raises
    ------
    InputError
        Some answers are no whole numbers.
    """
    table: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    wrong = {
        str(name): int((frame[name].notna() & ~(table[name] % 1 == 0)).sum())
        for name in frame
        if (frame[name].notna() & ~(table[name] % 1 == 0)).any()
    }
    if wrong:
        first = next(iter(wrong))
        raise InputError(
            f"{sum(wrong.values()):,} answers in {len(wrong)} columns, the first {first!r}, are no whole "
            "numbers. Code answers as 1, 2, 3 in the order of agreement, or list other codes under missing"
        )
    return table


def _answers(
    frame: pd.DataFrame, questions: Sequence[str], given: Sequence[int] | None
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Return the answers, and the lowest and highest point of their scale."""
    if given is not None and (len(given) != 2 or given[0] >= given[1]):
        raise ParameterError("basis_options.answers: write the lowest and the highest answer, as [1, 5]")
    table = _whole_numbers(frame[list(questions)])
    low, high = (float(table.min().min()), float(table.max().max())) if given is None else map(float, given)
    outside = int(((table < low) | (table > high)).sum().sum())
    if outside:
        raise InputError(
            f"{outside:,} answers lie outside of {low:g} to {high:g}. Correct answers under basis_options, "
            "or list the codes of no answer under missing"
        )
    if high - low + 1 > _POINTS[1]:
        raise InputError(
            f"Answers run from {low:g} to {high:g}, more than {_POINTS[1]} points. List the codes of no "
            "answer under missing, or say the ends of the scale under basis_options: answers"
        )
    return table, (low, high)


def _scale(name: str, table: pd.DataFrame, turned: Sequence[str] | None, ends: tuple[float, float]) -> _Scale:
    """Return one factor's score: the mean of its questions, once those that are reversed are turned."""
    if turned is None:
        turned = [item for item, sign in directions(table).items() if sign < 0]
    own = tuple(each for each in map(str, table.columns) if each in turned)
    upright = table.assign(**{each: sum(ends) - table[each] for each in own})
    scores = upright.mean(axis=1).where(upright.notna().mean(axis=1) >= 1 / 2)
    items = tuple(map(str, table.columns))
    feature = Feature(_slug(name), name, "number", made_of=items)
    return _Scale(feature, items, own, scores, reliability(upright))


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.casefold()).strip("_")


def _reliabilities(scales: Sequence[_Scale], voice: Voice, ends: tuple[float, float]) -> Table:
    """Return each factor with its questions, its alpha, and without which of them that would be higher."""
    say = voice.say
    firm = sum((each.reliability.alpha or 0) >= LOW for each in scales)
    rows = []
    for each in scales:
        found = each.reliability
        interval = "" if found.interval is None else voice.interval(*found.interval, "number")
        rows.append(
            (
                Cell(text=each.feature.said(voice).label),
                Cell(text=_questions(each, voice)),
                Cell(text="–" if found.alpha is None else voice.number(found.alpha, 2), small=interval),
                Cell(
                    text="; ".join(
                        f"{voice.column(item)}: {voice.number(found.without[item], 2)}"
                        for item in found.lowering
                    )
                    or "–"
                ),
                Cell(text=voice.count(found.answered)),
            )
        )
    labels = ("factor", "questions", "alpha", "without", "answered")
    turned = sum(len(each.turned) for each in scales)
    return Table(
        columns=tuple(
            Column(
                label=say(f"bases.survey.{each}"),
                header=each == "factor",
                align="right" if each in ("alpha", "answered") else "left",
            )
            for each in labels
        ),
        rows=tuple(rows),
        title=say("bases.survey.title", len(scales), firm=voice.count(firm), low=voice.number(LOW, 1)),
        subtitle=say(
            "bases.survey.subtitle", turned, low=voice.number(ends[0], 0), high=voice.number(ends[1], 0)
        ),
        note=say("bases.survey.note", low=voice.number(LOW, 1)),
    )


def _questions(scale: _Scale, voice: Voice) -> str:
    """Return a factor's questions with their correlation with the others, the closest first."""
    rest = scale.reliability.rest
    told = []
    for item in sorted(scale.items, key=lambda name: (-rest.get(name, 0.0), name)):
        value = voice.number(rest[item], 2) if item in rest else "–"
        key = "turned" if item in scale.turned else "upright"
        told.append(voice.say(f"bases.survey.{key}", question=voice.column(item), value=value))
    return voice.listed(told)


def _notes(scales: Sequence[_Scale], apart: Sequence[str], voice: Voice) -> tuple[AnyBlock, ...]:
    """Say which questions belong to no factor, and which still run against the others of theirs."""
    against = [item for each in scales for item, rest in each.reliability.rest.items() if rest < 0]
    told = [
        voice.say(f"bases.survey.{key}", len(found), questions=voice.ordered([*map(voice.column, found)]))
        for key, found in (("apart", apart), ("against", against))
        if found
    ]
    return tuple(Paragraph(content=spans(each), role="note") for each in told)
