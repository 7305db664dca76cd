"""Geography: small areas merge, their averages are drawn in, distances are known, maps tell of nobody."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from people import people

import segnb as sb
from segnb.bases import explained, features
from segnb.bases.areas import averages, merged
from segnb.document.blocks import Figure, Paragraph
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Window

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def lived(cities, **more):
    return pd.DataFrame({"id": [f"c{place:04d}" for place in range(len(cities))], "city": cities} | more)


def words(found):
    levels = found["area"].levels
    return [levels[int(code)] for code in found.frame["area"]]


def test_few_areas_are_segments_by_rule(tmp_path):
    found = features(people(tmp_path, lived(["Ulm"] * 30 + ["Bonn"] * 20 + ["Kiel"] * 3)), "geographic", None)
    assert sorted(set(words(found))) == ["Bonn", "Other", "Ulm"]
    segments = sb.segment(found)
    assert (segments.method, segments.verdict.kind) == ("levels", "by rule")
    assert {segments.called(key): each.size for key, each in segments.passports.items()} == {
        "Bonn": 20,
        "Ulm": 30,
    }
    assert (segments.labels == "unassigned: too few").sum() == 3


def test_an_area_that_is_a_number_is_called_an_area(tmp_path):
    frame = pd.DataFrame(
        {"id": [f"c{place:02d}" for place in range(30)], "ZIP Code": ["90210"] * 15 + ["94110"] * 15}
    )
    found = features(people(tmp_path, frame), "geographic", None, options={"digits": 2})
    segments = sb.segment(found)
    assert [segments.called(key) for key in segments.segments] == ["Area 90", "Area 94"]


def test_small_areas_go_to_their_parent_and_then_to_other():
    region = pd.Series(["North"] * 16 + ["South"] * 4 + [None] * 2)
    city = pd.Series(["Kiel"] * 10 + ["Husum"] * 3 + ["Plön"] * 3 + ["Ulm"] * 4 + [None] * 2)
    area = merged([region, city], 5, "Other")
    assert area.dropna().tolist() == ["Kiel"] * 10 + ["North"] * 6 + ["Other"] * 4
    assert area.isna().sum() == 2


def test_towns_of_one_name_in_two_regions_stay_apart():
    region, city = pd.Series(["X"] * 5 + ["Y"] * 5), pd.Series(["Neustadt"] * 10)
    assert merged([region, city], 5, "Other").tolist() == ["Neustadt, X"] * 5 + ["Neustadt, Y"] * 5


def planted(seed, areas=60, spread=1.0):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 120, areas)
    truth = pd.Series(
        50 + spread * 6 * rng.normal(size=areas), index=[f"a{place:02d}" for place in range(areas)]
    )
    area = pd.Series(np.repeat(truth.index, sizes))
    return truth, area, pd.Series(area.map(truth) + 20 * rng.normal(size=len(area)))


def test_drawn_in_averages_lie_nearer_to_the_truth():
    better = 0
    for seed in range(20):
        truth, area, values = planted(seed)
        found = averages(values, area)
        better += ((found.drawn - truth) ** 2).mean() < ((found.raw - truth) ** 2).mean()
        assert found.differ
    assert better >= 18


def test_an_area_of_three_is_drawn_in_further_than_one_of_a_hundred():
    _, area, values = planted(1)
    found, sizes = averages(values, area), area.value_counts()
    trust = (found.drawn - values.mean()) / (found.raw - values.mean())
    small, large = trust[sizes[sizes <= 6].index], trust[sizes[sizes >= 100].index]
    assert len(small) and len(large) and small.max() < 0.5 < 0.85 < large.min()


def test_rates_are_drawn_in_as_by_their_beta_prior():
    rng = np.random.default_rng(5)
    n = 40
    rates = pd.Series(rng.beta(8, 12, 400), index=[f"a{place:03d}" for place in range(400)])
    area = pd.Series(np.repeat(rates.index, n))
    values = pd.Series((rng.random(len(area)) < area.map(rates)).astype(float))
    found = averages(values, area, rate=True)
    # A prior of 20 customers: of 40 the own rate counts for 40 / 60.
    trust = ((found.drawn - values.mean()) / (found.raw - values.mean())).median()
    assert trust == pytest.approx(40 / 60, abs=0.05)


def test_areas_that_differ_by_chance_alone_seldom_count_as_different():
    assert sum(averages(*planted(seed, spread=0.0)[:0:-1]).differ for seed in range(100)) <= 11


def test_measures_that_areas_share_take_no_part_and_it_is_said(tmp_path):
    rng = np.random.default_rng(2)
    cities = [f"t{place:02d}" for place in range(20) for _ in range(30)]
    rich = np.repeat(rng.normal(50, 15, 20), 30) + rng.normal(0, 5, 600)
    frame = lived(cities, wealth=rich.round(2), luck=rng.normal(size=600).round(3))
    kinds = {"wealth": "number", "luck": "number"}
    found = features(
        people(tmp_path, frame, kinds=kinds), "geographic", None, options={"columns": ["wealth", "luck"]}
    )
    assert [each.name for each in found.features] == ["area_customers", "wealth"]
    notes = [each.content[0].text for each in explained(found).blocks() if isinstance(each, Paragraph)]
    assert any("tells areas apart in Luck" in each for each in notes)


def test_nothing_after_the_window_counts(tmp_path):
    frame = lived(["Ulm"] * 20 + ["Bonn"] * 20)
    days = ["2024-02-01" if place % 2 else "2024-05-01" for place in range(40)]
    orders = pd.DataFrame({"customer_id": frame["id"], "order_time": days, "amount": "10.00"})
    orders["amount"] = ["30.00" if place < 20 else "10.00" for place in range(40)]
    window = Window(date(2024, 1, 1), date(2024, 3, 31))
    tables = people(tmp_path / "a", frame, orders=orders)
    early = people(tmp_path / "b", frame, orders=orders[orders["order_time"] < "2024-04-01"])
    options = {"by": "profile"}
    pd.testing.assert_frame_equal(
        features(tables, "geographic", window, options=options).frame,
        features(early, "geographic", window, options=options).frame,
    )


PLACES = {"latitude": [52.52] * 20 + [48.137] * 20, "longitude": [13.405] * 20 + [11.575] * 20}
DEGREES = {"latitude": "number", "longitude": "number"}


def test_distances_are_great_circles(tmp_path):
    frame = lived(["Berlin"] * 20 + ["Munich"] * 20, **PLACES)
    options = {"stores": [[48.137, 11.575], [53.55, 9.993]]}
    found = features(people(tmp_path, frame, kinds=DEGREES), "geographic", None, options=options)
    # Berlin to Hamburg is 255 km, to Munich 504.
    assert found.frame["store_km"].iloc[0] == pytest.approx(255, abs=2)
    assert found.frame["store_km"].iloc[-1] == pytest.approx(0, abs=1e-6)


def test_the_map_draws_areas_of_enough_customers_only(tmp_path):
    # Of the 17 who live elsewhere, how many live in Ulm could be told if Trier were drawn.
    frame = lived(["Berlin"] * 20 + ["Munich"] * 20 + ["Ulm"] * 5 + ["Trier"] * 12)
    frame["latitude"] = PLACES["latitude"] + [48.4] * 5 + [49.8] * 12
    frame["longitude"] = PLACES["longitude"] + [9.99] * 5 + [6.6] * 12
    found = features(people(tmp_path, frame, kinds=DEGREES), "geographic", None, options={"smallest": 3})
    drawn = next(each for each in explained(found).blocks() if isinstance(each, Figure))
    assert [row[0].text for row in drawn.data.rows] == ["Berlin", "Munich"]
    assert len(drawn.alt) <= 150
    assert drawn.picture.count("Ulm") == drawn.picture.count("Trier") == 0


def test_without_coordinates_it_is_said_that_there_is_no_map(tmp_path):
    found = features(people(tmp_path, lived(["Ulm"] * 30 + ["Bonn"] * 20)), "geographic", None)
    assert explained(found).blocks()[-1].content[0].text.startswith("There is no map")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "street"}, ParameterError, "by is 'street'"),
        ({"digits": 0}, ParameterError, "digits is 0"),
        ({"stores": [[91, 0]]}, ParameterError, "a store is no place"),
        ({"stores": [[48, 11]]}, InputError, "needs each customer's latitude and longitude"),
        ({"city": "town"}, ParameterError, "there is no attribute 'town'"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        features(people(tmp_path, lived(["Ulm"] * 3)), "geographic", None, options=options)


def test_impossible_coordinates_are_counted(tmp_path):
    frame = lived(["Ulm"] * 3, latitude=[48, 95, 48], longitude=[9, 9, 9])
    with pytest.raises(InputError, match="holds 1 values that are no latitude"):
        features(people(tmp_path, frame, kinds=DEGREES), "geographic", None)


def test_customers_without_an_area_are_counted_and_the_order_of_rows_leaves_no_trace(tmp_path):
    frame = lived(["Ulm"] * 12 + [None] * 2 + ["Bonn"] * 11)
    found = features(people(tmp_path / "a", frame), "geographic", None)
    assert found.excluded == {"No area on record": 2}
    turned = features(people(tmp_path / "b", frame.iloc[::-1]), "geographic", None)
    pd.testing.assert_frame_equal(found.frame, turned.frame)


def test_areas_by_rule_are_told_by_what_is_recorded_of_their_customers(tmp_path):
    random = np.random.default_rng(1)
    cities = ["Ulm"] * 300 + ["Bonn"] * 300
    frame = lived(
        cities,
        income=np.r_[random.normal(60, 8, 300), random.normal(40, 8, 300)].round(1),
        visits=random.normal(10, 2, 600).round(1),
        member=np.where(random.random(600) < np.r_[[0.8] * 300, [0.3] * 300], "yes", "no"),
    )
    kinds = {"income": "number", "visits": "number", "member": "yes_no"}
    tables = people(tmp_path, frame, kinds=kinds)
    found = features(tables, "geographic", None)
    segments = sb.segment(found)
    personas = sb.describe(found, segments, tables)
    ulm = personas[next(key for key in segments.segments if segments.called(key) == "Ulm")]
    assert {each.name for each in ulm.contrasts} == {"income", "visits", "member=true"}
    assert not any(each.by_construction for each in ulm.contrasts)
    texts = [each.text for each in ulm.claims]
    assert texts[0] == "Income: 59.2; everyone else 40.1."
    assert texts[1].startswith("“Member” holds for ")
    assert not any("Visits" in each for each in texts)
    assert personas.rules.parts == {}
    # What may be chance is typical of nobody.
    assert "visits" not in ulm.portrait and ulm.portrait.startswith("Typical of them: ")
