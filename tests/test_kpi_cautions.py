"""Ranks without luck, KPIs that test nothing, differences that turn around: each planted, and each absent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from kpi_sample import NAMES, WINDOWS, day, frame, results, segmentation, shop, tables_of

import segnb as sb
from segnb import store
from segnb.columns import AMOUNT, SEGMENT
from segnb.document.blocks import Bullets
from segnb.errors import ParameterError
from segnb.kpis import Kpis, mean, rate
from segnb.kpis.cautions import cautions
from segnb.kpis.comparison import compare, difference
from segnb.kpis.findings import apart, title
from segnb.kpis.leakage import Leak, find_leaks
from segnb.kpis.pooling import Uncertain, between_variance, pooled, standard_error
from segnb.kpis.strata import customer_strata, find_reversals
from segnb.personas.later import later_contrasts
from segnb.segmentation import Feature, FeatureTable, Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

SPEND = "revenue_per_customer"


def values(**options):
    """Return each segment's spend: four large segments that spend alike, and 30 customers by chance."""
    sizes = {"s1": 400, "s2": 500, "s3": 300, "s4": 350, "s5": 30}
    rng = np.random.default_rng(options.get("seed", 0))
    lifted = options.get("lifted", {})
    return {each: lifted.get(each, 1.0) * rng.lognormal(0, 1, size) for each, size in sizes.items()}


def ranked(**options):
    """Return who is first as measured, and who is first when drawn in."""
    found = {
        each: Uncertain(float(spent.mean()), standard_error(spent, np.ones(len(spent))))
        for each, spent in values(**options).items()
    }
    drawn_in = pooled(found)
    return max(found, key=lambda each: found[each].value), max(drawn_in, key=lambda each: drawn_in[each])


def test_a_tiny_segment_is_not_first_by_luck():
    firsts = [ranked(seed=seed) for seed in range(300)]
    assert sum(raw == "s5" for raw, _ in firsts) > 0.25 * 300, "luck alone would put it first this often"
    assert sum(first == "s5" for _, first in firsts) < 0.05 * 300


def test_a_truly_better_segment_is_first():
    assert all(ranked(seed=seed, lifted={"s3": 1.6})[1] == "s3" for seed in range(100))
    tiny = [ranked(seed=seed, lifted={"s5": 4.0})[1] for seed in range(100)]
    assert tiny.count("s5") >= 90


def test_the_variance_between_segments_is_found():
    # By hand: equal variances v, so the estimate is the sample variance of the values less v.
    found = between_variance(np.array([1.0, 2.0, 4.0, 9.0]), np.full(4, 0.5))
    assert found == pytest.approx(np.var([1, 2, 4, 9], ddof=1) - 0.5)
    assert between_variance(np.array([1.0, 1.1, 0.9]), np.full(3, 0.5)) == 0
    drawn_in = pooled({each: Uncertain(x, 0.5**0.5) for each, x in zip("abcd", (1, 2, 4, 9), strict=True)})
    kept = found / (found + 0.5)
    assert drawn_in == pytest.approx(
        {each: 4 + kept * (x - 4) for each, x in zip("abcd", (1, 2, 4, 9), strict=True)}
    )


def test_a_rate_of_none_or_all_is_not_certain():
    assert standard_error(np.zeros(30), np.ones(30)) > 0.03
    found = pooled({"a": Uncertain(0.2, 0.02), "b": Uncertain(0.22, 0.02), "c": Uncertain(0.5, 0.2)})
    assert found["c"] < 0.3


def lucky():
    """Return results in which 30 customers of s3 have the highest spend, and s1 comes first in rank."""
    customers = frame({"s1": 400, "s2": 400, "s3": 30, "s4": 400}, seed=1, scale={"s1": 1.5})
    tiny = customers[SEGMENT] == "s3"
    customers.loc[tiny, AMOUNT] *= (
        1.1 * customers.loc[customers[SEGMENT] == "s1", AMOUNT].mean() / (customers.loc[tiny, AMOUNT].mean())
    )
    return results(customers)


def test_the_rank_is_told_beside_the_value_that_was_measured():
    found = lucky()
    assert max(found.segments, key=lambda each: found[SPEND, each].value) == "s3"
    assert found.ranking(SPEND)[0] == "s1"
    sentence = next(each for each in cautions(found) if "highest value" in each)
    assert "only 30 customers" in sentence and "Drawn in towards the mean" in sentence
    assert sentence in [
        item[0].text for block in found.blocks() if isinstance(block, Bullets) for item in block.items
    ]
    alike = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 2.0}), kpis=[SPEND])
    assert alike.ranking(SPEND)[0] == "s2"
    assert not cautions(alike)


def features_of(customers, **columns):
    """Return features under which the segments were formed."""
    table = pd.DataFrame(columns, index=customers.index)
    return FeatureTable(
        table, tuple(Feature(each, each.title(), "number") for each in columns), "behavioural", None
    )


def test_a_kpi_that_repeats_a_measure_is_by_construction():
    customers = frame({"s1": 150, "s2": 150})
    rng = np.random.default_rng(4)
    formed = replace(segmentation(customers[SEGMENT]), variables=("spend", "age"))
    ratios = {SPEND: mean(customers[AMOUNT]), "response_rate": rate(customers["responded"])}
    spend = customers[AMOUNT] * rng.lognormal(0, 0.01, len(customers))
    same = features_of(customers, spend=spend, age=rng.normal(40, 9, 300))
    assert find_leaks(ratios, formed, WINDOWS, same) == (Leak(SPEND, "feature", "Spend"),)
    near = features_of(customers, spend=customers[AMOUNT] * rng.lognormal(0, 0.5, 300), age=same.frame["age"])
    assert find_leaks(ratios, formed, WINDOWS, near) == ()
    bystander = replace(formed, variables=("age",))
    assert find_leaks(ratios, bystander, WINDOWS, same) == (), "a measure that formed nothing leaks nothing"


def test_results_on_the_days_that_formed_the_segments_are_by_construction():
    customers = frame({"s1": 150, "s2": 150})
    formed, ratios = segmentation(customers[SEGMENT]), {SPEND: mean(customers[AMOUNT])}
    shared = Windows(WINDOWS.form, Window(day(2024, 6, 30), day(2024, 12, 31)))
    for windows in (Windows(WINDOWS.form, None), Windows(None, None), shared):
        assert find_leaks(ratios, formed, windows) == (Leak(SPEND, "window"),)
    assert find_leaks(ratios, formed, WINDOWS) == ()


def test_growth_is_no_test_of_segments_that_the_days_before_formed(tmp_path):
    """Spend of both halves is drawn alike: sorted by the first, the low ones grow by themselves."""
    rng = np.random.default_rng(8)
    spend = pd.DataFrame(rng.gamma(2, 20, (400, 2)).round(2), [f"c{n:03d}" for n in range(400)])
    orders = [
        (each, f"{each}-{half}", f"2024-{3 + 6 * half:02d}-10", spend.loc[each, half], 0)
        for each in spend.index
        for half in (0, 1)
    ]
    sorted_by = np.where(spend[0] > spend[0].median(), "s1", "s2")
    labels = pd.Series(sorted_by, spend.index.rename("customer_id"))
    found = sb.measure(tables_of(tmp_path, orders), segmentation(labels), WINDOWS, names=NAMES)
    grown = found["revenue_growth", "s2"]
    assert grown.low > 0.2, "regression to the mean"
    assert found.by_construction("revenue_growth")
    assert not found.by_construction(SPEND)
    assert not compare(found).above["revenue_growth"]
    assert any("move back towards the average" in each for each in cautions(found))


def test_no_difference_is_clear_by_construction():
    found = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 2.0}))
    pairs = compare(found).number
    leaking = replace(found, leaks=(Leak(SPEND, "feature", "Spend"),))
    assert apart(found, SPEND) is not None
    assert apart(leaking, SPEND) is None
    assert compare(leaking).number == pairs - 3
    assert title(leaking, SPEND) == "Revenue per customer: by construction, so not compared"
    assert any("follows “Spend”, which formed the segments" in each for each in cautions(leaking))
    assert str(compare(leaking).number) in leaking.blocks()[1].content[0].text


def test_without_a_later_window_the_chapter_says_by_construction(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, Windows(WINDOWS.form, None), names=NAMES)
    assert {each.kpi for each in found.leaks} == {each.name for each in found.definitions}
    assert compare(found).number == 0
    assert "are by construction" in cautions(found)[0]
    store.save(found, tmp_path / "kept", "kpis")
    assert store.load(Kpis, tmp_path / "kept", "kpis") == found


def town_and_country(flipped=True):
    """Return customers of s1 and s2: s1 spends more over all, and less in town and in the country.

    Not flipped, it spends more in both.
    """
    rng = np.random.default_rng(6)
    counts = {("s1", "town"): 240, ("s1", "country"): 60, ("s2", "town"): 60, ("s2", "country"): 240}
    spent = {("s1", "town"): 100, ("s1", "country"): 30, ("s2", "town"): 120, ("s2", "country"): 45}
    if not flipped:
        spent |= {("s2", "town"): 80, ("s2", "country"): 20}
    rows = [
        (segment, place, spent[segment, place] * rng.lognormal(0, 0.2))
        for (segment, place), count in counts.items()
        for _ in range(count)
    ]
    ids = pd.Index([f"{number:04d}" for number in range(len(rows))], name="customer_id")
    return pd.DataFrame(rows, columns=[SEGMENT, "place", AMOUNT], index=ids)


def reversals(customers, columns=("place",)):
    pairs = [(SPEND, "s1", "s2")]
    strata = customers[list(columns)]
    return find_reversals(pairs, {SPEND: mean(customers[AMOUNT])}, customers[SEGMENT], strata, min_cell=10)


def test_a_planted_reversal_is_found_and_a_difference_that_holds_is_not():
    (found,) = reversals(town_and_country())
    assert (found.upper, found.lower, found.attribute, found.against, found.strata) == (
        "s1",
        "s2",
        "place",
        2,
        2,
    )
    customers = town_and_country()
    spent = customers.groupby([SEGMENT, "place"])[AMOUNT].mean()
    by_hand = np.mean([spent["s1", place] - spent["s2", place] for place in ("town", "country")])
    assert found.size == pytest.approx(by_hand)
    assert reversals(town_and_country(flipped=False)) == ()


def test_a_stratum_of_too_few_or_unknown_customers_says_nothing():
    customers = town_and_country()
    few = customers[(customers[SEGMENT] != "s1") | (customers["place"] != "country")]
    rest = customers[(customers[SEGMENT] == "s1") & (customers["place"] == "country")].head(9)
    assert reversals(pd.concat([few, rest])) == (), "one value left is no comparison"
    unknown = customers.assign(place=customers["place"].where(np.arange(len(customers)) % 3 == 0))
    assert reversals(unknown) == (), "a third of the customers cannot speak for all"
    assert reversals(customers.assign(place=pd.Series(None, customers.index, dtype="string"))) == ()


def places(folder, **options):
    """Write customers of two places with orders in both windows, and return tables and segmentation."""
    customers = town_and_country(**options)
    customers.reset_index()[["customer_id", "place"]].to_csv(folder / "customers.csv", index=False)
    orders = pd.DataFrame({"customer_id": customers.index, "order_time": "2024-08-01"})
    orders["amount"] = customers[AMOUNT].round(2).to_numpy()
    orders.to_csv(folder / "orders.csv", index=False)
    data = {
        "customers": {"source": "customers.csv", "attributes": ["place"]},
        "transactions": {"source": "orders.csv"},
    }
    tables = read(Data.model_validate(data), as_of=day(2024, 12, 31), root=folder, cache=folder / "cache")
    return tables, segmentation(customers[SEGMENT])


def test_a_difference_that_turns_around_is_no_headline(tmp_path):
    tables, made = places(tmp_path)
    found = sb.measure(tables, made, WINDOWS, names=NAMES)
    assert ("s1", "s2") in compare(found).above[SPEND]
    assert title(found, SPEND) == "Revenue per customer: the difference turns around within place"
    assert found.headline == found.leading
    sentence = next(each for each in cautions(found) if "Revenue per customer" in each)
    assert "Savers lies above Spenders over all customers, but below in 2 of 2 groups by “place”" in sentence
    assert (
        store.save(found, tmp_path / "kept", "kpis") and store.load(Kpis, tmp_path / "kept", "kpis") == found
    )


def test_a_difference_that_holds_within_groups_stays_the_headline(tmp_path):
    tables, made = places(tmp_path, flipped=False)
    found = sb.measure(tables, made, WINDOWS, names=NAMES)
    assert found.reversals == ()
    assert found.headline.text == "Savers spend more than the rest"
    assert sb.measure(tables, made, WINDOWS, strata=["place"]).reversals == ()
    with pytest.raises(
        ParameterError, match=r"'region', which the customers' table does not hold\. It holds place"
    ):
        customer_strata(tables, ["region"])


def test_the_size_of_a_difference_comes_with_its_interval():
    found = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 2.0}))
    gap = difference(found, SPEND, "s2", "s1")
    assert gap.size == pytest.approx(found[SPEND, "s2"].value - found[SPEND, "s1"].value)
    upper, lower = found[SPEND, "s2"], found[SPEND, "s1"]
    by_hand = gap.size - np.hypot(upper.value - upper.low, lower.high - lower.value)
    assert gap.low == pytest.approx(by_hand)
    assert (
        found.headline.lede[0].text.startswith("At least $") and "95% interval" in found.headline.lede[0].text
    )


def test_a_hidden_whole_is_not_told_by_everyone_else(tmp_path):
    tables, made = places(tmp_path)
    found = sb.measure(tables, made, WINDOWS)
    assert any(each.name == SPEND for each in later_contrasts(found, made, tables)["s1"])
    hidden = [
        replace(each, value=None, n=None) if (each.kpi, each.group) == (SPEND, "all") else each
        for each in found.measured
    ]
    later = later_contrasts(replace(found, measured=tuple(hidden)), made, tables)
    assert not any(each.name == SPEND for several in later.values() for each in several)


def test_one_sentence_tells_of_all_ranks_that_a_few_lucky_customers_would_lead():
    found = lucky()
    again = replace(found.definition(SPEND), name="again", label="Spend again")
    repeated = (replace(each, kpi="again") for each in found.measured if each.kpi == SPEND)
    twice = replace(found, definitions=(*found.definitions, again), measured=(*found.measured, *repeated))
    (sentence,) = (each for each in cautions(twice) if "highest value" in each)
    assert "at most 30 customers" in sentence and "Spend again:" in sentence
    assert "none of them comes first" in sentence
