"""Bases: measures worked out by hand, offered only where their columns are, on the window's days only."""

import sys
from datetime import date

import pandas as pd
import pytest

from segnb.bases import BASES, explained, features, left_out
from segnb.bases.attributes import called
from segnb.bases.behavioural import MONTH
from segnb.errors import InputError, ParameterError
from segnb.registry import UnknownName
from segnb.segmentation import Feature, Window
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.transform import significant
from segnb.words import Voice

# Ibis asks DuckDB and pandas for what they no longer like; a user does not see it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WINDOW = Window(date(2024, 3, 1), date(2024, 4, 30))
HEAD = "customer_id,order_id,order_time,amount,discount,product_id,category\n"
LINES = """\
anna,a0,2024-01-10T10:00:00,99.00,0,p1,food
anna,a1,2024-03-02T18:30:00,10.00,2.00,p1,food
anna,a1,2024-03-02T18:30:00,20.00,0,p2,books
anna,a2,2024-04-29T09:00:00,30.00,8.00,p1,food
bert,b1,2024-04-21T17:00:00,0.10,0,p3,toys
bert,b1,2024-04-21T17:00:00,0.20,0,p4,toys
carl,c1,2024-04-01T08:00:00,5.00,0,p1,food
carl,c2,2024-04-02T08:00:00,5.00,0,p1,food
carl,c3,2024-04-30T23:59:59,-4.00,0,p2,books
dora,d1,2024-05-01T00:00:00,50.00,0,p1,food
"""
ROLES = ("customer_id", "order_id", "order_time", "amount", "discount", "product_id", "category")


def tables(folder, text=HEAD + LINES, roles=ROLES):
    (folder / "orders.csv").write_text(text)
    declared = {"source": "orders.csv"} | {each: each for each in roles}
    data = Data.model_validate({"timezone": "UTC", "transactions": declared})
    return read(data, as_of=date(2024, 5, 31), root=folder, cache=folder / "cache")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return tables(tmp_path_factory.mktemp("shop"))


def test_rfm_counts_to_the_end_of_the_window(shop):
    found = features(shop, "rfm", WINDOW)
    assert found.frame.to_dict("index") == {
        "anna": {"recency_days": 1, "frequency": 2, "monetary": 60},
        "bert": {"recency_days": 9, "frequency": 1, "monetary": 0.3},
        "carl": {"recency_days": 0, "frequency": 3, "monetary": 6},
    }
    assert found.excluded == {"No order in the window": 1}


def test_behaviour_worked_out_by_hand(shop):
    found = features(shop, "behavioural", WINDOW, min_orders=1).frame
    anna, bert, carl = (found.loc[each] for each in ("anna", "bert", "carl"))
    # Anna bought before the window, so all 61 days count; Bert is seen for 10 days: a month at least.
    assert anna["orders_per_month"] == pytest.approx(2 / (61 / MONTH))
    assert bert["orders_per_month"] == 1
    assert carl["orders_per_month"] == 3
    assert anna["spend_per_month"] == pytest.approx(60 / (61 / MONTH))
    assert anna["average_order"] == 30
    assert anna["discount_share"] == pytest.approx(10 / 70)
    assert carl["discount_share"] == 0
    assert anna["items_per_order"] == 1.5
    assert (anna["categories"], anna["top_category_share"]) == (2, pytest.approx(40 / 60))
    # Carl's books were returned: one category is left.
    assert (carl["categories"], carl["top_category_share"]) == (1, 1)
    assert (anna["weekend_share"], bert["weekend_share"], carl["weekend_share"]) == (0.5, 1, 0)
    assert anna["evening_share"] == 0.5
    assert bert["evening_share"] == 1
    assert carl["evening_share"] == pytest.approx(1 / 3, abs=1e-9)


def test_the_index_is_sorted_text_and_money_has_no_binary_dust(shop):
    found = features(shop, "behavioural", WINDOW, min_orders=1).frame
    assert found.index.tolist() == ["anna", "bert", "carl"]
    assert found.index.name == "customer_id"
    assert found.loc["bert", "average_order"] == 0.3
    assert (found.dtypes == "float64").all()
    assert (found.to_numpy() == significant(found.to_numpy())).all()
    assert not found.isna().any().any()


def test_without_a_window_all_days_count(shop):
    found = features(shop, "rfm", None).frame
    assert found.loc["anna"].tolist() == [32, 3, 159]
    assert "dora" in found.index


def test_customers_with_few_orders_are_left_out_and_counted(shop):
    found = features(shop, "behavioural", WINDOW, min_orders=2)
    assert found.frame.index.tolist() == ["anna", "carl"]
    assert found.excluded == {"No order in the window": 1, "Fewer than 2 orders in the window": 1}
    shown = left_out(found, min_cell=1)
    assert shown.title == "2 customers are left out"
    assert [row[1].text for row in shown.rows] == ["4", "−1", "−1", "2"]
    together = left_out(found, min_cell=10)
    assert [row[1].text for row in together.rows] == ["4", "−2", "2"]
    assert together.rows[1][0].text == "No order in the window and fewer than 2 orders in the window"


def test_each_basis_knows_how_many_orders_it_takes(shop):
    assert len(features(shop, "rfm", WINDOW).frame) == 3
    with pytest.raises(InputError, match="No customer has 4 or more orders in the window"):
        features(shop, "behavioural", WINDOW)


def test_a_measure_without_its_columns_is_not_offered(tmp_path):
    lines = [",".join(line.split(",")[:4]) for line in (HEAD + LINES).splitlines()]
    days = "\n".join(line[: line.index("T")] + line[line.index(",", line.index("T")) :] for line in lines[1:])
    bare = tables(tmp_path, f"{lines[0]}\n{days}\n", ROLES[:4])
    names = [each.name for each in features(bare, "behavioural", WINDOW, min_orders=1).features]
    assert names == ["orders_per_month", "average_order", "spend_per_month", "weekend_share"]


def test_a_table_that_is_missing_is_named(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,city\n1,Ulm\n2,Bonn\n")
    declared = {
        "customers": {"source": "customers.csv", "customer_id": "customer_id", "attributes": ["city"]}
    }
    known = read(Data.model_validate(declared), as_of=None, root=tmp_path, cache=tmp_path / "cache")
    with pytest.raises(
        InputError, match="Basis 'rfm' needs the table transactions, which data does not declare"
    ):
        features(known, "rfm", None)


def test_a_basis_requires_what_its_own_rule_reads(shop):
    found = features(shop, "rfm", WINDOW)
    assert BASES["rfm"].required(found) == ("recency_days", "frequency", "monetary")
    assert BASES["behavioural"].required(found) == ()


CATEGORIES = '''
"""What customers bought most of."""
from segnb.bases.definition import Measures, basis
from segnb.segmentation import Feature
from segnb.tables.orders import within

@basis("favourite", needs=("transactions.category",), method="levels", label="Favourite", about="Mostly.")
def favourite(tables, window):
    """The category that customers bought most of."""
    lines = within(tables.transactions, window)
    counted = lines.group_by("customer_id", "category").aggregate(lines=lines.count())
    first = counted.group_by("customer_id").aggregate(
        favourite=counted["category"].argmax(counted["lines"]), most=counted["lines"].max()
    )
    return Measures(
        first, (Feature("most", "Lines", "count"), Feature("favourite", "Favourite", "number", "nominal"))
    )
'''


@pytest.fixture
def favourite(tmp_path, monkeypatch):
    import segnb.bases

    (tmp_path / "favourite.py").write_text(CATEGORIES)
    monkeypatch.setattr(segnb.bases, "__path__", [*segnb.bases.__path__, str(tmp_path)])
    assert "favourite" in BASES
    yield
    BASES._entries.pop("favourite", None)
    sys.modules.pop("segnb.bases.favourite", None)


def test_a_categorys_words_become_levels_and_its_rule_reads_the_first(favourite, shop):
    found = features(shop, "favourite", WINDOW)
    assert found["favourite"].levels == ("food", "toys")
    assert found.frame["favourite"].to_dict() == {"anna": 0, "bert": 1, "carl": 0}
    assert BASES["favourite"].required(found) == ("favourite",)
    told = explained(found).blocks()
    assert "".join(span.text for span in told[0].content) == "Basis: Favourite. Mostly."


def test_a_column_that_is_missing_is_asked_for(favourite, tmp_path):
    lines = "\n".join(",".join(line.split(",")[:4]) for line in (HEAD + LINES).splitlines())
    bare = tables(tmp_path, f"{lines}\n", ROLES[:4])
    with pytest.raises(InputError, match="needs the column category of the table transactions, which data"):
        features(bare, "favourite", WINDOW)


def test_unknown_names_are_refused(shop):
    with pytest.raises(UnknownName, match="Did you mean 'rfm'"):
        features(shop, "rmf", WINDOW)
    with pytest.raises(ParameterError, match="Basis 'rfm' has no option 'bins'"):
        features(shop, "rfm", WINDOW, options={"bins": 5})


def test_the_window_has_to_hold_an_order(shop):
    with pytest.raises(InputError, match="No customer has 1 or more orders"):
        features(shop, "rfm", Window(date(2023, 1, 1), date(2023, 2, 1)))


def test_amounts_are_equal_at_any_order_of_rows(tmp_path, shop):
    turned = HEAD + "".join(f"{line}\n" for line in reversed(LINES.splitlines()))
    again = features(tables(tmp_path, turned), "behavioural", WINDOW, min_orders=1, voice=Voice())
    pd.testing.assert_frame_equal(
        again.frame, features(shop, "behavioural", WINDOW, min_orders=1).frame, check_exact=True
    )


LINES_PER_ORDER = '''
"""How many lines an order has."""
from segnb.bases.definition import Measures, basis
from segnb.segmentation import Feature
from segnb.tables.orders import by_customer, orders_in

@basis("lines", needs=("transactions",))
def lines(tables, window, *, times: int = 1):
    """Lines bought."""
    customers = by_customer(orders_in(tables, window))
    measured = customers.select("customer_id", lines=customers["lines"] * times)
    return Measures(measured, (Feature("lines", "Lines", "count"),))
'''


def test_a_basis_is_added_by_one_file(tmp_path, monkeypatch, shop):
    import segnb.bases

    (tmp_path / "lines.py").write_text(LINES_PER_ORDER)
    monkeypatch.setattr(segnb.bases, "__path__", [*segnb.bases.__path__, str(tmp_path)])
    try:
        assert "lines" in BASES
        found = features(shop, "lines", WINDOW, options={"times": 10})
        assert found.frame["lines"].to_dict() == {"anna": 30, "bert": 20, "carl": 30}
    finally:
        BASES._entries.pop("lines", None)
        sys.modules.pop("segnb.bases.lines", None)


def test_a_date_gives_names_that_say_earlier_or_later():
    told = called(Feature("joined", "joined", "days"), Voice())
    assert (told.label, told.high, told.and_low) == ("Days since joined", "Earlier joined", "later joined")
