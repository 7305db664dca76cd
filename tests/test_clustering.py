"""Clustering: known groups are found, labels follow the published rule, and doubt is said."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_features import blobs, buyers, shop, table
from sklearn.metrics import adjusted_rand_score

from segnb.charts import clustering as charts
from segnb.charts import rfm as rfm_charts
from segnb.clustering import METHODS, NumberChoice, assign, choose_number, headline, segment, stability, trust
from segnb.clustering.agreement import adjusted_rand, best_overlap, one_hot
from segnb.clustering.number import Candidate, recommend
from segnb.clustering.rfm_map import RULES, cut_points
from segnb.clustering.score_map import score, scores
from segnb.clustering.stability import grade
from segnb.errors import InputError
from segnb.registry import UnknownName
from segnb.segmentation import Segmentation
from segnb.store import load, save
from segnb.transform import learn_transform

THREE = ((0, 0, 0), (9, 0, 4), (0, 9, -4))
QUICK = {"restarts": 10, "bootstraps": 20}


def cut(features, n_segments, **settings):
    return segment(features, learn_transform(features), n_segments=n_segments, **QUICK | settings)


@pytest.fixture(scope="module")
def three():
    features, groups = blobs(THREE)
    number = choose_number(features, learn_transform(features), largest=5, **QUICK)
    return features, groups, number, cut(features, number.chosen)


def test_three_groups_are_found_and_come_back(three):
    _, groups, number, found = three
    assert (number.chosen, number.reason) == (3, "groups")
    assert adjusted_rand_score(groups, found.labels) == 1
    assert found.verdict.kind == "natural"
    assert {each.grade for each in found.passports.values()} == {"A"}
    assert headline(found).text == "Three separate groups exist, and the same ones come back"
    answer, starts = trust(found).blocks()
    assert answer.text == "Yes: three separate groups exist, and the same ones come back"
    assert answer.lede[0].text.startswith("Each of the three comes back well enough")
    assert "so the fit is no accident of its start" in starts.content[0].text


def test_criteria_stand_side_by_side_and_starts_are_compared(three):
    _, _, number, found = three
    assert number.by_gap == 3
    assert all(each.gap_error > 0 and each.bic is None for each in number.candidates)
    table = number.blocks()[0]
    heads = [column.label for column in table.columns]
    assert "Gap statistic" in heads
    assert "BIC" not in heads
    assert table.note.endswith("The gap statistic, for comparison, takes three.")
    row = dict(zip(heads, table.rows[1], strict=True))
    assert row["Gap statistic"].small.startswith("± 0.0")
    assert row["Agreement of starts"].text == "1.00"
    mixed = replace(number, candidates=tuple(replace(each, bic=1234.5) for each in number.candidates))
    with_bic = mixed.blocks()[0]
    at = [column.label for column in with_bic.columns].index("BIC")
    assert {row[at].text for row in with_bic.rows} <= {"1,234", "1,235"}
    assert "of the 10 single starts" in trust(found).blocks()[1].content[0].text
    assert "Any two starts agree at 1.00" in trust(found).blocks()[1].content[0].text


def test_segments_are_numbered_by_size():
    groups = table({"a": np.r_[np.zeros(20), np.full(60, 9), np.full(40, 18)] + np.arange(120) / 1000})
    found = cut(groups, 3)
    assert found.segments == ("s1", "s2", "s3")
    assert [found.passports[key].size for key in found.segments] == [60, 40, 20]


def test_customers_score_to_their_own_segment(three):
    features, _, _, found = three
    again = assign(json.loads(json.dumps(found.model)), features.frame)
    pd.testing.assert_series_equal(again, found.labels)
    alone = [assign(found.model, features.frame.iloc[[row]]).iloc[0] for row in range(0, 300, 37)]
    assert alone == found.labels.iloc[::37].tolist()


def test_missing_and_far_values_are_not_assigned(three):
    features, _, _, found = three
    strange = features.frame.iloc[:3].copy()
    strange.iloc[0, 0] = np.nan
    strange.iloc[1, 1] = 1e6
    assert assign(found.model, strange).tolist() == [
        "unassigned: missing value",
        "unassigned: outside the range seen",
        found.labels.iloc[2],
    ]
    with pytest.raises(InputError, match="has no measure_0"):
        assign(found.model, strange.drop(columns="measure_0"))


def test_a_customer_with_a_missing_value_takes_no_part_but_is_told():
    features, _ = blobs(THREE)
    features.frame.iloc[5, 0] = np.nan
    found = cut(features, 3)
    assert found.labels.iloc[5] == "unassigned: missing value"
    assert sum(each.size for each in found.passports.values()) == 299


def groups_of(found):
    """Return the partition itself, whatever the segments are called."""
    labels = found.labels
    return {frozenset(labels.index[labels == key]) for key in found.segments}


def test_order_and_ids_do_not_matter():
    # Without groups there are many near-equal cuts, so that any dependence on the order would show.
    random = np.random.default_rng(4)
    features = table({"a": random.uniform(size=200), "b": random.uniform(size=200)})
    shuffled = features.frame.sample(frac=1, random_state=1)
    before, after = cut(features, 7), cut(replace(features, frame=shuffled), 7)
    assert groups_of(after) == groups_of(before)
    assert after.model == before.model


def test_every_row_twice_gives_the_same_segments():
    features, _ = blobs(THREE)
    twice = pd.concat([features.frame, features.frame.rename(index=lambda each: f"{each}b")]).sort_index()
    found = cut(replace(features, frame=twice), 3)
    assert found.labels.loc[features.frame.index].tolist() == cut(features, 3).labels.tolist()


def test_cents_or_dollars_do_not_matter():
    features = shop().only(["orders", "average_order", "discount_share"])
    # About one unit an order: there, log1p alone would not make units cancel.
    features.frame["average_order"] /= 20
    cents = replace(
        features, frame=features.frame.assign(average_order=features.frame["average_order"] * 100)
    )
    assert cut(cents, 3).labels.tolist() == cut(features, 3).labels.tolist()


def test_one_outlier_does_not_become_a_segment():
    features, _ = blobs(((0, 0), (9, 9)), size=100)
    features.frame.iloc[0] = 1e12
    found = cut(features, 2)
    assert [each.size for each in found.passports.values()] in ([100, 100], [101, 99])


def test_segments_that_are_too_small_are_not_shown():
    features, groups = blobs(((0, 0), (9, 9)), size=60)
    few = np.r_[np.flatnonzero(groups == 0), np.flatnonzero(groups == 1)[:6]]
    found = cut(replace(features, frame=features.frame.iloc[np.sort(few)]), 2)
    assert found.segments == ("s1",)
    assert (found.labels == "unassigned: too few").sum() == 6
    assert (assign(found.model, features.frame) == "unassigned: too few").sum() == 60
    with pytest.raises(InputError, match="No segment holds min_cell = 100"):
        cut(features, 2, min_cell=100)


@pytest.mark.parametrize(("customers", "asked"), [(2, 3), (1, 2)])
def test_more_segments_than_customers_are_refused(customers, asked):
    features = table({"a": np.arange(customers)})
    with pytest.raises(InputError, match=f"{customers} customers, {asked} segments asked"):
        cut(features, asked)
    with pytest.raises(InputError, match=f"{customers} customers, {asked} segments asked"):
        choose_number(features, learn_transform(features), n_segments=asked)


def test_identical_customers_are_one_group_without_structure():
    features = table({"a": np.full(40, 0.1), "b": np.ones(40)})
    number = choose_number(features, learn_transform(features), n_segments=3)
    found = cut(features, number.chosen)
    assert (number.chosen, number.reason) == (1, "identical")
    assert (found.n_segments, found.verdict.kind) == (1, "none")
    assert set(found.labels) == {"s1"}
    assert headline(found).text == "No segments: all customers are alike"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_unrelated_columns_hold_no_structure(kind, seed):
    random = np.random.default_rng([7, seed])
    columns = {f"m{place}": getattr(random, kind)(size=400) for place in range(3)}
    assert cut(table(columns), 3).verdict.kind == "none"


def test_a_cut_through_related_columns_is_no_more_than_reproducible():
    random = np.random.default_rng(8)
    trait = random.normal(size=300)
    columns = {f"m{place}": trait + 0.4 * random.normal(size=300) for place in range(3)}
    assert cut(table(columns), 2).verdict.kind == "reproducible"
    assert cut(table(columns), 8).verdict.kind == "unstable"


def test_few_rows_get_no_verdict():
    features, _ = blobs(THREE, size=40)
    found = cut(features, 3)
    assert found.verdict.kind == "too few rows"
    assert headline(found).text == "120 customers are too few for a verdict on segments"


def candidate(n_segments, agreement, smallest=100, silhouette=0.2, certain=1.0):
    return Candidate(
        n_segments, 1.0, 0.5, silhouette, agreement, agreement, agreement, smallest, certain, 0.9, 0.4, 0.02
    )


@pytest.mark.parametrize(
    ("agreements", "chosen"),
    [
        # A continuum: two is steadiest, five the most that come back as well as four.
        ({2: 0.86, 3: 0.70, 4: 0.78, 5: 0.75, 6: 0.68}, (5, "steady")),
        ({2: 0.95, 3: 0.78, 4: 0.80, 5: 0.60}, (4, "steady")),
        ({2: 0.55, 3: 0.40, 4: 0.30}, (2, "nothing_steady")),
        # A cut that the verdict would call unstable is not recommended while two segments come back.
        ({2: 0.82, 3: 0.64, 4: 0.50}, (2, "two")),
        ({2: 0.90, 3: 0.72, 4: 0.69}, (3, "steady")),
    ],
)
def test_the_rule_for_the_number(agreements, chosen):
    tried = tuple(candidate(number, agreement) for number, agreement in agreements.items())
    assert recommend(tried, 1000, min_cell=10, restarts=50) == chosen


def test_clear_gaps_come_first_and_splinters_and_lucky_fits_are_not_open():
    gaps = (candidate(2, 1.0, silhouette=0.7), candidate(3, 0.9, silhouette=0.6))
    assert recommend(gaps, 1000, min_cell=10, restarts=50) == (2, "gaps")
    splinter = (candidate(3, 0.7), candidate(4, 0.9, smallest=20))
    assert recommend(splinter, 1000, min_cell=10, restarts=50) == (3, "steady")
    lucky = (candidate(3, 0.7), candidate(4, 0.9, certain=0.02))
    assert recommend(lucky, 1000, min_cell=10, restarts=50) == (3, "steady")


def test_a_number_that_is_asked_for_is_taken(three):
    features, _, _, _ = three
    number = choose_number(features, learn_transform(features), n_segments=4, largest=3, **QUICK)
    assert (number.chosen, number.reason) == (4, "asked")
    assert [each.n_segments for each in number.candidates] == [2, 3, 4]


def test_grades_follow_the_bands_and_stop_at_c_in_doubt():
    assert [grade(value, certain=True) for value in (0.85, 0.84, 0.75, 0.6, 0.59)] == [
        "A",
        "B",
        "B",
        "C",
        "D",
    ]
    assert [grade(value, certain=False) for value in (0.99, 0.75, 0.6, 0.1)] == ["C", "C", "C", "D"]


def test_agreement_equals_scikit_learns():
    random = np.random.default_rng(5)
    labels = [random.integers(0, k, 200) for k in (2, 3, 3, 5)]
    ours = adjusted_rand([one_hot(each, 6) for each in labels])
    theirs = [[adjusted_rand_score(a, b) for b in labels] for a in labels]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    assert adjusted_rand([one_hot(np.zeros(9, dtype=int), 1)] * 2).tolist() == [[1, 1], [1, 1]]


def test_overlap_is_jaccard_with_the_best_match():
    original, refit = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, 0])
    assert best_overlap(one_hot(original, 2), one_hot(refit, 2)).tolist() == [2 / 3, 2 / 3]


def test_an_uncertain_optimum_is_said():
    random = np.random.default_rng(9)
    found = cut(table({"a": random.uniform(size=500), "b": random.uniform(size=500)}), 9, restarts=20)
    assert found.verdict.evidence["starts_certain"] < 0.2
    assert max(each.grade for each in found.passports.values()) >= "C"
    assert min(each.grade for each in found.passports.values()) >= "C"
    answer, starts = trust(found).blocks()
    assert answer.lede[0].text.startswith("None of the nine segments comes back")
    assert starts.content[0].text.startswith("Only ")


SCRIPT = """
import sys; sys.path.insert(0, "tests")
from pathlib import Path
from made_features import shop
from segnb.clustering import choose_number, segment
from segnb.selection import select
from segnb.store import save
features = shop(400)
transform = select(features).transform
number = choose_number(features, transform, largest=3, restarts=10, bootstraps=20)
save(number, Path(sys.argv[1]), "number")
found = segment(features, transform, n_segments=3, restarts=10, bootstraps=20)
save(found, Path(sys.argv[1]), "segmentation")
"""


def test_bytes_are_equal_at_any_number_of_threads(tmp_path):
    written = []
    for threads, hashing in (("1", "0"), ("2", "1")):
        folder = tmp_path / threads
        settings = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": hashing}
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder)], check=True, env={**os.environ, **settings}
        )
        written.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert len(written[0]) == 4
    assert written[0] == written[1]


def test_results_come_back_from_disk(three, tmp_path):
    _, _, number, found = three
    save(number, tmp_path, "number")
    save(found, tmp_path, "segmentation")
    assert load(NumberChoice, tmp_path, "number") == number
    again = load(Segmentation, tmp_path, "segmentation")
    assert (again.passports, again.verdict, again.model) == (found.passports, found.verdict, found.model)
    pd.testing.assert_series_equal(again.labels, found.labels)


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match=r"no method 'kmean'.*Did you mean 'kmeans'\?"):
        cut(shop(), 2, method="kmean")


MIDDLES = '''
"""Segments around medians."""
import numpy as np
from segnb.clustering.fit import draws
from segnb.clustering.methods import method
from segnb.clustering.rules import NearestCentre, matrix

@method("middles")
def middles(points, n_segments, *, seed, restarts):
    """Segments around medians (k-medians)."""
    centres = points[draws(seed).choice(len(points), n_segments, replace=False)]
    for _ in range(20):
        labels = NearestCentre(matrix(centres), power=1).labels(points)
        own = [points[labels == place] for place in range(n_segments)]
        centres = np.array([np.median(each, axis=0) if len(each) else centres[0] for each in own])
    return NearestCentre(matrix(centres), power=1)
'''


def test_a_method_is_added_by_one_file(tmp_path, monkeypatch, three):
    features, groups, _, _ = three
    (tmp_path / "middles.py").write_text(MIDDLES)
    import segnb.clustering

    monkeypatch.setattr(segnb.clustering, "__path__", [*segnb.clustering.__path__, str(tmp_path)])
    try:
        assert "middles" in METHODS
        found = cut(features, 3, method="middles", restarts=20)
        assert adjusted_rand_score(groups, found.labels) == 1
        assert (assign(found.model, features.frame) == found.labels).all()
    finally:
        METHODS._entries.pop("middles", None)
        sys.modules.pop("segnb.clustering.middles", None)


# The RFM map


@pytest.fixture(scope="module")
def mapped():
    features = buyers()
    return features, segment(features, learn_transform(features), method="rfm_map")


def test_the_map_covers_each_pair_of_scores_exactly_once():
    covered = [
        (recency, value)
        for _, (r_low, r_high), (v_low, v_high) in RULES
        for recency in range(r_low, r_high + 1)
        for value in range(v_low, v_high + 1)
    ]
    assert sorted(covered) == [(recency, value) for recency in range(1, 6) for value in range(1, 6)]


def test_equal_customers_get_equal_scores(mapped):
    features, found = mapped
    cuts = found.model["cuts"]
    for name in ("recency_days", "frequency", "monetary"):
        own = score(features.frame[name], cuts[name], falling=name == "recency_days")
        assert (pd.Series(own).groupby(features.frame[name].to_numpy()).nunique() == 1).all()


def test_scores_rise_with_the_measure_and_fall_with_the_days():
    values = pd.Series([1.0, 1, 1, 2, 3, 4, 5, 6, 7, 8])
    rising = score(values, cut_points(values, falling=False), falling=False)
    falling = score(values, cut_points(values, falling=True), falling=True)
    assert rising.tolist() == [1, 1, 1, 2, 3, 3, 4, 4, 5, 5]
    assert falling.tolist() == [5, 5, 5, 4, 3, 3, 2, 2, 1, 1]


def test_ties_leave_nobody_without_the_best_score():
    once = pd.Series([1.0] * 70 + [2.0] * 30)
    assert set(score(once, cut_points(once, falling=False), falling=False)) == {2, 5}
    alike = pd.Series([4.0] * 10)
    assert set(score(alike, cut_points(alike, falling=False), falling=False)) == {3}


def test_cut_points_are_the_same_when_every_row_stands_twice(mapped):
    features, _ = mapped
    for name in features.frame:
        values = features.frame[name]
        assert cut_points(pd.concat([values, values]), falling=False) == cut_points(values, falling=False)


def test_the_map_labels_everyone_by_rule(mapped):
    features, found = mapped
    assert found.verdict.kind == "by rule"
    assert {each.grade for each in found.passports.values()} == {"by rule"}
    assert set(found.labels) <= {*found.segments, "unassigned: too few"}
    recency, value = scores(found.model, features.frame)
    best = features.frame.index[(recency == 5) & (value >= 4)]
    assert (found.labels[best] == "champions").all()
    pd.testing.assert_series_equal(assign(found.model, features.frame), found.labels)
    assert choose_number(features, learn_transform(features), method="rfm_map").reason == "rule"


def test_the_map_labels_even_one_customer():
    features = buyers(1)
    found = segment(features, learn_transform(features), method="rfm_map", min_cell=1)
    assert found.labels.tolist() == ["need_attention"]


def test_small_segments_of_the_map_are_not_shown(mapped):
    features, _ = mapped
    found = segment(features, learn_transform(features), method="rfm_map", min_cell=40)
    assert all(each.size >= 40 for each in found.passports.values())
    assert (found.labels == "unassigned: too few").any()


def test_the_map_needs_its_measures():
    with pytest.raises(InputError, match="needs the measures recency_days, frequency, monetary"):
        segment(shop(), learn_transform(shop()), method="rfm_map")


# Charts


def test_charts_state_their_finding_and_their_numbers(three):
    features, _, number, found = three
    agreement = charts.stability(number)
    overlap = charts.overlap(found, features, names={"s1": "First"}, min_cell=10)
    gaps = charts.gaps(found)
    assert "hree" in agreement.title
    assert [row[0].text for row in agreement.data.rows] == ["2", "3", "4", "5"]
    assert overlap.title.startswith("Each of the three comes back")
    assert overlap.data.rows[0][0].text == "First"
    assert gaps.title == "The segments are clearly apart"
    for figure in (agreement, overlap, gaps):
        assert 0 < len(figure.alt) <= 150
        assert "<svg" in figure.picture


def test_charts_have_nothing_to_say_on_the_wrong_kind(three, mapped):
    features, found = mapped
    number = choose_number(features, learn_transform(features), method="rfm_map")
    assert charts.stability(number) is None
    assert charts.overlap(found, features, names={}, min_cell=10) is None
    assert charts.gaps(found) is None
    (answer,) = trust(found).blocks()
    assert answer.text == "As far as the rule goes: it forms the six groups by definition"
    assert answer.lede == ()
    assert rfm_charts.score_map(three[3], three[0], names={}, min_cell=10) is None


def test_the_score_map_shows_no_small_cell(mapped):
    features, found = mapped
    figure = rfm_charts.score_map(found, features, names={}, min_cell=10)
    recency, value = scores(found.model, features.frame)
    counts = pd.crosstab(recency, value)
    for row in figure.data.rows:
        for place, cell in enumerate(row[1:], start=1):
            held = counts.get(place, pd.Series(dtype=int)).get(int(row[0].text), 0)
            assert (cell.text == "–") == (held < 10)
    largest = max(found.passports, key=lambda key: found.passports[key].size)
    assert figure.title.lower().startswith(f"the largest segment: {largest.replace('_', '-')}")


def test_a_segment_that_does_not_come_back_is_named(three):
    features, _, _, found = three
    weak = replace(found.passports["s2"], stability=0.4, spread=(0.2, 0.6), grade="D")
    doubtful = replace(found, passports={**found.passports, "s2": weak})
    figure = charts.overlap(doubtful, features, names={"s2": "Shaky"}, min_cell=10)
    assert figure.title == "Two of three come back: all but Shaky"


def test_a_poor_search_passes_for_segments_that_do_not_come_back():
    # Five groups answer eight questions: near-ties abound, and a single start often ends in one.
    random = np.random.default_rng(0)
    profiles = random.random((5, 8)) < 0.5
    groups = random.integers(0, 5, 500)
    says = random.random((500, 8)) < np.where(profiles[groups], 0.85, 0.15)
    features = table({f"item_{place}": column for place, column in enumerate(says.T)})
    found = segment(features, n_segments=5, method="kmeans", restarts=30, bootstraps=2)
    single, several = (stability(found, features, bootstraps=15, restarts=each) for each in (1, 30))
    assert single.agreement[1] <= 0.7
    assert several.agreement[1] >= 0.8
    assert all(several.segments[key][1] >= single.segments[key][1] for key in found.segments)
