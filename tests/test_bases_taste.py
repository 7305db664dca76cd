"""Tastes, predictions and combinations: planted truths found, held-out checks, and scores that repeat."""

import dataclasses
import json
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segnb.bases import BASES, explained, features
from segnb.bases.crossing import merged
from segnb.bases.taste_trial import calibrated, memberships
from segnb.clustering import segment
from segnb.clustering.rate_tree import grow, held_out_scores, read_rate_tree, separation
from segnb.clustering.taste_number import by_likeness, chosen_number, hits, likeness, try_numbers
from segnb.clustering.tastes import Tastes, damped, learn_tastes, read_tastes
from segnb.document.blocks import Figure
from segnb.document.text import plain
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Feature, FeatureTable, Window
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.transform import learn_transform
from segnb.words import Voice

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WINDOW = Window(date(2024, 1, 1), date(2024, 6, 30))
ITEMS = [f"{word}{number}" for word in ("tea", "tool", "toy") for number in range(12)]


def planted(seed=3, customers=240):
    """Orders of customers of three tastes; those of few orders stop in April."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        taste = customer % 3
        chances = np.full(len(ITEMS), 0.2)
        chances[12 * taste : 12 * taste + 12] = 3
        orders = int(rng.integers(6, 30))
        # Those of many orders go on; the others stop in April.
        stays = orders > 15
        for order in range(orders):
            day = int(rng.integers(0, 180 if stays else 110))
            when = date(2024, 1, 1) + timedelta(days=day)
            for item in rng.choice(ITEMS, 3, replace=False, p=chances / chances.sum()):
                rows.append((f"c{customer:04d}", f"o{customer}-{order}", when.isoformat(), 5.0, item))
    return pd.DataFrame(rows, columns=["customer_id", "order_id", "order_time", "amount", "category"])


def opened(folder, orders, people=None):
    orders.to_csv(folder / "orders.csv", index=False)
    declared = {"transactions": {"source": "orders.csv"} | {each: each for each in orders.columns}}
    if people is not None:
        people.to_csv(folder / "people.csv", index=False)
        attributes = {each: "category" for each in people.columns if each != "customer_id"}
        attributes |= {each: "number" for each in attributes if people[each].dtype.kind in "if"}
        declared["customers"] = {"source": "people.csv", "attributes": attributes}
    data = Data.model_validate({"timezone": "UTC", **declared})
    return read(data, as_of=date(2024, 7, 31), root=folder, cache=folder / "cache")


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"customer_id": [f"c{each:04d}" for each in range(240)]})
    frame["region"] = np.where(
        np.arange(240) % 8 == 0, "island", np.where(rng.random(240) < 0.5, "north", "south")
    )
    frame["age"] = rng.integers(18, 80, 240)
    frame["churned"] = np.where(rng.random(240) < np.where(frame["age"] < 40, 0.8, 0.1), "yes", "no")
    frame["closed_on"] = np.where(frame["churned"] == "yes", "late", "open")
    return frame


@pytest.fixture(scope="module")
def shop(tmp_path_factory, people):
    return opened(tmp_path_factory.mktemp("taste"), planted(), people)


@pytest.fixture(scope="module")
def tasted(shop):
    return features(shop, "product_preference", WINDOW)


def words(table, name):
    levels = table[name].levels
    return table.frame[name].map(lambda place: levels[int(place)])


def truth(index):
    return [int(each[1:]) % 3 for each in index]


def test_planted_tastes_are_found_with_their_number(tasted):
    shares = [each for each in tasted.frame if each.startswith("taste_")]
    assert len(shares) == 3
    assert adjusted_rand_score(truth(tasted.frame.index), words(tasted, "taste")) >= 0.9


def test_shares_of_tastes_add_up_to_one(tasted):
    shares = tasted.frame[[each for each in tasted.frame if each.startswith("taste_")]]
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares.to_numpy() >= 0).all()


def test_heavy_buyers_do_not_decide():
    counts = np.array([[8.0, 2, 0], [1, 0, 1], [0, 3, 3]])
    heavy = counts.copy()
    heavy[0] *= 1_000
    assert damped(heavy).sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    rng = np.random.default_rng(0)
    profiles = np.array([[6, 6, 6, 1, 1, 1], [1, 1, 1, 6, 6, 6]]) / 21
    usual = np.array([rng.multinomial(30, profiles[each % 2]) for each in range(100)], float)
    one = usual.copy()
    one[:3] = [5_000, 0, 0, 0, 0, 5_000]
    items = tuple("abcdef")
    assert likeness(*(learn_tastes(each, items, 2, seed=0) for each in (usual, one))) > 0.98


def test_tastes_do_not_depend_on_the_order_of_customers():
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.5, (80, 7)).astype(float)
    counts[:, 0] += 1
    mixed = rng.permutation(80)
    one, other = (learn_tastes(each, tuple("abcdefg"), 3, seed=0) for each in (counts, counts[mixed]))
    assert one == other
    assert (one.shares(counts)[mixed] == other.shares(counts[mixed])).all()


def test_without_tastes_nothing_is_foreseen_better_than_by_bestsellers():
    rng = np.random.default_rng(2)
    popular = rng.dirichlet(np.ones(20))
    early, late = (np.array([rng.multinomial(n, popular) for _ in range(400)], float) for n in (20, 5))
    assert max(each.gain for each in try_numbers(early, late, 4, seed=0)) < 0.01
    assert chosen_number(try_numbers(early, late, 4, seed=0)) == 2


def test_hits_are_counted_among_what_was_not_bought_before():
    scores = np.array([[5.0, 4, 3, 2]])
    late, early = np.array([[1.0, 0, 1, 1]]), np.array([[1.0, 0, 0, 0]])
    assert [each.tolist() for each in hits(scores, late, 2)] == [[1.0], [2.0]]
    assert [each.tolist() for each in hits(scores, late, 2, bought=early)] == [[1.0], [2.0]]
    assert [each.tolist() for each in hits(scores, late, 1, bought=early)] == [[0.0], [1.0]]


def test_planted_tastes_foresee_new_purchases_better_than_bestsellers(tasted):
    told = plain(explained(tasted).blocks())
    assert "Tastes foresee new purchases better than bestsellers do" in told
    assert "A new customer's first purchases tell the taste more often than a guess would" in told


SHARES = (0.6, 0.25, 0.15)
"""How large three planted groups are."""


def newcomers(loadings, n=4_000, bought=3):
    """Return tastes of these loadings, and what customers of three groups bought first."""
    rng = np.random.default_rng(8)
    group = rng.choice(3, n, p=SHARES)
    soon = np.array([rng.multinomial(bought, loadings[each]) for each in group], float)
    popular = tuple(np.array(SHARES) @ loadings)
    items = tuple(f"i{each}" for each in range(loadings.shape[1]))
    told = tuple(map(tuple, loadings))
    halves = rng.permutation(n) % 2
    return Tastes(items, popular, told, SHARES, told, popular), soon, np.eye(3)[group], group, halves


def test_first_purchases_that_say_nothing_leave_the_groups_shares():
    tastes, soon, mixtures, group, halves = newcomers(np.full((3, 9), 1 / 9))
    chances = memberships(tastes, soon, mixtures, group, halves)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert chances[:, :3] == pytest.approx(np.tile(SHARES, (len(soon), 1)), abs=0.03)


def test_probabilities_told_of_first_purchases_hold():
    loadings = np.full((3, 9), 0.06)
    for place in range(3):
        loadings[place, 3 * place : 3 * place + 3] = (1 - 6 * 0.06) / 3
    tastes, soon, mixtures, group, halves = newcomers(loadings)
    chances = memberships(tastes, soon, mixtures, group, halves)[:, :-1]
    right = chances.argmax(axis=1) == group
    told = calibrated(chances.max(axis=1), right, halves)
    for low, high in ((0.5, 0.8), (0.8, 1.01)):
        these = (told >= low) & (told < high)
        assert these.sum() > 300
        assert told[these].mean() == pytest.approx(right[these].mean(), abs=0.04)
    # Nobody who knew the groups could tell them apart better.
    exact = np.array(SHARES) * np.exp(soon @ np.log(loadings).T)
    assert right.mean() >= (exact.argmax(axis=1) == group).mean() - 0.02


def test_items_of_few_buyers_are_in_no_taste(tmp_path):
    orders = planted(customers=60)
    rare = orders.iloc[:9].assign(category="secret", customer_id=[f"c{each:04d}" for each in range(9)])
    found = features(opened(tmp_path, pd.concat([orders, rare])), "product_preference", WINDOW)
    assert "secret" not in json.dumps(found.model)
    assert "ecret" not in plain(explained(found).blocks())


def test_what_a_basis_has_learned_scores_customers_again(shop, tasted):
    again = features(shop, "product_preference", WINDOW, model=json.loads(json.dumps(tasted.model)))
    assert again.evidence == ()
    pd.testing.assert_frame_equal(again.frame, tasted.frame)
    later = features(
        shop, "product_preference", Window(date(2024, 2, 1), date(2024, 6, 30)), model=tasted.model
    )
    assert later["taste"].levels == tasted["taste"].levels
    assert adjusted_rand_score(truth(later.frame.index), words(later, "taste")) >= 0.9


def test_one_customer_and_few_items_are_mixed(tmp_path):
    one = features(opened(tmp_path, planted(customers=1)), "product_preference", WINDOW)
    assert words(one, "taste").tolist() == ["Mixed tastes"]


def test_nothing_after_the_window_is_used(tmp_path, shop):
    later = planted(seed=9).assign(order_time="2024-07-15")
    later["order_id"] = "late" + later["order_id"]
    (tmp_path / "more").mkdir()
    more = opened(tmp_path / "more", pd.concat([planted(), later]), None)
    for name in ("product_preference", "predictive"):
        alone, beside = (features(each, name, WINDOW) for each in (shop, more))
        pd.testing.assert_frame_equal(alone.frame, beside.frame)


def test_who_orders_next_is_told_by_rates_that_hold(shop):
    found = features(shop, "predictive", WINDOW, options={"horizon_days": 60, "smallest": 20})
    assert found.method == "levels"
    chance = words(found, "chance")
    stays = found.frame.index.isin(kept_buying())
    rates = pd.Series(stays, index=found.frame.index).groupby(chance).mean()
    assert rates["Likeliest next buyers"] > 0.9
    assert rates["Least likely next buyers"] < 0.2
    told = plain(explained(found).blocks())
    assert "Orders within the next 60 days" in told


def kept_buying():
    orders = planted()
    return set(orders[orders["order_time"] > "2024-05-01"]["customer_id"])


def test_the_label_of_the_future_is_no_feature(shop):
    found = features(
        shop, "predictive", WINDOW, options={"label": "churned", "predictors": ["age", "region"]}
    )
    assert set(found.frame) == {"chance", "age", "region"}
    chance = words(found, "chance")
    assert found.frame.loc[chance == "Highest chance", "age"].max() < found.frame["age"].median()


def test_a_column_that_knows_the_answer_is_named(shop):
    told = {}
    for names in (["age", "closed_on"], ["age"]):
        found = features(shop, "predictive", WINDOW, options={"label": "churned", "predictors": names})
        told[len(names)] = plain(explained(found).blocks())
    assert "alone tells nearly all" in told[2]
    assert "alone tells nearly all" not in told[1]


def test_a_prediction_is_scored_by_the_tree_that_was_learned(shop):
    options = {"label": "churned", "predictors": ["age", "region"]}
    found = features(shop, "predictive", WINDOW, options=options)
    again = features(shop, "predictive", WINDOW, options=options, model=json.loads(json.dumps(found.model)))
    pd.testing.assert_frame_equal(again.frame, found.frame)


def test_noise_makes_one_segment_and_no_ranking():
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.normal(size=(600, 4)), columns=list("abcd"))
    answers = (rng.random(600) < 0.3).astype(float)
    assert separation(held_out_scores(data, answers, seed=0), answers) < 0.56
    planted_answers = (rng.random(600) < np.where(data["a"] > 0, 0.8, 0.1)).astype(float)
    tree, tested = grow(data, planted_answers, most=5, smallest=40, seed=0)
    held = pd.Series(planted_answers[tested]).groupby(tree.places(data)[tested]).mean()
    assert held.iloc[0] > 0.65
    assert held.iloc[-1] < 0.25
    assert (np.diff(tree.rates) < 0).all()
    assert read_rate_tree(tree.model()) == tree


def test_too_few_answers_make_one_segment(tmp_path):
    found = features(opened(tmp_path, planted(customers=5)), "predictive", WINDOW)
    assert set(words(found, "chance")) == {"Next buyers"}


def test_small_cells_join_the_rest_of_their_first_segment():
    sizes = {("A", "x"): 60, ("A", "y"): 40, ("A", "z"): 5, ("B", "x"): 50, ("B", "y"): 35, ("B", "z"): 32}
    sizes |= {("C", "x"): 12, ("C", "y"): 3, ("D", "x"): 25, ("D", "y"): 25}
    pairs = pd.DataFrame([pair for pair, n in sizes.items() for _ in range(n)], columns=["one", "two"])
    cells = merged(pairs, most=12, smallest=30, voice=Voice())
    found = cells.called(pairs).value_counts().to_dict()
    # Five of A would be too few alone, so the smallest cell beside them joins, too.
    assert found == {
        "A · x": 60,
        "A · other": 45,
        "B · x": 50,
        "B · y": 35,
        "B · z": 32,
        "D": 50,
        "All others": 15,
    }
    fewer = merged(pairs, most=5, smallest=30, voice=Voice()).called(pairs).value_counts()
    assert len(fewer) <= 5
    assert fewer.sum() == len(pairs)


def test_a_crossing_is_scored_by_its_own_rule(shop):
    options = {"of": ["rfm", "region"], "how": "cross", "smallest": 15}
    found = features(shop, "combination", WINDOW, options=options)
    assert found.method == "levels"
    assert words(found, "combination").value_counts().min() >= 10
    again = features(shop, "combination", WINDOW, options=options, model=json.loads(json.dumps(found.model)))
    pd.testing.assert_frame_equal(again.frame, found.frame)
    formed = segment(found, method="levels")
    assert formed.n_segments == words(found, "combination").nunique() <= 12


def test_blocks_count_alike_however_many_measures_they_have():
    rng = np.random.default_rng(6)
    one = rng.normal(size=500)
    frame = pd.DataFrame({"single": rng.normal(size=500)})
    for number in range(6):
        frame[f"many{number}"] = one + 0.1 * rng.normal(size=500)
    plain_features = tuple(Feature(name, name, "number") for name in frame)
    blocks = tuple(dataclasses.replace(each, block=each.name[:4]) for each in plain_features)
    first = {}
    for key, told in (("plain", plain_features), ("blocks", blocks)):
        table = FeatureTable(frame, told, "made", None)
        points = learn_transform(table)(frame)
        first[key] = [
            np.linalg.eigvalsh(np.cov(points[:, columns], rowvar=False).reshape(len(columns), -1))[-1]
            for columns in ([0], list(range(1, 7)))
        ]
    assert first["blocks"] == pytest.approx([1, 1], rel=0.01)
    assert first["plain"][1] > 5 * first["plain"][0]


def test_a_joint_combination_takes_both_blocks(shop):
    found = features(shop, "combination", WINDOW, min_orders=4)
    assert {each.block for each in found.features} == {"rfm", "behavioural"}
    assert found.method is None


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("product_preference", {"item": "colour"}, "There is no item 'colour' to buy"),
        ("product_preference", {"n_tastes": 1}, "from 2, and 11 at most"),
        ("product_preference", {"clear": 0}, "above 0 and up to 1"),
        ("predictive", {"label": "gone"}, "no column 'gone'"),
        ("predictive", {"label": "region"}, "name the value to predict under yes"),
        ("predictive", {"label": "region", "yes": "west"}, "No customer's 'region' is 'west'"),
        ("predictive", {"horizon_days": 500}, "it has to be shorter"),
        ("combination", {"of": ["rfm"]}, "name two or more"),
        ("combination", {"of": ["rfm", "rmf"]}, "There is no basis 'rmf' to combine"),
        ("combination", {"of": ["rfm", "behavioural"], "how": "cross"}, "forms its groups by likeness"),
        ("combination", {"options": {"x": {}}}, "which is no part"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_to_do(shop, name, options, message):
    with pytest.raises(ParameterError, match=message):
        features(shop, name, WINDOW, options=options)


def test_more_tastes_than_purchases_allow_are_refused(tmp_path):
    with pytest.raises(InputError, match="4 tastes are asked for"):
        features(
            opened(tmp_path, planted(customers=12)), "product_preference", WINDOW, options={"n_tastes": 4}
        )


def test_evidence_is_said_in_german(shop):
    voice = Voice("de_DE", "EUR")
    for name in ("product_preference", "predictive", "combination"):
        found = features(shop, name, WINDOW, voice=voice)
        assert BASES[name].called(voice) in plain(explained(found).blocks())
    assert "Mittlere Chance" in voice.category("chance", "Medium chance")
    assert read_tastes(features(shop, "product_preference", WINDOW).model["tastes"]).n_tastes == 3


def test_the_chart_of_tastes_shows_buyers_and_says_whose_differ_most(tasted):
    drawn = next(each for each in explained(tasted).blocks() if isinstance(each, Figure))
    orders = planted()
    orders = orders[orders["order_time"] <= WINDOW.end.isoformat()]
    bought = orders.drop_duplicates(["customer_id", "category"])
    named = words(tasted, "taste")
    rows = [[cell.text for cell in row] for row in drawn.data.rows]
    assert len(rows) == 9
    gaps = {}
    for taste, item, ours, everyone in rows:
        buyers = set(bought.loc[bought["category"] == item.lower(), "customer_id"])
        own = named.index[named == taste]
        shares = []
        for group, said in ((own, ours), (named.index, everyone)):
            without = len(group) - sum(each in buyers for each in group)
            limit = "at least " if without < 10 else ""
            shares.append(1 - (10 if limit else without) / len(group))
            # A limit is rounded down, so that it holds as it is printed.
            assert said == f"{limit}{math.floor(100 * shares[-1]) if limit else round(100 * shares[-1])}%"
        gaps[item] = shares[0] - shares[1]
    assert any("at least" in row[2] for row in rows)
    assert max(gaps, key=gaps.get).lower() in drawn.title.split("bought ")[1]
    assert len(drawn.alt) <= 150


def test_customers_are_of_few_tastes_where_most_buy_by_one():
    rng = np.random.default_rng(8)
    # Tastes overlap: without a sparse prior wider ones explain the purchases as well.
    profiles = np.array([[5, 4, 3, 1, 1, 1, 2, 2], [1, 1, 1, 5, 4, 3, 2, 2]]) / 19
    counts = np.array([rng.multinomial(60, profiles[each % 2]) for each in range(300)], float)
    shares = learn_tastes(counts, tuple("abcdefgh"), 2, seed=0).shares(counts)
    assert (shares.max(axis=1) > 0.75).mean() > 0.9
    assert adjusted_rand_score(np.arange(300) % 2, shares.argmax(axis=1)) > 0.95


def test_without_tastes_the_report_says_that_bestsellers_would_do_as_well(tmp_path):
    rng = np.random.default_rng(4)
    popular = rng.dirichlet(np.ones(len(ITEMS)))
    orders = planted()
    orders["category"] = rng.choice(ITEMS, len(orders), p=popular)
    told = plain(explained(features(opened(tmp_path, orders), "product_preference", WINDOW)).blocks())
    assert "Offering bestsellers to all would do as well" in told
    assert "tell the taste no better than a guess would" in told


def test_likeness_of_items_is_learned_from_what_is_bought_together():
    counts = np.array([[1.0, 1, 0, 0]] * 20 + [[0, 0, 1, 1]] * 20 + [[1, 0, 0, 0]])
    told = by_likeness(counts)[-1]
    assert told.argmax() == 1
    assert told[1] > 10 * abs(told[2])
