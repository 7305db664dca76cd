"""What every registered basis keeps, found by itself: on the made-up shop, with all its tables."""

import re
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from declared import declared

from segnb.bases import BASES, features
from segnb.bases.choice import preferred
from segnb.bases.definition import Basis
from segnb.clustering.levels import levels
from segnb.columns import CUSTOMER
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Window
from segnb.tables.needs import unmet
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, write_shop
from segnb.tables.shop_truths import NEEDS
from segnb.words import Voice
from segnb.words.catalogue import catalogue

# Ibis asks DuckDB and pandas for what they no longer like; a user does not see it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WINDOW = Window(date(2023, 7, 1), date(2024, 11, 30))
ATTRIBUTES = {
    "gender": "category",
    "age": "number",
    "city": "category",
    "income": "money",
    "education": "category",
    "household_size": "number",
    "joined": "time",
    "app_since": "time",
    **{f"need_{each}": "yes_no" for each in NEEDS},
    "industry": "category",
    "employees": "number",
    "country": "category",
    **{f"question_{place}": "number" for place in range(1, 7)},
}
NAMES = ("customers", "transactions", "products", "interactions", "feedback", "campaigns")
WHEN = {
    "transactions": "order_time",
    "interactions": "interaction_time",
    "feedback": "feedback_time",
    "campaigns": "contact_time",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The shop's six tables as they are written."""
    folder = tmp_path_factory.mktemp("made")
    write_shop(folder)
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in NAMES}
    tables["customers"] = with_companies_and_answers(tables["customers"])
    # Half of the customers are enough, and quick.
    return {
        name: rows[rows[CUSTOMER].astype(int) % 2 == 0] if CUSTOMER in rows else rows
        for name, rows in tables.items()
    }


def with_companies_and_answers(customers):
    """Return the customers with what the shop does not know: a company, and answers to six questions."""
    random = np.random.default_rng(7)
    n = len(customers)
    likings = random.normal(size=(n, 2))
    answers = {
        f"question_{place}": np.clip(
            np.round(3 + likings[:, place % 2] + random.normal(0, 0.5, n)), 1, 5
        ).astype(int)
        for place in range(1, 7)
    }
    return customers.assign(
        industry=random.choice(["bakery", "law", "trade"], n),
        employees=random.lognormal(3, 1, n).round().astype(int) + 1,
        country=random.choice(["DE", "FR"], n),
        **answers,
    )


def opened(made, folder, names=NAMES, as_of=AS_OF):
    """Read tables as the shipped params file declares them, all attributes included."""
    folder.mkdir(exist_ok=True)
    for name in names:
        made[name].to_csv(folder / f"{name}.csv", index=False)
    more = {name: {"source": f"{name}.csv"} for name in names}
    if "customers" in more:
        more["customers"] |= {"attributes": ATTRIBUTES}
    data = declared("shop", **more)
    data = data.model_copy(update={name: None for name in NAMES if name not in names})
    return read(data, as_of=as_of, root=folder, cache=folder / "cache")


@pytest.fixture(scope="module")
def shop(made, tmp_path_factory):
    return opened(made, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def turned(made, tmp_path_factory):
    """The same rows in the reverse order."""
    return opened({name: each[::-1] for name, each in made.items()}, tmp_path_factory.mktemp("turned"))


@pytest.fixture(scope="module")
def earlier(made, tmp_path_factory):
    """The same shop without anything that happened after the window."""
    last = (WINDOW.end + timedelta(days=1)).isoformat()
    kept = {name: each[each[WHEN[name]] < last] if name in WHEN else each for name, each in made.items()}
    return opened(kept, tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="module")
def doubled(made, tmp_path_factory):
    """The same shop where each customer has a twin who did the same."""
    twins = {}
    for table, rows in made.items():
        if CUSTOMER not in rows:
            twins[table] = rows
            continue
        copy = rows.assign(customer_id="twin-" + rows[CUSTOMER])
        if "order_id" in rows:
            copy["order_id"] = "twin-" + rows["order_id"]
        twins[table] = pd.concat([rows, copy])
    return opened(twins, tmp_path_factory.mktemp("doubled"))


@pytest.fixture(scope="module")
def lone(made, tmp_path_factory):
    """The shop of a single customer, and who it is."""
    one = made["feedback"].loc[made["feedback"]["nps"] != "99", CUSTOMER].iloc[0]
    few = {key: rows[rows[CUSTOMER] == one] if CUSTOMER in rows else rows for key, rows in made.items()}
    return opened(few, tmp_path_factory.mktemp("lone")), one


@pytest.fixture(scope="module")
def bare(made, tmp_path_factory):
    """Read the shop with one table alone."""
    return cache(lambda name: opened(made, tmp_path_factory.mktemp("bare"), (name,)))


@pytest.fixture(scope="module")
def measured(shop):
    """Measure the shop on a basis; most tests look at the same measures."""
    return cache(lambda name: features(shop, name, WINDOW))


@pytest.mark.parametrize("name", BASES)
def test_every_customer_has_one_row_or_is_counted_with_a_reason(shop, measured, name):
    found = measured(name)
    assert found.frame.index.is_unique and found.frame.index.is_monotonic_increasing
    assert found.frame.index.name == CUSTOMER and len(found.features)
    everyone = shop.customers.count().execute()
    assert len(found.frame) + sum(found.excluded.values()) == everyone
    assert all(count > 0 for count in found.excluded.values())
    assert list(found.frame.columns) == [each.name for each in found.features]


@pytest.mark.parametrize("name", BASES)
def test_the_order_of_rows_does_not_matter(measured, turned, name):
    one, other = measured(name), features(turned, name, WINDOW)
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    assert (one.excluded, one.evidence) == (other.excluded, other.evidence)


@pytest.mark.parametrize("name", BASES)
def test_nothing_after_the_window_is_used(measured, earlier, name):
    now, then = measured(name), features(earlier, name, WINDOW)
    pd.testing.assert_frame_equal(now.frame, then.frame, check_exact=True)
    assert now.evidence == then.evidence


@pytest.mark.parametrize("name", BASES)
def test_customers_who_are_alike_in_all_tables_are_measured_alike(doubled, name):
    found = features(doubled, name, WINDOW).frame
    twin = found.index.str.startswith("twin-")
    copies = found[twin].rename(index=lambda each: each.removeprefix("twin-"))
    pd.testing.assert_frame_equal(found[~twin], copies, check_exact=True)


@pytest.mark.parametrize("name", BASES)
def test_one_customer_is_measured_or_refused_in_one_sentence(lone, name):
    tables, one = lone
    try:
        found = features(tables, name, None)
    except InputError as refused:
        assert 0 < len(str(refused)) < 300 and "\n" not in str(refused)
    else:
        assert found.frame.index.tolist() == [one]


def test_the_bases_are_the_fourteen_usual_ones():
    assert set(BASES) == {
        *("demographic", "psychographic", "behavioural", "firmographic", "geographic", "lifecycle", "rfm"),
        *("needs", "engagement", "technology", "satisfaction", "predictive", "product_preference"),
        "combination",
    }
    places = [BASES[name].preference for name in preferred()]
    assert len(set(places)) == len(places) and max(places) < Basis.preference


@pytest.mark.parametrize("name", BASES)
def test_what_is_missing_is_asked_for(bare, name):
    needed = next((each.partition(".")[0] for each in BASES[name].needs), "")
    tables = bare(next(each for each in ("customers", "transactions") if each != needed))
    lacking = unmet(BASES[name].needs, tables.holds)
    try:
        features(tables, name, None)
    except (InputError, ParameterError) as refused:
        assert "\n" not in str(refused)
        assert re.search(r"needs|missing|Nobody|declare", str(refused))
    else:
        assert not lacking


@pytest.mark.parametrize("name", BASES)
def test_it_is_explained_in_every_language(shop, measured, name):
    basis = BASES[name]
    assert basis.label and basis.traps
    assert 1 <= basis.about.count(".") <= 8
    german = catalogue("de")
    assert basis.told(Voice("de_DE")) != basis.about and f"bases.about.{name}.label" in german
    found = features(shop, name, WINDOW, voice=Voice("de_DE"))
    assert found.evidence == () or found.evidence != measured(name).evidence
    for feature in BASES[name].function.__globals__.get("FEATURES", ()):
        for level in feature.levels:
            assert f"bases.feature.{feature.name}.levels.{level}" in german


@pytest.mark.parametrize("name", BASES)
def test_every_measure_has_its_words(measured, name):
    for feature in measured(name).features:
        # Columns of a company's own keep its own words.
        assert feature.label[:1].isupper() or feature.label.split(" / ")[0] in ATTRIBUTES
        assert feature.levels or (feature.high and feature.low and feature.high != feature.low)


@pytest.mark.parametrize("name", BASES)
def test_evidence_tells_of_no_group_below_the_smallest(shop, measured, name):
    """Where nobody may be told of, no row of a table by level is left."""
    found = features(shop, name, WINDOW, min_cell=1_000)
    if BASES[name].method != "levels" or found.model:
        pytest.skip("its segments are no levels, or are learned")
    assert all(not block.rows for block in found.evidence if block.kind == "table")
    assert any(block.rows for block in measured(name).evidence if block.kind == "table")


@pytest.mark.parametrize("name", [each for each in BASES if BASES[each].method == "levels"])
def test_each_level_is_a_segment_with_its_word(measured, name):
    found = measured(name)
    ruled = levels(found, min_cell=10)
    (read,) = ruled.variables
    counts = found.frame[read].value_counts()
    assert len(ruled.segments) == (counts >= 10).sum() >= (1 if found.model else 3)
    assert set(ruled.words.values()) <= set(found[read].levels)
