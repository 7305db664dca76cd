"""The playbook: conditions that mean what they say, faults with their lines, advice with its evidence."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from personas_sample import VOICE, tell

from segnb.conditions import parse
from segnb.document.blocks import Fields, Paragraph, from_json, to_json
from segnb.errors import ParameterError
from segnb.kpis.definition import KPIS
from segnb.kpis.leakage import Leak
from segnb.personas import Playbook, describe, playbook
from segnb.personas.advice import Advice, advise, holds
from segnb.personas.contrast import Contrast
from segnb.personas.estimates import Estimate
from segnb.personas.figures import LATER, SPECIAL, figures, known
from segnb.personas.later import later_contrasts
from segnb.personas.spend import category_spend, declared_attributes
from segnb.personas.worth import one_more_order, segment_revenue
from segnb.playbook_file import LONGEST_ACTION, PLACEHOLDER, read_rules
from segnb.segmentation import Windows
from segnb.store import load, save
from segnb.tables.opened import open_tables

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
SHIPPED = Path(__file__).parent.parent / "params" / "playbook.yaml"
KNOWN = {"discount_share", "orders_per_month", "response_rate", "trust", "top_category", "top_category_spend"}


def figure(ours, others, spread=0.01, name="discount_share", unit="share", label="Discount"):
    """Return a contrast whose intervals reach ``spread`` to either side; None leaves them out."""

    def estimate(value):
        return (
            Estimate(value, 100) if spread is None else Estimate(value, 100, value - spread, value + spread)
        )

    return Contrast(name, label, unit, "mean", estimate(ours), estimate(others), "transactions")


HIGH, LOW, SAME = figure(0.25, 0.14), figure(0.10, 0.14), figure(0.15, 0.145)


@pytest.mark.parametrize(
    ("phrase", "held"),
    [
        ("discount_share clearly above others", [True, False, False]),
        ("discount_share clearly below others", [False, True, False]),
        ("discount_share like others", [False, False, True]),
        ("discount_share above 20%", [True, False, False]),
        ("discount_share below 0.12", [False, True, False]),
        ("discount_share  clearly above  24.5%", [False, False, False]),
        ("discount_share clearly above 14.5%", [True, False, False]),
        ("discount_share known", [True, True, True]),
    ],
)
def test_conditions_mean_what_they_say(phrase, held):
    condition = parse(phrase)
    assert [holds(condition, {"discount_share": each}) for each in (HIGH, LOW, SAME)] == held
    assert not holds(condition, {})


def test_a_clear_difference_that_is_small_is_like_others():
    close = figure(0.15, 0.14, spread=0.001)
    assert close.direction == 1
    assert not holds(parse("discount_share clearly above others"), {"discount_share": close})
    assert holds(parse("discount_share like others"), {"discount_share": close})


def test_without_an_interval_nothing_is_clear():
    vague = {"discount_share": figure(0.9, 0.1, spread=None)}
    for phrase in ("clearly above others", "clearly below others", "like others", "clearly above 10%"):
        assert not holds(parse(f"discount_share {phrase}"), vague)
    assert holds(parse("discount_share above 10%"), vague)


def test_words_are_compared_as_words():
    assert holds(parse("trust is C or D"), {"trust": "D"})
    assert not holds(parse("trust is C or D"), {"trust": "A"})
    assert not holds(parse("trust like others"), {"trust": "A"})
    assert holds(parse("segment is at_risk"), {"segment": "at_risk"})


@pytest.mark.parametrize(
    "phrase",
    ["discount_share is clearly above others", "discount share above 3", "above others", "x above", "x > 3"],
)
def test_a_phrase_that_is_no_condition_is_explained(phrase):
    with pytest.raises(ValueError, match="Write it as 'FIGURE clearly above others'"):
        parse(phrase)


def write(folder, text):
    path = folder / "playbook.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_faults_are_listed_with_their_lines_and_nearest_names(tmp_path):
    path = write(
        tmp_path,
        "massage:\n"
        "  - say: Hello\n"
        "price:\n"
        "  - when: [discount_share clearly more than others]\n"
        "    say: Less\n"
        "  - if: [trust is D]\n"
        "    say: '{discount_share.odders}'\n"
        "action:\n"
        "  - say: one two three four five six seven eight nine ten eleven\n"
        "tone:\n"
        "  - when: [trust is D]\n",
    )
    with pytest.raises(ParameterError) as caught:
        read_rules(path, KNOWN)
    text = str(caught.value)
    assert text.startswith("6 faults:")
    for expected in (
        "playbook.yaml, line 1, massage: there is no such key. Did you mean 'message'?",
        "line 4, price[0].when[0]: 'discount_share clearly more than others' is no condition",
        "line 6, price[1].if: there is no such key. Choose one of: when, say",
        "line 7, price[1].say: {discount_share.odders} asks for 'odders'. Did you mean 'others'?",
        "line 9, action[0].say: an action has at most 10 words, this one has 11",
        "line 11, tone[0].say: is missing",
    ):
        assert expected in text


def test_an_unknown_figure_is_named_with_the_nearest_one(tmp_path):
    path = write(tmp_path, "price:\n  - when: [discont_share above 3]\n    say: '{order_per_month}'\n")
    with pytest.raises(ParameterError) as caught:
        read_rules(path, KNOWN)
    told = str(caught.value)
    assert "line 2, price[0].when[0]: there is no figure 'discont_share'. Did you mean 'discount_sha" in told
    assert "line 3, price[0].say: there is no figure 'order_per_month'. Did you mean 'orders_per_mon" in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("price: &a [x]\ntone: *a\n", "line 2, tone: the alias *a is refused"),
        ("price: !!python/object/apply:os.system [ls]\n", "line 1, price: the tag"),
        ("price: []\nprice: []\n", "line 1, price: the key is given twice, on lines 1, 2"),
        ("? [price]\n: []\n", "a key must be text"),
        ("price: [\n", "line 1: is not valid YAML"),
        ("- price\n", "line 1: expected keys and values"),
        ("", "playbook.yaml: is empty"),
        ("price: " + "[" * 3000, "nested more than 50 levels deep"),
        (
            "price:\n  - say: 3\n",
            "line 2, price[0].say: expected text, got the whole number 3. Quote it: '3'",
        ),
        ("price:\n  - say: '{discount_share.__class__}'\n", "asks for '__class__'"),
        ("price:\n  - say: '{0}'\n", "{0} is no figure"),
        ("price:\n  - say: 'half { open'\n", "a brace is left open"),
        ("price:\n  - say: ''\n", "price[0].say: needs 1 or more characters"),
    ],
)
def test_a_file_that_could_do_harm_or_is_none_is_refused(tmp_path, text, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        read_rules(write(tmp_path, text), KNOWN)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ParameterError, match=r"none\.yaml: there is no such file"):
        read_rules(tmp_path / "none.yaml", KNOWN)


def test_fields_whose_rules_are_all_commented_out_give_no_advice(tmp_path):
    for advice in advise(
        read_rules(write(tmp_path, "price:\n  # - say: x\n"), KNOWN), {"discount_share": HIGH}, VOICE
    ).values():
        assert advice.empty


def test_the_first_rule_that_holds_is_said_with_formatted_figures(tmp_path):
    path = write(
        tmp_path,
        "price:\n"
        "  - when: [response_rate known]\n"
        "    say: Never\n"
        "  - when: [discount_share clearly above others]\n"
        "    say: '{discount_share} not {discount_share.others}; {discount_share.interval}; {top_category}'\n"
        "  - say: Later\n"
        "tone:\n"
        "  - say: '{top_category} first'\n",
    )
    found = advise(read_rules(path, KNOWN), {"discount_share": HIGH, "top_category": "Meat"}, VOICE)
    assert found["price"].text == "25% not 14%; 25% (24–26%); meat"
    assert found["tone"].text == "Meat first"
    evidence = [each.evidence for each in found["price"].spans(VOICE) if each.evidence]
    assert [each.value for each in evidence] == ["25% (24–26%)"]
    assert evidence[0].compared_with == "everyone else"


def test_a_sentence_on_a_figure_that_is_not_there_is_not_said(tmp_path):
    path = write(tmp_path, "price:\n  - say: '{response_rate} responded'\n  - say: Plain\n")
    assert advise(read_rules(path, KNOWN), {}, VOICE)["price"].text == "Plain"


def test_a_category_cannot_smuggle_a_figure_in(tmp_path):
    path = write(tmp_path, "tone:\n  - say: 'Show {top_category}'\n")
    found = advise(
        read_rules(path, KNOWN), {"top_category": "{discount_share}", "discount_share": HIGH}, VOICE
    )
    assert found["tone"].text == "Show {discount_share}"


# The shipped playbook, on the made-up shop


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
def by_segment(story, personas, kpis):
    later = later_contrasts(kpis, story.segmentation, story.tables)
    return {
        key: figures(key, personas[key], later[key], kpis, story.segmentation) for key in personas.segments
    }


def test_the_shipped_playbook_is_sound(by_segment):
    rules = read_rules(SHIPPED, known(by_segment))
    listed = [rule for several in rules.by_field().values() for rule in several]
    assert len(listed) >= 40
    assert all(several for several in rules.by_field().values())
    for rule in rules.action:
        assert len(rule.say.split()) <= LONGEST_ACTION
    # A proposal that no experiment supports is called a test.
    assert all("est" in rule.say for rule in listed if re.search(r"\b(bundle|reminder|prompt)", rule.say))


def test_every_shipped_figure_is_one_that_the_kit_makes(by_segment):
    rules = read_rules(SHIPPED, known(by_segment))
    named = {name for several in rules.by_field().values() for rule in several for name in rule.figures}
    rfm = {"recency_days", "frequency", "monetary"}
    here = {name for found in by_segment.values() for name in found}
    assert named <= here | rfm | set(SPECIAL) | set(KPIS)


def test_planted_segments_get_the_advice_that_they_call_for(plan):
    assert "Name the price cut" in plan.advice["s2"]["message"].text
    assert plan.action("s2").startswith("Lead with")
    assert "full basket" in plan.advice["s3"]["message"].text
    assert plan.action("s4").startswith("Spend little")
    assert "discount" not in plan.action("s3").lower()


def test_advice_says_the_figures_of_its_evidence(plan, by_segment):
    said = 0
    for key, fields in plan.advice.items():
        for field, advice in fields.items():
            if advice.empty or field == "action":
                continue
            named = {each.name for each in advice.grounds}
            numbers = re.findall(r"[$]?[\d.,]*\d%?", advice.text)
            sides = [each.said(VOICE, side) for each in advice.grounds for side in ("ours", "others")]
            told = " ".join([*sides, *(each.evidence(VOICE).value for each in advice.grounds)])
            shown = set(re.findall(r"[$]?[\d.,]*\d%?", told))
            indices = {f"{100 * each.ours.value / each.others.value:.0f}" for each in advice.grounds} | {
                "100"
            }
            assert set(numbers) <= shown | indices | {"17", "00"}, advice.text
            assert len(advice.spans(VOICE)) == 1 + len(advice.grounds)
            assert named <= {each.name for each in by_segment[key].values() if isinstance(each, Contrast)}
            said += 1
    assert said >= 15


def test_later_values_are_those_of_the_kpis_and_of_everyone_else(story, kpis, by_segment):
    orders = story.tables.orders.execute()
    window = story.windows.measure
    inside = orders[(orders.order_day >= str(window.start)) & (orders.order_day <= str(window.end))]
    labels = story.segmentation.labels
    spent = inside.groupby("customer_id")["amount"].sum().astype(float).reindex(labels.index).fillna(0)
    for key in story.segmentation.segments:
        contrast = by_segment[key]["revenue_per_customer"]
        others = labels.isin(story.segmentation.segments) & (labels != key)
        assert contrast.ours.value == kpis["revenue_per_customer", key].value
        assert contrast.ours.value == pytest.approx(spent[labels == key].mean())
        assert contrast.others.value == pytest.approx(spent[others].mean())
        assert contrast.others.n == others.sum()
        assert by_segment[key]["revenue_share"].others.value == pytest.approx(
            1 - by_segment[key]["revenue_share"].ours.value
        )


def test_tastes_are_those_of_the_lines_within_the_window(story, personas):
    lines, window = story.tables.transactions.execute(), story.windows.form
    lines = lines[(lines.order_day >= str(window.start)) & (lines.order_day <= str(window.end))]
    lines = lines.assign(
        amount=lines["amount"].astype(float), segment=lines["customer_id"].map(story.segmentation.labels)
    )
    lines = lines[lines["segment"].isin(story.segmentation.segments)]
    for key in story.segmentation.segments:
        inside = lines["segment"] == key
        shares = [
            part.groupby("category")["amount"].sum() / part["amount"].sum()
            for part in (lines[inside], lines[~inside])
        ]
        assert personas[key].tastes
        for each in personas[key].tastes:
            category = each.category.lower()
            assert each.spend.ours.value == pytest.approx(shares[0][category])
            assert each.spend.others.value == pytest.approx(shares[1][category])
            spent = lines[inside & (lines["category"] == category)].groupby("customer_id")["amount"].sum()
            if each.bought is None:  # nearly all did, in this segment or another one
                continue
            assert each.bought.ours.value == pytest.approx((spent > 0).sum() / each.bought.ours.n)
            assert each.bought.ours.n == lines.loc[inside, "customer_id"].nunique()
            whole = lines[inside].groupby("customer_id")["amount"].sum()
            residuals = spent.reindex(whole.index).fillna(0) - each.spend.ours.value * whole
            error = (len(whole) / (len(whole) - 1) * (residuals**2).sum()) ** 0.5 / whole.sum()
            assert each.spend.ours.certain == ((spent > 0).sum() >= 100)
            if each.spend.ours.certain:
                assert each.spend.ours.high - each.spend.ours.value == pytest.approx(1.97 * error, rel=0.02)


def test_sums_of_money_are_the_same_at_any_number_of_threads(story):
    found = [
        category_spend(
            open_tables(story.tables.folder, threads=threads), story.windows.form, story.segmentation
        )
        for threads in (1, 2, 3)
    ]
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])


def test_what_is_personal_is_never_said(story, personas, plan):
    personal = story.tables["personal"].execute().drop(columns="customer_id")
    assert not set(personal) & set(declared_attributes(story.tables))
    told = str(to_json([personas.claims, personas.overview, plan.claims, plan.fields]))
    assert not any(
        str(value) in told for column in personal for value in personal[column] if len(str(value)) > 4
    )


def test_a_measure_keeps_its_name_and_the_kpi_of_that_name_is_the_later_one(by_segment):
    found = by_segment["s2"]
    assert "2023" in found["discount_share"].source
    assert "July–December 2024" in found[LATER + "discount_share"].source


MORE = re.compile(
    r"more often|spend more|larger|deeper|More of|They answer|better|more on|pay more|more surely"
    r"|recommend more|return more"
)
LESS = re.compile(
    r"less often|spend less|smaller|closer|Fewer of|Few of them answer|worse|less on|pay less|less surely"
    r"|recommend less|return less"
)


def test_later_claims_hold_in_their_intervals(plan):
    for claims in plan.later.values():
        for claim in claims:
            contrast = claim.contrast
            assert contrast.said(VOICE) in claim.text
            assert contrast.said(VOICE, "others") in claim.text
            more = MORE.search(claim.text)
            less = LESS.search(claim.text)
            assert bool(more) == (contrast.direction > 0), claim.text
            assert bool(less) == (contrast.direction < 0), claim.text
    assert any(claim.contrast.direction for claims in plan.later.values() for claim in claims)


def test_nobody_who_orders_twice_a_year_is_reckoned_to_order_monthly(kpis):
    def with_orders(number):
        return replace(
            kpis,
            measured=tuple(
                replace(each, value=number) if each.kpi == "orders_per_month" else each
                for each in kpis.measured
            ),
        )

    key = kpis.order[0]
    often, seldom = (one_more_order(with_orders(number), key) for number in (1.5, 0.2))
    assert often.amount == pytest.approx(seldom.amount * kpis.windows.measure.months)
    assert (often.step, seldom.step) == ("month", "window")
    # One more from those who order less than once in all these days would more than double what they do.
    assert one_more_order(with_orders(0.9 / kpis.windows.measure.months), key) is None


def test_worth_is_plain_arithmetic(story, kpis, plan):
    for key in kpis.segments:
        worth = one_more_order(kpis, key)
        months = story.windows.measure.months
        often = {each: kpis["orders_per_month", each].value or 0.0 for each in kpis.segments}
        if kpis["average_order_value", key].value is None or often[key] * months < 1:
            assert worth is None
            continue
        customers = int((story.segmentation.labels == key).sum())
        order = kpis["average_order_value", key].value
        months = months if min(often.values()) >= 1 else 1
        assert worth.amount == pytest.approx(customers * months * order)
        assert worth.monthly is (months > 1)
        assert worth.share == pytest.approx(worth.amount / segment_revenue(kpis))
        text = plan.what_it_is_worth.parts[key][1].content[0].text
        assert VOICE.money(worth.amount) in text
        assert text.endswith("Arithmetic, not a forecast.")


def test_a_segment_that_does_not_come_back_gets_no_advice_of_its_own_though_it_is_accepted(story, kpis):
    passports = {**story.segmentation.passports}
    passports["s2"] = type(passports["s2"])(passports["s2"].size, "D", 0.4)
    found = type(story.segmentation)(**{**story.segmentation.__dict__, "passports": passports})
    accepted = describe(story.features, found, story.tables, accept_unstable=True)
    advice = playbook(accepted, kpis, found, story.tables, SHIPPED)
    assert advice.action("s2") == "Nothing as a group: it is not stable"
    assert "does not come back" in advice.advice["s2"]["message"].text


def test_each_field_holds_advice_or_is_named_as_one_without_evidence(plan):
    titles = [
        "What to say",
        "Tone",
        "What to show",
        "Channel",
        "Price",
        "Product next",
        "Timing",
        "When not to target",
    ]
    seen = []
    for key, (heading, block, *rest) in plan.fields.parts.items():
        assert heading.text == "What to do"
        assert isinstance(block, Fields)
        advised = [each.title for each in block.items]
        assert advised == [each for each in titles if each in advised]
        assert {each.title for each in block.items if each.stop} == {"When not to target"} & {*advised}
        left = [each for each in titles if each not in advised]
        open_ = {name for name, each in plan.advice[key].items() if each.empty}
        assert len(open_) == len(left)
        said = "".join(each.text for paragraph in rest for each in paragraph.content)
        assert said == (
            f"No evidence in these data on {VOICE.listed([each.lower() for each in left])}." if left else ""
        )
        seen += left
    assert seen
    assert from_json(to_json([plan.fields])) == (plan.fields,)


def test_the_playbook_comes_back_from_disk_as_it_was(plan, tmp_path):
    save(plan, tmp_path, "playbook")
    assert load(Playbook, tmp_path, "playbook") == plan


def test_without_a_later_window_nothing_is_worth_a_forecast(story):
    whole = type(story)(story.tables, story.features, story.segmentation, Windows(story.windows.form, None))
    kpis = whole.kpis()
    assert one_more_order(kpis, "s1") is None
    later = later_contrasts(kpis, whole.segmentation, whole.tables)
    assert all(each.used for each in later["s1"])


def test_every_placeholder_of_the_shipped_playbook_is_filled(plan):
    for fields in plan.advice.values():
        for advice in fields.values():
            assert not PLACEHOLDER.search(advice.text)


def test_a_segment_without_any_evidence_says_so_once(plan):
    bare = {name: Advice("") for name in next(iter(plan.advice.values()))}
    heading, none, said = replace(plan, advice={"s1": bare}).fields.parts["s1"]
    assert heading.small == ""
    assert none == Fields(items=())
    assert isinstance(said, Paragraph) and said.content[0].text.startswith(
        "No evidence in these data on what to"
    )


def test_nothing_is_said_of_later_days_where_nothing_was_measured_in_them(plan):
    assert replace(plan, compared=False).claims.parts == {}
    assert plan.claims.parts.keys() == plan.advice.keys()


def test_a_change_that_moves_back_by_itself_is_none_of_what_they_did_next(story, personas, kpis, plan):
    def said(told):
        return {claim.contrast.name for claims in told.later.values() for claim in claims}

    first = min(said(plan))
    moved = replace(kpis, leaks=(*kpis.leaks, Leak(first, "past")))
    again = playbook(personas, moved, story.segmentation, story.tables, SHIPPED)
    assert first not in said(again) and said(again)
