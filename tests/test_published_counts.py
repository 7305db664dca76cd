"""Everything that is published together tells no count of too few: a solver looks through all of it."""

import numpy as np
import pandas as pd
import pytest
from kpi_sample import VOICE, WINDOWS, company, segmentation
from published import Published, read_folder, read_page

import segnb as sb
from segnb import store
from segnb.document.html import fragment
from segnb.segmentation import Feature, FeatureTable

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

FEW, NARROW = 10, 4
SIZES = {"s1": 120, "s2": 100, "s3": 90, "s4": 70}
NAMES = {"s1": "Regulars", "s2": "Savers", "s3": "Strollers", "s4": "Seldoms"}
SILENT = {"s1": 3, "s2": 30, "s3": 25, "s4": 2}
"""Who bought nothing in the second half of the year."""
ANSWERED = {"s1": 40, "s2": 25, "s3": 4, "s4": 20}
MEMBER = {"s1": 116, "s2": 60, "s3": 45, "s4": 30}
CITIES = {"s1": (70, 47, 3, 0), "s2": (60, 20, 17, 3), "s3": (30, 30, 30, 0), "s4": (2, 40, 28, 0)}
TOWNS = ("Adorf", "Bedorf", "Cedorf", "Dedorf")
SOAP = {"s1": 60, "s2": 6, "s3": 40, "s4": 67}
OFTEN = {"s1": 60, "s2": 95, "s3": 30, "s4": 7}


def planted(folder):
    """Four segments of which each has small counts of its own: of those who did, or who did not."""
    people, orders, contacts, labels = [], [], [], {}
    for segment, size in SIZES.items():
        for number in range(size):
            customer = f"{segment}{number:03d}"
            labels[customer] = segment
            city = np.repeat(TOWNS, CITIES[segment])[number]
            member = "yes" if number < MEMBER[segment] else "no"
            people.append({"customer_id": customer, "city": city, "member": member})
            days = ["2024-02-10"] + ["2024-03-10"] * (number < OFTEN[segment])
            if number >= SILENT[segment]:
                days += ["2024-08-10", *(["2024-10-10"] * (number % 3 > 0))]
            for place, day in enumerate(days):
                product = "p1" if place == 0 and number < SOAP[segment] else f"p{2 + (number + place) % 2}"
                orders.append(
                    {
                        "customer_id": customer,
                        "order_id": f"{customer}-{place}",
                        "order_time": day,
                        "amount": 10 + number % 7,
                        "product_id": product,
                    }
                )
            response = "yes" if number < ANSWERED[segment] else "no"
            contacts.append({"customer_id": customer, "contact_time": "2024-09-01", "response": response})
    products = [{"product_id": f"p{n}", "category": c} for n, c in ((1, "soap"), (2, "tea"), (3, "jam"))]
    tables = company(
        folder,
        customers=(people, {"attributes": ["city", "member"]}),
        transactions=(orders, {"order_id": "order_id", "product_id": "product_id"}),
        products=(products, {"category": "category"}),
        campaigns=(contacts, {"response": "response"}),
    )
    return tables, segmentation(pd.Series(labels).rename_axis("customer_id"))


def truth(tables, made):
    """Return how many of each segment have each property, and of how many it is known."""
    labels, orders = made.labels, tables.orders.execute()
    people = tables.customers.execute().set_index("customer_id")
    found = {}

    def put(what, yes, asked):
        for segment in made.segments:
            inside = labels.index[labels == segment]
            found[what, segment] = int(inside.isin(yes).sum()), int(inside.isin(asked).sum())

    for column in ("city", "member"):
        for level, rows in people.groupby(column):
            put(f"{column}={level}", rows.index, people.index)
    put("member", people.index[people["member"].astype(str).isin(("yes", "True"))], people.index)
    later = orders[orders["order_day"] > pd.Timestamp("2024-06-30")]
    before, buyers = set(orders["customer_id"]) - set(), set(later["customer_id"])
    put("active_rate", buyers, labels.index)
    often = later["customer_id"].value_counts()
    put("repeat_rate", often.index[often > 1], buyers)
    put("churn_rate", before - buyers, before)
    told = tables.campaigns.execute()
    early = orders[orders["order_day"] <= pd.Timestamp("2024-06-30")]["order_id"]
    lines = tables.transactions.execute()
    lines = lines[lines["order_id"].isin(early)]
    for product, category in (("p1", "soap"), ("p2", "tea"), ("p3", "jam")):
        buyers_of = lines.loc[lines["product_id"] == product, "customer_id"]
        put(f"Bought {category} at all", set(buyers_of), set(lines["customer_id"]))
    put("response_rate", told.loc[told["response"].astype(bool), "customer_id"], told["customer_id"])
    for number, month in enumerate(range(7, 13), start=1):
        inside = later[later["order_day"].dt.month == month]
        put(f"retention_{number}", set(inside["customer_id"]), labels.index)
    return found


def publish(tables, made, folder, min_cell):
    """Write what a run publishes of these customers, and return its page."""
    people = tables.customers.execute().set_index("customer_id").reindex(made.labels.index)
    spent = tables.orders.execute().groupby("customer_id")["amount"].sum().astype(float)
    frame = pd.DataFrame(
        {
            "city": people["city"].map({each: float(at) for at, each in enumerate(TOWNS)}),
            "member": people["member"].astype(str).isin(("yes", "True")).astype(float),
            "frequency": spent.reindex(made.labels.index),
        }
    )
    features = FeatureTable(
        frame,
        (
            Feature("city", "City", "number", "nominal", levels=TOWNS),
            Feature("member", "Member", "share", "linear"),
            Feature("frequency", "Spend", "money", "log"),
        ),
        "behavioural",
        WINDOWS.form,
        {},
        VOICE,
    )
    kpis = sb.measure(tables, made, WINDOWS, min_cell=min_cell, names=NAMES)
    results = {
        "profile": sb.profile(tables, min_cell=min_cell),
        "features": features,
        "segmentation": made,
        "personas": sb.describe(features, made, tables, min_cell=min_cell),
        "kpis": kpis,
        "retention": sb.retention(tables, made, WINDOWS, period="month", min_cell=min_cell, names=NAMES),
        "effects": sb.effects(tables, made, WINDOWS, min_cell=min_cell),
    }
    for name, each in results.items():
        store.save(each, folder, name)
    shown = [*kpis.blocks(), *results["retention"].blocks(), *results["effects"].blocks()]
    shown += [sb.charts.kpis.small_multiples(kpis), sb.charts.retention.curves(results["retention"])]
    # Areas of the map, levels of a basis: what these tell of all customers joins what is told by segment.
    places = sb.features(tables, "geographic", WINDOWS.form, options={"smallest": 1}, min_cell=min_cell)
    return fragment([*shown, *places.evidence], VOICE)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return planted(tmp_path_factory.mktemp("planted"))


def everything(shop, folder, min_cell):
    page = publish(*shop, folder, min_cell)
    found = Published(
        NAMES, FEW, {what for what, _ in truth(*shop)}, {each: f"city={each}" for each in TOWNS}
    )
    read_folder(found, folder)
    read_page(found, page)
    for segment in NAMES:
        # What every reader knows: who is asked of what, and which counts hold which others.
        found.between({("asked repeat_rate", segment): 1, ("active_rate", segment): -1}, 0, 0)
        found.between({("asked active_rate", segment): 1, ("members", segment): -1}, 0, 0)
        found.between(
            {("churn_rate", segment): 1, ("active_rate", segment): 1, ("asked churn_rate", segment): -1},
            0,
            np.inf,
        )
        months = [f"retention_{number}" for number in range(1, 7)]
        found.between({("active_rate", segment): -1, **{(each, segment): 1 for each in months}}, 0, np.inf)
        for each in months:
            found.between({(each, segment): 1, ("active_rate", segment): -1}, -np.inf, 0)
        found.between({("member", segment): 1, ("member=yes", segment): -1}, 0, 0)
        towns = {(f"city={each}", segment): 1 for each in TOWNS}
        found.between({("members", segment): -1, **towns}, 0, 0)
        for no in ("no", "yes"):
            found.between({(f"asked member={no}", segment): 1, ("members", segment): -1}, 0, 0)
        found.between({("members", segment): -1, ("member=no", segment): 1, ("member=yes", segment): 1}, 0, 0)
    return found


def small(known, found):
    """Yield the small counts of which anything is published, of those who did and who did not."""
    for (what, segment), (yes, asked) in known.items():
        if (what, segment) in found.at:
            if 0 < yes < FEW:
                yield what, segment, False, yes
            if 0 < asked - yes < FEW:
                yield what, segment, True, asked - yes


def test_all_that_is_published_together_tells_no_small_count(shop, tmp_path):
    found, known = everything(shop, tmp_path, FEW), truth(*shop)
    ends = {
        (what, segment, rest): (*found.ends(what, segment, rest=rest), count)
        for what, segment, rest, count in small(known, found)
    }
    assert {key[0] for key in ends} >= {
        "active_rate",
        "churn_rate",
        "response_rate",
        "retention_2",
        "city=Adorf",
        "city=Cedorf",
        "city=Dedorf",
        "member",
    }
    # What is read must be true, or the solver's answers would mean nothing.
    wrong = {key: each for key, each in ends.items() if not each[0] - 0.1 <= each[2] <= each[1] + 0.1}
    assert not wrong
    narrow = {key: each for key, each in ends.items() if each[1] - each[0] < NARROW}
    assert not narrow


def test_without_a_limit_the_same_solver_works_them_out(shop, tmp_path):
    """Each way of publishing is read: with a limit of one customer every small count comes out."""
    found, known = everything(shop, tmp_path, 1), truth(*shop)
    sources = set().union(*found.sources.values())
    assert sources >= {"kpis", "retention", "personas", "profile", "effects", "page", "evidence"}
    for what, segment, rest, count in small(known, found):
        assert found.ends(what, segment, rest=rest) == pytest.approx((count, count), abs=0.1), (what, segment)
