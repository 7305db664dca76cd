"""The made-up shop's planted truths come back by the published params files, as their readers run them."""

from datetime import date

import pandas as pd
import pytest
from declared import PARAMS, declared
from sklearn.metrics import adjusted_rand_score

from segnb.bases import explained, features
from segnb.bases.lifecycle import STAGES
from segnb.clustering import segment
from segnb.document.text import plain
from segnb.segmentation import Window
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.shop import AS_OF, SEED
from segnb.tables.shop_data import make_shop
from segnb.tables.shop_plan import FIRST
from segnb.tables.shop_truths import FLAVOURS
from segnb.yaml_file import read as read_yaml

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
WHOLE = Window(FIRST, AS_OF)


@pytest.fixture(scope="module")
def made():
    return make_shop(SEED)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("planted")


def measured(name, cache, form=None, data=None):
    """Return what a published file measures, of its own tables or others, and each customer's segment."""
    said = read_yaml(PARAMS / f"{name}.yaml").data
    tables = read(data or declared(name), as_of=AS_OF, root=cache, cache=cache)
    days = said.get("window", {}).get("form", (FIRST, AS_OF))
    window = form or Window(*(date.fromisoformat(str(each)) for each in days))
    found = features(tables, said["basis"], window, options=said.get("basis_options", {}))
    levels = found.features[0].levels
    if found.method != "levels":
        return found, segment(found, restarts=5, bootstraps=2).labels
    return found, found.frame.iloc[:, 0].map(lambda place: levels[int(place)])


@pytest.fixture(scope="module")
def tasted(cache):
    return measured("product_preference_shop", cache)


def test_planted_tastes_come_back(tasted, made):
    _, labels = tasted
    planted = made.tastes.reindex(labels.index)
    assert adjusted_rand_score(planted, labels) >= 0.95
    assert labels.nunique() == len(FLAVOURS) + 1
    # Those who take any flavour are a minority, as in most shops, and stay one.
    assert 0.05 <= (labels == "Mixed tastes").mean() <= 0.25


def test_planted_tastes_come_back_from_half_of_the_history(cache, made):
    _, labels = measured("product_preference_shop", cache, Window(FIRST, date(2024, 3, 31)))
    assert adjusted_rand_score(made.tastes.reindex(labels.index), labels) >= 0.9


def test_tastes_foresee_new_purchases_and_first_ones_tell_the_taste(tasted):
    told = plain(explained(tasted[0]).blocks())
    assert "Tastes foresee new purchases better than bestsellers do" in told
    assert "A new customer's first purchases tell the taste more often than a guess would" in told


def test_planted_needs_come_back(cache, made):
    _, labels = measured("needs", cache)
    assert adjusted_rand_score(made.needs.reindex(labels.index), labels) >= 0.9
    assert labels.nunique() == made.needs.nunique()


def test_planted_adopters_come_back_exactly(cache, made):
    _, labels = measured("technology", cache)
    planted = made.adopters.reindex(labels.index)
    assert len(labels) == len(made.adopters)
    assert (labels == planted).all()


def test_planted_stages_come_back_exactly(cache, made):
    club = {
        "timezone": "Europe/Berlin",
        "customers": {"source": "sample:shop/members", "attributes": {"joined": "time"}},
        "transactions": {"source": "sample:shop/club_orders"},
    }
    _, labels = measured("lifecycle", cache, WHOLE, Data.model_validate(club))
    assert sorted(made.stages.unique()) == sorted(STAGES)
    assert made.stages.value_counts().min() >= 12
    pd.testing.assert_series_equal(labels.astype("str"), made.stages, check_names=False)
