"""The made-up shop's rows: planted segments of customers, drawn from one seeded generator.

Everything is invented: the shop, its products, its customers and their names. Addresses end in
``.invalid`` and telephone numbers cannot be dialled, so none can meet a real person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segnb.tables import shop_truths
from segnb.tables.shop_club import make_club
from segnb.tables.shop_plan import CATEGORIES, DAYS, FIRST, OFFER, RESPONSE, SEGMENTS

_CITIES = ("Nordhaven", "Kalt", "Ober-Zwirn", "Muschel", "Drei Linden")
_SYLLABLES = ("zib", "quo", "mar", "plu", "fen", "oth", "wiz", "lur", "ska", "tob")


LEADS = 12
"""Customers who have registered and never bought."""


@dataclass(frozen=True)
class Shop:
    """The tables of the made-up shop and of its tea club, and who was planted where."""

    tables: dict[str, pd.DataFrame]
    planted: pd.Series
    stages: pd.Series
    """The stage of each member of the tea club at the end of the history."""
    adopters: pd.Series
    """The category by the first use of the app, of all who bought."""
    needs: pd.Series
    """The group by the answers to what is needed."""
    tastes: pd.Series
    """The flavour that is bought most, or Mixed, of all who bought."""


def make_shop(seed: int) -> Shop:
    """Return the made-up shop of a seed; the same seed, the same shop."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "customer_id": [f"{number:06d}" for number in rng.permutation(np.arange(1, 1 + _people()))],
            "segment": np.repeat(range(len(SEGMENTS)), [each.size for each in SEGMENTS]),
        }
    )
    products = _products(rng)
    orders = _orders(rng, people)
    liked = shop_truths.tastes(seed, sorted(people["customer_id"]))
    lines = _lines(rng, orders, products)
    place = pd.Index(products["product_id"]).get_indexer(lines["product_id"])
    swayed = shop_truths.tasted(seed, lines["customer_id"].map(liked), place)
    lines["product_id"] = products["product_id"].to_numpy()[swayed]
    first = orders.groupby("customer_id")["day"].min()
    tables = {
        "customers": _customers(rng, people, first),
        "transactions": lines,
        "products": products,
        "interactions": _interactions(rng, people, first),
        "feedback": _feedback(rng, people),
        "campaigns": _campaigns(rng, people, first),
    }
    names = people["segment"].map(lambda place: SEGMENTS[place].name)
    planted = pd.Series(names.to_numpy(), index=people["customer_id"], name="planted").sort_index()
    customers = tables["customers"]["customer_id"].tolist()
    own = shop_truths.stream(seed)
    adopted, since = shop_truths.adopters(own, first.sort_index())
    wanted, answers = shop_truths.needs(own, customers)
    tables["customers"] = tables["customers"].join(
        answers.assign(app_since=shop_truths.day_text(since.reindex(customers))), on="customer_id"
    )
    tables["members"], tables["club_orders"], stages = make_club(seed)
    return Shop(tables, planted, stages, adopted, wanted, liked)


def _people() -> int:
    return sum(each.size for each in SEGMENTS)


def _of(people: pd.Series, trait: str) -> np.ndarray:
    traits = np.array([getattr(each, trait) for each in SEGMENTS])
    return np.asarray(traits[people.to_numpy()])


def _products(rng: np.random.Generator) -> pd.DataFrame:
    number = np.arange(1, 49)
    price = np.round(rng.lognormal(1.9, 0.35, len(number)), 2)
    return pd.DataFrame(
        {
            "product_id": [f"P{each:03d}" for each in number],
            "title": [
                f"{quality}{shop_truths.FLAVOURS[flavour]} {CATEGORIES[each % 6]}".capitalize()
                for each, flavour, quality in zip(
                    number, shop_truths.flavour(number - 1), np.repeat(["", "fine "], 24), strict=True
                )
            ],
            "category": [CATEGORIES[each % 6] for each in number],
            "price": price,
            "unit_cost": np.round(price * 0.55, 2),
        }
    )


def _orders(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each order: gamma gaps between a customer's own first and last day."""
    rows = []
    for customer, place in zip(people["customer_id"], people["segment"], strict=True):
        planted = SEGMENTS[place]
        pace = planted.days_between_orders * rng.lognormal(0, 0.12)
        day = float(rng.integers(planted.first_days[0], planted.first_days[1] + 1))
        last = rng.integers(planted.last_days[0], planted.last_days[1] + 1)
        while day <= last:
            rows.append((customer, place, int(day)))
            day += max(1.0, rng.gamma(3, pace / 3))
    orders = pd.DataFrame(rows, columns=["customer_id", "segment", "day"]).sort_values(["day", "customer_id"])
    orders["order_id"] = [f"B{number:06d}" for number in range(1, 1 + len(orders))]
    seconds = rng.integers(8 * 3600, 20 * 3600, len(orders))
    orders["order_time"] = _stamps(orders["day"].to_numpy(), seconds)
    channels = np.array([each.channels for each in SEGMENTS])[orders["segment"].to_numpy()]
    orders["channel"] = np.array(["app", "web", "shop"])[_choices(rng, channels)]
    return orders.reset_index(drop=True)


def _lines(rng: np.random.Generator, orders: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    held = 1 + rng.poisson(_of(orders["segment"], "lines") - 1)
    lines = orders.loc[orders.index.repeat(held)].reset_index(drop=True)
    tastes = np.array([each.tastes for each in SEGMENTS], dtype=float)
    tastes = (tastes / tastes.sum(axis=1, keepdims=True))[lines["segment"].to_numpy()]
    # Product n is of category n % 6.
    product = (6 * rng.integers(0, 8, len(lines)) + _choices(rng, tastes) - 1) % 48
    share = _of(lines["segment"], "basket") / _of(lines["segment"], "lines")
    listed = np.round(share * rng.lognormal(-0.03, 0.25, len(lines)), 2)
    discounted = rng.random(len(lines)) < _of(lines["segment"], "discounted")
    discount = np.where(discounted, np.round(listed * rng.uniform(0.1, 0.4, len(lines)), 2), 0)
    lines["product_id"] = products["product_id"].to_numpy()[product]
    lines["quantity"] = rng.integers(1, 4, len(lines))
    lines["amount"] = _money(listed - discount)
    lines["discount"] = _money(discount)
    lines["cost"] = _money(listed * 0.55)
    columns = [
        "order_id",
        "customer_id",
        "order_time",
        "product_id",
        "quantity",
        "amount",
        "discount",
        "cost",
        "channel",
    ]
    return lines[columns]


def _customers(rng: np.random.Generator, people: pd.DataFrame, first: pd.Series) -> pd.DataFrame:
    leads = [f"{number:06d}" for number in range(_people() + 1, _people() + 1 + LEADS)]
    ids = [*people["customer_id"], *leads]
    segment = np.concatenate([people["segment"].to_numpy(), rng.integers(0, len(SEGMENTS), LEADS)])
    places = pd.Series(segment)
    given, family = (
        [_SYLLABLES[a] + _SYLLABLES[b] for a, b in rng.integers(0, 10, (len(ids), 2))] for _ in range(2)
    )
    income = np.round(_of(places, "income") * rng.lognormal(0, 0.15, len(ids)), -2).astype(int).astype(str)
    joined = first.reindex(ids).fillna(DAYS // 2).astype(int).to_numpy()
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "first_name": [each.title() for each in given],
            "last_name": [each.title() for each in family],
            "email": [
                f"{a}.{b}.{number}@made-up.invalid" for a, b, number in zip(given, family, ids, strict=True)
            ],
            "phone": [f"+00 000 {number}" for number in ids],
            "gender": rng.choice(["female", "male", "diverse", ""], len(ids), p=[0.5, 0.44, 0.02, 0.04]),
            "age": np.clip(np.round(rng.normal(_of(places, "age"), 6)), 18, 90).astype(int),
            "city": rng.choice(_CITIES, len(ids)),
            "postcode": [f"{number:05d}" for number in rng.integers(1000, 99999, len(ids))],
            "income": np.where(rng.random(len(ids)) < 0.08, "NA", income),
            "education": rng.choice(["school", "vocational", "degree"], len(ids), p=[0.3, 0.4, 0.3]),
            "household_size": 1 + rng.poisson(1.2, len(ids)),
            "joined": _days(joined),
            "consent": rng.choice(["yes", "no"], len(ids), p=[0.8, 0.2]),
        }
    )
    return customers.sort_values("customer_id", ignore_index=True)


def _interactions(rng: np.random.Generator, people: pd.DataFrame, first: pd.Series) -> pd.DataFrame:
    held = people.loc[people.index.repeat(rng.poisson(_of(people["segment"], "visits")))].reset_index(
        drop=True
    )
    start = first.reindex(held["customer_id"]).to_numpy()
    end = np.minimum(_of(held["segment"], "last_days")[:, 1], DAYS)
    held["interaction_time"] = _stamps(
        rng.integers(start, np.maximum(end, start) + 1), rng.integers(6 * 3600, 22 * 3600, len(held))
    )
    held["kind"] = rng.choice(["open", "click", "visit", "login"], len(held), p=[0.35, 0.15, 0.35, 0.15])
    held["channel"] = np.where(held["kind"].isin(["open", "click"]), "e-mail", "web")
    held["device"] = rng.choice(["phone", "desktop", "tablet"], len(held), p=[0.6, 0.3, 0.1])
    return held.drop(columns="segment").sort_values(["interaction_time", "customer_id"], ignore_index=True)


def _feedback(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    asked = people[rng.random(len(people)) < 0.55]
    score = np.clip(np.round(rng.normal(_of(asked["segment"], "nps"), 1.6)), 0, 10).astype(int)
    return pd.DataFrame(
        {
            "customer_id": asked["customer_id"].to_numpy(),
            "feedback_time": _days(rng.integers(DAYS - 60, DAYS - 10, len(asked))),
            "nps": np.where(rng.random(len(asked)) < 0.06, 99, score),
            "weight": np.round(rng.uniform(0.5, 2, len(asked)), 2),
        }
    )


def _campaigns(rng: np.random.Generator, people: pd.DataFrame, first: pd.Series) -> pd.DataFrame:
    """Return two campaigns whose arms were drawn by lot among those who had bought by then."""
    parts = []
    for name, day in (("spring box", 284), ("autumn box", 466)):
        reached = people[first.reindex(people["customer_id"]).to_numpy() < day]
        chances = np.array([each.responds for each in SEGMENTS])[reached["segment"].to_numpy()]
        parts.append(draw_campaign(rng, reached["customer_id"].to_numpy(), chances, name, day))
    return pd.concat(parts, ignore_index=True)


def draw_campaign(
    rng: np.random.Generator, customers: np.ndarray, chances: np.ndarray, name: str, day: int
) -> pd.DataFrame:
    """Draw the two arms of a campaign by lot, and who responds with what.

    Parameters
    ----------
    customers
        The ids of those who take part.
    chances
        The chance that each of them responds, without and with the offer: two columns. A response
        brings `RESPONSE` on average, an offer costs `OFFER`.
    """
    offer = rng.permutation(np.arange(len(customers)) % 2)
    responded = rng.random(len(customers)) < chances[np.arange(len(customers)), offer]
    responded_on = _days(day + rng.integers(1, 22, len(customers)))
    return pd.DataFrame(
        {
            "customer_id": customers,
            "campaign": name,
            "arm": np.array(["control", "offer"])[offer],
            "contact_time": _days(np.full(len(customers), day)),
            "channel": np.where(rng.random(len(customers)) < 0.7, "e-mail", "post"),
            "response": np.where(responded, "yes", "no"),
            "response_time": np.where(responded, responded_on, ""),
            "revenue": _money(np.where(responded, rng.gamma(4, RESPONSE / 4, len(customers)), 0)),
            "cost": _money(np.where(offer == 1, OFFER, 0)),
        }
    )


def _choices(rng: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """Draw one column for each row, by the row's shares."""
    return np.asarray((rng.random((len(shares), 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1))


def _days(days: np.ndarray) -> np.ndarray:
    return np.datetime_as_string(np.datetime64(FIRST) + days.astype("timedelta64[D]"))


def _stamps(days: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    moments = (np.datetime64(FIRST) + days.astype("timedelta64[D]")).astype("datetime64[s]")
    return np.char.replace(np.datetime_as_string(moments + seconds.astype("timedelta64[s]")), "T", " ")


def _money(amounts: np.ndarray) -> list[str]:
    return [f"{amount:.2f}" for amount in amounts]
