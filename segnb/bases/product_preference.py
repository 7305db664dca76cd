"""Product preference: tastes, learned from what is bought together, and each customer's mixture of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segnb.bases.definition import Context, Measures, basis
from segnb.bases.taste_evidence import Learned, evidence, named
from segnb.bases.taste_trial import Trial
from segnb.clustering.taste_number import chosen_number, try_numbers
from segnb.clustering.tastes import Tastes, learn_tastes, read_tastes
from segnb.columns import CATEGORY, CUSTOMER, ORDER, PRODUCT, TIME
from segnb.errors import InputError, ParameterError, nearest
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import orders_in, within

HELD_OUT = 0.2
"""Share of each customer's orders, the last ones, on which the tastes are judged."""
FIRST = 3
"""Things, and orders, from which a new customer's taste is read, to see how far that carries."""
MOST_ITEMS = 400
"""Items that tastes are learned from, at most: those with the most buyers."""
TASTE = "taste"


@basis(
    "product_preference",
    needs=("transactions.category | transactions.product_id",),
    method="levels",
    preference=13,
    label="Taste in products",
    about="Customers are grouped by what they buy. Things that the same people buy form a taste, and each "
    "customer is a mixture of tastes. Whoever is mostly of one taste belongs to it; all others are mixed. "
    "How much someone buys does not matter, only what.",
    traps=(
        "What was not on offer, or not in the tables, can be no taste.",
        "A taste is what was bought, often for others: it says nothing of who eats, wears or reads it.",
        "Few purchases tell little: whoever has bought little is drawn towards the average, often to Mixed.",
    ),
)
def product_preference(
    tables: Tables,
    window: Window | None,
    context: Context,
    *,
    item: str | None = None,
    n_tastes: int | None = None,
    most_tastes: int = 6,
    clear: float = 0.5,
    seed: int = 0,
) -> Measures:
    """Taste groups: what customers buy together, and each one's mixture of tastes.

    ``item`` is the column whose values are bought: ``category`` (the default where there is one),
    ``product_id``, or another column of the products. ``n_tastes`` None takes the fewest that predict
    purchases held out nearly as well as any number up to ``most_tastes``, and that come back in both halves
    of the customers. A customer belongs to a taste that makes up the share ``clear`` of the mixture, or more.
    Items that fewer than ``min_cell`` customers bought take no part.
    """
    _check(n_tastes, most_tastes, clear)
    bought = _bought(_purchases(tables, window, item), context.min_cell, context.model)
    if context.model is None:
        learned, trial = _learn(bought, n_tastes, most_tastes, clear, seed, context)
        shown = evidence(learned, trial, window, context) if learned and trial else ()
    else:
        learned, shown = _learned(context.model, bought), ()
    if learned is None:
        return _unknown(bought, context)
    names = tuple(learned.names)
    said, inside = context.voice.say, context.voice.inside
    shares = [
        Feature(f"{TASTE}_{place}", said("bases.tastes.share", name=inside(name)), "share", high=name)
        for place, name in enumerate(names, start=1)
    ]
    table = pd.DataFrame(
        learned.shares, columns=[each.name for each in shares], index=pd.Index(bought.ids, name=CUSTOMER)
    )
    levels = (*names, context.voice.say("bases.tastes.mixed"))
    table.insert(0, TASTE, [levels[place] for place in learned.dominant])
    return Measures(
        table,
        (Feature(TASTE, "Taste", "share", "nominal", levels=levels), *shares),
        evidence=shown,
        left_out=bought.left_out(context),
        model={"tastes": learned.tastes.model(), "names": list(names), "clear": clear},
    )


@dataclass(frozen=True)
class _Bought:
    """Purchases by customer and item: all, the last orders', the first ones, the first orders'."""

    ids: list[str]
    items: tuple[str, ...]
    every: np.ndarray
    late: np.ndarray
    first: np.ndarray
    begun: np.ndarray
    nothing: int
    """Customers who bought none of the items."""

    def left_out(self, context: Context) -> dict[str, int]:
        return {context.voice.say("bases.tastes.nothing"): self.nothing} if self.nothing else {}


def _check(n_tastes: int | None, most_tastes: int, clear: float) -> None:
    if (n_tastes or 2) < 2 or not 2 <= most_tastes <= 11:
        raise ParameterError("n_tastes and most_tastes are numbers of tastes: from 2, and 11 at most")
    if not 0 < clear <= 1:
        raise ParameterError(f"clear is a share of a customer's mixture, above 0 and up to 1, not {clear}")


def _purchases(tables: Tables, window: Window | None, item: str | None) -> ir.Table:
    """Return one row for each customer and item: orders with it, of which late, and among the first."""
    lines = within(tables.transactions, window)
    column = item or (CATEGORY if CATEGORY in lines.columns else PRODUCT)
    if column not in lines.columns:
        known = [each for each in (CATEGORY, PRODUCT) if each in lines.columns]
        known += list(tables.products.columns) if "products" in tables else []
        if column not in known or PRODUCT not in lines.columns:
            raise ParameterError(f"There is no item {column!r} to buy. {nearest(column, sorted(set(known)))}")
        lines = lines.join(tables.products.select(PRODUCT, column), PRODUCT)
    lines = lines.filter(lines[column].notnull() & (lines["amount"] > 0))
    orders = orders_in(tables, window)
    own = ibis.window(group_by=orders[CUSTOMER], order_by=[orders[TIME], orders[ORDER]])
    number = orders.count().over(ibis.window(group_by=orders[CUSTOMER]))
    place = ibis.row_number().over(own)
    placed = orders.select(
        CUSTOMER, ORDER, place=place, late=(place >= number - (number * HELD_OUT).ceil()) & (number > 1)
    )
    unique = lines.group_by(CUSTOMER, ORDER, item=lines[column].cast("string")).aggregate(n=lines.count())
    unique = unique.join(placed, [CUSTOMER, ORDER])
    by_order = ibis.window(group_by=unique[CUSTOMER], order_by=[unique["place"], unique["item"]])
    unique = unique.mutate(first=ibis.row_number().over(by_order) < FIRST, begun=unique["place"] < FIRST)
    return unique.group_by(CUSTOMER, "item").aggregate(
        every=unique.count(),
        late=unique["late"].cast("int64").sum(),
        first=unique["first"].cast("int64").sum(),
        begun=unique["begun"].cast("int64").sum(),
    )


def _bought(purchases: ir.Table, min_cell: int, model: Any) -> _Bought:
    frame = purchases.to_pyarrow().to_pandas()
    frame[CUSTOMER] = frame[CUSTOMER].astype("str")
    if model is None:
        buyers = frame["item"].value_counts()
        enough = buyers[buyers >= min_cell].rename_axis("item").reset_index(name="n")
        enough = enough.sort_values(["n", "item"], ascending=[False, True])
        items = tuple(sorted(enough["item"].head(MOST_ITEMS)))
    else:
        items = read_tastes(model["tastes"]).items if model else ()
    known = frame[frame["item"].isin(items)]
    ids = sorted(set(known[CUSTOMER] if items else frame[CUSTOMER]))
    rows, columns = pd.Index(ids).get_indexer(known[CUSTOMER]), pd.Index(items).get_indexer(known["item"])
    found = []
    for name in ("every", "late", "first", "begun"):
        counts = np.zeros((len(ids), len(items)))
        counts[rows, columns] = known[name].to_numpy(np.float64)
        found.append(counts)
    every, late, first, begun = found
    return _Bought(ids, items, every, late, first, begun, nothing=frame[CUSTOMER].nunique() - len(ids))


def _learn(
    bought: _Bought, n_tastes: int | None, most: int, clear: float, seed: int, context: Context
) -> tuple[Learned, Trial] | tuple[None, None]:
    """Learn the tastes; None where too few items or customers are there to tell any apart."""
    early = bought.every - bought.late
    seen = early.sum(axis=1) > 0
    most = min(most, len(bought.items) - 1, int(seen.sum()) // (2 * context.min_cell))
    if n_tastes is not None and most < 2 <= n_tastes:
        raise InputError(
            f"{n_tastes} tastes are asked for, and {len(bought.items)} items have {context.min_cell} buyers "
            f"or more among {len(bought.ids):,} customers: too few. Widen the window or name a coarser item"
        )
    if most < 2:
        return None, None
    tried = try_numbers(early[seen], bought.late[seen], most, seed=seed, clear=clear)
    number = n_tastes or chosen_number(tried)
    tastes = learn_tastes(bought.every, bought.items, number, seed=seed)
    past = learn_tastes(early[seen], bought.items, number, seed=seed)
    shares = tastes.shares(bought.every)
    names = named(tastes, bought.every, shares, clear, context)
    trial = Trial(
        bought.every, bought.first, bought.begun, early[seen], bought.late[seen], past, tried, clear, seed
    )
    return Learned(tastes, names, shares, clear), trial


def _learned(model: Any, bought: _Bought) -> Learned | None:
    if not model:
        return None
    tastes: Tastes = read_tastes(model["tastes"])
    names = tuple(cast("list[str]", model["names"]))
    return Learned(tastes, names, tastes.shares(bought.every), float(model["clear"]))


def _unknown(bought: _Bought, context: Context) -> Measures:
    """Return everyone as mixed: too little is bought to tell tastes apart."""
    mixed = context.voice.say("bases.tastes.mixed")
    table = pd.DataFrame({TASTE: mixed}, index=pd.Index(bought.ids, name=CUSTOMER, dtype="str"))
    feature = Feature(TASTE, "Taste", "share", "nominal", levels=(mixed,))
    return Measures(table, (feature,), left_out=bought.left_out(context))
