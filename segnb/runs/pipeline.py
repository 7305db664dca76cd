"""The main job: from a plan to a published run.

What is heavy is imported only once it is known that a stage must run, so that an unchanged run
is recognised at once.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segnb.errors import WriteError
from segnb.runs import manifest, publish, results
from segnb.runs.cache import StageCache
from segnb.runs.clean import require_no_secret
from segnb.runs.lock import locked
from segnb.runs.plan import Plan
from segnb.runs.progress import Progress, Timings
from segnb.runs.project import shown
from segnb.runs.reporting import write_report
from segnb.runs.shelf import INDEX, write_shelf
from segnb.words import Voice

RESULTS = ("report.html", "report.pdf")
TABLES, REPORT = "tables", "report"
"""The first and the last line of progress: the data are read, the notebooks become one document."""


@dataclass(frozen=True)
class Published:
    """A run in its final place."""

    folder: Path
    unchanged: bool

    @property
    def paths(self) -> list[Path]:
        """The files to open: the report in each of its formats."""
        return [self.folder / name for name in RESULTS if (self.folder / name).is_file()]


def run_report(plan: Plan, progress: Progress, *, threads: int = 1) -> Published:
    """Run the stages that have changed, and publish the report.

    Parameters
    ----------
    plan
        What to run.
    progress
        Who is told how it goes on.
    threads
        Threads of the numerical libraries; the results do not depend on it.

    Raises
    ------
    SegnbError
        Whatever stopped the run; what was published before is as it was.
    """
    final = plan.folder / plan.run
    try:
        with locked(plan.folder):
            publish.sweep(plan.folder)
            unchanged = final.is_dir() and not manifest.faults(final)
            if unchanged:
                publish.point_latest(final)
            else:
                progress.begin(plan.name, plan.run, [TABLES, *(stage.name for stage in plan.stages), REPORT])
                _make(plan, Timings(progress), threads)
            if not unchanged or not (plan.project.reports / INDEX).is_file():
                write_shelf(plan.project, Voice(locale=plan.checked.parameters.locale))
    except OSError as error:
        where = shown(Path(error.filename) if isinstance(error.filename, str) else plan.folder)
        raise WriteError(f"{where}: {error.strerror or error}. Published runs are as they were") from error
    published = Published(final, unchanged)
    progress.end(plan.name, plan.run, [shown(path) for path in published.paths], unchanged=unchanged)
    return published


def _make(plan: Plan, timings: Timings, threads: int) -> None:
    with publish.staging(plan.folder, plan.run) as staged:
        (staged / "params.yaml").write_text(plan.resolved, encoding="utf-8", newline="\n")
        (staged / "playbook.yaml").write_bytes(plan.playbook)
        _run_stages(plan, staged, timings, threads)
        with timings.stage(REPORT):
            told = write_report(plan, staged)
        (staged / "run.log").write_text("\n".join(timings.lines) + "\n", encoding="utf-8")
        require_no_secret(staged)
        publish.publish(staged, plan.run, {**plan.facts, "told": told, "windows": _windows(staged)})
    shutil.rmtree(plan.folder / "failed", ignore_errors=True)


def _run_stages(plan: Plan, staged: Path, timings: Timings, threads: int) -> None:
    cache = StageCache(plan.project.stage_cache)
    (staged / "notebooks").mkdir()
    with timings.stage(TABLES) as clock:
        clock.reused = all(cache.has(stage.stamp) for stage in plan.stages)
        # Before any kernel: what is wrong with the input is told at once, and no kernel meets a source.
        tables = None if clock.reused else _cleaned(plan)
    with tempfile.TemporaryDirectory(prefix="segnb-", ignore_cleanup_errors=True) as scratch:
        workshop = None
        for stage in plan.stages:
            with timings.stage(stage.name) as clock:
                clock.reused = cache.restore(stage.stamp, staged)
                if clock.reused:
                    continue
                if workshop is None:
                    from segnb.runs.workshop import Workshop

                    workshop = Workshop(plan, staged, Path(scratch), tables or _cleaned(plan), threads)
                before = manifest.contents(staged)
                workshop.run(stage, clock.tick)
                require_no_secret(staged)
                after = manifest.contents(staged)
                cache.keep(stage.stamp, staged, [name for name in after if after[name] != before.get(name)])
    cache.prune()


def _cleaned(plan: Plan) -> Path:
    from segnb.tables.read import cleaned

    parameters = plan.checked.parameters
    return cleaned(plan.found, as_of=parameters.as_of, cache=plan.project.tables_cache)


def _windows(staged: Path) -> Any:
    """Return the days that formed and judged the segments, where a notebook asked for them."""
    path = staged / results.TABLES / f"{results.WINDOWS}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
