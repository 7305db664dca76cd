"""The contract of all clustering methods, and what each of them finds."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from declared import shop
from made_features import blobs, buyers, mixed, table
from sklearn.metrics import adjusted_rand_score

from segnb.bases import features as basis_features
from segnb.clustering import METHODS, assign, latent_class, segment, stability, trust
from segnb.clustering.distil import distilled
from segnb.clustering.fit import fit
from segnb.clustering.k_medoids import gower_weights, pairwise
from segnb.clustering.model import describe
from segnb.clustering.number import usable_points
from segnb.clustering.rules import NearestCentre, Tree
from segnb.errors import InputError
from segnb.segmentation import Feature, Segmentation
from segnb.store import load, save
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, SEED
from segnb.tables.shop_data import make_shop
from segnb.transform import learn_transform
from segnb.words import Voice

CLUSTERING = sorted(name for name, each in METHODS.items() if not each.rule)
NUMERIC = [name for name in CLUSTERING if METHODS[name].categories != "only"]
MIXED = [name for name in NUMERIC if METHODS[name].categories != "none"]
DISTILLED = ["hdbscan", "ward"]


def suiting(method, **options):
    """Return planted groups of the kind of columns that a method is for."""
    numbers, categories = {"categories": 0, "numbers": 3}, {"numbers": 0, "categories": 6}
    kinds = {"indicators": numbers, "none": numbers, "apart": {}, "only": categories}
    return mixed(**kinds[METHODS[method].categories], **options)


def form(features, method, n_segments=3, **options):
    return segment(
        features, method=method, n_segments=n_segments, **{"restarts": 8, "bootstraps": 2} | options
    )


def learned(features, method, n_segments=3, restarts=10):
    """Return the model and the labels alone, without any judgement."""
    transform = learn_transform(features)
    points, transform = usable_points(features, transform), transform.by_name()
    own = METHODS[method].on(transform)
    found = fit(points, n_segments, method=own, restarts=restarts, seed=0)
    model = describe(transform, found.rule, [f"s{place + 1}" for place in range(n_segments)])
    return model, assign(model, features)


def partition(labels):
    return {frozenset(labels.index[labels == key]) for key in set(labels) if key[0] == "s"}


@pytest.fixture(scope="module", params=CLUSTERING)
def formed(request):
    features, groups = suiting(request.param)
    before = features.frame.copy()
    return request.param, features, before, groups, form(features, request.param)


def test_planted_groups_are_found_and_everyone_has_one_label(formed):
    _, features, before, groups, found = formed
    assert adjusted_rand_score(groups, found.labels) >= 0.9
    pd.testing.assert_index_equal(found.labels.index, features.frame.index)
    assert found.labels.notna().all()
    assert all(each in found.segments or each.startswith("unassigned: ") for each in found.labels)
    pd.testing.assert_frame_equal(features.frame, before)
    assert found.grades.keys() == set(found.segments) == {"s1", "s2", "s3"}


def test_customers_score_to_their_own_segment_from_json_alone(formed):
    _, features, _, _, found = formed
    model = json.loads(json.dumps(found.model))
    pd.testing.assert_series_equal(assign(model, features), found.labels)
    alone = [assign(model, features.frame.iloc[[row]]).iloc[0] for row in range(0, 120, 17)]
    assert alone == found.labels.iloc[::17].tolist()


def test_memberships_add_up_and_agree_with_the_labels(formed):
    _, _, _, _, found = formed
    placed = found.labels.isin(found.segments)
    held = found.memberships[placed]
    assert found.memberships.columns.tolist() == list(found.segments)
    assert found.memberships[~placed].isna().all(axis=None)
    assert (held >= 0).all(axis=None)
    assert (held.sum(axis=1) <= 1 + 1e-5).all()
    assert (held.idxmax(axis=1) == found.labels[placed]).mean() == 1
    if METHODS[found.method].name not in DISTILLED:
        np.testing.assert_allclose(held.sum(axis=1), 1, atol=1e-5)


def test_what_was_never_seen_is_not_assigned(formed):
    _, features, _, _, found = formed
    strange = features.frame.iloc[:4].copy()
    strange.iloc[0, 0] = np.nan
    labels = ["unassigned: missing value"]
    if features.features[0].scale == "nominal":
        strange.iloc[1, 0] = 9
        labels.append("unassigned: unseen category")
    else:
        strange.iloc[1, 0] = 1e9
        labels.append("unassigned: outside the range seen")
    assert assign(found.model, strange).tolist() == [*labels, *found.labels.iloc[2:4]]


def shapeless(method, size=90):
    """Return customers in no groups, so that any dependence on a draw or an order shows."""
    features, _ = suiting(method, size=size)
    random = np.random.default_rng(7)
    frame = features.frame.apply(lambda column: random.permutation(column.to_numpy()))
    return replace(features, frame=frame)


@pytest.mark.parametrize("method", CLUSTERING)
def test_order_of_rows_and_columns_does_not_matter(method):
    # The density of a shapeless cloud gives HDBSCAN no number of groups.
    features = suiting(method)[0] if method == "hdbscan" else shapeless(method)
    frame = features.frame
    model, _ = learned(features, method, restarts=2)
    shuffled = replace(features, frame=frame.sample(frac=1, random_state=1))
    turned = replace(features, frame=frame[frame.columns[::-1]], features=features.features[::-1])
    assert learned(shuffled, method, restarts=2)[0] == model
    assert learned(turned, method, restarts=2)[0] == model


@pytest.mark.parametrize("method", NUMERIC)
def test_units_do_not_matter(method):
    features = suiting(method)[0] if method == "hdbscan" else shapeless(method)
    frame = features.frame
    money = [each.name for each in features.features if each.scale == "log"]
    cents = replace(features, frame=frame.assign(**{name: frame[name] * 100 for name in money}))
    before, after = (learned(each, method, restarts=2)[1] for each in (features, cents))
    assert partition(after) == partition(before)


def test_every_row_twice_gives_the_same_segments(formed):
    method, features, _, _, _ = formed
    frame = features.frame.iloc[:119]  # where interpolated quartiles would move
    model, labels = learned(replace(features, frame=frame), method)
    twice = pd.concat([frame, frame.rename(index=lambda each: f"{each}b")])
    again, doubled = learned(replace(features, frame=twice), method)
    assert again["transform"] == model["transform"]
    assert partition(doubled.loc[frame.index]) == partition(labels)


def test_a_seed_gives_the_same_result(formed):
    method, features, _, _, found = formed
    again = form(features, method)
    assert (again.model, again.verdict, again.passports) == (found.model, found.verdict, found.passports)
    pd.testing.assert_frame_equal(again.memberships, found.memberships)


def test_whether_the_optimum_is_certain_is_known(formed):
    method, _, _, _, found = formed
    told = found.verdict.evidence
    starts = 1 if METHODS[method].deterministic else 8
    assert told["starts"] == starts
    assert told["starts_certain"] >= 0.5
    assert ("fidelity" in told) == (method in DISTILLED)
    assert ("bic" in told) == (method in ("gaussian_mixture", "latent_class"))


def test_results_come_back_from_disk(formed, tmp_path):
    _, _, _, _, found = formed
    save(found, tmp_path, "segmentation")
    again = load(Segmentation, tmp_path, "segmentation")
    assert again.model == found.model
    pd.testing.assert_frame_equal(again.memberships, found.memberships)


@pytest.mark.parametrize("method", CLUSTERING)
def test_too_few_customers_are_refused(method):
    features, _ = suiting(method, size=2)
    with pytest.raises(InputError, match="2 customers, 3 segments asked"):
        form(features, method)


@pytest.mark.parametrize("method", CLUSTERING)
def test_customers_who_are_all_alike_are_one_group(method):
    features, _ = suiting(method, size=30)
    same = replace(features, frame=features.frame.assign(**features.frame.iloc[0]))
    found = form(same, method)
    assert set(found.labels) == {"s1"}
    assert found.verdict.kind == "none"
    assert (assign(found.model, same) == "s1").all()


@pytest.mark.parametrize("method", NUMERIC)
def test_one_enormous_value_is_no_segment(method):
    features, groups = blobs(((0, 0), (9, 9)), size=100)
    features.frame.iloc[0, 0] = 1e12
    _, labels = learned(features, method, 2)
    sizes = labels.value_counts()
    assert sizes[["s1", "s2"]].min() >= 95
    assert adjusted_rand_score(groups[1:], labels.iloc[1:]) >= 0.9


@pytest.mark.parametrize("method", MIXED)
def test_numbers_and_categories_are_taken_together(method):
    features, groups = mixed()
    _, labels = learned(features, method)
    assert adjusted_rand_score(groups, labels) >= 0.85


@pytest.fixture(scope="module")
def shoppers(tmp_path_factory):
    cache = tmp_path_factory.mktemp("shop")
    tables = read(shop(), as_of=AS_OF, root=cache, cache=cache)
    features = basis_features(tables, "behavioural", None)
    planted = make_shop(SEED).planted.reindex(features.frame.index)
    return features.only(["orders_per_month", "average_order", "discount_share"]), planted


@pytest.mark.parametrize("method", NUMERIC)
def test_the_made_up_shops_planted_segments_are_found(method, shoppers):
    features, planted = shoppers
    _, labels = learned(features, method, 5)
    assert adjusted_rand_score(planted, labels) >= 0.9


# What each method is for


def test_a_mixture_finds_slanted_groups_that_centres_miss():
    random = np.random.default_rng(3)
    long = random.normal(size=(240, 2)) * (3, 0.25)
    groups = np.arange(240) % 2
    points = long @ [[1, 0.6], [-0.6, 1]] + np.outer(groups, (-0.9, 1.5))
    features = table({"a": points[:, 0], "b": points[:, 1]})
    assert adjusted_rand_score(groups, learned(features, "gaussian_mixture", 2, restarts=40)[1]) >= 0.9
    assert adjusted_rand_score(groups, learned(features, "kmeans", 2)[1]) < 0.5


def test_the_bic_is_lowest_at_the_planted_number():
    features, _ = mixed(size=300, numbers=0, categories=6)
    transform = learn_transform(features).by_name()
    points = usable_points(features, transform)
    method = METHODS["latent_class"].on(transform)
    found = {k: fit(points, k, method=method, restarts=5, seed=0) for k in (2, 3, 4)}
    bic = {k: each.rule.bic(points) for k, each in found.items()}
    assert min(bic, key=bic.get) == 3
    # Shares, and for each class and category all chances but one.
    assert found[3].rule.n_parameters == 2 + 3 * 6 * 3
    assert found[4].loss < found[3].loss


def test_columns_that_a_method_cannot_take_are_refused():
    features, _ = mixed(categories=2)
    with pytest.raises(InputError, match="categories only, and number_0, number_1 are numbers"):
        form(features, "latent_class")
    with pytest.raises(InputError, match="numbers only, and category_0, category_1 are unordered cat"):
        form(features, "gaussian_mixture")


def test_noise_is_named_and_told():
    features, groups = blobs(((0, 0), (9, 9)), size=90, spread=0.5)
    random = np.random.default_rng(1)
    strays = pd.DataFrame(random.uniform(-4, 13, (100, 2)), columns=features.frame.columns)
    strays.index = [f"stray{row:02d}" for row in range(100)]
    found = form(replace(features, frame=pd.concat([features.frame, strays])), "hdbscan", 2)
    noise = found.labels == "unassigned: noise"
    assert noise[strays.index].mean() > 0.4
    assert noise.iloc[:180].mean() < 0.05
    assert adjusted_rand_score(groups[~noise.iloc[:180]], found.labels.iloc[:180][~noise.iloc[:180]]) == 1
    assert found.verdict.evidence["noise"] == pytest.approx(noise.mean())
    said = [block.content[0].text for block in trust(found).blocks()[1:]]
    assert "lie in no dense group" in said[-1]
    german = replace(found, voice=Voice(locale="de_DE"))
    assert "Rauschen" in trust(german).blocks()[-1].content[0].text


def test_a_number_that_the_density_does_not_give_is_refused():
    features, _ = blobs(((0, 0), (9, 9)), size=60)
    with pytest.raises(InputError, match=r"'hdbscan' finds 2 segments .* 5 were asked for"):
        form(features, "hdbscan", 5)


def test_a_distilled_rule_tells_its_fidelity():
    features, _ = suiting("ward")
    found = form(features, "ward")
    said = [block.content[0].text for block in trust(found).blocks()[1:]]
    assert said[0].startswith("The method knows no random start")
    share = found.verdict.evidence["fidelity"]
    assert f"repeats {found.voice.percent(share, 1)} of its labels" in said[1]


def test_the_more_faithful_rule_is_distilled():
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (400, 2))
    halves = np.asarray(points[:, 0] + points[:, 1] > 0, dtype=np.intp)
    corner = np.asarray((points[:, 0] > 0.5) & (points[:, 1] > 0.5), dtype=np.intp)
    assert isinstance(distilled(points, halves), NearestCentre)
    tree = distilled(points, corner)
    assert isinstance(tree, Tree)
    assert tree.fidelity == (tree.labels(points) == corner).mean() > 0.99
    assert distilled(points, corner - 1).labels(points).min() == -1
    assert (distilled(points, np.full(400, -1)).labels(points) == -1).all()


def test_gowers_dissimilarity_is_the_mean_difference_in_parts_of_the_range():
    features = (
        Feature("age", "Age", "number"),
        Feature("town", "Town", "number", "nominal", levels=("a", "b", "c")),
    )
    held = table({"age": [20.0, 30, 60, 40], "town": [0.0, 1, 1, 2]}, features)
    transform = learn_transform(held)
    points = transform(held.frame)
    apart = pairwise(points, gower_weights(points, transform.levels))
    age = np.array([20.0, 30, 60, 40])
    town = np.array([0, 1, 1, 2])
    expected = (abs(age[:, None] - age) / 40 + (town[:, None] != town)) / 2
    np.testing.assert_allclose(apart, expected, atol=1e-9)


def test_medoids_are_customers_and_no_swap_improves_them():
    features, _ = mixed(size=60)
    transform = learn_transform(features)
    points = transform(features.frame)
    rule = METHODS["k_medoids"].on(transform).learn(points, 3, seed=0, restarts=3)
    rows = [int(np.abs(points - centre).sum(axis=1).argmin()) for centre in rule.centres]
    np.testing.assert_allclose(points[rows], np.array(rule.centres), atol=1e-8)
    apart = pairwise(points, np.array(rule.weights))
    best = apart[:, rows].min(axis=1).sum()
    swaps = [
        apart[:, [*rows[:out], other, *rows[out + 1 :]]].min(axis=1).sum()
        for out in range(3)
        for other in range(60)
    ]
    assert min(swaps) >= best - 1e-9
    assert rule.loss(points) == pytest.approx(best)


def test_prototypes_are_means_and_modes_and_their_cost_is_huangs():
    features, _ = mixed(size=90)
    transform = learn_transform(features)
    points = transform(features.frame)
    rule = METHODS["k_prototypes"].on(transform).learn(points, 3, seed=0, restarts=5)
    labels = rule.labels(points)
    cost = 0.0
    start = 2
    for each in transform.scalings[2:]:
        codes = features.frame[each.name].to_numpy()
        for place in range(3):
            own = codes[labels == place]
            most = pd.Series(own).mode().iloc[0]
            block = np.array(rule.centres[place][start : start + each.width])
            assert each.seen[int(block.argmax())] == most
            cost += each.weight**2 * (own != most).sum()
        start += each.width
    for place in range(3):
        own = points[labels == place, :2]
        np.testing.assert_allclose(own.mean(axis=0), rule.centres[place][:2], atol=1e-6)
        cost += ((own - own.mean(axis=0)) ** 2).sum()
    assert rule.loss(points) == pytest.approx(cost)


def test_a_category_weighs_as_much_as_a_number_of_one_spread():
    features, _ = mixed(numbers=0)
    points = learn_transform(features)(features.frame)
    blocks = np.split(points.var(axis=0), 4) if points.shape[1] == 16 else [points.var(axis=0)]
    assert sum(block.sum() for block in blocks) == pytest.approx(4)


# The saved model


def damaged(model, **changes):
    return {**model, **changes}


def not_numbers(part):
    return [not_numbers(each) for each in part] if isinstance(part, list) else np.nan


def test_a_damaged_model_is_refused(formed):
    _, features, _, _, found = formed
    model = found.model
    some = next(key for key in ("centres", "means", "chances", "column") if key in model)
    faults = [
        {key: value for key, value in model.items() if key != "transform"},
        damaged(model, kind="os.system"),
        damaged(model, labels=["s1"]),
        damaged(model, **{some: model[some][:1]}),
        damaged(model, **{some: "x"}),
        damaged(model, **{some: not_numbers(model[some])}),
        {},
    ]
    for fault in faults:
        with pytest.raises(InputError, match="damaged"):
            assign(fault, features)


@pytest.mark.parametrize("key", ["transform", "cuts", "rules", "too_few"])
def test_a_damaged_score_map_is_refused(key):
    features = buyers()
    model = segment(features, method="rfm_map").model
    whole = {name: part for name, part in model.items() if name != key}
    for fault in (whole, damaged(model, **{key: 7}), damaged(model, **{key: [["x"]]})):
        with pytest.raises(InputError, match="damaged"):
            assign(fault, features)


def test_a_tree_that_leads_back_is_refused():
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (200, 2))
    tree = distilled(points, np.asarray((points > 0.5).all(axis=1), dtype=np.intp))
    with pytest.raises(ValueError, match="lead on"):
        replace(tree, left=(0,) * len(tree.left))


# Stability on its own


def test_stability_on_the_same_customers():
    features = shapeless("k_prototypes", size=120)
    found = form(features, "k_prototypes", bootstraps=10)
    again = stability(found, features, bootstraps=10)
    assert again.segments.keys() == set(found.segments)
    for key, passport in found.passports.items():
        low, median, high = again.segments[key]
        assert (median, (low, high)) == (passport.stability, passport.spread)
    assert again.agreement[1] == found.verdict.evidence["agreement"]
    assert again.agreement == tuple(sorted(again.agreement))
    assert again.bootstraps == 10


def test_starts_worked_on_side_by_side_end_as_each_would_alone(monkeypatch):
    random = np.random.default_rng(4)
    yes = (random.random((300, 6)) < random.random((2, 6))[random.integers(0, 2, 300)]).astype(float)
    points = np.stack([1 - yes, yes], axis=2).reshape(300, -1)
    together = latent_class.latent_class(points, 3, levels=(2,) * 6, seed=1, restarts=7)
    monkeypatch.setattr(latent_class, "_TOGETHER", 1)
    alone = latent_class.latent_class(points, 3, levels=(2,) * 6, seed=1, restarts=7)
    assert together == alone
    one = latent_class.latent_class(points, 3, levels=(2,) * 6, seed=1, restarts=1)
    assert together.loss(points) <= one.loss(points)
