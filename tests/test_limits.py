"""What the report says that it cannot say: computed from the tables that are declared."""

import datetime as dt

import pandas as pd
import pytest
from kpi_sample import VOICE, segmentation, shop, tables_of

from segnb.personas import limits
from segnb.tables.declare import Data
from segnb.tables.read import read

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def said(tables, made) -> str:
    heading, bullets = limits(made, tables).blocks()
    assert heading.text == VOICE.say("personas.limits.title")
    return " ".join(span.text for item in bullets.items for span in item)


def test_what_the_tables_lack_is_said(tmp_path):
    text = said(*shop(tmp_path))
    for part in (
        "a campaign would cause",
        "revenue, not cost",
        "no profile of anyone",
        "no feedback",
        "another report",
    ):
        assert part in text


def test_a_random_arm_lifts_the_limit_of_causes(tmp_path):
    contacts = [("0000", "2024-07-01", "yes", "offer"), ("0001", "2024-07-01", "no", "control")]
    tables, made = shop(tmp_path, campaigns=contacts)
    assert "cause:" not in said(tables, made) and "at random" not in said(tables, made)


def test_the_share_with_a_profile_is_the_datas_own(tmp_path):
    orders = [(f"c{n}", f"o{n}", "2024-03-01", 5.0) for n in range(20)]
    tables_of(tmp_path, orders, discount=False)
    rows = {"customer_id": [f"c{n}" for n in range(20)], "age": [30] * 8 + [None] * 12}
    pd.DataFrame(rows).astype({"age": "Int64"}).to_csv(tmp_path / "customers.csv", index=False)
    data = {
        "transactions": {"source": "orders.csv", "order_id": "order_id"},
        "customers": {"source": "customers.csv", "attributes": ["age"]},
    }
    tables = read(
        Data.model_validate(data), as_of=dt.date(2024, 12, 31), root=tmp_path, cache=tmp_path / "cache"
    )
    made = segmentation(pd.Series({f"c{n}": "s1" for n in range(20)}))
    assert "40% of those in segments have a profile" in said(tables, made)
