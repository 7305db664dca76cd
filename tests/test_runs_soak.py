"""A hundred runs in one process: nothing grows."""

import json
import os
import subprocess
import sys

import pytest
from small_project import ROOT, make_one
from traces import born_of, left_over, runs_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory and files are counted as Linux tells them"),
]

SOAK = """
import json, pathlib, sys
import psutil
from traces import seed
from segnb.cli import main

project, me = pathlib.Path(sys.argv[1]), psutil.Process()
for number in range(int(sys.argv[2])):
    seed(project, number)
    assert main(["run", "--quiet", "--project", str(project)]) == 0, number
    temporary = len(list(pathlib.Path(sys.argv[3]).iterdir()))
    status = pathlib.Path("/proc/self/status").read_text().split()
    facts = {"memory": int(status[status.index("RssAnon:") + 1])}  # without what is shared with others
    facts |= {"files": me.num_fds(), "threads": me.num_threads()}
    facts |= {"children": len(me.children(recursive=True)), "temporary": temporary}
    print("soak", json.dumps(facts), flush=True)
"""


def test_a_hundred_runs_leave_the_process_as_it_was(tmp_path, temporary):
    project = make_one(tmp_path / "p")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    done = subprocess.run(
        [sys.executable, "-c", SOAK, project, "100", temporary],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    facts = [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("soak ")]
    assert len(facts) == len(runs_of(project)) == 100
    early, late = facts[10:20], facts[-10:]
    assert max(each["memory"] for each in late) < 1.05 * max(each["memory"] for each in early)
    for what in ("files", "threads", "children", "temporary"):
        assert max(each[what] for each in late) <= max(each[what] for each in early), what
    assert {each["children"] for each in facts} == {0}
    assert {each["temporary"] for each in facts} == {0}
    reports = project / "reports"
    assert len(list((reports / ".cache" / "stages").iterdir())) == 50, "what is kept of stages is bounded"
    assert len([path for path in (reports / ".cache" / "tables").iterdir() if path.is_dir()]) == 1
    assert left_over(project, temporary) == []
    assert born_of(project) == []
