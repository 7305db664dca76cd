"""Predictive: who is likely to do what a label says, as a few segments with rates that were checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from segnb.bases.definition import Context, Measures, basis
from segnb.bases.features import features
from segnb.bases.prediction_evidence import CHANCE, Checked, evidence, rates
from segnb.clustering.rate_tree import RateTree, grow, held_out_scores, read_rate_tree, separation
from segnb.coding import as_word
from segnb.columns import CUSTOMER
from segnb.errors import InputError, ParameterError, nearest
from segnb.levels import NO, YES
from segnb.plain.table import features_of
from segnb.segmentation import Feature, FeatureTable, Foretold, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone, orders_in

LEVELS: dict[int, tuple[str, ...]] = {
    1: ("Medium chance",),
    2: ("Highest chance", "Lowest chance"),
    3: ("Highest chance", "Medium chance", "Lowest chance"),
    4: ("Highest chance", "High chance", "Low chance", "Lowest chance"),
    5: ("Highest chance", "High chance", "Medium chance", "Low chance", "Lowest chance"),
}
"""What the segments are called, by their number, the likeliest first."""
BUYERS: dict[int, tuple[str, ...]] = {
    1: ("Next buyers",),
    2: ("Likeliest next buyers", "Least likely next buyers"),
    3: ("Likeliest next buyers", "Middling next buyers", "Least likely next buyers"),
    4: ("Likeliest next buyers", "Likely next buyers", "Less likely next buyers", "Least likely next buyers"),
    5: (
        "Likeliest next buyers",
        "Likely next buyers",
        "Middling next buyers",
        "Less likely next buyers",
        "Least likely next buyers",
    ),
}
"""What they are called where the next orders are predicted."""
LEAK = 0.98
"""Area under the curve from which a single column knows the answer rather than predicts it."""
MOST_NAMED = 6
"""Values of a label that a message names."""
FEWEST = 20
"""Customers of the rarer answer below which nothing is learned."""


@basis(
    "predictive",
    needs=("customers | transactions",),
    method="levels",
    preference=41,
    label="Prediction",
    about="Customers are grouped by how likely they are to do one thing, such as to buy again or to leave. A "
    "model learns from customers of whom it is known, and a few questions sort all others. The rates told "
    "were counted on customers whom the questions had not seen.",
    traps=(
        "Likely does not mean moved by an offer: whom a campaign changes, only a test with a control group "
        "shows.",
        "A column that was recorded after the fact knows the answer: it predicts well here and never again.",
        "Rates are those of the past: after a change of prices or range they have to be learned anew.",
    ),
)
def predictive(
    tables: Tables,
    window: Window | None,
    context: Context,
    *,
    label: str | None = None,
    yes: str | None = None,
    predictors: list[str] | None = None,
    horizon_days: int | None = None,
    most_segments: int = 5,
    smallest: int = 50,
    seed: int = 0,
) -> Measures:
    """Prediction: who is likely to do what a label says, as tree-shaped segments with checked rates.

    ``label`` is a column of the customers, and ``yes`` its value that is predicted; ``predictors`` are the
    columns to predict it from, all others where it is left out. Without a label it is predicted who orders
    in the next ``horizon_days`` (a third of the window): learned from the days of the window before its last
    ``horizon_days`` and what followed on these, and told of all by as many days up to the window's end.
    No segment has fewer than ``smallest`` customers among those that it was learned on.
    """
    if not 2 <= most_segments <= len(LEVELS) or smallest < 1:
        raise ParameterError(f"most_segments is a number from 2 to {len(LEVELS)}, and smallest is 1 or more")
    if label is None:
        asked = _next_orders(tables, window, context, horizon_days, learning=context.model is None)
    else:
        asked = _labelled(tables, context, label, yes, predictors)
    called = BUYERS if label is None else LEVELS
    if context.model is None:
        tree, checked = _learn(asked, most_segments, smallest, seed)
        levels = called[tree.n_segments]
        found = rates(checked, tree.n_segments, context.min_cell)
        units = {each.label: each.unit for each in asked.features}
        shown = evidence(checked, tree, levels, found, asked.told, units, window, context)
        told = {level: each for level, each in zip(levels, found, strict=True) if each is not None}
        foretold = Foretold(asked.told, told, of="" if label is None else asked.told)
    else:
        tree, shown = read_rate_tree(context.model["tree"]) if context.model else RateTree.only(0.0), ()
        levels, foretold = called[tree.n_segments], None
    table = asked.everyone.copy()
    table.insert(0, CHANCE, [levels[place] for place in tree.places(asked.coded(asked.everyone))])
    return Measures(
        table,
        (Feature(CHANCE, "Predicted chance", "share", "ordinal", levels=levels), *asked.features),
        evidence=shown,
        left_out=asked.left_out,
        model={"tree": tree.model(), "label": label},
        foretold=foretold,
    )


@dataclass(frozen=True)
class _Asked:
    """What is predicted, from what: customers whose answer is known, and everyone who is placed."""

    known: pd.DataFrame
    answers: np.ndarray
    everyone: pd.DataFrame
    features: tuple[Feature, ...]
    told: str
    """What is predicted, in the reader's words."""
    left_out: Mapping[str, int] = field(default_factory=dict)

    def coded(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return numbers only: of an unordered category one column of 0 and 1 for each level."""
        columns: dict[str, np.ndarray] = {}
        for each in self.features:
            if each.levels:
                for level in each.levels:
                    columns[f"{each.label}: {level}"] = (frame[each.name] == level).to_numpy(np.float64)
            else:
                columns[each.label] = frame[each.name].to_numpy(np.float64)
        return pd.DataFrame(columns, index=frame.index)


def _next_orders(
    tables: Tables, window: Window | None, context: Context, horizon: int | None, *, learning: bool
) -> _Asked:
    if window is None or "orders" not in tables:
        raise InputError("Basis 'predictive' needs a label, or orders with times: name a column under label")
    horizon = horizon or max(1, window.days // 3)
    if not 0 < horizon < window.days:
        raise ParameterError(
            f"horizon_days is {horizon}, and the window has {window.days} days: it has to be shorter"
        )
    cut = window.end - timedelta(days=horizon)
    placed = _bought(tables, Window(window.start + timedelta(days=horizon), window.end), context)
    past = placed
    if learning:
        past = _bought(tables, Window(window.start, cut), context)
        after = orders_in(tables, Window(cut + timedelta(days=1), window.end))
        returned = after.select(CUSTOMER).distinct().to_pyarrow()[CUSTOMER].to_pylist()
    shared = [each for each in placed.features if each.name in past.frame]
    names = [each.name for each in shared]
    return _Asked(
        past.frame[names],
        past.frame.index.isin(returned) if learning else np.zeros(len(past.frame), dtype=bool),
        placed.frame[names],
        tuple(shared),
        context.voice.say("bases.predictive.orders_next", horizon),
        {"no_orders": everyone(tables).count().to_pyarrow().as_py() - len(placed.frame)},
    )


def _bought(tables: Tables, window: Window, context: Context) -> FeatureTable:
    """Return how recently, how often and how customers bought on the days of a window."""
    parts = [
        features(tables, each, window, min_orders=1, voice=context.voice) for each in ("rfm", "behavioural")
    ]
    frame = pd.concat([each.frame for each in parts], axis=1)
    # A frequency beside orders a month would say the same of windows of one length.
    told = [each for part in parts for each in part.features if each.name not in ("frequency", "monetary")]
    return FeatureTable(frame, tuple(told), "predictive", window, voice=context.voice)


def _labelled(
    tables: Tables, context: Context, label: str, yes: str | None, predictors: list[str] | None
) -> _Asked:
    rows = tables.customers.to_pyarrow().to_pandas().set_index(CUSTOMER).sort_index()
    rows.index = rows.index.astype("str")
    for name in [label, *(predictors or [])]:
        if name not in rows:
            raise ParameterError(
                f"The customers have no column {name!r}. {nearest(name, list(rows.columns))}"
            )
    words = rows[label].dropna().map(as_word)
    wanted = _positive(words, label, yes)
    names = predictors if predictors is not None else [each for each in rows if each != label]
    read = features_of(rows[names], voice=context.voice)
    plain = {
        each.name: read.frame[each.name]
        if not each.levels
        else read.frame[each.name].map(dict(enumerate(each.levels)))
        for each in read.features
    }
    frame = pd.DataFrame(plain, index=read.frame.index)
    told = context.voice.column(label)
    if wanted.strip().casefold() not in YES:
        value = context.voice.category(label, wanted)
        told = context.voice.say("bases.predictive.label", column=told, value=value)
    return _Asked(frame.loc[words.index], (words == wanted).to_numpy(), frame, read.features, told)


def _positive(words: pd.Series, label: str, yes: str | None) -> str:
    found: list[str] = sorted(set(words))
    if yes is None:
        likely = [each for each in found if each.strip().casefold() in YES]
        if len(found) != 2 or len(likely) != 1:
            named = f" ({', '.join(map(repr, found))})" if len(found) <= MOST_NAMED else ""
            raise ParameterError(
                f"The label {label!r} has {len(found)} values{named} and no plain yes or no (as {YES[0]} and "
                f"{NO[0]}): name the value to predict under yes"
            )
        return likely[0]
    if yes not in found:
        raise ParameterError(f"No customer's {label!r} is {yes!r}. {nearest(yes, found)}")
    return yes


def _learn(asked: _Asked, most: int, smallest: int, seed: int) -> tuple[RateTree, Checked]:
    """Grow the segments on most customers, and check rates and ranking on the others."""
    data, answers = asked.coded(asked.known), asked.answers.astype(np.float64)
    rare = int(min(answers.sum(), len(answers) - answers.sum())) if len(answers) else 0
    if rare < FEWEST:
        rate = float(answers.mean()) if len(answers) else 0.0
        return RateTree.only(rate), Checked(answers, np.full(len(answers), rate), np.zeros(len(answers), int))
    scores = held_out_scores(data, answers, seed=seed)
    tree, tested = grow(data, answers, most=most, smallest=smallest, seed=seed)
    return tree, Checked(
        answers,
        scores,
        tree.places(data),
        tested=tested,
        leaks=_leaks(data, answers),
    )


def _leaks(data: pd.DataFrame, answers: np.ndarray) -> Mapping[str, float]:
    """Return the columns that tell the answer nearly alone, and how well: the area under their curve."""
    found: dict[str, Any] = {str(name): separation(data[name].to_numpy(), answers) for name in data}
    return {name: value for name, value in found.items() if value >= LEAK}
