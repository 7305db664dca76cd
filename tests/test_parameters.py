"""A whole params file: the shared model, the notebooks' knobs, and everything wrong at once."""

import ast
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from params_project import MINIMAL, NAMED, add_notebook, checked, made_up_bases, refusal, small_project  # noqa: F401

import segnb
from segnb.runs.days import resolve_day
from segnb.runs.resolved import resolved_yaml


def test_defaults_are_filled_in(project):
    done = checked(project, NAMED)
    assert done.parameters.name == "autumn"
    assert done.parameters.as_of == date(2017, 12, 31)
    assert done.parameters.basis_options == {"bins": 5, "weights": None, "mode": "map"}
    assert (done.parameters.seed, done.parameters.min_cell, done.parameters.locale) == (0, 10, "en_US")
    assert done.parameters.report.formats == ("html", "pdf")
    assert done.knobs["04_segment_personas"] == {"n_claims": 5}
    assert done.knobs["03_clustering"]["colors"] == ["#ff0000"]
    assert done.playbook == project / "params" / "playbook.yaml"
    assert done.lines[("data", "transactions", "source")] == 4


def test_values_reach_model_and_notebooks(project):
    text = MINIMAL + (
        "window: {form: [2017-01-01, 2017-06-30], measure: [2017-07-01, 2017-12-31]}\n"
        "currency: EUR\nstrict: true\n"
        "basis: rfm\nbasis_options: {weights: [1, 0.5]}\n"
        "report: {formats: [html], names: {s1: Big spenders}}\n"
        "clustering: {n_segments: 4, linkage: average, share: 1, names: {a: b}, label: 'env:NAME'}\n"
    )
    done = checked(project, text)
    assert done.parameters.window.measure == (date(2017, 7, 1), date(2017, 12, 31))
    assert done.parameters.basis_options["weights"] == [1.0, 0.5]
    assert done.parameters.report.names == {"s1": "Big spenders"}
    knobs = done.knobs["03_clustering"]
    assert list(knobs) == ["n_segments", "linkage", "share", "scale", "colors", "names", "sizes", "label"]
    assert (knobs["n_segments"], knobs["linkage"], knobs["label"]) == (4, "average", "env:NAME")
    assert (knobs["share"], type(knobs["share"])) == (1.0, float)


def test_blocks_with_all_lines_commented_out_are_empty(project):
    done = checked(project, MINIMAL + "clustering:\n  # n_segments: 3\nreport:\ntimeouts:\nbasis_options:\n")
    assert done.parameters == checked(project, MINIMAL).parameters
    assert done.knobs == checked(project, MINIMAL).knobs


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("", "line 1, as_of: a table has times, so the day that the report is written for is a must"),
        (
            "as_of: 20171231",
            "line 1, as_of: expected a date such as 2017-12-31 or null, got the whole number 20171231",
        ),
        ("as_of: '1483228800'", "line 1, as_of: expected a date such as 2017-12-31, got '1483228800'"),
        ("as_of: '20171231'", "line 1, as_of: expected a date such as 2017-12-31, got '20171231'"),
        ("as_of: 2017-W52-7", "line 1, as_of: expected a date such as 2017-12-31, got '2017-W52-7'"),
        ("as_of: 2017-02-30", "line 1, as_of: expected a date such as 2017-12-31, got '2017-02-30'"),
        ("as_of: 2017-12-31T00:00:00", "line 1, as_of: expected a date such as 2017-12-31"),
        (
            "as_of: yesterdy",
            "line 1, as_of: expected a date such as 2017-12-31 or a word for a day, got 'yesterdy'. Did y",
        ),
    ],
)
def test_as_of(project, as_of, said):
    text = f"{as_of}\nname: a\ndata: {{transactions: {{source: orders.csv}}}}\n"
    message = refusal(project, text)
    assert message.startswith(f"params/x.yaml, {said}"), message
    assert "\n" not in message


def test_as_of_is_no_must_without_times(project):
    assert (
        checked(project, "name: a\ndata: {customers: {source: c.csv, attributes: [age]}}\n").parameters.as_of
        is None
    )
    window = "window: {form: [2017-01-01, 2017-01-02], measure: [2017-02-01, 2017-02-02]}\n"
    message = refusal(
        project, f"name: a\ndata: {{customers: {{source: c.csv, attributes: [age]}}}}\n{window}"
    )
    assert message == "params/x.yaml, line 3, window: a window needs as_of"


@pytest.mark.parametrize(
    ("word", "day"),
    [("today", 6), ("yesterday", 5), ("end of last week", 3), ("end of last month", None)],
)
def test_relative_days(project, word, day):
    expected = date(2024, 2, 29) if day is None else date(2024, 3, day)
    done = checked(project, MINIMAL.replace("2017-12-31", word), today=date(2024, 3, 6))
    assert done.parameters.as_of == expected
    assert f"as_of: '{expected}'" in resolved_yaml(done)


def test_a_week_ends_on_sunday():
    assert [resolve_day("end of last week", date(2024, 3, day)).day for day in (3, 4, 10)] == [25, 3, 3]


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "/etc/x",
        "a/../../b",
        "a\\b",
        ".hidden",
        "-x",
        "..",
        "a.",
        "CON",
        "nul.txt",
        "Lpt1",
        "a" * 65,
        "ü",
        "a b",
        "",
        "latest",
        "Draft",
    ],
)
def test_names_that_would_leave_the_folder_or_fail_on_windows(project, name):
    message = refusal(project, MINIMAL.replace("autumn", json.dumps(name)))
    assert message.startswith("params/x.yaml, line 1, name: "), message


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("{amount: 500, costs: {offer: 1.2, letter: 0}, margin: 0.3}", ""),
        ("", ""),
        ("{costs: {offer: 1.2}}", "line 5, budget.amount: is missing"),
        ("{amount: 0}", "budget.amount"),
        ("{amount: 500, costs: {offer: -1}}", "budget.costs"),
        ("{amount: 500, costs: {Control: 1}}", "the control arm is no action"),
        ("{amount: 500, margin: 1.5}", "budget.margin"),
        ("{amount: 500, cots: {offer: 1}}", "Did you mean 'costs'?"),
    ],
)
def test_a_budget(project, budget, said):
    text = MINIMAL + f"budget: {budget}\n"
    if said:
        assert said in refusal(project, text)
    else:
        found = checked(project, text).parameters.budget
        assert (found and found.costs) == ({"offer": 1.2, "letter": 0} if budget else None)


def test_a_control_character_in_a_name(project):
    assert "line 1, name: the text holds the control character" in refusal(
        project, MINIMAL.replace("autumn", '"a\\0"')
    )


def test_all_faults_come_at_once_in_the_order_of_their_lines(project):
    add_notebook(project, "06_churn", "weeks = 3\n")
    text = (
        "Name: autumn\nseed: three\nseed: 4\nas_of: yesterdy\nclustering:\n  n_segments: 1\n  linkag: ward\n"
        "data:\n  transactions: {source: 3}\n  product: {}\nbasis: rmf\nplaybook: no.yaml\n"
        "churn: {weeks: 3}\nlocale: *x\n"
    )
    message = refusal(project, text)
    heads = [
        "12 faults:",
        "params/x.yaml, line 1, Name: there is no such key. Did you mean 'name'?",
        "params/x.yaml, line 1, name: is missing",
        "params/x.yaml, line 2, seed: the key is given twice, on lines 2, 3",
        "params/x.yaml, line 4, as_of: expected a date",
        "params/x.yaml, line 6, clustering.n_segments: must be 2 or more",
        "params/x.yaml, line 7, clustering.linkag: there is no such key. Did you mean 'linkage'?",
        "params/x.yaml, line 9, data.transactions.source: expected text, got the whole number 3",
        "params/x.yaml, line 10, data.product: there is no such key. Did you mean 'products'?",
        "params/x.yaml, line 11, basis: there is no basis 'rmf'",
        "params/x.yaml, line 12, playbook: there is no file 'no.yaml'",
        "params/x.yaml, line 14, locale: the alias *x is refused",
        "notebooks/06_churn.ipynb, parameters cell, line 3: 'weeks' has no type",
    ]
    lines = message.splitlines()
    assert len(lines) == len(heads), message
    for line, head in zip(lines, heads, strict=True):
        assert line.removeprefix("  - ").startswith(head), message


def test_faults_of_the_playbook_come_with_those_of_the_params_file(project):
    playbook = project / "params" / "playbook.yaml"
    playbook.write_text("message:\n  - when: [trust is clearly D]\n    say: 'So {'\nprize: []\n")
    lines = refusal(project, f"{MINIMAL}sed: 3\n").splitlines()
    heads = [
        "4 faults:",
        "params/x.yaml, line 5, sed: there is no such key. Did you mean 'seed'?",
        "params/playbook.yaml, line 2, message[0].when[0]: 'trust is clearly D' is no condition",
        "params/playbook.yaml, line 3, message[0].say: a brace is left open",
        "params/playbook.yaml, line 4, prize: there is no such key. Did you mean 'price'?",
    ]
    assert len(lines) == len(heads), lines
    for line, head in zip(lines, heads, strict=True):
        assert line.removeprefix("  - ").startswith(head), lines
    playbook.write_text("message: [")
    assert "params/playbook.yaml, line 1: is not valid YAML" in refusal(project, MINIMAL)


def test_a_file_that_is_no_playbook_is_never_copied_into_a_run(project):
    (project / "params" / "private.txt").write_text("password: canary\n")
    message = refusal(project, f"{MINIMAL}playbook: private.txt\n")
    assert message.startswith("params/private.txt, line 1, password: there is no such key")
    assert "canary" not in message


def test_a_notebook_that_the_user_adds_has_its_block(project):
    add_notebook(project, "06_churn", "weeks: int = 12  # quiet weeks [1..52]\n")
    assert checked(project, MINIMAL + "churn: {weeks: 8}\n").knobs["06_churn"] == {"weeks": 8}
    assert "line 5, churn.week: there is no such key. Did you mean 'weeks'?" in refusal(
        project, MINIMAL + "churn: {week: 8}\n"
    )


def test_blocks_that_would_be_ambiguous(project):
    add_notebook(project, "06_report", "")
    assert "06_report.ipynb: its block in the YAML would be called 'report', as in the shared" in refusal(
        project, MINIMAL
    )
    (project / "notebooks" / "06_report.ipynb").rename(project / "notebooks" / "06_clustering.ipynb")
    assert "06_clustering.ipynb: its block in the YAML would be called 'clustering', as in 03_cl" in refusal(
        project, MINIMAL
    )


def test_a_block_that_bears_a_shared_name_is_the_only_fault(project):
    add_notebook(project, "06_data", "")
    message = refusal(project, MINIMAL)
    assert message.startswith("notebooks/06_data.ipynb: its block in the YAML would be called 'data'"), (
        message
    )


def test_resolved_yaml_reads_back_as_the_same(project):
    text = MINIMAL.replace("2017-12-31", "yesterday") + (
        "window: {form: [2017-01-01, 2017-06-30], measure: [2017-07-01, 2017-12-31]}\ntitle: '1e3'\n"
        "report: {names: {'NO': '1:30', '~': '.nan', b: 'ü: #', c: '1e-5', d: ' x', e: \"two\\nlines\"}}\n"
        "clustering: {share: 1e-5, colors: ['01', 'null', '0o7', '', '*a', '- b', '1e999'], label: 'true'}\n"
    )
    first = checked(project, text, today=date(2024, 3, 6))
    written = resolved_yaml(first)
    again = checked(project, written)
    assert (again.parameters, again.knobs) == (first.parameters, first.knobs)
    assert resolved_yaml(again) == written
    assert str(project) not in written


def test_resolved_yaml_ignores_order_and_layout_of_the_file(project):
    one = checked(project, MINIMAL + "seed: 3\nclustering: {share: 1, n_segments: 4}\n")
    other = checked(project, f"clustering:\n  n_segments: 4\n  share: 1.0\n\nseed: 3\n# so\n{MINIMAL}")
    assert resolved_yaml(one) == resolved_yaml(other)
    assert resolved_yaml(one) != resolved_yaml(checked(project, MINIMAL + "seed: 4\n"))


def test_checking_loads_no_data_library():
    code = (
        "import sys, segnb.runs.parameters, segnb.runs.json_schema\n"
        "print({'pandas', 'ibis', 'duckdb', 'sklearn', 'papermill'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_no_other_reader_of_yaml_is_used():
    allowed = {"parse", "dump", "safe_dump", "load", "reader"}
    for path in Path(segnb.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.attr: node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "yaml"
        }
        functions = {name for name in named if name.islower()}
        assert functions <= allowed, path
        assert not {name for name in named if name.endswith("Loader")} - {"SafeLoader", "CSafeLoader"}, path
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "yaml.load":
                assert "SafeLoader" in ast.unparse(call.keywords[0].value), path
        assert not any(
            isinstance(node, ast.ImportFrom) and node.module == "yaml" for node in ast.walk(tree)
        ), path
