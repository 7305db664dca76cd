"""Psychography: scores by hand, reversed questions, factors found, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from people import people

from segnb.bases import explained, features
from segnb.errors import InputError, ParameterError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
ANSWERS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "q1": [1, 2, 5, None],
        "q2": [2, 2, 4, None],
        "q3": [5, 4, 1, None],
        "q4": [1, None, 5, 3],
    }
)
ITEMS = {"Open mind": ["q1", "q2", "q3"], "Thrift": ["q4"]}


def read(folder, frame=ANSWERS):
    return people(folder, frame, kinds=dict.fromkeys(frame.columns[1:], "number"), as_of=None)


def scored(folder, frame=ANSWERS, **options):
    return features(read(folder, frame), "psychographic", None, options=options)


def test_scores_are_means_with_reversed_questions_turned(tmp_path):
    found = scored(tmp_path, items={"Open mind": ["q1", "q2", "q3"]}, reversed=["q3"])
    # q3 becomes 6 - q3 on the scale from 1 to 5.
    assert found.frame["open_mind"].round(6).to_dict() == {"a": 1.333333, "b": 2, "c": 4.666667}
    assert found["open_mind"].label == "Open mind"


def test_what_is_reversed_is_found_by_its_sign_and_said(tmp_path):
    by_sign = scored(tmp_path / "a", items={"Open mind": ["q1", "q2", "q3"]})
    given = scored(tmp_path / "b", items={"Open mind": ["q1", "q2", "q3"]}, reversed=["q3"])
    pd.testing.assert_frame_equal(by_sign.frame, given.frame)
    table = explained(by_sign).blocks()[-1]
    assert "q3 (turned)" in table.rows[0][1].text
    assert "1 question is turned round" in table.subtitle


def test_a_question_that_is_left_the_wrong_way_round_is_named(tmp_path):
    found = scored(tmp_path, items={"Open mind": ["q1", "q2", "q3"]}, reversed=[])
    assert "q3" in explained(found).blocks()[-1].content[0].text


def test_half_of_the_answers_are_enough_and_others_are_counted(tmp_path):
    half = ANSWERS.assign(q2=[None, None, 4, None], q3=[5, None, 1, None], q4=[1, 3, 5, 3])
    found = scored(tmp_path, half, items={"Open": ["q1", "q2", "q3"], "Thrift": ["q4"]}, reversed=[])
    # a has answered two of three, b one, d none.
    assert found.frame.index.tolist() == ["a", "c"]
    assert found.excluded == {"Fewer than half of the questions of a factor answered": 2}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"items": {"x": ["q9"]}}, ParameterError, "there is no question 'q9'"),
        ({"items": {"x": ["q1"], "y": ["q1"]}}, ParameterError, "'q1' is named twice"),
        ({"items": {"x": []}}, ParameterError, "a factor has no question"),
        ({"items": ITEMS, "reversed": ["q7"]}, ParameterError, "there is no question 'q7'"),
        ({"items": ITEMS, "answers": [5, 1]}, ParameterError, "write the lowest and the highest answer"),
        ({"items": ITEMS, "answers": [2, 5]}, InputError, "3 answers lie outside of 2 to 5"),
        ({}, InputError, "4 customers have answered|3 customers have answered|too few to find factors"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        scored(tmp_path, **options)


def test_codes_of_no_answer_are_not_taken_for_answers(tmp_path):
    with pytest.raises(InputError, match="Answers run from 1 to 99"):
        scored(tmp_path, ANSWERS.assign(q1=[1, 2, 99, 3]), items=ITEMS)
    with pytest.raises(InputError, match="are no whole numbers"):
        scored(tmp_path / "b", ANSWERS.assign(q1=[1.5, 2, 3, 3]), items=ITEMS)


def test_planted_factors_are_found_among_other_attributes(tmp_path):
    rng = np.random.default_rng(11)
    behind = rng.normal(size=(400, 2))
    frame = pd.DataFrame({"id": [f"c{place:03d}" for place in range(400)]})
    for name, factor, sign in (
        ("a1", 0, 1),
        ("a2", 0, 1),
        ("a3", 0, -1),
        ("b1", 1, 1),
        ("b2", 1, 1),
        ("b3", 1, 1),
    ):
        frame[name] = np.clip(np.round(3 + sign * behind[:, factor] + 0.6 * rng.normal(size=400)), 1, 5)
    frame["age"] = rng.integers(18, 80, 400)
    found = scored(tmp_path, frame)
    assert {"".join(sorted({word[0] for word in each.label.split(" / ")})) for each in found.features} == {
        "a",
        "b",
    }
    scores = next(each.name for each in found.features if "a1" in each.label)
    assert abs(np.corrcoef(found.frame[scores], behind[:, 0])[0, 1]) > 0.85
    assert "a3 (turned)" in " ".join(cell.text for row in explained(found).blocks()[-1].rows for cell in row)


def test_the_order_of_rows_leaves_no_trace_and_one_customer_is_enough(tmp_path):
    whole = scored(tmp_path / "a", items={"Open": ["q1", "q2"]})
    turned = scored(tmp_path / "b", ANSWERS.iloc[::-1], items={"Open": ["q1", "q2"]})
    pd.testing.assert_frame_equal(whole.frame, turned.frame)
    assert len(scored(tmp_path / "c", ANSWERS.head(1), items={"Open": ["q1", "q2"]}).frame) == 1


QUESTIONS = ["seat", "legroom", "food", "wifi", "crew", "boarding"]


@pytest.fixture(scope="module")
def flown():
    """Ratings from 1 to 5 of two factors, a fifth of them blank; and the children that somebody has."""
    random = np.random.default_rng(9)
    liking = np.repeat(random.normal(size=(300, 2)), 3, axis=1)
    ratings = np.clip(np.round(3 + liking + random.normal(0, 0.6, (300, 6))), 1, 5)
    ratings[random.random((300, 6)) < 0.2] = np.nan
    frame = pd.DataFrame(ratings, columns=QUESTIONS).astype("Int64")
    frame.insert(0, "id", [f"p{place:03d}" for place in range(300)])
    return frame.assign(children=random.integers(0, 3, 300))


@pytest.mark.parametrize("codes", [{"0": QUESTIONS}, {"0": QUESTIONS[:3], "99": QUESTIONS[3:]}])
def test_codes_for_no_rating_are_blank_in_their_columns_and_numbers_elsewhere(tmp_path, flown, codes):
    coded = flown.copy()
    for code, columns in codes.items():
        coded[columns] = coded[columns].fillna(int(code))
    kinds = dict.fromkeys([*QUESTIONS, "children"], "number")
    tables = people(tmp_path / "coded", coded, kinds=kinds, as_of=None, missing=codes)
    empty = people(tmp_path / "empty", flown, kinds=kinds, as_of=None)
    assert (tables.customers.children.execute() == 0).sum() == (flown["children"] == 0).sum() > 50
    items = {"options": {"items": {"Comfort": QUESTIONS[:3], "Service": QUESTIONS[3:]}}}
    found = features(tables, "psychographic", None, **items)
    pd.testing.assert_frame_equal(found.frame, features(empty, "psychographic", None, **items).frame)
    # Undeclared, a 0 would be the worst rating of all, and a 99 no rating that there is.
    whole = people(tmp_path / "whole", coded, kinds=kinds, as_of=None)
    if "99" in codes:
        with pytest.raises(InputError, match="List the codes of no answer under missing"):
            features(whole, "psychographic", None, **items)
    else:
        assert features(whole, "psychographic", None, **items).frame["comfort"].mean() < (
            found.frame["comfort"].mean() - 0.2
        )


def test_a_code_of_an_undeclared_column_is_refused(tmp_path, flown):
    with pytest.raises(ValueError, match="missing names 'leg_room', which is no declared column"):
        people(tmp_path, flown, kinds=dict.fromkeys(QUESTIONS, "number"), missing={"0": ["leg_room"]})
