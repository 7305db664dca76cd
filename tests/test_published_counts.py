"""Everything that a run publishes together tells no count of too few: a solver looks through all of it."""

import json
import shutil
from datetime import date

import numpy as np
import pandas as pd
import planted_run as planted
import pytest
from published import MEMBERS, Published, asked
from published_files import read_run
from published_shapes import Reading

import segnb as sb
from segnb.bases import predictive
from segnb.bases.lifecycle import Rule, stages
from segnb.personas import rules
from segnb.personas.personas import Personas
from segnb.segmentation import FeatureTable, Segmentation
from segnb.store import load
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.words import Voice

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")]

FEW, LEAST, NARROW = 10, 3, 4
AS_OF, FORM = date(2024, 12, 31), (date(2024, 1, 1), date(2024, 6, 30))
LATER = date(2025, 1, 31), (date(2024, 2, 1), date(2024, 7, 31))
MONTHS = [f"retention_{number}" for number in range(1, 7)]
RATES = {"active_rate", "repeat_rate", "churn_rate", "response_rate", *MONTHS}
COUNTED = {
    "average_order_value": "active_rate",
    "top_fifth_share": "active_rate",
    "items_per_order": "active_rate",
    "category_mix_tea": "active_rate",
    "category_mix_jam": "active_rate",
    "days_between_orders": "repeat_rate",
    "revenue_growth": asked("churn_rate"),
    "customer_share": MEMBERS,
    "nps": asked("nps"),
}
WORDS = {
    "Number": MEMBERS,
    "Customers": MEMBERS,
    "Customers held out": MEMBERS,
    "Did so": "did so",
    "Customers reached": asked("response_rate"),
    "Responded at least once": "response_rate",
    **{f"Month {number}": each for number, each in enumerate(MONTHS, start=1)},
    **{f"+{number}": f"+{number}" for number in range(1, 6)},
}
PLANTED = {
    "active_rate",
    "repeat_rate",
    "churn_rate",
    "response_rate",
    asked("response_rate"),
    asked("churn_rate"),
    "retention_2",
    "Bought soap at all",
    "Bought jam at all",
    "member",
    "member=yes",
    "city=Adorf",
    "city=Cedorf",
    "city=Dedorf",
    "was Repeat customers",
    "was Lapsed customers",
    "nps=Promoters",
    "rule of s1 in personas",
    "rule of s3 in personas",
    "did so",
    MEMBERS,
}
UNTOLD = {"nps=Promoters", "member", "rule of s1 in personas", "rule of s3 in personas"}
"""What is told of these leaves a range whatever the limit: a net of two counts, all strangers together."""
CHANCES = ("Highest chance", "Medium chance", "Lowest chance")
SCORES = ("Detractors", "Passives", "Promoters")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / "project"
    planted.write_project(folder)
    return folder


@pytest.fixture(scope="module")
def shown(project):
    return planted.run(project, FORM, AS_OF, FEW)


@pytest.fixture(scope="module")
def open_(project):
    """The same with the least limit that a params file may name."""
    return planted.run(project, FORM, AS_OF, LEAST)


class Truth:
    """Who has what, and of whom it is known, worked out from the customers' own rows."""

    def __init__(self, run, project):
        self.made = load(Segmentation, run / "tables", "segmentation")
        windows = json.loads((run / "tables" / "windows.json").read_text())
        self.days = {
            each: [pd.Timestamp(day) for day in windows[each].values()] for each in ("form", "measure")
        }
        self.held: dict[str, tuple[set, set]] = {}
        self.groups = {each: set(self.made.members(each)) for each in self.made.segments}
        self._customers()
        self._orders(pd.Timestamp(windows["measure"]["end"]))
        self._rules(run)
        self._chances(project)

    @property
    def everyone(self):
        return set(self.made.labels.index)

    def _customers(self):
        tables = planted.tables()
        people = tables["customers"].set_index("customer_id")
        for column in ("city", "member", "renewed"):
            for level in people[column].unique():
                self.held[f"{column}={level}"] = set(people.index[people[column] == level]), self.everyone
            if set(people[column]) == {"yes", "no"}:
                self.held[column] = self.held[f"{column}=yes"]
        told = tables["campaigns"]
        yes = set(told.loc[told["response"] == "yes", "customer_id"])
        self.held["response_rate"] = yes, set(told["customer_id"])
        self.held[asked("response_rate")] = set(told["customer_id"]), self.everyone
        answers = tables["feedback"].drop_duplicates("customer_id").set_index("customer_id")["nps"]
        for name, low, high in zip(SCORES, (0, 7, 9), (6, 8, 10), strict=True):
            self.held[f"nps={name}"] = set(answers.index[answers.between(low, high)]), set(answers.index)

    def _orders(self, as_of):
        lines = planted.tables()["transactions"]
        lines = lines.assign(day=pd.to_datetime(lines["order_time"]))
        lines = lines[lines["day"] <= as_of]
        form, measure = (lines[lines["day"].between(*self.days[each])] for each in ("form", "measure"))
        before, after = set(form["customer_id"]), measure["customer_id"].value_counts()
        self.held["active_rate"] = set(after.index), self.everyone
        self.held["repeat_rate"] = set(after.index[after > 1]), set(after.index)
        self.held["churn_rate"] = before - set(after.index), before
        self.held[asked("churn_rate")] = before, self.everyone
        for product, category in (("p1", "soap"), ("p2", "tea"), ("p3", "jam")):
            bought = set(form.loc[form["product_id"] == product, "customer_id"])
            self.held[f"Bought {category} at all"] = bought, before
        months = pd.period_range(self.days["measure"][0], self.days["measure"][1], freq="M")
        for number, month in enumerate(months, start=1):
            inside = set(lines.loc[lines["day"].dt.to_period("M") == month, "customer_id"])
            self.held[f"retention_{number}"] = inside, self.everyone
        ids, days = pd.Index(sorted(self.everyone)), lines[["customer_id", "day"]]
        middle = self.days["form"][0] + (self.days["form"][1] - self.days["form"][0]) / 2
        earlier = stages(days, ids, middle.floor("D"), Rule(2.0, 4.0, 5, 2.0))["stage"]
        for stage in self.made.words.values():
            self.held[f"was {stage}"] = set(earlier.index[earlier == stage]), self.everyone
        self._cohorts(lines, as_of)

    def _cohorts(self, lines, as_of):
        quarter = lines["day"].dt.to_period("Q")
        first = quarter.groupby(lines["customer_id"]).min()
        last = (as_of + pd.Timedelta(days=1)).to_period("Q") - 1
        for start in sorted(first.unique()):
            name, members = f"from {start.start_time.date()}", set(first.index[first == start])
            self.groups[name] = members
            for after in range(1, (last - start).n + 1):
                came = set(lines.loc[quarter == start + after, "customer_id"]) & members
                yes, known = self.held.setdefault(f"+{after}", (set(), set()))
                self.held[f"+{after}"] = yes | came, known | members

    def _rules(self, run):
        """Who meets each plain rule, of the half of the customers that judges it."""
        features = load(FeatureTable, run / "tables", "features")
        ids = features.frame.index
        judge = set(ids[rules._halves(len(ids), self.made.seed)[1]])
        for segment, each in load(Personas, run / "tables", "personas").by_segment.items():
            if each.rule:
                self.held[f"rule of {segment} in personas"] = (
                    set(ids[rules.meets(each.rule, features)]) & judge,
                    judge,
                )

    def _chances(self, project):
        """Who did what was predicted, of those whom the prediction had not seen."""
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(predictive, "rates", lambda checked, *_: seen.append(checked) or [None] * 3)
            tables = read(
                Data.model_validate(planted.PARAMS["data"]),
                as_of=self.days["measure"][1].date(),
                root=project / "params",
                cache=project.parent / "cache",
            )
            sb.features(tables, "predictive", None, options=planted.PREDICTED)
        (checked,) = seen
        for place, name in enumerate(CHANCES):
            held = (checked.places == place) & checked.tested
            self.groups[name] = {(name, each) for each in np.flatnonzero(held)}
        everyone = set().union(*(self.groups[each] for each in CHANCES))
        self.held["did so"] = {each for each in everyone if checked.answers[each[1]]}, everyone

    def count(self, what, groups):
        """Return how many of some groups have a property, and of how many it is known."""
        inside = set().union(*(self.groups[each] for each in groups))
        if what == MEMBERS:
            return len(inside), len(inside) + FEW
        yes, known = self.held[what]
        return len(yes & inside), len(known & inside)


def reading(run, truth, few):
    made = truth.made
    names = json.loads((run / "tables" / "kpis.json").read_text())["names"]
    groups = {each: [each] for each in truth.groups}
    groups |= {names[each]: [each] for each in made.segments}
    groups |= {name: list(made.segments) for name in ("all", "All segments", "Total")}
    groups |= {label: [name] for label, name in cohort_labels(run).items()}
    levels = {each: f"city={each}" for each in planted.TOWNS} | {each: f"nps={each}" for each in SCORES}
    columns, words = {"city", "member", "renewed"}, dict(WORDS)
    found = Reading(Published(groups), few, made.segments, RATES, COUNTED, columns, words, levels)
    rows = read_run(found, run)
    return found, rows


def cohort_labels(run):
    """Return how a page calls each cohort."""
    cohorts = json.loads((run / "tables" / "retention.json").read_text())["cohorts"]
    voice = Voice(locale="en_GB")
    days = [[date.fromisoformat(day) for day in each["window"].values()] for each in cohorts]
    return {voice.period(*each): f"from {each[0]}" for each in days}


def know(found, truth):
    """Add what every reader knows: who is asked of what, and which counts hold which others."""
    segments = truth.made.segments
    whole = [each for each in found.at if each[1] in segments and not each[0].startswith((MEMBERS, "asked"))]
    for what, segment in whole:
        if what in truth.held and truth.held[what][1] >= truth.everyone:
            found.between({(asked(what), segment): 1, (MEMBERS, segment): -1}, 0, 0)
    for segment in segments:
        at = {each: (each, segment) for each in truth.held}
        found.between({(asked("repeat_rate"), segment): 1, at["active_rate"]: -1}, 0, 0)
        lost = {at["churn_rate"]: 1, at["active_rate"]: 1, (asked("churn_rate"), segment): -1}
        found.between(lost, 0, np.inf)
        months = [at[each] for each in MONTHS]
        found.between({at["active_rate"]: -1, **dict.fromkeys(months, 1)}, 0, np.inf)
        for each in months:
            found.between({each: 1, at["active_rate"]: -1}, -np.inf, 0)
        for column in ("city", "member", "renewed"):
            levels = {at[each]: 1 for each in truth.held if each.startswith(f"{column}=")}
            found.between({(MEMBERS, segment): -1, **levels}, 0, 0)
            if column in at:
                found.between({at[column]: 1, at[f"{column}=yes"]: -1}, 0, 0)
        answers = {at[f"nps={each}"]: 1 for each in SCORES}
        found.between({(asked("nps"), segment): -1, **answers}, 0, 0)
        for each in SCORES:
            found.between({(asked(f"nps={each}"), segment): 1, (asked("nps"), segment): -1}, 0, 0)
        stages_ = {at[f"was {each}"]: 1 for each in truth.made.words.values()}
        found.between({(MEMBERS, segment): -1, **stages_}, -np.inf, 0)
    cohorts = {(MEMBERS, each): 1 for each in truth.groups if each.startswith("from ")}
    found.between(cohorts | {(MEMBERS, each): -1 for each in segments}, 0, 0)
    for name in truth.groups:
        if name not in segments:
            for what in {each for each, group in found.at if group == name} - {MEMBERS}:
                if not what.startswith("asked"):
                    found.between({(asked(what), name): 1, (MEMBERS, name): -1}, 0, 0)


def small(truth, found):
    """Yield the small counts of which anything is published, of those who did and who did not."""
    segments = truth.made.segments
    told = truth.held.keys() | {MEMBERS}
    held = [(what, [group]) for what, group in found.at if what in told and group in truth.groups]
    held += [(what, list(segments)) for what in truth.held if (what, segments[-1]) in found.at]
    held += [
        (f"rule of {each} in personas", [other for other in segments if other != each])
        for each in segments
        if (f"rule of {each} in personas", each) in found.at
    ]
    for what, groups in held:
        if all((what, each) in found.at for each in groups):
            yes, known = truth.count(what, groups)
            if 0 < yes < FEW:
                yield what, groups, False, yes
            if 0 < known - yes < FEW:
                yield what, groups, True, known - yes


def ends_of_small(run, project, few):
    truth = Truth(run, project)
    found, _ = reading(run, truth, few)
    know(found.found, truth)
    solver = found.found.solver()
    return found, [
        (what, "+".join(groups), rest, count, *solver.ends(what, groups, rest=rest))
        for what, groups, rest, count in small(truth, found.found)
    ]


SOURCES = {
    "segmentation",
    "features: table",
    "features: moves",
    "profile",
    "personas",
    "personas: rule",
    "playbook",
    "kpis",
    "retention",
    "retention: cohorts",
    "effects",
    "spending",
    "02_variable_selection: table",
    "02_variable_selection: moves",
    "04_segment_personas",
    "05_kpi_measurement",
    "05_kpi_measurement: table",
    "page: table",
    "page: moves",
}
"""Results as JSON, executed notebooks and their audit copies by name, and the page of the report."""


def hold_nothing_small(found, ends):
    # What is read must be true, or the solver's answers would mean nothing.
    assert not [each for each in ends if not each[4] - 0.1 <= each[3] <= each[5] + 0.1]
    assert not [each for each in ends if each[5] - each[4] < NARROW]
    assert not [each for each in found.found.counts if 0 < each[0] < FEW]
    assert not found.sentences
    assert not [each for each in found.unbound if "have a profile" not in each]


@pytest.fixture(scope="module")
def seen(shown, project):
    """All that was read of the run, and between which ends the solver finds each small count."""
    return ends_of_small(shown, project, FEW)


def test_all_that_is_published_together_tells_no_small_count(seen):
    found, ends = seen
    assert {each[0] for each in ends} >= PLANTED
    hold_nothing_small(found, ends)


def test_the_run_of_another_month_tells_none_either_and_both_warn_of_their_difference(project, shown):
    later = planted.run(project, *reversed(LATER), FEW)
    found, ends = ends_of_small(later, project, FEW)
    assert len(ends) > 20
    hold_nothing_small(found, ends)
    warning = "difference to another report on nearly the same customers"
    assert all(warning in (each / "report.html").read_text() for each in (shown, later))


def test_with_the_least_limit_the_same_solver_works_them_out(open_, project):
    """Each way of publishing is read: with the least limit that there may be, the small counts come out."""
    found, ends = ends_of_small(open_, project, LEAST)
    assert set().union(*found.found.sources.values()) >= SOURCES
    assert all(each[4] - 0.1 <= each[3] <= each[5] + 0.1 for each in ends)
    told = {each[0] for each in ends if each[5] - each[4] < 1}
    assert told >= PLANTED - UNTOLD
    assert [each for each in found.found.counts if 0 < each[0] < FEW]
    assert found.sentences


def test_a_pdf_says_no_number_that_the_page_does_not(seen):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed, so that nobody reads the PDF here")
    found, _ = seen
    assert len(found.numbers["report.pdf"]) > 100
    assert found.numbers["report.pdf"] <= found.numbers["report.html"]


def test_tables_with_a_row_for_each_customer_are_marked_and_all_else_names_none(shown):
    files = json.loads((shown / "run.json").read_text())["files"]
    marked = {name for name, entry in files.items() if entry.get("rows") == "customers"}
    assert {"tables/segmentation.labels.parquet", "tables/lifetime.customers.parquet"} <= marked
    for name in files.keys() - marked:
        if name.endswith(".parquet"):
            assert "customer_id" not in pd.read_parquet(shown / name).reset_index().columns


def test_a_file_of_a_kind_that_nobody_reads_is_an_error(tmp_path):
    (tmp_path / "counts.csv").write_text("segment,customers\ns1,3\n")
    manifest = {"files": {"counts.csv": {}}, "outside": []}
    (tmp_path / "run.json").write_text(json.dumps(manifest))
    with pytest.raises(KeyError, match="csv"):
        read_run(Reading(Published({}), FEW, (), set(), {}, set(), {}, {}), tmp_path)
