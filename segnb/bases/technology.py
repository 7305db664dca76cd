"""Technology: who took up an app, a channel or a device, and how early."""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segnb.bases.definition import Measures, basis
from segnb.bases.known import known, last_day
from segnb.bases.level_table import level_table, median_of
from segnb.columns import CHANNEL, CUSTOMER, DAY
from segnb.errors import InputError, ParameterError, nearest
from segnb.segmentation import Feature, Window
from segnb.tables.opened import Tables
from segnb.tables.orders import within

NOT_YET = "Not yet adopted"
ADOPTERS = ("Innovators", "Early adopters", "Early majority", "Late majority", "Laggards")
SHARES = (0.025, 0.16, 0.5, 0.84)
"""Where the next category begins: the normal curve at two and one standard deviations below its mean, at the
mean, and one above (Rogers, *Diffusion of Innovations*, 5th ed. 2003, figure 7-3)."""
DEVICE = "device"
FEATURES = (
    Feature("adopter", "Adoption", "number", "ordinal", levels=(*ADOPTERS, NOT_YET)),
    Feature(
        "adoption_days", "Days until the first use", "days", "log", high="Late-starting", low="Early-starting"
    ),
    Feature(
        "technology_share", "Share of orders by app or channel", "share", high="Converted", low="Sceptical"
    ),
    Feature("channels", "Channels ordered by", "number", high="Multi-channel", low="One-channel"),
    Feature("devices", "Devices used", "number", high="Multi-device", low="One-device"),
)


@basis(
    "technology",
    needs=("transactions.channel | interactions.channel | interactions.device | customers",),
    method="levels",
    preference=40,
    label="Adoption of technology",
    about="Customers are told apart by how soon they took up something new, as an app. The first 2.5% are "
    "innovators, then come early adopters (13.5%), the early and the late majority (34% each), and laggards "
    "(16%); whoever has not used it yet is said to be so.",
    traps=(
        "Who was offered it late could not be early: the time counts from a customer's own first order.",
        "Where many start at once there is no order among them: they share one group.",
        "Early users of one thing are not early users of everything.",
    ),
)
def technology(
    tables: Tables,
    window: Window | None,
    *,
    channel: str = "app",
    first_use: str | None = None,
    by: str = "adoption",
    registered: str | None = None,
) -> Measures:
    """Adopter categories by the time of the first use of a channel, a device or a feature.

    ``channel`` names the technology: a value of ``channel`` or ``device``, of orders or interactions.
    ``first_use`` instead names the customers' attribute with the day of the first use. ``by`` is
    ``adoption``, or ``use`` to measure shares and numbers of channels and devices for a clustering.
    """
    if by not in ("adoption", "use"):
        raise ParameterError(f"by must be adoption or use. Got {by!r} instead")
    end = last_day(tables, window)
    customers = known(tables, end, registered)
    use = _use(tables, window, end, channel, customers.ids)
    if by == "use":
        if use.empty:
            raise InputError(
                "by: use needs the column channel of the table transactions or device of interactions"
            )
        found = use.dropna(how="all")
        told = tuple(each for each in FEATURES if each.name in found.columns)
        left = {"later": customers.later, "no_use": len(use) - len(found)}
        return Measures(found, told, left_out=left)
    first = _first_use(tables, end, channel, first_use).reindex(customers.ids)
    able = customers.first.notna() | first.notna() if "orders" in tables else first.notna() | True
    days = adoption_days(first[able], customers.first[able])
    table = pd.DataFrame({"adopter": adopters(days), "adoption_days": days}).join(use)
    table.index.name = CUSTOMER
    return Measures(
        table,
        tuple(each for each in FEATURES if each.name in table.columns),
        evidence=lambda voice, min_cell: (
            level_table(
                table["adopter"],
                FEATURES[0],
                {voice.say("bases.technology.days"): median_of(table["adoption_days"], voice)},
                subtitle=voice.say("bases.levels.at", day=voice.day(end)),
                notes=[voice.say("bases.technology.rule", name=first_use or channel)],
                voice=voice,
                min_cell=min_cell,
            ),
        ),
        left_out={"later": customers.later, "no_chance": int((~able).sum())},
    )


def adoption_days(first: pd.Series, began: pd.Series) -> pd.Series:
    """Return the days from when each customer could have adopted to the first use; missing without one.

    A customer could from the first use by anyone on, or from the own first order where that is later.
    """
    could = began.fillna(first.min()).clip(lower=first.min())
    return (first - could).dt.days.clip(lower=0).astype(float)


def adopters(days: pd.Series) -> pd.Series:
    """Return the adopter category of each customer by the days until adoption; missing is not yet.

    Categories are shares of all who could have adopted, of whom those who have not come last. Customers with
    the same number of days stand at the middle of the places that they share, so they are all in one
    category.
    """
    ranks = days.rank(method="average", na_option="keep")
    place = (ranks - 0.5) / len(days)
    category = np.array([*ADOPTERS, NOT_YET])[
        np.where(place.isna(), len(ADOPTERS), np.searchsorted(SHARES, place.fillna(0), side="right"))
    ]
    return pd.Series(category, index=days.index)


def _first_use(tables: Tables, end: date, channel: str, attribute: str | None) -> pd.Series:
    """Return the day of each customer's first use up to the end."""
    if attribute is not None:
        return _attribute(tables, end, attribute)
    parts, seen = [], set()
    for rows, column, day in _recorded(tables):
        rows = rows.filter(rows[day] <= end)
        held = rows.filter(rows[column] == channel)
        seen |= set(rows[column].to_pyarrow().drop_null().unique().to_pylist())
        parts.append(held.group_by(CUSTOMER).aggregate(first=held[day].min()).to_pandas())
    if not parts:
        raise ParameterError(
            "first_use is missing: no table declares a channel or a device. Name the customers' attribute "
            "with the day of the first use"
        )
    found = pd.concat(parts)
    if found.empty:
        raise InputError(f"Nobody used {channel!r} up to {end}. {nearest(channel, sorted(seen))}")
    found[CUSTOMER] = found[CUSTOMER].astype(str)
    first: pd.Series = pd.to_datetime(found.groupby(CUSTOMER)["first"].min())
    return first


def _recorded(tables: Tables) -> list[tuple[ir.Table, str, str]]:
    """Return the tables that tell channels or devices, with the column and the day."""
    places = (
        ("orders", CHANNEL, DAY),
        ("interactions", CHANNEL, "interaction_day"),
        ("interactions", DEVICE, "interaction_day"),
    )
    return [(tables[name], column, day) for name, column, day in places if tables.holds(name, column)]


def _attribute(tables: Tables, end: date, attribute: str) -> pd.Series:
    if not tables.holds("customers", attribute):
        raise ParameterError(f"first_use: customers have no attribute {attribute!r}. Declare it as time")
    rows = tables.customers
    if not rows[attribute].type().is_temporal():
        raise ParameterError(
            f"first_use: the attribute {attribute!r} of the customers holds no times. Declare it as time"
        )
    day = rows[attribute].cast("date")
    found = rows.filter(day <= end).select(CUSTOMER, first=day).to_pandas()
    if found.empty:
        raise InputError(f"Nobody has a day of first use under {attribute!r} up to {end}. Take later days")
    first: pd.Series = pd.to_datetime(found.set_index(found[CUSTOMER].astype(str))["first"])
    return first


def _use(tables: Tables, window: Window | None, end: date, channel: str, ids: pd.Index) -> pd.DataFrame:
    """Return shares of orders, and numbers of channels and devices, in the window; missing without any."""
    parts = []
    if tables.holds("orders", CHANNEL):
        rows = within(tables.orders.filter(tables.orders[DAY] <= end), window)
        by = rows.filter(rows[CHANNEL].notnull())
        parts.append(
            by.group_by(CUSTOMER).aggregate(
                technology_share=(by[CHANNEL] == channel).mean(), channels=by[CHANNEL].nunique()
            )
        )
    if tables.holds("interactions", DEVICE):
        rows = tables.interactions.filter(tables.interactions["interaction_day"] <= end)
        rows = within(rows, window, "interaction_day")
        by = rows.filter(rows[DEVICE].notnull())
        parts.append(by.group_by(CUSTOMER).aggregate(devices=by[DEVICE].nunique()))
    found = pd.DataFrame(index=ids)
    for part in parts:
        frame = part.to_pandas().set_index(CUSTOMER)
        frame.index = frame.index.astype(str)
        found = found.join(frame.astype(float))
    return found
