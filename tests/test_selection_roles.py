"""Roles of columns: each kind and each reason is planted and found, in whatever unit and order it comes."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from segnb.errors import InputError, ParameterError
from segnb.plain import features_of, roles
from segnb.selection import select

SIZE = 400
AS_OF = date(2024, 12, 31)


def customers(seed=0):
    """Return a table in which every kind of column is planted."""
    random = np.random.default_rng(seed)
    spend = random.lognormal(5, 1, SIZE).round(2)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 700, SIZE), unit="D")
    late = pd.Series(days).mask(random.random(SIZE) < 0.02, pd.Timestamp("2025-03-01"))
    churned = random.random(SIZE) < 0.3
    words = np.array(
        [
            "the",
            "shop",
            "was",
            "quick",
            "and",
            "kind",
            "slow",
            "dear",
            "far",
            "near",
            "good",
            "bad",
            "old",
            "new",
        ]
    )
    return pd.DataFrame(
        {
            "account": random.permutation(np.arange(SIZE) + 5000),
            "customer_no": [f"C-{place:04d}" for place in random.permutation(SIZE)],
            "spend": spend,
            "age": random.normal(45, 12, SIZE).round(),
            "member": random.choice(["yes", "no"], SIZE),
            "band": random.choice(["under 18", "18-24", "25-64", "65+"], SIZE),
            "city": random.choice(["Kalt", "Muschel", "Drei Linden"], SIZE),
            "store_id": random.choice([3, 17, 99], SIZE),
            "joined": days,
            "last_seen": late.to_numpy(),
            "comment": [" ".join(random.choice(words, 9)) for _ in range(SIZE)],
            "street": random.choice([f"Street {place}" for place in range(90)], SIZE),
            "country": "Nowhere",
            "nothing": np.nan,
            "vip": np.r_[np.ones(8), np.zeros(SIZE - 8)],
            "fax": np.where(random.random(SIZE) < 0.6, np.nan, random.normal(size=SIZE)),
            "total": [f"{value:.2f}" for value in random.choice(spend[:250], SIZE)],
            "left_on": pd.Series(days).where(churned).to_numpy(),
            "churn": churned,
        },
        index=[f"c{place:04d}" for place in range(SIZE)],
    )


def whys(found):
    return {each.feature.name: each.why for each in found.columns}


def test_every_role_is_found_where_it_was_planted():
    found = roles(customers(), as_of=AS_OF, outcomes=["churn"])
    assert whys(found) == {
        "account": "id",
        "customer_no": "id",
        "spend": "used",
        "age": "used",
        "member": "used",
        "band": "used",
        "city": "used",
        "store_id": "used",
        "joined": "used",
        "last_seen": "late",
        "comment": "free_text",
        "street": "many_categories",
        "country": "constant",
        "nothing": "empty",
        "vip": "near_constant",
        "fax": "missing",
        "total": "number_text",
        "left_on": "leak",
        "churn": "outcome",
    }


def test_every_kind_and_its_scale_are_found():
    found = roles(customers(), as_of=AS_OF)
    assert {name: found[name].kind for name in found.used} == {
        "spend": "number",
        "age": "number",
        "member": "yes_no",
        "band": "ordered",
        "city": "unordered",
        "store_id": "unordered",
        "joined": "date",
        "churn": "yes_no",
    }
    assert found["spend"].feature.scale == "log"
    assert found["age"].feature.scale == "linear"
    assert found["band"].feature.levels == ("under 18", "18-24", "25-64", "65+")
    assert found["member"].feature.levels == ("no", "yes")
    assert found["store_id"].feature.levels == ("3", "17", "99")


@pytest.mark.parametrize(
    "scale",
    [
        ("I hate it!-2", "-1", "0", "+1", "I love it!+2"),
        ("bad-1", "2", "3", "good-5"),
        ("1 (never)", "2", "3", "4 (always)"),
    ],
)
def test_a_scale_whose_ends_bear_words_has_an_order(scale):
    asked = pd.DataFrame({"liking": np.random.default_rng(0).choice(scale, 200)})
    assert roles(asked)["liking"].kind == "ordered"
    assert roles(asked)["liking"].feature.levels == scale


@pytest.mark.parametrize("names", [("A1", "2", "3"), ("7", "8 left", "9"), ("Hall 1", "Hall 2", "Hall 3")])
def test_names_that_hold_numbers_have_no_order(names):
    asked = pd.DataFrame({"house": np.random.default_rng(0).choice(names, 200)})
    assert roles(asked)["house"].kind == "unordered"


def test_a_leak_is_named_with_its_outcome_even_where_it_is_only_there_for_some():
    found = roles(customers(), as_of=AS_OF, outcomes=["churn"])
    assert found["left_on"].partner == "churn"
    assert found["left_on"].strength > 0.98
    shown = found.blocks()[0]
    reason = next(row[3].text for row in shown.rows if row[0].text == "left_on")
    assert reason == "Nearly equals the outcome churn (association 1.00)"


@pytest.mark.parametrize(
    "leak",
    [
        lambda outcome: outcome * 100 + 3,
        lambda outcome: -(outcome**3),
        lambda outcome: (outcome - 5) ** 2,
        lambda outcome: (outcome > 4).astype(float),
        lambda outcome: pd.cut(outcome, 5, labels=list("vwxyz")).astype(str),
    ],
    ids=["another unit", "turned around", "a parabola", "a flag", "a band"],
)
def test_whatever_follows_from_the_outcome_is_a_leak(leak):
    random = np.random.default_rng(1)
    outcome = pd.Series(random.uniform(0, 10, 500))
    frame = pd.DataFrame({"leak": leak(outcome), "own": random.normal(size=500), "outcome": outcome})
    found = roles(frame, outcomes=["outcome"])
    assert found["leak"].why == "leak"
    assert found["own"].why == "used"


def test_a_good_predictor_is_no_leak():
    random = np.random.default_rng(2)
    outcome = random.normal(size=1000)
    near = outcome + 0.3 * random.normal(size=1000)
    found = roles(pd.DataFrame({"near": near, "outcome": outcome}), outcomes=["outcome"])
    assert found["near"].why == "used"
    assert found["near"].partner == ""


def test_units_and_the_order_of_rows_and_columns_do_not_matter():
    frame, random = customers(), np.random.default_rng(3)
    plain = features_of(frame, as_of=AS_OF)
    cents = frame.assign(spend=frame["spend"] * 100)
    assert whys(roles(cents, as_of=AS_OF)) == whys(roles(frame, as_of=AS_OF))
    assert features_of(cents, as_of=AS_OF).features == plain.features
    mixed = frame.iloc[random.permutation(SIZE), random.permutation(frame.shape[1])]
    again = features_of(mixed, as_of=AS_OF)
    assert again.features == plain.features
    assert again.frame.equals(plain.frame)
    assert select(again).decisions == select(plain).decisions
    assert select(again).themes == select(plain).themes


def test_a_feature_table_holds_codes_days_and_missing_values():
    frame = customers()
    frame.loc["c0003", "city"] = None
    found = features_of(frame, as_of=AS_OF).frame
    assert list(found.index) == sorted(frame.index)
    assert found.loc["c0001", "city"] == ["Drei Linden", "Kalt", "Muschel"].index(frame.loc["c0001", "city"])
    assert np.isnan(found.loc["c0003", "city"])
    assert found.loc["c0001", "joined"] == (pd.Timestamp("2025-01-01") - frame.loc["c0001", "joined"]).days
    assert (found.dtypes == np.float64).all()


def test_of_two_that_say_the_same_the_fuller_is_listed_first_and_kept():
    random = np.random.default_rng(4)
    fine = random.normal(size=300)
    gappy = pd.Series(fine * 2).mask(random.random(300) < 0.1)
    frame = pd.DataFrame({"a_gappy": gappy, "b_coarse": fine.round(), "c_fine": fine})
    selection = select(features_of(frame))
    assert [each.feature.name for each in selection.decisions] == ["c_fine", "b_coarse", "a_gappy"]
    assert selection.kept == ["c_fine"]


def test_keep_overrules_and_is_marked_and_drop_removes():
    frame = customers()
    found = roles(frame, as_of=AS_OF, keep=["vip", "fax", "last_seen"], drop=["city"])
    assert {name: (found[name].why, found[name].rule) for name in ("vip", "fax", "last_seen", "city")} == {
        "vip": ("asked", "near_constant"),
        "fax": ("asked", "missing"),
        "last_seen": ("asked", "late"),
        "city": ("dropped", ""),
    }
    assert {"vip", "fax", "last_seen"} <= set(found.used)
    reasons = {row[0].text: row[3].text for row in found.blocks()[0].rows}
    assert reasons["vip"] == "Kept as asked, although 98% of the customers have the same value"
    with pytest.raises(ParameterError, match="'comment' cannot form segments \\(free text\\)"):
        roles(frame, keep=["comment"])


def test_a_date_without_a_last_day_is_no_number():
    assert roles(customers())["joined"].why == "undated"


def test_an_order_is_taken_from_pandas_or_from_the_analyst_and_never_guessed():
    random = np.random.default_rng(5)
    words = ["never", "often", "always"]
    column = pd.Series(random.choice(words, 90))
    assert roles(column.to_frame("use"))["use"].kind == "unordered"
    typed = column.astype(pd.CategoricalDtype(words, ordered=True)).to_frame("use")
    assert roles(typed)["use"].feature.levels == tuple(words)
    assert roles(column.to_frame("use"), levels={"use": words})["use"].kind == "ordered"
    with pytest.raises(InputError, match=r"'use' holds .* values that are not among the levels"):
        roles(column.to_frame("use"), levels={"use": ["never", "often"]})


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int8"])
def test_numbers_of_any_dtype_are_numbers(dtype):
    frame = pd.DataFrame({"kids": pd.Series([0, 1, 2, 3] * 20).astype(dtype)})
    assert roles(frame)["kids"].kind == "number"


def test_yes_and_no_are_told_in_every_dress():
    truth = [True, False, False, True] * 10
    frame = pd.DataFrame(
        {
            "plain": truth,
            "gappy": pd.Series(truth, dtype="boolean").mask(pd.Series([True] + [False] * 39)),
            "digits": [int(each) for each in truth],
            "text": ["Yes" if each else "No" for each in truth],
            "german": ["ja" if each else "nein" for each in truth],
        }
    )
    found = features_of(frame)
    assert {each.scale for each in found.features} == {"nominal"}
    np.testing.assert_array_equal(found.frame.drop(columns="gappy").std(axis=1), 0)


def test_times_that_are_text_are_dates():
    frame = pd.DataFrame({"day": ["2024-01-05", "2024-02-05T10:30", "2024-03-01 08:00:00Z"] * 10})
    found = features_of(frame, as_of=AS_OF)
    assert found["day"].unit == "days"
    assert found.frame["day"].min() == pytest.approx(305 + 16 / 24)


def test_gaps_are_told_together_and_never_of_too_few():
    random = np.random.default_rng(6)
    frame = pd.DataFrame(random.normal(size=(300, 3)), columns=["a", "b", "c"])
    frame.loc[:39, ["a", "b"]] = np.nan
    frame.loc[40:42, "c"] = np.nan
    found = roles(frame)
    assert [(gap.columns, gap.customers) for gap in found.gaps] == [(("a", "b"), 40), (("c",), 3)]
    gaps = found.blocks()[1]
    # Three customers are too few to be told of: they are not left over either.
    assert [[cell.text for cell in row] for row in gaps.rows] == [["Other combinations", "43", "14%"]]
    assert gaps.title.startswith("43 customers (14%) lack a value")
    assert "in fewer than 10 rows" in {row[1].text for row in found.blocks()[0].rows}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(), "no row or no column"),
        (pd.DataFrame({"a": []}), "no row or no column"),
        (pd.DataFrame([[1, 2]] * 30, columns=["a", "a"]), "Two columns bear the name 'a'"),
        (pd.DataFrame({"a": [1.0, np.inf] * 20}), "'a' holds 20 infinite numbers"),
        (pd.DataFrame({"a": [1.0] * 30}), r"No column can form segments: a \(constant\)"),
        (pd.DataFrame({"a": np.arange(30.0) % 7}, index=["x"] * 30), "names 29 customers again"),
    ],
)
def test_what_is_no_table_of_customers_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        features_of(frame)


@pytest.mark.parametrize("knob", ["keep", "drop", "outcomes"])
def test_an_unknown_column_is_refused_with_the_nearest(knob):
    with pytest.raises(ParameterError, match=rf"{knob}: .*'spent'.*Did you mean 'spend'\?"):
        roles(customers(), **{knob: ["spent"]})


def test_the_input_is_not_changed():
    frame = customers()
    before = frame.copy()
    features_of(frame, as_of=AS_OF, outcomes=["churn"])
    pd.testing.assert_frame_equal(frame, before)


def test_it_comes_back_from_disk_with_its_words(tmp_path):
    from segnb.plain import Roles
    from segnb.store import load, save

    found = roles(customers(), as_of=AS_OF, outcomes=["churn"])
    save(found, tmp_path, "roles")
    assert load(Roles, tmp_path, "roles") == found
