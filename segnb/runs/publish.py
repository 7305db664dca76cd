"""From a staging folder to a published run: whole or not at all, and `latest` last.

A crash at any point leaves the last published run and `latest` as they were; what it leaves
behind is a hidden folder that the next run of the report sweeps away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segnb.errors import CellError, Fault, InputError, ParameterError, refuse
from segnb.runs import manifest
from segnb.runs.project import Project, shown

LATEST = "latest"
_STAGING = ".staging-"


def sweep(folder: Path) -> None:
    """Remove what dead runs left in a report's folder; call it with the lock held."""
    for left in sorted(folder.glob(f"{_STAGING}*")):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


@contextmanager
def staging(folder: Path, run: str) -> Iterator[Path]:
    """Open a staging folder beside the published runs; it is gone afterwards, come what may."""
    path = beside(folder, run)
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def beside(folder: Path, name: str) -> Path:
    """Return a path in a report's folder that is swept away if this process dies."""
    return folder / f"{_STAGING}{name}"


def publish(staged: Path, run: str, facts: Mapping[str, Any]) -> Path:
    """Seal a staging folder with its manifest, move it into place and point `latest` at it.

    A damaged run of the same id is put aside first, and a notebook's links out of the run are refused.

    Returns
    -------
    Path
        The published folder.
    """
    final = staged.parent / run
    refuse(CellError, (Fault("a run holds files, and no links", name) for name in manifest.links(staged)))
    _sync(staged)
    manifest.write(staged, facts)
    _sync_file(staged / manifest.NAME)
    _sync_folder(staged)
    if final.exists():
        aside = staged.with_name(f"{staged.name}-damaged")
        final.rename(aside)
        staged.rename(final)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        staged.rename(final)
    _sync_folder(final.parent)
    point_latest(final)
    return final


def point_latest(final: Path) -> None:
    """Swap `latest` to a published run in one step: a link, or a text file where links are refused."""
    folder = final.parent
    if latest(folder) == final:
        return
    fresh = beside(folder, LATEST)
    try:
        fresh.symlink_to(final.name, target_is_directory=True)
    except (OSError, NotImplementedError):
        fresh.write_text(final.name + "\n", encoding="ascii")
        _sync_file(fresh)
    fresh.replace(folder / LATEST)
    _sync_folder(folder)


def latest(folder: Path) -> Path | None:
    """Return the folder that a report's `latest` points at, None where nothing is published."""
    link = folder / LATEST
    if link.is_symlink():
        target = folder / link.readlink().name
    elif link.is_file():
        target = folder / link.read_text(encoding="ascii").strip()
    else:
        return None
    return target if target.is_dir() else None


def require_latest(folder: Path) -> None:
    """Refuse a report whose `latest` points nowhere: its run was removed by hand."""
    link = folder / LATEST
    if (link.is_symlink() or link.is_file()) and latest(folder) is None:
        raise InputError(f"{shown(link)} points nowhere. Run the report again, and it is put right")


def published(folder: Path) -> list[Path]:
    """Return a report's published runs, by name."""
    runs = (path.parent for path in folder.glob(f"[!.]*/{manifest.NAME}"))
    return sorted(run for run in runs if not run.is_symlink())


def find_runs(project: Project, wanted: str) -> list[Path]:
    """Return published runs: ``NAME/RUN``, ``NAME/latest``, all of ``NAME``, or all there are.

    Raises
    ------
    ParameterError
        There is none.
    InputError
        A report's `latest` points nowhere.
    """
    name, _, run = wanted.partition("/")
    folders = [project.report(name)] if name else project.report_folders
    for folder in folders:
        require_latest(folder)
    runs = [each for folder in folders for each in published(folder)]
    if run == LATEST:
        runs = [each for each in runs if each == latest(each.parent)]
    elif run:
        runs = [each for each in runs if each.name == run]
    if not runs:
        raise ParameterError(f"there is no published run {wanted!r}. See: segnb list runs")
    return runs


def _sync(folder: Path) -> None:
    """Force every file and folder below, and the folder itself, onto the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            _sync_folder(path)
        elif path.is_file():
            _sync_file(path)
    _sync_folder(folder)


def _sync_file(path: Path) -> None:
    with path.open("rb+" if os.name == "nt" else "rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to flush it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
