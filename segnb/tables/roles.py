"""The roles that a company's tables can play, and what each of their columns becomes inside segnb.

The keys are segnb's own column names, the values the columns of the source. Nothing is guessed: a
column takes part only when it is declared.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from segnb.errors import nearest
from segnb.tables.addresses import EXCEL, is_database, known_source

Kind = Literal["id", "category", "money", "quantity", "number", "yes_no", "time", "nps", "csat", "stored"]
AttributeKind = Literal["category", "money", "number", "yes_no", "time"]
SPACES = "spaces"
"""Delimiter of columns that are lined up by any number of spaces."""
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", SPACES: "\t"}
"""Names of delimiters, and what stands between the fields of the text that is parsed."""
_TAB_FILES = (".tsv", ".tsv.gz", ".tab")
_PATHS = (PurePosixPath, PureWindowsPath)


@dataclass(frozen=True)
class Role:
    """The kind of a role's values, and whether each row needs one."""

    kind: Kind
    required: bool = False


@dataclass(frozen=True)
class Wanted:
    """A column to read: its name in segnb, its name in the source, and its role.

    Several with one name are added up.
    """

    column: str
    source: str
    role: Role
    personal: bool = False


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(f"{name!r} is no text encoding. Use utf-8, latin-1, cp1252 or utf-16") from error


def _known_delimiter(said: str) -> str:
    if len(said) != 1 and said not in (SPACES, *_NAMED_DELIMITERS):
        raise ValueError(f"{said!r} is no delimiter. Use one character, tab, or spaces")
    return said


def _known_zone(name: str) -> str:
    zones = available_timezones()
    if name not in zones:
        # All six hundred names would bury the hint.
        hint = nearest(name, sorted(zones)).partition("Choose one of")[0]
        raise ValueError(f"{name!r} is no time zone. {hint}Zones are written as 'America/New_York'")
    return name


def column(what: str, default: Any = None) -> Any:
    """Return the field of a role: which column of the source holds ``what``."""
    return Field(default, description=f"Column with {what}.")


Zone = Annotated[str, AfterValidator(_known_zone)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Id = Annotated[str, Role("id", required=True)]
Time = Annotated[str, Role("time", required=True)]
Category = Annotated[str | None, Role("category")]
Sum = str | Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
Money = Annotated[Sum | None, Role("money")]


class Declaration(BaseModel):
    """Base of all that is declared: strict, immutable, and no key that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Table(Declaration):
    """What all tables share: the source, its dialect, and further columns to carry along."""

    name: ClassVar[str]
    made_here: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Values of a role that name no column."""

    source: Annotated[str, AfterValidator(known_source)] = Field(
        description="A CSV, Parquet, Excel or SQLite file (relative to the params file); a database as "
        "postgresql://USER:env:NAME@HOST/DATABASE, where the environment variable NAME holds the password, "
        "or as env:NAME, which holds the whole URL; package:NAME/PATH for a file that an installed package "
        "ships, or sample:NAME/TABLE for sample data."
    )
    sheet: str | None = Field(
        None, min_length=1, description="Excel: the sheet; needed where more than one is visible."
    )
    table: str | None = Field(
        None, min_length=1, description="Databases: the table or view, as orders or sales.orders."
    )
    delimiter: Annotated[str, AfterValidator(_known_delimiter)] | None = Field(
        None,
        description="CSV: the character between fields, or tab; or spaces where columns are lined up by "
        "any number of them. Left out, a comma; in a file that ends in .tsv, a tab.",
    )
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field(
        "utf-8", description="CSV: the text encoding, as utf-8, latin-1 or utf-16."
    )
    decimal: Literal[".", ","] | None = Field(
        None,
        description="Numbers in text: the decimal sign; left out, a point. Money such as 1.234 throughout, "
        "of which the point could part thousands as well, needs it said.",
    )
    thousands: Literal["", ",", ".", " ", "'"] = Field(
        "", description="Numbers in text: the sign between thousands."
    )
    time_format: str | None = Field(
        None, description="Times in text: a strptime format, as %d/%m/%Y; left out, only ISO 8601 is read."
    )
    stored_timezone: Zone | None = Field(
        None,
        description="Time zone of times that have no offset, as UTC: they are converted to data.timezone "
        "before any day is counted. Left out, they are local. A day without a time is never shifted.",
    )
    missing: Names | dict[str, Annotated[Names, Field(min_length=1)]] = Field(
        (),
        description="Texts that stand for a missing value, beside data.missing: a list for all columns, or "
        "for each text its columns, as {'0': [comfort, legroom]} where 0 is no rating.",
    )
    attributes: Names | dict[str, AttributeKind] = Field(
        (),
        description="Further columns to read: a list of names (text is a category, a typed column stays as "
        "it is stored), or each with its kind: category, money, number, yes_no or time.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if is_database(self.source) and self.table is None:
            raise ValueError("table is missing: the database's table or view to read, as sales.orders")
        if self.table is not None and not is_database(self.source):
            raise ValueError("table is for databases, and the source is none")
        if self.sheet is not None and not self.source.lower().endswith(EXCEL):
            raise ValueError(f"sheet is for Excel workbooks, which end in {' or '.join(EXCEL)}")
        if (self.decimal or ".") == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        if self.time_format is not None and "%" not in self.time_format:
            raise ValueError("time_format needs directives, as %d/%m/%Y")
        roles = {each.column for each in self._role_columns()}
        taken = Counter([*roles, *(each.column for each in self._attribute_columns())])
        for name in sorted(name for name, times in taken.items() if times > 1):
            raise ValueError(
                f"the attribute {name!r} bears a name that is taken. Rename the column in its source"
            )
        sources = sorted({each.source for each in self.wanted()})
        told = self.missing.values() if isinstance(self.missing, dict) else ()
        for name in sorted({each for columns in told for each in columns}.difference(sources)):
            raise ValueError(f"missing names {name!r}, which is no declared column. {nearest(name, sources)}")
        return self

    def missing_in(self, source: str) -> tuple[str, ...]:
        """Return the texts that stand for a missing value in a column of the source."""
        if isinstance(self.missing, dict):
            return tuple(said for said, columns in self.missing.items() if source in columns)
        return self.missing

    @property
    def shown(self) -> str:
        """The source as messages call it, with its sheet or table."""
        return self.source + self._part

    @property
    def separator(self) -> str:
        """The character between the fields of the text that is parsed."""
        if self.delimiter is None:
            return "\t" if self.source.lower().endswith(_TAB_FILES) else ","
        return _NAMED_DELIMITERS.get(self.delimiter, self.delimiter)

    @property
    def told_source(self) -> str:
        """The source as readers are told of it: of an absolute path, which names people, the file only."""
        where = self.source.removeprefix("file:")
        path = next((each for each in _PATHS if each(where).is_absolute()), None)
        return (self.source if path is None else path(where).name) + self._part

    @property
    def _part(self) -> str:
        parts = {"sheet": self.sheet, "table": self.table}
        return "".join(f", {kind} {part}" for kind, part in parts.items() if part is not None)

    def wanted(self) -> tuple[Wanted, ...]:
        """Return the columns to read: roles first, then attributes."""
        return (*self._role_columns(), *self._attribute_columns())

    def _role_columns(self) -> tuple[Wanted, ...]:
        found = []
        for key, info in type(self).model_fields.items():
            role = next((each for each in info.metadata if isinstance(each, Role)), None)
            value = getattr(self, key)
            if role is None or value is None or value in self.made_here.get(key, ()):
                continue
            sources = (value,) if isinstance(value, str) else value
            found += [Wanted(key, source, role) for source in sources]
        return tuple(found)

    def _attribute_columns(self) -> tuple[Wanted, ...]:
        if isinstance(self.attributes, dict):
            return tuple(Wanted(each, each, Role(kind)) for each, kind in self.attributes.items())
        return tuple(Wanted(each, each, Role("stored")) for each in self.attributes)


class Customers(Table):
    """One row for each customer, with attributes."""

    name = "customers"
    made_here: ClassVar = {"customer_id": ("row",)}
    customer_id: Id = column("the customer's id; `row` numbers the rows where there is none", "customer_id")
    personal: Names = Field(
        (), description="Columns that tell who a person is, as e-mail: kept apart for exports, never shown."
    )

    def _attribute_columns(self) -> tuple[Wanted, ...]:
        personal = (Wanted(each, each, Role("category"), personal=True) for each in self.personal)
        return (*super()._attribute_columns(), *personal)


class Transactions(Table):
    """One row for each order, or for each line of an order."""

    name = "transactions"
    made_here: ClassVar = {"order_id": ("day", "row")}
    customer_id: Id = column("the id of the customer who bought", "customer_id")
    order_time: Time = column("the time or the day of the purchase", "order_time")
    amount: Annotated[Sum, Role("money", required=True)] = column(
        "the money paid; several are added", "amount"
    )
    order_id: Id = column(
        "the order's id; `day`: all that a customer buys on one day is one order; `row`: each row is one",
        "day",
    )
    product_id: Annotated[str | None, Role("id")] = column("the product's id")
    category: Category = column("the product's category; left out, that of the products table is used")
    quantity: Annotated[str | None, Role("quantity")] = column("the quantity bought")
    discount: Money = column("the money taken off the price; several are added")
    channel: Category = column("the sales channel, as shop, web or app")
    cost: Money = column("what the goods cost the company; several are added")
    returns: Literal["net", "exclude"] = Field(
        "net",
        description="Rows with an amount below zero: subtract them from what the customer paid (net), or "
        "leave them out, counted (exclude).",
    )


class Products(Table):
    """One row for each product."""

    name = "products"
    product_id: Id = column("the product's id", "product_id")
    category: Category = column("the product's category")


class Interactions(Table):
    """One row for each contact that a customer sought: a visit, a click, a login, a call."""

    name = "interactions"
    customer_id: Id = column("the customer's id", "customer_id")
    interaction_time: Time = column("the time of the interaction", "interaction_time")
    kind: Category = column("what happened, as visit, open, click or login")
    channel: Category = column("the channel")
    device: Category = column("the device")


class Feedback(Table):
    """One row for each answer to a survey."""

    name = "feedback"
    customer_id: Id = column("the customer's id", "customer_id")
    feedback_time: Annotated[str | None, Role("time", required=True)] = column("the time of the answer")
    nps: Annotated[str | None, Role("nps")] = column(
        "the likelihood to recommend, 0 to 10; list codes for no answer under missing"
    )
    csat: Annotated[str | None, Role("csat")] = column("the satisfaction, 1 to 5")
    weight: Annotated[str | None, Role("number")] = column("the survey weight")

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if self.nps is None and self.csat is None:
            raise ValueError("feedback needs nps or csat")
        return self


class Campaigns(Table):
    """One row for each contact of a customer by a campaign, and what came of it."""

    name = "campaigns"
    customer_id: Id = column("the customer's id", "customer_id")
    contact_time: Time = column("the time of the contact", "contact_time")
    campaign: Category = column("the campaign's name or number")
    arm: Category = column("the arm of a randomised test, as control or offer")
    response: Annotated[str | None, Role("yes_no")] = column("whether the customer responded")
    response_time: Annotated[str | None, Role("time")] = column(
        "the time of the first response; one after as_of does not count"
    )
    revenue: Money = column("the money that the contact brought in; several are added")
    cost: Money = column("what the contact cost; several are added")
    channel: Category = column("the channel of the contact, as e-mail or post")


TABLES: tuple[type[Table], ...] = (Customers, Transactions, Products, Interactions, Feedback, Campaigns)
