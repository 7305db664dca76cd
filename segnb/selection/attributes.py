"""What the table of customers holds beside the basis's measures, and whether it could form segments."""

from __future__ import annotations

from collections.abc import Sequence

from segnb.columns import CUSTOMER
from segnb.errors import Fault, ParameterError, nearest, refuse
from segnb.plain.roles import Roles, roles
from segnb.segmentation import FeatureTable
from segnb.tables.opened import Tables
from segnb.words import Voice

MOST = 20_000
"""Roles are told from at most so many customers, the first by id: enough for shares, little for memory."""


def attribute_roles(
    tables: Tables,
    *,
    outcomes: FeatureTable | None = None,
    near_constant: float = 0.95,
    max_missing: float = 0.3,
    keep: Sequence[str] = (),
    min_cell: int = 10,
    voice: Voice | None = None,
) -> Roles:
    """Return the roles of the customers' declared attributes; no columns where there are none.

    Parameters
    ----------
    outcomes
        What the customers did in the later window (`outcomes`). An attribute that nearly equals one
        is a leak: it was recorded later than the segments were formed.
    keep
        Attributes that stay whatever is found.

    Raises
    ------
    ParameterError
        A name under ``keep`` is no attribute, or holds nothing that could tell customers apart.
    """
    names = [name for name in tables.customers.columns if name != CUSTOMER] if "customers" in tables else []
    faults = [
        Fault(f"there is no attribute {name!r}", "keep_attributes", remedy=nearest(name, names))
        for name in keep
        if name not in names
    ]
    refuse(ParameterError, faults)
    if not names:
        return Roles((), 0, voice=voice or Voice())
    frame = tables.customers.order_by(CUSTOMER).limit(MOST).to_pandas().set_index(CUSTOMER)
    if frame.empty:
        return Roles((), 0, voice=voice or Voice())
    return roles(
        frame,
        as_of=tables.as_of,
        outcomes=() if outcomes is None else outcomes,
        keep=keep,
        near_constant=near_constant,
        max_missing=max_missing,
        min_cell=min_cell,
        voice=voice,
    )
