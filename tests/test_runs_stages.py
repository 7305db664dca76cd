"""What decides whether a stage runs again, and what is taken out of its notebook."""

import io
import json
from pathlib import Path

import pytest
from small_project import INTAKE, make, write_notebook

from segnb.errors import InputError, ParameterError
from segnb.runs import results
from segnb.runs.clean import clean
from segnb.runs.plan import make_plan
from segnb.runs.progress import JsonLines, Plain, Terminal, listener
from segnb.runs.project import find_project
from segnb.runs.stages import stamped, versions
from segnb.segmentation import Structure

NAMES = ["01_intake", "02_groups", "03_advice"]


@pytest.fixture
def project(tmp_path):
    return find_project(make(tmp_path / "project"))


def changed(project, change):
    """Return the stages that run again after a change, and whether the run's id is another."""
    before = make_plan(project.only_params(), project)
    stamps, run = {stage.name: stage.stamp for stage in before.stages}, before.run
    change(project.root)
    after = make_plan(project.only_params(), project)
    return [stage.name for stage in after.stages if stage.stamp != stamps[stage.name]], after.run != run


def add(line):
    def change(root):
        path = root / "params" / "small.yaml"
        path.write_text(path.read_text() + line)

    return change


def edit(name, text):
    return lambda root: (root / name).write_text(text)


def rewrite_outputs(root):
    path = root / "notebooks" / "01_intake.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["id"] = f"other-{cell['id']}"
        if cell["cell_type"] == "code":
            cell["execution_count"] = 7
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen"}]
    path.write_text(json.dumps(notebook))


@pytest.mark.parametrize(
    ("change", "stages", "another"),
    [
        (lambda _: None, [], False),
        (rewrite_outputs, [], False),
        (add("# a remark\n"), [], False),
        (add("groups:\n  fault: warn\n"), NAMES[1:], True),
        (add("intake:\n  factor: 3\n"), NAMES, True),
        (add("seed: 1\n"), NAMES, True),
        (add("report:\n  formats: [html]\n"), [], True),
        (add("report:\n  names: {a: b}\n"), NAMES, True),
        (edit("params/playbook.yaml", "message: [] # new\n"), NAMES[2:], True),
        (edit("data/orders.csv", "customer_id,order_time,amount\n1,2024-01-01,1\n"), NAMES, True),
        (
            lambda root: write_notebook(
                root / "notebooks" / "01_intake.ipynb", [*INTAKE, ("markdown", "Why")]
            ),
            NAMES,
            True,
        ),
    ],
    ids=[
        "nothing",
        "outputs",
        "remark",
        "knob 2",
        "knob 1",
        "seed",
        "formats",
        "names",
        "playbook",
        "data",
        "prose",
    ],
)
def test_only_what_depends_on_a_change_runs_again(project, change, stages, another):
    assert changed(project, change) == (stages, another)


def test_another_version_runs_all_again(project):
    def stamps(computed_with):
        stages = stamped(
            project.notebooks,
            {},
            shared={},
            sources={},
            playbook="",
            computed_with={**versions(), **computed_with},
        )
        return [stage.stamp for stage in stages]

    assert not set(stamps({})) & set(stamps({"numpy": "0"}))


def test_a_run_is_named_by_its_day(project):
    plan = make_plan(project.only_params(), project)
    assert plan.run.startswith("2024-06-30-")
    assert len(plan.run) == len("2024-06-30-01234567")


def test_a_second_plan_checks_again_what_has_changed(project):
    params = project.only_params()
    assert make_plan(params, project).checked.parameters == make_plan(params, project).checked.parameters
    add("groups:\n  fault: no such\n")(project.root)
    for _ in range(2):
        with pytest.raises(ParameterError, match=r"line 9, groups.fault"):
            make_plan(params, project)


def test_missing_data_are_named(project):
    (project.root / "data" / "orders.csv").unlink()
    with pytest.raises(InputError, match=r"data.transactions.source"):
        make_plan(project.only_params(), project)


def executed(outputs, **cell):
    metadata = {"tags": ["answer"], "papermill": {"duration": 1.5, "status": "completed"}}
    code = {
        "cell_type": "code",
        "id": "0f3a",
        "metadata": metadata,
        "execution_count": 1,
        "outputs": outputs,
        "source": [],
    }
    return {
        "cells": [{**code, **cell}],
        "metadata": {"papermill": {"end_time": "now"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def text_of(output, **facts):
    (cell,) = clean(executed([output]), facts.get("paths", {}))["cells"]
    return cell["outputs"][0]["text"]


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_times_and_random_ids_are_gone():
    notebook = clean(executed([]), {})
    assert "papermill" not in json.dumps(notebook)
    assert notebook["cells"][0]["id"] == "cell-01"
    assert notebook["cells"][0]["metadata"] == {"tags": ["answer"]}


def test_printed_pieces_are_joined_whatever_their_order():
    pieces = [stream("a\n"), stream("w1\n", "stderr"), stream(["b\n", "c"]), stream("w2", "stderr")]
    outputs = clean(executed(pieces), {})["cells"][0]["outputs"]
    assert [(each["name"], "".join(each["text"])) for each in outputs] == [
        ("stdout", "a\nb\nc"),
        ("stderr", "w1\nw2"),
    ]
    assert clean(executed(pieces[1:] + pieces[:1]), {})["cells"][0]["outputs"][0]["text"][-1] == "ca\n"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("/srv/shop/reports/a.csv", "reports/a.csv"),
        ("/srv/shop", "project"),
        ("'/srv/shop/x'", "'project/x'"),
        ("/srv/shopping", "/srv/shopping"),
        ("https://host/srv/shop", "https://host/srv/shop"),
        ("<a at 0x7f12ab34cd56>", "<a at 0x0>"),
        ("/tmp/ipykernel_4711/1234567.py:3: UserWarning", "cell:3: UserWarning"),
    ],
)
def test_paths_and_addresses_are_replaced(said, kept):
    paths = {Path("/srv/shop"): "project", Path("/srv/shop/reports"): "reports", Path("/"): "root"}
    assert text_of(stream(said), paths=paths) == [kept]


def test_an_author_s_own_words_stay():
    source = ['path = "/srv/shop"']
    notebook = clean(executed([], source=source), {Path("/srv/shop"): "project"})
    assert notebook["cells"][0]["source"] == source


def test_results_come_back_by_name(tmp_path):
    verdict = Structure("natural", {"dip": 0.25})
    results.save(verdict, tmp_path, "verdict")
    assert results.load(tmp_path, "verdict") == verdict
    assert results.listed(tmp_path) == {"verdict": "segnb.segmentation:Structure"}
    assert results.listed(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    "kind", ["os:system", "segnb.cli:main", "segnb.nowhere:X", "segnb.segmentation:Nothing"]
)
def test_nothing_but_results_of_segnb_is_loaded(tmp_path, kind):
    results.save(Structure("none"), tmp_path, "verdict")
    (tmp_path / results.CONTENTS).write_text(json.dumps({"verdict": kind}))
    with pytest.raises(InputError, match="no result of this version"):
        results.load(tmp_path, "verdict")


@pytest.mark.parametrize(
    ("result", "name"), [({"a": 1}, "a"), (Structure("none"), "../a"), (Structure("none"), "contents")]
)
def test_what_cannot_be_saved_is_refused(tmp_path, result, name):
    with pytest.raises((TypeError, ValueError)):
        results.save(result, tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def told(kind):
    stream = io.StringIO()
    progress = kind(stream)
    progress.begin("small", "2024-06-30-0", ["01_a", "report"])
    progress.stage("01_a", "running", 0)
    progress.stage("01_a", "running", 1.04, cell=3)
    progress.stage("01_a", "done", 2.06)
    progress.stage("report", "reused", 0.0)
    progress.end("small", "2024-06-30-0", ["a.html"], unchanged=False)
    return stream.getvalue()


def test_a_log_gets_a_line_a_stage():
    assert told(Plain).splitlines() == [
        "small: run 2024-06-30-0",
        "  1/2  01_a    done       2.1 s",
        "  2/2  report  reused",
        "small: published 2024-06-30-0",
    ]


def test_a_terminal_sees_the_line_at_work():
    text = told(Terminal)
    assert "\r\x1b[K  1/2  01_a    running    1.0 s  cell 3\r" in text
    assert text.count("\n") == told(Plain).count("\n")


def test_programs_get_events():
    events = [json.loads(line) for line in told(JsonLines).splitlines()]
    assert [event["event"] for event in events] == ["run", "stage", "stage", "stage", "published"]
    assert events[-1]["paths"] == ["a.html"]


def test_a_terminal_that_cannot_rewrite_gets_plain_lines(monkeypatch):
    class Tty(io.StringIO):
        def isatty(self):
            return True

    assert isinstance(listener(Tty(), as_json=False), Terminal)
    monkeypatch.setenv("TERM", "dumb")
    assert not isinstance(listener(Tty(), as_json=False), Terminal)
