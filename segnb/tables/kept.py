"""The folder of cleaned tables: cleaned by one process at a time, removed when no longer claimed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from segnb.errors import LockedError
from segnb.lock import locked

DIGITS = 32
"""Of the digest that names a folder of cleaned tables."""
_HALF = ".half-"


def is_kept(folder: Path) -> bool:
    """Say whether these tables are cleaned."""
    return (folder / "intake.json").is_file()


@contextmanager
def cleaning(folder: Path) -> Iterator[Path | None]:
    """Yield a folder that becomes this one in one step, or vanishes where anything fails.

    One process at a time cleans: it has the memory for itself, and whoever waited for the same
    tables gets None, since they are there now.
    """
    half = folder.with_name(f"{_HALF}{folder.name}")
    with locked(folder.parent, wait=True):
        if is_kept(folder):
            yield None
            return
        shutil.rmtree(half, ignore_errors=True)  # a process died here
        half.mkdir(mode=0o700)
        try:
            yield half
            shutil.rmtree(folder, ignore_errors=True)  # without its last file it is nothing
            half.rename(folder)
        finally:
            shutil.rmtree(half, ignore_errors=True)


def prune(cache: Path, claimed: Callable[[], set[str]]) -> None:
    """Remove what dead processes left half cleaned, and the tables that nobody claims.

    Where another process is cleaning at this moment, nothing is removed: the next run will do it.

    Parameters
    ----------
    cache
        The folder of cleaned tables; they hold personal data, as the sources do.
    claimed
        Returns the names of those that are in use.
    """
    with suppress(LockedError), locked(cache):
        for left in cache.glob(f"{_HALF}*"):
            shutil.rmtree(left, ignore_errors=True)
        for tables in cache.glob("[0-9a-f]" * DIGITS):
            if tables.name in claimed():
                continue
            aside = tables.with_name(f"{_HALF}{tables.name}")
            tables.rename(aside)
            if tables.name in claimed():  # since a moment ago
                aside.rename(tables)
            shutil.rmtree(aside, ignore_errors=True)
