"""Effects with planted truths, the gain of choosing by segment, pooling, tests' sizes and allocation."""

import numpy as np
import pandas as pd
import pytest
from known_campaigns import (
    ALIKE,
    EVEN,
    MARGIN,
    NAMES,
    NONE,
    PLANTED,
    best_gain,
    campaign,
    gained,
    trial,
    truth,
)
from scipy.optimize import linprog

from segnb.intervals import newcombe
from segnb.tables.shop_plan import OFFER
from segnb.worth.allocation import Option, allocate
from segnb.worth.cells import Cells
from segnb.worth.differences import all_effects
from segnb.worth.lot import SEGMENTS as BY_SEGMENT
from segnb.worth.lot import check_lot
from segnb.worth.policy import gain, learn
from segnb.worth.pooling import pool
from segnb.worth.power import larger, needed, smallest
from segnb.worth.results import ALL


def effects_of(rows, segments=NAMES, actions=("offer",), min_cell=10):
    found, _ = all_effects(rows, segments, actions, min_cell)
    return {(each.segment, each.measure): each for each in found if not each.campaign}


@pytest.fixture(scope="module")
def large():
    """A campaign so large that chance hardly matters."""
    return campaign(1, 200_000)[0]


# Effects


def test_planted_effects_lie_in_their_intervals():
    """40 campaigns of 2,000 customers; `benchmarks/worth.py` draws 200 of each size."""
    covered = {measure: [] for measure in ("response", "revenue", "profit")}
    for seed in range(40):
        for (segment, measure), each in effects_of(campaign(seed, 2_000)[0]).items():
            if segment != ALL and each.interval:
                covered[measure].append(each.low <= truth(measure)[segment] <= each.high)
    assert len(covered["response"]) == 200
    assert len(covered["revenue"]) > 150
    for each in covered.values():
        assert np.mean(each) >= 0.92


def test_with_many_customers_every_effect_has_its_sign_and_its_size(large):
    found = effects_of(large)
    for measure, near in (("response", 0.01), ("revenue", 0.4), ("profit", 0.2)):
        for segment, true in truth(measure).items():
            assert np.sign(found[segment, measure].difference) == np.sign(true)
            assert found[segment, measure].difference == pytest.approx(true, abs=near)


def test_an_effect_by_hand():
    rows = pd.DataFrame(
        {
            "campaign": "c",
            "segment": "s1",
            "arm": ["offer"] * 70 + ["control"] * 80,
            "responded": [1.0] * 56 + [0.0] * 14 + [1.0] * 48 + [0.0] * 32,
            "revenue": [10.0] * 56 + [0.0] * 14 + [5.0] * 48 + [0.0] * 32,
            "cost": [2.0] * 70 + [0.5] * 80,
        }
    )
    rows["profit"] = rows["revenue"] - rows["cost"]
    found = effects_of(rows, ("s1",))
    assert tuple(found["s1", "response"].interval) == newcombe((56, 48), (70, 80))
    assert found["s1", "response"].difference == pytest.approx(0.2)
    assert found["s1", "revenue"].difference == pytest.approx(8 - 3)
    assert found["s1", "profit"].difference == pytest.approx(5 - 1.5)
    assert found["s1", "profit"].cost == pytest.approx(1.5)


def test_everyone_drawn_counts_whether_reached_or_not():
    """Who is in an arm counts there, so doubling an arm with people who never answer halves its rate."""
    rows, _ = campaign(3, 2_000)
    silent = rows[rows["arm"] == "offer"].assign(responded=0.0, revenue=0.0)
    both = pd.concat([rows, silent], ignore_index=True)
    before, after = (effects_of(each)["bargain hunters", "response"] for each in (rows, both))
    assert after.with_action == pytest.approx(before.with_action / 2)
    assert after.without == before.without


def test_campaigns_of_other_levels_do_not_pass_for_an_effect():
    """In one campaign many respond and most are in the offer's arm, in the other it is the reverse."""
    parts = []
    for name, rate, offers, controls in (("warm", 0.5, 800, 200), ("cold", 0.1, 200, 800)):
        answers = np.concatenate([np.arange(n) < rate * n for n in (offers, controls)]).astype(float)
        arms = ["offer"] * offers + ["control"] * controls
        parts.append(pd.DataFrame({"campaign": name, "segment": "s1", "arm": arms, "responded": answers}))
    rows = pd.concat(parts, ignore_index=True)
    crude = rows.groupby("arm")["responded"].mean()
    assert crude["offer"] - crude["control"] > 0.2
    found, _ = all_effects(rows, ("s1",), ("offer",), 10)
    pooled = next(each for each in found if each.segment == "s1")
    assert pooled.difference == pytest.approx(0, abs=1e-9)
    assert pooled.low < 0 < pooled.high
    assert [each.campaign for each in found if each.campaign] == ["cold", "warm"]


def test_without_any_effect_few_families_have_a_clear_one():
    false = 0
    for seed in range(60):
        found, number = all_effects(campaign(seed, 1_000, NONE)[0], NAMES, ("offer",), 10)
        # Profit is left out: an offer without effect truly loses what it costs.
        false += any(each.clear and each.measure != "profit" for each in found)
        assert number >= len(NAMES)
    assert false <= 6  # 5 % of 60, and two standard errors


def test_small_cells_are_hidden_and_cannot_be_worked_out():
    rows, _ = campaign(0, 2_000)
    few = rows[(rows["segment"] != "fading") | (rows.groupby(["segment", "arm"]).cumcount() < 9)]
    found = effects_of(few)
    for each in ("fading", ALL):
        hidden = found[each, "response"]
        assert (hidden.n_action, hidden.with_action, hidden.interval) == (None, None, None)
    assert found["regulars", "response"].n_action > 9


def test_money_of_too_few_buyers_has_no_interval():
    rows, _ = campaign(0, 600, NONE)
    assert effects_of(rows)["newcomers", "revenue"].interval is None
    assert effects_of(rows)["newcomers", "response"].interval is not None


# The lot


def test_arms_that_were_not_drawn_by_lot_are_told():
    rng = np.random.default_rng(0)
    rows, _ = campaign(0, 2_000)
    rows["before"] = rng.lognormal(4, 1, len(rows))
    assert check_lot(rows, ("offer",)).differ == ()
    richer = rows.assign(before=rows["before"] * np.where(rows["arm"] == "offer", 1.5, 1))
    assert check_lot(richer, ("offer",)).differ == ("offer",)
    picked = rows[(rows["segment"] != "regulars") | (rows["arm"] == "offer") | (rng.random(len(rows)) < 0.5)]
    assert check_lot(picked, ("offer",)).differ == (BY_SEGMENT,)


def test_arms_that_were_drawn_by_lot_are_rarely_told():
    told = 0
    for seed in range(60):
        rows, _ = campaign(seed, 600)
        rows["before"] = np.random.default_rng(seed).lognormal(4, 1, len(rows))
        told += bool(check_lot(rows, ("offer",)).differ)
    assert told <= 6  # 5 % of 60, and two standard errors


# Choosing by segment


@pytest.mark.parametrize("chances", [NONE, ALIKE, EVEN], ids=["none", "alike", "even"])
def test_where_segments_do_not_differ_everyone_is_treated_alike(chances):
    """20 campaigns of 1,000 customers; `benchmarks/worth.py` draws 200 of each size."""
    assert sum(gain(trial(seed, 1_000, chances), 0).low > 0 for seed in range(20)) <= 2


def test_where_segments_differ_choosing_pays_what_it_pays():
    shares = dict(zip(NAMES, trial(0, 6_000).weights, strict=True))
    true = best_gain(PLANTED, shares)
    found = [gain(trial(seed, 6_000), 0) for seed in range(12)]
    assert true == pytest.approx(0.46, abs=0.01)
    assert all(each.low > 0 for each in found)
    assert sum(each.low <= true <= each.high for each in found) >= 10
    assert np.mean([each.value for each in found]) == pytest.approx(true, abs=0.09)


def test_what_is_chosen_is_not_valued_on_the_same_customers():
    """Where an offer just breaks even, the best of five noisy segments looks like a gain, and is none."""
    naive, fitted = [], []
    for seed in range(20):
        tried = trial(seed, 1_000, EVEN)
        cells = Cells.of(*tried.part(np.ones(len(tried.place), bool)))
        means = (cells.contrasts() @ cells.mean.ravel())[:, 0]
        naive.append(tried.weights @ np.maximum(means, 0) - max(0, tried.weights @ means))
        fitted.append(gain(tried, 0).value)
    assert np.mean(naive) > 0.1
    assert abs(np.mean(fitted)) < 0.08


def test_the_best_arm_is_found_in_each_segment():
    tried = trial(0, 100_000)
    policy = learn(tried, Cells.of(*tried.part(np.ones(len(tried.place), bool))))
    assert [bool(arm) for arm in policy.each] == [value > 0 for value in truth("profit").values()]
    assert bool(policy.all) == (gained(PLANTED, dict(zip(NAMES, tried.weights, strict=True)), NAMES) > 0)


def test_a_seed_gives_one_answer_and_splits_hardly_matter():
    tried = trial(0, 6_000)
    assert gain(tried, 5) == gain(tried, 5)
    first, other = gain(tried, 5), gain(tried, 6)
    assert first != other
    assert first.value == pytest.approx(other.value, abs=0.1 * (first.high - first.low))


# Pooling


def test_unsure_estimates_are_drawn_to_the_average_and_sure_ones_stay():
    y = np.array([[1.0], [2.0], [6.0]])
    sure, unsure = (pool(y, variance * np.eye(3)) for variance in (1e-8, 100.0))
    assert sure.mean == pytest.approx(y, abs=1e-3)
    assert np.ptp(unsure.mean) < 0.75 * np.ptp(y)
    assert list(np.argsort(unsure.mean[:, 0])) == [0, 1, 2]
    assert unsure.mean.mean() == pytest.approx(3)
    assert (unsure.error < 10).all()


def test_pooled_effects_are_as_unsure_as_they_say():
    """Effects drawn around a mean: their 95% intervals hold them, and they err less than the estimates."""
    rng = np.random.default_rng(0)
    covered, plain, drawn = [], [], []
    for _ in range(300):
        effects, errors = rng.normal(1, 1, (6, 1)), rng.uniform(0.5, 2, 6)
        y = effects + errors[:, None] * rng.normal(size=(6, 1))
        found = pool(y, np.diag(errors**2))
        covered.append(np.abs(found.mean - effects) < 1.96 * found.error)
        plain.append((y - effects) ** 2)
        drawn.append((found.mean - effects) ** 2)
    assert np.mean(covered) >= 0.92
    assert np.mean(drawn) < 0.8 * np.mean(plain)


def test_what_is_not_known_stays_unknown():
    found = pool(np.array([[1.0, np.nan], [2.0, 4.0]]), np.eye(4))
    assert np.isnan(found.mean[0, 1])
    assert np.isfinite(found.mean[[0, 1, 1], [0, 0, 1]]).all()
    assert found.mean[1, 1] == pytest.approx(4)
    assert np.isnan(pool(np.full((2, 1), np.nan), np.eye(2)).mean).all()


# The size of a test


def test_sizes_of_tests():
    # Fleiss, Levin & Paik (2003), equation 4.14 by hand: z of 1.95996 and 0.84162.
    assert needed(0.1, 0.1) == 199
    assert needed(0.5, 0.1) == 388
    assert smallest(0.1, 199) == pytest.approx(0.1, abs=1e-3)
    assert smallest(0.99, 5) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed(0.96, 0.05)
    # Four times the customers halve an interval, so a gain of half the size is shown.
    assert larger(0.5, 1.0, 100) == pytest.approx(4 * larger(1.0, 1.0, 100), abs=4)


def test_a_test_of_that_size_shows_the_rise_in_four_of_five_cases():
    rng = np.random.default_rng(0)
    n = needed(0.1, 0.1)
    shown = [newcombe((rng.binomial(n, 0.2), rng.binomial(n, 0.1)), (n, n)).low > 0 for _ in range(1_000)]
    assert np.mean(shown) == pytest.approx(0.8, abs=0.04)


# Allocation


def made_up(rng):
    return [
        Option(f"s{s}", f"a{a}", float(np.round(rng.uniform(0, 3), 2)), float(rng.normal(0.5, 1)), size)
        for s in range(rng.integers(1, 6))
        for size in [int(rng.integers(1, 200))]
        for a in range(rng.integers(1, 4))
    ]


def test_no_other_allocation_earns_more():
    """The exact optimum, by a linear program, of 200 made-up budgets."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        options, amount = made_up(rng), float(rng.uniform(1, 400))
        found = allocate(options, amount)
        segments = sorted({each.segment for each in options})
        inside = np.array([[each.segment == name for each in options] for name in segments], dtype=float)
        size = [next(each.customers for each in options if each.segment == name) for name in segments]
        best = linprog(
            [-each.gain for each in options],
            A_ub=np.vstack([[each.cost for each in options], inside]),
            b_ub=[amount, *size],
        )
        assert sum(each.gain for each in found) == pytest.approx(-best.fun, abs=1e-6)
        assert sum(each.spent for each in found) <= amount + 1e-9
        for name, most in zip(segments, size, strict=True):
            assert sum(each.customers for each in found if each.option.segment == name) <= most + 1e-9
        partly = [each for each in found if 1e-6 < each.customers < each.option.customers - 1e-6]
        assert len({each.option.segment for each in partly}) <= 1


def test_free_actions_come_first_and_losses_never():
    free, dear, loss = (
        Option("s1", "mail", 0.0, 0.5, 100),
        Option("s2", "box", 2.0, 3.0, 100),
        Option("s3", "box", 0.0, -0.1, 100),
    )
    found = {each.option.segment: each.customers for each in allocate([dear, loss, free], 50)}
    assert found == {"s1": 100, "s2": 25}


def test_the_truth_of_the_made_up_campaign_is_what_its_plan_says(large):
    assert large.loc[large["responded"] == 1, "revenue"].mean() == pytest.approx(32, rel=0.01)
    profit = MARGIN * large["revenue"] - OFFER * (large["arm"] == "offer")
    assert profit.to_numpy() == pytest.approx(large["profit"].to_numpy())
