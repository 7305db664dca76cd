"""The command line: what it says on which stream, and its exit codes."""

import json
import subprocess
import sys

import pytest
from small_project import PARAMS, make, write_notebook

from segnb import __version__
from segnb.cli import main
from segnb.errors import KernelError
from segnb.runs import pipeline

RUN = ("parameters", 'run: str = "latest"  # run to read')
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
        ran.append(plan.name)
        if plan.name == "dead":
            raise KernelError("01_intake\nthe kernel died")
        final = plan.folder / plan.run
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


def test_lists(project, capsys):
    assert main(["list", "params"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["parameter", "type", "default", "allowed", "help"]
    assert rows[1].split()[:4] == ["intake.factor", "int", "2", "1..9"]
    for what, name in {"bases": "rfm", "methods": "kmeans", "kpis": "revenue_share"}.items():
        assert main(["list", what]) == 0
        assert name in [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert main(["list", "runs"]) == 0
    assert capsys.readouterr().out == ""


def test_the_schema_is_json_and_knows_the_knobs(project, capsys):
    assert main(["schema"]) == 0
    assert "factor" in json.dumps(json.loads(capsys.readouterr().out)["properties"]["intake"])


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
