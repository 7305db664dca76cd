"""Geography: where customers live; few areas by themselves, many by how their customers are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from segnb.bases.area_map import area_map
from segnb.bases.areas import averages, merged
from segnb.bases.attributes import FEWEST, Trait, attributes, columns_of, composition
from segnb.bases.country_map import Measure, country_map
from segnb.bases.definition import Measures, basis
from segnb.coding import as_word
from segnb.columns import CUSTOMER
from segnb.document.blocks import AnyBlock, Cell, Column, Paragraph, Table, spans
from segnb.errors import Fault, InputError, ParameterError, refuse
from segnb.levels import OTHER
from segnb.plain.kinds import read_column
from segnb.segmentation import Feature, Window
from segnb.style import SEGMENTS_LIGHT
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, orders_in
from segnb.words import Voice

EARTH = 6371.0088
"""Mean radius of the earth in kilometres (IUGG)."""
FEATURES = (
    Feature("area", "Area", "number", "nominal", levels=()),
    Feature(
        "area_customers", "Customers in the area", "count", "log", high="Many-neighbour", low="Few-neighbour"
    ),
    Feature(
        "area_spend",
        "Spend a customer in the area",
        "money",
        "log",
        high="High-spending-area",
        low="Low-spending-area",
    ),
    Feature("area_active", "Customers in the area who bought", "share", high="Active-area", low="Quiet-area"),
    Feature("store_km", "Kilometres to the nearest store", "number", "log", high="Far-off", low="Nearby"),
)
MOST_SHOWN = 12
"""Areas that the table of profiles shows."""
_BY_NAME = {each.name: each for each in FEATURES}
_LEVELS = ("country", "region", "city", "postcode")
_USUAL = {
    "country": ("country", "country_code", "country_name"),
    "region": ("region", "state", "province", "county", "district"),
    "city": ("city", "town", "municipality"),
    "postcode": ("postcode", "postal_code", "zip", "zip_code", "zipcode", "plz"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
}
TRAITS = tuple(Trait(Feature(name, name, "number"), usual) for name, usual in _USUAL.items())
_LIMITS = {"latitude": 90, "longitude": 180}


@basis(
    "geographic",
    needs=("customers",),
    method=None,
    preference=33,
    label="Geography",
    about="Customers are grouped by where they live. Few areas are segments by themselves; of many, those "
    "are put together whose customers are alike, in number, in spend or in what else is known of an area.",
    traps=(
        "Neighbours are not alike in everything: an area's average says little of one customer.",
        "An area of few customers is drawn towards the average of all, so that chance makes it less extreme.",
        "Prices or offers by place can treat groups of people unequally: ask before use.",
    ),
)
def geographic(
    tables: Tables,
    window: Window | None,
    *,
    country: str | None = None,
    region: str | None = None,
    city: str | None = None,
    postcode: str | None = None,
    digits: int = 3,
    latitude: str | None = None,
    longitude: str | None = None,
    stores: list[list[float]] | None = None,
    columns: list[str] | None = None,
    by: str | None = None,
    smallest: int = 10,
) -> Measures:
    """Geography: areas as segments where they are few, groups of like areas where they are many.

    Each option names the column that holds it; without one, columns of the usual names are found. An
    area is the finest level at hand; one of fewer than ``smallest`` customers becomes one with its
    parent's other small ones, and what is still too small is *Other*. A profile has the area's number of
    customers, their spend in the window and the share who bought, or the averages of ``columns``; each is
    drawn towards the average of all areas by as much as chance explains (empirical Bayes).

    Parameters
    ----------
    digits
        The first characters of a postcode that make an area.
    stores
        Latitude and longitude of each store, for each customer's distance to the nearest (great circle).
    columns
        Numbers, or yes and no, whose averages are an area's profile.
    by
        ``area``: each area is a segment; ``profile``: like areas are. None takes areas, unless there are more
        than a report can tell apart, or ``stores`` or ``columns``.

    Raises
    ------
    InputError
        No area is found, coordinates are impossible, or a column is neither number nor yes and no.
    ParameterError
        An option names no attribute or is out of its range.
    """
    _check(by, digits, smallest, stores)
    asked = {
        "country": country,
        "region": region,
        "city": city,
        "postcode": postcode,
        "latitude": latitude,
        "longitude": longitude,
    }
    frame, further = attributes(tables, "geographic"), columns or []
    found = columns_of(frame, TRAITS, asked, further)
    places = _coordinates(frame, found)
    named = [each for each in _LEVELS if each in found]
    if not named:
        raise InputError(
            f"Basis 'geographic' knows no country, region, city or postcode among the {frame.shape[1]} "
            f"attributes ({', '.join(map(str, frame.columns))}). Say which is which, as basis_options: "
            "{city: COLUMN}"
        )
    levels = [frame[found[each]].map(as_word, na_action="ignore") for each in named]
    if named[-1] == "postcode":
        levels[-1] = levels[-1].str[:digits]
    area = merged(levels, smallest, OTHER)
    profiled = by == "profile" or (
        by is None and (area.nunique() > len(SEGMENTS_LIGHT) or bool(stores) or bool(further))
    )
    known = area.dropna()
    table = pd.DataFrame({"area": known})
    features: tuple[Feature, ...] = (replace(_BY_NAME["area"], column=found[named[-1]]),)
    profiles: _Profiles | None = None
    if profiled:
        profiles = _profiles(tables, window, frame.loc[known.index], known, further)
        table, features = profiles.table, profiles.features
    if profiled and stores:
        table = table.assign(store_km=_distances(_needed(places).loc[known.index], stores))
        features = (*features, _BY_NAME["store_km"])

    def evidence(voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        blocks: list[AnyBlock] = [composition(_BY_NAME["area"], known, voice, min_cell)]
        if profiles is not None:
            blocks.extend(_told(profiles, known, voice))
        dots = area_map(places, known, voice, fewest=min_cell) if places is not None else None
        drawn: tuple[AnyBlock, ...] = (dots,) if dots is not None else ()
        if not drawn and "country" in found:
            measure = Measure.of(*profiles.first, voice) if profiles and profiles.first else None
            drawn = country_map(frame[found["country"]], voice, fewest=min_cell, measure=measure)
        if not drawn:
            blocks.append(Paragraph(content=spans(voice.say("bases.geographic.no_map")), role="note"))
        return (*blocks, *drawn)

    return Measures(table, features, evidence=evidence, left_out={"no_area": int(area.isna().sum())})


@dataclass(frozen=True)
class _Profiles:
    """Areas' profiles by customer: averages drawn in, the same before (``raw``), and what areas share."""

    table: pd.DataFrame
    raw: pd.DataFrame
    features: tuple[Feature, ...]
    alike: tuple[Feature, ...]
    first: tuple[Feature, pd.Series] | None = None
    """What colours a map of countries: the first average."""


def _check(by: str | None, digits: int, smallest: int, stores: Sequence[Sequence[float]] | None) -> None:
    faults = []
    if by not in (None, "area", "profile"):
        faults.append(Fault(f"by is {by!r}", "basis_options.by", remedy="Choose one of: area, profile"))
    for name, value in (("digits", digits), ("smallest", smallest)):
        if value < 1:
            faults.append(Fault(f"{name} is {value}", f"basis_options.{name}", remedy="Write 1 or more"))
    for store in stores or ():
        if len(store) != 2 or abs(store[0]) > 90 or abs(store[1]) > 180:
            faults.append(
                Fault("a store is no place", "basis_options.stores", remedy="Write [latitude, longitude]")
            )
    refuse(ParameterError, faults)


def _coordinates(frame: pd.DataFrame, found: dict[str, str]) -> pd.DataFrame | None:
    """Return latitude and longitude in degrees; None where they are not at hand."""
    if not {"latitude", "longitude"} <= found.keys():
        return None
    places = pd.DataFrame(
        {each: pd.to_numeric(frame[found[each]], errors="coerce") for each in _LIMITS}, index=frame.index
    ).astype(np.float64)
    for name, limit in _LIMITS.items():
        wrong = int((places[name].abs() > limit).sum()) + int(
            (places[name].isna() & frame[found[name]].notna()).sum()
        )
        if wrong:
            raise InputError(
                f"Column {found[name]!r} holds {wrong:,} values that are no {name} between -{limit} and "
                f"{limit}. Correct or empty them"
            )
    return places


def _needed(places: pd.DataFrame | None) -> pd.DataFrame:
    if places is None:
        raise InputError(
            "basis_options.stores needs each customer's latitude and longitude. Declare the columns under "
            "attributes, and name them under latitude and longitude"
        )
    return places


def _distances(places: pd.DataFrame, stores: Sequence[Sequence[float]]) -> pd.Series:
    """Return the great-circle distance to the nearest store in km (haversine; Sinnott 1984)."""
    nearest = np.full(len(places), np.inf)
    here, there = np.radians(places["latitude"].to_numpy()), np.radians(places["longitude"].to_numpy())
    for store in stores:
        north, east = math.radians(store[0]), math.radians(store[1])
        half = (
            np.sin((here - north) / 2) ** 2 + np.cos(here) * math.cos(north) * np.sin((there - east) / 2) ** 2
        )
        # Missing coordinates stay missing.
        nearest = np.minimum(nearest, 2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
    return pd.Series(nearest, index=places.index)


def _profiles(
    tables: Tables, window: Window | None, frame: pd.DataFrame, area: pd.Series, columns: Sequence[str]
) -> _Profiles:
    """Return the profile of each customer's area, without measures that differ by no more than chance."""
    measures: list[tuple[Feature, pd.Series, bool]] = []
    for column in columns:
        typed = read_column(frame[column])
        if typed.kind not in ("number", "yes_no"):
            raise InputError(
                f"Column {column!r} is neither a number nor yes and no, so an area has no average of it. "
                "Leave it out of basis_options.columns"
            )
        rate = typed.kind == "yes_no"
        feature = Feature(column, column.replace("_", " ").capitalize(), "share" if rate else "number")
        measures.append((feature, typed.values, rate))
    if not columns and "orders" in tables:
        bought = by_customer(orders_in(tables, window)).to_pyarrow().to_pandas().set_index(CUSTOMER)
        bought.index = bought.index.astype("str")
        spent = bought["monetary"].astype(np.float64).reindex(area.index).fillna(0.0)
        active = pd.Series(area.index.isin(bought.index), index=area.index).astype(np.float64)
        measures += [(_BY_NAME["area_spend"], spent, False), (_BY_NAME["area_active"], active, True)]
    size = area.map(area.value_counts()).astype(np.float64)
    drawn, raw = {"area_customers": size}, {}
    alike = []
    for feature, values, rate in measures:
        found = averages(values, area, rate=rate)
        if not found.differ:
            alike.append(feature)
            continue
        drawn[feature.name] = area.map(found.drawn)
        raw[feature.name] = area.map(found.raw)
    features = (_BY_NAME["area_customers"], *(each for each, _, _ in measures if each.name in raw))
    averaged = next((each for each in measures if not each[2]), None)
    first = averaged[:2] if averaged else None
    return _Profiles(pd.DataFrame(drawn), pd.DataFrame(raw, index=area.index), features, tuple(alike), first)


def _told(profiles: _Profiles, area: pd.Series, voice: Voice) -> Iterator[AnyBlock]:
    """Return the areas' profiles, the largest first, and what areas have in common."""
    say, sizes = voice.say, area.value_counts()
    enough = [str(each) for each in sizes.index if sizes[each] >= FEWEST]
    shown = sorted(enough, key=lambda each: (-sizes[each], each))[:MOST_SHOWN]
    first = ~area.duplicated()
    drawn, raw = (each[first].set_axis(area[first]) for each in (profiles.table, profiles.raw))
    told = [each for each in profiles.features if each.name in raw]
    rows = []
    for each in shown:
        cells = [Cell(text=voice.category("area", each)), Cell(text=voice.count(int(sizes[each])))]
        for feature in told:
            now, was = (float(frame[feature.name].to_dict()[each]) for frame in (drawn, raw))
            # Of so few who bought, or did not, only the average drawn in is told.
            few = feature.unit == "share" and any(
                0 < count < FEWEST - 0.5 for count in (was * sizes[each], (1 - was) * sizes[each])
            )
            small = "–" if few else voice.value(was, feature.unit)
            cells.append(Cell(text=voice.value(now, feature.unit), small=small))
        rows.append(tuple(cells))
    if told:
        yield Table(
            columns=(
                Column(label=say("bases.composition.level"), header=True),
                Column(label=say("bases.geographic.customers"), align="right"),
                *(Column(label=each.said(voice).label, align="right") for each in told),
            ),
            rows=tuple(rows),
            title=say("bases.geographic.profiles", len(sizes), shown=voice.count(len(rows))),
            subtitle=say("bases.geographic.profiles_subtitle"),
        )
    if profiles.alike:
        names = voice.ordered([each.said(voice).label for each in profiles.alike])
        yield Paragraph(content=spans(say("bases.geographic.alike", measures=names)), role="note")
