"""The verdict: noise is never natural, separate groups are found, and what decided is said."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from declared import shop
from known_structure import BLOBS, NOISE, banana, blobs, gaussian, seeded, two_humped
from made_features import table
from scipy.optimize import linprog
from sklearn.metrics import adjusted_rand_score

import segnb as sb
from segnb.bases import features as basis_features
from segnb.clustering import headline
from segnb.clustering.copula import copula_tables, unrelated_tables
from segnb.clustering.dip import dip, dip_p_value
from segnb.clustering.dip_quantiles import LEVELS, QUANTILES
from segnb.clustering.groups import against_copula, separate_groups
from segnb.clustering.symmetry import symmetric, tied
from segnb.document.text import plain
from segnb.errors import InputError
from segnb.segmentation import Note
from segnb.selection import select
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, SEED
from segnb.tables.shop_data import make_shop
from segnb.tables.shop_plan import FIRST
from segnb.tables.windows import split
from segnb.transform import learn_transform
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def frame(values):
    return pd.DataFrame(values, columns=[f"m{place}" for place in range(np.shape(values)[1])])


def three_groups(size=150, seed=0):
    """Return three round groups in three columns, and which group each row belongs to."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(3), size)
    centres = np.array([[0, 0, 0], [8, 0, 4], [0, 8, -4]])
    return frame(centres[groups] + random.standard_normal((3 * size, 3))), groups


# The dip


def by_definition(values):
    """Return the dip by a linear programme for each mode; unknown are both parts and the distance."""
    places, counts = np.unique(values, return_counts=True)
    heads = np.cumsum(counts) / counts.sum()
    feet, last = heads - counts / counts.sum(), len(places) - 1
    return max(min(_at_mode(places, heads, feet, mode, last) for mode in range(last + 1)), 0.5 / counts.sum())


def _at_mode(places, heads, feet, mode, last):
    below, above = range(mode + 1), range(mode, last + 1)
    rows, limits = [], []

    def at(part, place):
        return place if part == "below" else mode + 1 + place - mode

    def demand(limit, *terms):
        row = np.zeros(last + 3)
        for weight, place in terms:
            row[place] += weight
        rows.append(row)
        limits.append(limit)

    for part, held in (("below", below), ("above", above)):
        for place in held:
            upper = heads[place] if part == "above" and place == mode else feet[place]
            lower = feet[place] if part == "below" and place == mode else heads[place]
            demand(upper, (1, at(part, place)), (-1, -1))
            demand(-lower, (-1, at(part, place)), (-1, -1))
        for place in held[1:-1]:
            turn = 1 if part == "below" else -1
            before, after = np.diff(places[place - 1 : place + 2])
            demand(
                0,
                (turn * (1 / before + 1 / after), at(part, place)),
                (-turn / before, at(part, place - 1)),
                (-turn / after, at(part, place + 1)),
            )
        for place in held[1:]:
            demand(0, (1, at(part, place - 1)), (-1, at(part, place)))
    demand(0, (1, at("below", mode)), (-1, at("above", mode)))
    goal = np.eye(last + 3)[-1]
    return linprog(goal, np.array(rows), limits, bounds=[(-1, 2)] * (last + 2) + [(0, 1)]).fun


@pytest.mark.parametrize("kind", ["one hump", "two humps", "lattice", "ties"])
def test_the_dip_is_that_of_its_definition(kind):
    random = np.random.default_rng(3)
    for size in (2, 3, 5, 8, 13):
        values = {
            "one hump": random.standard_normal(size),
            "two humps": random.standard_normal(size) + 6 * (np.arange(size) % 2),
            "lattice": random.choice(np.arange(2.0 * size), size, replace=False),
            "ties": random.integers(0, 4, size).astype(float),
        }[kind]
        assert dip(values) == pytest.approx(by_definition(values), abs=1e-9)


def test_the_dip_knows_no_unit_no_order_and_no_side():
    values = np.random.default_rng(4).standard_normal(80)
    for other in (values[::-1], 3 + 7 * values, -values):
        assert dip(other) == pytest.approx(dip(values), abs=1e-12)


def test_quantiles_of_the_dip_can_be_simulated_again():
    random = np.random.default_rng(5)
    simulated = np.sqrt(50) * np.sort([dip(random.random(50)) for _ in range(1500)])
    for level in (0.5, 0.9, 0.95):
        share = (simulated <= QUANTILES[50][LEVELS.index(level)]).mean()
        assert abs(share - level) <= 4 * np.sqrt(level * (1 - level) / 1500)


def test_p_values_are_uniform_for_uniform_samples_and_small_for_two_humps():
    random = np.random.default_rng(6)
    p = [dip_p_value(dip(random.random(size)), size) for size in (25, 70, 350, 3000) for _ in range(150)]
    assert 0.025 <= np.mean(np.array(p) <= 0.05) <= 0.08
    assert 0.45 <= np.mean(p) <= 0.55
    humps = np.concatenate((random.standard_normal(60), 5 + random.standard_normal(60)))
    assert dip_p_value(dip(humps), 120) <= 0.0011


# Noise and groups


@pytest.mark.parametrize("kind", NOISE)
def test_noise_is_not_natural(kind):
    assert not separate_groups(frame(NOISE[kind](seeded(kind, 0))[:1000]), 0).natural


@pytest.mark.parametrize("kind", BLOBS)
def test_separate_groups_are_found(kind):
    values, groups = blobs(seeded(kind, 0), BLOBS[kind])
    found = separate_groups(frame(values[:900]), 0)
    assert (found.natural, found.evidence["groups"]) == (True, BLOBS[kind])
    assert adjusted_rand_score(groups[:900], found.labels) >= 0.95


def test_gaps_of_single_columns_make_no_groups_and_the_column_is_named():
    values = two_humped(np.random.default_rng(7))[:800]
    values[:, 1] = gaussian(np.random.default_rng(8), size=800)[:, 1]
    values[:, 2] = values[:, 1] ** 3
    found = sb.structure(frame(values))
    assert found.kind == "reproducible"
    assert found.evidence["gap_splits"] == 5
    assert found.evidence["p_copula"] > 0.02
    (cut,) = [each for each in found.notes if each.kind == "threshold"]
    assert cut.column == "m0"
    assert 1 < cut.value < 3
    assert "single measures explain the gaps" in plain(found.blocks())


def test_a_bent_cloud_is_compressed_but_has_no_valley():
    values = banana(np.random.default_rng(9))[:1000]
    points = symmetric(values, tied(values), np.arange(1000), 0)
    assert against_copula(points, 2, 0)[1] == 0.02
    assert not separate_groups(frame(values), 0).valley


def test_a_drawn_table_has_the_datas_margins_and_rank_correlations():
    values = np.exp(gaussian(np.random.default_rng(10), 0.7, size=1500))
    values[:, 3] = np.round(values[:, 3])
    ranks = pd.DataFrame(values).corr("spearman").to_numpy()
    drawn = copula_tables(values, 8, 0)
    for each in (*drawn, *unrelated_tables(values, 2, 0)):
        assert np.array_equal(np.sort(each, axis=0), np.sort(values, axis=0))
    matched = np.mean([pd.DataFrame(each).corr("spearman").to_numpy() for each in drawn], axis=0)
    np.testing.assert_allclose(matched, ranks, atol=0.03)


@pytest.mark.parametrize(("correlation", "kind"), [(0.0, "none"), (0.8, "reproducible")])
def test_a_cloud_is_none_or_reproducible_by_whether_its_columns_are_related(correlation, kind):
    found = sb.structure(gaussian(np.random.default_rng(11), correlation, size=600))
    assert (found.kind, found.n_segments, found.labels) == (kind, None, None)


def test_a_cut_that_does_not_come_back_is_unstable():
    random = np.random.default_rng(12)
    values = random.standard_normal((300, 6))
    values[:, 1] = 0.5 * values[:, 0] + values[:, 1]
    assert sb.structure(values).kind == "unstable"


# Single columns


def test_derived_and_constant_columns_take_no_part_and_are_named():
    values, groups = three_groups()
    random = np.random.default_rng(13)
    values["price"] = random.lognormal(2, 0.5, len(values))
    values["count"] = random.lognormal(1, 0.4, len(values))
    values["total"] = values["price"] * values["count"]
    values["cubed"] = values["m0"] ** 3
    values["same"] = 1.0
    found = sb.structure(values)
    kinds = {each.column: (each.kind, set(each.others)) for each in found.notes}
    assert kinds.pop("same") == ("constant", set())
    assert kinds.pop("total") == ("derived", {"price", "count"})
    assert list(kinds.values()) in ([("derived", {"m0"})], [("derived", {"cubed"})])
    assert (found.kind, found.n_segments) == ("natural", 3)
    assert adjusted_rand_score(groups, found.labels) == 1


def one_time_buyers(random, size=600):
    """Return customers of whom some bought once, when they came; the others form no groups."""
    once = random.random(size) < 0.4
    count = np.where(once, 1, 2 + random.poisson(3, size))
    recency = np.where(once, random.uniform(300, 330, size), 250 * random.random(size))
    spend = count * random.lognormal(3, 0.4, size)
    return pd.DataFrame({"count": count, "recency": recency, "spend": spend}), once


def test_a_value_that_makes_a_group_is_named_and_the_others_are_judged():
    values, _ = one_time_buyers(np.random.default_rng(14))
    found = sb.structure(values)
    assert found.notes[0] == Note("atom", "count", value=1.0)
    assert found.kind in ("reproducible", "unstable")
    assert "Those with 1 as their count stand apart" in plain(found.blocks())


def test_a_value_that_makes_a_group_is_one_more_where_the_others_form_groups():
    values, groups = three_groups()
    values["channels"] = np.where(
        groups == 1, 1.0, 1 + np.random.default_rng(16).lognormal(0, 0.5, len(values))
    )
    found = separate_groups(values, 0)
    assert [(each.kind, each.column, each.value) for each in found.notes] == [("atom", "channels", 1.0)]
    assert (found.natural, found.evidence["groups"], found.evidence["rows_judged"]) == (True, 3, 300)
    assert adjusted_rand_score(groups, found.labels) == 1


def test_a_value_that_marks_part_of_a_group_leaves_the_number_as_it_is():
    values, groups = three_groups()
    some = (groups == 1) & (np.arange(len(values)) % 2 == 0)
    values["channels"] = np.where(some, 1.0, 1 + np.random.default_rng(16).lognormal(0, 0.5, len(values)))
    found = separate_groups(values, 0)
    assert [(each.kind, each.column, each.value) for each in found.notes] == [("atom", "channels", 1.0)]
    assert (found.natural, found.evidence["groups"]) == (True, 3)
    assert adjusted_rand_score(groups, found.labels) == 1


def test_ratings_alone_are_never_natural():
    random = np.random.default_rng(17)
    groups = random.integers(0, 3, 600)
    high = np.where(groups[:, None] == np.arange(6) // 2, 0.95, 0.05)
    found = separate_groups(frame(random.binomial(4, high)), 0)
    assert (found.valley, found.evidence.get("p_copula")) == (True, 0.02)
    assert not found.natural
    assert found.notes == (Note("tied"),)


def test_yes_and_no_columns_do_not_make_each_other():
    random = np.random.default_rng(21)
    assert separate_groups(frame(random.random((400, 4)) < 0.85), 0).notes == ()


# What is asked and what comes back


def test_neither_order_nor_units_decide():
    values, _ = three_groups()
    values = np.exp(values / 3)
    found = separate_groups(values, 1)
    rows = np.random.default_rng(18).permutation(len(values))
    other = (values.iloc[rows, [2, 0, 1]] * [1, 100, 1]).rename(columns={"m2": "zz"})
    again = separate_groups(other, 1)
    assert (again.natural, again.evidence) == (True, found.evidence)
    assert again.labels[np.argsort(rows)].tolist() == found.labels.tolist()


def test_rows_with_a_missing_value_take_no_part_and_are_counted():
    values, groups = three_groups()
    values["yes"] = pd.array([True, False, None] * 150, dtype="boolean")
    values.loc[3, "m1"] = np.inf
    found = sb.structure(values)
    assert (found.evidence["customers"], found.evidence["rows_left_out"]) == (299, 151)
    gone = values["yes"].isna() | (values.index == 3)
    assert (found.labels[gone] == "unassigned: missing value").all()
    assert adjusted_rand_score(groups[~gone], found.labels[~gone]) == 1
    assert list(found.labels.index) == list(values.index)
    assert "151 rows with a missing value took no part." in plain(found.blocks())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": ["u", "v"]}),
            "2 of 3 columns hold no numbers: b, c",
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "More than one column is called a"),
        ([1, 2, 3], "this has 1 dimensions"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        sb.structure(given)


def test_few_rows_and_equal_rows():
    few = sb.structure(three_groups(size=49)[0])
    assert (few.kind, few.evidence) == ("too few rows", {"customers": 147.0, "rows_left_out": 0.0})
    assert "147 complete rows are too few for a verdict: it takes 150." in plain(few.blocks())
    alike = sb.structure(np.ones((200, 3)))
    assert alike.kind == "none"
    assert "All rows are alike." in plain(alike.blocks())


def test_one_column_is_never_natural():
    random = np.random.default_rng(19)
    found = sb.structure((random.standard_normal(400) + 8 * (np.arange(400) % 2))[:, None])
    assert found.kind == "reproducible"
    assert found.notes[0].kind == "threshold"


def test_more_rows_than_are_judged_have_their_group_all_of_them(monkeypatch):
    monkeypatch.setattr("segnb.clustering.groups.JUDGE_ON", 300)
    values, groups = three_groups(size=300)
    found = separate_groups(values, 0)
    assert found.evidence["rows_judged"] == 300
    assert adjusted_rand_score(groups, found.labels) == 1


def test_a_verdict_shows_itself_in_every_language():
    values, _ = three_groups(size=60)
    found = sb.structure(values)
    assert "Three separate groups exist." in found._repr_mimebundle_()["text/plain"]
    kinds = ("constant", "derived", "atom", "threshold", "tied", "shape")
    notes = tuple(Note(kind, "m0", ("m1", "m2"), 2.5) for kind in kinds)
    evidence = found.evidence | {
        "split_half": 0.5,
        "split_half_number": 2,
        "p_shuffled": 0.3,
        "rows_left_out": 2,
    }
    for kind, locale in product(("natural", "reproducible", "unstable", "none"), ("en_GB", "de_DE")):
        shown = type(found)(kind, evidence, notes, voice=Voice(locale=locale)).blocks()
        text = plain(shown)
        assert "{" not in text
        assert len(shown[0].sentences) >= 8


# Published segments


def cut(features, n_segments):
    return sb.segment(features, learn_transform(features), n_segments=n_segments, restarts=10, bootstraps=20)


def test_segments_are_natural_where_they_are_the_separate_groups():
    random, groups = np.random.default_rng(20), np.arange(300) % 3
    centres = np.array([[0, 0], [7, 1], [3, 20]])
    values = centres[groups] + random.standard_normal((300, 2))
    features = table({"a": values[:, 0], "b": values[:, 1]})
    assert cut(features, 3).verdict.kind == "natural"
    two = cut(features, 2)
    assert two.verdict.kind == "reproducible"
    lede = "".join(each.text for each in headline(two).lede)
    assert "found three separate groups, and these two segments are not the same" in lede


# The made-up shop


@pytest.fixture(scope="module")
def behaviour(tmp_path_factory):
    cache = tmp_path_factory.mktemp("shop")
    tables = read(shop(), as_of=AS_OF, root=cache, cache=cache)
    features = basis_features(tables, "behavioural", split(FIRST, AS_OF).form)
    return features.only(select(features).kept)


def test_the_shops_planted_segments_are_natural(behaviour):
    found = sb.structure(behaviour.frame)
    planted = make_shop(SEED).planted.reindex(behaviour.frame.index)
    assert (found.kind, found.n_segments) == ("natural", 4)
    assert adjusted_rand_score(planted, found.labels) >= 0.9


def test_a_homogeneous_twin_is_not_natural_and_one_of_unrelated_columns_is_none(behaviour):
    values = behaviour.frame.to_numpy()
    assert not any(separate_groups(frame(twin), 0).natural for twin in copula_tables(values, 5, 1))
    assert sb.structure(unrelated_tables(values, 1, 1)[0]).kind == "none"
