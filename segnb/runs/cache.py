"""What each stage made, kept by its stamp, so that only what has changed runs again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
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
        entry = self.folder / stamp
        try:
            recorded = json.loads((entry / _INDEX).read_text(encoding="utf-8"))
            if contents(entry / "files") != recorded:
                return False
            shutil.copytree(entry / "files", run, dirs_exist_ok=True, copy_function=shutil.copyfile)
            os.utime(entry)  # prune keeps the entries used last
        except (OSError, ValueError):
            return False
        return True

    def keep(self, stamp: str, run: Path, names: Iterable[str]) -> None:
        """Store the files that a stage wrote, named relative to the run's staging folder."""
        # Beside the staging folder and named like it: swept with it if this process dies here.
        fresh = run.with_name(f"{run.name}-entry")
        for name in names:
            target = fresh / "files" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run / name, target)
        (fresh / _INDEX).write_text(json.dumps(contents(fresh / "files")), encoding="utf-8")
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder / stamp, ignore_errors=True)
        fresh.rename(self.folder / stamp)

    def prune(self, kept: int = _KEPT) -> None:
        """Remove all but the entries used last."""
        entries = [(path.stat().st_mtime_ns, path) for path in self.folder.glob("*")]
        for _, old in sorted(entries, reverse=True)[kept:]:
            shutil.rmtree(old, ignore_errors=True)
