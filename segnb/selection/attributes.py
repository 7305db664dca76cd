"""What the table of customers holds beside the basis's measures, and whether it could form segments."""

from __future__ import annotations

from segnb.columns import CUSTOMER
from segnb.plain.roles import Roles, roles
from segnb.tables.opened import Tables
from segnb.words import Voice

MOST = 20_000
"""Roles are told from at most so many customers, the first by id: enough for shares, little for memory."""


def attribute_roles(
    tables: Tables,
    *,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    min_cell: int = 10,
    voice: Voice | None = None,
) -> Roles | None:
    """Return the roles of the customers' declared attributes, or None where there are none."""
    if "customers" not in tables or len(tables.customers.columns) < 2:
        return None
    frame = tables.customers.order_by(CUSTOMER).limit(MOST).to_pandas().set_index(CUSTOMER)
    if frame.empty:
        return None
    return roles(
        frame,
        as_of=tables.as_of,
        near_constant=near_constant,
        max_missing=max_missing,
        min_cell=min_cell,
        voice=voice,
    )
