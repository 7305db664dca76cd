"""Categories in personas and charts: shares by level, planted and found, whatever their codes."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from personas_sample import VOICE, segmentation
from sklearn.metrics import adjusted_rand_score

import segnb as sb
from segnb.bases import features as basis_features
from segnb.bases.definition import BASES, Measures
from segnb.charts import clustering as clustering_charts
from segnb.charts import personas as charts
from segnb.columns import CUSTOMER
from segnb.drawing.house import LONGEST_ALT
from segnb.errors import InputError
from segnb.levels import MOST_LEVELS, by_level
from segnb.personas.claims import claim
from segnb.personas.contrast import feature_contrasts
from segnb.personas.estimates import few_or_rate
from segnb.personas.phrases import rule_sentence
from segnb.personas.rules import meets
from segnb.segmentation import Feature, FeatureTable
from segnb.words import Voice

CITIES = ("Drei Linden", "Kalt", "Muschel", "Nordhaven")
BANDS = ("under 30", "30-59", "60+")
FEATURES = (
    Feature("gender", "Gender", "number", "nominal", levels=("female", "male")),
    Feature("city", "City", "number", "nominal", levels=CITIES),
    Feature("member", "Newsletter", "number", "nominal", levels=("no", "yes")),
    Feature("band", "Age band", "number", "ordinal", levels=BANDS),
    Feature("basket", "Basket", "money", "log", high="Big-basket", low="Small-basket"),
)


def planted(size=900, seed=3):
    """Return three groups told apart by gender, city and newsletter; age bands mean nothing."""
    random = np.random.default_rng(seed)
    groups = np.arange(size) % 3

    def mostly(values, others, share=0.85):
        own = np.asarray(values)[groups]
        return np.where(random.random(size) < share, own, random.choice(others, size)).astype(float)

    frame = pd.DataFrame(
        {
            "gender": mostly([0, 0, 1], [0, 1]),
            "city": mostly([1, 2, 3], [0, 1, 2, 3]),
            "member": mostly([1, 0, 0], [0, 1], 0.9),
            "band": random.integers(0, 3, size).astype(float),
            "basket": random.lognormal(3, 0.4, size),
        },
        index=pd.Index([f"{row:04d}" for row in range(size)], name=CUSTOMER),
    )
    return FeatureTable(frame, FEATURES, "profile", None, voice=VOICE), groups


@pytest.fixture(scope="module")
def told():
    features, groups = planted()
    labels = pd.Series(groups, index=features.frame.index).map({0: "s1", 1: "s2", 2: "s3"})
    used = ("gender", "city", "member")
    segments = segmentation(labels.rename("segment"), used=used)
    return features, segments, sb.describe(features, segments)


def test_a_category_becomes_one_share_for_each_level():
    features, _ = planted()
    features.frame.loc["0007", "city"] = np.nan
    found = by_level(features)
    cities = found.frame[[f"city={each}" for each in CITIES]]
    assert cities.drop("0007").sum(axis=1).eq(1).all()
    assert cities.loc["0007"].isna().all()
    assert cities["city=Kalt"].mean() == (features.frame["city"].dropna() == 1).mean()
    assert found["city=Kalt"].label == "City: Kalt"
    assert {each.level_of for each in found.features} == {"gender", "city", "member", "band", ""}
    assert found.frame["basket"].equals(features.frame["basket"])
    pd.testing.assert_frame_equal(by_level(found).frame, found.frame)


def test_rare_levels_are_told_together_and_never_so_few_that_they_could_be_worked_out():
    sizes = [90, 80, 70, 60, 50, 40, 30, 20, 15, 12, 6, 3]
    codes = np.repeat(np.arange(12.0), sizes)
    many = Feature("town", "Town", "number", "nominal", levels=tuple(f"town {n}" for n in range(12)))
    index = [f"{row:04d}" for row in range(len(codes))]
    found = by_level(FeatureTable(pd.DataFrame({"town": codes}, index=index), (many,), "x", None))
    sums = found.frame.sum()
    assert len(sums) == MOST_LEVELS + 1
    assert found[sums.index[-1]].label == "Town: 4 others"
    assert sums.iloc[-1] == 15 + 12 + 6 + 3
    few = replace(many, levels=("a", "b", "c"))
    codes = np.repeat([0.0, 1.0, 2.0], [100, 40, 4])
    table = FeatureTable(pd.DataFrame({"town": codes}), (few,), "x", None)
    assert [each.label for each in by_level(table).features] == ["Town: a", "Town: b / c"]
    assert by_level(table).frame.sum().tolist() == [100, 44]


def test_shares_by_level_are_the_planted_ones_with_wilsons_interval(told):
    features, segments, personas = told
    inside = segments.labels == "s2"
    contrast = personas["s2"].contrast("city=Muschel")
    assert contrast.ours.value == pytest.approx((features.frame.loc[inside, "city"] == 2).mean())
    assert contrast.others.value == pytest.approx((features.frame.loc[~inside, "city"] == 2).mean())
    assert 0.8 < contrast.ours.low < contrast.ours.value < contrast.ours.high < 0.95
    # Few of another segment live in Nordhaven: how many of this one do is told by a limit that holds.
    third = segments.labels == "s3"
    given = personas["s3"].contrast("city=Nordhaven")
    truth = [(features.frame.loc[side, "city"] == 3).mean() for side in (third, ~third)]
    assert (given.ours.bound, given.others.bound) == (1, -1)
    assert truth[0] - 0.05 < given.ours.value <= truth[0]
    assert truth[1] <= given.others.value < truth[1] + 0.05
    assert (contrast.statistic, contrast.used, contrast.direction) == ("rate", True, 1)
    assert not {"gender", "city", "member", "band"} & {each.name for each in personas["s2"].contrasts}
    bands = [each for each in personas["s2"].contrasts if each.category == "Age band"]
    assert [each.label for each in bands] == [f"Age band: {each}" for each in BANDS]
    assert not any(each.direction or each.by_construction for each in bands)


def test_names_and_sentences_come_from_what_more_of_them_have(told):
    personas = told[2]
    assert {personas[key].name for key in personas.described} == {
        "“Newsletter” Kalt buyers",
        "Muschel Female buyers",
        "Male Nordhaven buyers",
    }
    texts = [each.text for each in personas["s2"].claims]
    found = personas["s2"].contrast("city=Muschel")
    ours, others = found.said(VOICE), found.said(VOICE, "others")
    assert texts[0] == f"City is Muschel for {ours} of them, and for {others} of everyone else."
    assert sum("City" in text for text in texts) == 1
    assert f"city Muschel ({ours})" in personas["s2"].portrait
    assert personas.headline.text == "The segments differ most in city and newsletter"


def test_a_category_that_follows_one_that_formed_segments_does_so_as_a_whole():
    features, groups = planted()
    labels = pd.Series(groups, index=features.frame.index).map({0: "s1", 1: "s2", 2: "s3"})
    # Of the towns one is a city's other name; the other two share what is left of it.
    random = np.random.default_rng(5)
    town = np.where(features.frame["city"] == 1, 0, random.integers(1, 3, len(groups))).astype(float)
    second = Feature("town", "Town", "number", "nominal", levels=("x", "y", "z"))
    table = FeatureTable(features.frame.assign(town=town), (*FEATURES, second), "profile", None, voice=VOICE)
    found = feature_contrasts(table, segmentation(labels, used=("city",)), min_cell=10, source="")
    follow = {each.label: each.follows for each in found["s1"] if each.category in ("Town", "Age band")}
    assert follow == {
        **{f"Town: {each}": True for each in "xyz"},
        **{f"Age band: {each}": False for each in BANDS},
    }


def test_the_codes_of_levels_decide_nothing(told):
    features, segments, personas = told
    order = (2, 0, 3, 1)
    moved = {float(old): float(new) for new, old in enumerate(order)}
    frame = features.frame.assign(city=features.frame["city"].map(moved))
    city = replace(features["city"], levels=tuple(CITIES[each] for each in order))
    others = tuple(city if each.name == "city" else each for each in features.features)
    again = sb.describe(FeatureTable(frame, others, "profile", None, voice=VOICE), segments)
    assert again.names == personas.names
    for key in personas.described:
        assert set(again[key].contrasts) == set(personas[key].contrasts)
        assert [each.text for each in again[key].claims] == [each.text for each in personas[key].claims]


def test_a_share_of_fewer_than_ten_customers_is_a_limit():
    few, most = few_or_rate(3, 200, 10), few_or_rate(200, 200, 10)
    assert (few.value, few.bound, few.low) == (0.05, -1, 0.0)
    assert (most.value, most.bound, most.high) == (0.95, 1, 1.0)
    assert few_or_rate(10, 200, 10).bound == 0
    # The same is told of none, of one and of nine: nothing can be worked out.
    assert len({few_or_rate(n, 200, 10) for n in range(10)}) == 1


def test_segments_of_one_value_are_told_by_a_limit():
    features, _ = planted()
    women = features.frame["gender"] == 0
    labels = women.map({True: "s1", False: "s2"}).rename("segment")
    found = sb.describe(features, segmentation(labels, used=("gender",)))
    contrast = found["s1"].contrast("gender=female")
    least = VOICE.percent(1 - 10 / women.sum())
    assert contrast.said(VOICE) == f"at least {least}"
    text = claim(VOICE, contrast).text
    assert text.startswith(f"Gender is female for at least {least} of them, and for at most")
    assert contrast.evidence(VOICE).value == f"at least {least}"
    assert found["s1"].name == "Female buyers"


def test_rules_ask_for_levels(told):
    features, _, personas = told
    rule = personas["s3"].rule
    assert rule_sentence(VOICE, rule) == "Gender other than female and not “Newsletter”."
    assert min(rule.precision.value, rule.coverage.value) > 0.8
    held = np.ones(len(features.frame), dtype=bool)
    for each in rule.conditions:
        category, _, level = each.feature.partition("=")
        has = features.frame[category] == features[category].levels.index(level)
        held &= has if each.at_most is None else ~has
    assert (meets(rule, features) == held).all()


def test_bars_show_each_level_beside_everyone_else(told):
    personas = told[2]
    drawn = charts.levels(personas)
    assert drawn.parts.keys() == {"s1", "s2", "s3"}
    (figure,) = drawn.parts["s2"]
    assert figure.title.startswith("City is Muschel for more of them: ")
    assert len(figure.alt) <= LONGEST_ALT
    rows = {row[0].text: row[1].text for row in figure.data.rows}
    assert list(rows)[:4] == [f"City: {each}" for each in CITIES]
    contrast = personas["s2"].contrast("city=Muschel")
    assert rows["City: Muschel"].startswith(contrast.said(VOICE))
    features, segments, _ = told
    numbers = features.only(["basket"])
    assert charts.levels(sb.describe(numbers, replace(segments, variables=("basket",)))).parts == {}


def test_all_is_told_of_segments_that_k_prototypes_formed():
    features, groups = planted()
    chosen = features.only(["gender", "city", "member"])
    found = sb.segment(chosen, method="k_prototypes", n_segments=3, restarts=10, bootstraps=5)
    assert adjusted_rand_score(groups, found.labels) > 0.5
    found = replace(found, voice=VOICE)
    personas = sb.describe(chosen, found, accept_unstable=True)
    contrasts = feature_contrasts(chosen, found, min_cell=10, source="")
    assert all(each.unit == "share" for several in contrasts.values() for each in several)
    figure = clustering_charts.overlap(found, chosen, names={}, min_cell=10)
    assert {row[0].text for row in figure.data.rows} == set(personas.names.values())


def test_a_feature_table_shows_levels_and_not_codes():
    features, _ = planted()
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in features.blocks()[0].rows}
    assert rows["Gender"] == ["–", "female", "–"]
    assert rows["Age band"] == ["under 30", "30-59", "60+"]
    german = replace(features, voice=Voice(locale="de_DE"))
    assert by_level(german)["city=Kalt"].label == "City: Kalt"
    # A question is told by its yes alone, under its own label.
    asked = [each for each in by_level(german).features if each.level_of == "member"]
    assert [(each.label, each.low) for each in asked] == [("Newsletter", "Ohne „Newsletter“")]


def words_basis(rows, feature):
    def made(tables, window):
        """Words of customers, for a test."""
        return Measures(ibis.memtable(rows), (feature, Feature("age", "Age", "number")))

    return made


def test_a_basis_may_return_words_and_their_places_are_found(monkeypatch, tmp_path):
    from tables_csv import HEADER, read_orders

    tables = read_orders(tmp_path, HEADER + "".join(f"{each},2024-01-05,1\n" for each in "abc"))
    rows = pd.DataFrame({CUSTOMER: ["a", "b", "c"], "plan": ["pro", None, "free"], "age": [30, 40, 50]})
    plan = Feature("plan", "Plan", "number", "nominal")

    def found(feature):
        entry = replace(
            BASES["rfm"], name="words", function=words_basis(rows, feature), method="k_prototypes"
        )
        monkeypatch.setitem(BASES._entries, "words", entry)
        return basis_features(tables, "words", None)

    assert found(plan)["plan"].levels == ("free", "pro")
    np.testing.assert_array_equal(found(plan).frame["plan"], [1.0, np.nan, 0.0])
    ordered = replace(plan, scale="ordinal", levels=("pro", "free"))
    np.testing.assert_array_equal(found(ordered).frame["plan"], [0.0, np.nan, 1.0])
    with pytest.raises(InputError, match=r"1 customers have a value of 'plan' that is none of its 1 levels"):
        found(replace(plan, levels=("pro",)))
    with pytest.raises(TypeError, match="'plan' is ordinal: name its levels"):
        found(replace(plan, scale="ordinal"))


def test_what_is_put_together_for_being_rare_is_in_no_sentence(monkeypatch):
    random = np.random.default_rng(2)
    groups = np.arange(900) % 3
    words = ("Banks", "Other", *(f"rare {place}" for place in range(12)))
    # In s1 nearly all are Other, in s2 one of twelve rare words, in s3 banks.
    place = np.choose(groups, [np.full(900, 1), random.integers(2, 14, 900), np.zeros(900)])
    place = np.where(random.random(900) < 0.1, random.integers(0, 2, 900), place).astype(float)
    frame = pd.DataFrame(
        {"trade": place, "size": random.lognormal(3, 0.4, 900)},
        index=pd.Index([f"{row:04d}" for row in range(900)], name=CUSTOMER),
    )
    trade = Feature("trade", "Trade", "number", "nominal", levels=words)
    features = FeatureTable(frame, (trade, Feature("size", "Size", "number")), "profile", None, voice=VOICE)
    labels = pd.Series(groups, index=frame.index).map({0: "s1", 1: "s2", 2: "s3"}).rename("segment")
    personas = sb.describe(features, segmentation(labels, used=("trade",)))
    for key in personas.described:
        persona = personas[key]
        told = [each.text for each in persona.claims]
        told += [persona.portrait, persona.who, persona.name, charts.levels(personas).parts[key][0].title]
        told += [rule_sentence(VOICE, persona.rule)] if persona.rule else []
        assert not any("Other" in text or "trade other" in text.replace("other than", "") for text in told), (
            told
        )
        assert not any("at most" in text for text in (persona.portrait, persona.who)), told
    assert any(each.label == "Trade: Other" for each in personas["s1"].contrasts)


def test_a_segment_by_rule_is_told_by_its_rule_and_not_by_what_it_is_not():
    features = planted()[0].only(["city"])
    found = replace(sb.segment(features, method="levels"), voice=VOICE)
    personas = sb.describe(features, found)
    assert personas["s2"].portrait == "All whose “City” is “Kalt”."
    assert personas.rules.parts == {} and personas.differences.parts == {}
    assert VOICE.say("personas.portrait.none") not in [personas[key].portrait for key in personas.described]


def test_what_a_rule_by_levels_was_made_of_is_no_finding():
    features, groups = planted()
    labels = pd.Series(groups, index=features.frame.index).map({0: "s1", 1: "s2", 2: "s3"}).rename("segment")
    ruled = replace(segmentation(labels, used=("gender",)), method="levels")
    found = feature_contrasts(features, ruled, min_cell=10, source="customers")
    told = [each for several in found.values() for each in several]
    assert {"City", "Newsletter"} <= {each.category for each in told}
    assert all(each.by_construction for each in told)
