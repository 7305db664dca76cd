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

from segnb.errors import ParameterError
from segnb.runs import manifest
from segnb.runs.project import Project

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
    path = folder / f"{_STAGING}{run}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def publish(staged: Path, run: str, facts: Mapping[str, Any]) -> Path:
    """Seal a staging folder with its manifest, move it into place and point `latest` at it.

    A damaged run of the same id is put aside first.

    Returns
    -------
    Path
        The published folder.
    """
    final = staged.parent / run
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
    fresh = folder / f"{_STAGING}{LATEST}"
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
    """
    name, _, run = wanted.partition("/")
    folders = [project.report(name)] if name else project.report_folders
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
