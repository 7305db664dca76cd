"""What each stage made, kept by its stamp, so that only what has changed runs again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from segnb.runs.manifest import contents

_INDEX = "files.json"
_KEPT = 50


@dataclass(frozen=True)
class StageCache:
    """A folder with one entry for each stage stamp: the files that the stage wrote.

    The reports of a project share it. A stamp holds the report's name, so two runs at the same
    time never write the same entry.
    """

    folder: Path

    def has(self, stamp: str) -> bool:
        """Say whether a stage's files are known; only `restore` tells whether they are whole."""
        return (self.folder / stamp / _INDEX).is_file()

    def restore(self, stamp: str, run: Path) -> bool:
        """Copy a stage's files into a run; False where they are unknown or no longer whole."""
        # Beside the staging folder and named like it: swept with it if this process dies here.
        entry, fresh = self.folder / stamp, run.with_name(f"{run.name}-entry")
        try:
            shutil.copytree(entry / "files", fresh, copy_function=shutil.copyfile)
            recorded = json.loads((entry / _INDEX).read_text(encoding="utf-8"))
            # Of the copy: a run at the same time may remove the entry at any moment.
            if contents(fresh) != recorded:
                return False
            os.utime(entry)  # prune keeps the entries used last
            _move_files(fresh, run, recorded)
        except (FileNotFoundError, NotADirectoryError, shutil.Error, ValueError):
            return False
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return True

    def keep(self, stamp: str, run: Path, names: Iterable[str]) -> None:
        """Store the files that a stage wrote, named relative to the run's staging folder."""
        fresh = self.folder / f".{run.parent.name}"  # the report's, whose lock is held
        shutil.rmtree(fresh, ignore_errors=True)  # a run was killed here
        try:
            for name in names:
                target = fresh / "files" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(run / name, target)
            (fresh / _INDEX).write_text(json.dumps(contents(fresh / "files")), encoding="utf-8")
            shutil.rmtree(self.folder / stamp, ignore_errors=True)
            fresh.rename(self.folder / stamp)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def prune(self, kept: int = _KEPT) -> None:
        """Remove all but the entries used last."""
        entries = []
        for path in self.folder.glob("[!.]*"):
            with suppress(FileNotFoundError):  # a run at the same time prunes, too
                entries.append((path.stat().st_mtime_ns, path))
        for _, old in sorted(entries, reverse=True)[kept:]:
            shutil.rmtree(old, ignore_errors=True)


def _move_files(source: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).replace(target / name)
