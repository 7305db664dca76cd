"""Where the stages of one run are executed: one kernel after the other, in the staging folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from segnb.errors import SegnbError
from segnb.runs.clean import clean, rewriter
from segnb.runs.execute import Job, execute
from segnb.runs.kernel import environment
from segnb.runs.plan import Plan
from segnb.runs.project import shown
from segnb.runs.run import NOTEBOOKS, PLAYBOOK, RUN_FOLDER, TABLES_FOLDER
from segnb.runs.stages import Stage


@dataclass(frozen=True)
class Workshop:
    """A run's staging folder, and what its kernels need.

    Parameters
    ----------
    scratch
        A short-lived folder for sockets and IPython's files.
    tables
        The folder of the cleaned tables: all of the data that a kernel gets to see.
    threads
        Threads of the numerical libraries.
    """

    plan: Plan
    staged: Path
    scratch: Path
    tables: Path
    threads: int

    def run(self, stage: Stage, tick: Callable[[int], None]) -> None:
        """Execute a stage's notebook into the staging folder, cleaned of all that is chance.

        Raises
        ------
        SegnbError
            The notebook stopped; as far as it came, it lies in the report's ``failed`` folder.
        """
        executed = self.staged / "notebooks" / stage.path.name
        job = Job(
            notebook=stage.path,
            executed=executed,
            values={"run": self.plan.name, **stage.knobs},
            environment=self._environment(stage),
            folder=self.staged,
            scratch=self.scratch,
            cell_limit=self.plan.checked.parameters.timeouts.cell,
            deadline=self._deadline,
        )
        try:
            execute(job, tick)
        except SegnbError as error:
            told = [rewriter(self._paths)(str(error))]
            with suppress(OSError, ValueError):  # on a full disk it came nowhere
                told.append(f"as far as it came: {shown(self._put_aside(executed))}")
            raise type(error)("\n".join(told)) from None
        self._write_clean(executed)

    def _environment(self, stage: Stage) -> dict[str, str]:
        """Return what the kernel gets; the playbook only where the stage's stamp covers it."""
        playbook = {PLAYBOOK: str(self.staged / "playbook.yaml")} if stage.reads_playbook else {}
        return self._common_environment | playbook

    @cached_property
    def _common_environment(self) -> dict[str, str]:
        project = self.plan.project
        found = environment(
            os.environ,
            scratch=self.scratch,
            settings=project.font_cache,
            threads=self.threads,
        )
        _list_fonts(project.font_cache, found)
        return found | {
            RUN_FOLDER: str(self.staged),
            TABLES_FOLDER: str(self.tables),
            NOTEBOOKS: str(project.root / "notebooks"),
        }

    @cached_property
    def _deadline(self) -> float | None:
        limit = self.plan.checked.parameters.timeouts.run
        return None if limit is None else time.monotonic() + limit

    @cached_property
    def _paths(self) -> dict[Path, str]:
        found = {
            self.staged: ".",
            self.scratch: "scratch",
            self.plan.project.root: "project",
            self.plan.project.reports: "reports",
            self.plan.checked.path.parent.resolve(): "params",
            Path(__file__).parents[2]: "python",
            Path(sys.prefix): "python",
            Path(sys.base_prefix): "python",
        }
        return found | ({Path(os.environ["HOME"]): "~"} if os.environ.get("HOME") else {})

    def _put_aside(self, executed: Path) -> Path:
        """Move a notebook that stopped out of the staging folder, in one step."""
        self._write_clean(executed)
        partial = self.plan.folder / "failed" / executed.name
        partial.parent.mkdir(parents=True, exist_ok=True)
        return executed.replace(partial)

    def _write_clean(self, executed: Path) -> None:
        notebook: dict[str, Any] = json.loads(executed.read_text(encoding="utf-8"))
        text = json.dumps(clean(notebook, self._paths), indent=1, sort_keys=True, ensure_ascii=False)
        executed.write_text(text + "\n", encoding="utf-8", newline="\n")


def _list_fonts(settings: Path, environment: dict[str, str]) -> None:
    """Let Matplotlib list the fonts once: a notebook that has to do so says it in its output."""
    if not any(settings.glob("fontlist*.json")):
        settings.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env=environment, capture_output=True, check=False)
