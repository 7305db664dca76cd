"""Plain rules: short, in round numbers, and judged on customers that did not teach them."""

import numpy as np
import pandas as pd
import pytest
from personas_sample import SIZES, planted, segmentation, table

from segnb.personas.estimates import few_or_rate
from segnb.personas.phrases import rule_sentence
from segnb.personas.rules import MIN_JUDGED, _precision, meets, plain_rules, rounded
from segnb.words import Voice

dollars = Voice(currency="USD")


@pytest.fixture(scope="module")
def shop():
    features, labels = planted()
    return features, segmentation(labels)


@pytest.fixture(scope="module")
def rules(shop):
    return plain_rules(*shop, max_conditions=3, seed=0)


def test_planted_segments_are_found(rules):
    assert set(rules) == set(SIZES)
    named = {key: {each.feature for each in rule.conditions} for key, rule in rules.items()}
    assert "orders_per_month" in named["s2"]
    assert "discount_share" in named["s3"]
    for rule in rules.values():
        assert rule.precision.value > 0.9
        assert rule.coverage.value > 0.9


def test_precision_and_coverage_are_those_of_the_other_half(shop, rules):
    features, found = shop
    exact = plain_rules(*shop, max_conditions=3, seed=0, min_cell=1)
    assert {key: rule.conditions for key, rule in exact.items()} == {
        key: rule.conditions for key, rule in rules.items()
    }
    judge = np.random.default_rng(0).permutation(len(features.frame))[len(features.frame) // 2 :]
    frame, labels = features.frame.iloc[np.sort(judge)], found.labels.iloc[np.sort(judge)]
    for key, rule in exact.items():
        held = pd.Series(True, index=frame.index)
        for each in rule.conditions:
            if each.above is not None:
                held &= frame[each.feature] > each.above
            if each.at_most is not None:
                held &= frame[each.feature] <= each.at_most
        hits = (held & (labels == key)).sum()
        assert (rule.precision.n, rule.coverage.n) == (held.sum(), (labels == key).sum())
        assert rule.precision.value == pytest.approx(hits / held.sum())
        assert rule.coverage.value == pytest.approx(hits / (labels == key).sum())
        assert rule.precision.low < rule.precision.value < rule.precision.high


FEW, MEMBERS = 10, 120


def told(missed, strangers):
    hits = MEMBERS - missed
    return few_or_rate(hits, MEMBERS, FEW), _precision(hits, hits + strangers, MEMBERS, FEW)


def test_how_few_a_rule_misses_or_takes_in_stays_unsaid():
    """All numbers below ten read the same, none included, whatever else is told of the rule."""
    few = range(FEW)
    assert len({told(missed, strangers) for missed in few for strangers in few}) == 1
    assert len({told(40, strangers) for strangers in few}) == 1
    # How many meet the rule is told: then strangers go up by as many as are missed more.
    assert len({told(missed, 50 + missed) for missed in few}) == 1
    coverage, precision = told(30, 40)
    assert (coverage.value, precision.value) == pytest.approx((90 / 120, 90 / 130))


def test_the_limit_to_how_well_a_rule_does_holds():
    for missed in range(MEMBERS):
        for strangers in range(25):
            coverage, precision = told(missed, strangers)
            hits = MEMBERS - missed
            if precision.bound:
                assert precision.value <= hits / (hits + strangers)
            if coverage.bound > 0:
                assert coverage.value <= hits / MEMBERS


def test_it_is_not_judged_by_its_teachers():
    """A cloud without segments can be learned by heart, but not judged well."""
    rng = np.random.default_rng(5)
    features, labels = planted()
    noise = pd.Series(rng.permutation(labels.to_numpy()), index=labels.index)
    assert not any(plain_rules(features, segmentation(noise), max_conditions=4, seed=0).values())


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_rules_stay_short(shop, most):
    for rule in plain_rules(*shop, max_conditions=most, seed=0).values():
        ends = sum((each.above is not None) + (each.at_most is not None) for each in rule.conditions)
        assert 1 <= ends <= most


def test_too_few_to_judge_means_no_rule():
    features, labels = planted(sizes={"s1": 400, "s2": 300, "s3": 2 * MIN_JUDGED - 6})
    rules = plain_rules(features, segmentation(labels), max_conditions=3, seed=0)
    assert rules["s3"] is None
    assert rules["s2"] is not None


def test_the_seed_alone_decides_the_halves(shop):
    features, found = shop
    assert plain_rules(features, found, max_conditions=3, seed=0) == plain_rules(
        features, found, max_conditions=3, seed=0
    )
    halves = [plain_rules(features, found, max_conditions=3, seed=seed)["s1"].precision for seed in range(4)]
    assert len(set(halves)) > 1


def test_what_is_said_is_what_is_tested(shop, rules):
    for rule in rules.values():
        sentence = rule_sentence(dollars, rule)
        for each in rule.conditions:
            for bound in (each.above, each.at_most):
                if bound is None:
                    continue
                assert bound == rounded(bound, each.unit)
                shown = f"{bound:.0%}" if each.unit == "share" else f"{bound:g}"
                assert shown in sentence.replace(",", "")
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert meets(rules["s2"], shop[0]).sum() > 300


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.2249, "share", 0.22),
        (7.649, "number", 7.6),
        (1381.0, "money", 1400.0),
        (26.4, "money", 26.0),
        (0, "days", 0),
    ],
)
def test_thresholds_are_round(value, unit, expected):
    assert rounded(value, unit) == expected


def test_a_measure_without_words_still_makes_a_sentence(shop):
    features, found = shop
    plain = features.frame.rename(columns={"discount_share": "novelty"})
    kinds = tuple(
        type(each)("novelty", "Novelty", "share") if each.name == "discount_share" else each
        for each in features.features
    )
    named = segmentation(found.labels, used=("orders_per_month", "novelty"))
    rule = plain_rules(table(plain, kinds), named, max_conditions=2, seed=0)["s3"]
    assert "ovelty above 2" in rule_sentence(dollars, rule)
