"""One segment for each level of a category: who takes part, what is merged, and what scoring does."""

import duckdb
import numpy as np
import pandas as pd
import pytest

import segnb as sb
from segnb.clustering.levels import MOST
from segnb.errors import InputError
from segnb.segmentation import Feature, FeatureTable
from segnb.words import Voice

STAGES = ("lead", "first", "repeat", "lost")


def stages(counts, levels=STAGES, voice=None):
    codes = np.repeat(np.arange(len(counts), dtype=float), counts)
    index = pd.Index([f"{place:05d}" for place in range(len(codes))], name="customer_id")
    frame = pd.DataFrame({"spend": np.arange(len(codes), dtype=float), "stage": codes}, index=index)
    measures = (
        Feature("spend", "Spend", "money", "log"),
        Feature("stage", "Stage", "number", "ordinal", levels=levels),
    )
    return FeatureTable(frame, measures, "lifecycle", None, voice=voice or Voice())


def test_each_level_is_a_segment_in_the_levels_order():
    found = sb.segment(stages([20, 50, 30, 0]), method="levels")
    assert [found.called(key) for key in found.segments] == ["lead", "first", "repeat"]
    assert [found.passports[key].size for key in found.segments] == [20, 50, 30]
    assert found.verdict.kind == "by rule"
    assert found.variables == ("stage",)


def test_levels_bear_the_words_that_readers_call_them():
    voice = Voice(own={"labels.values.stage.lead": "Has never bought"})
    found = sb.segment(stages([20, 50], voice=voice), method="levels")
    assert found.called("s1") == "Has never bought"


def test_small_levels_are_unassigned_and_missing_ones_have_their_reason():
    features = stages([20, 9, 30])
    features.frame.iloc[0, 1] = np.nan
    found = sb.segment(features, method="levels")
    assert [found.called(key) for key in found.segments] == ["lead", "repeat"]
    assert found.labels.value_counts().to_dict() == {
        "s2": 30,
        "s1": 19,
        "unassigned: too few": 9,
        "unassigned: missing value": 1,
    }


def test_more_levels_than_a_report_can_tell_apart_become_one_of_all_others():
    towns = tuple(f"town {place:02d}" for place in range(20))
    sizes = [10 + place for place in range(20)]
    found = sb.segment(stages(sizes, towns), method="levels")
    assert len(found.segments) == MOST
    assert found.segments[-1] == "others"
    assert found.called("others") == "All others"
    assert found.passports["others"].size == sum(sizes[: 20 - MOST + 1])
    assert found.passports["s1"].size == sizes[20 - MOST + 1]


def test_scoring_and_sql_repeat_the_labels():
    features = stages([20, 9, 30])
    found = sb.segment(features, method="levels")
    named = features.frame.assign(stage=[STAGES[int(code)] for code in features.frame["stage"]])
    assert sb.assign(found.model, named).tolist() == found.labels.tolist()
    named.loc["new"] = [1.0, "elsewhere"]
    assert sb.assign(found.model, named)["new"] == "unassigned: unseen category"
    with duckdb.connect() as con:
        con.register("customers", named.reset_index())
        labels = con.sql(f"SELECT customer_id, {sb.sql(found.model)} AS segment FROM customers").df()
    assert labels["segment"].tolist() == sb.assign(found.model, named).tolist()


def test_without_a_category_there_is_no_rule():
    features = stages([20, 30]).only(["spend"])
    with pytest.raises(InputError, match="needs a category"):
        sb.segment(features, method="levels")
    empty = stages([20, 30])
    empty.frame["stage"] = np.nan
    with pytest.raises(InputError, match="No customer has a value"):
        sb.segment(empty, method="levels")
    with pytest.raises(InputError, match="No segment holds min_cell = 10"):
        sb.segment(stages([5, 5]), method="levels")
