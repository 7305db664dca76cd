"""One process at a time: a lock on a folder that the system itself frees when its owner dies."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from segnb.errors import LockedError

FILE = ".lock"
_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_PATIENCE = 0.1
"""Seconds between two attempts of who waits."""

if sys.platform == "win32":
    import msvcrt

    def _acquire(file: IO[str]) -> None:
        # Windows keeps others from reading the bytes it locks: so one far past the owner's number.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the folder's lock; its file stays, so that nobody locks a deleted one.

    Parameters
    ----------
    folder
        What is locked; it is made where it is not there.
    wait
        Wait until the lock is free, instead of giving up.

    Raises
    ------
    LockedError
        Another process holds it. Nothing has to be unlocked by hand: a dead owner's lock is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a+", encoding="ascii") as file:
        while not _taken(file):
            if not wait:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise LockedError(
                    f"another run of {folder.name!r} is at work (process {owner}). "
                    "Wait until it ends, then start again"
                )
            time.sleep(_PATIENCE)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    try:
        _acquire(file)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True
