"""The command line: what it says on which stream, and its exit codes."""

import json
import subprocess
import sys

import pytest
from small_project import PARAMS, make, write_notebook

from segnb import __version__
from segnb.cli import main
from segnb.errors import KernelError, ParameterError
from segnb.runs import pipeline
from segnb.runs.project import find_project

RUN = ("parameters", '# The knobs.\nrun: str = "latest"  # run to read')
QUICK = [
    ("markdown", "# Quick"),
    RUN,
    ("markdown", "## Go"),
    ("code", "fail = False\nif fail: raise ValueError"),
]


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def add_report(project, name, change=lambda text: text):
    path = project / "params" / f"{name}.yaml"
    path.write_text(change(PARAMS.replace("name: small", f"name: {name}")))
    return path


@pytest.fixture
def published(project, monkeypatch):
    """Let each report be published without a kernel; return the list of what was run."""
    ran = []

    def run_report(plan, progress, *, threads):
        final = plan.folder / plan.run
        ran.append(plan.name)
        if plan.name == "dead":
            raise KernelError("01_intake\nthe kernel died")
        final.mkdir(parents=True, exist_ok=True)
        for name in pipeline.RESULTS:
            (final / name).write_text("")
        done = pipeline.Published(final, unchanged=False)
        progress.end(plan.name, plan.run, [str(path) for path in done.paths], unchanged=False)
        return done

    monkeypatch.setattr(pipeline, "run_report", run_report)
    return ran


HEAVY = {"pandas", "numpy", "ibis", "duckdb", "papermill", "nbclient", "matplotlib", "sklearn"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["check"]])
def test_answers_import_nothing_heavy(project, arguments):
    call = f"try: segnb.cli.main({arguments})\nfinally: print(*sys.modules, file=sys.stderr)"
    code = f"import sys, segnb.cli\n{call}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert HEAVY & set(done.stderr.split()) == set()


def test_help_tells_every_exit_code_and_stream(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = capsys.readouterr().out
    assert all(code in told for code in ("0 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "75 ", "130, 143"))
    assert "standard output" in told


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"segnb {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["rnu"], ["run", "--today", "tomorrow"], ["run", "--threads", "0"], ["list", "colours"], ["init"]],
)
def test_wrong_usage_is_one_line_and_2(project, capsys, arguments):
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("segnb: error: ")
    assert len(told.err.splitlines()) == 1


def test_outside_of_a_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 2
    assert "segnb init DIR" in capsys.readouterr().err


def test_results_go_to_standard_output_and_all_else_does_not(project, published, capsys):
    assert main(["run"]) == 0
    told = capsys.readouterr()
    assert [line.rpartition("/")[2] for line in told.out.splitlines()] == ["report.html", "report.pdf"]
    assert "published" in told.err


def test_events_end_with_the_paths(project, published, capsys):
    assert main(["run", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "published"
    assert len(events[-1]["paths"]) == 2


def test_an_error_is_an_event_too(project, published, capsys):
    add_report(project, "dead")
    assert main(["run", "--json", "params/dead.yaml"]) == 6
    told = capsys.readouterr()
    (event,) = map(json.loads, told.out.splitlines())
    assert event == {
        "event": "error",
        "report": "dead",
        "message": "01_intake\nthe kernel died",
        "exit_code": 6,
    }
    assert told.err == "segnb: error: 01_intake\n  the kernel died\n"


def test_several_reports_must_be_named(project, published, capsys):
    add_report(project, "second")
    assert main(["run"]) == 2
    assert "Name one of: second, small" in capsys.readouterr().err
    assert published == []


def test_all_reports_run_and_the_worst_code_is_returned(project, published, capsys):
    add_report(project, "dead")
    add_report(project, "wrong", lambda text: text + "colour: red\n")
    assert main(["run", "dead", "params/wrong.yaml", "small"]) == 2
    assert published == ["dead", "small"]
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["run", "dead", "small"]) == 6


def test_a_defect_is_owned_up_to_without_a_traceback(project, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(pipeline, "run_report", broken)
    assert main(["run"]) == 1
    told = capsys.readouterr().err
    assert "a defect in segnb: ZeroDivisionError: division by zero" in told
    assert "Traceback" not in told
    monkeypatch.setenv("SEGNB_DEBUG", "1")
    main(["run"])
    assert "Traceback" in capsys.readouterr().err


def test_today_resolves_relative_days(project, published, capsys):
    relative = add_report(project, "small", lambda text: text.replace("2024-06-30", "end of last month"))
    assert main(["run", "--today", "2024-08-15"]) == 0
    assert "/2024-07-31-" in capsys.readouterr().out
    assert main(["check", "--today", "2024-08-15", str(relative)]) == 0


def test_check_tells_all_files(project, capsys):
    add_report(project, "wrong", lambda text: text + "colour: red\nbasis: rfm\n")
    assert main(["check"]) == 2
    told = capsys.readouterr()
    assert told.out == "params/small.yaml: no fault\n"
    assert "params/wrong.yaml, line 8, colour" in told.err
    assert str(project) not in told.err
    assert "twice" in told.err


def test_check_and_run_tell_the_same_list(project, capsys):
    text = "colour: red\nseed: three\ngroups: {fualt: none}\nintake: {factor: 10}\nplaybook: plays.yaml\n"
    path = str(add_report(project, "wrong", lambda params: params + text))
    (project / "params" / "plays.yaml").write_text("message: 3\n")
    told = []
    for command in ("check", "run"):
        assert main([command, path]) == 2
        told.append(capsys.readouterr())
    assert told[0].err == told[1].err
    assert told[0].err.startswith("segnb: error: 5 faults:")
    assert told[0].out == told[1].out == ""


def test_a_playbook_spoilt_since_the_last_run_is_refused(project, published, capsys):
    assert main(["run"]) == 0
    (project / "params" / "playbook.yaml").write_text("massage: []\n")
    assert main(["run"]) == 2
    assert "playbook.yaml, line 1, massage: there is no such key" in capsys.readouterr().err
    assert published == ["small"]


NO_NAMES = [
    "../../x",
    "/etc/x",
    "a/../../b",
    "a\0b",
    "x" * 300,
    "x" * 5000,
    "a.",
    "..",
    "",
    "~",
    "a b",
    "a\nb",
]
NO_NAMES += [
    "linked",
    "loop",
    "s3://bucket/x",
    "http://localhost/x",
    "file:///etc/passwd",
    "\udcff",
    "\u202ex",
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name_leads_out_of_the_project(project, published, capsys, name):
    outside = project.parent / "outside"
    (outside / "linked").mkdir(parents=True)
    (project / "reports").mkdir()
    (project / "reports" / "linked").symlink_to(outside / "linked")
    (project / "reports" / "loop").symlink_to("loop")
    add_report(project, "linked")
    (project / "params" / "named.yaml").write_text(PARAMS.replace("name: small", f"name: {json.dumps(name)}"))
    before = sorted(project.parent.rglob("*"))
    asked = [
        ["verify", name],
        ["run", name],
        ["check", name],
        ["run", f"{name}.yaml"],
        ["check", f"{name}.yaml"],
    ]
    asked += [["run", "params/named.yaml"], ["check", "params/named.yaml"]]
    for arguments in asked:
        assert main(arguments) == 2, arguments
        assert capsys.readouterr().err.startswith("segnb: error: ")
    with pytest.raises(ParameterError):
        find_project().report(name)
    new = {path for path in project.parent.rglob("*") if path not in before}
    assert all(
        path.is_relative_to(project / "reports" / ".cache" / "params") for path in new if path.is_file()
    )
    assert list(outside.rglob("*")) == [outside / "linked"]
    assert published == []


@pytest.mark.parametrize(
    "path", ["a\0b", "x" * 300, "loop", "s3://bucket/x", "http://localhost/x", "\udcff", ""]
)
def test_what_is_no_path_of_this_machine_is_refused(project, published, capsys, path):
    (project / "loop").symlink_to("loop")
    before = sorted(project.rglob("*"))
    asked = [[command, "--project", path] for command in ("run", "check", "verify", "schema", "lab")]
    asked += [["run", "--reports", path], ["verify", "--reports", path], ["list", "runs", "--reports", path]]
    for arguments in [*asked, ["init", path]]:
        assert main(arguments) == 2, arguments
        assert capsys.readouterr().err.startswith("segnb: error: argument ")
    assert sorted(project.rglob("*")) == before
    assert published == []


def test_lists(project, capsys):
    assert main(["list", "params"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["parameter", "type", "default", "allowed", "help"]
    assert rows[1].split()[:4] == ["intake.factor", "int", "2", "1..9"]
    (assumed,) = [each for each in rows if each.startswith("budget.incrementality")]
    assert assumed.split()[1:6] == ["float", "|", "None", "null", "0..1"]
    for what, name in {"bases": "rfm", "methods": "kmeans", "kpis": "revenue_share"}.items():
        assert main(["list", what]) == 0
        assert name in [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert main(["list", "runs"]) == 0
    assert capsys.readouterr().out == ""


def test_the_schema_is_json_and_knows_the_knobs(project, capsys):
    assert main(["schema"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert "factor" in json.dumps(known["properties"]["intake"])
    assert known["$defs"]["Budget"]["properties"]["incrementality"]["anyOf"][0]["maximum"] == 1


def test_init_makes_a_project_that_can_be_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "shop"]) == 0
    assert capsys.readouterr().out == "shop\n"
    assert main(["check", "--project", "shop"]) == 0
    assert main(["init", "shop"]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.slow
def test_verify_names_what_has_changed(tmp_path, monkeypatch, capsys):
    folder = make(tmp_path / "project")
    for path in (folder / "notebooks").iterdir():
        path.unlink()
    write_notebook(folder / "notebooks" / "01_quick.ipynb", QUICK)
    monkeypatch.chdir(folder)
    assert main(["run", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    run = told.out.splitlines()[0].removeprefix("reports/").removesuffix("/report.html")
    for asked in ([], ["small"], ["small/latest"], [run], [f"reports/{run}"]):
        assert main(["verify", *asked]) == 0
        assert capsys.readouterr().out == f"reports/{run}: as it was published\n"
    assert main(["list", "runs"]) == 0
    assert capsys.readouterr().out == f"{run}  latest\n"
    (folder / "reports" / run / "params.yaml").write_text("name: other\n")
    assert main(["verify", "small"]) == 3
    assert capsys.readouterr().err.splitlines() == [
        f"segnb: error: reports/{run} is not as it was published:",
        "  params.yaml has changed",
    ]
    assert main(["verify", "nothing/here"]) == 2
