"""One run of a report at a time: a lock that the system itself frees when its owner dies."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from segnb.errors import LockedError

_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}

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
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; its file stays, so that nobody locks a deleted one.

    Raises
    ------
    LockedError
        Another run holds it. Nothing has to be unlocked by hand: a dead owner's lock is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+", encoding="ascii") as file:
        try:
            _acquire(file)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            file.seek(0)
            raise LockedError(
                f"another run of {folder.name!r} is at work (process {file.read().strip() or 'unknown'}). "
                "Wait until it ends, then start again"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
