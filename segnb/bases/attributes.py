"""Attributes of the customers as measures: which column is which, and how each is read.

Bases that rest on what is known of customers, and not on what they did, find their columns by the names
that such columns usually bear, and say which they took.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from segnb.coding import as_word
from segnb.columns import CUSTOMER
from segnb.document.blocks import Bar, Cell, Column, Table
from segnb.errors import Fault, InputError, ParameterError, nearest, refuse
from segnb.levels import by_level
from segnb.plain.kinds import Kind, read_column
from segnb.segmentation import Feature, FeatureTable
from segnb.tables.opened import Tables
from segnb.tables.orders import everyone
from segnb.words import Voice

FEWEST = 10
"""Customers below which evidence tells nothing of a group."""
MOST_LEVELS = 30
"""Different words in a column above which it tells of single customers."""


@dataclass(frozen=True)
class Trait:
    """What a basis looks for among the attributes: its words, its usual names, orders of words it knows.

    Names are compared without case, spaces and underscores.
    """

    feature: Feature
    usual: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """Name of the feature, and of the option that says which column it is."""
        return self.feature.name


@dataclass(frozen=True)
class Taken:
    """A column that became a measure: how it was read, and for which share of the customers it is known."""

    feature: Feature
    column: str
    kind: Kind
    known: float


@dataclass(frozen=True)
class Traits:
    """The measures that were made of attributes: a frame by customer, their words, and what was taken."""

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    taken: tuple[Taken, ...]
    of: int
    """Number of all customers, those without a row of attributes included."""

    def table(self, voice: Voice) -> Table:
        """Return which columns the segments rest on, how each was read, and how many customers have it."""
        say, known = voice.say, len(self.frame)
        labels = ("measure", "column", "read", "known")
        rows = (
            (
                Cell(text=each.feature.said(voice).label),
                Cell(text=each.column),
                Cell(text=say(f"bases.attributes.kind.{each.kind}")),
                Cell(text=voice.percent(each.known)),
            )
            for each in self.taken
        )
        return Table(
            columns=tuple(
                Column(
                    label=say(f"bases.attributes.{each}"),
                    header=each == "measure",
                    align="right" if each == "known" else "left",
                )
                for each in labels
            ),
            rows=tuple(rows),
            title=say(
                "bases.attributes.title",
                self.of,
                share=voice.percent(known / self.of),
                number=voice.count(known),
            ),
            subtitle=say("bases.attributes.subtitle"),
        )


def attributes(tables: Tables, basis: str) -> pd.DataFrame:
    """Return the attributes of the customers, one row each, by id and sorted.

    Raises
    ------
    InputError
        No attribute is declared.
    """
    frame: pd.DataFrame = tables.customers.to_pyarrow().to_pandas().set_index(CUSTOMER)
    if frame.columns.empty:
        raise InputError(
            f"Basis {basis!r} rests on attributes of the customers, and none is declared. List the columns "
            "under data.customers.attributes"
        )
    frame.index = frame.index.astype("str")
    return frame.sort_index()


def columns_of(
    frame: pd.DataFrame,
    traits: Sequence[Trait],
    asked: Mapping[str, str | None],
    further: Sequence[str] = (),
) -> dict[str, str]:
    """Return the column of each trait: the one asked for, or the first that bears one of its usual names.

    Raises
    ------
    ParameterError
        An option names a column that is no attribute, or two name the same one.
    """
    names = [str(each) for each in frame.columns]
    given = {option: column for option, column in asked.items() if column is not None}
    named = [*given.items(), *(("columns", column) for column in further)]
    faults = [
        Fault(f"there is no attribute {column!r}", f"basis_options.{option}", remedy=nearest(column, names))
        for option, column in named
        if column not in names
    ]
    taken = [column for _, column in named]
    faults += [
        Fault(f"the column {column!r} is named twice", f"basis_options.{option}", remedy="Name it once")
        for place, (option, column) in enumerate(named)
        if column in taken[:place]
    ]
    refuse(ParameterError, faults)
    plain = {_plain(name): name for name in reversed(names) if name not in taken}
    found = dict(given)
    for trait in traits:
        usual = next((plain[each] for each in map(_plain, trait.usual) if each in plain), None)
        if trait.name not in found and usual is not None and usual not in found.values():
            found[trait.name] = usual
    return found


def measured(
    frame: pd.DataFrame,
    traits: Sequence[Trait],
    columns: Mapping[str, str],
    further: Sequence[str],
    order: Mapping[str, Sequence[str]],
    tables: Tables,
) -> Traits:
    """Return measures of the columns: numbers, ordered and unordered categories, as their values say.

    ``order`` gives the order of words by column or trait, lowest first. A column without any value is
    left out.

    Raises
    ------
    InputError
        There is no column, or one holds dates, or free text, or words that ``order`` lacks.
    ParameterError
        ``order`` names a column that takes no part.
    """
    known = {each.name: each for each in traits}
    wanted = [(known[name], column) for name, column in columns.items() if name in known]
    wanted += [
        (Trait(Feature(column, column.replace("_", " ").capitalize(), "number", "log"), ()), column)
        for column in further
    ]
    refuse(
        ParameterError,
        [
            Fault(f"there is no column {name!r} to order", "basis_options.order", remedy=nearest(name, names))
            for names in [[*(trait.name for trait, _ in wanted), *(column for _, column in wanted)]]
            for name in order
            if name not in names
        ],
    )
    values: dict[str, pd.Series] = {}
    taken: list[Taken] = []
    for trait, column in wanted:
        levels = order.get(column, order.get(trait.name)) or _known_order(frame[column], trait)
        feature, kind, read = _read(frame[column], replace(trait.feature, column=column), levels)
        if kind == "empty":
            continue
        values[feature.name] = read
        taken.append(Taken(feature, column, kind, float(read.notna().mean())))
    return Traits(
        pd.DataFrame(values, index=frame.index),
        tuple(each.feature for each in taken),
        tuple(taken),
        int(everyone(tables).count().to_pyarrow().as_py()),
    )


def called(feature: Feature, voice: Voice) -> Feature:
    """Return the measure that a column became under the words that readers have for it."""
    label = voice.attribute(feature.name)
    if feature.unit == "days":
        day = voice.inside(label)
        return replace(
            feature,
            label=voice.say("bases.attributes.since", day=day),
            high=voice.say("bases.attributes.high", day=day),
            low=voice.say("bases.attributes.low", day=day),
            and_high=voice.say("bases.attributes.and_high", day=day),
            and_low=voice.say("bases.attributes.and_low", day=day),
        )
    return replace(feature, label=label)


def composition(feature: Feature, words: pd.Series, voice: Voice, min_cell: int) -> Table:
    """Return the share of the customers with each level of a category; rare levels are told together."""
    say, known = voice.say, words.dropna().map(as_word)
    said = feature.said(voice)
    levels = feature.levels or tuple(sorted(set(known)))
    codes = known.map({each: float(place) for place, each in enumerate(levels)}).astype(float)
    whole = FeatureTable(codes.to_frame(said.name), (replace(said, levels=levels),), "", None, voice=voice)
    told = by_level(whole, min_cell)
    shares = {each.level: float(told.frame[each.name].mean()) for each in told.features if each.level_of}
    if feature.scale == "nominal":
        shares = dict(sorted(shares.items(), key=lambda each: -each[1]))
    # What is put together because it is rare is no group, however many it holds.
    rest = {each.level for each in told.features if not each.high or each.name == f"{said.name}="}
    groups = [each for each in shares if each not in rest]
    first = max(groups, key=lambda each: shares[each], default="")
    longest = max(shares.values(), default=1.0)
    shares = {each: shares[each] for each in (*groups, *(each for each in shares if each in rest))}
    return Table(
        columns=(
            Column(label=said.label, header=True),
            Column(label=say("bases.composition.share"), align="right"),
        ),
        rows=tuple(
            (
                Cell(text=label),
                Cell(text=voice.percent(share), mark=Bar(value=share / longest)),
            )
            for label, share in shares.items()
        ),
        title=say("bases.composition.title", level=first, share=voice.percent(shares[first]))
        if first
        else "",
        subtitle=say(
            "bases.composition.subtitle", len(known), different=voice.count(known.nunique()), label=said.label
        ),
    )


def _read(
    column: pd.Series, feature: Feature, levels: Sequence[str] | None
) -> tuple[Feature, Kind, pd.Series]:
    """Return one column as a measure: numbers as they are, categories as words."""
    typed = read_column(column, levels)
    if typed.kind in ("text", "date") or len(typed.levels) > MOST_LEVELS:
        what = "dates" if typed.kind == "date" else f"{column.nunique():,} different words"
        remedy = "Leave it out of attributes, or bring it in groups"
        if typed.kind != "date" and pd.to_numeric(column.dropna(), errors="coerce").notna().all():
            what = f"{column.nunique():,} different numbers as words"
            remedy = f"Declare its kind, as attributes: {{{column.name}: number}}"
        raise InputError(f"Column {column.name!r} holds {what}, which form no segments. {remedy}")
    if typed.kind in ("number", "empty"):
        negative = bool((typed.values < 0).any())
        feature = replace(feature, unit="money") if typed.money else feature
        return replace(feature, scale="linear") if negative else feature, typed.kind, typed.values
    words = column.astype(object).where(column.notna(), None)
    if typed.levels in (("false", "true"), ("0", "1")):
        words = typed.values.map({0.0: typed.levels[0], 1.0: typed.levels[1]})
    if typed.kind == "ordered":
        return replace(feature, scale="ordinal", levels=typed.levels), typed.kind, words
    return replace(feature, scale="nominal", levels=typed.levels), typed.kind, words


def _known_order(column: pd.Series, trait: Trait) -> tuple[str, ...] | None:
    """Return the column's words in an order that is known, where it knows all of them."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return None
    words = {_plain(word): word for word in column.dropna().map(as_word).unique()}
    for order in trait.orders:
        places = {_plain(word): place for place, word in enumerate(order)}
        if len(words) > 1 and words.keys() <= places.keys():
            return tuple(words[each] for each in sorted(words, key=places.__getitem__))
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
