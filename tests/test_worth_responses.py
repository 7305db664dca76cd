"""Break-even shares of contacts that nobody drew by lot, and a budget under an assumed incrementality."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from contact_sample import contacts, found, said
from known_campaigns import BRINGS, CONTACT, MARGIN, NAMES, RATES, answered, brings
from pydantic import ValidationError

import segnb as sb
from segnb import cli, store
from segnb.words import Voice
from segnb.worth import Budget
from segnb.worth.responses import responses
from segnb.worth.results import Allocation, Effects

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
ORDER = 20 + np.mean(np.arange(40) % 7)
"""The mean order of the 40 savers who respond in `known`."""
CAUSES = ("because", "Because", "Effect of", "the effect", "effects are", "caused")


def known(hits=(40, 20), brought=(20, 10), n=100):
    """Return contacts without an arm: so many of ``n`` respond in each segment, with the same revenue."""
    table = contacts(n, arms=("x",), lift=(0, 0)).drop(columns=["arm", "cost"])
    for segment, count, revenue in zip(("s1", "s2"), hits, brought, strict=True):
        at = table.index[table["customer_id"].str.startswith(segment)]
        table.loc[at, ["response", "response_time", "revenue"]] = ["no", "", "0"]
        table.loc[at[:count], ["response", "response_time", "revenue"]] = ["yes", "2024-10-01", str(revenue)]
    return table


def declared(**more):
    return Budget(**({"amount": 60.0, "costs": {"letter": 1.0}, "margin": 0.5} | more))


def shares(result):
    return {each.segment: each.share for each in result.responses.even}


# Break-even shares


def test_a_break_even_share_by_hand(tmp_path):
    result = found(tmp_path, known(), budget=declared())
    savers, spenders = result.responses.even
    assert (savers.contacts, savers.rate, savers.value, savers.cost) == (100, 0.4, 20, 1.0)
    # A contact costs 1 and brings 0.5 * 0.4 * 20 = 4 with savers, 0.5 * 0.2 * 10 = 1 with spenders.
    assert (savers.share, spenders.share) == (pytest.approx(0.25), pytest.approx(1.0))
    assert savers.low < 0.25 < savers.high < spenders.low
    assert result.responses.source == "revenue"


def test_without_an_assumption_shares_are_told_and_no_money_is_placed(tmp_path):
    result = found(tmp_path, known((40, 30)), budget=declared())
    spending = sb.budget(result)
    assert (spending.kind, spending.shares, result.prospects) == ("no effect", (), ())
    text = said(spending)
    assert (
        spending.headline.text == "Letter pays if over 25% (Savers) to 67% (Spenders) of responses are extra"
    )
    assert "Only a test with a control arm tells that" in text and "an association" in text
    assert "Cost of the test: letter" in said(result)
    assert not any(each in text + said(result) for each in CAUSES)
    assert sb.charts.worth.allocation(spending).blocks() == ()


def test_without_a_budget_costs_of_the_table_tell_break_even_shares(tmp_path):
    spending = sb.budget(found(tmp_path, known().assign(cost="1.00")))
    text = said(spending)
    assert spending.kind == "no budget" and "No budget was given, so this report does not say where" in text
    # The goods cost 12 of 23, so a contact brings (1 - 12 / 23) * 0.4 * 20 with savers.
    assert shares(spending.effects)["s1"] == pytest.approx(1 / ((1 - 12 / 23) * 8), rel=0.01)
    assert "Contact pays if over 26%" in text


def test_planted_break_even_shares_lie_in_their_intervals():
    """40 draws of 2,000 customers, who are reached up to three times; `benchmarks/worth.py` draws 200."""
    covered = []
    for seed in range(40):
        for each in _found(seed, 2_000, incrementality=0.4)["responses"].even:
            if each.low is not None and each.high is not None:
                covered.append(each.low <= CONTACT / brings()[each.segment] <= each.high)
    assert len(covered) > 150
    assert np.mean(covered) >= 0.92


@cache
def _found(seed, customers, **more):
    rows, sizes = answered(seed, customers)
    plan = Budget(amount=1.0, costs={"letter": CONTACT}, **more)
    return responses(None, rows, sizes, budget=plan, unnamed="contact", margin=MARGIN, min_cell=10, seed=0)


def test_the_test_that_is_named_shows_a_rise_to_the_break_even_share():
    (each,) = [each for each in _found(3, 20_000)["responses"].even if each.segment == NAMES[2]]
    rng = np.random.default_rng(0)
    without = rng.binomial(each.needed, each.rate * (1 - each.share), 2_000) / each.needed
    reached = rng.binomial(each.needed, each.rate, 2_000) / each.needed
    error = np.sqrt((without * (1 - without) + reached * (1 - reached)) / each.needed)
    assert np.mean((reached - without) / error > 1.96) == pytest.approx(0.8, abs=0.03)


# Where the money of a response is read


@pytest.mark.parametrize(
    ("without", "source", "value", "words"),
    [
        ((), "revenue", 20.0, "that of the campaigns table"),
        (("revenue",), "day", ORDER, "bought on the day of the response"),
        (("revenue", "response_time"), "average", ORDER, "average order"),
    ],
)
def test_money_of_a_response_is_read_where_it_stands(tmp_path, without, source, value, words):
    result = found(tmp_path, known(), without=without, budget=declared())
    assert result.responses.source == source
    assert result.responses.even[0].value == pytest.approx(value)
    assert words in said(sb.budget(result))


def test_the_day_of_the_response_counts_not_the_usual_order(tmp_path):
    table = known()
    table.loc[table["response"] == "yes", "response_time"] = "2024-10-02"
    first = table.index[table["response"].eq("yes")][:35]
    table.loc[first, "response_time"] = "2024-10-01"
    result = found(tmp_path, table, without=("revenue",), budget=declared())
    assert (result.responses.source, result.responses.silent) == ("day", 25)
    assert result.responses.even[0].value == pytest.approx(sum(20 + each % 7 for each in range(35)) / 40)
    assert "25 responses came with no order and count as bringing nothing" in said(sb.budget(result))


def test_where_most_bought_nothing_on_the_day_the_usual_order_counts(tmp_path):
    """As where the response is a click: what is bought comes later."""
    table = known()
    table.loc[table["response"] == "yes", "response_time"] = "2024-09-20"
    result = found(tmp_path, table, without=("revenue",), budget=declared())
    assert (result.responses.source, result.responses.silent) == ("average", 0)
    assert result.responses.even[0].value == pytest.approx(ORDER)


# A budget under an assumption


def test_a_plan_under_an_assumption_by_hand(tmp_path):
    spending = sb.budget(found(tmp_path, known(), budget=declared(incrementality=0.5)))
    assert spending.kind == "budget"
    ((share),) = spending.shares
    assert (share.segment, share.action, share.customers, share.spent) == ("s1", "letter", 60, 60)
    # A letter gains 0.5 * 4 - 1 with savers and loses with spenders; drawn in, it is a little less.
    assert 0.8 * 60 < spending.gain <= 60
    assert spending.low < spending.gain < spending.high and spending.worse < spending.gain
    assert spending.even == pytest.approx(0.5 * 60 / (60 + spending.gain))
    assert spending.even_low < spending.even < spending.even_high
    text = said(spending)
    assert "If 50% of responses are extra, $60 is expected to earn" in spending.headline.text
    assert "Assumed, not measured: 50% of responses are extra" in text
    assert text.count("(assumed)") >= 1
    assert "The plan stops paying if fewer than 2" in text
    assert not any(each in text for each in CAUSES)


def test_the_plan_stops_paying_at_the_share_that_is_named(tmp_path):
    table = known((40, 0))
    even = sb.budget(found(tmp_path, table, budget=declared(incrementality=0.5))).even
    above, below = (
        sb.budget(found(tmp_path, table, budget=declared(incrementality=stops * even)))
        for stops in (1.02, 0.98)
    )
    assert above.shares and above.gain == pytest.approx(0, abs=0.05 * 60)
    assert below.shares == ()
    assert "no action is expected to earn its cost" in below.headline.text
    assert "Assumed, not measured" in said(below)


def test_gains_under_an_assumption_lie_in_their_intervals():
    """40 draws of 2,000 customers of whose responses 40 % are extra; the assumption is the truth."""
    covered = []
    for seed in range(40):
        _, sizes = answered(seed, 2_000)
        plan = Budget(amount=400.0, costs={"letter": CONTACT}, incrementality=0.4)
        spending = sb.budget(
            Effects(
                kind="no arms",
                segments=NAMES,
                sizes=sizes,
                actions=(),
                min_cell=10,
                budget=plan,
                **_found(seed, 2_000, incrementality=0.4),
            )
        )
        true = sum(each.customers * (0.4 * brings()[each.segment] - CONTACT) for each in spending.shares)
        assert true > 0
        covered.append(spending.low <= true <= spending.high)
    assert np.mean(covered) >= 0.92


def test_with_several_actions_each_is_told_and_takes_its_own_cost(tmp_path):
    table = contacts(200, arms=("letter", "call"), lift=(0.4, 0.4))
    costs = {"letter": 0.5, "call": 40.0}
    result = found(tmp_path, table, budget=declared(costs=costs, incrementality=0.5))
    assert [(each.segment, each.action) for each in result.responses.even] == [
        ("s1", "call"), ("s1", "letter"), ("s2", "call"), ("s2", "letter")
    ]  # fmt: skip
    assert all(each.share > 1 for each in result.responses.even if each.action == "call")
    spending = sb.budget(result)
    assert {each.action for each in spending.shares} == {"letter"}
    assert "never pays" in said(spending)


def test_a_control_arm_alone_is_no_contact(tmp_path):
    both = pd.concat([known().assign(arm="letter"), known((90, 90)).assign(arm="control", campaign="more")])
    result = found(tmp_path, both, budget=declared())
    assert result.kind == "no control"
    assert shares(result)["s1"] == pytest.approx(0.25)
    assert result.reached[0].rate == 0.4


def test_an_assumption_is_not_used_where_a_control_arm_measures(tmp_path):
    plain = found(tmp_path, contacts(200), budget=Budget(amount=50.0))
    assumed = found(tmp_path, contacts(200), budget=Budget(amount=50.0, incrementality=0.9))
    assert plain.prospects == assumed.prospects and assumed.assumed is None
    assert "budget.incrementality (90%) is not used" in said(sb.budget(assumed))
    assert "not used" not in said(sb.budget(plain))


# Gaps


def test_few_who_responded_are_hidden_and_get_no_money(tmp_path):
    result = found(tmp_path, known((40, 6), (20, 90)), budget=declared(incrementality=0.9, amount=500.0))
    few = result.responses.even[1]
    assert (few.contacts, few.rate, few.value, few.share, few.low) == (100, None, None, None, None)
    spending = sb.budget(result)
    assert {each.segment for each in spending.shares} == {"s1"}
    assert "left unsaid" in said(spending)


def test_money_that_few_brought_is_hidden(tmp_path):
    table = known()
    paid = table.index[table["customer_id"].str.startswith("s2") & table["response"].eq("yes")]
    table.loc[paid[5:], "revenue"] = "0"
    few = found(tmp_path, table, budget=declared()).responses.even[1]
    assert (few.contacts, few.value, few.share) == (100, None, None)


def test_few_who_answered_one_of_two_actions_cannot_be_worked_out(tmp_path):
    """A segment's answers to all actions are told, so hiding one action alone would give it away."""
    table = known((60, 60)).assign(arm=lambda each: np.where(each.index % 2, "call", "letter"))
    quiet = table.index[table["customer_id"].str.startswith("s1") & table["arm"].eq("call")]
    table.loc[quiet[4:], ["response", "response_time", "revenue"]] = ["no", "", "0"]
    result = found(tmp_path, table, budget=declared(costs={"letter": 1.0, "call": 2.0}))
    told = {(each.segment, each.action): each.rate for each in result.responses.even}
    assert told["s1", "call"] is None and told["s1", "letter"] is None
    assert told["s2", "call"] is not None


def test_a_segment_that_nobody_contacted_is_said(tmp_path):
    table = known()
    result = found(
        tmp_path, table[table["customer_id"].str.startswith("s1")], budget=declared(incrementality=0.5)
    )
    assert shares(result) == {"s1": pytest.approx(0.25)}  # everyone else is in no segment here
    both = pd.concat([table[table["customer_id"].str.startswith("s1")], table.iloc[[150]]])
    result = found(tmp_path, both, budget=declared(incrementality=0.5))
    assert result.responses.even[1].contacts is None  # one contact is no number to be told
    early = table.assign(contact_time="2024-09-01")
    early.loc[early["customer_id"].str.startswith("s2"), ["contact_time", "response", "response_time"]] = [
        "2024-02-01", "no", ""
    ]  # fmt: skip
    result = found(tmp_path, early, budget=declared(incrementality=0.5))
    assert result.responses.even[1].contacts == 0
    spending = sb.budget(result)
    assert "nobody was contacted" in said(spending)
    assert {each.segment for each in spending.shares} == {"s1"}


@pytest.mark.parametrize(
    ("table", "without", "plan", "words"),
    [
        (known((0, 0)), (), {}, "Nobody responded to a contact"),
        (known(), ("response", "response_time", "revenue"), {}, "declares no response"),
        (known(), (), {"costs": {}}, "What a contact costs is not known"),
        (known(), (), {"costs": {"letter": 1.0, "call": 2.0}}, "no contact says which one it was"),
        (known(brought=(0, 0)), (), {}, "what a response brought"),
        (None, (), {}, "Nobody in a segment was contacted"),
    ],
    ids=["no response", "none declared", "no cost", "two actions", "no money", "no contact"],
)
@pytest.mark.parametrize("assumed", [None, 0.3])
def test_what_is_missing_is_said(tmp_path, table, without, plan, words, assumed):
    result = found(tmp_path, table, without=without, budget=declared(incrementality=assumed, **plan))
    spending = sb.budget(result)
    assert (spending.kind, spending.shares) == ("no effect", ())
    assert words in said(spending)
    assert ("budget.incrementality (30%) is not used" in said(spending)) == (assumed is not None)


def test_a_contact_that_costs_nothing_pays_at_any_share(tmp_path):
    plan = declared(costs={"letter": 0.0}, incrementality=0.2)
    spending = sb.budget(found(tmp_path, known(), budget=plan))
    assert set(shares(spending.effects).values()) == {0.0}
    assert (spending.spent, spending.even, spending.low > 0) == (0, None, True)
    assert sum(each.customers for each in spending.shares) == 200
    assert "stops paying" not in said(spending)
    assert "Letter costs nothing, so any extra response pays" in said(spending)


def test_responses_to_goods_sold_below_cost_never_pay(tmp_path):
    table = known()
    plan = Budget(amount=60.0, costs={"letter": 1.0}, incrementality=1.0)
    spending = sb.budget(found(tmp_path, table, goods=30, budget=plan))
    assert spending.effects.margin < 0
    assert [each.share for each in spending.effects.responses.even] == [None, None]
    assert spending.shares == ()
    assert "never pays" in said(spending) and "In no segment do the responses earn" in said(spending)


def test_names_that_no_contact_bears_and_actions_without_a_cost_are_said(tmp_path):
    table = contacts(100, arms=("letter", "call"), lift=(0.3, 0.3)).drop(columns="cost")
    result = found(tmp_path, table, budget=declared(costs={"letter": 1.0, "visit": 9.0}))
    assert {each.action for each in result.responses.even} == {"letter"}
    text = said(sb.budget(result))
    assert "100 contacts are left out, since the cost of their action is not known" in text
    assert "No contact bears the name visit" in text


@pytest.mark.parametrize("share", [-0.1, 1.2, float("nan"), "0.3"])
def test_an_assumption_outside_0_to_1_is_refused(share):
    with pytest.raises(ValidationError, match="incrementality"):
        Budget(amount=1.0, incrementality=share)


def test_the_check_names_line_and_key_of_a_wrong_assumption(tmp_path, capsys):
    params = tmp_path / "x.yaml"
    params.write_text(
        "name: x\ncurrency: EUR\ndata:\n  customers: {source: c.csv, customer_id: id}\n"
        "budget:\n  amount: 10\n  incrementality: 30\n"
    )
    assert cli.main(["check", str(params)]) == 2
    said = capsys.readouterr()
    assert "budget.incrementality" in said.err + said.out and "line 7" in said.err + said.out


# Words, charts, bytes


def test_a_plan_under_an_assumption_speaks_german(tmp_path):
    german = Voice("de_DE", "EUR")
    result = replace(found(tmp_path, known(), budget=declared(incrementality=0.5)), voice=german)
    text = said(sb.budget(result))
    assert "Angenommen, nicht gemessen: 50\xa0% der Reaktionen sind zusätzlich" in text
    assert "Der Plan lohnt sich nicht mehr, wenn" in text


def test_the_chart_of_a_plan_says_what_is_assumed(tmp_path):
    result = found(tmp_path, known(), budget=declared(incrementality=0.5))
    (bars,) = sb.charts.worth.allocation(sb.budget(result)).blocks()
    assert bars.title == "Savers, letter: 100% of the expected gain"
    assert "if 50% of responses are extra (assumed)" in bars.subtitle
    assert "if 50% of responses are extra" in bars.alt and len(bars.alt) <= 150


def test_a_plan_under_an_assumption_repeats_to_the_byte(tmp_path):
    plan = declared(incrementality=0.5)
    first = found(tmp_path, known(), budget=plan)
    again = found(tmp_path, known().sample(frac=1, random_state=1), budget=plan)
    assert first == again and sb.budget(first) == sb.budget(again)
    for name, result in (("effects", first), ("spending", sb.budget(first))):
        store.save(result, tmp_path / "a", name)
    assert store.load(Effects, tmp_path / "a", "effects") == first
    assert store.load(Allocation, tmp_path / "a", "spending") == sb.budget(first)


def test_the_planted_contacts_are_as_they_say():
    """The generator's own truth: what its responses bring for each contact, with very many customers."""
    rows, _ = answered(0, 200_000)
    brought = MARGIN * rows.groupby("segment")["revenue"].mean()
    for segment, true in brings().items():
        assert brought[segment] == pytest.approx(true, rel=0.03)
    assert brings()[NAMES[0]] == MARGIN * BRINGS * RATES[0]
