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
    label="Attitudes and personality",
    about="Customers are grouped by what they say of themselves in a survey. Questions that ask for the same thing "
    "are put together into one score, such as openness, and customers with like scores form a group.",
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

    def evidence(voice: Voice) -> tuple[AnyBlock, ...]:
        return (_reliabilities(scales, voice), _questions(scales, voice), *_notes(scales, apart, voice))

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
    """Return the factors that the answers show, named after their strongest questions, and what is in none."""
    _check_names(columns or (), map(str, frame.columns), "columns")
    table = _whole_numbers(frame[list(columns)]) if columns else _battery(frame)
    table = table.loc[:, table.nunique() > 1]
    if table.shape[1] < 3:
        raise InputError(
            f"Only {table.shape[1]} of {frame.shape[1]} attributes are questions with answers on one scale of "
            f"{_POINTS[0]} to {_POINTS[1]} points. List the questions under basis_options: items, by factor"
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
    table = frame.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    wrong = {
        str(name): int((frame[name].notna() & ~(table[name] % 1 == 0)).sum())
        for name in frame
        if (frame[name].notna() & ~(table[name] % 1 == 0)).any()
    }
    if wrong:
        first = next(iter(wrong))
        raise InputError(
            f"{sum(wrong.values()):,} answers in {len(wrong)} columns, the first {first!r}, are no whole numbers. "
            "Code answers as 1, 2, 3 in the order of agreement, or list other codes under missing"
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
            f"{outside:,} answers lie outside of {low:g} to {high:g}. Correct answers under basis_options, or list "
            "the codes of no answer under missing"
        )
    if high - low + 1 > _POINTS[1]:
        raise InputError(
            f"Answers run from {low:g} to {high:g}, more than {_POINTS[1]} points. List the codes of no answer under "
            "missing, or say the ends of the scale under basis_options: answers"
        )
    return table, (low, high)


def _scale(name: str, table: pd.DataFrame, turned: Sequence[str] | None, ends: tuple[float, float]) -> _Scale:
    """Return one factor's score: the mean of its questions, once those that are reversed are turned."""
    if turned is None:
        turned = [item for item, sign in directions(table).items() if sign < 0]
    own = tuple(each for each in map(str, table.columns) if each in turned)
    upright = table.assign(**{each: sum(ends) - table[each] for each in own})
    scores = upright.mean(axis=1).where(upright.notna().mean(axis=1) >= 1 / 2)
    feature = Feature(_slug(name), name, "number")
    return _Scale(feature, tuple(map(str, table.columns)), own, scores, reliability(upright))


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.casefold()).strip("_")


def _reliabilities(scales: Sequence[_Scale], voice: Voice) -> Table:
    """Return each factor with its alpha and what would raise it."""
    say = voice.say
    firm = sum((each.reliability.alpha or 0) >= LOW for each in scales)
    rows = []
    for each in scales:
        found = each.reliability
        interval = "" if found.interval is None else voice.interval(*found.interval, "number")
        weakest = min(found.rest, key=lambda item: found.rest[item], default="")
        rows.append(
            (
                Cell(
                    text=each.feature.said(voice).label, small=voice.listed([*map(voice.column, each.items)])
                ),
                Cell(text="–" if found.alpha is None else voice.number(found.alpha, 2), small=interval),
                Cell(
                    text=voice.column(weakest) if weakest else "–",
                    small=say("bases.survey.rest", value=voice.number(found.rest[weakest], 2))
                    if weakest
                    else "",
                ),
                Cell(text=voice.listed([*map(voice.column, found.lowering)]) or "–"),
                Cell(text=voice.count(found.answered)),
            )
        )
    labels = ("factor", "alpha", "weakest", "lowering", "answered")
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
        subtitle=say("bases.survey.subtitle"),
        note=say("bases.survey.note", low=voice.number(LOW, 1)),
    )


def _questions(scales: Sequence[_Scale], voice: Voice) -> Table:
    """Return each question with how closely it follows the others of its factor."""
    say = voice.say
    rows, groups = [], {}
    for each in scales:
        groups[len(rows)] = each.feature.said(voice).label
        found = each.reliability
        for item in sorted(each.items, key=lambda name: (-found.rest.get(name, 0.0), name)):
            rows.append(
                (
                    Cell(
                        text=voice.column(item),
                        small=say("bases.survey.turned") if item in each.turned else "",
                    ),
                    Cell(text=voice.number(found.rest[item], 2) if item in found.rest else "–"),
                    Cell(text=voice.number(found.without[item], 2) if item in found.without else "–"),
                )
            )
    turned = sum(len(each.turned) for each in scales)
    labels = ("question", "follows", "without")
    return Table(
        columns=tuple(
            Column(
                label=say(f"bases.survey.{each}"),
                header=each == "question",
                align="left" if each == "question" else "right",
            )
            for each in labels
        ),
        rows=tuple(rows),
        groups=groups,
        title=say("bases.survey.questions", len(rows), turned=voice.count(turned)),
        subtitle=say("bases.survey.questions_subtitle"),
    )


def _notes(scales: Sequence[_Scale], apart: Sequence[str], voice: Voice) -> tuple[AnyBlock, ...]:
    """Say which questions belong to no factor, and which still run against the others of theirs."""
    against = [item for each in scales for item, rest in each.reliability.rest.items() if rest < 0]
    told = [
        voice.say(f"bases.survey.{key}", len(found), questions=voice.ordered([*map(voice.column, found)]))
        for key, found in (("apart", apart), ("against", against))
        if found
    ]
    return tuple(Paragraph(content=spans(each), role="note") for each in told)
