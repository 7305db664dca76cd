"""Engagement, technology, satisfaction and needs: planted truths, programs, ties, and what is refused."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from declared import declared
from sklearn.metrics import adjusted_rand_score

from segnb.bases import BASES, features
from segnb.bases.needs import criteria
from segnb.bases.technology import ADOPTERS, NOT_YET, adopters, adoption_days
from segnb.clustering import segment
from segnb.errors import InputError, ParameterError
from segnb.personas import describe
from segnb.segmentation import Window
from segnb.selection import headline, select
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, SEED, write_shop
from segnb.tables.shop_data import make_shop
from segnb.tables.shop_truths import NEEDS

# Ibis asks DuckDB and pandas for what they no longer like; a user does not see it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WINDOW = Window(date(2024, 1, 1), date(2024, 12, 30))
START = datetime(2024, 1, 1, 10)


def tables(folder, roles, **rows):
    """Read small tables; each is a list of dicts."""
    data = {"timezone": "UTC", **{name: {"source": f"{name}.csv", **more} for name, more in roles.items()}}
    for name, each in rows.items():
        pd.DataFrame(each).to_csv(folder / f"{name}.csv", index=False)
    return read(Data.model_validate(data), as_of=date(2024, 12, 31), root=folder, cache=folder / "cache")


def events(customer, moments, kind="visit"):
    return [{"customer_id": customer, "interaction_time": each.isoformat(), "kind": kind} for each in moments]


@pytest.fixture(scope="module")
def active(tmp_path_factory):
    weekly = [START + timedelta(days=3 * each) for each in range(120)]
    monthly = [START + timedelta(days=20 * each) for each in range(19)]
    rarely = [START + timedelta(days=80 * each) for each in range(5)]
    stopped = [START + timedelta(days=each) for each in range(60)]
    bot = [START + timedelta(days=300, seconds=each / 20) for each in range(3000)]
    # Forty clicks within a quarter of an hour, on one day: eager, and a person.
    burst = [START + timedelta(days=350, seconds=20 * each) for each in range(40)]
    rows = [
        *events("weekly", weekly),
        *events("monthly", monthly, "click"),
        *events("rarely", rarely),
        *events("stopped", stopped),
        *events("bot", bot, "click"),
        *events("burst", burst, "click"),
        *events("stranger", weekly),
    ]
    ids = ("weekly", "monthly", "rarely", "stopped", "bot", "burst", "silent")
    customers = [{"customer_id": each} for each in ids]
    roles = {"customers": {}, "interactions": {"kind": "kind"}}
    return tables(tmp_path_factory.mktemp("active"), roles, customers=customers, interactions=rows)


def levels_of(found):
    feature = found.features[0]
    return {key: feature.levels[int(place)] for key, place in found.frame[feature.name].items()}


def test_engagement_counts_active_days_and_leaves_programs_out(active):
    found = features(active, "engagement", WINDOW)
    assert levels_of(found) == {
        "weekly": "Highly engaged customers",
        "monthly": "Moderately engaged customers",
        "rarely": "Barely engaged customers",
        "burst": "Barely engaged customers",
        "stopped": "Disengaged customers",
        "silent": "Disengaged customers",
    }
    (reason,) = found.excluded
    assert "probably a program" in reason and found.excluded[reason] == 1


def test_a_burst_counts_as_one_day_and_one_session(active):
    burst = features(active, "engagement", WINDOW).frame.loc["burst"]
    assert burst["active_days"] == pytest.approx(1 / (WINDOW.days / (365.25 / 12)))
    assert burst["sessions_per_day"] == 1
    assert burst["days_inactive"] == 14


def test_sessions_end_after_half_an_hour(tmp_path):
    gaps = (0, 29, 30, 31, 10)
    moments = [START + timedelta(minutes=each) for each in np.cumsum(gaps).tolist()]
    found = tables(
        tmp_path,
        {"customers": {}, "interactions": {}},
        customers=[{"customer_id": "a"}],
        interactions=[
            {each: value for each, value in row.items() if each != "kind"}
            for row in events("a", moments[::-1])
        ],
    )
    assert features(found, "engagement", WINDOW).frame.loc["a", "sessions_per_day"] == 2


def test_kinds_can_be_chosen_and_limits_stay(active):
    clicks = features(active, "engagement", WINDOW, options={"kinds": ["click"]})
    assert levels_of(clicks)["weekly"] == "Disengaged customers"
    with pytest.raises(ParameterError, match="high must lie above moderate"):
        features(active, "engagement", WINDOW, options={"high": 1.0, "moderate": 2.0})
    rule = features(active, "engagement", WINDOW).evidence[0].note
    assert "Highly engaged: 4 or more active days a month. Moderately: 1 or more." in rule


@pytest.fixture(scope="module")
def made():
    return make_shop(SEED)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    attributes = {"app_since": "time", **{f"need_{each}": "yes_no" for each in NEEDS}}
    names = ("customers", "transactions", "products", "interactions", "feedback", "campaigns")
    more = {name: {"source": f"{name}.csv"} for name in names}
    more["customers"] |= {"attributes": attributes}
    return read(declared("shop", **more), as_of=AS_OF, root=folder, cache=folder / "cache")


def test_planted_adopters_come_back_exactly(shop, made):
    found = features(shop, "technology", None, options={"first_use": "app_since"})
    assert pd.Series(levels_of(found)).equals(made.adopters.sort_index().astype("str"))
    counts = made.adopters.value_counts()
    assert counts[[*ADOPTERS, NOT_YET]].tolist() == [15, 81, 204, 204, 36, 60]


def test_adopter_categories_are_shares_of_all_who_could_and_ties_stay_together():
    many = pd.Series(np.arange(1000.0))
    assert adopters(many).value_counts()[list(ADOPTERS)].tolist() == [25, 135, 340, 340, 160]
    half = many.where(many < 500)
    assert adopters(half).value_counts()[[*ADOPTERS[:3], NOT_YET]].tolist() == [25, 135, 340, 500]
    tied = pd.Series([0.0] * 400 + list(range(1, 601)))
    # Four in ten at once are the middle of the first 40 %: no innovators among them.
    assert set(adopters(tied)[:400]) == {"Early majority"}
    assert adopters(pd.Series([3.0])).tolist() == ["Late majority"]


def test_who_came_later_counts_from_the_own_first_order():
    first = pd.to_datetime(pd.Series({"old": "2024-01-11", "new": "2024-06-03", "eager": "2024-01-01"}))
    began = pd.to_datetime(pd.Series({"old": "2023-01-01", "new": "2024-06-01", "eager": "2024-05-01"}))
    assert adoption_days(first, began).to_dict() == {"old": 10, "new": 2, "eager": 0}


def test_a_channel_nobody_used_is_refused_with_those_that_are_there(shop):
    with pytest.raises(InputError, match=r"Nobody used 'ap' up to .* Did you mean 'app'"):
        features(shop, "technology", None, options={"channel": "ap"})
    with pytest.raises(ParameterError, match="customers have no attribute 'since'"):
        features(shop, "technology", None, options={"first_use": "since"})
    used = features(shop, "technology", None, options={"by": "use"})
    assert [each.name for each in used.features] == ["technology_share", "channels", "devices"]


ANSWERS = [
    ("promoter", "2024-03-01", 3, 1.0),
    ("promoter", "2024-05-01", 9, 2.0),
    ("passive", "2024-05-01", 8, 1.0),
    ("detractor", "2024-05-01", 6, 1.0),
    ("two", "2024-05-01", 10, 1.0),
    ("two", "2024-05-01", 2, 1.0),
    ("later", "2024-05-01", 7, 1.0),
    ("later", "2025-01-01", 1, 1.0),
    ("blank", "2024-05-01", 99, 1.0),
]


def surveyed(folder, rows=ANSWERS, **more):
    ids = ("promoter", "passive", "detractor", "two", "later", "blank", "silent")
    columns = ["customer_id", "feedback_time", "nps", "weight"]
    roles = {
        "customers": {},
        "feedback": {"feedback_time": "feedback_time", "nps": "nps", "missing": ["99"], **more},
    }
    return tables(
        folder,
        roles,
        customers=[{"customer_id": each} for each in ids],
        feedback=[dict(zip(columns, row, strict=True)) for row in rows],
    )


def test_the_latest_answer_counts_and_the_lowest_of_one_day(tmp_path):
    found = features(surveyed(tmp_path), "satisfaction", WINDOW)
    assert levels_of(found) == {
        "promoter": "Promoters",
        "passive": "Passives",
        "detractor": "Detractors",
        "two": "Detractors",
        "later": "Passives",
    }
    assert found.excluded == {"Gave no answer on these days": 1, "Left the question blank": 1}
    assert found.evidence[0].content[0].text.startswith("5 of 7 customers answered (71%)")


def test_shares_are_weighted_by_the_latest_answers_weight(tmp_path):
    found = features(surveyed(tmp_path, weight="weight"), "satisfaction", WINDOW, min_cell=1)
    told = {row[0].text: (row[1].text, row[2].text, row[3].text) for row in found.evidence[1].rows}
    assert told["Promoters"] == ("1", "20%", "33%")
    assert told["Detractors"] == ("2", "40%", "33%")
    wrong = [(*row[:3], -1.0) for row in ANSWERS]
    (tmp_path / "wrong").mkdir()
    with pytest.raises(InputError, match="5 answers of the feedback have a weight below 0"):
        features(surveyed(tmp_path / "wrong", wrong, weight="weight"), "satisfaction", WINDOW)


def test_a_window_without_answers_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Nobody answered \(nps\) in the window"):
        features(surveyed(tmp_path), "satisfaction", Window(date(2023, 1, 1), date(2023, 2, 1)))
    with pytest.raises(ParameterError, match="feedback declares no column csat"):
        features(surveyed(tmp_path), "satisfaction", WINDOW, options={"score": "csat"})


def test_planted_needs_come_back(shop, made):
    found = features(shop, "needs", None)
    formed = segment(found, method="latent_class", n_segments=3, restarts=10, bootstraps=5)
    planted = made.needs.reindex(formed.labels.index)
    assert adjusted_rand_score(planted, formed.labels) >= 0.9
    assert formed.memberships.sum(axis=1).sub(1).abs().max() < 1e-5
    assert formed.verdict.kind != "natural"


def test_the_criterion_finds_the_planted_number_and_one_for_unrelated_answers(made):
    columns = [f"need_{each}" for each in NEEDS]
    answers = made.tables["customers"][columns] == "yes"
    assert int(np.argmin(criteria(answers, most=5))) == 2
    rng = np.random.default_rng(5)
    noise = pd.DataFrame(rng.random((600, 8)) < 0.4)
    assert int(np.argmin(criteria(noise, most=3))) == 0


def test_words_of_yes_and_no_are_answers(tmp_path):
    rows = [
        (f"c{n}", "Yes" if n % 2 else "No", "yes" if n % 3 else "no", "Ja" if n % 5 else "Nein", "red")
        for n in range(60)
    ]
    columns = ["customer_id", "cheap", "quick", "good", "colour"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "customers.csv", index=False)
    data = Data.model_validate({"customers": {"source": "customers.csv", "attributes": columns[1:]}})
    tables = read(data, as_of=None, root=tmp_path, cache=tmp_path / "cache")
    found = features(tables, "needs", None)
    assert list(found.frame) == ["cheap", "good", "quick"]
    assert found.frame.loc["c1"].tolist() == [1, 1, 1]
    assert found.frame.loc["c0"].tolist() == [0, 0, 0]


def test_items_are_answers_of_yes_and_no(shop):
    with pytest.raises(
        ParameterError, match=r"items: .need_pric. is no attribute of the kind yes_no, .*Did you"
    ):
        features(shop, "needs", None, options={"items": ["need_pric", "need_speed", "need_green"]})
    with pytest.raises(ParameterError, match="items must name three or more"):
        features(shop, "needs", None, options={"items": ["need_speed", "need_green"]})
    some = features(shop, "needs", None, options={"items": ["need_speed", "need_green", "need_price"]})
    assert [each.label for each in some.features] == ["Green", "Price", "Speed"]


def test_what_is_planted_beside_the_segments_leaves_the_orders_as_they_are(made):
    # The orders' own stream was drawn before: their sums are those of the shop without planted answers.
    lines = made.tables["transactions"]
    assert (len(lines), lines["amount"].str.replace(".", "").astype(int).sum()) == (79_240, 72000240)
    assert set(made.needs.unique()) == {"savers", "connoisseurs", "neighbours"}


@pytest.fixture(scope="module")
def promoters(shop):
    """Customers by their latest answer, and the segments that the rule makes of them."""
    found = features(shop, "satisfaction", None)
    return found, segment(found, method="levels")


def test_personas_do_not_say_that_promoters_are_promoters(promoters):
    told = describe(*promoters)
    assert [each.name for each in told.by_segment.values()] == ["Detractors", "Passives", "Promoters"]
    for each in told.by_segment.values():
        assert [contrast.name for contrast in each.contrasts] == ["score"]
        # The rule reads the score: a difference in it is no finding.
        assert each.contrasts[0].by_construction
        assert {condition.feature for condition in each.rule.conditions} == {"score"}
    first = told.by_segment[told.segments[0]].rule.conditions[0]
    assert (first.above, first.at_most) == (None, 6)


def test_the_chapter_says_by_which_measure_the_rule_works(promoters):
    found, _ = promoters
    basis = BASES["satisfaction"]
    assert basis.read(found) == ("nps_group",)
    told = headline(select(found, required=basis.required(found)), basis.read(found))
    assert told.text == "A rule forms the segments by would recommend alone"
    assert told.lede[0].text == "One more measure describes them."


def test_groups_of_needs_are_named_by_what_they_want(shop):
    found = features(shop, "needs", None)
    assert BASES["needs"].required(found) == tuple(each.name for each in found.features)
    formed = segment(found, method="latent_class", n_segments=3, restarts=10, bootstraps=5)
    names = [each.name for each in describe(found, formed).by_segment.values()]
    assert len(names) == 3 and not any("Non-" in name for name in names)
