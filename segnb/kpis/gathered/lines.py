"""Lines of orders: what they cost, what came back, at which price, in which category and channel.

What a line does not say, as its cost, leaves it out of that column and of what it is compared with.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import AMOUNT, CATEGORY, CHANNEL, COST, CUSTOMER, PRODUCT, QUANTITY
from segnb.kpis.gathered.levels import by_level, leveled
from segnb.kpis.gathered.spans import per_customer
from segnb.segmentation import Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import within

_EXACT = "decimal(38, 6)"
"""Type of what is multiplied before it is summed: sums of floats would depend on the threads."""


def line_columns(tables: Tables, windows: Windows) -> pd.DataFrame:
    """Return what each customer's lines of orders add up to.

    Columns: with returns ``returned`` and ``bought`` (their money and that of all other lines); with
    costs ``margin`` and ``costed_amount``, over lines whose cost is known; with products ``items``; with
    products and quantities ``paid`` and ``usual_price`` (what was paid, and what all customers
    paid for as many of the same products); by level ``channel_amount`` and ``category_amount``.
    """
    lines = within(tables.transactions, windows.measure)
    sums = {**_returned(lines), **_margin(lines), **_items(lines)}
    count = lines.count().cast("float64")
    parts = [per_customer(lines.group_by(CUSTOMER).aggregate(lines=count, **sums)).drop(columns="lines")]
    if priced(lines) is not None:
        parts.append(_prices(lines))
    for column in (CHANNEL, CATEGORY):
        if column in lines.columns:
            told, levels = leveled(lines, column, AMOUNT)
            parts.append(by_level(told, levels, {f"{column}_amount": told[AMOUNT].sum()}))
    return pd.concat(parts, axis=1)


def costed(lines: ir.Table) -> ir.BooleanValue | None:
    """Return which lines have a cost; None where none is declared."""
    return lines[COST].notnull() if COST in lines.columns else None


def priced(lines: ir.Table) -> ir.BooleanValue | None:
    """Return which lines have a price for one of a product; None where products or quantities lack."""
    if not {PRODUCT, QUANTITY} <= set(lines.columns):
        return None
    known: ir.BooleanValue = (
        lines[PRODUCT].notnull() & (lines[QUANTITY].fill_null(0) > 0) & (lines[AMOUNT] >= 0)
    )
    return known


def _returned(lines: ir.Table) -> dict[str, ir.Value]:
    back = lines[AMOUNT] < 0
    if not lines.aggregate(any=back.any()).to_pyarrow().to_pylist()[0]["any"]:
        return {}
    return {
        "returned": (-lines[AMOUNT].sum(where=back)).cast("float64"),
        "bought": lines[AMOUNT].sum(where=~back).cast("float64"),
    }


def _margin(lines: ir.Table) -> dict[str, ir.Value]:
    known = costed(lines)
    if known is None:
        return {}
    return {
        "margin": (lines[AMOUNT] - lines[COST]).sum(where=known).cast("float64"),
        "costed_amount": lines[AMOUNT].sum(where=known).cast("float64"),
    }


def _items(lines: ir.Table) -> dict[str, ir.Value]:
    # Quantities of different goods, as pieces and litres, do not add up; without products a line is no item.
    if PRODUCT not in lines.columns:
        return {}
    return {"items": lines.count(where=lines[AMOUNT] >= 0).cast("float64")}


def _prices(lines: ir.Table) -> pd.DataFrame:
    """Return what was paid beside what the same goods cost at the mean price that all customers paid."""
    bought = lines.filter(priced(lines)).select(
        CUSTOMER, PRODUCT, paid=lines[AMOUNT], number=lines[QUANTITY].cast(_EXACT)
    )
    product = bought.group_by(PRODUCT).aggregate(
        price=bought["paid"].sum().cast("float64") / bought["number"].sum().cast("float64")
    )
    compared = bought.join(product, PRODUCT)
    usual = (compared["number"].cast("float64") * compared["price"]).cast(_EXACT)
    return per_customer(
        compared.mutate(usual=usual)
        .group_by(CUSTOMER)
        .aggregate(
            paid=ibis._.paid.sum().cast("float64"),
            usual_price=ibis._.usual.sum().cast("float64"),
        )
    )
