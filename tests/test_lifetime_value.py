"""Lifetime value by segment: what it is worth, what was foreseen, and how it becomes a KPI."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from known_lifetimes import covered, customers
from kpi_sample import NAMES, segmentation

import segnb as sb
from segnb import intervals, store
from segnb.document.text import plain
from segnb.drawing.house import LONGEST_ALT
from segnb.errors import ParameterError
from segnb.intervals import Estimated, ratio_interval
from segnb.lifetime.by_segment import mean_value
from segnb.lifetime.choice import Candidate, choose
from segnb.lifetime.discount import Terms, worth_by_customer
from segnb.lifetime.holdout import _bins
from segnb.lifetime.results import Independence, LifetimeValue
from segnb.segmentation import Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.words import Voice

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

day = datetime.date
WINDOWS = Windows(Window(day(2023, 1, 1), day(2023, 12, 31)), Window(day(2024, 1, 1), day(2024, 6, 30)))
DAYS = 546
"""Days from the start of 2023 to the end of June 2024."""
SIZES = {"s1": 300, "s2": 200, "s3": 60, "s4": 6}
SPEND = {"s1": 20, "s2": 60, "s3": 30, "s4": 30}


def drawn_orders(seed=5, cost=0.6):
    """Return orders of customers who buy at rates of their own and leave after one in thirty purchases."""
    random = np.random.default_rng(seed)
    rows, labels = [], {}
    for segment, size in SIZES.items():
        for number in range(size):
            customer = f"{segment}-{number:03d}"
            labels[customer] = segment
            now, rate = random.integers(0, 300), random.gamma(1.5, 1 / 40)
            mean = SPEND[segment] * random.lognormal(0, 0.3)
            while now < DAYS:
                amount = round(mean * random.gamma(4, 1 / 4) + 0.01, 2)
                rows.append(
                    (customer, np.datetime64("2023-01-01") + int(now), amount, round(cost * amount, 2))
                )
                if random.random() < 1 / 30:
                    break
                now += 1 + random.exponential(1 / rate)
    orders = pd.DataFrame(rows, columns=["customer_id", "order_time", "amount", "cost"])
    return orders, pd.Series(labels).rename_axis("customer_id")


def tables_of(folder, orders, cost=False):
    orders.to_csv(folder / "orders.csv", index=False)
    data = {"transactions": {"source": "orders.csv", **({"cost": "cost"} if cost else {})}}
    return read(Data.model_validate(data), as_of=day(2024, 6, 30), root=folder, cache=folder / "cache")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    orders, labels = drawn_orders()
    return tables_of(tmp_path_factory.mktemp("orders"), orders), segmentation(labels), orders


@pytest.fixture(scope="module")
def found(made):
    tables, segments, _ = made
    return sb.clv.value(tables, segments, WINDOWS, names=NAMES)


@pytest.fixture(scope="module")
def fits(made):
    tables, _, _ = made
    summary = sb.clv.summary(tables)
    return sb.clv.fit("mbg_nbd", summary), sb.clv.fit("gamma_gamma", summary)


# What it says


def test_each_segment_has_its_value_and_too_few_have_none(found):
    assert [each.segment for each in found.by_segment] == list(SIZES)
    for segment in ("s1", "s2", "s3"):
        each = found[segment]
        assert each.customers == SIZES[segment]
        assert 0 < each.p_alive < 1
        assert each.low < each.value < each.high
    assert found["s4"].value is found["s4"].customers is found["s4"].p_alive is found["s4"].interval is None
    # Purchases are alike, so that only what is spent at one tells segments apart.
    assert found["s2"].value / found["s1"].value == pytest.approx(3, rel=0.35)
    assert found["s2"].interval.above(found["s1"].interval)


def test_the_value_is_purchases_times_spend_times_discount(found):
    one = found.customers
    undiscounted = one.purchases * one.mean_spend
    assert ((one.lifetime_value < undiscounted) & (one.lifetime_value > undiscounted / 1.1)).all()
    members = one[one.index.str.startswith("s1")]
    assert found["s1"].value == pytest.approx(members.lifetime_value.mean())
    assert found["s1"].purchases == pytest.approx(members.purchases.mean())


def test_the_holdout_says_what_was_foreseen_and_what_came(made, found):
    _, _, orders = made
    first = orders.groupby("customer_id").order_time.min()
    known = first.index[first <= pd.Timestamp("2023-12-31")]
    after = orders[(orders.order_time > pd.Timestamp("2023-12-31")) & orders.customer_id.isin(known)]
    assert found.holdout.customers == len(known)
    assert found.holdout.bought == len(after.drop_duplicates(["customer_id", "order_time"]))
    assert abs(found.holdout.error) < 0.15
    assert sum(each.customers for each in found.holdout.bins) == len(known)
    assert sum(each.customers * each.bought for each in found.holdout.bins) == pytest.approx(
        found.holdout.bought
    )
    assert found.holdout.ends[-1] == found.holdout.window.days == 182
    assert found.holdout.bought_by[-1] == found.holdout.bought
    assert list(found.holdout.bought_by) == sorted(found.holdout.bought_by)


def test_the_forecast_starts_at_as_of_and_the_words_say_which_days_were_used(found):
    text = plain(found.blocks())
    assert "Expected in the 12 months after 30 June 2024" in text
    assert "learned on orders from 1 January 2023 to 31 December 2023" in text
    assert "compared with what came up to 30 June 2024" in text
    assert "all days up to 30 June 2024, and the forecast starts there" in text
    assert "whoever bought once stays a customer for ever" in text
    assert "it is revenue, not profit" in text
    assert "Spenders" in text and "10 customers" in text


def test_rows_come_by_value_and_models_with_what_they_foresaw(found):
    table = found.blocks()[0]
    assert [row[0].text for row in table.rows][:3] == ["Spenders", "Strollers", "Savers"]
    tried, parameters = found.models.blocks()
    assert [row[0].text for row in tried.rows] == ["BG/NBD", "MBG/NBD", "Pareto/NBD"]
    chosen = next(row for row in tried.rows if row[0].small == "forecasts")
    assert chosen[0].text == found.purchases.title != "BG/NBD"
    assert chosen[3].text == f"{found.holdout.foreseen:,.0f}"
    assert [row[0].text for row in parameters.rows][-3:] == ["p", "q", "gamma"]


def test_costs_leave_a_margin_and_a_margin_may_be_given(made, found, tmp_path):
    _, segments, orders = made
    costly = sb.clv.value(tables_of(tmp_path, orders, cost=True), segments, WINDOWS)
    assert costly.terms.margin == pytest.approx(0.4, abs=1e-3)
    assert costly["s1"].value == pytest.approx(costly.terms.margin * found["s1"].value, rel=1e-6)
    assert "Of the spend 40% counts, what costs leave." in plain(costly.blocks())


def test_a_longer_horizon_and_a_lower_rate_are_worth_more(made, found):
    tables, segments, _ = made
    longer = sb.clv.value(tables, segments, WINDOWS, months=24)
    undiscounted = sb.clv.value(tables, segments, WINDOWS, discount_rate=0)
    assert longer["s1"].value > found["s1"].value
    one = undiscounted.customers
    assert one.lifetime_value.tolist() == pytest.approx((one.purchases * one.mean_spend).tolist())
    assert undiscounted["s1"].value > found["s1"].value


def test_the_present_value_is_that_of_many_small_steps(fits):
    purchases, spend = fits
    one = worth_by_customer(purchases, spend, Terms(24, 0.2, 1.0), 7.0)
    ends = np.linspace(0, 24 * 365.25 / 12 / 7, 2001)
    few = purchases.summary.head(5)
    bought = np.array([purchases.future_purchases(end, few).to_numpy() for end in ends])
    middle = (ends[1:] + ends[:-1]) / 2
    present = (np.diff(bought, axis=0) * 1.2 ** (-middle * 7 / 365.25)[:, None]).sum(axis=0)
    worth = one.lifetime_value.head(5) / one.mean_spend.head(5)
    assert worth.tolist() == pytest.approx(present.tolist(), rel=1e-6)


# How sure it is


def test_errors_are_those_of_drawn_parameters(fits):
    purchases, spend = fits
    terms = Terms(12, 0.1, 1.0)
    one = worth_by_customer(purchases, spend, terms, 7.0)
    delta = np.hypot.reduce(one.filter(regex="^lifetime_error").mean().to_numpy())
    random, means = np.random.default_rng(1), []
    for _ in range(100):
        drawn = []
        for each in (purchases, spend):
            logs = random.multivariate_normal(np.log(each.values), each.log_covariance)
            drawn.append(replace(each, params=dict(zip(each.params, np.exp(logs), strict=True))))
        means.append(worth_by_customer(*drawn, terms, 7.0).lifetime_value.mean())
    assert delta == pytest.approx(np.std(means), rel=0.25)


def test_uncertain_parameters_widen_an_interval():
    spent, ones = np.random.default_rng(0).gamma(2, 10, 200), np.ones(200)
    centre, lone = spent.mean(), np.zeros((200, 2))
    errors = np.column_stack([np.full(200, 1.8), np.full(200, -2.4)])
    assert ratio_interval(spent, ones, 0, "x", estimated=Estimated(lone, lone)) == (
        drawn := ratio_interval(spent, ones, 0, "x")
    )
    # Two directions of 1.8 and 2.4 make 3; forecasts move by factors.
    factor = np.exp(1.959964 * 3 / centre)
    up, down = centre * (factor - 1), centre * (1 - 1 / factor)
    wide = ratio_interval(spent, ones, 0, "x", estimated=Estimated(errors, lone))
    assert centre - wide.low == pytest.approx(np.hypot(centre - drawn.low, down), rel=1e-6)
    assert wide.high - centre == pytest.approx(np.hypot(drawn.high - centre, up), rel=1e-6)
    # Who is worth more than others has pulled the parameters, all in proportion: the errors go together.
    pulled = (spent - centre) / np.sqrt(((spent - centre) ** 2).sum())
    pulls = np.column_stack([0.6 * pulled, -0.8 * pulled])
    wider = ratio_interval(spent, ones, 0, "x", estimated=Estimated(errors, pulls))
    assert wider.high - centre == pytest.approx(drawn.high - centre + up, rel=1e-6)
    assert centre - wider.low == pytest.approx(centre - drawn.low + down, rel=1e-6)
    assert ratio_interval(spent, ones, 0, "x", estimated=Estimated(20 * errors, lone)) is None


def test_a_forecast_takes_more_customers_for_an_interval_than_what_was_measured():
    spent, ones = np.random.default_rng(0).gamma(2, 10, 60), np.ones(60)
    model = Estimated(np.full((60, 1), 1.0), np.zeros((60, 1)))
    fewer = Estimated(*(each[:59] for each in model))
    assert ratio_interval(spent, ones, 0, "x", estimated=model) is not None
    assert ratio_interval(spent[:59], ones[:59], 0, "x", estimated=fewer) is None
    assert ratio_interval(spent[:59], ones[:59], 0, "x") is not None


def test_who_is_left_out_moves_the_forecast_as_the_pulls_say(made):
    """Refitted without a customer, the others' value moves by that customer's pulls times their errors."""
    tables, _, _ = made
    summary = sb.clv.summary(tables)
    terms = Terms(12, 0.1, 1.0)

    def worth(customers):
        fits = (sb.clv.fit(name, customers) for name in ("mbg_nbd", "gamma_gamma"))
        return worth_by_customer(*fits, terms, 7.0)

    whole = worth(summary)
    foreseen, moved = [], []
    for place in (0, 40, 111, 250, 333, 470, 520, int(summary["btyd_frequency"].argmax())):
        rest = summary.index.delete(place)
        estimated = Estimated.of(whole.loc[rest], "lifetime").errors.mean(axis=0)
        foreseen.append(-Estimated.of(whole.iloc[[place]], "lifetime").pulls[0] @ estimated)
        moved.append(
            worth(summary.loc[rest]).lifetime_value.mean() - whole.loc[rest, "lifetime_value"].mean()
        )
    assert np.ptp(moved) > 0.05
    assert foreseen == pytest.approx(moved, rel=0.15, abs=0.01)


def test_a_model_that_fits_as_well_widens_the_interval(made, found):
    summary = customers("mbg_nbd", 1000, np.random.default_rng(0))
    purchases, spend, rival = (sb.clv.fit(each, summary) for each in ("mbg_nbd", "gamma_gamma", "pareto_nbd"))
    terms = Terms(12, 0.1, 1.0)
    alone, other = (worth_by_customer(each, spend, terms, 7.0) for each in (purchases, rival))
    beside = worth_by_customer(purchases, spend, terms, 7.0, [rival])
    assert beside.lifetime_value.tolist() == alone.lifetime_value.tolist()
    errors, pulls = (each[:, -1] for each in Estimated.of(beside, "lifetime"))
    weight = 1 / (1 + np.exp((rival.aic - purchases.aic) / 2))
    assert errors == pytest.approx((other.lifetime_value - alone.lifetime_value) * np.sqrt(weight))
    assert not pulls.any()
    assert 0.05 < weight < 0.5
    assert mean_value(beside, 0, "").low < mean_value(alone, 0, "").low - 0.1

    tables, segments, _ = made

    def columns(forecast):
        return Estimated.of(forecast.customers, "lifetime").errors.shape[1]

    # Unless it was asked for, each model that might be the better one adds a column.
    asked = sb.clv.value(tables, segments, WINDOWS, model="mbg_nbd")
    assert columns(asked) == 7
    near = [each.aic for each in found.tried if each.model != "bg_nbd"]
    assert abs(near[0] - near[1]) < 10
    assert columns(found) == 8


def test_the_value_of_a_segment_is_covered(monkeypatch):
    monkeypatch.setattr(intervals, "DRAWS", 200)
    found = covered("mbg_nbd", 1000, 60)["right"]
    assert all(given == 60 for given, _ in found.values())
    for segment in ("came back once or twice", "came back more often", "all customers"):
        assert found[segment][1] >= 55


def test_results_repeat_and_come_back_from_disk(made, found, tmp_path):
    tables, segments, _ = made
    again = sb.clv.value(tables, segments, WINDOWS, names=NAMES)
    store.save(found, tmp_path / "a", "lifetime")
    store.save(again, tmp_path / "b", "lifetime")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    back = store.load(LifetimeValue, tmp_path / "a", "lifetime")
    assert plain(back.blocks()) == plain(found.blocks())
    assert back.by_segment == found.by_segment and back.holdout == found.holdout
    assert sb.clv.value(tables, segments, WINDOWS, seed=1)["s1"].interval != found["s1"].interval


# Which model


def tried(**aic_and_foreseen):
    return [
        Candidate(name, None if aic is None else -aic / 2, aic, foreseen)
        for name, (aic, foreseen) in aic_and_foreseen.items()
    ]


@pytest.mark.parametrize(
    ("pareto", "mbg", "bought", "chosen"),
    [
        ((100.0, 90.0), (110.0, 100.0), 100, ("pareto_nbd", "likelihood")),
        ((101.0, 90.0), (100.0, 101.0), 100, ("mbg_nbd", "holdout")),
        ((101.0, 99.5), (100.0, 101.0), 100, ("pareto_nbd", "holdout")),
        ((101.0, 99.5), (100.0, 101.0), None, ("mbg_nbd", "likelihood")),
        ((None, None), (100.0, 101.0), 100, ("mbg_nbd", "only")),
        ((None, None), (None, None), 100, None),
    ],
)
def test_the_likelier_model_forecasts_and_among_equals_what_foresaw_better(pareto, mbg, bought, chosen):
    models = tried(bg_nbd=(10.0, float(bought or 0)), mbg_nbd=mbg, pareto_nbd=pareto)
    assert choose(models, bought, None) == chosen


def test_bg_nbd_forecasts_only_where_it_is_asked_for_and_says_what_that_means(made):
    tables, segments, _ = made
    found = sb.clv.value(tables, segments, WINDOWS, model="bg_nbd")
    assert found.purchases.model == "bg_nbd"
    text = plain(found.blocks())
    assert "it was asked for by name" in text
    assert "segments of one-time buyers look better than they are" in text
    with pytest.raises(
        ParameterError, match=r"'sbg' forecasts no purchases\. Choose one of: bg_nbd, mbg_nbd"
    ):
        sb.clv.value(tables, segments, WINDOWS, model="sbg")
    with pytest.raises(ParameterError, match="Did you mean 'bg_nbd'"):
        sb.clv.value(tables, segments, WINDOWS, model="bgnbd")


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"months": 0}, "months must lie between 0 and 120"),
        ({"discount_rate": 10}, "discount_rate is a share of a year"),
        ({"margin": 40}, "margin is a share of the spend"),
    ],
)
def test_terms_out_of_range_are_refused(made, terms, told):
    tables, segments, _ = made
    with pytest.raises(ParameterError, match=told):
        sb.clv.value(tables, segments, WINDOWS, **terms)


# What is not there


def test_without_a_later_window_nothing_is_compared_and_that_is_said(made):
    tables, segments, _ = made
    found = sb.clv.value(tables, segments, Windows(None, None))
    assert found.holdout is None and found["s1"].value > 0
    assert "No later days are left to compare it with" in plain(found.blocks())
    assert plain((sb.charts.lifetime.holdout(found),)) == "No forecast to compare with what came."


@pytest.mark.parametrize(
    ("orders", "lacking", "said"),
    [
        ([("a", "2024-01-05", 10)], "repeats", "too few customers bought on a second day"),
        (
            [
                (f"{n}", when, amount)
                for n in range(30)
                for when, amount in (("2024-01-05", 9), ("2024-02-05", 0))
            ],
            "repeats",
            "too few customers bought on a second day and paid for it",
        ),
        (
            [(f"{n}", when, 9) for n in range(30) for when in ("2024-01-05", f"2024-02-{1 + n % 9:02d}")],
            "spend",
            "what customers spend varies too much, or not at all",
        ),
    ],
)
def test_what_is_lacking_is_said_in_one_sentence(tmp_path, orders, lacking, said):
    tables = tables_of(tmp_path, pd.DataFrame(orders, columns=["customer_id", "order_time", "amount"]))
    labels = pd.Series("s1", index=pd.Index(sorted({each[0] for each in orders}), name="customer_id"))
    found = sb.clv.value(tables, segmentation(labels), WINDOWS)
    assert found.lacking == lacking and found.customers is None and found.by_segment == ()
    assert said in plain(found.blocks())
    assert not found.models.blocks()
    measured = sb.measure(tables, segmentation(labels), WINDOWS, lifetime=found, min_cell=1)
    assert "lifetime_value" not in measured


def test_tables_without_orders_have_no_lifetime_value(tmp_path):
    pd.DataFrame({"customer_id": [f"{n}" for n in range(20)]}).to_csv(tmp_path / "customers.csv", index=False)
    data = Data.model_validate({"customers": {"source": "customers.csv"}})
    tables = read(data, as_of=None, root=tmp_path, cache=tmp_path / "cache")
    labels = pd.Series("s1", index=pd.Index([f"{n}" for n in range(20)], name="customer_id"))
    found = sb.clv.value(tables, segmentation(labels), Windows(None, None))
    assert plain(found.blocks()) == "No lifetime value: it takes orders with their days."


def test_who_never_bought_is_counted_and_has_no_value(made):
    tables, segments, _ = made
    for never, told in ((2, None), (12, 12)):
        idle = pd.Series("s1", index=[f"s1-x{number}" for number in range(never)])
        labels = pd.concat([segments.labels, idle]).rename_axis("customer_id")
        found = sb.clv.value(tables, segmentation(labels), WINDOWS)
        assert found.never == told
        # The segment's size is known, so that 300 of 302 tells of two.
        assert found["s1"].customers == (None if told is None else 300)
        assert found["s1"].value is not None
        text = plain(found.blocks())
        assert ("12 customers of the segments never bought and have no value." in text) == (told == 12)
        assert ("never bought is not said: it would tell of fewer than 10." in text) == (told is None)


# Independence


@pytest.mark.parametrize(
    ("slope", "key"),
    [(0.0, "nearly so: correlation"), (1.5, "frequent buyers spend more"), (-1.5, "buyers spend less")],
)
def test_spend_that_goes_with_frequency_is_said(found, slope, key):
    random = np.random.default_rng(2)
    frequency = pd.Series(random.poisson(6, 900) + 1)
    spend = 40 + slope * frequency + random.normal(0, 4, 900)
    checked = Independence.of(frequency, spend)
    assert checked.low < np.corrcoef(frequency, spend)[0, 1] < checked.high
    assert checked.customers == 900
    assert key in plain(replace(found, independence=checked).blocks())


def test_nothing_is_said_of_a_relation_where_nothing_varies():
    assert Independence.of(pd.Series([1, 1, 1, 1, 1]), pd.Series([1.0, 2, 3, 4, 5])) is None


# Bins


def test_bins_of_too_few_customers_join_the_next_lower_one():
    x = np.array([0] * 30 + [1] * 12 + [2] * 4 + [3] * 11 + [6] * 3 + [9] * 5)
    bins = _bins(x, x * 1.0, x * 2.0, 10)
    assert [(each.low, each.high, each.customers) for each in bins] == [
        (0, 0, 30),
        (1, 2, 16),
        (3, None, 19),
    ]
    assert bins[2].bought == pytest.approx(2 * bins[2].foreseen)
    assert [each.customers for each in _bins(np.array([0] * 4 + [7] * 12), *(np.ones(16),) * 2, 10)] == [16]


# As a KPI


def test_lifetime_value_is_a_kpi_like_the_others(made, found):
    tables, segments, _ = made
    measured = sb.measure(tables, segments, WINDOWS, lifetime=found, names=NAMES)
    for segment in ("s1", "s2"):
        each = measured["lifetime_value", segment]
        assert each.value == pytest.approx(found[segment].value)
        assert each.interval == pytest.approx(found[segment].interval, rel=0.03)
    # With the six of s4 a second segment is hidden, or the total would give them away.
    assert measured["lifetime_value", "s4"].value is measured["lifetime_value", "s3"].value is None
    assert "lifetime_value" not in sb.measure(tables, segments, WINDOWS)
    assert "Lifetime value (forecast): in the 12 months after 30 June 2024." in plain(measured.blocks())
    chart = sb.charts.kpis.dots(measured, "lifetime_value")
    assert chart.title == "Spenders will be worth more than the rest" or "worth" in chart.title
    assert "the 12 months after 30 June 2024" in chart.subtitle


def test_a_kpis_interval_covers_the_parameters_too(made, found):
    tables, segments, _ = made
    sure = found.customers.copy()
    sure[[each for each in sure if each.startswith("lifetime_error")]] = 0.0
    widths = []
    for forecast in (replace(found, customers=sure), found):
        each = sb.measure(tables, segments, WINDOWS, lifetime=forecast, kpis=["lifetime_value"])
        widths.append(np.diff(each["lifetime_value", "s1"].interval)[0])
    assert widths[1] > 1.02 * widths[0]


def test_forecasts_are_no_finding_of_the_later_window(made, found):
    from segnb.personas.later import later_contrasts

    tables, segments, _ = made
    measured = sb.measure(tables, segments, WINDOWS, lifetime=found, names=NAMES)
    contrasts = later_contrasts(measured, segments, tables)
    names = {each.name for found_ in contrasts.values() for each in found_}
    assert "revenue_per_customer" in names and "lifetime_value" not in names


# Charts


@pytest.mark.parametrize("voice", [Voice("en_US", "USD"), Voice("de_DE", "EUR")])
def test_charts_hold_what_was_foreseen_and_what_came(found, voice):
    spoken = replace(found, voice=voice)
    (tracking,), (bins,) = sb.charts.lifetime.holdout(spoken).columns
    assert voice.count(found.holdout.foreseen) in tracking.title
    assert voice.count(found.holdout.bought) in tracking.title
    assert max(len(tracking.alt), len(bins.alt)) <= LONGEST_ALT
    last = [cell.text for cell in tracking.data.rows[-1]]
    assert last == [
        voice.day(day(2024, 6, 30)),
        voice.count(found.holdout.foreseen),
        voice.count(found.holdout.bought),
    ]
    assert len(tracking.data.rows) == len(found.holdout.ends) == 26
    assert [row[3].text for row in bins.data.rows] == [
        voice.count(each.customers) for each in found.holdout.bins
    ]
    worst = max(found.holdout.bins, key=lambda each: abs(each.foreseen - each.bought))
    assert voice.number(worst.foreseen) in bins.title and voice.number(worst.bought) in bins.title


def test_the_whole_result_speaks_german(found):
    text = plain(replace(found, voice=Voice("de_DE", "EUR")).blocks())
    assert f"die 12 Monate nach dem {Voice('de_DE').day(day(2024, 6, 30))}" in text
    assert "Kundenwert" in text and "segment" not in text.replace("Segment", "")


def test_a_forecast_far_off_is_called_rough(found):
    assert "rough" not in plain(found.blocks())
    far = replace(found.holdout, foreseen=1.4 * found.holdout.bought)
    assert "misses by more than 25%: read the values as rough" in plain(replace(found, holdout=far).blocks())
