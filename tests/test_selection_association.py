"""Association of variables of any kind, the themes that rest on it, tails, and what carries the partition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_features import table

from segnb.association import associations, correlation_ratio, cramers_v
from segnb.plain.gaps import gaps
from segnb.plain.tails import choose_scale, tail
from segnb.segmentation import Feature, FeatureTable
from segnb.selection import contribution, select
from segnb.selection.themes import themes


def mixed(size=600, seed=0):
    """Return three themes, each of a number, an ordered and an unordered category, and one on its own."""
    random = np.random.default_rng(seed)
    columns, features = {}, []
    for theme in "abc":
        trait = random.normal(size=size)
        parts = {
            "number": np.exp(trait + 0.3 * random.normal(size=size)),
            "ordered": np.digitize(trait + 0.3 * random.normal(size=size), [-1, 0, 1]),
            # Which number stands for which level has no meaning, and must have none.
            "unordered": np.array([2.0, 0.0, 3.0, 1.0])[
                np.digitize(trait + 0.3 * random.normal(size=size), [-1, 0, 1])
            ],
        }
        kinds = {"number": "log", "ordered": "ordinal", "unordered": "nominal"}
        for part, values in parts.items():
            levels = () if part == "number" else tuple("wxyz")
            columns[f"{theme}_{part}"] = values
            features.append(Feature(f"{theme}_{part}", f"{theme} {part}", "number", kinds[part], levels))
    columns["alone"] = random.normal(size=size)
    features.append(Feature("alone", "Alone", "number"))
    return table(columns, tuple(features))


def test_cramers_v_and_the_correlation_ratio_are_those_of_the_textbook():
    # Bergsma (2013) on a table of 30, 10 / 10, 30: phi^2 = .25, less 1/79, by 2 - 1/79 - 1.
    first = np.repeat([0, 0, 1, 1], [30, 10, 10, 30])
    second = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    assert cramers_v(first, second) == pytest.approx(np.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))
    # Kelley (1935): 1 2 | 3 4 leave 1/5 of the spread within, by (4 - 1) / (4 - 2).
    values, groups = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])
    assert correlation_ratio(values, groups) == pytest.approx(np.sqrt(1 - (1 / 5) * 3 / 2))


def test_unrelated_categories_of_many_levels_have_no_association():
    random = np.random.default_rng(1)
    strengths = []
    for _ in range(50):
        groups, others = random.integers(0, 25, (2, 300))
        strengths += [cramers_v(groups, others), correlation_ratio(random.normal(size=300), groups)]
    # Without the correction for chance both are near .3 throughout.
    assert np.mean(strengths) < 0.06


def test_association_is_symmetric_in_one_scale_and_blind_to_names_of_levels():
    features = mixed()
    found = associations(features.frame, features.features)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)
    within = [found.loc[f"{theme}_number", f"{theme}_unordered"] for theme in "abc"]
    assert min(within) > 0.8
    assert abs(found.loc["a_number", "b_unordered"]) < 0.2
    # Spearman of the codes themselves would be small: they are in no order.
    assert abs(features.frame[["a_number", "a_unordered"]].corr("spearman").iloc[0, 1]) < 0.4
    renamed = features.frame.assign(a_unordered=3 - features.frame["a_unordered"])
    pd.testing.assert_frame_equal(associations(renamed, features.features), found)


def test_themes_of_mixed_kinds_are_found_in_any_order_and_unit():
    features = mixed()
    selection = select(features, max_correlation=1)
    planted = {frozenset(f"{theme}_{part}" for part in ("number", "ordered", "unordered")) for theme in "abc"}
    assert {frozenset(theme) for theme in selection.themes} == planted | {frozenset({"alone"})}
    names = list(np.random.default_rng(2).permutation(list(features.frame)))
    cents = features.frame.assign(a_number=features.frame["a_number"] * 100)
    again = select(replace(features, frame=cents).only(names), max_correlation=1)
    assert {frozenset(theme) for theme in again.themes} == {frozenset(theme) for theme in selection.themes}


def test_of_each_theme_that_says_the_same_one_representative_is_kept_and_named():
    selection = select(mixed())
    assert selection.kept == ["a_number", "b_number", "c_number", "alone"]
    for theme in "abc":
        for part in ("ordered", "unordered"):
            decision = selection[f"{theme}_{part}"]
            assert (decision.reason, decision.partner) == ("redundant", f"{theme}_number")
    text = {row[0].text: row[2].text for row in selection.blocks()[0].rows}
    assert text["a ordered"].startswith("Follows a number (correlation 0.")
    assert text["a unordered"].startswith("Follows a number (association 0.")


def test_no_two_kept_measures_follow_each_other_though_their_clusters_lie_apart():
    # Average linkage cut at the limit would keep both ends, or drop one that follows nothing kept.
    random = np.random.default_rng(3)
    for _ in range(20):
        trait = random.normal(size=(400, 3))
        loads = random.uniform(-1, 1, (3, 9))
        columns = trait @ loads + 0.4 * random.normal(size=(400, 9))
        selection = select(table({f"m{place}": columns[:, place] for place in range(9)}))
        strengths = selection.correlations.abs()
        kept = strengths.loc[selection.kept, selection.kept].to_numpy().copy()
        np.fill_diagonal(kept, 0)
        assert kept.max() <= 0.7
        for decision in selection.decisions:
            if decision.reason == "redundant":
                assert strengths.loc[decision.feature.name, decision.partner] > 0.7


def test_few_customers_make_no_themes_of_chance():
    random = np.random.default_rng(4)
    found = 0
    for _ in range(50):
        features = table({f"m{place}": random.normal(size=40) for place in range(6)})
        found += len(themes(associations(features.frame, features.features), 40)) < 5
    assert found <= 5


def test_a_long_tail_takes_the_log_scale_in_any_currency_and_a_short_one_does_not():
    random = np.random.default_rng(5)
    long, short = pd.Series(random.lognormal(3, 1, 800)), pd.Series(random.uniform(0, 9, 800))
    assert [choose_scale(long * unit, "x") for unit in (0.01, 1, 100, 1e6)] == ["log"] * 4
    assert choose_scale(short, "x") == "linear"
    assert choose_scale(-long, "x") == "linear"
    assert choose_scale(long - long.median(), "x") == "linear"
    feature = Feature("x", "X", "money", "log")
    before, after = tail(long, feature), tail(long * 100, feature)
    assert before.skew_before > 3 > 1.2 > before.skew_after
    assert before.far_before > 0.05 > before.far_after
    assert before.skew_before == after.skew_before
    assert before.skew_after == pytest.approx(after.skew_after, abs=1e-5)


def test_gaps_are_sets_of_columns_missing_together():
    frame = pd.DataFrame({"a": [np.nan, np.nan, 1, 1], "b": [np.nan, np.nan, 1, np.nan], "c": 1.0})
    assert [(gap.columns, gap.customers) for gap in gaps(frame)] == [(("a", "b"), 2), (("b",), 1)]


def carried(size=400, seed=0):
    """Return one large and two small groups, each small one apart in one measure, and a measure of noise."""
    random = np.random.default_rng(seed)
    group = random.choice(3, size, p=[0.6, 0.2, 0.2])
    columns = {f"carries_{place}": random.normal(size=size) + 8 * (group == place) for place in (1, 2)}
    return table({**columns, "noise": random.normal(size=size)})


def test_what_carries_the_partition_is_told_from_a_passenger():
    features = carried()
    found = contribution(select(features), features, 3)
    moved = {each.name: each.moved for each in found.moved}
    assert min(moved["carries_1"], moved["carries_2"]) > 0.3
    assert moved["noise"] < 0.05
    assert [each.name for each in found.passengers] == ["noise"]
    assert found.chance < 0.05


def test_contribution_depends_on_no_order_and_no_unit():
    features = carried()
    plain = contribution(select(features), features, 3)
    rows = features.frame.iloc[np.random.default_rng(1).permutation(len(features.frame))]
    for frame in (rows, features.frame * 100):
        other = replace(features, frame=frame)
        assert contribution(select(other), other, 3).moved == plain.moved


@pytest.mark.parametrize("n_segments", [None, 1])
def test_without_segments_to_move_there_is_no_contribution(n_segments):
    features = carried(40)
    assert contribution(select(features), features, n_segments) is None


def test_a_category_is_a_measure_like_any_other():
    features = mixed()
    selection = select(features, max_correlation=1)
    assert sum(each.share for each in selection.decisions) == pytest.approx(1)
    assert sum(each.share_raw for each in selection.decisions) == pytest.approx(1)
    assert contribution(selection, features, 3) is not None
    assert isinstance(features, FeatureTable)
