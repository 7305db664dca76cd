"""KPIs of margin, price, campaigns, visits and satisfaction: by hand, and with odd input."""

import numpy as np
import pandas as pd
import pytest
from kpi_sample import WINDOWS, company, day, labelled, rows

import segnb as sb
from segnb.columns import AMOUNT, SEGMENT
from segnb.kpis.gathered.unused import unused_rows
from segnb.kpis.measured import ALL, Unused
from segnb.segmentation import Windows
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

LINES = "customer_id order_id order_time amount"


def orders(folder, *values, columns=LINES, roles=None, **tables):
    named = columns.split()
    given = {each: each for each in named if each not in ("customer_id", "order_time", "amount")}
    return company(folder, transactions=(rows(columns, *values), {**given, **(roles or {})}), **tables)


def values(tables, segment="s1", made=None, windows=WINDOWS):
    found = sb.measure(tables, made or labelled(s1="ab", s2="c"), windows, min_cell=1)
    return found, {each.name: found[each.name, segment].value for each in found.definitions}


def test_margin_counts_lines_with_a_known_cost_and_says_how_many_have_none(tmp_path):
    tables = orders(
        tmp_path,
        ("a", "1", "2024-08-01", 100, 60),
        ("a", "1", "2024-08-01", 50, ""),
        ("b", "2", "2024-08-02", 10, 15),
        ("c", "3", "2024-08-02", 40, 30),
        columns=f"{LINES} cost",
    )
    found, value = values(tables)
    assert value["margin_per_customer"] == (40 - 5) / 2
    assert value["margin_rate"] == pytest.approx(35 / 110)
    assert value["margin_share"] == pytest.approx(35 / 45)
    assert found.unused == (Unused("cost", 1),)
    assert "One line of an order has no cost and counts in no margin." in found.blocks()[0].note


def test_purchases_and_returns_that_cancel_out_are_no_division_by_zero(tmp_path):
    tables = orders(
        tmp_path,
        ("a", "1", "2024-08-01", 20, 10),
        ("c", "2", "2024-08-01", 20, 10),
        ("d", "3", "2024-08-01", -20, -10),
        columns=f"{LINES} cost",
    )
    found, value = values(tables, segment="s2", made=labelled(s1="a", s2="cd"))
    assert (value["margin_rate"], value["revenue_share"]) == (None, 0)
    row = next(row for row in found.blocks()[0].rows if row[0].text == "Margin, share of revenue")
    assert [cell.text for cell in row[1:]] == ["50%", "–", "50%"]
    assert row[2].small == "no revenue with a known cost"


def test_returns_beyond_purchases_are_no_orders_and_their_money_counts(tmp_path):
    tables = orders(
        tmp_path,
        ("a", "1", "2024-08-01", 20),
        ("a", "2", "2024-09-01", -50),
        ("b", "3", "2024-08-01", 80),
        ("b", "3", "2024-08-01", -10),
        ("c", "4", "2024-07-31", -5),
    )
    found, value = values(tables)
    assert value["revenue_per_customer"] == (20 - 50 + 70) / 2
    assert value["average_order_value"] == 40 / 2
    assert value["repeat_rate"] == 0
    assert value["returned_share"] == 60 / 100
    assert found.unused == (Unused("return", 2),)
    # c gave back and bought nothing: no buyer, no order, and less than no revenue.
    assert found["active_rate", "s2"].value == 0
    assert found["average_order_value", "s2"].value is None
    assert found["revenue_per_customer", "s2"].value == -5
    table = found.blocks()[0]
    row = next(row for row in table.rows if row[0].text == "Average order")
    assert (row[2].text, row[2].small) == ("–", "no orders")
    assert "2 orders came to less than zero" in table.note


def test_one_purchase_each_has_no_days_between_orders_and_says_so(tmp_path):
    tables = orders(
        tmp_path, ("a", "1", "2024-08-01", 20), ("b", "2", "2024-09-01", 5), ("c", "3", "2024-09-01", 5)
    )
    found, value = values(tables)
    assert (value["days_between_orders"], value["repeat_rate"]) == (None, 0)
    assert found.definition("days_between_orders").empty == "nobody ordered twice"


def test_a_price_is_compared_with_what_all_customers_paid_for_the_same_product(tmp_path):
    tables = orders(
        tmp_path,
        ("a", "1", "2024-08-01", 20, "tea", 2),  # 10 each
        ("a", "1", "2024-08-01", 9, "jam", 3),  # 3 each
        ("c", "2", "2024-08-01", 24, "tea", 4),  # 6 each
        ("c", "2", "2024-08-01", 3, "jam", 1),  # 3 each
        ("x", "3", "2024-08-01", 28, "tea", 3),  # in no segment, and a customer all the same
        ("b", "4", "2024-08-01", 50, "tea", 0),
        ("b", "5", "2024-08-01", 50, "", 1),
        columns=f"{LINES} product_id quantity",
    )
    found, value = values(tables)
    tea = (20 + 24 + 28) / 9
    assert value["price_index"] == pytest.approx(100 * 29 / (2 * tea + 9))
    assert found["price_index", "s2"].value == pytest.approx(100 * 27 / (4 * tea + 3))
    assert value["items_per_order"] == pytest.approx(4 / 3)
    assert Unused("price", 2) in found.unused


def test_days_between_orders_count_waits_that_are_not_over():
    """A planted mean of 20 days is found; the mean of completed waits alone would be far too short."""
    rng = np.random.default_rng(0)
    waited, reorders, completed = [], [], []
    for _ in range(4000):
        gaps = rng.exponential(20, 40)
        first = rng.uniform(0, 30)
        times = first + np.cumsum(gaps)
        inside = times < 45
        waited.append(45 - first)
        reorders.append(inside.sum())
        completed += list(gaps[inside])
    from segnb.kpis.purchases import days_between_orders

    ratio = days_between_orders(pd.DataFrame({"waited_days": waited, "reorders": reorders}, dtype=float))
    assert ratio.numerator.sum() / ratio.denominator.sum() == pytest.approx(20, rel=0.04)
    assert np.mean(completed) < 13


def test_growth_compares_spans_of_equal_length(tmp_path):
    """The form window is twice as long: only its end counts, so a steady customer does not shrink."""
    months = [f"2024-{month:02d}-15" for month in range(1, 13)]
    tables = orders(tmp_path, *((who, f"{who}{at}", at, 10) for who in "abc" for at in months))
    windows = Windows(
        WINDOWS.form.__class__(day(2024, 1, 1), day(2024, 8, 31)),
        WINDOWS.form.__class__(day(2024, 9, 1), day(2024, 12, 31)),
    )
    _, value = values(tables, windows=windows)
    assert (value["revenue_growth"], value["buyer_growth"]) == pytest.approx((0, 0))


def campaigns(folder, *values, columns="customer_id contact_time revenue cost"):
    given = {each: each for each in columns.split() if each not in ("customer_id", "contact_time")}
    bought = rows(LINES, *((who, who, "2024-08-01", 5) for who in "abc"))
    return company(
        folder,
        transactions=(bought, {"order_id": "order_id"}),
        campaigns=(rows(columns, *values), given),
    )


def test_a_return_on_cost_and_no_cost_at_all(tmp_path):
    tables = campaigns(
        tmp_path,
        ("a", "2024-08-01", 30, 10),
        ("b", "2024-08-01", 0, 10),
        ("b", "2024-09-01", 99, ""),
        ("a", "2024-01-01", 500, 1),
        ("c", "2024-08-01", 40, 0),
    )
    found, value = values(tables)
    assert value["campaign_return"] == (30 - 20) / 20
    assert Unused("campaign_cost", 1) in found.unused
    assert found["campaign_return", "s2"].value is None
    row = next(row for row in found.blocks()[0].rows if row[0].text == "Return on campaign cost")
    assert (row[1].text, row[2].text, row[2].small) == ("+50%", "–", "campaigns cost nothing here")


def test_arms_are_told_apart_and_without_a_control_nothing_is_said_of_one(tmp_path):
    columns = "customer_id contact_time response arm"
    contacts = [
        ("a", "2024-08-01", "yes", "offer"),
        ("a", "2024-09-01", "no", "offer"),
        ("b", "2024-08-01", "yes", "control"),
        ("c", "2024-08-01", "yes", ""),
    ]
    (tmp_path / "tests").mkdir()
    found, value = values(campaigns(tmp_path / "tests", *contacts, columns=columns))
    assert (value["response_by_arm_offer"], value["response_by_arm_control"]) == (1 / 2, 1)
    assert found["response_by_arm_rest", "s2"].value == 1
    assert value["response_rate"] == 1
    offers = [(who, at, said, "offer") for who, at, said, _ in contacts]
    (tmp_path / "offers").mkdir()
    found, value = values(campaigns(tmp_path / "offers", *offers, columns=columns))
    assert not [name for name in value if name.startswith("response_by_arm")]
    assert value["response_rate"] == 1


def test_only_an_order_after_the_interaction_converts(tmp_path):
    visits = [
        ("a", "2024-08-01 10:00:00", "visit", "phone"),
        ("a", "2024-11-01 10:00:00", "click", "desktop"),
        ("b", "2024-10-01 10:00:00", "visit", "phone"),
        ("b", "2024-02-01 10:00:00", "visit", "phone"),
        ("c", "2024-09-01 10:00:00", "visit", ""),
    ]
    bought = [("a", "1", "2024-09-01", 5), ("b", "2", "2024-09-30", 5), ("c", "3", "2024-09-01", 5)]
    tables = company(
        tmp_path,
        transactions=(rows(LINES, *bought), {"order_id": "order_id"}),
        interactions=(
            rows("customer_id interaction_time kind device", *visits),
            {"kind": "kind", "device": "device"},
        ),
    )
    found, value = values(tables)
    assert value["conversion_rate"] == 1 / 2  # b ordered on the day before
    assert (value["conversion_by_kind_visit"], value["conversion_by_kind_click"]) == (1 / 2, 0)
    assert found["conversion_rate", "s2"].value == 1  # on the same day
    assert (
        value["device_mix_phone"],
        value["device_mix_desktop"],
        value["device_mix_rest"],
    ) == pytest.approx((2 / 3, 1 / 3, 0))


SURVEY = [
    # who, when, NPS, CSAT, weight
    ("a", "2024-08-01", "3", "5", "1"),  # an earlier answer, which the later one replaces
    ("a", "2024-10-01", "10", "4", "2"),
    ("b", "2024-08-01", "6", "99", "0.5"),
    ("b", "2024-11-01", "99", "3", "1.5"),  # no answer to the one question, the latest to the other
    ("c", "2024-08-01", "8", "1", "1"),
    ("d", "2024-08-01", "9", "5", ""),  # no weight
    ("d", "2024-09-01", "-1", "99", "3"),
    ("e", "2024-02-01", "0", "1", "9"),  # before the window
]


def survey(folder, answers=SURVEY, **roles):
    columns = ("customer_id", "When", "NPS score ", "CSAT", " weight ")
    given = [dict(zip(columns, each, strict=True)) for each in answers]
    bought = rows(LINES, *((who, who, "2024-08-01", 5) for who in "abcde"))
    declared = {"nps": "NPS score ", "csat": "CSAT", "weight": " weight ", "missing": ["99", "-1"]}
    return company(
        folder,
        transactions=(bought, {"order_id": "order_id"}),
        feedback=(given, {"feedback_time": "When", **declared, **roles}),
    )


def test_satisfaction_by_weight_with_blank_codes_and_spaces_in_names(tmp_path):
    made = labelled(s1="abc", s2="de")
    found, value = values(survey(tmp_path), made=made)
    assert value["nps"] == pytest.approx(100 * (2 * 1 + 0.5 * -1 + 1 * 0) / 3.5)
    assert value["csat"] == pytest.approx((2 + 0 + 0) / (2 + 1.5 + 1))
    # d's only answer has no weight, e's is too old.
    assert found["nps", "s2"].value is None
    assert found["nps", "s1"].n == 3
    assert Unused("weight", 1) in found.unused
    assert found.definition("nps").empty == "no answers"
    assert Voice().value(value["nps"], "points") == "+43"


def test_answers_without_a_day_all_count_and_several_are_averaged(tmp_path):
    tables = survey(tmp_path, feedback_time=None)
    found, value = values(tables, made=labelled(s1="abc", s2="de"))
    # a: weights 1 and 2, a detractor and a promoter; b: one answer; c: a passive.
    assert value["nps"] == pytest.approx(100 * ((-1 + 2) / 2 - 0.5 + 0) / (1.5 + 0.5 + 1))
    assert found["nps", "s2"].value == -100


def test_an_nps_interval_stays_on_its_scale():
    from kpi_sample import results

    # One detractor of 6,000: on a normal curve the upper end would lie past a hundred.
    weight = np.ones(6_000)
    net = np.where(np.arange(6_000) < 5_999, 1.0, -1.0)
    data = {SEGMENT: ["s1"] * 6_000, "nps_weight": weight, "nps_net": net}
    found = results(pd.DataFrame(data), kpis=["nps"])["nps", "s1"]
    assert found.low < found.value < found.high == 100
    # Everyone a promoter: no sample of them can say how sure that is.
    data["nps_net"] = weight
    assert results(pd.DataFrame(data), kpis=["nps"])["nps", "s1"].interval is None


def test_the_interval_of_nps_is_the_delta_methods():
    """Weights alone move it: against the textbook's formula for a weighted share, on a large sample."""
    from kpi_sample import results

    rng = np.random.default_rng(2)
    n = 8_000
    weight, net = rng.uniform(0.5, 2, n), rng.choice([1.0, 0.0, -1.0], n, p=[0.5, 0.3, 0.2])
    data = {SEGMENT: ["s1"] * n, "nps_weight": weight, "nps_net": weight * net}
    found = results(pd.DataFrame(data), kpis=["nps"])["nps", "s1"]
    centre = (weight * net).sum() / weight.sum()
    error = np.sqrt((weight**2 * (net - centre) ** 2).sum()) / weight.sum()
    assert found.value == pytest.approx(100 * centre)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * 100 * error, rel=0.001)


def test_rows_without_a_customer_are_counted_under_the_totals(tmp_path):
    given = rows(LINES, ("a", "1", "2024-08-01", 5), ("", "2", "2024-08-01", 7), ("c", "3", "2024-08-01", 9))
    tables = company(
        tmp_path,
        transactions=(given, {"order_id": "order_id"}),
        customers=(rows("customer_id", ("a",), ("z",)), {}),
        bad_rows="quarantine",
    )
    found = sb.measure(tables, labelled(s1="a"), WINDOWS, min_cell=1)
    assert unused_rows(tables, WINDOWS) == (Unused("customer", 1),)
    assert found.totals_table.note == "One row names no customer and counts in no sum."
    assert "no customer" not in found.blocks()[0].note
    groups = [each.group for each in found.totals if each.left_out]
    assert groups == ["unassigned: never ordered", "unassigned: no order while segments formed"]
    told = [row[0].text for row in found.totals_table.rows]
    assert "Never ordered" in told
    assert "No order while segments formed" in told


def top_fifth(spend):
    from segnb.kpis.money import top_fifth_share

    frame = pd.DataFrame({AMOUNT: spend, "orders": (np.asarray(spend) != 0) * 1.0}, dtype=float)
    return top_fifth_share(frame)


def test_the_top_fifth_by_hand():
    ratio = top_fifth([50, 10, 10, 20, 10, 0, 0])
    assert ratio.numerator.sum() / ratio.denominator.sum() == pytest.approx(0.5)
    # Of six buyers a fifth is one and a fifth of the next.
    ratio = top_fifth([60, 20, 5, 5, 5, 5])
    assert ratio.numerator.sum() / ratio.denominator.sum() == pytest.approx((60 + 0.2 * 20) / 100)
    assert top_fifth([0, 0]).denominator.sum() == 0


@pytest.mark.parametrize("n", [100, 300])
def test_the_interval_of_the_top_fifth_covers_the_share_of_the_population(n):
    """Lognormal spend of sigma .8: the true share is Phi(sigma - Phi^-1(0.8))."""
    from scipy.special import ndtr, ndtri

    from segnb.intervals import ratio_interval

    truth, rng, hits, given = ndtr(0.8 - ndtri(0.8)), np.random.default_rng(n), 0, 0
    for trial in range(200):
        ratio = top_fifth(rng.lognormal(3, 0.8, n))
        found = ratio_interval(ratio.numerator.to_numpy(), ratio.denominator.to_numpy(), 0, str(trial))
        if found is not None:
            given += 1
            hits += found.low <= truth <= found.high
    assert given >= 50
    assert hits >= 0.86 * given  # at a coverage of 92 % fewer has a probability below 2 %


def test_every_group_has_a_top_fifth_of_its_own():
    from kpi_sample import results

    spend = np.array([50.0] + [12.5] * 4 + [10.0] * 5)
    data = {SEGMENT: ["s1"] * 5 + ["s2"] * 5, AMOUNT: spend, "orders": 1.0}
    found = results(pd.DataFrame(data), kpis=["top_fifth_share"], min_cell=1)
    assert found["top_fifth_share", "s1"].value == pytest.approx(0.5)
    assert found["top_fifth_share", "s2"].value == pytest.approx(0.2)
    assert found["top_fifth_share", ALL].value == pytest.approx(62.5 / 150)
