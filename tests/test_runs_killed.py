"""Killed at any moment, a run loses nothing: what was published stays, and the next run succeeds."""

import random
import shutil
import signal
import time

import forked
import pytest
from small_project import ORDERS, make, make_one
from traces import born_of, latest_of, left_over, runs_of, seed

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path, temporary):
    return make_one(tmp_path / "p")


@pytest.fixture
def report(project):
    return project / "reports" / "small"


def test_killed_before_each_change_of_a_file(project, report, temporary, tmp_path, capfd):
    """Each change of a file or a folder, and each flush to the disk, is one trial, until a run survives."""
    seed(project, 1)
    forked.run("run", cwd=project)
    (new,), whole = runs_of(project), runs_of(project)
    shutil.rmtree(report)
    seed(project, 0)
    forked.run("run", cwd=project)
    (old,), before = runs_of(project), runs_of(project)
    shutil.copytree(report, tmp_path / "kept", symlinks=True)
    seed(project, 1)
    latest, died = [], []
    while not died or died[-1] is not None:
        shutil.rmtree(report)
        shutil.copytree(tmp_path / "kept", report, symlinks=True)
        with forked.segnb("run", cwd=project, step=len(died) + 1) as process:
            process.join(60)
        assert process.exitcode in (-signal.SIGKILL, 0), process.said()
        died.append(forked.steps(project)[-1] if process.exitcode else None)
        latest.append(latest_of(project, before))
        forked.run("run", "--quiet", cwd=project)
        assert runs_of(project) == before | whole, died
        assert latest_of(project, before) == new, died
        assert left_over(project, temporary) == [], died
    assert sum(step.startswith("os.fsync") for step in died[:-1]) >= 8
    moved = latest.index(new)
    assert latest == [old] * moved + [new] * (len(died) - moved)
    assert died[moved - 1].startswith("os.rename /reports/small/.staging-latest")


def test_killed_at_random_moments(project, report, temporary, capfd):
    """All of it runs each time: reading, a notebook in its kernel, the report."""
    seed(project, 0)
    forked.run("run", cwd=project)
    seed(project, 1)
    start = time.monotonic()
    forked.run("run", cwd=project)
    length = time.monotonic() - start
    before, dice = runs_of(project), random.Random(4)
    shutil.rmtree(project / "reports" / ".cache")
    for trial in range(10):
        seed(project, 100 + trial)
        (project / "data" / "orders.csv").write_text(f"{ORDERS}{trial:03},2024-06-01,1.00\n")
        with forked.segnb("run", cwd=project) as process:
            time.sleep(dice.uniform(0, length))
            process.kill()
        latest_of(project, before)
        forked.run("run", "--quiet", cwd=project)
        assert latest_of(project, before) not in before
        assert left_over(project, temporary) == []
        assert born_of(project) == []
        before = runs_of(project)


def test_killed_at_each_stage_it_goes_on_to_the_same_bytes(tmp_path, temporary):
    whole, project = make(tmp_path / "whole"), make(tmp_path / "p")
    forked.run("run", cwd=whole)
    for stage in ("tables", "01_intake", "02_groups", "03_advice", "report"):
        with forked.segnb("run", "--json", cwd=project) as process:
            began = f'{{"event": "stage", "stage": "{stage}", "state": "running"'
            forked.wait_for(lambda began=began, said=process.said: began in said())
            process.kill()
    told = forked.run("run", cwd=project)
    states = [line.split()[2] for line in told.splitlines() if line.startswith("  ")]
    assert states == ["reused", "reused", "reused", "reused", "done"]
    assert runs_of(project) == runs_of(whole)
    assert left_over(project, temporary) == []
