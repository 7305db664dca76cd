"""What is said of KPIs: titles, headline and charts claim no more than the intervals allow."""

from dataclasses import replace

import pytest
from kpi_sample import NAMES, VOICE, WINDOWS, frame, results, segmentation, shop
from shuffled_kpis import by_lot, clear_differences, clientele

import segnb as sb
from segnb import intervals
from segnb.charts.kpis import MOST, dots, small_multiples
from segnb.columns import AMOUNT, SEGMENT
from segnb.document.blocks import Figure, from_json, to_json
from segnb.drawing.ticks import tick_labels
from segnb.kpis import KPIS, Kpis, kpi, rate
from segnb.kpis.comparison import compare
from segnb.kpis.findings import apart, title
from segnb.kpis.leakage import Leak
from segnb.kpis.measured import ALL, Definition, Measured
from segnb.kpis.show import kpi_tables

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def test_a_new_kpi_is_one_function(monkeypatch):
    monkeypatch.setattr(KPIS, "_entries", {name: KPIS[name] for name in KPIS})

    @kpi("big_spenders", unit="share", label="Spent more than 100", needs=(AMOUNT,), place=5)
    def big_spenders(customers):
        """Share of customers who spent more than 100."""
        return rate(customers[AMOUNT] > 100)

    found = results(frame({"s1": 200, "s2": 200}, scale={"s2": 6.0}))
    assert found.definitions[0].label == "Spent more than 100"
    assert title(found, "big_spenders") == "Spenders are higher in “Spent more than 100” than the rest"
    assert dots(found, "big_spenders").subtitle == (
        "67.5 percentage points apart, 95% interval 59.5–73.8 percentage points. "
        "Spent more than 100, July–December 2024; dashed: all"
    )


def test_every_shipped_kpi_has_words_that_fit_a_title():
    for entry in KPIS.values():
        assert entry.summary.endswith(".")
        assert entry.label
        assert entry.topic
        assert "{others}" in entry.more
        assert "{others}" in entry.less
        parts = (entry.label, entry.more, entry.less, entry.topic)
        assert all(("{level}" in part) == bool(entry.by) for part in parts)


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


def test_chance_makes_few_differences_clear_in_any_of_seven_kpis(monkeypatch):
    """Of 30 partitions by lot at most 5 may err; at 5% each, more has probability 0.003."""
    monkeypatch.setattr(intervals, "DRAWS", 300)
    found = [
        clear_differences(by_lot(clientele(800, seed), 4 + seed % 3, seed), seed) for seed in range(100, 130)
    ]
    assert min(number for number, _ in found) >= 30, "so many comparisons that each alone would err"
    assert sum(clear > 0 for _, clear in found) <= 5


def test_a_planted_difference_is_found_among_all_comparisons(monkeypatch):
    monkeypatch.setattr(intervals, "DRAWS", 300)
    found = 0
    for seed in range(10):
        customers = by_lot(clientele(1000, seed), 5, seed)
        customers.loc[customers[SEGMENT] == "s2", AMOUNT] *= 2
        found += clear_differences(customers, seed)[1] > 0
    assert found >= 8


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
    assert found.leading.text == f"One of three segments, 42% of customers, brings {revenue} of revenue"
    assert "Spenders; July–December 2024, 95% interval" in found.leading.lede[0].text


def test_the_chapters_own_headline_says_who_spends_more_and_then_who_brings_most(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, names=NAMES)
    assert found.headline.text == title(found, "revenue_per_customer")
    assert found.headline.lede[0].text == "At least $87 apart, 95% interval $81–94. "
    assert found.headline.lede[1].text == f"{found.leading.text}: "
    alike = results(frame({"s1": 150, "s2": 150, "s3": 150}))
    assert alike.headline == alike.leading


def test_segments_stand_by_revenue_in_table_and_charts():
    found = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s3": 3.0, "s2": 2.0}))
    assert found.order == ("s3", "s2", "s1")
    table = kpi_tables(found)[0]
    names = [found.name(each) for each in found.order]
    assert [column.label for column in table.columns[1:-1]] == names
    data = dots(found, "revenue_per_customer").data
    assert [row[0].text for row in data.rows[:-1]] == names


def test_sums_stand_by_revenue_and_segments_keep_their_colours(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=3, names=NAMES)
    assert found.order[0] == "s2" and found.order[-1] == "s3"
    marks = [row[0].mark.segment for row in found.totals_table.rows[:3]]
    assert marks == [found.segments.index(each) for each in found.order]


def test_a_headline_admits_that_much_was_left_out(tmp_path):
    tables, made = shop(tmp_path)
    labels = made.labels.where(made.labels != "s1", "unassigned: noise")
    found = sb.measure(tables, segmentation(labels), WINDOWS, min_cell=1)
    assert found.leading.text.endswith("of what segmented customers spend")


def test_charts_show_every_value_as_text_too(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS)
    grid = small_multiples(found, NAMES)
    figures = [column[0] for column in grid.columns]
    assert len(figures) == MOST < len(found.definitions)
    assert from_json(to_json([grid])) == (grid,)
    for figure in figures:
        assert isinstance(figure, Figure)
        assert len(figure.alt) <= 150
        assert all(name in figure.picture for name in NAMES.values())
        for row in figure.data.rows[:3]:
            lines = (
                row[1].text.rsplit(" ", 1) if row[1].text.startswith(("at least", "under")) else [row[1].text]
            )
            assert all(f">{line}<" in figure.picture for line in lines)
    assert len({figure.alt for figure in figures}) == len(figures)


def test_charts_show_the_kpis_in_which_segments_differ_most():
    customers = frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 4.0})
    found = results(customers)
    labels = [column[0].data.title for column in small_multiples(found, NAMES, most=2).columns]
    above = compare(found).above
    assert above["revenue_per_customer"] and above["average_order_value"]
    assert not above["orders_per_month"] and not above["response_rate"]
    assert set(labels) < {"Share of revenue", "Revenue per customer", "Average order"}
    every = [column[0].data.title for column in small_multiples(found, NAMES, most=99).columns]
    assert every[:2] == labels
    assert sorted(every) == sorted(each.label for each in found.definitions if each.chart)


def test_what_cannot_be_compared_is_drawn_only_where_nothing_can():
    found = results(frame({"s1": 150, "s2": 150, "s3": 150}, scale={"s2": 4.0}))
    charts = [each for each in found.definitions if each.chart]

    def drawn(*leaks):
        grid = small_multiples(replace(found, leaks=leaks), NAMES, most=99)
        return {column[0].data.title for column in grid.columns}

    assert "Revenue per customer" in drawn()
    assert drawn() - drawn(Leak("revenue_per_customer", "feature", "Spend")) == {"Revenue per customer"}
    assert drawn(*(Leak(each.name, "window") for each in charts)) == {each.label for each in charts}


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
        ([-0.5, 0, 0.5], "change", ["−50%", "0%", "50%"]),
        ([0, 2.5, 5], "number", ["0.0", "2.5", "5.0"]),
    ],
)
def test_ticks_have_as_many_digits_as_tell_them_apart(ticks, unit, labels):
    assert tick_labels(VOICE, ticks, unit) == labels
