"""The main job: from a plan to a published run.

What is heavy is imported only once it is known that a stage must run, so that an unchanged run
is recognised at once.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from segnb.errors import WriteError
from segnb.lock import locked
from segnb.runs import manifest, publish, results, scratch
from segnb.runs.basis import settled
from segnb.runs.cache import StageCache
from segnb.runs.claims import claim, claimed
from segnb.runs.clean import require_no_secret
from segnb.runs.gates import require_sound
from segnb.runs.plan import Plan
from segnb.runs.progress import Progress, Timings
from segnb.runs.project import shown
from segnb.runs.reporting import write_report
from segnb.runs.resolved import resolved_yaml
from segnb.runs.shelf import INDEX, write_shelf

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
        with locked(plan.folder), _swept(plan.folder):
            unchanged = final.is_dir() and not manifest.faults(final)
            if unchanged:
                publish.point_latest(final)
            else:
                progress.begin(plan.name, plan.run, [TABLES, *(stage.name for stage in plan.stages), REPORT])
                _make(plan, Timings(progress), threads)
            if not unchanged or _is_older(plan.project.reports / INDEX, plan.folder / publish.LATEST):
                write_shelf(plan.project, plan.checked.parameters.voice, plan.folder)
    except (OSError, WriteError) as error:
        raise _cannot_write(plan, error) from error
    published = Published(final, unchanged)
    progress.end(plan.name, plan.run, [shown(path) for path in published.paths], unchanged=unchanged)
    return published


def _is_older(page: Path, latest: Path) -> bool:
    """Say whether a page was not written since `latest` was moved: a run was killed in between."""
    return not page.is_file() or page.stat().st_mtime_ns < latest.lstat().st_mtime_ns


def _cannot_write(plan: Plan, error: OSError | WriteError) -> WriteError:
    """Say what could not be written, and on a full disk how much room there is and was needed last time."""
    told = str(error)
    if isinstance(error, OSError):
        where = shown(Path(error.filename) if isinstance(error.filename, str) else plan.folder)
        told = f"{where}: {error.strerror or error}"
    room = ""
    if os.strerror(errno.ENOSPC) in told:
        caches = [plan.project.stage_cache, plan.project.tables_cache, Path(tempfile.gettempdir())]
        folders = [each for each in (plan.folder, *caches) if each.is_dir()]
        full = min(folders, key=lambda folder: shutil.disk_usage(folder).free)
        room = f"{shutil.disk_usage(full).free:,} bytes are free in {shown(full)}{_needed(plan)}. "
    return WriteError(f"{told}\n{room}Published runs are as they were")


def _needed(plan: Plan) -> str:
    last = publish.latest(plan.folder)
    if last is None or manifest.faults(last):
        return ""
    size = sum(entry["size"] for entry in manifest.read(last)["files"].values())
    return f", and a run of this report needs about {2 * size:,} with what is kept of each stage"


@contextmanager
def _swept(folder: Path) -> Iterator[None]:
    """Remove what a killed run of the report left, and whatever an interruption leaves of this one."""
    try:
        publish.sweep(folder)
        scratch.sweep(folder)
        yield
    finally:
        publish.sweep(folder)
        scratch.sweep(folder)


def _make(plan: Plan, timings: Timings, threads: int) -> None:
    with publish.staging(plan.folder, plan.run) as staged:
        (staged / "params.yaml").write_text(plan.resolved, encoding="utf-8", newline="\n")
        (staged / "playbook.yaml").write_bytes(plan.playbook)
        _run_stages(plan, staged, timings, threads)
        taken = settled(plan.checked.parameters, staged / results.TABLES)
        text = resolved_yaml(replace(plan.checked, parameters=taken))
        (staged / "params.yaml").write_text(text, encoding="utf-8", newline="\n")
        if plan.checked.parameters.strict:
            require_sound(staged / results.TABLES)
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
    with scratch.scratch(plan.folder) as short_lived:
        workshop = None
        for stage in plan.stages:
            with timings.stage(stage.name) as clock:
                clock.reused = cache.restore(stage.stamp, staged)
                if clock.reused:
                    continue
                if workshop is None:
                    from segnb.runs.workshop import Workshop

                    workshop = Workshop(plan, staged, short_lived, tables or _cleaned(plan), threads)
                before = manifest.contents(staged)
                workshop.run(stage, clock.tick)
                require_no_secret(staged)
                after = manifest.contents(staged)
                cache.keep(stage.stamp, staged, [name for name in after if after[name] != before.get(name)])
    cache.prune()
    if workshop is not None:
        _prune_tables(plan)


def _cleaned(plan: Plan) -> Path:
    from segnb.runs.data_check import refuse_too_few
    from segnb.tables.read import cleaned

    as_of, cache = plan.checked.parameters.as_of, plan.project.tables_cache
    tables = cleaned(plan.found, as_of=as_of, cache=cache)
    while not claim(plan.folder, tables):  # a run at the same time has just removed them
        tables = cleaned(plan.found, as_of=as_of, cache=cache)
    refuse_too_few(plan.checked, tables)
    return tables


def _prune_tables(plan: Plan) -> None:
    from segnb.tables.kept import prune

    prune(plan.project.tables_cache, partial(claimed, plan.project))


def _windows(staged: Path) -> Any:
    """Return the days that formed and judged the segments, where a notebook asked for them."""
    path = staged / results.TABLES / f"{results.WINDOWS}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
