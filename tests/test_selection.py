"""Variable selection: each rule drops what it should, says why, and `keep` and `drop` overrule it."""

from dataclasses import replace

import numpy as np
import pytest
from made_features import shop, table

from segnb.charts import selection as charts
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Feature
from segnb.selection import Selection, contribution, decisions, headline, select
from segnb.store import load, save
from segnb.transform import LIMIT, learn_transform, significant


def reasons(selection):
    return {each.feature.name: each.reason for each in selection.decisions}


def test_a_constant_and_a_follower_are_dropped_with_their_reasons():
    selection = select(shop())
    assert selection.kept == ["orders", "average_order", "discount_share"]
    assert reasons(selection)["channels"] == "near_constant"
    assert reasons(selection)["spend"] == "redundant"
    assert selection["spend"].partner == "orders"
    assert selection["spend"].correlation > 0.7


def test_every_dropped_follower_has_a_kept_measure_that_it_follows():
    random = np.random.default_rng(1)
    trait = random.normal(size=500)
    # Each follows the next, the ends hardly each other.
    chain = {f"m{place}": trait + random.normal(size=500) * 0.45 * place for place in range(6)}
    selection = select(table(chain))
    dropped = [each for each in selection.decisions if each.reason == "redundant"]
    assert dropped
    for each in dropped:
        assert each.partner in selection.kept
        assert abs(each.correlation) > selection.max_correlation


def test_keep_turns_a_pair_around_and_drop_removes():
    turned = select(shop(), keep=["spend"])
    assert turned.kept == ["average_order", "spend", "discount_share"]
    said = next(row[2].text for row in decisions(turned).rows if row[0].text == "Spend")
    assert said.startswith("Kept as asked, in place of orders, which it follows (correlation 0.")
    both = select(shop(), keep=["spend", "orders"])
    assert {"orders", "spend"} <= set(both.kept)
    assert reasons(both)["spend"] == "asked"
    assert reasons(select(shop(), drop=["average_order"]))["average_order"] == "dropped"


def test_a_measure_that_too_many_lack_is_dropped_and_can_be_kept():
    features = shop()
    features.frame.loc[features.frame.index[:120], "discount_share"] = np.nan
    selection = select(features)
    assert reasons(selection)["discount_share"] == "missing"
    assert selection["discount_share"].missing == pytest.approx(0.4)
    assert not selection.gaps
    assert reasons(select(features, max_missing=0.5))["discount_share"] == "kept"
    kept = select(features, keep=["discount_share"])
    assert (kept["discount_share"].reason, kept["discount_share"].rule) == ("asked", "missing")
    assert [(gap.columns, gap.customers) for gap in kept.gaps] == [(("discount_share",), 120)]
    told = headline(kept).lede[0].text
    assert told.startswith("120 customers lack one of them and are in no segment. One is kept as asked")
    assert kept.blocks()[-1].title == "120 customers (40%) lack a value and are in no segment"


def test_a_kpi_in_other_words_is_named_as_a_leak():
    features = shop()
    later = features.frame["average_order"] * 100 + 7
    kpis = table({"next_spend": later, "visits": np.random.default_rng(1).normal(size=len(later))})
    selection = select(features, outcomes=kpis)
    decision = selection["average_order"]
    assert (decision.reason, decision.outcome) == ("leaks", "next_spend")
    assert [each for each in reasons(selection).values() if each == "leaks"] == ["leaks"]
    rows = {row[0].text: row[2].text for row in decisions(selection).rows}
    assert rows["Average order"] == "Nearly equals what it shall explain: next spend (association 1.00)"
    kept = select(features, outcomes=kpis, keep=["average_order"])
    assert (kept["average_order"].reason, kept["average_order"].rule) == ("asked", "leaks")


@pytest.mark.parametrize(
    ("rule", "columns", "limits"),
    [
        ("near_constant", {"x": np.r_[np.zeros(97), 1, 2, 3]}, {}),
        ("missing", {"x": np.r_[np.full(40, np.nan), np.linspace(0, 9, 60) % 2.3]}, {}),
        ("redundant", {"y": np.arange(100.0) % 31, "x": np.arange(100.0) % 31}, {}),
        (
            "dominates",
            {"x": np.where(np.arange(100) % 3, 0.1, 40) * np.sin(np.arange(100))},
            {"max_dominance": 0.1},
        ),
    ],
)
def test_a_drop_overruled_stays_in_and_is_marked_with_its_rule(rule, columns, limits):
    random = np.random.default_rng(5)
    features = table({**{f"o{place}": random.normal(size=100) for place in range(4)}, **columns})
    assert reasons(select(features, **limits))["x"] == rule
    for how, kept in (("asked", {"keep": ["x"]}), ("required", {"required": ["x"]})):
        selection = select(features, **limits, **kept)
        assert "x" in selection.kept
        assert (selection["x"].reason, selection["x"].rule) == (how, rule)
        said = next(row[2].text for row in decisions(selection).rows if row[0].text == "X")
        assert said.startswith({"asked": "Kept as asked, ", "required": "Read by the rule, "}[how])


def test_seventy_customers_for_each_measure_are_asked_as_a_rule_of_thumb():
    few, enough = select(shop(150)), select(shop(300))
    assert "A rule of thumb asks for 70 customers for each measure" in enough.blocks()[1].content[0].text
    assert not headline(enough).lede[0].text
    assert "Only 150 customers take part: a rule of thumb asks for 70" in headline(few).lede[0].text


def test_a_group_beyond_the_limit_is_called_no_tail():
    random = np.random.default_rng(6)
    apart = random.normal(size=400) + 20 * (np.arange(400) < 80)
    features = table({"apart": apart, **{f"m{place}": random.normal(size=400) for place in range(3)}})
    assert (
        headline(select(features))
        .lede[0]
        .text.startswith("20% of the customers lie beyond the limit of apart")
    )


def test_what_a_rule_reads_stays_unless_it_is_dropped():
    required = ["orders", "spend"]
    selection = select(shop(), required=required)
    assert reasons(selection)["spend"] == "required"
    assert decisions(selection).rows[2][2].text.startswith("Read by the rule, although it follows orders")
    assert reasons(select(shop(), required=required, drop=["spend"]))["spend"] == "dropped"


def test_near_constant_counts_ties():
    measure = np.r_[np.zeros(96), np.arange(1, 5)]
    features = table({"mostly_none": measure, "other": np.arange(100)})
    assert reasons(select(features))["mostly_none"] == "near_constant"
    assert reasons(select(features, near_constant=0.97))["mostly_none"] != "near_constant"
    assert "mostly_none" in select(features, keep=["mostly_none"]).kept


def test_a_measure_that_drowns_out_the_others_is_dropped():
    random = np.random.default_rng(2)
    spike = np.where(random.random(600) < 0.3, random.normal(0, 40, 600), random.normal(0, 1, 600))
    others = {f"m{place}": random.normal(size=600) for place in range(4)}
    selection = select(table({"spike": spike, **others}), max_dominance=0.4)
    assert reasons(selection)["spike"] == "dominates"
    assert selection["spike"].share > 0.4
    assert (
        reasons(select(table({"spike": spike, **others}), max_dominance=0.4, keep=["spike"]))["spike"]
        == "asked"
    )


def test_a_few_far_values_are_tamed_not_dropped():
    random = np.random.default_rng(3)
    measure = random.normal(size=500)
    measure[:3] = 1e6
    selection = select(table({"far": measure, "a": random.normal(size=500), "b": random.normal(size=500)}))
    assert reasons(selection)["far"] == "tamed"
    assert selection["far"].share < 0.5 < selection["far"].share_scaled
    assert selection["far"].drawn_in >= 3


def test_units_do_not_matter():
    before = shop()
    cents = before.frame.assign(
        average_order=before.frame["average_order"] * 100, spend=before.frame["spend"] * 100
    )
    after = replace(before, frame=cents)
    first, second = select(before), select(after)
    assert reasons(first) == reasons(second)
    np.testing.assert_allclose(first.transform(before.frame), second.transform(cents), atol=1e-8)


def test_the_map_is_bounded_centred_and_the_same_when_every_row_stands_twice():
    features = shop()
    points = learn_transform(features)(features.frame)
    assert np.abs(points).max() <= LIMIT
    assert np.abs(np.median(points, axis=0)).max() < 0.01
    features = shop(302)
    twice = replace(features, frame=features.frame.loc[np.repeat(features.frame.index, 2)])
    assert learn_transform(twice) == learn_transform(features)


def test_negative_amounts_mirror_positive_ones():
    features = table({"net": np.r_[-50.0, 50.0, 100.0, 0.0]}, (Feature("net", "Net", "money", "log"),))
    scaling = learn_transform(features).scalings[0]
    low, high, zero = scaling.scaled([-50.0, 50.0, 0.0])
    assert zero - low == pytest.approx(high - zero)


@pytest.mark.parametrize("knob", ["keep", "drop"])
def test_an_unknown_name_is_refused_with_the_nearest(knob):
    with pytest.raises(ParameterError, match=rf"{knob}: .*'average_ordr'.*Did you mean 'average_order'\?"):
        select(shop(), **{knob: ["average_ordr"]})


def test_a_name_in_keep_and_drop_is_refused():
    with pytest.raises(ParameterError, match="'orders' stands under keep and under drop"):
        select(shop(), keep=["orders"], drop=["orders"])


def test_nothing_left_is_refused_with_the_reasons():
    names = list(shop().frame)
    with pytest.raises(InputError, match=r"No measure is left.*orders \(dropped\)"):
        select(shop(), drop=names)


def test_identical_customers_keep_their_measures():
    selection = select(table({"a": np.ones(20), "b": np.full(20, 0.1)}))
    assert set(reasons(selection).values()) == {"identical"}
    assert headline(selection).text == "All customers are alike, so no measure tells them apart"


def test_headline_and_table_say_what_was_found():
    selection = select(shop())
    assert headline(selection).text == "Three of five measures carry the segments; two were dropped"
    shown = decisions(selection)
    assert [row[0].text for row in shown.rows] == [
        "Orders",
        "Average order",
        "Discount share",
        "Spend",
        "Channels",
    ]
    assert shown.groups == {0: "Used", 3: "Dropped"}
    assert shown.rows[3][2].text.startswith("Follows orders (correlation 0.")
    assert shown.rows[4][2].text == "100% of the customers have the same value"
    assert sum(selection[name].share for name in selection.kept) == pytest.approx(1)


def test_it_comes_back_from_disk(tmp_path):
    selection = select(shop())
    save(selection, tmp_path, "selection")
    again = load(Selection, tmp_path, "selection")
    assert again.decisions == selection.decisions
    assert again.transform == selection.transform
    assert again.correlations.equals(selection.correlations)
    assert (again.themes, again.tails, again.gaps) == (selection.themes, selection.tails, selection.gaps)


def test_the_input_is_not_changed():
    features = shop()
    before = features.frame.copy()
    select(features)
    assert features.frame.equals(before)


def test_charts_state_their_finding_and_their_numbers():
    features = shop()
    selection = select(features)
    heat, shares, tails = charts.correlations(selection), charts.shares(selection), charts.tails(selection)
    assert heat.title == "Orders and spend go so closely together that one tells the other"
    assert f"{selection['spend'].correlation:.2f}" in heat.alt
    assert heat.data.rows[0][0].text == "Orders"
    assert shares.title.startswith("In their own units, average order would be 9")
    skewed = sum(abs(each.skew_before) > 1 for each in selection.tails)
    assert tails.title.startswith(
        f"{selection.voice.number_word(skewed).capitalize()} measures are highly skewed"
    )
    assert len(tails.data.rows) == 4
    carries = charts.contribution(contribution(selection, features, 3))
    assert [row[0].text for row in carries.data.rows][-1] == "Other starts alone"
    assert carries.title.startswith(f"{carries.data.rows[0][0].text} holds the segments together most")
    for figure in (heat, shares, tails, carries):
        assert 0 < len(figure.alt) <= 150
        assert figure.width == 344
        assert "<svg" in figure.picture
    assert charts.correlations(selection).picture == heat.picture
    assert charts.contribution(None) is None


def test_of_many_measures_charts_show_the_strongest_and_say_so():
    random = np.random.default_rng(7)
    trait = random.normal(size=300)
    columns = {f"m{place}": random.normal(size=300) for place in range(30)}
    columns |= {f"close_{place}": trait + 0.05 * random.normal(size=300) for place in range(3)}
    selection = select(table(columns))
    heat, shares, tails = charts.correlations(selection), charts.shares(selection), charts.tails(selection)
    labels = [row[0].text for row in heat.data.rows]
    assert heat.width == 344
    assert len(labels) == len(heat.data.columns) - 1 == charts.MOST
    assert {"close_0", "close_1", "close_2"} <= {each.lower().replace(" ", "_") for each in labels}
    assert f"the {charts.MOST} of 33 measures that go together most closely" in heat.subtitle
    assert heat.title == "Three pairs of measures go so closely together that one tells the other"
    assert f"the {charts.MOST} heaviest of {len(selection.kept)} measures" in shares.subtitle
    assert f"the {charts.MOST} most skewed of 33 numbers" in tails.subtitle
    assert len(shares.data.rows) == len(tails.data.rows) == charts.MOST
    few = charts.correlations(shop_selection := select(shop()))
    assert "go together most closely" not in few.subtitle
    assert len(few.data.rows) == sum(map(len, shop_selection.themes))


def test_significant_digits():
    assert significant([1.23456789012345, -0.00123456789012345, 0, 1e20, np.inf]).tolist() == [
        1.23456789,
        -0.00123456789,
        0,
        1e20,
        np.inf,
    ]
    assert significant(123456789012345.0) == 123456789000000.0


def test_one_measure_needs_no_chart_of_how_measures_compare():
    selection = select(table({"spend": np.random.default_rng(1).lognormal(3, 1, 200)}))
    assert selection.kept == ("spend",) or list(selection.kept) == ["spend"]
    assert charts.shares(selection) is None
    assert charts.tails(selection) is None
    assert charts.correlations(selection) is None
