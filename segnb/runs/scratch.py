"""A run's short-lived folder for sockets and IPython's files, and the end of all that knows it.

It lies in the system's temporary folder, where sockets are allowed and paths are short. Its name
tells the report it belongs to, so that the report's next run finds what a killed one has left:
the folder, and every process that was started with it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from segnb.runs.manifest import digest

SCRATCH = "IPYTHONDIR"
"""Environment variable of a kernel, and of all that it starts: the scratch folder of its run."""
_ROUNDS, _PAUSE = 50, 0.05
_QUIET = 2
"""Looks without a finding that make sure: a process that is just starting shows no environment."""


@contextmanager
def scratch(report: Path) -> Iterator[Path]:
    """Open a scratch folder for a run of the report in this folder; call it with the lock held."""
    path = Path(tempfile.mkdtemp(prefix=_prefix(report)))
    try:
        yield path
    finally:
        _remove(path)


def sweep(report: Path) -> None:
    """Remove what dead runs of the report left; call it with the lock held."""
    for left in Path(tempfile.gettempdir()).glob(f"{_prefix(report)}*"):
        _remove(left)


def end_all(path: Path) -> None:
    """Kill every process that got this scratch folder with its environment, whoever its parent is now."""
    import psutil

    quiet = 0
    for _ in range(_ROUNDS):  # who is killed may just have started another
        found = [process for process in psutil.process_iter() if _scratch_of(process) == str(path)]
        quiet = 0 if found else quiet + 1
        if quiet == _QUIET:
            return
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=_PAUSE)
        time.sleep(_PAUSE)


def _scratch_of(process: Any) -> Any:
    import psutil

    try:
        return None if process.pid == os.getpid() else process.environ().get(SCRATCH)
    except (psutil.Error, OSError):  # it has ended, or is another user's
        return None


def _remove(path: Path) -> None:
    end_all(path)
    shutil.rmtree(path, ignore_errors=True)


def _prefix(report: Path) -> str:
    folder = report.stat()  # the same by whatever path; and short, for the sockets
    return f"segnb-{digest([folder.st_dev, folder.st_ino])[:8]}-"
