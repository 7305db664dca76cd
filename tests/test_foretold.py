"""What a prediction found: the rates of segments on the first screen and the segments' pages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from personas_sample import tell
from test_answer import SHIPPED

from segnb.bases.prediction_evidence import Checked, rates
from segnb.document.blocks import Facts, Whisker
from segnb.document.text import plain
from segnb.intervals import wilson
from segnb.personas import answer, facts, playbook
from segnb.personas.describe import _foretold
from segnb.personas.names import name_segments
from segnb.segmentation import Feature, FeatureTable, Foretold, Rate
from segnb.words import Voice

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

FAR = (Rate(0.38, 0.33, 0.43, 400), Rate(0.04, 0.03, 0.06, 900), Rate(0.2, 0.17, 0.23, 600))


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return tell(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def told(story):
    """What the first screen and the heads of pages say, given the rates of segments."""
    personas, kpis = story.personas(), story.kpis()

    def say(*found: Rate):
        known = dict(zip(story.segmentation.segments, found, strict=False))
        whole = replace(personas, foretold=Foretold("Answers the letter", known))
        plan = playbook(whole, kpis, story.segmentation, story.tables, SHIPPED)
        shown = answer(story.segmentation, whole, kpis, plan)
        return shown, facts(story.segmentation, whole, kpis)

    return say


def test_rates_are_counted_on_customers_held_out_with_wilsons_interval():
    answers = np.r_[np.ones(30), np.zeros(70), np.ones(20), np.zeros(180)]
    places = np.repeat([0, 1], [100, 200])
    tested = np.ones(300, dtype=bool)
    tested[:10] = False  # ten who said yes were learned from
    first, second = rates(Checked(answers, answers, places, tested), 2, 10)
    assert (first.value, first.n) == (pytest.approx(20 / 90), 90)
    assert (second.value, second.low, second.high) == pytest.approx((0.1, *wilson(20, 200)))


def test_of_a_rate_that_tells_of_few_a_limit_is_said_and_another_stays_unsaid_with_it():
    answers = np.r_[np.ones(4), np.zeros(96), np.ones(40), np.zeros(60), np.ones(50), np.zeros(50)]
    places = np.repeat([0, 1, 2], 100)
    found = rates(Checked(answers, answers, places, np.ones(300, dtype=bool)), 3, 10)
    assert [each is None for each in found] == [False, True, False]
    few, others = found[0], answers.copy()
    assert (few.value, few.bound, few.low) == (0.1, -1, 0.0) and few.high == pytest.approx(wilson(10, 100)[1])
    assert few.said(Voice()) == "under 10%" and few.interval(Voice()) == ""
    # The limit is the same for all counts that are too few, so it tells none of them.
    others[:9] = 1
    assert rates(Checked(others, others, places, np.ones(300, dtype=bool)), 3, 10)[0] == few
    assert rates(Checked(answers, answers, places), 3, 10) == [None] * 3


def test_the_first_screen_tells_the_likeliest_and_the_least_likely(told, story):
    shown, _ = told(*FAR)
    assert shown.headline.text == "From 4% to 38%, by segment: Answers the letter"
    lede = plain([shown.headline])
    assert "for 38% (95% interval 33–43%) of" in lede and "for 4% (95% interval 3–6%) of" in lede
    place = [column.label for column in shown.table.columns].index("Did so, 95% interval")
    cells = [row[place] for row in shown.table.rows]
    assert {each.text for each in cells} >= {"38%", "4%", "20%"}
    marks = [each.mark for each in cells if each.mark]
    assert all(isinstance(each, Whisker) and each.axis == marks[0].axis for each in marks)
    assert "Did so: Answers the letter" in shown.table.note


def test_a_limit_stands_on_the_first_screen_where_the_rate_must_not(told):
    shown, _ = told(Rate(0.81, 0.7, 1.0, 53, 1), Rate(0.2, 0.0, 0.33, 50, -1))
    assert shown.headline.text == "From under 20% to at least 81%, by segment: Answers the letter"
    assert "It holds for at least 81% of" in plain([shown.headline])
    place = [column.label for column in shown.table.columns].index("Did so, 95% interval")
    assert {row[place].text for row in shown.table.rows} >= {"at least 81%", "under 20%"}


def test_a_segment_that_is_foretold_says_what_its_chance_is_of(story):
    segmentation = replace(story.segmentation, verdict=replace(story.segmentation.verdict, kind="by rule"))
    nothing = dict.fromkeys(segmentation.segments, ())

    def names(foretold):
        return name_segments(replace(story.features, foretold=foretold), segmentation, nothing, {})

    bare = names(None)
    told = names(Foretold("Answers the letter", {}, of="Answers the letter"))
    assert names(Foretold("Orders within the next 14 days", {})) == bare
    assert told == {key: f"{name} of “Answers the letter”" for key, name in bare.items()}


def test_each_page_tells_its_rate(told, story):
    _, by_segment = told(*FAR)
    first = story.segmentation.segments[0]
    (block,) = by_segment.parts[first]
    assert isinstance(block, Facts)
    fact = next(each for each in block.items if each.label == "Answers the letter")
    assert (fact.value, fact.small) == ("38%", "33–43%")


def test_rates_that_chance_may_have_parted_make_no_headline(told):
    shown, _ = told(Rate(0.2, 0.1, 0.3, 50), Rate(0.25, 0.15, 0.4, 50))
    assert "Answers the letter" not in shown.headline.text


def test_where_no_rate_may_be_told_the_table_says_so(told):
    shown, _ = told()
    assert "Answers the letter: how many of each segment stays unsaid" in shown.table.note
    assert all("Did so" not in column.label for column in shown.table.columns)


def test_segments_take_the_rates_of_their_levels(story):
    labels = pd.Series(["b", "b", "a"], index=["1", "2", "3"])
    segmentation = replace(
        story.segmentation, labels=labels, segments=("a", "b"), method="levels", variables=("chance",)
    )
    feature = Feature("chance", "Chance", "share", "ordinal", levels=("High", "Low"))
    frame = pd.DataFrame({"chance": [0.0, 0.0, 1.0]}, index=["1", "2", "3"])
    table = FeatureTable(
        frame, (feature,), "predictive", None, foretold=Foretold("Buys", {"High": FAR[0], "Low": FAR[1]})
    )
    assert _foretold(table, segmentation).rates == {"a": FAR[1], "b": FAR[0]}
