"""What personas read from the tables: spend by category, and what is recorded of the customers."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import AMOUNT, CATEGORY, CUSTOMER, SEGMENT
from segnb.profiling.cautions import MANY_VALUES
from segnb.segmentation import Segmentation, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import within

MOST_CATEGORIES = 1_000
"""No more categories are compared, those with the most spend: what counts takes a hundredth of it all."""


def category_spend(tables: Tables, window: Window | None, segmentation: Segmentation) -> pd.DataFrame | None:
    """Return sums by segment and category, of which every share, index and interval is made.

    All sums and sums of squares are of DECIMAL: exact, so that neither threads nor the order of rows
    can be seen in the result. Rounding floats afterwards would not do, for the interval's residuals
    are small differences of large sums.

    Returns
    -------
    DataFrame or None
        ``segment, category, buyers, part, part_squared, product, whole, whole_squared, n``, where
        ``part`` is what a customer spent on the category and ``whole`` what on all categories; a segment
        that bought of none of the largest categories has one row without a category. None where the
        transactions have no category.
    """
    if "transactions" not in tables or CATEGORY not in tables.transactions.columns:
        return None
    lines = within(tables.transactions, window).drop_null([CATEGORY])
    spent = lines.group_by(CUSTOMER, CATEGORY).aggregate(part=lines[AMOUNT].sum())
    labels = segmentation.labels[segmentation.labels.isin(segmentation.segments)]
    members = ibis.memtable(
        pd.DataFrame({CUSTOMER: labels.index.astype(str), SEGMENT: labels.to_numpy(dtype=str)})
    )
    spent = spent.join(members, CUSTOMER)
    whole = spent.group_by(CUSTOMER).aggregate(whole=_money(spent["part"].sum()))
    spent = spent.mutate(part=_money(spent["part"])).join(whole, CUSTOMER)
    by_category = spent.group_by(SEGMENT, CATEGORY).aggregate(
        buyers=(spent["part"] > 0).cast("int64").sum(),
        part=spent["part"].sum(),
        part_squared=(spent["part"] * spent["part"]).sum(),
        product=(spent["part"] * spent["whole"]).sum(),
    )
    whole = whole.join(members, CUSTOMER)
    totals = whole.group_by(SEGMENT).aggregate(
        n=whole.count(), whole=whole["whole"].sum(), whole_squared=(whole["whole"] * whole["whole"]).sum()
    )
    sums = ("part", "part_squared", "product", "whole", "whole_squared")
    # Tastes leave small categories out; where there are a million, that is to happen before they come here.
    sizes = by_category.group_by(CATEGORY).aggregate(part=by_category["part"].sum())
    most = sizes.order_by([ibis.desc("part"), CATEGORY]).limit(MOST_CATEGORIES)[CATEGORY]
    by_category = by_category.filter(by_category[CATEGORY].isin(most))
    found = totals.left_join(by_category, SEGMENT).drop(f"{SEGMENT}_right").order_by(SEGMENT, CATEGORY)
    frame: pd.DataFrame = found.mutate(**{name: found[name].cast("float64") for name in sums}).to_pandas()
    return frame


def _money(amount: ir.Value) -> ir.DecimalValue:
    """Return an amount as narrow a DECIMAL as lets DuckDB square it exactly."""
    return amount.cast("decimal(18, 4)")


def declared_attributes(tables: Tables) -> pd.DataFrame | None:
    """Return the declared attributes of the customers that take a few values, by customer; None without any.

    Only what is declared under ``attributes`` is ever read: personal columns lie elsewhere.
    """
    if "customers" not in tables:
        return None
    customers = tables.customers
    schema = customers.schema()
    texts = [name for name in customers.columns if name != CUSTOMER and _describes(schema[name])]
    if not texts:
        return None
    counted = customers.aggregate(**{name: customers[name].nunique() for name in texts})
    values = counted.to_pyarrow().to_pylist()[0]
    chosen = [name for name in texts if values[name] <= MANY_VALUES]
    if not chosen:
        return None
    found: pd.DataFrame = customers.select(CUSTOMER, *chosen).order_by(CUSTOMER).to_pandas()
    return found.set_index(CUSTOMER)


def _describes(kind: ibis.expr.datatypes.DataType) -> bool:
    return bool(kind.is_string())
