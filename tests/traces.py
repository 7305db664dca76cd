"""What runs of the small project have left: published, lying about, or still running."""

import psutil
from small_project import ONE_PARAMS, bytes_of

from segnb.cli import main
from segnb.runs import publish

KEPT = {".cache", ".lock", ".tables"}


def seed(project, number):
    """Make a project of one notebook run anew."""
    (project / "params" / "small.yaml").write_text(f"{ONE_PARAMS}seed: {number}\n")


def left_over(project, temporary):
    """Return what runs have left that is neither published nor kept on purpose."""
    reports = project / "reports"
    folders = [reports, *(reports / name for name in ("small", ".cache", ".cache/tables", ".cache/stages"))]
    hidden = [path for folder in folders for path in folder.glob(".*")]
    return [each for each in hidden if each.name not in KEPT] + list(temporary.iterdir())


def runs_of(project):
    """Return the bytes of each published run, by its name."""
    return {run.name: bytes_of(run) for run in publish.published(project / "reports" / "small")}


def latest_of(project, before):
    """Return which run is the latest: what was published is as it was, and all that stands there is whole."""
    assert main(["verify", "--project", str(project)]) == 0
    after = runs_of(project)
    assert {name: after[name] for name in before} == before
    return publish.latest(project / "reports" / "small").name


def born_of(folder):
    """Return the processes that were started for a run of this project, whoever is their parent now."""
    return [each for each in psutil.process_iter() if _knows(each, str(folder))]


def _knows(process, folder):
    try:
        return any(folder in value for value in process.environ().values())
    except psutil.Error:  # it has ended, or is nobody's business
        return False
