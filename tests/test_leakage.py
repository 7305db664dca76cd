"""Leaks of a run: what customers did on the later days stands among their attributes, and is found."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from personas_sample import segmentation

from segnb.bases import features as basis_features
from segnb.errors import ParameterError
from segnb.personas import describe
from segnb.plain import features_of
from segnb.segmentation import Window
from segnb.selection import attribute_roles, outcomes, select
from segnb.tables.declare import Data
from segnb.tables.read import read

FORM, MEASURE = Window(date(2024, 1, 1), date(2024, 6, 30)), Window(date(2024, 7, 1), date(2024, 12, 31))
SIZE = 300


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Return customers with a tier, a score and a flag made from what they do later, and two honest ones."""
    folder, random = tmp_path_factory.mktemp("leaks"), np.random.default_rng(7)
    ids = np.array([f"c{place:03d}" for place in range(SIZE)])
    lines = []
    for window in (FORM, MEASURE):
        count = 1 + random.poisson(3, SIZE) if window is FORM else random.poisson(2, SIZE)
        who = np.repeat(ids, count)
        days = pd.Timestamp(window.start) + pd.to_timedelta(random.integers(0, 180, len(who)), unit="D")
        amounts = random.lognormal(3, 0.8, len(who)).round(2)
        lines.append(pd.DataFrame({"customer_id": who, "order_time": days, "amount": amounts}))
    orders = pd.concat(lines)
    later = lines[1].groupby("customer_id")["amount"].sum().reindex(ids).fillna(0.0)
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "tier": np.select([later > 60, later > 0], ["gold", "silver"], "none"),
            "score": (later.to_numpy() * 7 + 3).round(2),
            "active": np.where(later > 0, "yes", "no"),
            "gender": random.choice(["f", "m"], SIZE),
            "age": random.integers(18, 80, SIZE),
        }
    )
    orders.to_csv(folder / "orders.csv", index=False)
    customers.to_csv(folder / "customers.csv", index=False)
    kinds = {"tier": "category", "score": "number", "active": "category", "gender": "category"}
    declared = {
        "transactions": {"source": "orders.csv"},
        "customers": {"source": "customers.csv", "attributes": {**kinds, "age": "number"}},
    }
    return read(
        Data.model_validate(declared),
        as_of=date(2024, 12, 31),
        root=folder,
        cache=folder / "cache",
        threads=1,
    )


def test_outcomes_are_the_later_orders_and_spend_of_everyone(tables):
    found = outcomes(tables, MEASURE)
    orders = tables.transactions.to_pandas()
    late = orders[pd.to_datetime(orders["order_time"]) >= "2024-07-01"]
    assert len(found.frame) == SIZE
    assert found.frame["frequency"].sum() == len(late.drop_duplicates(["customer_id", "order_day"]))
    assert found.frame["monetary"].sum() == pytest.approx(float(late["amount"].sum()))
    assert (found.frame["frequency"] == 0).any()
    assert outcomes(tables, None) is None


def test_attributes_made_of_later_days_are_leaks_with_their_outcome(tables):
    found = attribute_roles(tables, outcomes=outcomes(tables, MEASURE))
    whys = {each.feature.name: each.why for each in found.columns}
    assert whys == {"tier": "leak", "score": "leak", "active": "leak", "gender": "used", "age": "used"}
    assert found["score"].partner == "monetary"
    reasons = {row[0].text: row[3].text for row in found.blocks()[0].rows}
    assert reasons["score"].startswith("Nearly equals the outcome spend in ")
    assert attribute_roles(tables).leaks == []


def test_a_leak_stays_where_it_is_asked_for(tables):
    later = outcomes(tables, MEASURE)
    found = attribute_roles(tables, outcomes=later, keep=["tier"])
    assert (found["tier"].why, found["tier"].rule) == ("asked", "leak")
    assert found.leaks == ["score", "active"]
    with pytest.raises(ParameterError, match=r"keep_attributes: .*'teir'.*Did you mean 'tier'\?"):
        attribute_roles(tables, outcomes=later, keep=["teir"])


def test_a_measure_that_knows_the_later_days_forms_no_segments(tables):
    frame = tables.customers.to_pandas().set_index("customer_id")
    later = outcomes(tables, MEASURE)
    selection = select(features_of(frame), outcomes=later)
    assert sorted(selection.kept) == ["age", "gender"]
    assert {each.outcome for each in selection.decisions if each.reason == "leaks"} <= {
        "frequency",
        "monetary",
    }
    assert "score" in select(features_of(frame), outcomes=later, keep=["score"]).kept


def test_measures_of_the_form_window_are_no_leaks(tables):
    later = outcomes(tables, MEASURE)
    for basis in ("rfm", "behavioural"):
        selection = select(basis_features(tables, basis, FORM), outcomes=later)
        assert not [each.feature.name for each in selection.decisions if each.reason == "leaks"]


def test_an_outcome_of_fewer_than_ten_customers_accuses_nobody():
    # One customer is back, and he happens to be the only one with nine orders.
    from test_selection import table

    orders = np.r_[np.arange(199) % 8, 9].astype(float)
    spend = np.random.default_rng(0).normal(size=200)
    back = table({"monetary": np.r_[np.zeros(199), 30.0]})
    assert select(table({"orders": orders, "spend": spend}), outcomes=back)["orders"].reason == "kept"
    many = table({"monetary": np.where(orders == 7, 30.0, 0.0)})
    assert select(table({"orders": orders, "spend": spend}), outcomes=many)["orders"].reason == "leaks"


def test_personas_do_not_speak_of_a_leak(tables):
    features = basis_features(tables, "rfm", FORM)
    tiers = tables.customers.to_pandas().set_index("customer_id")["tier"].reindex(features.frame.index)
    strays = np.random.default_rng(1).random(len(tiers)) < 0.2
    labels = ((tiers == "gold") ^ strays).map({True: "s1", False: "s2"}).rename("segment")
    segments = segmentation(labels, used=("monetary",))

    def recorded(attributes):
        personas = describe(features, segments, tables, attributes=attributes)
        return [each.text for key in personas.described for each in personas[key].claims]

    told = recorded(None)
    assert any("Tier" in text or "tier" in text for text in told)
    roles = attribute_roles(tables, outcomes=outcomes(tables, MEASURE))
    assert not any(word in text.lower() for text in recorded(roles) for word in ("tier", "active"))


def test_what_is_a_measure_is_not_told_again_as_an_attribute(tables):
    frame = tables.customers.to_pandas().set_index("customer_id")
    features = features_of(frame[["gender", "age"]])
    strays = np.random.default_rng(2).random(SIZE) < 0.2
    woman = (frame["gender"].reindex(features.frame.index) == "f") ^ strays
    segments = segmentation(woman.map({True: "s1", False: "s2"}).rename("segment"), used=("gender",))
    personas = describe(features, segments, tables)
    texts = [each.text for each in personas["s1"].claims if "gender" in each.text.lower()]
    assert len(texts) == 1
