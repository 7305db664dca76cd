"""The ``data:`` block of a params file: the tables, the time zone, and what to do with bad rows."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from segnb.tables.roles import (
    TABLES,
    Campaigns,
    Customers,
    Declaration,
    Feedback,
    Interactions,
    Names,
    Products,
    Table,
    Transactions,
    Zone,
)


class Data(Declaration):
    """The company's tables and how they are read; customers or transactions is a must."""

    timezone: Zone | None = Field(
        None, description="Time zone in which the business counts its days, as America/New_York."
    )
    missing: Names = Field(
        (), description="Texts that stand for a missing value; an empty field always does."
    )
    missing_id: Literal["refuse", "drop"] = Field(
        "refuse", description="Rows without a customer id: refuse the input, or leave them out, counted."
    )
    bad_rows: Literal["refuse", "quarantine"] = Field(
        "refuse", description="Rows that cannot be read: refuse the input, or set them aside, counted."
    )
    alike_ids: Literal["refuse", "join", "keep"] = Field(
        "refuse",
        description="Ids that differ in leading zeros or a trailing .0 only, as 007, 7 and 7.0: refuse the "
        "input, join them as one (7), or keep them apart.",
    )
    customers: Customers | None = Field(None, description="One row for each customer, with attributes.")
    transactions: Transactions | None = Field(
        None, description="One row for each order, or line of an order."
    )
    products: Products | None = Field(None, description="One row for each product.")
    interactions: Interactions | None = Field(
        None, description="One row for each visit, click, login or call."
    )
    feedback: Feedback | None = Field(None, description="One row for each answer to a survey.")
    campaigns: Campaigns | None = Field(None, description="One row for each contact by a campaign.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.customers is None and self.transactions is None:
            raise ValueError("data needs customers or transactions")
        if self.timezone is None:
            for name, table in self.tables().items():
                if table.stored_timezone is not None:
                    raise ValueError(f"{name}.stored_timezone needs data.timezone, the zone to convert to")
        return self

    def tables(self) -> dict[str, Table]:
        """Return the declared tables by name, in a fixed order."""
        held: dict[str, Any] = {kind.name: getattr(self, kind.name) for kind in TABLES}
        return {name: table for name, table in held.items() if table is not None}

    def needs_as_of(self) -> bool:
        """Say whether a time is declared, so that ``as_of`` is a must."""
        wanted = (each for table in self.tables().values() for each in table.wanted())
        return any(each.role.kind == "time" for each in wanted)
