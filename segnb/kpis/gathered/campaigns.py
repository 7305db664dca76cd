"""Campaigns: who was reached, who responded, by arm, and what contacts cost and brought."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from segnb.columns import CUSTOMER
from segnb.kpis.gathered.levels import by_level, leveled
from segnb.kpis.gathered.spans import per_customer
from segnb.segmentation import Windows
from segnb.tables.opened import Tables
from segnb.tables.orders import within


def campaign_columns(tables: Tables, windows: Windows) -> pd.DataFrame:
    """Return how each customer was reached within the window, and answered these contacts.

    Columns: ``reached`` and, where responses are declared, ``responded``, both without the control
    arm, which was drawn in order not to be reached; by arm ``arm_contacts`` and ``arm_responses``,
    the control arm included; where costs and revenues are declared ``campaign_cost`` and
    ``campaign_revenue``, over contacts outside of the control arm whose cost is known.
    """
    contacts = within(tables.campaigns, windows.measure, "contact_day")
    offers = outside_control(contacts)
    found: dict[str, ir.Value] = {"reached": (offers.count() > 0).cast("float64")}
    if "response" in contacts.columns:
        found["responded"] = offers["response"].fill_null(False).any().cast("float64")
    if {"cost", "revenue"} <= set(contacts.columns):
        known = offers["cost"].notnull()
        found["campaign_cost"] = offers["cost"].sum(where=known).cast("float64")
        found["campaign_revenue"] = offers["revenue"].sum(where=known).cast("float64")
    parts = [per_customer(offers.group_by(CUSTOMER).aggregate(**found))]
    if {"arm", "response"} <= set(contacts.columns):
        told, arms = leveled(contacts, "arm")
        answered = told["response"].fill_null(False)
        sums = {"arm_contacts": told.count(), "arm_responses": told.count(where=answered)}
        parts.append(by_level(told, arms, sums))
    return pd.concat(parts, axis=1)


def outside_control(contacts: ir.Table) -> ir.Table:
    """Return the contacts outside of the control arm; all of them where no arm is declared."""
    if "arm" not in contacts.columns:
        return contacts
    return contacts.filter(ibis._.arm.fill_null("").strip().lower() != "control")
