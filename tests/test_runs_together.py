"""Runs at the same time: of one report one at a time, of several reports all of them."""

from contextlib import ExitStack

import forked
import pytest
from small_project import ONE_PARAMS, ORDERS, make_one
from traces import left_over, runs_of

from segnb.cli import main
from segnb.runs import manifest, publish

pytestmark = pytest.mark.slow


def test_of_eight_starts_one_publishes(tmp_path, temporary):
    """The first is held by a slow cell; seven more start at once."""
    going = tmp_path / "go"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(going)!r}).exists(): time.sleep(0.05)"
    project = make_one(tmp_path / "p", wait)
    with ExitStack() as stack:
        first = stack.enter_context(forked.segnb("run", cwd=project))
        forked.wait_for(lambda: "small: run" in first.said())
        others = [stack.enter_context(forked.segnb("run", cwd=project)) for _ in range(7)]
        for other in others:
            other.join(60)
            assert other.exitcode == 75, other.said()
            assert f"another run of 'small' is at work (process {first.pid})" in other.said()
        assert first.is_alive()
        going.touch()
        first.join(60)
        assert first.exitcode == 0, first.said()
    (run,) = publish.published(project / "reports" / "small")
    assert manifest.faults(run) == []
    assert publish.latest(run.parent) == run
    assert left_over(project, temporary) == []


def test_four_reports_of_one_project_share_its_caches(tmp_path, temporary, capfd):
    """At the same time, each with its own data: none loses its tables, and old tables do not pile up."""
    project = make_one(
        tmp_path / "p", "import segnb as sb\nrun = sb.open_run(run)\nrun.tables().orders.count().execute()"
    )
    (project / "params" / "small.yaml").unlink()
    names = ["a", "b", "c", "d"]
    for round_ in range(3):
        for place, name in enumerate(names):
            (project / "data" / f"{name}.csv").write_text(f"{ORDERS}1{place}{round_},2024-06-01,1.00\n")
            yaml = ONE_PARAMS.replace("name: small", f"name: {name}").replace("orders.csv", f"{name}.csv")
            (project / "params" / f"{name}.yaml").write_text(yaml)
        with ExitStack() as stack:
            runs = [stack.enter_context(forked.segnb("run", name, cwd=project)) for name in names]
            for each in runs:
                each.join(60)
                assert each.exitcode == 0, each.said()
        kept = {path.name for path in (project / "reports" / ".cache" / "tables").iterdir()} - {".lock"}
        claimed = {(project / "reports" / name / ".tables").read_text() for name in names}
        assert kept == claimed
        assert len(kept) == 4
    assert all(len(publish.published(project / "reports" / name)) == 3 for name in names)
    assert left_over(project, temporary) == []
    assert main(["verify", "--project", str(project)]) == 0


def test_four_projects_at_the_same_time_publish_the_same(tmp_path, temporary):
    projects = [make_one(tmp_path / f"p{place}") for place in range(4)]
    with ExitStack() as stack:
        for run in [stack.enter_context(forked.segnb("run", cwd=project)) for project in projects]:
            run.join(60)
            assert run.exitcode == 0, run.said()
    first, *others = map(runs_of, projects)
    assert first
    assert all(other == first for other in others)
    assert [left_over(project, temporary) for project in projects] == [[]] * 4
