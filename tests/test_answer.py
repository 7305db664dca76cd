"""The first screen: a sentence with two numbers, a verdict, a table that adds up."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from personas_sample import VOICE, tell

from segnb.clustering.separation import SCALE
from segnb.document.blocks import Bar, Facts, Grade, Swatch, Table, Verdict, Whisker, from_json, to_json
from segnb.document.text import plain
from segnb.kpis.measured import GroupTotals, Lead
from segnb.personas import answer, facts, playbook
from segnb.personas.answer_table import answer_table
from segnb.personas.verdict import verdict
from segnb.segmentation import Note, Passport, Structure

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
SHIPPED = Path(__file__).parent.parent / "params" / "playbook.yaml"


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return tell(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def personas(story):
    return story.personas()


@pytest.fixture(scope="module")
def kpis(story):
    return story.kpis()


@pytest.fixture(scope="module")
def plan(story, personas, kpis):
    return playbook(personas, kpis, story.segmentation, story.tables, SHIPPED)


@pytest.fixture(scope="module")
def shown(story, personas, kpis, plan):
    return answer(story.segmentation, personas, kpis, plan)


@pytest.fixture(scope="module")
def later(story):
    """What each customer of a segment spent in the later window, and the segment."""
    orders, window = story.tables.orders.execute(), story.windows.measure
    inside = orders[(orders.order_day >= str(window.start)) & (orders.order_day <= str(window.end))]
    labels = story.segmentation.labels
    labels = labels[labels.isin(story.segmentation.segments)]
    spent = inside.groupby("customer_id")["amount"].sum().astype(float).reindex(labels.index).fillna(0)
    return spent, labels


def judged(story, **changes):
    return replace(story.segmentation, **changes)


def test_the_sentence_has_two_numbers_that_are_the_datas_own(shown, later, kpis):
    text = shown.headline.text
    assert len(text.split()) <= 12
    spent, labels = later
    leading = labels.isin(kpis.lead.segments)
    customers, revenue = f"{leading.mean():.0%}", f"{spent[leading].sum() / spent.sum():.0%}"
    assert re.findall(r"\d+%", text)[-1] == revenue
    if "of customers" in text:
        assert re.findall(r"\d+%", text) == [customers, revenue]


def test_the_lede_says_how_much_more_and_the_interval(shown, later, kpis, personas):
    spent, labels = later
    leading = labels.isin(kpis.lead.segments)
    times = spent[leading].mean() / spent[~leading].mean()
    text = "".join(each.text for each in shown.headline.lede)
    assert f"{times:.1f} times as much per customer" in text
    assert VOICE.interval(kpis.lead.low, kpis.lead.high, "share") in text
    assert all(personas[each].name in text for each in kpis.lead.segments)
    assert "July–December 2024" in text
    assert "test before spending on the rest" in text


def test_the_lede_names_the_largest_lever_and_calls_it_arithmetic(shown, plan, personas):
    text = "".join(each.text for each in shown.headline.lede)
    amounts = {key: each.amount for key, each in plan.worth.items() if each}
    best = max(amounts, key=lambda key: amounts[key])
    assert f"worth most from {personas[best].name}: {VOICE.money(amounts[best])}, " in text
    assert "not a forecast" in text


def test_no_lever_is_named_that_comes_first_by_luck(story, personas, kpis, plan):
    amounts = {key: each.amount for key, each in plan.worth.items() if each}
    best = max(amounts, key=lambda key: amounts[key])
    drawn_in = tuple(
        replace(each, pooled=each.value / 100)
        if (each.kpi, each.group) == ("average_order_value", best)
        else each
        for each in kpis.measured
    )
    told = answer(story.segmentation, personas, replace(kpis, measured=drawn_in), plan)
    assert "worth most" not in plain([told.headline])


def test_rows_stand_by_revenue_and_add_up(shown, later, story, kpis, personas):
    spent, labels = later
    sums = spent.groupby(labels).sum().sort_values(ascending=False)
    assert list(kpis.order) == list(sums.index)
    table = shown.table
    assert table.role == "answer"
    assert [row[0].text for row in table.rows] == [personas[key].name for key in sums.index]
    for key, row in zip(sums.index, table.rows, strict=True):
        name, customers, revenue, value, trust, action = row
        assert name.small == personas[key].who
        assert isinstance(name.mark, Swatch)
        assert name.mark.segment == story.segmentation.position(key)
        assert customers.text == f"{(labels == key).mean():.0%}"
        assert revenue.text == f"{sums[key] / sums.sum():.0%}"
        assert value.text == VOICE.money(spent[labels == key].mean())
        if sums[key] == 0:
            # Nobody of the segment spent anything: no sample of that can say how sure it is.
            assert value.mark is None
        else:
            assert value.mark.low <= value.mark.value < value.mark.high
        assert (trust.text, trust.small) == ("highly stable", "overlap 0.90")
        assert 1 <= len(action.text.split()) <= 10
    assert f"{len(labels)} customers, {VOICE.money(spent.sum())}." in table.subtitle


def test_bars_share_one_scale_and_whiskers_one_axis(shown, kpis):
    bars = [cell.mark for row in shown.table.rows for cell in row if isinstance(cell.mark, Bar)]
    assert max(each.value for each in bars) == 1
    shares = [kpis[kpi, key].value for key in kpis.order for kpi in ("customer_share", "revenue_share")]
    assert [each.value for each in bars] == pytest.approx([each / max(shares) for each in shares])
    whiskers = [cell.mark for row in shown.table.rows for cell in row if isinstance(cell.mark, Whisker)]
    assert len({(each.axis, each.ticks) for each in whiskers}) == 1
    (axis, ticks) = whiskers[0].axis, whiskers[0].ticks
    assert axis[0] == 0
    assert all(axis[0] <= each.low and each.high <= axis[1] for each in whiskers)
    assert 2 <= len(ticks) <= 3
    assert all(axis[0] <= at <= axis[1] for at, _ in ticks)


def test_whom_the_rows_leave_out_is_counted(shown, kpis, story):
    outside = [each for each in kpis.totals if each.left_out]
    everyone = story.tables.customers.count().execute()
    assert (
        sum(each.customers for each in outside)
        == everyone - story.segmentation.labels.isin(story.segmentation.segments).sum()
    )
    text = shown.table.subtitle
    assert f"{sum(each.customers for each in outside)} more customers" in text
    assert VOICE.money(float(sum(each.takes["measure"].amount for each in outside))) in text


def test_hidden_counts_stay_hidden(story, kpis, personas, plan):
    hidden = tuple(
        GroupTotals(each.group, None, each.takes, each.left_out) if each.left_out else each
        for each in kpis.totals
    )
    table = answer_table(story.segmentation, personas, replace(kpis, totals=hidden), plan)
    assert "more customer" not in table.subtitle


def test_the_note_explains_letters_and_test(shown):
    assert "A highly stable" in shown.table.note
    assert "“Test” means: no experiment" in shown.table.note


@pytest.mark.parametrize("kind", SCALE)
def test_the_verdict_stands_on_its_scale(story, kind):
    box = verdict(judged(story, verdict=Structure(kind, story.segmentation.verdict.evidence)))
    assert len(box.scale) == 4
    assert box.scale[box.position].lower() == kind
    assert len(box.sentences) == 3
    text = " ".join(span.text for sentence in box.sentences for span in sentence)
    assert "{" not in text
    said = "lies between the groups in each of 5" if kind == "natural" else "random halvings, and did not"
    assert said in text


def test_the_verdict_says_the_range_of_overlaps(story):
    passports = dict(story.segmentation.passports)
    passports["s1"] = Passport(100, "B", 0.78)
    box = verdict(judged(story, passports=passports))
    assert "78–90%" in box.sentences[0][0].text
    assert "four groups" in box.sentences[0][0].text


def test_the_verdict_says_what_single_columns_had_to_do_with_it(story):
    notes = (
        Note("derived", "spend_per_month", ("orders_per_month",)),
        Note("atom", "orders_per_month", value=1.0),
    )
    found = Structure("reproducible", story.segmentation.verdict.evidence, notes)
    text = " ".join(each[0].text for each in verdict(judged(story, verdict=found)).sentences)
    assert "left out spend per month, which follows from orders per month" in text
    assert "Those with 1 as their orders per month stand apart" in text


@pytest.mark.parametrize("kind", ["by rule", "too few rows"])
def test_off_the_scale_there_is_no_position(story, kind):
    rule = {key: Passport(100, "by rule") for key in story.segmentation.segments}
    box = verdict(judged(story, verdict=Structure(kind), passports=rule))
    assert (box.scale, box.position) == ((), None)
    assert len(box.sentences) == 2


def test_without_groups_there_is_no_table_and_no_segment_is_named(story, kpis):
    none = judged(story, verdict=Structure("none", story.segmentation.verdict.evidence))
    personas = story.personas(verdict=none.verdict)
    plan = playbook(personas, kpis, none, story.tables, SHIPPED)
    shown = answer(none, personas, kpis, plan)
    assert shown.headline.text == "These customers form no separate groups"
    assert shown.table is None
    assert [type(each) for each in shown.blocks()[1:]] == [Verdict]
    assert plan.fields.parts == plan.claims.parts == plan.what_it_is_worth.parts == {}
    assert facts(none, personas, kpis).parts == {}
    assert not any(name in str(to_json(shown.blocks())) for name in personas.names.values())


def test_one_segment_is_not_compared(story):
    labels = story.segmentation.labels.where(
        ~story.segmentation.labels.isin(story.segmentation.segments), "s1"
    )
    alone = {"labels": labels, "segments": ("s1",), "passports": {"s1": Passport(len(labels), "A", 0.9)}}
    personas, kpis, found = story.personas(**alone), story.kpis(**alone), judged(story, **alone)
    shown = answer(found, personas, kpis, playbook(personas, kpis, found, story.tables, SHIPPED))
    assert shown.headline.text == f"All {len(labels)} customers fall into one group"
    assert len(shown.table.rows) == 1
    assert shown.table.title == "The one segment"


def test_without_money_the_table_has_no_money(story, kpis, personas, plan):
    poor = replace(
        kpis,
        definitions=tuple(each for each in kpis.definitions if each.name == "customer_share"),
        measured=tuple(each for each in kpis.measured if each.kpi == "customer_share"),
        lead=None,
        totals=tuple(
            replace(each, takes={span: replace(take, amount=None) for span, take in each.takes.items()})
            for each in kpis.totals
        ),
    )
    shown = answer(story.segmentation, personas, poor, plan)
    assert re.fullmatch(r"Four segments; the largest holds \d+% of customers", shown.headline.text)
    assert [each.label for each in shown.table.columns] == [
        "Segment",
        "Share of customers",
        "Does it come back?",
        "What to do next",
    ]
    assert "$" not in shown.table.subtitle
    (first, *_), *_ = facts(story.segmentation, personas, poor).parts.values()
    assert [each.label for each in first.items] == ["Customers", "Trust"]


def test_data_that_advise_nothing_leave_no_column_of_it(story, kpis, personas, plan):
    silent = replace(plan, advice={key: {} for key in plan.advice})
    poor = replace(kpis, lead=None)
    shown = answer(story.segmentation, personas, poor, silent)
    assert "What to do next" not in [each.label for each in shown.table.columns]
    assert "“Test” means" not in shown.table.note
    lede = "".join(each.text for each in shown.headline.lede)
    assert lede.startswith("These data tell who they are, not what to do for each")
    told = "".join(each.text for each in answer(story.segmentation, personas, poor, plan).headline.lede)
    assert told == "Test before spending on any of them."
    assert {len(row) for row in shown.table.rows} == {len(shown.table.columns)}


@pytest.mark.parametrize(
    ("kind", "words"), [("unstable", "Do not act on single segments"), ("too few rows", "Decide nothing")]
)
def test_a_weak_verdict_changes_the_decision(story, kpis, personas, plan, kind, words):
    weak = judged(story, verdict=Structure(kind, {"customers": 120.0}))
    text = "".join(each.text for each in answer(weak, personas, kpis, plan).headline.lede)
    assert words in text
    assert "Keep these" not in text
    assert "One more order" not in text


def test_many_who_spend_little_are_not_to_be_kept_first(story, kpis, personas, plan):
    def said(told):
        lede = answer(story.segmentation, personas, told, plan).headline.lede
        return "".join(each.text for each in lede)

    assert "Keep th" in said(kpis)
    poorest = min(kpis.segments, key=lambda key: kpis["revenue_per_customer", key].value)
    crowd = (*kpis.lead.segments, poorest)
    shares = [sum(kpis[name, key].value for key in crowd) for name in ("customer_share", "revenue_share")]
    leading = Lead(crowd, *shares, low=shares[1] - 0.01, high=shares[1] + 0.01)
    text = said(replace(kpis, lead=leading))
    assert "Test before spending on any of them" in text
    assert "Keep th" not in text


def test_segments_by_rule_have_no_grade(story, kpis, personas, plan):
    passports = {key: Passport(each.size, "by rule") for key, each in story.segmentation.passports.items()}
    rule = judged(story, verdict=Structure("by rule"), passports=passports)
    table = answer(rule, personas, kpis, plan).table
    assert not any(isinstance(cell.mark, Grade) for row in table.rows for cell in row)
    assert {row[4].text for row in table.rows} == {"by\u00a0rule"}
    assert "have no grade" in table.note
    (block,) = facts(rule, personas, kpis).parts["s1"]
    assert (block.items[-1].value, block.items[-1].small) == ("by\u00a0rule", "")


def test_facts_are_the_datas_own(story, kpis, personas, later):
    spent, labels = later
    for key, (block,) in facts(story.segmentation, personas, kpis).parts.items():
        assert isinstance(block, Facts)
        customers, revenue, value, trust = block.items
        assert customers.value == str((labels == key).sum())
        assert customers.small == f"{(labels == key).mean():.0%}"
        assert revenue.value == VOICE.money(spent[labels == key].sum())
        assert revenue.small == f"{spent[labels == key].sum() / spent.sum():.0%} of all"
        assert value.value == VOICE.money(spent[labels == key].mean())
        interval = kpis["revenue_per_customer", key].interval
        assert (interval is None) == (spent[labels == key].sum() == 0)
        assert value.small == (VOICE.interval(*interval, "money") if interval else "too few for an interval")
        assert (trust.value, trust.small) == ("A", "highly stable, overlap 0.90")


def test_every_block_can_travel(shown):
    assert isinstance(shown.table, Table)
    assert from_json(to_json(shown.blocks())) == shown.blocks()
