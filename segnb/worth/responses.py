"""What contacts brought that nobody drew by lot, and the share of it that must be extra for them to pay.

Of what came with the responses, only the share that would not have come without the contact is owed to
it: its *incrementality* ``q``, which such contacts cannot tell. With ``y`` the margin that came with the
responses for each contact, and ``c`` what a contact costs, a further contact is expected to gain
``q * y - c``, so it
pays where ``q`` is above the break-even share ``c / y``. ``y`` is a ratio of sums over customers, since
one may be reached several times; its error is that of the linearised ratio (Cochran, *Sampling
Techniques*, 1977, section 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from segnb.columns import COST, CUSTOMER, SEGMENT
from segnb.intervals import Interval, ratio_interval, stable, wilson
from segnb.suppression import conceal, limit
from segnb.tables.opened import Tables
from segnb.worth.cells import Cells, Codes, Values, numbered
from segnb.worth.observed import BreakEven, Gap, Reached, Responses
from segnb.worth.plan import CONTROL, Budget
from segnb.worth.pooling import pool
from segnb.worth.power import needed, smallest
from segnb.worth.results import ALL, Prospect
from segnb.worth.revenue import revenue_of


def reached(rows: pd.DataFrame, sizes: Mapping[str, int], min_cell: int, rise: float) -> tuple[Reached, ...]:
    """Return how the segments and all together responded; one customer counts once, however often reached."""
    rows = _acted(rows)
    once = rows.assign(yes=rows.get("responded", 0)).groupby([SEGMENT, CUSTOMER])["yes"].max()
    asked, yes = once.groupby(SEGMENT).size(), once.groupby(SEGMENT).sum()
    counts = {each: (int(asked.get(each, 0)), int(yes.get(each, 0))) for each in sizes}
    # Few who said no, and few whom nobody reached, could be worked out like few who said yes; how many were
    # reached and responded in all is told with the data.
    told_of = (
        {each: hits for each, (_, hits) in counts.items()},
        {each: n - hits for each, (n, hits) in counts.items()},
        {each: sizes[each] - n for each, (n, _) in counts.items()},
    )
    said, silent, missed = (
        each.groups | ({ALL} if each.total else set())
        for each in (conceal(part, min_cell=min_cell, keep_total=True) for part in told_of)
    )
    few = said | silent | missed
    counts[ALL] = (sum(n for n, _ in counts.values()), sum(hits for _, hits in counts.values()))
    found = []
    for segment, size in (*sizes.items(), (ALL, sum(sizes.values()))):
        n, hits = counts[segment]
        rate = low = high = None
        if "responded" in rows and n >= min_cell and segment not in few:
            rate, (low, high) = stable(hits / n), wilson(hits, n)
        # Where no rate is known, the one that asks for the most customers stands for it.
        base = (1 - rise) / 2 if rate is None else rate
        found.append(
            Reached(
                segment,
                size,
                n if (n >= min_cell or n == 0) and segment not in missed else None,
                rate,
                low,
                high,
                needed(base, rise) if base + rise <= 1 else None,
                smallest(base, size // 2),
                None if rate is not None or segment in missed else limit(hits, n, min_cell),
            )
        )
    return tuple(found)


def responses(
    tables: Tables,
    rows: pd.DataFrame,
    sizes: Mapping[str, int],
    *,
    budget: Budget | None,
    unnamed: str,
    margin: float,
    min_cell: int,
    seed: int,
) -> dict[str, Any]:
    """Return break-even shares by segment and action; under an assumed incrementality, what actions earn.

    Parameters
    ----------
    rows
        Contacts, as `contacts.read_contacts` returns them.
    sizes
        Customers of each segment, in the order of the result.
    unnamed
        What the action is called where neither an arm nor a cost names it.

    Returns
    -------
    dict
        ``responses``, and, where the budget assumes an incrementality, ``prospects`` and ``covariance``.
    """
    rows = _acted(rows)
    if rows.empty:
        return _without("contacts")
    if not {"responded", "revenue"} & set(rows):
        return _without("response")
    answered = rows["responded"] if "responded" in rows else rows["revenue"].gt(0).astype(float)
    rows = rows.assign(answered=answered)
    if not answered.any():
        return _without("nobody")
    named = _named(rows, budget, unnamed)
    if named is None:
        return _without("action")
    costs = _costs(named, budget)
    costed = named[named["arm"].isin(costs)]
    if not costs:
        return _without("cost")
    brought = revenue_of(tables, costed)
    if brought is None:
        return _without("value")
    actions = tuple(costs)
    earned = _by_customer(costed.assign(value=brought.money * costed["answered"]), tuple(sizes), actions)
    shown = _shown(earned, (len(sizes), len(actions)), min_cell)
    even = []
    for place, (segment, action) in enumerate((s, a) for s in sizes for a in actions):
        cell, cost = earned[earned["place"] == place], costs[action]
        if shown[place]:
            even.append(_even(cell, segment, action, cost, margin, seed))
        else:
            even.append(_untold(cell, segment, action, cost, min_cell))
    told = Responses(tuple(even), brought.source, None, brought.silent, len(named) - len(costed))
    assumed = None if budget is None else budget.incrementality
    if assumed is None or not shown.any():
        return {"responses": told}
    return {"responses": told, **_prospects(earned, tuple(sizes), costs, margin * assumed, shown, min_cell)}


def _without(gap: Gap) -> dict[str, Any]:
    return {"responses": Responses(gap=gap)}


def _acted(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts but for those of a control arm, which is no contact."""
    return rows[rows["arm"].ne(CONTROL).to_numpy()]


def _named(rows: pd.DataFrame, budget: Budget | None, unnamed: str) -> pd.DataFrame | None:
    """Return contacts with the name of their action; None where several costs leave it open."""
    if rows["arm"].notna().any():
        return rows[rows["arm"].notna()]
    costs = tuple(budget.costs) if budget else ()
    return None if len(costs) > 1 else rows.assign(arm=costs[0] if costs else unnamed)


def _costs(rows: pd.DataFrame, budget: Budget | None) -> dict[str, float]:
    """Return what each action costs for one contact, where that is known."""
    declared = budget.costs if budget else {}
    paid = rows.groupby("arm")[COST].mean().to_dict() if COST in rows else {}
    known = {str(arm): float(cost) for arm, cost in paid.items()} | dict(declared)
    return {action: known[action] for action in sorted(set(rows["arm"])) if action in known}


def _by_customer(rows: pd.DataFrame, segments: tuple[str, ...], actions: tuple[str, ...]) -> pd.DataFrame:
    """Return contacts, answers and their money for each customer and action, with the place of its cell."""
    columns = {"contacts": ("answered", "size"), "answered": ("answered", "sum"), "value": ("value", "sum")}
    found = rows.groupby([SEGMENT, "arm", CUSTOMER], sort=True).agg(**columns).reset_index()
    place = numbered(found[SEGMENT], segments) * len(actions) + numbered(found["arm"], actions)
    return found.assign(place=place)


def _shown(earned: pd.DataFrame, shape: tuple[int, int], min_cell: int) -> np.ndarray:
    """Say which cells of segments x actions may be told of without telling of few customers."""
    size = shape[0] * shape[1]
    asked = np.bincount(earned["place"], minlength=size)
    hidden: set[str] = set()
    for part in (earned["answered"] > 0, earned["value"] != 0):
        hits = np.bincount(earned["place"], part, minlength=size).astype(int)
        for row in np.arange(size).reshape(shape):
            # The segment's answers to all actions are told, too.
            counts = {str(place): int(hits[place]) for place in row}
            hidden |= conceal(counts, min_cell=min_cell, keep_total=True).groups
    return (asked >= min_cell) & ~np.isin(np.arange(size).astype(str), sorted(hidden))


def _even(
    earned: pd.DataFrame, segment: str, action: str, cost: float, margin: float, seed: int
) -> BreakEven:
    """Return the break-even share of one cell that may be told of."""
    contacts = int(earned["contacts"].sum())
    hits, value = float(earned["answered"].sum()), float(earned["value"].sum())
    rate = stable(hits / contacts)
    found = BreakEven(segment, action, contacts, rate, None, cost, None, None, None, None)
    if margin * value <= 0:
        return found
    span = ratio_interval(
        margin * earned["value"].to_numpy(dtype=float),
        earned["contacts"].to_numpy(dtype=float),
        seed,
        "break-even",
        segment,
        action,
    )
    low, high = _ends(cost, span)
    share = stable(cost * contacts / (margin * value))
    test = needed(rate * (1 - share), rate * share) if 0 < share < 1 and rate <= 1 else None
    return replace(found, value=stable(value / hits), share=share, low=low, high=high, needed=test)


def _untold(earned: pd.DataFrame, segment: str, action: str, cost: float, min_cell: int) -> BreakEven:
    """Return a cell of which only the number of contacts may be told, if that."""
    told = not len(earned) or len(earned) >= min_cell
    contacts = int(earned["contacts"].sum()) if told else None
    return BreakEven(segment, action, contacts, None, None, cost, None, None, None, None)


def _ends(cost: float, span: Interval | None) -> tuple[float | None, float | None]:
    """Return the interval of ``cost / y`` from that of ``y``."""
    if span is None or span.high <= 0:
        return None, None
    return stable(cost / span.high), stable(cost / span.low) if span.low > 0 else None


def _prospects(
    earned: pd.DataFrame,
    segments: tuple[str, ...],
    costs: Mapping[str, float],
    kept: float,
    shown: np.ndarray,
    min_cell: int,
) -> dict[str, Any]:
    """Return what each action earns if ``kept`` of the revenue of responses is extra profit."""
    shape = (1, len(segments), len(costs))
    place: Codes = earned["place"].to_numpy(dtype=np.intp)
    cells = Cells.of(_linearised(earned), place, shape).moderated
    known = cells.n.ravel() >= min_cell
    estimates = np.where(known, cells.mean.ravel(), np.nan).reshape(shape[1:])
    pooled = pool(estimates, np.diag(cells.variances()))
    at = np.flatnonzero(known & shown)
    pairs = [(segment, action) for segment in segments for action in costs]
    return {
        "prospects": tuple(
            Prospect(
                *pairs[each],
                stable(costs[pairs[each][1]]),
                stable(float(kept * pooled.mean.ravel()[each]) - costs[pairs[each][1]]),
                stable(float(abs(kept) * pooled.error.ravel()[each])),
            )
            for each in at
        ),
        "covariance": tuple(
            tuple(stable(float(kept**2 * x)) for x in row) for row in pooled.covariance[np.ix_(at, at)]
        ),
    }


def _linearised(earned: pd.DataFrame) -> Values:
    """Return a value for each customer: a cell's mean of them is money for each contact, with its error."""
    cell = earned.groupby("place")
    contacts = cell["contacts"].transform("mean")
    ratio = cell["value"].transform("sum") / cell["contacts"].transform("sum")
    values: Values = (ratio + (earned["value"] - ratio * earned["contacts"]) / contacts).to_numpy(dtype=float)
    return values
