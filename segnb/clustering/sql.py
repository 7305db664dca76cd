"""The published rule as one SQL expression, where there is an exact one.

Everything is spelled out over the raw columns: the reasons why a customer is in no segment, the scaling
(division by the median, log1p, centre and spread, the limits), and the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from pydantic import JsonValue

from segnb.clustering.mixtures import LatentClasses
from segnb.clustering.model import MISSING, NOISE, OUTSIDE, SCORE_MAP, TOO_FEW, UNSEEN, read
from segnb.clustering.rules import PLACES, NearestCentre, Rule, Tree
from segnb.clustering.score_map import NEEDS, read_map
from segnb.coding import are_numbers
from segnb.errors import InputError, ParameterError, nearest
from segnb.transform import LIMIT, Indicators, Scaling, Transform

_LARGEST = repr(float(np.finfo(float).max))


def sql(model: dict[str, JsonValue], dialect: str = "duckdb") -> str:
    """Return a SQL expression that labels customers as `assign` does.

    It is a CASE over the raw columns, whose names are quoted: words where the variable is a category,
    else numbers. Put it into ``SELECT ..., <expression> AS segment FROM customers``.

    Parameters
    ----------
    model
        ``Segmentation.model``: a score map, the nearest centre, latent classes, or a tree.
    dialect
        The database's, by its name in SQLGlot, as ``postgres``, ``snowflake`` or ``bigquery``. Only DuckDB's
        answers are compared with `assign` in the tests.

    Raises
    ------
    InputError
        The rule has no exact expression (a Gaussian mixture), or the model is damaged.
    ParameterError
        The dialect is unknown.
    """
    if model.get("kind") == SCORE_MAP:
        transform = read_map(model)
        placed = _score_map(cast(dict[str, Any], model))
    else:
        known = read(model)
        transform = known.transform
        placed = _placed(known.rule, transform, [*known.labels, NOISE])
    written = "CASE\n" + "\n".join(
        f"WHEN {condition} THEN {_text(label)}" for condition, label in _excuses(transform)
    )
    return _in_dialect(f"{written}\nELSE {placed}\nEND", dialect)


def _in_dialect(expression: str, dialect: str) -> str:
    if dialect == "duckdb":
        return expression
    import sqlglot

    known = sorted(each.value for each in sqlglot.Dialects if each.value)
    if dialect not in known:
        raise ParameterError(f"There is no SQL dialect {dialect!r}. {nearest(dialect, known)}")
    return sqlglot.parse_one(expression, read="duckdb").sql(dialect)


def _excuses(transform: Transform) -> list[tuple[str, str]]:
    """Return the conditions under which a customer is in no segment, and the label that says so."""
    missing, new, outside = [], [], []
    for each in transform.scalings:
        column = _name(each.name)
        if isinstance(each, Indicators) or each.levels:
            missing.append(f"{column} IS NULL")
            words = each.levels if isinstance(each, Scaling) else [each.levels[place] for place in each.seen]
            new.append(f"{_word(each)} NOT IN ({', '.join(_text(word) for word in words)})")
        else:
            # Not a number is larger than all numbers, as infinity is.
            missing.append(f"{column} IS NULL OR ABS({_number(each)}) > {_LARGEST}")
        if isinstance(each, Scaling):
            low, high = each.bounds
            outside.append(f"{_scaled(each)} < {low!r} OR {_scaled(each)} > {high!r}")
    found = [(missing, MISSING), (new, UNSEEN), (outside, OUTSIDE)]
    return [(" OR ".join(conditions), label) for conditions, label in found if conditions]


def _placed(rule: Rule, transform: Transform, labels: Sequence[str]) -> str:
    if isinstance(rule, Tree):
        return _branch(rule, _columns(transform), labels, 0)
    if isinstance(rule, NearestCentre):
        weights = rule.weights or (1.0,) * len(transform.variables)
        scores = [" + ".join(_apart(transform, centre, weights, rule.power)) for centre in rule.centres]
        return _least(scores, labels, rule.reach)
    if isinstance(rule, LatentClasses):
        scores = [
            " + ".join([repr(-float(np.log(share))), *_unlikely(transform, chances)])
            for share, chances in zip(rule.shares, rule.chances, strict=True)
        ]
        return _least(scores, labels, ())
    raise InputError("This rule has no exact SQL expression: label the customers with segnb's assign")


def _least(scores: Sequence[str], labels: Sequence[str], reach: Sequence[float]) -> str:
    """Return the label of the least score; the first of equals."""
    rounded = [f"ROUND({each}, {PLACES})" for each in scores]
    chosen = [
        f"CASE WHEN {each} > {limit!r} THEN {_text(NOISE)} ELSE {_text(label)} END" if reach else _text(label)
        for each, label, limit in zip(rounded, labels, reach or [0.0] * len(rounded), strict=False)
    ]
    cases = [
        f"WHEN {each} <= LEAST({', '.join(rounded[place:])}) THEN {chosen[place - 1]}"
        for place, each in enumerate(rounded[:-1], start=1)
    ]
    return f"CASE {' '.join(cases)} ELSE {chosen[-1]} END" if cases else chosen[-1]


def _apart(transform: Transform, centre: Sequence[float], weights: Sequence[float], power: int) -> list[str]:
    """Return each variable's part of the distance to a centre."""
    parts, start = [], 0
    for each in transform.scalings:
        own = np.array(centre[start : start + each.width])
        weight = np.array(weights[start : start + each.width])
        if isinstance(each, Scaling):
            difference = f"({_drawn_in(each)} - {_signed(own[0])})"
            size = f"ABS{difference}" if power == 1 else f"{difference} * {difference}"
            parts.append(f"{float(weight[0])!r} * {size}")
        else:
            held = each.weight * np.eye(each.width)
            parts.append(_by_level(each, (weight * np.abs(held - own) ** power).sum(axis=1)))
        start += each.width
    return parts


def _unlikely(transform: Transform, chances: Sequence[float]) -> list[str]:
    """Return each category's part of minus the log-likelihood."""
    parts, start = [], 0
    for each in transform.scalings:
        assert isinstance(each, Indicators)  # latent classes are of categories only
        parts.append(_by_level(each, -np.log(np.array(chances[start : start + each.width]))))
        start += each.width
    return parts


def _by_level(variable: Indicators, values: np.ndarray) -> str:
    cases = " ".join(
        f"WHEN {_text(variable.levels[place])} THEN {float(value)!r}"
        for place, value in zip(variable.seen, values, strict=True)
    )
    return f"CASE {_word(variable)} {cases} END"


def _branch(tree: Tree, columns: Sequence[str], labels: Sequence[str], node: int) -> str:
    if tree.column[node] < 0:
        return _text(labels[tree.label[node]])
    left, right = (_branch(tree, columns, labels, side[node]) for side in (tree.left, tree.right))
    condition = f"{columns[tree.column[node]]} <= {tree.threshold[node]!r}"
    return left if left == right else f"CASE WHEN {condition} THEN {left} ELSE {right} END"


def _columns(transform: Transform) -> list[str]:
    """Return an expression for each column of the points."""
    found = []
    for each in transform.scalings:
        if isinstance(each, Scaling):
            found.append(_drawn_in(each))
        else:
            found += [
                f"CASE WHEN {_word(each)} = {_text(each.levels[place])} THEN {each.weight!r} ELSE 0.0 END"
                for place in each.seen
            ]
    return found


def _score_map(model: dict[str, Any]) -> str:
    scored = {}
    for name in NEEDS:
        falling = name == NEEDS[0]
        column = f"CAST({_name(name)} AS DOUBLE)"
        reached = [
            f"CASE WHEN {column} {'<=' if falling else '>='} {float(cut)!r} THEN 1 ELSE 0 END"
            for cut in model["cuts"][name]
            if cut is not None
        ]
        scored[name] = f"({' + '.join(['1', *reached])})"
    recency, frequency, monetary = (scored[name] for name in NEEDS)
    cases = []
    for name, (r_low, r_high), (fm_low, fm_high) in model["rules"]:
        label = TOO_FEW if name in model["too_few"] else name
        # The mean of both scores, halves rounded up, lies between the limits.
        total = f"{frequency} + {monetary} BETWEEN {2 * fm_low - 1} AND {2 * fm_high}"
        cases.append(f"WHEN {recency} BETWEEN {r_low} AND {r_high} AND {total} THEN {_text(label)}")
    return f"CASE {' '.join(cases)} END"


def _drawn_in(variable: Scaling) -> str:
    drawn = f"LEAST(GREATEST({_scaled(variable)}, {_signed(-LIMIT)}), {LIMIT!r})"
    return drawn if variable.weight == 1 else f"{variable.weight!r} * {drawn}"


def _scaled(variable: Scaling) -> str:
    raw = _number(variable)
    if variable.log:
        raw = f"SIGN({raw}) * LN(1 + ABS({raw}) / {variable.unit!r})"
    elif variable.unit != 1:
        raw = f"{raw} / {variable.unit!r}"
    return f"(({raw} - {_signed(variable.centre)}) / {variable.spread!r})"


def _number(variable: Scaling) -> str:
    if not variable.levels:
        return f"CAST({_name(variable.name)} AS DOUBLE)"
    cases = " ".join(f"WHEN {_text(word)} THEN {place}.0" for place, word in enumerate(variable.levels))
    return f"(CASE {_word(variable)} {cases} END)"


def _word(variable: Scaling | Indicators) -> str:
    column = _name(variable.name)
    if are_numbers(variable.levels):
        # A database may hold them as decimals.
        return rf"REGEXP_REPLACE(CAST({column} AS VARCHAR), '\.0$', '')"
    return f"CAST({column} AS VARCHAR)"


def _signed(value: float) -> str:
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
