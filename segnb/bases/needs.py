"""Needs: groups of customers who want the same things together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from segnb.bases.definition import Measures, basis
from segnb.clustering.latent_class import latent_class
from segnb.columns import CUSTOMER
from segnb.document.blocks import AnyBlock, Cell, Column, Table
from segnb.errors import InputError, ParameterError, nearest
from segnb.levels import answers
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.transform import Points, significant
from segnb.words import Voice, as_words

MOST_CLASSES = 6
"""Numbers of classes that are compared."""
STARTS = 10
FEATURES = ()
"""The needs are the customers' own columns: they bear the words that the report gives these."""


@basis(
    "needs",
    needs=("customers",),
    method="latent_class",
    preference=20,
    label="Needs and benefits sought",
    about="Customers answered several questions with yes or no, such as what matters to them. Groups are of "
    "those who say yes to the same things together: here who want it cheap and quick, there who want it good "
    "and explained. "
    "How likely each customer belongs to each group is part of the result.",
    traps=(
        "What people say they want is not always what they buy.",
        "Some say yes to everything: a group that is high on all answers may be a habit of answering.",
        "Answers of yes and no can be cut into any number of groups. More groups always fit better, "
        "hence the criterion that charges for each.",
    ),
)
def needs(
    tables: Tables,
    window: Window | None,
    *,
    items: list[str] | None = None,
    prefix: str = "need_",
    seed: int = 0,
) -> Measures:
    """Needs and benefits sought, from answers of yes and no.

    ``items`` names the customers' attributes that hold the answers: those of the kind ``yes_no``, and
    words of which one says yes and one no. Left out, they are those whose names begin with ``prefix`` or,
    where there are none, all such, if at least half of the attributes are. Who left an answer blank takes
    no part. ``seed`` fixes the comparison of numbers of classes that is shown.
    """
    known = _answers(tables)
    chosen = _items(list(known.columns), items, prefix, of=len(tables.customers.columns) - 1)
    given = known[chosen]
    complete = given.dropna().astype(bool)
    if complete.empty:
        raise InputError(
            f"None of {len(given):,} customers answered all of {', '.join(chosen)}. Name fewer under items"
        )
    words = complete.apply(lambda answer: np.where(answer, "yes", "no"))
    return Measures(
        words,
        tuple(
            Feature(name, as_words(name.removeprefix(prefix)), "number", "nominal", levels=("no", "yes"))
            for name in chosen
        ),
        evidence=lambda voice, min_cell: _evidence(complete, prefix, seed, voice, min_cell),
        left_out={"blank_answers": len(given) - len(complete)},
    )


def _answers(tables: Tables) -> pd.DataFrame:
    """Return all attributes that answer yes or no, as true, false or missing, one row for each customer."""
    schema = tables.customers.schema()
    told = [
        each
        for each in schema
        if each != CUSTOMER and (schema[each].is_boolean() or schema[each].is_string())
    ]
    rows: pd.DataFrame = tables.customers.select(CUSTOMER, *told).to_pandas()
    rows = rows.set_index(rows[CUSTOMER].astype(str))[told].sort_index()
    found = {}
    for name in sorted(told):
        if schema[name].is_boolean():
            found[name] = rows[name]
        elif pair := answers(tuple(rows[name].dropna().unique())):
            no, yes = pair
            found[name] = rows[name].map({no: False, yes: True})
    return pd.DataFrame(found, index=rows.index)


def _items(asked: list[str], items: list[str] | None, prefix: str, of: int) -> list[str]:
    """Return the attributes that hold the answers, sorted."""
    if items is None:
        named = [name for name in asked if name.startswith(prefix)]
        if not named and 2 * len(asked) < of and len(asked) >= 3:
            raise InputError(
                f"{len(asked)} of {of} attributes are of yes and no, too few to be taken for a survey of "
                "needs. Name the answers under basis_options: items, or choose another basis"
            )
        found = named or asked
        if len(found) < 3:
            raise InputError(
                f"Basis 'needs' needs three or more answers of yes and no, and customers have {len(found)}. "
                "Declare them under attributes as yes_no, or choose another basis"
            )
        return found
    if strange := [name for name in items if name not in asked]:
        raise ParameterError(
            f"items: {strange[0]!r} is no attribute of the kind yes_no, nor of the words yes and no. "
            f"{nearest(strange[0], asked)}"
        )
    if len(set(items)) < 3:
        raise ParameterError(f"items must name three or more attributes. Got {len(set(items))} instead")
    return sorted(set(items))


def criteria(answers: pd.DataFrame, *, most: int = MOST_CLASSES, seed: int = 0) -> list[float]:
    """Return Schwarz's criterion (BIC) of 1, 2, ... latent classes of these answers; less is better.

    ``-2 log L + p log n`` with ``p`` free parameters (Schwarz 1978, Ann. Stat. 6:461-464). There are no more
    classes than different rows.
    """
    points = _indicators(answers)
    levels = (2,) * answers.shape[1]
    most = min(most, len(np.unique(points, axis=0)))
    found = [
        latent_class(points, number, levels=levels, seed=seed, restarts=1 if number == 1 else STARTS).bic(
            points
        )
        for number in range(1, most + 1)
    ]
    return [float(each) for each in significant(found)]


def _indicators(answers: pd.DataFrame) -> Points:
    """Return two columns for each answer, one for no and one for yes; shape (customers, 2 answers)."""
    yes = answers.to_numpy(np.float64)
    return np.stack([1 - yes, yes], axis=2).reshape(len(yes), -1)


def _evidence(
    answers: pd.DataFrame, prefix: str, seed: int, voice: Voice, min_cell: int
) -> tuple[AnyBlock, ...]:
    return _wanted(answers, prefix, voice, min_cell), _by_number(answers, seed, voice)


def _wanted(answers: pd.DataFrame, prefix: str, voice: Voice, min_cell: int) -> Table:
    """Return how many customers say yes to each thing, and to what else most often with it."""
    say = voice.say
    labels = {str(name): voice.column(str(name)) for name in answers}
    labels |= {name: as_words(name.removeprefix(prefix)) for name, label in labels.items() if label == name}
    rows = []
    counts = answers.sum().sort_values(ascending=False, kind="stable")
    shown = [str(name) for name, count in counts.items() if min_cell <= count <= len(answers) - min_cell]
    together = {pair: _phi(answers[pair[0]], answers[pair[1]]) for pair in combinations(shown, 2)}
    for name in shown:
        others = {(set(pair) - {name}).pop(): phi for pair, phi in together.items() if name in pair}
        closest = max(others, key=lambda other: (others[other], other), default=None)
        tells = closest is not None and others[closest] > 0
        rows.append(
            (
                Cell(text=labels[name]),
                Cell(text=voice.percent(counts[name] / len(answers))),
                Cell(text=labels[closest] if closest is not None and tells else "–"),
            )
        )
    hidden = len(shown) < answers.shape[1]
    return Table(
        columns=(
            Column(label=say("bases.needs.need"), header=True),
            Column(label=say("bases.needs.share"), align="right"),
            Column(label=say("bases.needs.closest")),
        ),
        rows=tuple(rows),
        title=say("bases.needs.wanted", name=labels[shown[0]], share=rows[0][1].text) if shown else "",
        subtitle=say("bases.needs.asked", len(answers)),
        note=say("bases.levels.hidden", limit=voice.count(min_cell)) if hidden else "",
    )


def _phi(one: pd.Series, other: pd.Series) -> float:
    return float(significant(np.corrcoef(one.astype(float), other.astype(float))[0, 1]))


def _by_number(answers: pd.DataFrame, seed: int, voice: Voice) -> Table:
    """Return the criterion by number of classes, as the distance from the best."""
    say, found = voice.say, criteria(answers, seed=seed)
    best = int(np.argmin(found))
    rows = tuple(
        (
            Cell(text=voice.count(number)),
            Cell(text=voice.number(bic - found[best], 1) if number != best + 1 else say("bases.needs.best")),
        )
        for number, bic in enumerate(found, start=1)
    )
    return Table(
        columns=(
            Column(label=say("bases.needs.number"), header=True),
            Column(label=say("bases.needs.behind"), align="right"),
        ),
        rows=rows,
        title=say("bases.needs.by_number", best + 1, number=voice.number_word(best + 1)),
        subtitle=say("bases.needs.criterion"),
        note=say("bases.needs.criterion_note"),
    )
