"""How many rows of the measured window some KPI cannot use, as lines without a cost."""

from __future__ import annotations

import ibis.expr.types as ir

from segnb.columns import AMOUNT, CUSTOMER
from segnb.kpis.gathered.campaigns import outside_control
from segnb.kpis.gathered.feedback import answers_in, weighed
from segnb.kpis.gathered.lines import costed, priced
from segnb.kpis.measured import NAMELESS, Unused
from segnb.segmentation import Windows
from segnb.tables.intake import TableIntake
from segnb.tables.opened import Tables
from segnb.tables.orders import within


def unused_rows(tables: Tables, windows: Windows) -> tuple[Unused, ...]:
    """Return the rows of the window that count in some KPIs only, by reason; those of all customers."""
    counts: dict[str, ir.Table] = {}
    nameless = Unused(NAMELESS, sum(_nameless(each) for each in tables.intake.tables.values()))
    if "orders" in tables:
        orders = within(tables.orders, windows.measure)
        counts["return"] = orders.filter(orders[AMOUNT] < 0)
        lines = within(tables.transactions, windows.measure)
        for reason, known in (("cost", costed(lines)), ("price", priced(lines))):
            if known is not None:
                counts[reason] = lines.filter(~known)
    if "campaigns" in tables and {"cost", "revenue"} <= set(tables.campaigns.columns):
        contacts = outside_control(within(tables.campaigns, windows.measure, "contact_day"))
        counts["campaign_cost"] = contacts.filter(contacts["cost"].isnull())
    if "feedback" in tables:
        counts["weight"] = answers_in(tables, windows).filter(lambda answers: ~weighed(answers))
    found = ((reason, int(rows.count().to_pyarrow().as_py())) for reason, rows in counts.items())
    return tuple(each for each in (nameless, *(Unused(*each) for each in found)) if each.rows)


def _nameless(table: TableIntake) -> int:
    """Return how many rows of a table were left out because they name no customer."""
    lost = (each for each in table.rejected if each.reason == "missing")
    return sum(each.rows for each in lost if table.columns.get(each.column) == CUSTOMER)
