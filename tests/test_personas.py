"""Personas: names, differences, tastes and claims, each number recomputed from the data."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from personas_sample import FEATURES, FORM, SIZES, USED, VOICE, planted, segmentation, table

from segnb.charts.personas import finding
from segnb.charts.personas import tastes as chart_tastes
from segnb.document.blocks import BySegment, Claims, Figure, Paragraph, Strip, from_json, to_json
from segnb.errors import ParameterError
from segnb.intervals import FEWEST
from segnb.personas import Personas, describe
from segnb.personas.attributes import attribute_claims
from segnb.personas.contrast import _followers, correct, feature_contrasts
from segnb.personas.estimates import Sums, differ, direction, mean, median, rate, ratio, ratio_of
from segnb.personas.names import name_segments
from segnb.personas.phrases import phrase
from segnb.personas.tastes import favourite, gap, index, shown, tastes
from segnb.segmentation import Feature
from segnb.store import load, save
from segnb.words import Voice


@pytest.fixture(scope="module")
def shop():
    features, labels = planted()
    return features, segmentation(labels)


@pytest.fixture(scope="module")
def personas(shop):
    return describe(*shop)


def test_differences_are_those_of_the_data(shop, personas):
    features, found = shop
    for key in found.segments:
        inside = found.labels == key
        for contrast in personas[key].contrasts:
            column = features.frame[contrast.name]
            centre = "median" if contrast.unit == "money" else "mean"
            assert contrast.ours.value == pytest.approx(getattr(column[inside], centre)())
            assert contrast.others.value == pytest.approx(getattr(column[~inside], centre)())
            assert (contrast.ours.n, contrast.others.n) == (inside.sum(), (~inside).sum())
            assert contrast.used == (contrast.name in USED)


def test_a_claim_says_the_numbers_of_its_evidence_and_no_more_than_the_intervals(personas):
    said = 0
    for key in personas.segments:
        for claim in personas[key].claims:
            contrast = claim.contrast
            assert contrast.said(VOICE) in claim.text
            assert contrast.said(VOICE, "others") in claim.text
            evidence = claim.spans(VOICE)[-1].evidence
            assert evidence.value.startswith(contrast.said(VOICE))
            assert evidence.n == SIZES[key]
            assert evidence.source.startswith("transactions, January–June 2024")
            apart = contrast.ours.low > contrast.others.high or contrast.ours.high < contrast.others.low
            assert apart
            above = contrast.ours.value > contrast.others.value
            assert re.search(r"more|larger|deeper" if above else r"less|smaller|closer", claim.text)
            said += 1
    assert said >= 4


def test_what_means_nothing_is_not_claimed(personas):
    claimed = {claim.contrast.name for key in personas.segments for claim in personas[key].claims}
    assert "weekend_share" not in claimed
    assert claimed <= set(USED)


def test_chance_makes_no_claims():
    """The family of comparisons errs in 5% of null data sets; 12 of 100 would be far from that."""
    rng, erred = np.random.default_rng(11), 0
    ids = pd.Index([f"{n:04d}" for n in range(600)], name="customer_id")
    features = tuple(Feature(f"m{n}", f"Measure {n}", "number") for n in range(10))
    for _ in range(100):
        frame = pd.DataFrame(
            rng.normal(10, 2, (600, 10)), columns=[each.name for each in features], index=ids
        )
        labels = pd.Series(rng.choice(["s1", "s2", "s3", "s4"], 600), index=ids)
        found = correct(
            feature_contrasts(table(frame, features), segmentation(labels, used=()), min_cell=10, source="")
        )
        erred += any(each.direction for several in found.values() for each in several)
    assert erred <= 11


def test_correction_leaves_what_is_by_construction_alone(shop):
    contrasts = correct(feature_contrasts(*shop, min_cell=10, source=""))
    assert {each.name for each in contrasts["s2"] if each.direction} >= {"orders_per_month"}
    weak = replace(contrasts["s2"][0], used=False, corrected=False)
    assert weak.direction == 0
    assert replace(weak, used=True).direction == contrasts["s2"][0].direction


def test_names_come_from_what_formed_the_segments_and_are_unique(personas):
    assert "Frequent" in personas["s2"].name
    assert "Deal-seeking" in personas["s3"].name
    assert len(set(personas.names.values())) == 3


def test_equal_profiles_get_different_names(shop):
    features, _ = shop
    labels = pd.Series(np.resize(["s1", "s2", "s3", "s4"], len(features.frame)), index=features.frame.index)
    found = segmentation(labels)
    named = name_segments(features, found, feature_contrasts(features, found, min_cell=10, source=""), {})
    assert sorted(named.values()) == [
        "Middle-of-the-road buyers",
        "Middle-of-the-road buyers 2",
        "Middle-of-the-road buyers 3",
        "Middle-of-the-road buyers 4",
    ]


def test_a_person_may_name_a_segment_by_key_or_by_the_name_found(shop, personas):
    found = personas["s3"].name
    named = describe(*shop, names={"s1": "Plain folk", found: "Bargain hunters"})
    assert (named["s1"].name, named["s3"].name) == ("Plain folk", "Bargain hunters")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"s9": "Nobody"}, r"there is no segment 's9'.*Did you mean"),
        ({"s1": " "}, "the name is blank"),
        ({"s1": "Twins", "s2": "Twins"}, "two segments are called 'Twins'"),
    ],
)
def test_a_name_that_cannot_be_is_refused(shop, names, message):
    with pytest.raises(ParameterError, match=message):
        describe(*shop, names=names)


def test_segments_by_rule_bear_the_words_of_the_rule():
    features, labels = planted()
    words = {"s1": "Champions", "s2": "At risk", "s3": "New here"}
    found = replace(segmentation(labels, kind="by rule"), words=words)
    assert describe(features, found).names == words


def test_the_overview_names_every_segment_with_two_numbers(personas):
    assert personas.overview.title == "The three segments, largest first"
    assert [row[0].text for row in personas.overview.rows] == [
        personas[key].name for key in ("s1", "s2", "s3")
    ]
    for row in personas.overview.rows:
        assert len(re.findall(r"\d[\d.,]*", row[2].text)) == 2
    frequent = personas["s2"]
    orders, off = (frequent.contrast(each).said(VOICE) for each in ("orders_per_month", "discount_share"))
    assert frequent.who == f"{orders} orders a month, {off} off list price"
    assert frequent.portrait == f"Customers who order {orders} times a month and pay {off} below list price."


def test_differences_stand_in_two_groups(personas):
    (block,) = personas.differences.parts["s3"]
    assert block.role == "differences"
    assert list(block.groups) == [0, 3]
    assert "by construction" in block.groups[0]
    assert "finding" in block.groups[3]
    assert "median" in block.subtitle
    marks = [row[1].mark for row in block.rows]
    assert all(isinstance(each, Strip) and len(each.ticks) == 2 and each.segment == 2 for each in marks)
    assert all(each.axis[0] <= min(each.value, each.others, *each.ticks) for each in marks)
    assert all(each.axis[1] >= max(each.value, each.others, *each.ticks) for each in marks)


def test_without_groups_there_are_no_personas(shop):
    features, found = shop
    personas = describe(features, segmentation(found.labels, kind="none"))
    assert personas.headline.text == "These customers form no separate groups"
    assert list(personas.names.values()) == ["Cut 1", "Cut 2", "Cut 3"]
    for block in (personas.portraits, personas.differences, personas.claims, personas.rules):
        assert block.parts == {}
    assert chart_tastes(personas).parts == {}


def test_a_tiny_segment_gets_no_persona():
    features, labels = planted(sizes={"s1": 1500, "s2": 1000, "s3": 15})
    personas = describe(features, segmentation(labels))
    assert personas.described == ("s1", "s2")
    assert "s3" not in personas.claims.parts
    assert "Too small for a persona (15 customers)" in personas.overview.rows[2][2].text


def test_one_segment_has_nobody_to_differ_from(shop):
    features, found = shop
    personas = describe(features, segmentation(found.labels.map(lambda _: "s1")))
    assert personas.headline.text == "All customers form one group"
    assert personas["s1"].contrasts == ()
    (block,) = personas.differences.parts["s1"]
    assert isinstance(block, Paragraph)
    assert isinstance(personas.claims.parts["s1"][1], Paragraph)


def test_unassigned_customers_are_not_everyone_else(shop):
    features, found = shop
    labels = found.labels.copy()
    labels.iloc[:50] = "unassigned: too few"
    contrast = describe(features, segmentation(labels))["s2"].contrasts[0]
    assert contrast.others.n == len(labels) - 50 - SIZES["s2"]


def test_missing_values_are_left_out_and_too_few_known_ones_say_nothing(shop):
    features, found = shop
    frame = features.frame.copy()
    frame.loc[frame.index[SIZES["s1"] : SIZES["s1"] + 395], "weekend_share"] = np.nan
    personas = describe(table(frame), found)
    assert personas["s2"].contrast("weekend_share") is None
    assert personas["s1"].contrast("weekend_share").others.n == 305


def test_claims_are_at_most_as_many_as_asked(shop):
    counts = {most: len(describe(*shop, claims_per_segment=most)["s2"].claims) for most in (1, 2, 10)}
    assert counts[1] == 1
    assert counts[2] == 2
    assert counts[10] <= len(FEATURES)


def test_personas_come_back_from_disk_as_they_were(tmp_path, personas):
    save(personas, tmp_path, "personas")
    assert load(Personas, tmp_path, "personas") == personas
    first = (tmp_path / "personas.json").read_bytes()
    save(personas, tmp_path, "personas")
    assert (tmp_path / "personas.json").read_bytes() == first


def test_every_part_is_a_valid_block(personas):
    for block in (
        personas.portraits,
        personas.differences,
        personas.claims,
        personas.rules,
        personas.overview,
    ):
        assert from_json(to_json([block])) == (block,)


# Estimates


def test_the_median_interval_covers_skewed_data():
    rng = np.random.default_rng(3)
    covered = [
        low <= 1 <= high
        for low, high in (
            (each.low, each.high) for each in (median(rng.lognormal(0, 1.5, 60)) for _ in range(1000))
        )
    ]
    assert 0.93 <= np.mean(covered) <= 0.99


def test_the_ratio_interval_covers():
    rng, covered = np.random.default_rng(4), 0
    for _ in range(500):
        wholes = rng.lognormal(3, 0.8, 400)
        parts = wholes * rng.beta(2, 8, 400)
        estimate = ratio(sums_of(parts, wholes), 400)
        covered += estimate.low <= 0.2 <= estimate.high
    assert 0.92 <= covered / 500 <= 0.98


def test_a_mean_of_few_values_has_no_interval():
    rng = np.random.default_rng(5)
    assert not mean(rng.normal(size=FEWEST - 1)).certain
    assert mean(rng.normal(size=FEWEST)).certain
    same = mean(np.full(60, 3.0))
    assert (same.low, same.high) == (3.0, 3.0)


@pytest.mark.parametrize(("sigma", "n"), [(1.2, 60), (1.0, 40), (0.8, 200)])
def test_the_interval_of_a_mean_covers_skewed_data(sigma, n):
    """Student's own interval would cover 87 % of the first."""
    rng, truth = np.random.default_rng(8), np.exp(sigma**2 / 2)
    found = [mean(rng.lognormal(0, sigma, n)) for _ in range(1500)]
    assert 0.91 <= np.mean([each.low <= truth <= each.high for each in found]) <= 0.97


def test_two_ways_to_a_ratio_agree():
    rng = np.random.default_rng(6)
    wholes = rng.lognormal(3, 0.5, 5000)
    parts = wholes * rng.beta(2, 8, 5000)
    first, second = ratio(sums_of(parts, wholes), 5000), ratio_of(parts, wholes)
    assert first.value == pytest.approx(second.value)
    assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-3)
    assert not ratio(sums_of(parts, wholes), 99).certain
    unasked = ratio_of(np.append(parts, 3_000.0), np.append(wholes, 0.0))
    assert unasked.n == 5000
    assert unasked.value == pytest.approx((parts.sum() + 3_000) / wholes.sum())


def test_direction_needs_intervals_that_do_not_meet():
    low, high, between = rate(10, 100), rate(60, 100), rate(15, 100)
    assert (direction(high, low), direction(low, high), direction(low, between)) == (1, -1, 0)
    assert direction(high, mean(np.ones(3))) == 0
    assert differ([(low, high), (low, between)]) == [True, False]


# Tastes


def sums_of(parts, wholes):
    return Sums(
        len(parts), parts.sum(), wholes.sum(), (parts**2).sum(), (parts * wholes).sum(), (wholes**2).sum()
    )


@pytest.fixture(scope="module")
def spend(shop):
    """Spend by customer and category: s3 loves meat, s2 hardly buys soap."""
    rng = np.random.default_rng(9)
    labels = shop[1].labels
    shares = {"MEAT": 0.2, "Bread": 0.4, "Soap": 0.3, "Sweets": 0.097, "Pins": 0.003}
    frame = pd.DataFrame(
        {name: share * rng.lognormal(4, 0.5, len(labels)) for name, share in shares.items()},
        index=labels.index,
    )
    frame.loc[labels == "s3", "MEAT"] *= 2
    frame.loc[(labels == "s2") & (rng.random(len(labels)) < 0.8), "Soap"] = 0
    return frame


@pytest.fixture(scope="module")
def summed(shop, spend):
    rows = []
    wholes = spend.sum(axis=1)
    for key in SIZES:
        inside = shop[1].labels == key
        for name in spend:
            parts, whole = spend.loc[inside, name], wholes[inside]
            rows.append(
                {
                    "segment": key,
                    "category": name,
                    "buyers": int((parts > 0).sum()),
                    "part": parts.sum(),
                    "part_squared": (parts**2).sum(),
                    "product": (parts * whole).sum(),
                    "whole": whole.sum(),
                    "whole_squared": (whole**2).sum(),
                    "n": int(inside.sum()),
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found_tastes(summed, shop):
    return tastes(summed, shop[1], min_cell=10, source="transactions")


def test_tastes_are_shares_of_the_same_money(found_tastes, spend, shop):
    wholes, labels = spend.sum(axis=1), shop[1].labels
    for key, listed in found_tastes.items():
        inside = labels == key
        for each in listed:
            column = spend["MEAT" if each.category == "Meat" else each.category]
            assert each.spend.ours.value == pytest.approx(column[inside].sum() / wholes[inside].sum())
            assert each.spend.others.value == pytest.approx(column[~inside].sum() / wholes[~inside].sum())
            assert each.bought.ours.value == pytest.approx((column[inside] > 0).mean())
    assert {each.category for each in found_tastes["s3"]} == {"Meat", "Bread", "Soap", "Sweets"}


def test_the_favourite_and_the_gap_are_the_planted_ones(found_tastes):
    assert favourite(found_tastes["s3"]).category == "Meat"
    assert gap(found_tastes["s2"]).category == "Soap"
    assert gap(found_tastes["s3"]) is None
    assert [round(index(each.spend)) for each in shown(found_tastes["s3"])] == sorted(
        (round(index(each.spend)) for each in found_tastes["s3"]), reverse=True
    )


def test_a_category_with_few_buyers_is_not_shown(summed, shop):
    few = summed.copy()
    few.loc[(few["segment"] == "s2") & (few["category"] == "Soap"), "buyers"] = 9
    found = tastes(few, shop[1], min_cell=10, source="")
    assert "Soap" not in {each.category for each in found["s2"]}


def test_the_charts_title_is_guarded_by_the_intervals(found_tastes, personas):
    assert finding(VOICE, shown(found_tastes["s3"])).startswith("More of their money goes to meat")
    open_ = tuple(replace(each, spend=replace(each.spend, corrected=False)) for each in found_tastes["s3"])
    assert finding(VOICE, open_) == "No category clearly gets more or less of their money"
    told = replace(
        personas,
        by_segment={key: replace(personas[key], tastes=found_tastes[key]) for key in personas.segments},
    )
    charts = chart_tastes(told)
    assert isinstance(charts, BySegment)
    (figure,) = charts.parts["s3"]
    assert isinstance(figure, Figure)
    for each in shown(found_tastes["s3"]):
        assert f"{each.category} {round(index(each.spend))}" in figure.alt
    assert "<script" not in figure.picture


@pytest.mark.parametrize(
    ("raw", "read"),
    [("MEAT-PCKGD", "Meat-pckgd"), ("tea", "Tea"), ("DVD", "DVD"), ("Bread", "Bread"), ("eBooks", "eBooks")],
)
def test_codes_are_made_readable(raw, read):
    assert Voice().readable("category", raw) == read


# Attributes


@pytest.fixture(scope="module")
def recorded(shop):
    """A third has a profile; s3 is young; cities mean nothing; e-mails are never one of few values."""
    rng = np.random.default_rng(2)
    labels = shop[1].labels
    age = np.where(
        labels == "s3",
        rng.choice(["young", "old"], len(labels), p=[0.8, 0.2]),
        rng.choice(["young", "old"], len(labels)),
    )
    frame = pd.DataFrame(
        {
            "age": age,
            "home_city": rng.choice(["North", "South"], len(labels)),
            "e_mail": [f"{n}@canary.invalid" for n in labels.index],
        },
        index=labels.index,
    )
    frame[rng.random(len(labels)) > 0.34] = None
    return frame


def test_a_planted_attribute_is_claimed_with_its_shares(recorded, shop):
    claim = attribute_claims(recorded, shop[1], min_cell=10, source="customers")["s3"]
    known = recorded["age"].dropna()
    inside = (shop[1].labels == "s3").reindex(known.index)
    ours, others = (known[inside] == "young").mean(), (known[~inside] == "young").mean()
    assert claim.text == (
        f"Age is young for {ours:.0%} of those of whom it is known, and for {others:.0%} of everyone else."
    )
    assert claim.contrast.ours.n == inside.sum()


def test_without_a_clear_difference_it_says_so_and_how_many_have_a_profile(recorded, shop):
    plain = recorded[["home_city"]]
    claim = attribute_claims(plain, shop[1], min_cell=10, source="customers")["s2"]
    reached = plain.loc[shop[1].labels == "s2", "home_city"].notna().mean()
    assert claim.text == (
        f"Who they are by home city: no difference that these data can show ({reached:.0%} have a profile)."
    )


def test_values_of_few_customers_and_of_single_ones_never_appear(recorded, shop):
    rare = recorded[["home_city"]].copy()
    known = rare.index[(shop[1].labels == "s3") & rare["home_city"].notna()]
    for count, seen in ((9, False), (10, False), (30, True)):
        rare.loc[known[:count], "home_city"] = "canary"
        # Nobody else has it: with others below min_cell it must stay unsaid however many have it here.
        rare.loc[rare.index[: 12 * seen], "home_city"] = "canary"
        claims = attribute_claims(rare, shop[1], min_cell=10, source="customers")
        assert ("canary" in str(claims)) == seen
    assert attribute_claims(recorded[["e_mail"]], shop[1], min_cell=10, source="") == {}


def test_an_attribute_of_many_values_describes_nobody(shop):
    labels = shop[1].labels
    codes = pd.Series([f"code{n % 35:02d}" for n in range(len(labels))], index=labels.index)
    codes[labels == "s1"] = codes[labels == "s1"].where(np.arange(500) % 3 > 0, "code00")
    assert attribute_claims(codes.to_frame("postcode"), shop[1], min_cell=5, source="") == {}
    few = codes.where(codes == "code00", "other").to_frame("postcode")
    assert "code00" in attribute_claims(few, shop[1], min_cell=5, source="")["s1"].text


def test_the_claims_block_holds_every_claim(personas):
    heading, block = personas.claims.parts["s2"]
    assert heading.text == "What we can say, and on what evidence"
    assert isinstance(block, Claims)
    assert len(block.items) == len(personas["s2"].claims)
    assert personas.window == FORM


def test_what_follows_a_used_measure_is_no_finding():
    dice = np.random.default_rng(3)
    used = dice.normal(size=400)
    frame = pd.DataFrame(
        {"used": used, "follower": used + dice.normal(scale=0.3, size=400), "other": dice.normal(size=400)}
    )
    assert _followers(frame, ["used"]) == {"follower"}
    assert _followers(frame, ["elsewhere"]) == set()


def test_a_segment_that_does_not_come_back_has_no_persona_unless_that_is_accepted():
    features, labels = planted()
    made = segmentation(labels)
    weak = replace(made, passports=made.passports | {"s2": replace(made.passports["s2"], grade="D")})
    found = describe(features, weak)
    assert "s2" not in found.described and found["s2"].withheld == "unstable"
    assert not found["s2"].claims and found["s2"].rule is None
    row = next(row for row in found.overview.rows if row[0].text == found["s2"].name)
    assert row[2].text == VOICE.say("personas.withheld.unstable")
    assert describe(features, weak, accept_unstable=True).described == ("s1", "s2", "s3")
    none = replace(made, passports={key: replace(each, grade="D") for key, each in made.passports.items()})
    assert describe(features, none).headline.text == VOICE.say("personas.headline.unstable")


def test_one_is_singular_in_both_languages():
    german = Voice(locale="de_DE")
    told = [phrase(VOICE, "frequency", "do", value=each) for each in ("1", "2", "1.5")]
    assert told == ["placed 1 order", "placed 2 orders", "placed 1.5 orders"]
    assert phrase(VOICE, "recency_days", "above", low="1") == "a last order more than 1 day ago"
    assert phrase(german, "purchase_days", "who", value="1") == "1 Tag mit Kauf"
    assert phrase(german, "purchase_days", "who", value="12") == "12 Tage mit Kauf"
