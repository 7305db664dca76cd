"""Signals at any moment: the run ends at once, with its code, and nothing and nobody is left."""

import os
import random
import signal
import time
from contextlib import suppress

import forked
import pytest
from small_project import ONE_PARAMS, make_one
from traces import born_of, latest_of, left_over, runs_of, seed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has other signals"),
]

BREEDING = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleeping)
subprocess.Popen(sleeping, start_new_session=True)
time.sleep(0.3)
"""


def at_the_cell(project):
    """Wait until the cell has two children, beside the kernel."""
    return forked.wait_for(lambda: len(born_of(project)) >= 3)


def interrupt(process, *signals):
    """Send signals, and return the seconds until the process has ended."""
    start = time.monotonic()
    with suppress(ProcessLookupError):  # it was quicker
        for each in signals:
            os.kill(process.pid, each)
            time.sleep(0.01)
    process.join(30)
    return time.monotonic() - start


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_at_random_moments(tmp_path, temporary, capfd, signum):
    if signal.getsignal(signum) == signal.SIG_IGN:
        pytest.skip(
            "the tests were started with this signal ignored, as nohup does, and a run ignores it, too"
        )
    project = make_one(tmp_path / "p", BREEDING)
    seed(project, 0)
    forked.run("run", cwd=project)
    assert born_of(project) == [], "a run that succeeds leaves nobody either"
    before, dice, codes = runs_of(project), random.Random(signum), []
    for trial, stage in enumerate(("tables", "01_one", "01_one", "report")):
        seed(project, 1 + trial)
        with forked.segnb("run", "--json", cwd=project) as process:
            forked.wait_for(lambda stage=stage, said=process.said: f'"stage": "{stage}"' in said())
            time.sleep(dice.uniform(0, 0.5))
            assert interrupt(process, signum) < 10
        codes.append(process.exitcode)
        assert born_of(project) == []
        assert left_over(project, temporary) == []
        if '"event": "published"' not in process.said():  # it was not quicker
            assert process.exitcode == 128 + signum, process.said()
            assert process.said().endswith("segnb: interrupted\n")
        assert latest_of(project, before)
        before = runs_of(project)
    assert codes[1:3] == [128 + signum] * 2


def test_more_signals_do_not_disturb_the_cleaning_up(tmp_path, temporary):
    project = make_one(tmp_path / "p", BREEDING + "time.sleep(600)")
    with forked.segnb("run", cwd=project) as process:
        at_the_cell(project)
        assert interrupt(process, signal.SIGINT, *[signal.SIGTERM, signal.SIGHUP] * 40) < 10
        assert process.exitcode == 130
        assert born_of(project) == []
        assert left_over(project, temporary) == []
        assert runs_of(project) == {}


def test_a_signal_while_the_tables_are_cleaned(tmp_path, temporary):
    project = make_one(tmp_path / "p")
    rows = [f"{row % 5000:05},2024-0{1 + row % 6}-03,{row % 97}.{row % 89:02}\n" for row in range(400_000)]
    (project / "data" / "orders.csv").write_text("customer_id,order_time,amount\n" + "".join(rows))
    tables = project / "reports" / ".cache" / "tables"
    with forked.segnb("run", cwd=project) as process:
        forked.wait_for(lambda: any(tables.glob(".half-*/*")))
        assert interrupt(process, signal.SIGTERM) < 10
        assert process.exitcode == 143, process.said()
    assert left_over(project, temporary) == []
    assert [path.name for path in tables.iterdir()] == [".lock"]


def test_what_is_ignored_stays_ignored(tmp_path, temporary):
    """As under nohup, or in the background of a shell script."""
    project = make_one(tmp_path / "p", "import time\ntime.sleep(0.5)")
    with forked.segnb("run", cwd=project, limit=ignore_two) as process:
        forked.wait_for(lambda: born_of(project))
        interrupt(process, signal.SIGHUP, signal.SIGINT)
        assert process.exitcode == 0, process.said()


def ignore_two():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_limits_of_time_leave_nobody(tmp_path, temporary):
    """A cell that ignores SIGINT, with children, is ended by the limit of its time."""
    project = make_one(tmp_path / "p", BREEDING + "time.sleep(600)")
    (project / "params" / "small.yaml").write_text(f"{ONE_PARAMS}timeouts:\n  cell: 2\n")
    start = time.monotonic()
    told = forked.run("run", cwd=project, code=6)
    assert time.monotonic() - start < 20
    assert "01_one, cell 2 under heading 'Go'\n  the cell took longer than timeouts.cell allows" in told
    assert born_of(project) == []
    assert left_over(project, temporary) == []
