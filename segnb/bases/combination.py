"""Combination: bases and columns on record at once, crossed cell by cell or clustered with equal weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from segnb.bases.crossing import Cells, merged, read_cells
from segnb.bases.definition import BASES, Context, Measures, basis
from segnb.bases.features import CATEGORY, features
from segnb.bases.on_record import COLUMNS, columns_of_customers, on_record
from segnb.clustering.assign import assign
from segnb.clustering.methods import METHODS
from segnb.clustering.segment import segment
from segnb.coding import as_word
from segnb.columns import CUSTOMER, UNASSIGNED
from segnb.document.blocks import AnyBlock, Cell, Column, Table
from segnb.errors import InputError, ParameterError, nearest
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.suppression import conceal
from segnb.tables.opened import Tables

CELL = "combination"
NAME = "combination"


@basis(
    "combination",
    needs=("transactions | customers",),
    method=None,
    preference=32,
    label="Combination",
    about="Several things that tell customers apart are used at once: what other bases measure, or the "
    "columns that the table holds of each customer. Either segments are crossed, as loyal customers of one "
    "region, or measures form groups together, and each part counts alike however many measures it has.",
    traps=(
        "All that takes part counts, whether it matters to the business or not: leave out what does not.",
        "An outcome among the columns, as whether a customer left, forms segments that foretell nothing: "
        "leave it out, and compare it afterwards.",
        "Every further part that is crossed splits the groups again: small ones are joined, and what they "
        "had apart is lost.",
    ),
)
def combination(
    tables: Tables,
    window: Window | None,
    context: Context,
    *,
    of: list[str] | None = None,
    how: Literal["joint", "cross"] = "joint",
    leave_out: list[str] | None = None,
    order: dict[str, list[str]] | None = None,
    options: dict[str, Any] | None = None,
    most: int = 12,
    smallest: int = 30,
) -> Measures:
    """Several bases, or columns of the customers, at once: crossed, or clustered jointly with equal weight.

    ``of`` names two or more parts: bases, whose ``options`` may be given, and columns of the customers. The
    word ``columns`` stands for all of these; ``leave_out`` names those that take no part, and ``order`` gives
    the order of words by column, lowest first. Without ``of`` the parts are rfm and behavioural where there
    are transactions, and the columns where there are none.

    With ``how: joint`` the measures of all parts form groups together. Each part is divided by its first
    singular value (`segnb.transform.learn_transform`), so that all count alike; the columns are one part.
    With ``how: cross`` a part is a basis by rule, or a column, and each pair of their segments is a cell.
    Cells of fewer than ``smallest`` customers join what is left of the same segment of the first part; so do
    the smallest until there are ``most`` at most. How many orders a customer needs is not for the parts to
    say, but for ``min_orders`` of the report.
    """
    leave_out, order, options = leave_out or [], order or {}, options or {}
    asked = of or (["rfm", "behavioural"] if "transactions" in tables else [COLUMNS])
    plain = all(each in BASES for each in asked) and not (leave_out or order)
    rows = pd.DataFrame() if plain else columns_of_customers(tables, NAME, leave_out, order)
    names = list(map(str, rows.columns))
    parts = [name for each in asked for name in (names if each == COLUMNS else [each])]
    bases = [each for each in asked if each in BASES]
    _check(parts, names, options)
    if not 2 <= most <= 12 or smallest < 1:
        raise ParameterError("most is a number of cells from 2 to 12, and smallest is 1 or more")
    rows = rows[[each for each in parts if each not in bases]]
    if how == "cross":
        return _cross(tables, window, context, parts, rows, options, most, smallest)
    joined = [_part(tables, window, context, each, options) for each in bases]
    if not rows.columns.empty:
        joined.append(on_record(rows, tables, order, _learned(context, COLUMNS), context.voice))
    return _joint(joined, context)


def _check(parts: Sequence[str], names: Sequence[str], options: dict[str, Any]) -> None:
    if len(parts) < 2 or len(set(parts)) < len(parts):
        raise ParameterError(
            f"of names {len(parts)} parts, {len(set(parts))} of them different: name two or more"
        )
    known = [*(each for each in BASES if each != NAME), *names]
    for name in parts:
        if name not in known:
            raise ParameterError(
                f"There is no basis {name!r} to combine, nor such a column. {nearest(name, known)}"
            )
    if unknown := sorted(set(options) - set(parts)):
        raise ParameterError(
            f"options speaks of {unknown[0]!r}, which is no part. {nearest(unknown[0], parts)}"
        )


def _learned(context: Context, name: str) -> Any:
    """Return what a part has learned, None while segments are formed."""
    learned: Any = (context.model or {}).get(name)
    return learned["basis"] if learned else None


def _part(
    tables: Tables, window: Window | None, context: Context, name: str, options: dict[str, Any]
) -> FeatureTable:
    return features(
        tables,
        name,
        window,
        options=options.get(name),
        min_orders=1,
        min_cell=context.min_cell,
        model=_learned(context, name),
        voice=context.voice,
    )


def _joint(parts: list[FeatureTable], context: Context) -> Measures:
    """Return the measures of all parts; one that two parts have counts for the first."""
    found: dict[str, Feature] = {}
    columns: dict[str, pd.Series] = {}
    shared = parts[0].frame.index
    for part in parts:
        shared = shared.intersection(part.frame.index)
        for each in part.features:
            if each.name not in found:
                found[each.name] = replace(each, block=part.basis)
                values = part.frame[each.name]
                words = dict(enumerate(each.levels))
                columns[each.name] = values.map(words) if each.scale in CATEGORY else values
    if not len(shared):
        raise InputError("No customer has measures of all parts of the combination: choose other parts")
    table = pd.DataFrame(columns).loc[shared.sort_values()]
    table.index.name = CUSTOMER
    return Measures(
        table,
        tuple(found.values()),
        evidence=_blocks(parts, found, context) if len(parts) > 1 else (),
        model={part.basis: {"basis": part.model} for part in parts},
    )


def _blocks(parts: list[FeatureTable], found: dict[str, Feature], context: Context) -> tuple[AnyBlock, ...]:
    say = context.voice.say
    rows = tuple(
        (
            Cell(
                text=say(f"bases.combination.{COLUMNS}")
                if part.basis == COLUMNS
                else BASES[part.basis].called(context.voice)
            ),
            Cell(text=context.voice.count(sum(each.block == part.basis for each in found.values()))),
        )
        for part in parts
    )
    labels = [say(f"bases.combination.{each}") for each in ("part", "measures")]
    columns = (
        Column(label=labels[0], header=True),
        *(Column(label=each, align="right") for each in labels[1:]),
    )
    return (
        Table(
            columns=columns,
            rows=rows,
            title=say("bases.combination.joint_title", number=context.voice.number_word(len(parts))),
            note=say("bases.combination.joint_note"),
        ),
    )


def _cross(
    tables: Tables,
    window: Window | None,
    context: Context,
    of: list[str],
    rows: pd.DataFrame,
    options: dict[str, Any],
    most: int,
    smallest: int,
) -> Measures:
    sides, model = [], dict[str, Any]()
    for name in of:
        side, model[name] = _side(tables, window, context, name, rows, options)
        sides.append(side)
    pairs = pd.concat(sides, axis=1, join="inner").dropna().sort_index()
    if pairs.empty:
        raise InputError("No customer has a segment in all parts of the combination: choose other parts")
    if context.model is None:
        cells = merged(pairs, most=most, smallest=max(smallest, context.min_cell), voice=context.voice)
    else:
        cells = read_cells(context.model["cells"])
    model["cells"] = cells.model()
    table = pd.DataFrame({CELL: cells.called(pairs)}, index=pairs.index.rename(CUSTOMER))
    feature = Feature(
        CELL,
        context.voice.word(f"bases.about.{NAME}.label", "Combination"),
        "share",
        "nominal",
        levels=cells.levels,
    )
    return Measures(
        table,
        (feature,),
        evidence=() if context.model is not None else _merging(pairs, cells, smallest, context),
        model=model,
        method="levels",
    )


def _side(
    tables: Tables,
    window: Window | None,
    context: Context,
    name: str,
    rows: pd.DataFrame,
    options: dict[str, Any],
) -> tuple[pd.Series, dict[str, Any]]:
    """Return the words of one part's segments, by customer, and what repeats them."""
    if name in rows:
        words = rows[name].dropna().map(as_word).map(lambda word: context.voice.readable(name, word))
        return words.rename(name), {}
    measured = _part(tables, window, context, name, options)
    method = measured.method
    if method is None or not METHODS[method].rule:
        rules = [each for each in BASES if (its := BASES[each].method) and METHODS[its].rule]
        raise ParameterError(
            f"Basis {name!r} forms its groups by likeness, and a crossing takes rules: {', '.join(rules)}, "
            "or a column of the customers. Choose one, or how: joint"
        )
    learned: Any = (context.model or {}).get(name)
    if learned is None:
        formed = segment(measured, method=method, min_cell=context.min_cell)
        learned = {
            "basis": measured.model,
            "rule": formed.model,
            "words": {key: formed.called(key) for key in formed.segments},
        }
    labels = assign(learned["rule"], measured)
    labels = labels[~labels.str.startswith(UNASSIGNED)]
    return labels.map(learned["words"]).rename(name), learned


def _merging(pairs: pd.DataFrame, cells: Cells, smallest: int, context: Context) -> tuple[AnyBlock, ...]:
    """Show the cells with their sizes, and say which were joined."""
    voice, say = context.voice, context.voice.say
    sizes = cells.called(pairs).value_counts()
    counts = {str(each): int(sizes[each]) for each in cells.levels if each in sizes}
    hidden = conceal(counts, min_cell=context.min_cell, keep_total=True).groups
    rows = tuple(
        (
            Cell(text=each),
            Cell(text="–")
            if each in hidden
            else Cell(text=voice.count(count), small=voice.percent(count / len(pairs))),
        )
        for each, count in counts.items()
    )
    columns = (
        Column(label=say("bases.combination.cell"), header=True),
        Column(label=say("bases.combination.customers"), align="right"),
    )
    before = int(pairs.drop_duplicates().shape[0])
    return (
        Table(
            columns=columns,
            rows=rows,
            title=say("bases.combination.cross_title", len(rows), before=voice.count(before)),
            note=say("bases.combination.cross_note", smallest=voice.count(smallest)),
        ),
    )
