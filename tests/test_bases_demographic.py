"""Demography: which column is which, ages and generations on a day, orders of words, coverage."""

import pandas as pd
import pytest
from people import people

from segnb.bases import explained, features
from segnb.errors import InputError, ParameterError
from segnb.words import Voice

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
BORN = ["1927-12-31", "1928-01-01", "1946-05-05", "1964-12-31", "1965-01-01", "1981-07-01", "1996-06-30"]
NAMES = [
    "Greatest Generation",
    "Silent Generation",
    "Boomers",
    "Boomers",
    "Generation X",
    "Millennials",
    "Millennials",
]


def born(values=BORN):
    return pd.DataFrame({"id": [f"c{place}" for place in range(len(values))], "birth_date": values})


def told(found, voice=None):
    return found.frame, [each.name for each in found.features], explained(found).blocks()


def words(found, name):
    levels = found[name].levels
    return [levels[int(code)] for code in found.frame[name].dropna()]


def test_a_birthday_after_as_of_makes_a_year_less(tmp_path):
    tables = people(tmp_path, born(), kinds={"birth_date": "time"})
    frame = features(tables, "demographic", None).frame
    # On 30 June 2024: whoever was born on 1 July 1981 is 42 still.
    assert frame["age"].tolist() == [96, 96, 78, 59, 59, 42, 28]


def test_generations_follow_the_year_of_birth(tmp_path):
    tables = people(tmp_path, born(), kinds={"birth_date": "time"})
    found = features(tables, "demographic", None, options={"generations": True})
    assert [each.name for each in found.features] == ["generation"]
    assert words(found, "generation") == NAMES
    assert found["generation"].scale == "ordinal"


def test_a_year_of_birth_and_an_age_give_the_same(tmp_path):
    years = pd.DataFrame({"id": ["a", "b", "c"], "Year_Birth": [1980, 2000, None]})
    one = features(people(tmp_path / "one", years, kinds={"Year_Birth": "number"}), "demographic", None)
    ages = pd.DataFrame({"id": ["a", "b", "c"], "AGE": [44, 24, None]})
    two = features(people(tmp_path / "two", ages, kinds={"AGE": "number"}), "demographic", None)
    pd.testing.assert_frame_equal(one.frame, two.frame)


def test_an_impossible_age_counts_as_none_and_is_said(tmp_path):
    years = pd.DataFrame({"id": ["a", "b", "c"], "birth_year": [1893, 2025, 1980]})
    found = features(people(tmp_path, years, kinds={"birth_year": "number"}), "demographic", None)
    assert found.frame["age"].isna().tolist() == [True, True, False]
    note = explained(found).blocks()[-1]
    assert note.content[0].text.startswith("2 customers with an age below 0 or above 120")


def test_an_age_needs_a_day(tmp_path):
    tables = people(tmp_path, born(), kinds={"birth_date": "time"})
    undated = type(tables)(
        tables.folder, tables.intake.__class__(**{**vars(tables.intake), "as_of": None}), tables.con
    )
    with pytest.raises(InputError, match="an age needs a day: set as_of"):
        features(undated, "demographic", None)


ROWS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "Sex": ["f", "m", "f", None],
        "income_band": ["50-74K", "Under 15K", "250K+", "15-24K"],
        "Education": ["PhD", "Basic", "2n Cycle", "Graduation"],
        "mood": ["good", "bad", "so-so", "good"],
        "shoe": [38, 44, 39, 41],
    }
)


def test_columns_are_found_by_their_usual_names_and_it_is_said_which(tmp_path):
    found = features(people(tmp_path, ROWS, kinds={"shoe": "number"}), "demographic", None)
    assert [each.name for each in found.features] == ["gender", "income", "education"]
    table = explained(found).blocks()[-1]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Gender", "Sex", "Groups without order", "75%"],
        ["Income", "income_band", "Ordered groups", "100%"],
        ["Education", "Education", "Ordered groups", "100%"],
    ]


def test_bands_and_degrees_keep_their_order(tmp_path):
    found = features(people(tmp_path, ROWS, kinds={"shoe": "number"}), "demographic", None)
    assert found["income"].levels == ("Under 15K", "15-24K", "50-74K", "250K+")
    assert found["education"].levels == ("Basic", "2n Cycle", "Graduation", "PhD")
    assert found.frame["income"].tolist() == [2, 0, 3, 1]


def test_an_order_is_the_analysts_and_further_columns_join(tmp_path):
    options = {"columns": ["mood", "shoe"], "order": {"mood": ["bad", "so-so", "good"]}}
    found = features(people(tmp_path, ROWS, kinds={"shoe": "number"}), "demographic", None, options=options)
    assert found["mood"].scale == "ordinal"
    assert found.frame["mood"].tolist() == [2, 0, 1, 2]
    assert found.frame["shoe"].tolist() == [38, 44, 39, 41]
    assert (found["shoe"].high, found["shoe"].low) == ("High shoe", "Low shoe")


def test_an_order_that_lacks_words_is_refused(tmp_path):
    with pytest.raises(InputError, match="2 values that are not among the levels"):
        options = {"columns": ["mood"], "order": {"mood": ["bad", "so-so"]}}
        features(people(tmp_path, ROWS, kinds={"shoe": "number"}), "demographic", None, options=options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gender": "Sexx"}, "there is no attribute 'Sexx'. Did you mean 'Sex'"),
        ({"gender": "Sex", "columns": ["Sex"]}, "the column 'Sex' is named twice"),
        ({"order": {"mod": ["a"]}}, "there is no column 'mod' to order"),
        ({"generations": True}, "generations need an age in years"),
    ],
)
def test_options_that_fit_no_column_are_refused(tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        features(people(tmp_path, ROWS, kinds={"shoe": "number"}), "demographic", None, options=options)


def test_without_any_known_column_it_asks_which_is_which(tmp_path):
    with pytest.raises(InputError, match=r"knows none of the 2 attributes by its name \(mood, shoe\)"):
        features(people(tmp_path, ROWS[["id", "mood", "shoe"]]), "demographic", None)


def test_the_order_of_rows_and_one_customer_do_not_matter(tmp_path):
    whole = features(people(tmp_path / "a", ROWS), "demographic", None)
    turned = features(people(tmp_path / "b", ROWS.iloc[::-1]), "demographic", None)
    pd.testing.assert_frame_equal(whole.frame, turned.frame)
    assert len(features(people(tmp_path / "c", ROWS.head(1)), "demographic", None).frame) == 1


def test_customers_without_a_record_are_counted_and_coverage_is_said(tmp_path):
    orders = pd.DataFrame(
        {"customer_id": ["a", "b", "x", "y", "z"], "order_time": "2024-05-01", "amount": "1.50"}
    )
    found = features(people(tmp_path, ROWS, orders=orders), "demographic", None)
    assert found.excluded == {"Nothing is recorded of what the segments rest on": 3}
    assert explained(found).blocks()[-1].title == "Attributes are on record for 4 of 7 customers (57%)"


def test_small_generations_are_not_told_one_by_one(tmp_path):
    ages = pd.DataFrame({"id": [f"c{place}" for place in range(40)], "age": [30] * 25 + [70] * 12 + [5] * 3})
    found = features(people(tmp_path, ages, kinds={"age": "number"}), "demographic", None)
    told = [" ".join(cell.text for cell in row) for row in explained(found).blocks()[-1].rows]
    assert explained(found).blocks()[-1].columns[0].label == "Generation" and len(told) == 2
    assert not any("Alpha 8%" in each for each in told)


def test_german_readers_meet_german_words(tmp_path):
    ages = pd.DataFrame({"id": [f"c{place}" for place in range(40)], "age": [30] * 24 + [70] * 16})
    voice = Voice("de_DE", "EUR")
    found = features(people(tmp_path, ages, kinds={"age": "number"}), "demographic", None, voice=voice)
    blocks = explained(found).blocks()
    assert found["age"].high == "Ältere Kunden"
    assert blocks[-1].title == "Größte Gruppe: Millennials, 60\u00a0% der Kunden"
