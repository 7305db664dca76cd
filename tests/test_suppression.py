"""No count of too few customers can be worked out from all published numbers together: a solver tries."""

import json
import time
from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest
from kpi_sample import WINDOWS, segmentation, tables_of
from scipy.optimize import linprog, milp

import segnb as sb
from segnb import store
from segnb.bases.definition import Context
from segnb.bases.level_table import level_table
from segnb.bases.prediction_evidence import Checked, _lift, _untold
from segnb.bases.transitions import moves_table
from segnb.kpis import KPIS
from segnb.personas.attributes import attribute_claims
from segnb.personas.contrast import feature_contrasts
from segnb.personas.tastes import tastes
from segnb.segmentation import Feature, FeatureTable
from segnb.suppression import Hidden, conceal, conceal_cells, conceal_table
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.words import Voice
from segnb.worth.responses import reached
from segnb.worth.results import ALL

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

FEW = 10
PARTS = ("form", "measure", "outside")
MONTHS = WINDOWS.measure.months
KPI_PARTS = {
    "customer_share": ("customers", "customers", "customers"),
    "revenue_share": ("amount measure", "amount measure", "customers"),
    "revenue_per_customer": ("amount measure", "customers", "customers"),
    "orders_per_month": ("orders measure", "months", "customers"),
    "average_order_value": ("amount measure", "orders measure", "buyers measure"),
    "active_rate": ("buyers measure", "customers", "customers"),
    "repeat_rate": ("repeaters", "buyers measure", "buyers measure"),
    "discount_share": ("discount", "list price", "buyers measure"),
    "response_rate": ("responders", "reached", "reached"),
    "churn_rate": ("lost", "buyers form", "buyers form"),
    "buyer_growth": ("buyers measure", "buyers form", "buyers form"),
    "revenue_growth": ("amount measure", "amount form", "buyers form"),
    "discounted_orders": ("discounted orders", "orders measure", "buyers measure"),
    "days_between_orders": ("days waited", "further orders", "repeaters"),
    "top_fifth_share": ("top fifth", "amount measure", "buyers measure"),
}
"""Numerator, denominator and the count behind each KPI; of growth what became of the denominator."""
GROWTH = ("buyer_growth", "revenue_growth")
OF_ALL = ("customer_share", "revenue_share")
COUNTS = (
    "customers",
    "buyers measure",
    "repeaters",
    "responders",
    "reached",
    "buyers form",
    "buyers outside",
)


def clientele(folder, noise=40):
    """Four segments, six buyers in s3, four responders in s4, and two reasons to be left out."""
    sizes = {"s1": 120, "s2": 90, "s3": 60, "s4": 70, "unassigned: missing value": 3}
    sizes |= {"unassigned: noise": noise} if noise else {}
    responders = {"s1": 40, "s2": 30, "s3": 15, "s4": 4}
    rng = np.random.default_rng(8)
    labels, orders, campaigns = {}, [], []
    for place, (group, size) in enumerate(sizes.items()):
        for number in range(size):
            customer = f"{place}{number:03d}"
            labels[customer] = group
            days = [f"2024-{month:02d}-10" for month in (2, 4)]
            if group != "s3" or number < 6:
                days += [f"2024-{month:02d}-10" for month in (8, 10, 12)[: 1 + number % 3]]
            for at, day in enumerate(days):
                amount = round(float(rng.lognormal(3, 0.5)), 2)
                orders.append((customer, f"{customer}-{at}", day, amount, round(amount / 10, 2)))
            if group in responders:
                campaigns.append((customer, "2024-09-01", "yes" if number < responders[group] else "no", "a"))
    tables = tables_of(folder, orders, campaigns)
    return tables, segmentation(pd.Series(labels).rename_axis("customer_id"))


def truth(tables, made):
    """Return the true value of every unknown, by group and name."""
    found = Counter()
    orders = tables.orders.execute()
    groups = orders["customer_id"].map(made.labels)
    for span, window in (("form", WINDOWS.form), ("measure", WINDOWS.measure)):
        inside = orders["order_day"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))
        for group, rows in orders[inside].groupby(groups[inside]):
            bought = rows["customer_id"].value_counts()
            found[group, f"buyers {span}"] = len(bought)
            found[group, f"orders {span}"] = len(rows)
            found[group, f"amount {span}"] = float(rows["amount"].sum())
            if span == "measure":
                found[group, "repeaters"] = int((bought > 1).sum())
                found[group, "discount"] = float(rows["discount"].sum())
                found[group, "discounted orders"] = int((rows["discount"] > 0).sum())
                found[group, "further orders"] = len(rows) - len(bought)
                first = rows.groupby("customer_id")["order_day"].min()
                waited = (pd.Timestamp(WINDOWS.measure.end) - first).dt.days
                found[group, "days waited"] = int(waited.sum())
                spent = rows.groupby("customer_id")["amount"].sum().astype(float).reset_index()
                top = KPIS["top_fifth_share"](spent.assign(orders=1.0).set_index("customer_id"))
                found[group, "top fifth"] = float(top.numerator.sum())
    earlier, later = (
        orders[orders["order_day"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))]
        for window in (WINDOWS.form, WINDOWS.measure)
    )
    lost = pd.Index(sorted(set(earlier["customer_id"]) - set(later["customer_id"])))
    for group, customers in lost.groupby(lost.map(made.labels)).items():
        found[group, "lost"] = len(customers)
    contacts = tables.campaigns.execute()
    for group, rows in contacts.groupby(contacts["customer_id"].map(made.labels)):
        found[group, "reached"], found[group, "responders"] = len(rows), int(rows["response"].sum())
    for group, size in made.labels.value_counts().items():
        found[group, "customers"] = size
    return found


class Attack:
    """All published numbers as linear equations, and what they leave open."""

    def __init__(self, groups):
        names = ["customers", "repeaters", "discount", "reached", "responders", "lost"]
        names += ["discounted orders", "days waited", "further orders", "top fifth"]
        names += [f"{what} {span}" for what in ("buyers", "orders", "amount") for span in PARTS]
        self.at = {
            key: place for place, key in enumerate((group, name) for group in groups for name in names)
        }
        self.groups, self.rows, self.limits = groups, [], []
        for group in groups:
            self.below({(group, "responders"): 1, (group, "reached"): -1})
            self.below({(group, "reached"): 1, (group, "customers"): -1})
            self.below({(group, "repeaters"): 1, (group, "buyers measure"): -1})
            self.below({(group, "repeaters"): 1, (group, "further orders"): -1})
            self.below({(group, "discounted orders"): 1, (group, "orders measure"): -1})
            # Whoever bought before and is not lost has bought again.
            self.below({(group, "lost"): 1, (group, "buyers form"): -1})
            self.below({(group, "buyers form"): 1, (group, "lost"): -1, (group, "buyers measure"): -1})
            for span in PARTS:
                self.below({(group, f"buyers {span}"): 1, (group, "customers"): -1})
                self.below({(group, f"buyers {span}"): 1, (group, f"orders {span}"): -1})

    def below(self, terms, limit=0.0):
        row = np.zeros(len(self.at))
        for key, factor in terms.items():
            row[self.at[key]] += factor
        self.rows.append(row)
        self.limits.append(limit)

    def equal(self, terms, value):
        slack = 1e-6 * max(1.0, abs(value), *(abs(each) for each in terms.values()))
        self.below(terms, value + slack)
        self.below({key: -factor for key, factor in terms.items()}, -value + slack)

    def terms(self, groups, name, factor=1.0):
        if name == "months":
            return self.terms(groups, "customers", factor * MONTHS)
        if name == "list price":
            return self.terms(groups, "amount measure", factor) | self.terms(groups, "discount", factor)
        spans = [name.replace("whole", span) for span in PARTS] if name.endswith("whole") else [name]
        return {(group, each): factor for group in groups for each in spans}

    def kpi(self, name, groups, everyone, value, n):
        above, below, count = KPI_PARTS[name]
        value += name in GROWTH
        whole = self.terms(everyone if name in OF_ALL else groups, below, -value)
        together = Counter(self.terms(groups, above))
        for key, factor in whole.items():
            together[key] += factor
        if name != "top_fifth_share" or len(groups) == 1:  # the top fifth of all is not that of each
            self.equal(together, 0.0)
        if n is not None:
            self.equal(self.terms(groups, count), n)

    def span(self, group, name, less=""):
        """Return the least and the most that a count, or one less another, can be."""
        goal = np.zeros(len(self.at))
        for key, factor in (
            self.terms([group], name) | (self.terms([group], less, -1) if less else {})
        ).items():
            goal[self.at[key]] = factor
        ends = []
        for sign in (1, -1):
            found = linprog(sign * goal, np.array(self.rows), self.limits, bounds=(0, 1e6), method="highs")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return ends


def published(kpis, folder):
    """Return the result as its file holds it: nothing else of it is published."""
    store.save(kpis, folder, "kpis")
    return json.loads((folder / "kpis.json").read_text())


def attacked(kpis, made, tables, folder):
    """Return an attack with all that the run tells, and with what all tables hold, which is no secret."""
    told = published(kpis, folder)
    segments = list(made.segments)
    outside = sorted(set(made.labels) - set(segments))
    attack = Attack([*segments, *outside])
    members = {segment: [segment] for segment in segments} | {"all": segments, "total": attack.groups}
    members |= {each: [each] for each in outside} | {"unassigned: several reasons": outside}
    for row in told["measured"]:
        if row["value"] is not None:
            attack.kpi(row["kpi"], members[row["group"]], segments, row["value"], row["n"])
    for row in told["totals"]:
        groups = members[row["group"]]
        if row["customers"] is not None:
            attack.equal(attack.terms(groups, "customers"), row["customers"])
        for span, take in row["takes"].items():
            for what in ("orders", "amount"):
                if take[what] is not None:
                    attack.equal(attack.terms(groups, f"{what} {span}"), float(take[what]))
    bought = tables.orders.aggregate(orders=tables.orders.count(), amount=tables.orders.amount.sum())
    whole = bought.execute().iloc[0]
    attack.equal(attack.terms(attack.groups, "customers"), len(made.labels))
    attack.equal(attack.terms(attack.groups, "orders whole"), float(whole["orders"]))
    attack.equal(attack.terms(attack.groups, "amount whole"), float(whole["amount"]))
    return attack


def test_the_true_counts_satisfy_what_is_published(tmp_path):
    """Else the solver's answers would mean nothing."""
    tables, made = clientele(tmp_path)
    attack = attacked(sb.measure(tables, made, WINDOWS, min_cell=1), made, tables, tmp_path / "kept")
    known = truth(tables, made)
    point = np.array([known[key] for key in attack.at])
    assert (np.array(attack.rows) @ point <= np.array(attack.limits) + 1e-6).all()
    for key in (("s3", "buyers measure"), ("s4", "responders"), ("unassigned: noise", "customers")):
        assert attack.span(*key) == pytest.approx([known[key]] * 2, abs=0.1), "with no limit all is told"


def test_no_count_of_too_few_can_be_worked_out(tmp_path):
    tables, made = clientele(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=FEW)
    attack, known = attacked(found, made, tables, tmp_path / "kept"), truth(tables, made)
    few = [key for key in attack.at if key[1] in COUNTS and 0 < known[key] < FEW]
    assert {
        ("s3", "buyers measure"),
        ("s4", "responders"),
        ("unassigned: missing value", "customers"),
        ("unassigned: missing value", "buyers measure"),
    } <= set(few)
    told = {key: ends for key in few if (ends := attack.span(*key))[1] - ends[0] < FEW}
    assert not told
    for group, name in (("s3", "orders measure"), ("s3", "amount measure")):
        low, high = attack.span(group, name)
        assert high - low > FEW, "what so few bought is not told either"
    # What rests on enough customers is told as before.
    assert found["response_rate", "s1"].value is not None
    assert found["revenue_per_customer", "s1"].value is not None
    assert found["customer_share", "s3"].value is not None


RESTS = (
    ("customers", "buyers measure"),
    ("customers", "buyers form"),
    ("customers", "reached"),
    ("buyers measure", "repeaters"),
    ("reached", "responders"),
    ("buyers form", "lost"),
)
"""What one set of customers leaves of another: those who said no."""


def nearly_all(folder):
    """Three segments; in s1 four did not buy again and three did not respond, in s2 five bought once."""
    sizes, silent = {"s1": 120, "s2": 90, "s3": 100}, {"s1": 4, "s2": 30, "s3": 20}
    once, refused, unasked = (
        {"s1": 30, "s2": 5, "s3": 25},
        {"s1": 3, "s2": 40, "s3": 20},
        {"s1": 20, "s2": 6, "s3": 0},
    )
    rng, labels, orders, campaigns = np.random.default_rng(3), {}, [], []
    for place, (group, size) in enumerate(sizes.items()):
        for number in range(size):
            customer = f"{place}{number:03d}"
            labels[customer] = group
            days = ["2024-02-10"]
            if number >= silent[group]:
                days += ["2024-08-10"] + ["2024-10-10"] * (number >= silent[group] + once[group])
            for at, day in enumerate(days):
                amount = round(float(rng.lognormal(3, 0.5)), 2)
                orders.append((customer, f"{customer}-{at}", day, amount, round(amount / 10, 2)))
            if number >= unasked[group]:
                answer = "no" if number < unasked[group] + refused[group] else "yes"
                campaigns.append((customer, "2024-09-01", answer, "a"))
    tables = tables_of(folder, orders, campaigns)
    return tables, segmentation(pd.Series(labels).rename_axis("customer_id"))


def few_left(attack, known):
    """Return what the attack learns of sets of too few, counting those who said no."""
    pairs = [(name, "") for name in COUNTS] + list(RESTS)
    found = {}
    for group in attack.groups:
        for name, less in pairs:
            count = known[group, name] - (known[group, less] if less else 0)
            if 0 < count < FEW:
                found[group, name, less] = attack.span(group, name, less)
    return found


def test_how_few_said_no_cannot_be_worked_out_either(tmp_path):
    tables, made = nearly_all(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=FEW)
    attack, known = attacked(found, made, tables, tmp_path / "kept"), truth(tables, made)
    spans = few_left(attack, known)
    assert {
        ("s1", "customers", "buyers measure"),
        ("s1", "reached", "responders"),
        ("s2", "buyers measure", "repeaters"),
        ("s2", "customers", "reached"),
    } <= set(spans)
    assert not {key: ends for key, ends in spans.items() if ends[1] - ends[0] < FEW}
    # What does not tell how many said no is told as before; only the number asked is not.
    order = found["average_order_value", "s1"]
    assert order.value is not None
    assert order.n is None
    assert found["active_rate", "s2"].value is not None


def test_with_no_limit_it_is_told_how_few_said_no(tmp_path):
    tables, made = nearly_all(tmp_path)
    attack = attacked(sb.measure(tables, made, WINDOWS, min_cell=1), made, tables, tmp_path / "kept")
    known = truth(tables, made)
    for (group, name, less), ends in few_left(attack, known).items():
        count = known[group, name] - (known[group, less] if less else 0)
        assert ends == pytest.approx([count] * 2, abs=0.1), (group, name, less)


def test_what_a_few_left_out_bought_cannot_be_worked_out(tmp_path):
    """That they are three follows from the sizes of segments and tables, which are no secret."""
    tables, made = clientele(tmp_path, noise=0)
    attack = attacked(sb.measure(tables, made, WINDOWS, min_cell=FEW), made, tables, tmp_path / "kept")
    for name in ("orders measure", "amount measure", "orders form", "orders whole", "amount whole"):
        low, high = attack.span("unassigned: missing value", name)
        assert high - low > FEW, name


@pytest.mark.parametrize(
    ("counts", "keep_total", "hidden"),
    [
        ({"a": 50, "b": 20, "c": 0}, True, Hidden()),
        ({"a": 50, "b": 20, "c": 4}, True, Hidden(frozenset("bc"))),
        ({"a": 50, "b": 20, "c": 4}, False, Hidden(frozenset("c"), total=True)),
        ({"a": 50, "b": 7, "c": 4}, True, Hidden(frozenset("bc"))),
        # Two that are 17 together, each below 10, would be 8 at least.
        ({"a": 50, "b": 9, "c": 8}, True, Hidden(frozenset("abc"))),
        # One that is known to be 10 or more leaves 2 at most of 12.
        ({"a": 50, "b": 10, "c": 2}, True, Hidden(frozenset("ac"))),
        ({"a": 11, "b": 10, "c": 2}, True, Hidden(frozenset("abc"), total=True)),
        ({"a": 50, "b": 2, "c": 4}, True, Hidden(frozenset("abc"))),
        ({"a": 4}, True, Hidden(frozenset("a"), total=True)),
        ({"a": 2, "b": 3}, True, Hidden(frozenset("ab"), total=True)),
    ],
)
def test_who_is_hidden_follows_from_the_counts_alone(counts, keep_total, hidden):
    assert conceal(counts, min_cell=FEW, keep_total=keep_total) == hidden


def test_no_small_count_of_a_table_lies_between_close_ends():
    """In whole numbers, and for a reader who knows the rule: small ones are small, others are not."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        counts = np.where(rng.random((4, 5)) < 0.2, rng.integers(1, 10, (4, 5)), rng.integers(10, 60, (4, 5)))
        hidden = conceal_table(counts, FEW)
        small = (counts > 0) & (counts < FEW)
        assert hidden[small].all()
        lines = np.array([line & hidden for line in lines_of(counts)], dtype=float).reshape(9, -1)
        at = hidden.ravel()
        totals = lines @ counts.ravel()
        low = np.where(small, 1, FEW).ravel()[at]
        high = np.where(small, FEW - 1, np.inf).ravel()[at]
        for goal in np.eye(at.sum())[small.ravel()[at]]:
            ends = [
                sign
                * milp(
                    sign * goal,
                    integrality=np.ones(len(goal)),
                    bounds=(low, high),
                    constraints=(lines[:, at], totals, totals),
                ).fun
                for sign in (1, -1)
            ]
            assert ends[1] - ends[0] >= 4
    assert not conceal_table(np.full((3, 3), 50), FEW).any()


def lines_of(counts):
    rows, columns = np.indices(counts.shape)
    return [rows == place for place in range(len(counts))] + [
        columns == place for place in range(counts.shape[1])
    ]


def test_a_rare_value_of_an_attribute_is_unsaid_in_a_second_segment_too():
    """Else everyone's count less those of the segments that are told would be the rare one."""
    sizes, singles = {"s1": 200, "s2": 150, "s3": 120}, {"s1": 120, "s2": 20, "s3": 4}
    values = [
        "single" if number < singles[segment] else "couple"
        for segment, size in sizes.items()
        for number in range(size)
    ]
    labels = [segment for segment, size in sizes.items() for _ in range(size)]
    ids = pd.Index([f"{number:04d}" for number in range(len(labels))], name="customer_id")
    made = segmentation(pd.Series(labels, index=ids))
    claims = attribute_claims(pd.DataFrame({"household": values}, index=ids), made, min_cell=FEW, source="x")
    assert set(claims) == {"s1"}
    frequent = [
        "single" if number % 3 else "couple" for segment, size in sizes.items() for number in range(size)
    ]
    told = attribute_claims(pd.DataFrame({"household": frequent}, index=ids), made, min_cell=FEW, source="x")
    assert set(told) == {"s1", "s2", "s3"}


def test_a_category_that_few_bought_is_unsaid_in_a_second_segment_too():
    buyers = {"s1": 150, "s2": 30, "s3": 4}
    labels = pd.Series({f"{key}{number}": key for key in buyers for number in range(200)})
    sums = {"part": 900.0, "part_squared": 9e3, "product": 4e4, "whole": 8e3, "whole_squared": 5e5, "n": 200}
    spend = pd.DataFrame(
        [{"segment": key, "category": "tea", "buyers": count, **sums} for key, count in buyers.items()]
    )
    found = tastes(spend, segmentation(labels), min_cell=FEW, source="x")
    assert {key for key, listed in found.items() if listed} == {"s1"}
    all_told = tastes(spend.assign(buyers=[150, 30, 14]), segmentation(labels), min_cell=FEW, source="x")
    assert all(all_told.values())


def test_a_category_that_nearly_all_bought_does_not_tell_who_did_not():
    buyers = {"s1": 197, "s2": 150, "s3": 120}
    labels = pd.Series({f"{key}{number}": key for key in buyers for number in range(200)})
    sums = {"part": 900.0, "part_squared": 9e3, "product": 4e4, "whole": 8e3, "whole_squared": 5e5, "n": 200}

    def told(buyers):
        rows = [{"segment": key, "category": "tea", "buyers": count, **sums} for key, count in buyers.items()]
        return tastes(pd.DataFrame(rows), segmentation(labels), min_cell=FEW, source="x")

    found = told(buyers)
    assert all(listed[0].spend.ours.value > 0 for listed in found.values())
    # Everyone's number less those of two segments would be the third's.
    assert [key for key, (taste,) in found.items() if taste.bought] == ["s3"]
    assert all(taste.bought for (taste,) in told(buyers | {"s1": 180}).values())


def test_a_yes_or_no_measure_does_not_tell_how_few_said_no():
    """As a mean, .985 of 200 customers would be three who said no."""
    said = {"s1": 197, "s2": 100}
    labels = pd.Series({f"{key}{number:03d}": key for key in said for number in range(200)})
    values = [float(number < said[key]) for key in said for number in range(200)]
    frame = pd.DataFrame({"app": values}, index=labels.index.rename("customer_id"))
    table = FeatureTable(frame, (Feature("app", "Uses the app", "share"),), "behavioural", None)
    made = segmentation(labels.rename_axis("customer_id"))
    found = feature_contrasts(table, made, min_cell=FEW, source="x")["s1"][0]
    assert (found.ours.value, found.ours.bound) == (0.95, 1)
    # All less the others would be the three: that of everyone else only a limit is told, too.
    assert (found.others.value, found.others.bound) == (0.53, -1)


def test_one_level_of_few_is_not_what_the_others_leave():
    held = pd.Series(["Detractors"] * 4 + ["Passives"] * 80 + ["Promoters"] * 116)
    feature = Feature(
        "nps_group", "Group", "number", "ordinal", levels=("Detractors", "Passives", "Promoters")
    )
    table = level_table(held, feature, {}, subtitle="", voice=Voice(), min_cell=FEW)
    assert [row[0].text for row in table.rows] == ["Promoters"]
    assert "nor what they could be worked out from" in table.note
    enough = level_table(
        held.replace("Detractors", "Passives"), feature, {}, subtitle="", voice=Voice(), min_cell=FEW
    )
    assert [row[0].text for row in enough.rows] == ["Passives", "Promoters"]


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_prediction_does_not_tell_of_few_who_said_yes_or_no(answer):
    """Of three segments one has four answers of a kind, and the next smallest goes with it."""
    counts = (4, 30, 60)
    answers = np.concatenate([np.r_[np.full(few, answer), np.full(100 - few, 1 - answer)] for few in counts])
    assert _untold([answers[:100], answers[100:200], answers[200:]], FEW) == {0, 1}
    assert _untold([answers[100:200], answers[200:]], FEW) == set()


def reached_by(asked, yes, sizes):
    rows = [
        {"segment": key, "customer_id": f"{key}{number}", "arm": None, "responded": float(number < yes[key])}
        for key, count in asked.items()
        for number in range(count)
    ]
    return {each.segment: each for each in reached(pd.DataFrame(rows), sizes, FEW, 0.05)}


def test_contacts_do_not_tell_of_few_who_said_no_or_were_not_reached():
    sizes = {"s1": 100, "s2": 100, "s3": 100}
    found = reached_by({"s1": 80, "s2": 96, "s3": 70}, {"s1": 66, "s2": 40, "s3": 65}, sizes)
    # Of s3 five said no, of which a limit is told; s2 was reached but for four. How many of all were reached
    # and how many responded is told with the data: so the next smallest goes with each.
    assert (found["s3"].reached, found["s3"].rate, found["s3"].limit) == (70, None, (1, 0.85))
    assert (found["s2"].reached, found["s2"].rate, found["s2"].limit) == (None, None, None)
    assert (found["s1"].reached, found["s1"].rate, found["s1"].limit) == (None, None, None)
    assert (found[ALL].reached, found[ALL].rate) == (246, pytest.approx(171 / 246))
    enough = reached_by({"s1": 80, "s2": 90, "s3": 70}, {"s1": 60, "s2": 40, "s3": 30}, sizes)
    assert [each.rate for each in enough.values()] == pytest.approx([0.75, 4 / 9, 3 / 7, 130 / 240])


def profiled(folder, buyers, spenders, customers=60):
    ids = [f"c{number:02d}" for number in range(customers)]
    pd.DataFrame({"customer_id": ids}).to_csv(folder / "customers.csv", index=False)
    orders = {
        "customer_id": ids[:buyers],
        "order_time": "2024-03-10",
        "amount": [10 + number if number < spenders else 0 for number in range(buyers)],
    }
    pd.DataFrame(orders).to_csv(folder / "orders.csv", index=False)
    columns = {"customer_id": "customer_id", "order_time": "order_time", "amount": "amount"}
    data = Data.model_validate(
        {
            "customers": {"source": "customers.csv"},
            "transactions": {"source": "orders.csv", **columns},
        }
    )
    tables = read(data, as_of=date(2024, 3, 31), root=folder, cache=folder / "cache")
    return sb.profile(tables, min_cell=FEW)


def test_the_profile_does_not_tell_how_few_bought_or_spent_nothing(tmp_path):
    for name, buyers, spenders in (("few", 57, 54), ("enough", 45, 30)):
        (tmp_path / name).mkdir()
        found = profiled(tmp_path / name, buyers, spenders)
        told = buyers if name == "enough" else None
        assert found.totals.buyers == told
        ids = next(
            each for each in found.columns if (each.table, each.name) == ("transactions", "customer_id")
        )
        assert ids.distinct == told
        assert found.spend.nothing == (15 if told else None)
        # Else all buyers less those in bins would be those who spent nothing.
        assert sum(found.spend.customers) == (30 if told else buyers)


def test_what_lies_between_two_parts_reached_does_not_tell_of_few():
    """Of the second tenth, by their chances, three did so: the difference of two shares would be theirs."""
    tenths = (20, 3, 15, 12, 12, 10, 10, 10, 4, 4)
    answers = np.concatenate([np.r_[np.ones(yes), np.zeros(40 - yes)] for yes in tenths])
    checked = Checked(answers, np.linspace(1, 0, 400), np.zeros(400, dtype=int))

    def reached_parts(min_cell):
        (figure,) = _lift(checked, "Buys", "", Context(Voice(), min_cell, None))
        return [row[0].text for row in figure.data.rows]

    assert reached_parts(FEW) == ["10%", "30%", "50%"]
    assert reached_parts(3) == ["10%", "20%", "30%", "50%"]


def test_the_moves_of_the_largest_stage_are_no_title_where_the_table_hides_them():
    """Four of a stage went one way; the share that stayed is hidden beside it, and the title told it."""
    moves = {"Repeat": {"Repeat": 14, "Lapsed": 60, "Loyal": 4}, "Loyal": {"Repeat": 16, "Loyal": 20}}
    pairs = [(old, new) for old, ways in moves.items() for new, number in ways.items() for _ in range(number)]
    before, after = (pd.Series([pair[place] for pair in pairs]) for place in (0, 1))

    def told(min_cell):
        stages, days = ("Lead", "Repeat", "Loyal", "Lapsed"), (date(2024, 3, 31), date(2024, 6, 30))
        (table,) = moves_table(before, after, stages, Voice(), min_cell, *days)
        return table

    assert told(FEW).rows[0][1].text == "–"
    assert told(FEW).title == Voice().say("bases.lifecycle.moves_plain")
    assert "18%" in told(3).title


def test_candidates_among_many_empty_cells_are_weighed_at_once():
    counts = np.zeros(1_000_000, dtype=int)
    counts[::300] = np.random.default_rng(0).integers(13, 500, len(counts[::300]))
    counts[[7, 11]] = 3, 12
    everyone, lower = np.ones(len(counts), dtype=bool), np.arange(len(counts)) < 500_000
    begun = time.process_time()
    hidden = conceal_cells(counts, [everyone, lower, ~lower], FEW)
    assert np.flatnonzero(hidden).tolist() == [7, 11]
    # One by one, each over all cells, they took nine seconds.
    assert time.process_time() - begun < 5
