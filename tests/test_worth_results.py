"""Effects and budgets from tables: what is left out, what is said, and every gap in the input."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from contact_sample import contacts, found, said

import segnb as sb
from segnb import store
from segnb.document.blocks import Headline
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Windows
from segnb.words import Voice
from segnb.worth import Budget
from segnb.worth.results import Allocation, Effects
from segnb.worth.show import reached_table

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


# What is found


def test_the_segment_with_an_effect_is_named_and_choosing_pays(tmp_path):
    result = found(tmp_path, contacts(400), budget=Budget(amount=100.0))
    assert result.kind == "experiment"
    assert result["s1", "offer", "response"].clear
    assert not result["s2", "offer", "response"].clear
    assert result.choice.pays
    assert (result.action("s1"), result.action("s2")) == ("offer", "")
    assert "Choosing by segment earns" in result.headline.text
    assert re.search(r"clear in Savers\n", said(result))
    assert result.margin == pytest.approx(1 - 12 / 23, abs=0.01)
    spending = sb.budget(result)
    assert [(each.segment, each.action) for each in spending.shares] == [("s1", "offer")]
    assert spending.shares[0].customers == 100  # the money ends there
    assert spending.spent == pytest.approx(100)
    assert spending.next > 0
    assert spending.worse < spending.gain
    assert spending.low < spending.gain < spending.high
    assert "Offer for 100 customers of Savers: $100 spent" in spending.headline.text


def test_without_a_difference_between_segments_everyone_is_treated_alike(tmp_path):
    result = found(tmp_path, contacts(200, lift=(0.3, 0.3)))
    assert not result.choice.pays
    assert result.headline.text == "Treating everyone alike may earn as much"
    assert result.action("s1") == result.action("s2") == "offer"


def test_results_come_back_from_disk_and_repeat_to_the_byte(tmp_path):
    budget = Budget(amount=100.0, margin=0.5)
    first = found(tmp_path, contacts(60), budget=budget)
    again = found(tmp_path, contacts(60).sample(frac=1, random_state=1), budget=budget)
    assert first == again
    for name, result in (("effects", first), ("spending", sb.budget(first))):
        paths = store.save(result, tmp_path / "a", name)
        twice = store.save(result, tmp_path / "b", name)
        assert [each.read_bytes() for each in paths] == [each.read_bytes() for each in twice]
    assert store.load(Effects, tmp_path / "a", "effects") == first
    assert store.load(Allocation, tmp_path / "a", "spending") == sb.budget(first)


def test_it_speaks_german(tmp_path):
    german = Voice("de_DE", "EUR")
    result = replace(found(tmp_path, contacts(400), budget=Budget(amount=100.0)), voice=german)
    assert "Nach Segment zu wählen bringt" in said(result)
    assert "Wirkung von „offer“: klar bei Savers" in said(result)
    assert "über die Kosten hinaus" in said(sb.budget(result))


def test_charts_say_the_finding_and_hold_the_numbers(tmp_path):
    result = found(tmp_path, contacts(400), budget=Budget(amount=100.0))
    ((chart,),) = sb.charts.worth.effects(result).blocks()[0].columns
    assert chart.title.startswith("offer earns more than it costs in Savers")
    assert [row[0].text for row in chart.data.rows] == ["Savers", "Spenders", "All segments"]
    assert len(chart.alt) <= 150
    (bars,) = sb.charts.worth.allocation(sb.budget(result)).blocks()
    assert bars.title == "Savers, offer: 100% of the expected gain"
    assert len(bars.alt) <= 150


# Which contacts count


def test_campaigns_from_before_the_segments_were_complete_are_left_out_and_counted(tmp_path):
    late, early = contacts(40), contacts(40, campaign="early", on="2024-05-01", seed=1)
    both = pd.concat([late, early])
    result = found(tmp_path, both)
    assert {each.campaign for each in result.arms} == {"box"}
    assert result.left_out == {"formed_later": 80}
    assert "80 contacts are left out, since they came before the segments were complete" in said(result)
    assert not result.formed_later


def test_only_early_campaigns_stay_with_a_caution(tmp_path):
    result = found(tmp_path, contacts(40, on="2024-05-01").assign(response_time=""))
    assert result.formed_later
    assert "segments were formed on days after the contact" in said(result)
    undated = found(tmp_path, contacts(40), windows=Windows(None, None))
    assert not undated.formed_later


def test_several_campaigns_are_told_one_by_one_and_together(tmp_path):
    both = pd.concat([contacts(100), contacts(100, campaign="more", on="2024-11-01", seed=1)])
    result = found(tmp_path, both)
    single = [each for each in result.effects if each.campaign and each.measure == "response"]
    assert [(each.campaign, each.n_action) for each in single] == [("box", 100), ("more", 100)]
    assert result["all", "offer", "response"].n_action == 200
    assert "The same campaign by campaign" in said(result)


def test_a_customer_in_two_arms_of_a_campaign_is_left_out_and_counted(tmp_path):
    table = contacts(40)
    twice = table.iloc[[0]].assign(arm="offer")
    result = found(tmp_path, pd.concat([table, twice]))
    assert result.left_out == {"two_arms": 1}
    assert result["s1", "offer", "response"].n_control == 19
    assert "One customer stood in two arms of the same campaign and is left out" in said(result)


def test_a_further_contact_in_the_same_arm_is_added_to_the_first(tmp_path):
    table = contacts(40)
    result = found(tmp_path, pd.concat([table, table.iloc[[1]]]))
    assert (result.left_out, result.mended) == ({}, {"repeated": 1})
    assert result["s1", "offer", "profit"].n_action == 20


def test_a_response_before_its_contact_counts_as_none(tmp_path):
    table = contacts(40, lift=(0.9, 0.9))
    table.loc[table["response"] == "yes", "response_time"] = "2024-08-01"
    result = found(tmp_path, table)
    assert result.mended["before_contact"] == (table["response"] == "yes").sum()
    assert result["all", "offer", "response"].with_action == 0
    assert result["all", "offer", "revenue"].with_action == 0
    assert result.choice is None
    assert "Too few customers brought any revenue" in said(result)


def test_a_missing_response_counts_as_none_and_is_said(tmp_path):
    table = contacts(40)
    table.loc[:4, "response"] = ""
    result = found(tmp_path, table)
    assert result.mended == {"no_response": 5}
    assert result["s1", "offer", "response"].n_action == 20


def test_contacts_in_no_segment_without_an_arm_or_without_a_control_are_counted(tmp_path):
    table = contacts(40)
    strangers = table.iloc[:3].assign(customer_id=["x1", "x2", "x3"])
    nameless = table.iloc[:2].assign(customer_id=["s1-900", "s1-901"], arm="")
    alone = contacts(5, arms=("offer",), campaign="alone")
    result = found(tmp_path, pd.concat([table, strangers, nameless, alone]))
    assert result.left_out == {"no_segment": 3, "no_arm": 2, "no_control": 10}


# Gaps and faults


@pytest.mark.parametrize(
    ("table", "without", "kind", "words"),
    [
        (None, (), "no campaigns", "hold no campaign"),
        (contacts(40), ("arm",), "no arms", "Nobody was chosen for a campaign by lot"),
        (contacts(40, arms=("offer",)), (), "no control", "No campaign has an arm called control"),
        (contacts(40, arms=("control",)), (), "no control", "No campaign has an arm called control"),
        (contacts(40, arms=("a", "b")), (), "no control", "No campaign has an arm called control"),
        (
            contacts(40),
            ("response", "response_time", "revenue"),
            "no outcome",
            "neither responses nor revenue",
        ),
    ],
    ids=["no table", "no arms", "one arm", "control alone", "two actions", "no outcome"],
)
def test_without_an_experiment_nothing_is_called_a_cause(tmp_path, table, without, kind, words):
    result = found(tmp_path, table, without=without, budget=Budget(amount=10.0, costs={"offer": 2.0}))
    assert result.kind == kind
    assert result.effects == () and result.choice is None and result.action("s1") is None
    text = said(result)
    assert "cannot be known from these data" in text and words in text
    assert "because" not in text and "Effect of" not in text
    assert result.reached[0].needed > 0
    planned = reached_table(result)
    labels = [each.label for each in planned.columns]
    anyone = any(each.reached for each in result.reached)
    assert ("Customers reached" in labels) == anyone
    assert ("nobody has been reached" in planned.subtitle) != anyone
    spending = sb.budget(result)
    assert (spending.kind, spending.shares) == ("no effect", ())
    assert "Cost of the test: offer" in text
    assert sb.charts.worth.effects(result).blocks() == () == sb.charts.worth.allocation(spending).blocks()


def test_a_response_rate_counts_each_customer_once(tmp_path):
    table = contacts(100, arms=("offer",), lift=(0.5, 0.3))
    twice = pd.concat([table, table.assign(campaign="more", contact_time="2024-11-01", response="no")])
    reached = found(tmp_path, twice).reached[0]
    assert reached.reached == 100
    first = table["customer_id"].str.startswith("s1")
    assert reached.rate == (table["response"].eq("yes") & first).sum() / 100


def test_a_response_rate_on_which_few_stand_is_hidden(tmp_path):
    table = contacts(200, arms=("offer",), lift=(0.5, 0))
    answered = table.index[table["customer_id"].str.startswith("s2") & table["response"].eq("yes")]
    table.loc[answered[6:], ["response", "response_time"]] = ["no", ""]
    many, few, together = found(tmp_path, table).reached
    # How many responded in all is told with the data, and would tell of the few with that of the many.
    assert (many.reached, many.rate, many.limit) == (200, None, None)
    assert (few.reached, few.rate, few.low, few.limit) == (200, None, None, (-1, 0.05))
    assert (together.reached, together.rate) == (400, table["response"].eq("yes").sum() / 400)


def test_of_few_who_responded_only_the_difference_is_shown(tmp_path):
    table = contacts(200, lift=(0.5, 0))
    answered = table.index[table["arm"].eq("control") & table["response"].eq("yes")]
    first = answered[table.loc[answered, "customer_id"].str.startswith("s1")]
    table.loc[first[3:], ["response", "response_time", "revenue"]] = ["no", "", "0"]
    result = found(tmp_path, table)
    hidden = result["s1", "offer", "response"]
    assert (hidden.with_action, hidden.without) == (None, None) and hidden.difference is not None
    row = result.blocks()[1].rows[0]
    assert "against" not in row[2].small and row[2].text.endswith("*")
    rates = contacts(400, lift=(0.5, 0.3))
    assert found(tmp_path, rates)["s1", "offer", "response"].with_action is not None


def test_a_segment_too_few_of_whom_were_drawn_is_hidden_and_gets_no_money(tmp_path):
    table = contacts(100, lift=(0.4, 0.4))
    few = table[(table["customer_id"].str[:2] == "s1") | (table.index % 100 < 18)]
    result = found(tmp_path, few, budget=Budget(amount=500.0))
    assert result["s2", "offer", "response"].difference is None
    assert result["all", "offer", "response"].difference is None
    assert {each.segment for each in result.prospects} == {"s1"}
    assert {each.segment for each in sb.budget(result).shares} == {"s1"}


def test_an_arm_without_customers_in_a_segment_is_hidden(tmp_path):
    table = contacts(100)
    result = found(tmp_path, table[(table["arm"] == "control") | (table["customer_id"].str[:2] == "s1")])
    assert result["s2", "offer", "profit"].n_action is None
    assert result["s1", "offer", "profit"].n_action == 50
    assert result.choice.actions["s2"] == ""


def test_a_contact_that_costs_less_than_nothing_is_refused(tmp_path):
    table = contacts(20)
    table.loc[3, "cost"] = "-1"
    with pytest.raises(InputError, match=r"campaigns\.cost: contacts cost less than nothing \(1 row\)"):
        found(tmp_path, table)


def test_an_action_that_costs_nothing_has_no_return_and_goes_to_all_who_gain(tmp_path):
    result = found(tmp_path, contacts(200, lift=(0.5, 0.5)), budget=Budget(amount=1.0, costs={"offer": 0.0}))
    assert "per $1 spent" not in said(result)
    spending = sb.budget(result)
    assert sum(each.customers for each in spending.shares) == 400
    assert spending.spent == 0


def test_costs_of_the_budget_stand_for_those_of_the_table(tmp_path):
    cheap = found(tmp_path, contacts(100), budget=Budget(amount=9.0))
    dear = found(tmp_path, contacts(100), budget=Budget(amount=9.0, costs={"offer": 3.0}))
    change = dear["s1", "offer", "profit"].difference - cheap["s1", "offer", "profit"].difference
    assert change == pytest.approx(-2)
    assert {each.cost for each in dear.prospects} == {3.0}


def test_a_cost_for_an_action_that_no_arm_bears_gets_the_nearest_name(tmp_path):
    with pytest.raises(ParameterError, match=r"is named 'ofer'\. Did you mean 'offer'"):
        found(tmp_path, contacts(20), budget=Budget(amount=9.0, costs={"ofer": 3.0}))
    with pytest.raises(ParameterError, match="rise is 5, but must be a share"):
        found(tmp_path, contacts(20), rise=5)


def test_without_a_budget_the_result_says_how_to_declare_one(tmp_path):
    spending = sb.budget(found(tmp_path, contacts(40)))
    assert spending.kind == "no budget"
    assert "No budget was given, so this report does not say where" in said(spending)
    assert not any(isinstance(each, Headline) for each in spending.blocks())


def test_without_revenue_responses_are_told_and_no_money_is_placed(tmp_path):
    result = found(tmp_path, contacts(100), without=("revenue",), budget=Budget(amount=9.0))
    assert "profit" not in result and "response" in result
    assert "what an action is worth in money cannot be said" in said(result)
    assert sb.budget(result).kind == "no effect"


def test_what_is_not_known_of_cost_is_said(tmp_path):
    bare = found(tmp_path, contacts(40), without=("cost",), orders_cost=False)
    assert (bare.margin, bare.costs_known) == (None, False)
    text = said(bare)
    assert "all revenue counts as earned" in text and "counts as nothing" in text
    assert "Revenue less contact cost, per customer" in text


def test_where_no_action_earns_its_cost_the_budget_is_kept(tmp_path):
    result = found(tmp_path, contacts(200, lift=(0, 0)), budget=Budget(amount=9.0, costs={"offer": 50.0}))
    spending = sb.budget(result)
    assert (spending.shares, spending.gain) == ((), 0)
    assert spending.headline.text == "No action is expected to earn its cost"
    assert result.choice.single == ""
