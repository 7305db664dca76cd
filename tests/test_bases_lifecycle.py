"""Stages of life: planted ones come back exactly, by the own rhythm, and moves hide small counts."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from segnb.bases import features
from segnb.bases.lifecycle import STAGES, Rule, stages
from segnb.errors import InputError, ParameterError
from segnb.lifetime.histories import purchase_days
from segnb.segmentation import Window
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.shop_club import make_club
from segnb.tables.shop_plan import LAST

# Ibis asks DuckDB and pandas for what they no longer like; a user does not see it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
END = date(2024, 6, 30)
EACH = 30
"""Customers planted at each stage."""


def history(stage, rhythm, rng):
    """Return days before the end on which a customer of a stage bought, one rhythm apart but for chance."""
    jitter = rng.uniform(0.9, 1.1, 40) * rhythm
    silent = {"At-risk customers": 3.0, "Lapsed customers": 7.0}.get(stage, 0.5) * rhythm
    many = {"First-time customers": 0, "Repeat customers": 2, "Won-back customers": 2}.get(stage, 11)
    gaps = np.cumsum(jitter[:many])
    if stage == "Won-back customers":
        gaps = np.r_[gaps, gaps[-1] + 9 * rhythm + np.cumsum(np.r_[0.0, jitter[20:28]])]
    return np.round(silent + np.r_[0.0, gaps]).astype(int)


@pytest.fixture(scope="module")
def planted():
    """Days with a purchase, and the stage of each customer; rhythms run from ten days to forty."""
    rng = np.random.default_rng(11)
    rows, truth = [], {}
    for stage in STAGES:
        for number in range(EACH):
            customer = f"{stage}-{number:02d}"
            truth[customer] = stage
            # One purchase alone has no rhythm but that of all customers.
            rhythm = 20 if stage == "First-time customers" else rng.uniform(10, 40)
            gone = [] if stage == "Leads" else history(stage, rhythm, rng)
            rows += [(customer, END - timedelta(days=int(each))) for each in gone]
    return pd.DataFrame(rows, columns=["customer_id", "day"]), pd.Series(truth).sort_index()


def test_planted_stages_come_back_exactly(planted):
    days, truth = planted
    found = stages(days, truth.index, END, Rule())["stage"]
    assert pd.crosstab(truth, found).to_numpy().sum() == EACH * len(STAGES)
    assert found.equals(truth.rename("stage").rename_axis("customer_id").astype(found.dtype))


def test_the_order_of_rows_and_a_second_order_on_a_day_change_nothing(planted):
    days, truth = planted
    again = pd.concat([days, days]).sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(
        stages(again, truth.index, END, Rule()), stages(days, truth.index, END, Rule())
    )


def test_silence_is_told_by_the_own_rhythm():
    weekly = [("weekly", END - timedelta(days=40 + 7 * each)) for each in range(12)]
    yearly = [("yearly", END - timedelta(days=40 + 300 * each)) for each in range(12)]
    days = pd.DataFrame([*weekly, *yearly], columns=["customer_id", "day"])
    found = stages(days, pd.Index(["weekly", "yearly"]), END, Rule())
    assert found["stage"].to_dict() == {"weekly": "At-risk customers", "yearly": "Loyal customers"}


def test_one_gap_is_drawn_towards_the_rhythm_of_all():
    steady = [("s", END - timedelta(days=10 * each)) for each in range(30)]
    rare = [("r", END - timedelta(days=each)) for each in (0, 40)]
    days = pd.DataFrame([*steady, *rare], columns=["customer_id", "day"])
    found = stages(days, pd.Index(["r", "s"]), END, Rule(shrinkage=2))
    usual = np.median([10, 40])
    assert found.loc["r", "rhythm_days"] == pytest.approx((usual**2 * 40) ** (1 / 3))
    assert found.loc["s", "rhythm_days"] == pytest.approx((usual**2 * 10.0**29) ** (1 / 31))


def test_what_comes_after_the_end_is_not_seen(planted):
    days, truth = planted
    later = days.assign(day=[each + timedelta(days=5000) for each in days["day"]])
    both = stages(pd.concat([days, later]), truth.index, END, Rule())
    pd.testing.assert_frame_equal(both, stages(days, truth.index, END, Rule()))


def test_without_a_second_purchase_there_is_no_rhythm():
    days = pd.DataFrame({"customer_id": ["a", "b"], "day": [END, END]})
    with pytest.raises(InputError, match="Nobody bought on a second day up to 2024-06-30"):
        stages(days, pd.Index(["a", "b"]), END, Rule())


@pytest.mark.parametrize("wrong", [{"at_risk": 5.0}, {"at_risk": 0.0}, {"loyal": 2}, {"shrinkage": 0.0}])
def test_limits_that_cannot_be_are_refused(wrong):
    with pytest.raises(ParameterError, match="must"):
        Rule(**wrong)


@pytest.mark.parametrize("seed", range(5))
def test_the_tea_clubs_planned_stages_come_back_whatever_was_drawn(seed):
    _, orders, truth = make_club(seed)
    found = stages(orders.rename(columns={"order_time": "day"}), truth.index, LAST, Rule())["stage"]
    pd.testing.assert_series_equal(found.astype("str"), truth, check_names=False)


def small(folder, planted, registered=""):
    days, truth = planted
    lines = days.assign(amount="10.00").rename(columns={"day": "order_time"})
    lines.to_csv(folder / "orders.csv", index=False)
    joined = np.where(truth == "Leads", registered or "2024-01-01", "2020-01-01")
    pd.DataFrame({"customer_id": truth.index, "joined": joined}).to_csv(folder / "customers.csv", index=False)
    data = {
        "timezone": "UTC",
        "transactions": {"source": "orders.csv"},
        "customers": {"source": "customers.csv", "attributes": {"joined": "time"}},
    }
    return read(Data.model_validate(data), as_of=date(2024, 12, 31), root=folder, cache=folder / "cache")


def test_purchases_before_the_window_count(tmp_path, planted):
    tables = small(tmp_path, planted)
    found = features(tables, "lifecycle", Window(END - timedelta(days=30), END))
    told = found.frame["stage"].map(lambda place: STAGES[int(place)])
    assert (told == planted[1].reindex(told.index)).all() and len(told) == EACH * len(STAGES)
    assert len(purchase_days(tables, Window(date.min, END))) == len(planted[0].drop_duplicates())


def test_who_registers_later_is_no_lead_and_is_counted(tmp_path, planted):
    tables = small(tmp_path, planted, registered="2024-07-01")
    found = features(tables, "lifecycle", Window(date(2024, 1, 1), END), options={"registered": "joined"})
    assert found.excluded == {"Not yet a customer by the end of these days": EACH}
    assert 0.0 not in set(found.frame["stage"])


def test_the_stages_are_told_with_their_rhythm_and_the_chance_of_buying_again(tmp_path, planted):
    told, moves = features(small(tmp_path, planted), "lifecycle", Window(date(2024, 1, 1), END)).evidence
    assert [row[0].text for row in told.rows] == list(STAGES)
    assert [row[1].text for row in told.rows] == [str(EACH)] * len(STAGES)
    chance = {row[0].text: row[-1].text for row in told.rows}
    assert chance["Leads"] == "–" and int(chance["Lapsed customers"][:-1]) < int(
        chance["Loyal customers"][:-1]
    )
    assert moves.columns[0].label == "Stage on 31 March 2024"
