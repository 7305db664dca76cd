"""Run one notebook with Papermill, and say in one sentence what stopped it."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before Papermill, which imports nbformat, too.
import segnb.notebook_format  # noqa: F401 # isort: skip
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from segnb import registry
from segnb.errors import CellError, KernelError, SegnbError, WriteError
from segnb.runs.kernel import Kernel
from segnb.runs.scratch import end_all

_PATIENCE = 0.1
"""Seconds between two looks at the running notebook, and two lines of progress."""
START_LIMIT = 60
"""Seconds within which a kernel must answer for the first time."""
_OUT_OF_MEMORY = {"MemoryError", "OutOfMemoryException"}
_HEADING = re.compile(r"^#+\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """A notebook to run: from where to where, with which values, in which process.

    ``cell_limit`` is in seconds, ``deadline`` a time of the monotonic clock; None sets no limit.
    """

    notebook: Path
    executed: Path
    values: Mapping[str, Any]
    environment: Mapping[str, str]
    folder: Path
    scratch: Path
    cell_limit: float | None
    deadline: float | None


def execute(job: Job, tick: Callable[[int], None]) -> None:
    """Run a notebook to its end, and leave no process behind.

    Parameters
    ----------
    job
        What to run. The notebook is written as far as it came, whatever happens.
    tick
        Called again and again while it runs, with the number of the code cell at work.

    Raises
    ------
    SegnbError
        A cell raised it: the same class with its message, and where it stood in the notebook.
    CellError
        A cell raised anything else.
    KernelError
        The process died, ran out of memory, or a cell took longer than allowed.
    WriteError
        The disk was full in a cell.
    """
    kernel = Kernel.prepared(job.environment, job.folder, job.scratch)
    runner = _Runner(job, kernel)
    try:
        runner.start()
        while not runner.ended.wait(_PATIENCE):
            tick(runner.code_cell)
            if job.deadline is not None and time.monotonic() > job.deadline:
                raise KernelError(f"{runner.where}\nthe notebooks together took longer than timeouts.run")
    finally:
        # After an interruption the thread still waits for the kernel, until the kernel is gone;
        # interrupted while it starts, it may have no number yet, and then it will start no kernel.
        runner.cancelled.set()
        while runner.ident is not None and not runner.ended.wait(_PATIENCE):
            kernel.end_current()
        kernel.end_current()
        end_all(job.scratch)
    if runner.failure is not None:
        raise _explain(job, runner, kernel) from None
    _require_complete(job.executed)


class _Runner(threading.Thread):
    """Papermill in a thread of its own, so that signals reach the main thread at once."""

    def __init__(self, job: Job, kernel: type[Kernel]) -> None:
        super().__init__(name=job.notebook.stem, daemon=True)
        self.job, self.kernel = job, kernel
        self.code_cell = 0
        self.heading = ""
        self.failure: BaseException | None = None
        # Not join(): interrupted in it, Python 3.11 takes a thread at work for one that has ended.
        self.ended = threading.Event()
        self.cancelled = threading.Event()

    @property
    def where(self) -> str:
        """The notebook, the code cell at work (counted from 1) and the heading above it."""
        cell = f", cell {self.code_cell}" if self.code_cell else ""
        return self.job.notebook.stem + cell + (f" under heading {self.heading!r}" if self.heading else "")

    def run(self) -> None:
        if self.cancelled.is_set():
            self.ended.set()
            return
        # Its warnings are about a command line of its own; what goes wrong is raised.
        logging.getLogger("papermill").setLevel(logging.CRITICAL)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        try:
            with closing(ensure_event_loop()):  # Jupyter makes one for this thread, and leaves it open
                papermill.execute_notebook(
                    _literal(self.job.notebook),
                    _literal(self.job.executed),
                    parameters=dict(self.job.values),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    start_timeout=START_LIMIT,
                    execution_timeout=self.job.cell_limit,
                    kernel_manager_class=self.kernel,
                    on_cell_start=self._note,
                )
        except BaseException as failure:
            self.failure = failure
        finally:
            self.ended.set()

    def _note(self, cell: Any, cell_index: int) -> None:
        """Remember where the notebook is; the cell that Papermill adds is not counted."""
        found = _HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if found:
            self.heading = found[-1]
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", []):
            self.code_cell += 1


def _literal(path: Path) -> str:
    """Write a path so that Papermill, which fills in ``{names}``, takes it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _explain(job: Job, runner: _Runner, kernel: type[Kernel]) -> BaseException:
    failure, where = runner.failure, runner.where
    if isinstance(failure, PapermillExecutionError):
        refusal = _refusals().get(failure.ename)
        if refusal is not None:
            return refusal(f"{where}\n{failure.evalue}")
        message = f"{failure.ename}: {failure.evalue.strip()}".partition("\n")[0]
        return _kind(failure)(f"{where}\n{message}")
    if isinstance(failure, CellTimeoutError):
        return KernelError(f"{where}\nthe cell took longer than timeouts.cell allows ({job.cell_limit} s)")
    if isinstance(failure, OSError):
        return failure
    if isinstance(failure, DeadKernelError) or "Kernel died" in str(failure):
        return KernelError(f"{where}\n{_death(kernel)}")
    return KernelError(f"{where}\nthe kernel did not answer: {failure}")


def _kind(failure: PapermillExecutionError) -> type[SegnbError]:
    """Tell what a retry may mend from what it cannot, whatever library met it first."""
    if failure.ename in _OUT_OF_MEMORY:
        return KernelError
    return WriteError if os.strerror(errno.ENOSPC) in failure.evalue else CellError


def _death(kernel: type[Kernel]) -> str:
    current = kernel.current
    code = current.process.poll() if current is not None and current.process is not None else None
    if current is None or code is None:
        return "the kernel died"
    if code < 0:
        return f"the kernel died (signal {-code}{', probably out of memory' if code == -9 else ''})"
    said = current.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"the kernel ended by itself (exit code {code}){': ' + said[-1] if said else ''}"


def _refusals() -> dict[str, type[SegnbError]]:
    """Return segnb's errors by the name under which a kernel reports them."""
    found: dict[str, type[SegnbError]] = {registry.UnknownName.__name__: registry.UnknownName}
    rest = [SegnbError]
    while rest:
        kind = rest.pop()
        found[kind.__name__] = kind
        rest += kind.__subclasses__()
    return found


def _require_complete(executed: Path) -> None:
    """Refuse a notebook in which any cell did not run to its end, whatever was reported."""
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    complete = all(cell["metadata"].get("papermill", {}).get("status") == "completed" for cell in code)
    if not complete or any(output["output_type"] == "error" for cell in code for output in cell["outputs"]):
        raise CellError(f"{executed.stem}: not every cell ran to its end, so it is not published")
