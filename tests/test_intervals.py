"""Intervals: known values, measured coverage, and draws that depend on the seed and the key alone."""

import numpy as np
import pytest
from known_spend import covered, rates_covered
from scipy.stats import norm

from segnb import intervals
from segnb.intervals import (
    FARTHEST,
    FEWEST,
    FEWEST_PARTS,
    LARGE,
    Interval,
    chance,
    newcombe,
    ratio_interval,
    spreads,
    stretch,
    wilson,
)


def spend(seed, n, buying=1.0):
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 1, n) * (rng.random(n) < buying)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_limits(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10.
    [
        ((56, 48), (70, 80), 0.0524, 0.3339),
        ((9, 3), (10, 10), 0.1705, 0.8090),
        ((5, 0), (56, 29), -0.0381, 0.1926),
        ((0, 0), (10, 20), -0.1611, 0.2775),
        ((10, 0), (10, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_published_limits(hits, n, low, high):
    assert newcombe(hits, n) == pytest.approx((low, high), abs=5e-5)
    assert newcombe(hits[::-1], n[::-1]) == pytest.approx((-high, -low), abs=5e-5)


def test_wilson_mirrors_and_stays_within_zero_and_one():
    low, high = wilson(0, 12)
    assert low == 0
    assert wilson(12, 12) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("spend, sigma 0.5", 40),
        ("spend, sigma 1", 40),
        ("spend, sigma 1", 100),
        ("spend, sigma 1, half nothing", 60),
        ("spend, sigma 1, four fifths nothing", 300),
        ("spend, sigma 2", 100),
        ("spend, sigma 2", 300),
        ("spend, Pareto of index 2.2", 100),
        ("spend, Weibull of shape 0.5", 300),
        ("three prices, 9, 29 and 99", 100),
        ("spend of CDNOW’s customers", 60),
        ("orders, negative binomial", 100),
        ("average order", 100),
        ("share of revenue, 30 % of customers", 100),
        ("net promoters", 40),
        ("net promoters, weighted", 100),
    ],
)
def test_what_the_docs_call_supported_is_covered(monkeypatch, name, n):
    """300 sets of those that docs/intervals.md counts; the limit allows two standard errors."""
    monkeypatch.setattr(intervals, "DRAWS", 600)
    given, right = covered(name, n, 300, first=10_000)
    assert given >= 0.9 * 300
    assert right / given >= 0.92 - 2 * np.sqrt(0.92 * 0.08 / given)


def test_rates_are_covered_where_two_of_each_answer_are_expected():
    """Exactly, not from sets: at fewer the chances of a single yes decide."""
    assert min(rates_covered(n, 2)[0] for n in (20, 30, 40, 100, 500)) >= 0.92
    assert rates_covered(100, 1)[0] < 0.92


def test_a_heavy_tail_has_a_longer_interval_rather_than_none(monkeypatch):
    """None at all would be for those that look heavy, and leave those that miss."""
    monkeypatch.setattr(intervals, "DRAWS", 600)
    given, right = covered("spend, sigma 1.5", 50, 1000, first=20_000)
    assert given >= 0.95 * 1000
    assert right / given >= 0.92


def test_only_the_end_on_the_side_of_the_tail_is_farther(monkeypatch):
    values, ones = spend(11, 200), np.ones(200)
    low, high = ratio_interval(values, ones, 0, "mean")
    losses = ratio_interval(-values, ones, 0, "mean")
    monkeypatch.setattr(intervals, "stretch", lambda _: 1.0)
    shorter = ratio_interval(values, ones, 0, "mean")
    assert low == shorter.low
    assert high > shorter.high
    assert losses.low < -shorter.high
    assert losses.high == ratio_interval(-values, ones, 0, "mean").high


def test_a_tail_that_falls_as_a_power_has_a_longer_interval_though_it_looks_light(monkeypatch):
    """Most amounts are nearly alike, and a few are huge."""
    monkeypatch.setattr(intervals, "DRAWS", 400)
    given, right = covered("spend, Pareto of index 2.2", 40, 2000, first=20_000)
    assert given == 2000
    assert right / given >= 0.92


@pytest.mark.parametrize(("name", "n"), [("spend, sigma 2", 40), ("spend, sigma 2.5", 100)])
def test_where_some_have_no_interval_the_others_are_not_those_that_miss(monkeypatch, name, n):
    monkeypatch.setattr(intervals, "DRAWS", 400)
    given, right = covered(name, n, 1000, first=30_000)
    assert 0.1 * 1000 < given < 0.9 * 1000
    assert right / given >= 0.92


@pytest.mark.parametrize(("name", "n"), [("spend, sigma 2.5", 40), ("spend, sigma 3", 100)])
def test_a_heavy_tail_that_looks_light_by_chance_has_no_interval_either(name, n):
    """Such a sample would miss. The half below its median tells, which chance did not make light, too."""
    given, _ = covered(name, n, 1000, first=40_000)
    assert given < 0.05 * 1000


def test_a_tail_heavier_than_any_spend_has_no_interval():
    rng = np.random.default_rng(12)
    given = [ratio_interval(rng.lognormal(0, 3.5, 60), np.ones(60), 0, "mean") for _ in range(100)]
    assert sum(each is not None for each in given) <= 5


def test_an_end_is_moved_out_by_heaviness_and_fewness():
    light, heavy = (np.random.default_rng(14).lognormal(0, sigma, 100) for sigma in (0.5, 1.5))
    assert 1 < stretch(light) < 1.05 < stretch(heavy)
    below, above = spreads(heavy)
    assert 1 < below / above < 1.3, "each is believed, and they are not lopsided"
    limit = np.hypot(below, above) / np.sqrt(2) * (1 + 1.6449 / 10)
    assert stretch(heavy) == pytest.approx(np.exp(1.25 * (limit**5 / 100) ** (2 / 3)), rel=1e-4)
    assert stretch(np.concatenate([heavy, np.zeros(900)])) == stretch(heavy), "nothing is no amount"
    assert stretch(np.tile(heavy, 100)) == pytest.approx(1.015, abs=0.01)
    assert stretch(np.zeros(50)) == stretch(np.ones(50)) == 1
    assert FARTHEST < stretch(10.0 ** np.arange(50)) < np.inf


def test_a_power_law_of_any_index_moves_the_end_out_by_its_shape():
    """Without its shape the factor would be 1.03 at an index of 3, which many samples look."""
    chances = (np.arange(100) + 0.5) / 100
    for index in (1.5, 3.0, 10.0):
        amounts = chances ** (-1 / index)
        below, above = spreads(amounts)
        assert above / below == pytest.approx(1 / (1 - np.log(2)), rel=0.03)
        assert above == pytest.approx(np.sqrt(2) / index, rel=0.03)
        assert stretch(amounts) > np.exp(0.97 * 2.5 / 10)
    assert stretch(1 / amounts) == pytest.approx(1, abs=0.01), "the long half lies below"


def test_few_small_amounts_do_not_move_the_end_without_limit():
    """They move no mean; their half is believed as far as chance may part it from the other."""
    amounts = np.random.default_rng(15).lognormal(0, 1, 121)
    small = np.where(amounts < np.median(amounts), amounts**9 / np.median(amounts) ** 8, amounts)
    assert spreads(small)[0] == pytest.approx(9 * spreads(amounts)[0])
    limit = spreads(small)[1] * np.sqrt((1 + (1 + 3 / 11) ** 2) / 2) * (1 + 1.6449 / 11)
    assert stretch(small) == pytest.approx(np.exp(1.25 * (limit**5 / 121) ** (2 / 3)), rel=1e-4)


def test_where_most_pay_the_lowest_price_nothing_is_lopsided():
    paid = np.repeat([9.0, 29.0, 99.0], [60, 30, 10])
    assert spreads(paid)[0] == 0
    limit = spreads(paid)[1] * (1 + 1.6449 / 10)
    assert stretch(paid) == pytest.approx(np.exp(1.25 * (limit**5 / 100) ** (2 / 3)), rel=1e-4)


def test_the_spreads_are_those_of_a_lognormal():
    values = np.random.default_rng(13).lognormal(3, 1.5, 200_000)
    assert spreads(values) == pytest.approx((1.5, 1.5), abs=0.01)
    assert spreads(-100 * values) == pytest.approx(spreads(values))
    assert spreads(np.concatenate([values, np.zeros(10**6)])) == pytest.approx(spreads(values))
    assert spreads(np.zeros(5)) == spreads(np.ones(5)) == (0, 0)


def test_past_the_limit_linearisation_gives_what_the_bootstrap_would(monkeypatch):
    values = spend(2, LARGE + 1)
    straight = ratio_interval(values, np.ones(len(values)), 0, "mean")
    monkeypatch.setattr(intervals, "LARGE", 10 * LARGE)
    drawn = ratio_interval(values, np.ones(len(values)), 0, "mean")
    assert straight != drawn
    width = drawn.high - drawn.low
    assert straight == pytest.approx(drawn, abs=0.08 * width)


def test_too_few_customers_have_no_interval():
    assert ratio_interval(spend(3, FEWEST - 1), np.ones(FEWEST - 1), 0, "mean") is None
    assert ratio_interval(spend(4, FEWEST), np.ones(FEWEST), 0, "mean") is not None
    rare = np.zeros(500)
    rare[: FEWEST_PARTS - 1] = 3.0
    assert ratio_interval(rare, np.ones(500), 0, "mean") is None


def test_who_was_not_asked_does_not_count_towards_enough():
    asked = np.zeros(500)
    asked[: FEWEST - 1] = 1
    assert ratio_interval(asked * spend(4, 500), asked, 0, "mean") is None


def test_equal_values_leave_nothing_open():
    assert ratio_interval(np.full(50, 7.0), np.ones(50), 0, "mean") == (7, 7)


def test_limits_stay_where_the_ratio_can_be():
    rng = np.random.default_rng(5)
    whole = rng.lognormal(3, 1, 60)
    low, high = ratio_interval(whole * (rng.random(60) < 0.9), whole, 0, "share")
    assert 0 <= low < high <= 1
    losses = rng.normal(-5, 1, 60)
    assert ratio_interval(losses, np.ones(60), 0, "mean").high < 0


def test_draws_depend_on_seed_and_key_alone():
    values, ones = spend(6, 200), np.ones(200)
    first = ratio_interval(values, ones, 0, "revenue", "s1")
    ratio_interval(values, ones, 0, "orders", "s1")
    assert ratio_interval(values, ones, 0, "revenue", "s1") == first
    assert ratio_interval(values, ones, 1, "revenue", "s1") != first
    assert ratio_interval(values, ones, 0, "revenue", "s2") != first
    assert ratio_interval(values, ones, 0, "revenues", "1") != first


def test_money_in_another_unit_is_the_same_interval():
    values, ones = spend(7, 200), np.ones(200)
    dollars = ratio_interval(values, ones, 0, "mean")
    assert ratio_interval(100 * values, ones, 0, "mean") == pytest.approx([100 * each for each in dollars])


def test_memory_is_bounded_without_changing_the_draws(monkeypatch):
    values, ones = spend(8, 300), np.ones(300)
    before = ratio_interval(values, ones, 0, "mean")
    monkeypatch.setattr(intervals, "_CHUNK", 7_000)
    assert ratio_interval(values, ones, 0, "mean") == before


def test_only_intervals_that_do_not_meet_lie_above():
    assert Interval(2, 3).above(Interval(0, 1))
    assert not Interval(1, 3).above(Interval(0, 1))


def test_a_difference_is_judged_by_the_longer_of_its_two_sides():
    """The arms that face each other are short here, those that are turned away long."""
    high, low = (4.0, Interval(3.9, 8.0)), (1.0, Interval(0.8, 1.1))
    averted = np.hypot(np.log(2), np.log(1 / 0.8))
    expected = 2 * norm.sf(norm.ppf(0.975) * np.log(4) / averted)
    assert chance(*high, *low) == pytest.approx(expected)
    assert chance(*low, *high) == pytest.approx(expected), "neither comes first"
    summed = np.log(2) + np.log(1 / 0.8)
    assert chance(*high, *low, dependent=True) == pytest.approx(
        2 * norm.sf(norm.ppf(0.975) * np.log(4) / summed)
    )


def test_below_zero_differences_are_judged_as_they_are():
    high, low = (2.0, Interval(1.5, 4.0)), (-1.0, Interval(-3.0, 0.0))
    assert chance(*high, *low) == pytest.approx(2 * norm.sf(norm.ppf(0.975) * 3 / np.hypot(2, 2)))
    assert chance(1.0, Interval(1, 1), 1.0, Interval(1, 1)) == 1
    assert chance(2.0, Interval(2, 2), 1.0, Interval(1, 1)) == 0
