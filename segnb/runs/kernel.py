"""The process that runs a notebook: this very Python, a small environment, and no orphan."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

import segnb
from segnb.runs.scratch import SCRATCH

_PASSED = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "PROGRAMDATA"),
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_OPTIONS = ("--InteractiveShell.automagic=False", "--HistoryManager.enabled=False")
_LONGEST_SOCKET = 90
"""Characters of a socket's path that every system takes (macOS: 104, with the channel's number)."""


def environment(outer: Mapping[str, str], *, scratch: Path, settings: Path, threads: int) -> dict[str, str]:
    """Return all that a kernel gets to see of the environment it is started from.

    Parameters
    ----------
    outer
        The environment of the command.
    scratch
        A folder of this run for IPython's files: nobody's own startup files are read.
    settings
        A lasting folder for Matplotlib's list of fonts; the user's own style is not read.
    threads
        Threads of the numerical libraries.
    """
    inner = {name: outer[name] for name in _PASSED if name in outer}
    inner |= dict.fromkeys(_THREADS, str(threads))
    return inner | {
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(_module_folders(outer)),
        SCRATCH: str(scratch),
        "JUPYTER_CONFIG_DIR": str(scratch),
        "JUPYTER_RUNTIME_DIR": str(scratch),
        "MPLCONFIGDIR": str(settings),
    }


def _module_folders(outer: Mapping[str, str]) -> list[str]:
    """Where modules are found beside Python's own folders: segnb's checkout, and what is set."""
    own = str(Path(segnb.__file__).resolve().parent.parent)
    given = [each for each in outer.get("PYTHONPATH", "").split(os.pathsep) if each]
    return ([] if own in sysconfig.get_paths().values() else [own]) + given


class Kernel(AsyncKernelManager):
    """A kernel manager that knows one kernel, and can end it with all that it started."""

    environment: Mapping[str, str]
    folder: Path
    scratch: Path
    current: Kernel | None = None
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def prepared(cls, environment: Mapping[str, str], folder: Path, scratch: Path) -> type[Kernel]:
        """Return a class for one notebook: Papermill's client makes the manager itself."""
        facts = {"environment": environment, "folder": folder, "scratch": scratch}
        return type("PreparedKernel", (cls,), facts)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        type(self).current = self

    @property
    def kernel_spec(self) -> KernelSpec:
        """The Python at work, whatever kernels are installed under whatever names."""
        # Without automagic: to it, a cell with the one line `run: str = "latest"` is the command %run.
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *_OPTIONS]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override] # theirs is decorated
        """Start it in the run's folder, behind sockets that only this user can open."""
        self.connection_file = str(self.scratch / "kernel.json")
        if os.name != "nt" and len(self.connection_file) <= _LONGEST_SOCKET:
            self.transport = "ipc"
            self.ip = str(self.scratch / "kernel")
        with self.log_file.open("wb") as log:
            options |= {"cwd": str(self.folder), "env": dict(self.environment), "stdout": log, "stderr": log}
            await super().start_kernel(**options)
        self.process = getattr(self.provisioner, "process", None)

    @property
    def log_file(self) -> Path:
        """What the process wrote that is no cell's output: why it did not start, for one."""
        return self.scratch / "kernel.log"

    @classmethod
    def end_current(cls) -> None:
        """End the process, if there is one, and all that it started."""
        process = cls.current.process if cls.current is not None else None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.name == "nt":
                    process.kill()
                else:
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
