"""Segments of a plain frame or matrix: what columns are taken for, and the rule in Python and in SQL."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from made_features import LEVELS, blobs, buyers, mixed
from sklearn.metrics import adjusted_rand_score

import segnb as sb
from segnb.clustering.model import describe
from segnb.errors import InputError, ParameterError
from segnb.plain import feature_table, features_of, roles
from segnb.transform import learn_transform

QUICK = {"restarts": 8, "bootstraps": 2}


def customers(size=240, seed=0):
    """Return a frame of every kind of column, and the group that each customer was drawn from."""
    random = np.random.default_rng(seed)
    groups = np.arange(size) % 3
    near = np.where(random.random(size) < 0.1, random.integers(0, 3, size), groups)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(1000, 1000 + size),
            'spend "eur"': np.exp(3 + 1.5 * groups + random.normal(0, 0.4, size)),
            "age": 30 + 9 * groups + random.normal(0, 2, size),
            "it's": np.array(["north", "o'hara", "south"])[near],
            "size": pd.Categorical(np.array(["S", "M", "L"])[near], ["S", "M", "L"], ordered=True),
            "member": (groups == 2) ^ (random.random(size) < 0.05),
            "flag": np.asarray((groups == 1) ^ (random.random(size) < 0.05), dtype=int),
            "note": [f"words {row % 90}" for row in range(size)],
            "country": "XX",
            "joined": pd.Timestamp("2024-01-01"),
        },
        index=pd.Index(random.permutation(size), name="row"),
    )
    frame.iloc[[2, 5], 1] *= 100
    frame["joined"] += pd.to_timedelta(random.integers(0, 90, size), unit="D")
    frame["rare"] = np.where(np.arange(size) < 9, random.normal(size=size), np.nan)
    return frame, groups


def test_columns_are_read_by_simple_rules():
    frame, _ = customers()
    features, left = feature_table(frame, "demographic")
    assert {each.name: each.scale for each in features.features} == {
        'spend "eur"': "log",
        "age": "linear",
        "it's": "nominal",
        "size": "ordinal",
        "member": "nominal",
        "flag": "nominal",
    }
    assert left == {
        "customer_id": "id",
        "note": "many categories",
        "country": "constant",
        "joined": "undated",
        "rare": "missing",
    }
    assert features["size"].levels == ("S", "M", "L")
    assert features["member"].levels == ("false", "true")
    assert features.basis == "demographic"


def test_one_set_of_rules_reads_plain_tables_for_segments_and_for_selection():
    frame, _ = customers()
    features, left = feature_table(frame, None)
    found = roles(frame)
    assert found.used == [each.name for each in features.features]
    assert {name: found[name].why.replace("_", " ") for name in left} == left
    chosen = features_of(frame)
    assert {each.name: each for each in chosen.features} == {each.name: each for each in features.features}


def test_ids_are_known_by_name_and_by_counting_up():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": random.integers(0, 10**6, 50),
            "orderId": random.integers(0, 10**6, 50).astype(float),
            "number": random.permutation(np.arange(7, 57)),
            "code": [f"A{row}" for row in range(50)],
            "paid": random.normal(size=50),
        }
    )
    features, left = feature_table(frame, None)
    assert [each.name for each in features.features] == ["paid"]
    assert set(left.values()) == {"id"}


def test_a_plain_frame_is_segmented_in_its_own_order():
    frame, groups = customers()
    before = frame.copy()
    found = sb.segment(frame, n_segments=3, **QUICK)
    assert found.method == "k_prototypes"
    assert adjusted_rand_score(groups, found.labels) >= 0.9
    pd.testing.assert_index_equal(found.labels.index, frame.index)
    pd.testing.assert_index_equal(found.memberships.index, frame.index)
    pd.testing.assert_frame_equal(frame, before)
    assert found.variables == ('spend "eur"', "age", "it's", "size", "member", "flag")
    assert found.left_out["note"] == "many categories"
    assert found.grades.keys() == {"s1", "s2", "s3"}
    assert found.verdict.kind in ("natural", "reproducible")
    again = sb.assign(json.loads(json.dumps(found.model)), frame)
    pd.testing.assert_series_equal(again, found.labels)
    assert sb.stability(found, frame, bootstraps=2).segments.keys() == {"s1", "s2", "s3"}


def test_a_matrix_of_numbers_is_segmented_by_kmeans_and_its_number_found():
    features, groups = blobs(((0, 0), (9, 0), (0, 9)), size=40)
    found = sb.segment(features.frame.to_numpy(), **QUICK)
    assert (found.method, found.variables) == ("kmeans", ("x1", "x2"))
    assert found.labels.index.tolist() == list(range(120))
    assert adjusted_rand_score(groups, found.labels) == 1


def test_words_alone_are_segmented_by_latent_classes():
    features, groups = mixed(numbers=0, categories=6)
    words = features.frame.apply(lambda codes: codes.map(dict(enumerate(LEVELS))))
    found = sb.segment(words, n_segments=3, **QUICK)
    assert found.method == "latent_class"
    assert adjusted_rand_score(groups, found.labels) >= 0.9


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"a": []}), "no row or no column"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Two columns bear the name 'a'"),
        (pd.DataFrame({"a": 1, "id": range(40)}), r"No column can form .* a \(constant\); id \(id\)"),
    ],
)
def test_tables_without_anything_to_segment_are_refused(table, message):
    with pytest.raises(InputError, match=message):
        sb.segment(table)


def test_codes_of_another_table_are_read_by_their_words():
    frame, _ = customers()
    found = sb.segment(frame, n_segments=3, method="k_medoids", **QUICK)
    other, _ = feature_table(frame[frame["it's"] != "north"], None)
    assert other["it's"].levels == ("o'hara", "south")
    assert sb.assign(found.model, other).tolist() == found.labels[frame["it's"] != "north"].tolist()


@pytest.mark.parametrize("method", ["k_prototypes", "k_medoids"])
def test_codes_bands_and_truth_values_are_found_again_in_the_table_they_came_from(method):
    random = np.random.default_rng(4)
    groups = np.arange(240) % 3
    near = np.where(random.random(240) < 0.06, random.integers(0, 3, 240), groups)
    frame = pd.DataFrame(
        {
            "store_id": np.array([3.0, 17.0, 1_000_099.0])[near],
            "band": np.array(["65+", "18-24", "under 18"])[near],
            "member": np.where(near == 1, "Yes", "No"),
            "app": near == 2,
            "visits": groups + random.normal(0, 0.2, 240),
        }
    )
    found = sb.segment(frame, n_segments=3, method=method, **QUICK)
    assert adjusted_rand_score(groups, found.labels) >= 0.9
    assert sb.assign(found.model, frame).tolist() == found.labels.tolist()
    asked = duckdb.sql(f"SELECT {sb.sql(found.model)} AS segment FROM frame").df()["segment"]
    assert asked.tolist() == found.labels.tolist()
    unseen = sb.assign(found.model, frame.assign(store_id=2))
    assert set(unseen) == {"unassigned: unseen category"}


# The rule in SQL


def strangers(frame, seed=1):
    """Return customers like these, some of them odd: missing, unheard of, or far away."""
    random = np.random.default_rng(seed)
    new = frame.sample(1500, replace=True, random_state=seed).reset_index(drop=True)
    new['spend "eur"'] *= np.exp(random.normal(0, 0.6, 1500))
    new["age"] += random.normal(0, 5, 1500)
    new = new.astype({"size": object, "it's": object, "member": object, "flag": float})
    odd = {
        'spend "eur"': [np.nan, np.inf, -np.inf, -5.0, 0.0, 1e12],
        "age": [np.nan, -400.0, 400.0],
        "it's": [None, "elsewhere", "NORTH", ""],
        "size": [None, "XXL"],
        "member": [None],
        "flag": [np.nan, 2.0, 0.4],
    }
    for name, values in odd.items():
        for value in values:
            new.loc[random.integers(0, 1500, 12), name] = value
    far = random.integers(0, 1500, 200)
    new.loc[far, 'spend "eur"'] = frame['spend "eur"'].max() * random.uniform(0.01, 1, 200)
    new["member"] = new["member"].astype("boolean")
    return new


@pytest.mark.parametrize("method", ["kmeans", "k_medoids", "k_prototypes", "ward", "hdbscan"])
def test_sql_gives_the_labels_of_assign(method):
    frame, _ = customers()
    found = sb.segment(frame, n_segments=3, method=method, **QUICK)
    new = strangers(frame)
    told = sb.assign(found.model, new)
    asked = duckdb.sql(f"SELECT {sb.sql(found.model)} AS segment FROM new").df()["segment"]
    assert asked.tolist() == told.tolist()
    reasons = {"missing value", "unseen category", "outside the range seen"}
    assert set(told) >= {*found.segments, *(f"unassigned: {each}" for each in reasons)}


def test_sql_of_latent_classes_and_ties():
    frame, _ = customers()
    words = frame[["it's", "member", "flag"]]
    new = strangers(frame)
    for method in ("latent_class", "k_medoids"):
        found = sb.segment(words, n_segments=2, method=method, **QUICK)
        asked = duckdb.sql(f"SELECT {sb.sql(found.model)} AS segment FROM new").df()["segment"]
        assert asked.tolist() == sb.assign(found.model, new).tolist()


def test_sql_of_a_tree_with_noise_and_of_centres_with_a_reach():
    from segnb.clustering.distil import distilled

    random = np.random.default_rng(2)
    new = pd.DataFrame({"a": random.normal(50, 9, 400), "b": random.normal(5, 1, 400)})
    features, _ = feature_table(new, None)
    transform = learn_transform(features)
    points = transform(features.frame)
    corner = np.where((points > 0.4).all(axis=1), 0, -1)
    core = np.where((points**2).sum(axis=1) < 1, 0, -1)
    for groups, kind in ((corner, "tree"), (core, "nearest_centre")):
        rule = distilled(points, groups)
        model = describe(transform, rule, ["s1"])
        asked = duckdb.sql(f"SELECT {sb.sql(model)} AS segment FROM new").df()["segment"]
        assert model["kind"] == kind
        assert set(asked) == {"s1", "unassigned: noise"}
        assert asked.tolist() == sb.assign(model, new).tolist()


def test_sql_of_the_score_map():
    features = buyers()
    found = sb.segment(features, method="rfm_map", min_cell=40)
    assert found.memberships is None
    new = features.frame.copy()
    new.iloc[:5, 0] = np.nan
    new.iloc[5:9, 2] = 1e9
    asked = duckdb.sql(f"SELECT {sb.sql(found.model)} AS segment FROM new").df()["segment"]
    told = sb.assign(found.model, new)
    assert asked.tolist() == told.tolist()
    assert {"unassigned: too few", "unassigned: missing value"} < set(told)


def test_sql_speaks_other_dialects_and_refuses_what_it_cannot_say():
    frame, _ = customers()
    found = sb.segment(frame, n_segments=3, **QUICK)
    assert '"spend ""eur"""' in sb.sql(found.model)
    assert "DOUBLE PRECISION" in sb.sql(found.model, "postgres")
    assert "`age`" in sb.sql(found.model, "bigquery")
    with pytest.raises(ParameterError, match=r"no SQL dialect 'postgre'.*'postgres'"):
        sb.sql(found.model, "postgre")
    mixture = sb.segment(frame[["age", 'spend "eur"']], n_segments=2, method="gaussian_mixture", **QUICK)
    with pytest.raises(InputError, match="no exact SQL expression"):
        sb.sql(mixture.model)
