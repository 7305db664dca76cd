"""From the campaigns table to one row for each customer and campaign, and why others are left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segnb.columns import AMOUNT, COST, CUSTOMER, DAY, SEGMENT
from segnb.errors import Fault, InputError, refuse
from segnb.segmentation import Segmentation, Window
from segnb.tables.opened import Tables
from segnb.worth.plan import CONTROL, Budget

Kind = Literal["experiment", "no outcome", "no control", "no arms", "no campaigns"]


@dataclass(frozen=True)
class Contacts:
    """Who was drawn to which arm of which campaign, and what came of it.

    ``rows`` has one row for each customer and campaign, sorted: ``customer_id, campaign, segment, arm,
    contact_day``, and as far as they are declared ``responded`` (0 or 1), ``response_day`` (the first
    one), ``revenue``, ``cost`` and ``before``, what the customer had spent until the contact. ``left_out``
    counts rows that take no part, ``mended`` those that do after a correction, both by reason.
    """

    rows: pd.DataFrame
    kind: Kind
    left_out: dict[str, int] = field(default_factory=dict)
    mended: dict[str, int] = field(default_factory=dict)
    formed_later: bool = False

    @property
    def campaigns(self) -> tuple[str, ...]:
        """The campaigns by their first contact."""
        first = self.rows.groupby("campaign")["contact_day"].min().sort_index().sort_values(kind="stable")
        return tuple(str(each) for each in first.index)

    @property
    def actions(self) -> tuple[str, ...]:
        """The arms that are no control, by name."""
        return tuple(sorted(set(self.rows["arm"].dropna()) - {CONTROL}))


def read_contacts(
    tables: Tables, segmentation: Segmentation, form: Window | None, *, earlier: bool = False
) -> Contacts:
    """Return the contacts from which effects can be told; without a control arm, all later ones.

    Arms are drawn at the contact, so segments must not have been formed on days after it. Campaigns
    from before the last forming day are left out, and counted; where there are no others, or with
    ``earlier``, they stay, and ``formed_later`` is True.

    Raises
    ------
    InputError
        A contact costs less than nothing.
    """
    if "campaigns" not in tables:
        return Contacts(_NOBODY, "no campaigns")
    rows, left_out = _only(_one_each(tables), {})
    corrected = {name: int(rows.pop(name).sum()) for name in _MENDED if name in rows}
    mended = {name: count for name, count in corrected.items() if count}
    rows[SEGMENT] = segmentation.labels.reindex(rows[CUSTOMER]).to_numpy()
    rows, left_out = _keep(rows, rows[SEGMENT].isin(segmentation.segments), "no_segment", left_out)
    later = np.ones(len(rows), bool) if form is None else (rows["contact_day"] > form.end).to_numpy()
    chosen = rows if earlier or not _tested(rows[later]).any() else rows[later]
    if not (_tested(chosen).any() and {"responded", "revenue"} & set(rows)):
        # Without a test there is nothing to be left out for: the later contacts are described.
        described = (rows[later] if later.any() else rows).reset_index(drop=True)
        kind: Kind = "no control" if rows["arm"].notna().any() else "no arms"
        return Contacts(described, "no outcome" if _tested(chosen).any() else kind, left_out, mended)
    if len(chosen) < len(rows):
        left_out = left_out | {"formed_later": len(rows) - len(chosen)}
    rows, left_out = _keep(chosen, chosen["arm"].notna(), "no_arm", left_out)
    rows, left_out = _keep(rows, _tested(rows), "no_control", left_out)
    rows = rows.reset_index(drop=True)
    formed_later = form is not None and bool((rows["contact_day"] <= form.end).any())
    return Contacts(_with_spend(tables, rows), "experiment", left_out, mended, formed_later)


def margin_of(tables: Tables, budget: Budget | None) -> float | None:
    """Return the share of the revenue that is left when the goods are paid; None where nothing tells."""
    if budget is not None and budget.margin is not None:
        return budget.margin
    if "orders" not in tables or COST not in tables.orders.columns:
        return None
    orders = tables.orders
    sums = orders.aggregate(
        cost=orders[COST].sum().cast("float64"), paid=orders[AMOUNT].sum().cast("float64")
    )
    cost, paid = sums.to_pyarrow().to_pylist()[0].values()
    return None if cost is None or not paid else 1 - cost / paid


_NOBODY = pd.DataFrame(
    {name: pd.Series(dtype=str) for name in (CUSTOMER, "campaign", SEGMENT, "arm", "contact_day")}
)
_MENDED = ("before_contact", "no_response", "repeated")


def _one_each(tables: Tables) -> pd.DataFrame:
    """Return one row for each customer and campaign; its ``arms`` counts the arms that it stood in."""
    contacts = tables.campaigns
    if COST in contacts.columns:
        below = int(contacts.filter(contacts[COST] < 0).count().to_pyarrow().as_py())
        fault = Fault("contacts cost less than nothing", "campaigns.cost", below, "Write costs as positive")
        refuse(InputError, [fault] if below else [])
    grouped = contacts.mutate(campaign=_text(contacts, "campaign").fill_null(""), arm=_arm(contacts))
    found = grouped.group_by([CUSTOMER, "campaign"]).aggregate(**_sums(grouped))
    frame: pd.DataFrame = found.order_by([CUSTOMER, "campaign"]).to_pandas()
    frame["arm"] = frame["arm"].astype(object).where(frame["arm"].notna(), None)
    for name in {"contact_day", "response_day"} & set(frame):
        frame[name] = pd.to_datetime(frame[name]).dt.date
    return frame


def _sums(contacts: ir.Table) -> dict[str, ir.Value]:
    sums: dict[str, ir.Value] = {
        "arms": contacts["arm"].nunique(),
        "arm": contacts["arm"].max(),
        "contact_day": contacts["contact_day"].min(),
        "repeated": contacts.count() - 1,
    }
    before: Any = ibis.literal(False)
    if "response_day" in contacts.columns:
        before = (contacts["response_day"] < contacts["contact_day"]).fill_null(False)
        sums["before_contact"] = before.sum()
        sums["response_day"] = contacts["response_day"].min(where=~before)
    if "response" in contacts.columns:
        sums["responded"] = (contacts["response"].fill_null(False) & ~before).any().cast("float64")
        sums["no_response"] = contacts.count() - contacts["response"].count()
    if "revenue" in contacts.columns:
        # What came in before the contact was not brought in by it.
        sums["revenue"] = contacts["revenue"].sum(where=~before).cast("float64").fill_null(0.0)
    if COST in contacts.columns:
        sums[COST] = contacts[COST].sum().cast("float64").fill_null(0.0)
    return sums


def _text(contacts: ir.Table, column: str) -> Any:
    if column not in contacts.columns:
        return ibis.literal(None, type="string")
    return contacts[column].cast("string").strip().nullif("")


def _arm(contacts: ir.Table) -> Any:
    arm = _text(contacts, "arm")
    return (arm.lower() == CONTROL).ifelse(CONTROL, arm)


def _only(rows: pd.DataFrame, left_out: dict[str, int]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Leave out who stands in two arms of one campaign: nobody knows which of them worked."""
    rows, left_out = _keep(rows, rows["arms"] < 2, "two_arms", left_out)
    return rows.drop(columns="arms"), left_out


def _keep(
    rows: pd.DataFrame, kept: Any, reason: str, left_out: dict[str, int]
) -> tuple[pd.DataFrame, dict[str, int]]:
    kept = np.asarray(kept, dtype=bool)
    lost = int((~kept).sum())
    return rows[kept].copy(), left_out | ({reason: lost} if lost else {})


def _tested(rows: pd.DataFrame) -> pd.Series:
    """Say which rows are of a campaign with a control arm and another one."""
    control = rows["arm"].eq(CONTROL).groupby(rows["campaign"]).transform("any")
    action = (rows["arm"].notna() & rows["arm"].ne(CONTROL)).groupby(rows["campaign"]).transform("any")
    return control.astype(bool) & action.astype(bool)


def _with_spend(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    """Add what each customer had spent before the day of the contact."""
    if "orders" not in tables:
        return rows
    reached = pa.Table.from_pandas(rows[[CUSTOMER, "contact_day"]].drop_duplicates(), preserve_index=False)
    orders = tables.orders.inner_join(ibis.memtable(reached), CUSTOMER)
    spent = (
        orders.filter(orders[DAY] < orders["contact_day"])
        .group_by([CUSTOMER, "contact_day"])
        .aggregate(before=orders[AMOUNT].sum().cast("float64"))
        .to_pandas()
    )
    spent["contact_day"] = pd.to_datetime(spent["contact_day"]).dt.date
    return rows.merge(spent, how="left", on=[CUSTOMER, "contact_day"]).fillna({"before": 0.0})
