"""Models of purchases, spend and survival: published numbers, planted truths, and bad input."""

from datetime import date

import cdnow
import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln, gammaln, hyp2f1

import segnb as sb
from segnb.errors import InputError, ParameterError
from segnb.lifetime.beta_geometric import _purchases
from segnb.lifetime.histories import histories, spends
from segnb.lifetime.models import MODELS, Survivors
from segnb.registry import UnknownName
from segnb.tables.declare import Data
from segnb.tables.read import read

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

PURCHASES = ("bg_nbd", "mbg_nbd", "pareto_nbd")


@pytest.fixture(scope="module")
def orders():
    return cdnow.transactions()


@pytest.fixture(scope="module")
def summary(orders):
    return sb.clv.summary(orders, cdnow.CALIBRATION_END)


@pytest.fixture(scope="module")
def fits(summary):
    return {name: sb.clv.fit(name, summary) for name in (*PURCHASES, "gamma_gamma")}


# Summaries


def test_cdnow_is_summarised_by_days_and_fractions_of_weeks(summary):
    assert len(summary) == 2357
    assert (summary.btyd_frequency > 0).sum() == 946
    assert summary.btyd_frequency.sum() == 2457
    first = summary.loc["0001"]
    # 1 January, 18 January and 2 August 1997; as of 30 September.
    assert first.btyd_frequency == 2
    assert first.btyd_recency == 213 / 7
    assert first.btyd_age == 272 / 7
    assert first.btyd_monetary == (29.73 + 14.96) / 2
    assert np.isnan(summary.loc["0003"].btyd_monetary)


def small(*rows, columns=("customer_id", "order_time", "amount")):
    return pd.DataFrame(rows, columns=list(columns))


def test_all_of_one_day_is_one_purchase_whatever_the_order_of_rows():
    rows = [
        ("a", "2024-01-01 09:00", 10),
        ("a", "2024-01-01 18:00", 5),
        ("a", "2024-01-08", 30),
        ("a", "2024-01-08", 30),
        ("b", "2024-01-10", 1),
        ("a", "2024-02-01", 99),
    ]
    found = sb.clv.summary(small(*rows), "2024-01-31")
    assert found.btyd_frequency.tolist() == [1, 0]
    assert found.btyd_recency.tolist() == [1.0, 0.0]
    assert found.btyd_monetary.iloc[0] == 60
    assert found.attrs == {"later": 1, "returns": 0, "never": 0}
    pd.testing.assert_frame_equal(sb.clv.summary(small(*rows[::-1]), "2024-01-31"), found)


@pytest.mark.parametrize(("unit", "days"), [("days", 1), ("weeks", 7), ("months", 365.25 / 12)])
def test_times_come_in_the_unit_asked_for_and_columns_have_any_name(unit, days):
    rows = small(("a", "2024-01-01", 1), ("a", "2024-01-11", 2), columns=("who", "when", "paid"))
    found = sb.clv.summary(
        rows, date(2024, 1, 31), unit=unit, customer_id="who", order_time="when", amount="paid"
    )
    assert found.btyd_recency.iloc[0] == pytest.approx(10 / days)
    assert found.btyd_age.iloc[0] == pytest.approx(30 / days)


def test_a_day_that_returns_more_than_it_buys_is_no_purchase_but_counts_in_the_spend():
    rows = [
        ("a", "2024-01-01", 50),
        ("a", "2024-01-05", 40),
        ("a", "2024-01-09", -30),
        ("a", "2024-01-12", 20),
        ("b", "2024-01-02", -5),
    ]
    found = sb.clv.summary(small(*rows), "2024-01-31", unit="days")
    assert found.index.tolist() == ["a"]
    assert found.loc["a"].tolist() == [2, 11, 30, 15]
    assert found.attrs == {"later": 0, "returns": 2, "never": 1}


def test_a_reports_tables_are_summarised_alike(tmp_path, orders):
    some = orders[orders.customer_id < "0300"]
    some.to_csv(tmp_path / "orders.csv", index=False)
    data = Data.model_validate({"transactions": {"source": "orders.csv"}})
    tables = read(data, as_of=date(1997, 9, 30), root=tmp_path, cache=tmp_path / "cache")
    frame = sb.clv.summary(some, "1997-09-30")
    pd.testing.assert_frame_equal(sb.clv.summary(tables), frame)
    pd.testing.assert_frame_equal(
        sb.clv.summary(tables, "1997-06-30"), sb.clv.summary(some, "1997-06-30"), check_like=True
    )


def test_a_summary_without_as_of_is_refused():
    with pytest.raises(ParameterError, match=r"as_of is missing: .* Name the day"):
        sb.clv.summary(small(("a", "2024-01-01", 1)))
    with pytest.raises(ParameterError, match="must be days, weeks or months"):
        sb.clv.summary(small(("a", "2024-01-01", 1)), "2024-01-31", unit="years")
    with pytest.raises(ParameterError, match="as_of must be a day"):
        sb.clv.summary(small(("a", "2024-01-01", 1)), "soon")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", "2024-01-01", 1), (None, "2024-01-02", 1)], r"customer_id: no id \(1 row\)"),
        ([("a", "never", 1), ("a", "2024-01-02", 1)], r"order_time: no time as 2017-12-31 \(1 row\)"),
        ([("a", "2024-01-01", np.inf), ("a", "2024-01-01", np.nan)], r"amount: no finite amount \(2 rows\)"),
        ([("a", 20240101, 1)], "order_time holds numbers, not times"),
        ([("a", "2025-01-01", 1)], "No purchase up to 2024-12-31"),
        ([("a", "2024-01-01", -1)], "No purchase up to 2024-12-31"),
    ],
)
def test_what_cannot_be_summarised_is_told(rows, told):
    with pytest.raises(InputError, match=told):
        sb.clv.summary(small(*rows), "2024-12-31")


def test_a_missing_column_is_told_with_those_there_are():
    with pytest.raises(InputError, match=r"lack amount \(they have customer_id, order_time, paid\)"):
        sb.clv.summary(
            small(("a", "2024-01-01", 1), columns=("customer_id", "order_time", "paid")), "2024-12-31"
        )


# Published numbers


@pytest.mark.parametrize(
    ("model", "params", "likelihood"),
    [
        ("bg_nbd", {"r": 0.24259, "alpha": 4.41353, "a": 0.79289, "b": 2.42575}, -9582.426),
        ("pareto_nbd", {"r": 0.55327, "alpha": 10.57742, "s": 0.60622, "beta": 11.66854}, -9594.974),
        ("mbg_nbd", {"r": 0.52484, "alpha": 6.18299, "a": 0.89136, "b": 1.61400}, -9582.133),
        ("gamma_gamma", {"p": 6.2488, "q": 3.7446, "gamma": 15.4477}, -4055.923),
    ],
)
def test_cdnows_parameters_are_those_published(fits, model, params, likelihood):
    found = fits[model]
    assert found.params == pytest.approx(params, rel=1e-3)
    assert found.log_likelihood >= likelihood - 0.01
    assert found.log_likelihood == pytest.approx(likelihood, abs=0.05)
    assert found.certain and found.starts == 4 and not found.unsettled


def test_pareto_nbds_standard_errors_are_those_published(fits):
    errors = fits["pareto_nbd"].standard_errors
    assert list(errors.values()) == pytest.approx([0.0476, 0.8427, 0.1873, 6.2105], rel=0.02)
    assert np.allclose(np.sqrt(np.diag(fits["pareto_nbd"].covariance)), list(errors.values()))


def history(x, t_x, age):
    return pd.DataFrame({"btyd_frequency": [x], "btyd_recency": [t_x], "btyd_age": [age]}, index=["one"])


def test_bg_nbds_expectations_are_those_published(fits):
    found = fits["bg_nbd"]
    assert found.future_purchases(39, history(2, 30.43, 38.86)).iloc[0] == pytest.approx(1.226, abs=5e-4)
    expected = found.expected_purchases([0.1429, 1, 3, 31.8571, 32, 78])
    assert expected == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], rel=3e-4, abs=6e-5)
    assert isinstance(found.expected_purchases(1.0), float)


def test_pareto_nbds_expectations_are_those_published(fits):
    found, one = fits["pareto_nbd"], history(26, 30.86, 31)
    assert found.future_purchases(52, one).iloc[0] == pytest.approx(25.46, abs=5e-3)
    assert found.p_alive(one).iloc[0] == pytest.approx(0.9979, abs=5e-5)


def test_gamma_gammas_conditional_means_are_those_published(fits):
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert fits["gamma_gamma"].mean_spend().head(10).tolist() == pytest.approx(published, abs=6e-3)


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "likelihood"),
    [
        ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.27),
        ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806, -1611.16),
    ],
)
def test_sbgs_parameters_are_those_published(survivors, alpha, beta, likelihood):
    found = sb.clv.fit("sbg", survivors)
    assert found.params == pytest.approx({"alpha": alpha, "beta": beta}, abs=6e-4)
    assert found.log_likelihood == pytest.approx(likelihood, abs=6e-3)
    assert found.survival(7) == pytest.approx(survivors[7] / 1000, abs=0.01)
    assert found.survival(1) * found.retention(2) == pytest.approx(found.survival(2))


# What follows from the formulas


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma", "sbg"])
def test_gradients_are_those_of_the_likelihood(summary, model):
    law = MODELS[model]()
    data = {"gamma_gamma": lambda: spends(summary), "sbg": lambda: Survivors(np.array([90.0, 60, 50, 45]))}
    data = data.get(model, lambda: histories(summary)[0])()
    params = np.array([0.6, 6.0, 0.9, 2.5])[: len(law.parameters)]
    for place in range(len(params)):
        step = np.zeros(len(params))
        step[place] = 1e-5
        slope = (law.score(params + step, data).value - law.score(params - step, data).value) / 2e-5
        assert law.score(params, data).gradient[place] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("model", [*PURCHASES, "gamma_gamma"])
def test_gradients_of_customers_add_up_to_that_of_all(summary, model):
    law, params = MODELS[model](), np.array([0.6, 6.0, 0.9, 2.5])
    params = params[: len(law.parameters)]
    if model == "gamma_gamma":
        data, weight = spends(summary), np.ones(946)
    else:
        data, _ = histories(summary)
        weight = data.weight
    each = law.gradients(params, data)
    assert each.shape == (len(weight), len(params))
    assert (weight @ each).tolist() == pytest.approx(law.score(params, data).gradient.tolist(), rel=1e-9)
    one = {"gamma_gamma": lambda: spends(summary.loc[summary["btyd_frequency"] > 0].head(1))}
    one = one.get(model, lambda: histories(summary.head(1))[0])()
    assert law.gradients(params, one)[0].tolist() == pytest.approx(law.score(params, one).gradient.tolist())


@pytest.mark.parametrize("params", [(0.55, 10.6, 0.6, 11.7), (0.55, 11.7, 0.6, 3.2), (3.0, 50.0, 0.2, 1.5)])
def test_pareto_nbds_likelihood_is_both_branches_of_the_published_form(params):
    r, alpha, s, beta = params
    x, t_x, age = (
        np.array([0, 1, 2, 26, 80, 12]),
        np.array([0, 2.0, 30.43, 30.86, 38, 4]),
        np.array([38.9, 38.9, 38.9, 31, 39, 39]),
    )
    near, far = min(alpha, beta), max(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def series(y):
        z = (far - near) / (far + y)
        return hyp2f1(r + s + x, second, r + s + x + 1, z) / (far + y) ** (r + s + x)

    gone = s / (r + s + x) * (series(t_x) - series(age))
    stays = (alpha + age) ** -(r + x) * (beta + age) ** -s
    published = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(stays + gone)
    law = MODELS["pareto_nbd"]()
    for place in range(len(x)):
        distinct, _ = histories(history(x[place], t_x[place], age[place]))
        assert law.score(np.array(params), distinct).value == pytest.approx(published[place], rel=1e-9)


@pytest.mark.parametrize(
    ("t", "r", "alpha", "a", "b"),
    [
        (39, 0.24, 4.4, 0.79, 2.4),
        (26, 306, 53, 0.014, 315),
        (52, 306, 53, 0.5, 308),
        (520, 1.4, 1.3, 1.00005, 2),
        (520, 1.4, 1.3, 1.0000000001, 2),
        (52, 3, 40, 100, 800),
        (52, 3, 40, 1000, 8000),
    ],
)
def test_bg_nbds_expectation_is_the_integral_over_all_chances_to_leave(t, r, alpha, a, b):
    # Over the log-odds of the chance, where the integrand falls off on both sides.
    odds = np.linspace(-3000, 60, 600_001)
    log_chance, log_rest = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    chance = np.maximum(np.exp(log_chance), 1e-300)
    each = -np.expm1(-r * np.log1p(chance * t / alpha)) / chance
    mean = np.trapezoid(np.exp(a * log_chance + b * log_rest - betaln(a, b)) * each, odds)
    assert float(_purchases(np.asarray(float(t)), r, alpha, a, b)) == pytest.approx(mean, rel=1e-6)


def test_who_bought_once_stays_for_ever_under_bg_nbd_alone(fits):
    once = pd.concat([history(0, 0, 5), history(0, 0, 38)]).set_index(pd.Index(["new", "silent"]))
    assert fits["bg_nbd"].p_alive(once).tolist() == [1, 1]
    for model in ("mbg_nbd", "pareto_nbd"):
        new, silent = fits[model].p_alive(once)
        assert 0.2 < silent < new < 1


@pytest.mark.parametrize("model", PURCHASES)
def test_the_unit_of_time_changes_nothing(orders, fits, model):
    days = sb.clv.summary(orders, cdnow.CALIBRATION_END, unit="days")
    found = sb.clv.fit(model, days)
    assert found.params["r"] == pytest.approx(fits[model].params["r"], rel=1e-6)
    ahead = found.future_purchases(7 * 39).to_numpy()
    assert ahead == pytest.approx(fits[model].future_purchases(39).to_numpy(), rel=1e-5)


@pytest.mark.parametrize("model", PURCHASES)
def test_the_order_of_customers_changes_nothing(summary, fits, model):
    found = sb.clv.fit(model, summary.sample(frac=1, random_state=3))
    assert found.params == pytest.approx(fits[model].params, rel=1e-9)
    assert found.future_purchases(10)[summary.index].tolist() == pytest.approx(
        fits[model].future_purchases(10).tolist(), rel=1e-9
    )


def bought(n, leaves, seed=0, age=60.0, rate=None):
    """Return customers who buy at a gamma-distributed rate and leave by ``leaves(random, n)`` chances."""
    random = np.random.default_rng(seed)
    rates, chances = random.gamma(1.2, 1 / 4.0, n) if rate is None else np.full(n, rate), leaves(random, n)
    rows = []
    for each, chance in zip(rates, chances, strict=True):
        times, now = [0.0], 0.0
        while random.random() >= chance:
            now += random.exponential(1 / each)
            if now >= age:
                break
            times.append(now)
        rows.append((len(times) - 1, times[-1], age))
    return pd.DataFrame(rows, columns=["btyd_frequency", "btyd_recency", "btyd_age"])


def test_planted_parameters_are_found_again():
    made = bought(6_000, lambda random, n: random.beta(0.8, 3.0, n))
    found = sb.clv.fit("mbg_nbd", made)
    for name, planted in {"r": 1.2, "alpha": 4.0, "a": 0.8, "b": 3.0}.items():
        assert abs(found.params[name] - planted) < 3 * found.standard_errors[name]
    assert max(found.standard_errors.values()) < 0.6


@pytest.mark.parametrize("model", PURCHASES)
def test_where_nobody_leaves_the_parameters_of_leaving_stay_open_and_the_forecast_is_sure(model):
    made = bought(400, lambda random, n: np.zeros(n))
    found = sb.clv.fit(model, made)
    assert set(found.unsettled) and set(found.unsettled) <= {"a", "b", "s", "beta"}
    assert all(np.isnan(found.standard_errors[each]) for each in found.unsettled)
    # Twelve buyers in a hundred have a rate so low that they cannot be told from those who left.
    assert found.p_alive().mean() > 0.97
    assert found.future_purchases(60).sum() == pytest.approx(made.btyd_frequency.sum(), rel=0.05)
    assert "other values fit as well" in found._repr_mimebundle_()["text/plain"]


def test_a_fit_shows_its_parameters_and_their_errors(fits):
    text = fits["bg_nbd"]._repr_mimebundle_()["text/plain"]
    assert "BG/NBD, fitted to 2,357 customers" in text
    assert "alpha | 4.41 | 0.3782" in text
    assert "All 4 searches ended at these values." in text


# Bad input


def made_of(**columns):
    plain = {"btyd_frequency": [1] * 12, "btyd_recency": [5.0] * 12, "btyd_age": [9.0] * 12}
    return pd.DataFrame({**plain, "btyd_monetary": [10.0 + n for n in range(12)], **columns})


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"btyd_frequency": [0] * 12, "btyd_recency": [0.0] * 12},
            "0 of 12 customers bought on a second day",
        ),
        (
            {"btyd_recency": [5.0] * 11 + [9.5]},
            r"btyd_recency does not lie between 0 and btyd_age \(1 row\)",
        ),
        ({"btyd_age": [0.0] * 12}, r"does not lie between 0 and btyd_age \(12 rows\)"),
        ({"btyd_frequency": [1.5] + [1] * 11}, r"btyd_frequency is no whole number from 0 \(1 row\)"),
        ({"btyd_frequency": [-1] + [1] * 11}, r"btyd_frequency is no whole number from 0 \(1 row\)"),
        ({"btyd_recency": [0.0] * 12}, r"btyd_recency is 0 for a repeat purchase, .* \(12 rows\)"),
    ],
)
@pytest.mark.parametrize("model", PURCHASES)
def test_histories_that_cannot_be_are_refused(model, columns, told):
    with pytest.raises(InputError, match=told):
        sb.clv.fit(model, made_of(**columns))


@pytest.mark.parametrize("model", [*PURCHASES, "gamma_gamma"])
def test_one_customer_and_customers_twice_are_refused(model):
    with pytest.raises(InputError, match="1 of 1 customers bought on a second day; it takes 10"):
        sb.clv.fit(model, made_of().head(1))
    with pytest.raises(InputError, match=r"The summary holds no customer\. Check"):
        sb.clv.fit(model, made_of().head(0))
    with pytest.raises(InputError, match=r"customers stand more than once \(1 row\)"):
        sb.clv.fit(model, made_of().rename(index={11: 0}))
    with pytest.raises(InputError, match="The summary lacks btyd_"):
        sb.clv.fit(model, pd.DataFrame({"frequency": [1]}))
    with pytest.raises(ParameterError, match=r"is fitted on what summary\(\) returns. Got list"):
        sb.clv.fit(model, [1, 2])


@pytest.mark.parametrize("t", [-1, [2, -0.5], float("nan"), float("inf")])
def test_no_forecast_is_made_for_a_time_that_is_none_to_come(fits, t):
    purchases, contracts = fits["bg_nbd"], sb.clv.fit("sbg", [1000, 631, 468, 382])
    for forecast in (
        purchases.expected_purchases,
        contracts.survival,
        contracts.retention,
        *([] if isinstance(t, list) else [purchases.future_purchases]),
    ):
        with pytest.raises(ParameterError, match=r"t counts the time to come, from 0 on\. Got"):
            forecast(t)


def test_spend_of_nothing_or_less_is_refused_with_how_many():
    spent = [-3.0, 0.0] + [10.0 + n for n in range(10)]
    with pytest.raises(InputError, match="btyd_monetary is not above zero for 2 of 12 customers"):
        sb.clv.fit("gamma_gamma", made_of(btyd_monetary=spent))
    with pytest.raises(InputError, match="all 12 customers spend the same"):
        sb.clv.fit("gamma_gamma", made_of(btyd_monetary=[10.0] * 12))


@pytest.mark.parametrize(
    ("survivors", "told"),
    [
        ([100, 50], "at its start and after two or more periods"),
        ([100, 50, 60], "cannot grow in number"),
        ([100, 50, -1], "fall below zero"),
        ([100, 100, 100], "All of the cohort stayed"),
        ([100, 0, 0], "or all left at once"),
    ],
)
def test_survivors_that_cannot_be_are_refused(survivors, told):
    with pytest.raises(InputError, match=told):
        sb.clv.fit("sbg", survivors)


def test_an_unknown_model_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match=r"no model 'bgnbd'\. Did you mean 'bg_nbd'"):
        sb.clv.fit("bgnbd", made_of())
