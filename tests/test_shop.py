"""The made-up shop: labelled as such, the same each time, with segments that can be found again."""

import numpy as np
import pandas as pd
import pytest
from declared import shop
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from segnb.tables.orders import by_customer, orders_in
from segnb.tables.read import read
from segnb.tables.roles import TABLES
from segnb.tables.shop import AS_OF, NOTE, SEED, write_shop
from segnb.tables.shop_data import LEADS, make_shop
from segnb.tables.shop_plan import SEGMENTS
from segnb.tables.windows import split
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
PERSONAL = ("first_name", "last_name", "email", "phone")


@pytest.fixture(scope="module")
def made():
    return make_shop(SEED)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def tables(cache):
    return read(shop(), as_of=AS_OF, root=cache, cache=cache)


def test_all_tables_come_in_without_a_fault(tables, made):
    assert set(tables.intake.tables) == {each.name for each in TABLES}
    for name, intake in tables.intake.tables.items():
        assert (intake.rows_in, intake.rejected) == (len(made.tables[name]), ())
    assert tables.orders.customer_id.nunique().execute() == len(made.planted) == 600
    cents = made.tables["transactions"]["amount"].str.replace(".", "").astype(int).sum()
    assert tables.transactions.amount.sum().execute() * 100 == int(cents)


def test_it_is_labelled_made_up(tables):
    assert NOTE in tables.intake.notes
    assert "made up" in NOTE.sentence(Voice())


def test_personal_values_lie_apart(tables):
    assert not set(PERSONAL) & set(tables.customers.columns)
    assert set(PERSONAL) < set(tables["personal"].columns)
    assert tables["personal"].email.execute().str.endswith("@made-up.invalid").all()


def test_the_same_seed_makes_the_same_shop(tmp_path):
    for name, seed in (("first", 5), ("again", 5), ("other", 6)):
        (tmp_path / name).mkdir()
        write_shop(tmp_path / name, seed)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    assert (tmp_path / "first" / "transactions.csv").read_bytes() != (
        tmp_path / "other" / "transactions.csv"
    ).read_bytes()


def test_planted_segments_can_be_found_again(tables, made):
    first = tables.intake.tables["transactions"].first_day
    window = split(first, AS_OF).form
    customers = by_customer(orders_in(tables, window)).execute().set_index("customer_id")
    days = (pd.Timestamp(window.end) - pd.to_datetime(customers["last_day"])).dt.days
    features = np.column_stack(
        [
            np.log(customers["frequency"]),
            np.log(customers["monetary"] / customers["frequency"]),
            customers["discount"] / (customers["discount"] + customers["monetary"]),
            np.log1p(days),
        ]
    )
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    labels = KMeans(4, n_init=10, random_state=0).fit_predict(scaled)
    planted = made.planted.reindex(customers.index)
    assert adjusted_rand_score(planted, labels) >= 0.95
    assert "newcomers" not in set(planted)


def test_newcomers_come_late_and_the_fading_go_early(tables, made):
    customers = by_customer(tables.orders).execute().set_index("customer_id")
    first = customers["first_day"].groupby(made.planted).min()
    last = customers["last_day"].groupby(made.planted).max()
    measured = pd.Timestamp(split(customers["first_day"].min().date(), AS_OF).measure.start)
    assert first["newcomers"] > measured
    assert last["fading"] < measured


def test_arms_were_drawn_by_lot_and_the_offer_works_on_bargain_hunters(made):
    contacts = made.tables["campaigns"]
    answered = contacts["response"].eq("yes")
    arms = contacts.groupby(["campaign", "arm"]).size().unstack()
    assert (arms["control"] - arms["offer"]).abs().max() <= 1
    planted = contacts["customer_id"].map(made.planted)
    rate = answered.groupby([planted, contacts["arm"]]).mean().unstack()
    assert rate.loc["bargain hunters", "offer"] - rate.loc["bargain hunters", "control"] > 0.1
    assert abs(rate.loc["big baskets", "offer"] - rate.loc["big baskets", "control"]) < 0.1


def test_leads_have_registered_and_never_bought(tables):
    notes = {note.key: note.rows for note in tables.intake.notes}
    assert notes["without_orders"] == LEADS
    assert tables.customers.count().execute() == sum(each.size for each in SEGMENTS) + LEADS


def test_declared_missing_codes_are_missing(tables, made):
    unanswered = int((made.tables["feedback"]["nps"] == 99).sum())
    assert unanswered > 0
    assert tables.feedback.nps.isnull().sum().execute() == unanswered
    assert tables.customers.income.isnull().any().execute()
