"""What a report says of a stranger's table: no contradiction, no order where there is none, no odd names."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from personas_sample import VOICE, segmentation, table
from test_strangers_files import on_record, planted

from segnb.bases import features
from segnb.clustering import segment
from segnb.clustering.findings import trust
from segnb.clustering.stability import capped
from segnb.errors import ParameterError
from segnb.levels import by_level
from segnb.personas import describe
from segnb.personas.attributes import attribute_claims
from segnb.personas.contrast import feature_contrasts
from segnb.personas.names import name_segments
from segnb.personas.phrases import phrase
from segnb.segmentation import Feature, Passport, Structure, Window
from segnb.tables.needs import answering

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
HALF = 200
IDS = pd.Index([f"{n:04d}" for n in range(2 * HALF)], name="customer_id")
FIRST = np.arange(2 * HALF) < HALF
LABELS = pd.Series(np.where(FIRST, "s1", "s2"), index=IDS)


def told(words, inside=0.9, outside=0.1):
    """Say one claim about s1 from a column of two words, of which the second is hers more often."""
    rng = np.random.default_rng(1)
    first = rng.random(2 * HALF) < np.where(FIRST, inside, outside)
    column = pd.DataFrame({"sales_region": np.where(first, words[1], words[0])}, index=IDS)
    return column, attribute_claims(column, segmentation(LABELS), min_cell=10, source="")["s1"].text


def test_a_region_called_1_is_no_yes():
    assert "“Sales region” holds for" in told(("0", "1"))[1]
    assert "Sales region is 1 for" in told(("2", "1"))[1]
    assert "Sales region is 1 for" in told(("no answer", "1"))[1]


def test_those_of_whom_it_is_not_known_are_mentioned_only_where_there_are_any():
    column, text = told(("North", "South"))
    assert "of them, and for" in text
    column.iloc[::4] = None
    claim = attribute_claims(column, segmentation(LABELS), min_cell=10, source="")["s1"]
    assert "of those of whom it is known, and for" in claim.text


def test_the_answer_yes_is_quoted_in_a_name():
    answers = Feature("disgusting", "Disgusting", "number", "nominal", levels=("no", "yes"))
    likes = Feature("cheap", "Cheap", "number", "nominal", levels=("no", "yes"))
    frame = pd.DataFrame({"disgusting": FIRST * 1.0, "cheap": FIRST * 1.0}, index=IDS)
    frame.iloc[::10] = 1 - frame.iloc[::10]
    asked = replace(table(frame, (answers, likes)), basis="needs", window=None)
    found = segmentation(LABELS, used=("disgusting", "cheap"))
    names = name_segments(asked, found, feature_contrasts(asked, found, min_cell=10, source=""), {})
    assert names["s1"] == "“Cheap” + “disgusting” customers"
    assert {each.high for each in by_level(asked).features} == {"“Disgusting”", "“Cheap”"}


@pytest.mark.parametrize(
    ("basis", "block", "window", "called"),
    [
        ("combination", "columns", None, "customers"),
        ("combination", "rfm", Window(date(2024, 1, 1), date(2024, 6, 30)), "buyers"),
        ("predictive", "", None, "customers"),
        ("predictive", "", Window(date(2024, 1, 1), date(2024, 6, 30)), "buyers"),
        ("demographic", "", Window(date(2024, 1, 1), date(2024, 6, 30)), "customers"),
    ],
)
def test_only_those_whose_orders_are_known_are_called_buyers(basis, block, window, called):
    size = Feature("size", "Size", "number", high="Large", low="Small", block=block)
    frame = pd.DataFrame({"size": np.where(FIRST, 9.0, 3.0) + np.arange(2 * HALF) % 3}, index=IDS)
    measured = replace(table(frame, (size,)), basis=basis, window=window)
    found = segmentation(LABELS, used=("size",))
    names = name_segments(measured, found, feature_contrasts(measured, found, min_cell=10, source=""), {})
    assert names == {"s1": f"Large {called}", "s2": f"Small {called}"}


def test_a_table_of_customers_is_its_only_source_and_its_numbers_stand_beside_those_of_others(tmp_path):
    users = on_record(tmp_path, planted(), date(2024, 6, 30))
    found = features(users, "combination", None, options={"of": ["usageHours", "monthly_charges"]})
    personas = describe(found, segment(found, n_segments=2, seed=1), users)
    persona = personas[personas.segments[0]]
    assert {each.source for each in persona.contrasts if each.used} == {"customers, all records"}
    usage = next(each for each in persona.contrasts if each.label == "Usage hours")
    assert f"usage hours {usage.said(VOICE)} (others {usage.said(VOICE, 'others')})" in persona.portrait


def test_tables_that_answer_a_need_are_those_that_are_there():
    needs = ("transactions.channel | interactions.device | customers",)
    held = {("transactions", ""), ("customers", "")}
    assert answering(needs, lambda table, column: (table, column) in held) == ("customers",)
    assert answering(("customers",), lambda table, column: True) == ("customers",)


@pytest.mark.parametrize(
    ("kind", "grades"), [("unstable", ["C", "C", "D"]), ("reproducible", ["A", "B", "D"])]
)
def test_where_the_whole_does_not_come_back_no_part_is_to_be_acted_on(kind, grades):
    labels = pd.Series(np.resize(["s1", "s2", "s3"], len(IDS)), index=IDS)
    passports = {
        key: Passport(133, grade, stability)
        for key, grade, stability in (("s1", "A", 0.9), ("s2", "B", 0.8), ("s3", "D", 0.4))
    }
    evidence = {"customers": 400.0, "agreement": 0.64}
    found = capped(
        replace(segmentation(labels), passports=passports, verdict=Structure(kind, evidence)),
    )
    assert list(found.grades.values()) == grades
    text = str(trust(found).blocks())
    assert ("agree at 0.64 only, below the 0.70" in text) is (kind == "unstable")
    assert ("None of the three segments" in text) is (kind == "unstable")


def test_what_a_measure_sums_up_is_no_finding():
    score = Feature("service", "Service", "number", made_of=("crew",))
    rest = (Feature("crew", "Crew", "number"), Feature("queue", "Queue", "number"))
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {each: rng.normal(3, 1, 2 * HALF) for each in ("service", "crew", "queue")}, index=IDS
    )
    survey = table(frame, (score, *rest))
    contrasts = feature_contrasts(survey, segmentation(LABELS, used=("service",)), min_cell=10, source="")
    assert {each.name: each.by_construction for each in contrasts["s1"]} == {
        "service": True,
        "crew": True,
        "queue": False,
    }


def test_factors_say_which_questions_they_sum_up(tmp_path):
    rng = np.random.default_rng(5)
    base = rng.normal(3, 1, (400, 2))
    frame = pd.DataFrame(
        {
            f"q{place}": np.clip(np.round(base[:, place % 2] + rng.normal(0, 0.5, 400)), 1, 5).astype(int)
            for place in range(6)
        }
    )
    found = features(on_record(tmp_path, frame, date(2024, 6, 30)), "psychographic", None)
    assert sorted(tuple(sorted(each.made_of)) for each in found.features) == [
        ("q0", "q2", "q4"),
        ("q1", "q3", "q5"),
    ]


@pytest.mark.parametrize(
    ("form", "given", "text"),
    [
        ("above", {"low": "1"}, "more than 1 order"),
        ("above", {"low": "2"}, "more than 2 orders"),
        ("at_most", {"high": "1"}, "at most 1 order"),
    ],
)
def test_a_rule_counts_one_order_as_one(form, given, text):
    assert phrase(VOICE, "frequency", form, **({"low": "", "high": ""} | given)) == text


def test_a_label_without_yes_and_no_is_answered_with_its_values(tmp_path):
    frame = planted().assign(left=["glad", "sorry"] * 150)
    users = on_record(tmp_path, frame, date(2024, 6, 30))
    with pytest.raises(ParameterError, match=r"2 values \('glad', 'sorry'\) and no plain yes or no"):
        features(users, "predictive", None, options={"label": "left"})
