"""Kernels that die, starve or never start: exit 6, with the cell and its heading, and nobody left."""

import sys

import forked
import pytest
from small_project import ONE_PARAMS, make_one
from traces import born_of, left_over, runs_of

from segnb.cli import main
from segnb.cli.commands import RETRY
from segnb.errors import (
    CellError,
    GateError,
    InputError,
    KernelError,
    LockedError,
    ParameterError,
    WriteError,
)
from segnb.runs import execute

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows kernels have no limits of memory"),
]
STARVED = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (STARVED + "bytes(2**33)", "MemoryError"),
        (
            "import duckdb\nduckdb.sql(\"set memory_limit='10MB'; set temp_directory=''\")\n"
            "duckdb.sql('create table t as select range i, uuid() u from range(10_000_000)')",
            "OutOfMemoryException",
        ),
        ("import os\nos.kill(os.getpid(), 9)", "the kernel died (signal 9, probably out of memory)"),
        ("import os\nos.kill(os.getpid(), 11)", "the kernel died (signal 11)"),
        (
            "import os\nos.kill(os.getppid(), 0)\nos.fork() or os._exit(0)\nos._exit(4)",
            "the kernel ended by itself (exit code 4)",
        ),
    ],
    ids=["memory", "duckdb", "killed", "crashed", "forked"],
)
def test_a_kernel_that_starves_or_dies(tmp_path, temporary, code, what):
    project = make_one(tmp_path / "p", code)
    told = forked.run("run", cwd=project, code=6)
    assert f"segnb: error: 01_one, cell 2 under heading 'Go'\n  {what}" in told
    assert runs_of(project) == {}
    assert born_of(project) == []
    assert left_over(project, temporary) == []


ERRORS = (ParameterError, InputError, GateError, CellError, KernelError, WriteError, LockedError)
KINDS = {2: False, 3: False, 4: False, 5: False, 6: True, 7: True, 75: True}
"""Whether the same start may succeed later, by exit code."""
LAUNCHERS = {
    "ends": ("import sys; sys.exit('no kernel today')", "exit code 1): no kernel today"),
    "hangs": (
        "import time; time.sleep(600)",
        "the kernel did not answer: Kernel didn't respond in 2 seconds",
    ),
}


@pytest.mark.parametrize("kind", LAUNCHERS)
def test_a_kernel_that_never_starts(tmp_path, temporary, monkeypatch, capfd, kind):
    launcher, what = LAUNCHERS[kind]
    project = make_one(tmp_path / "p")
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "ipykernel_launcher.py").write_text(launcher)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "shadow"))
    monkeypatch.setattr(execute, "START_LIMIT", 2)
    assert main(["run", "--project", str(project)]) == 6
    assert what in capfd.readouterr().err
    assert born_of(project) == []
    assert left_over(project, temporary) == []


def test_the_limit_of_the_whole_run_counts_while_a_kernel_starts(tmp_path, temporary, monkeypatch):
    project = make_one(tmp_path / "p")
    (project / "params" / "small.yaml").write_text(f"{ONE_PARAMS}timeouts:\n  run: 1\n")
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "ipykernel_launcher.py").write_text(LAUNCHERS["hangs"][0])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "shadow"))
    assert "took longer than timeouts.run" in forked.run("run", cwd=project, code=6)
    assert born_of(project) == []
    assert left_over(project, temporary) == []


def test_a_retry_helps_where_the_cause_may_pass_and_only_there(tmp_path, temporary):
    once = f"import os, pathlib\nmark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
    dying = once + "if not mark.exists(): mark.touch(), os.kill(os.getpid(), 9)"
    project = make_one(tmp_path / "dying", dying)
    forked.run("run", cwd=project, code=6)
    forked.run("run", cwd=project)
    assert len(runs_of(project)) == 1
    project = make_one(tmp_path / "raising", "raise ValueError('for good')")
    errors = [forked.run("run", cwd=project, code=5).partition("segnb: error:")[2] for _ in range(2)]
    assert errors[0] == errors[1] != ""
    assert {error.exit_code: error.exit_code in RETRY for error in ERRORS} == KINDS
