"""The command line in forks of one warm process: real processes to kill, without a second of imports each."""

import io
import itertools
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

_NUMBERS = itertools.count(1)
_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["forked_warm"])

STEPS = "steps.txt"
FILE_STEPS = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.utime"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@contextmanager
def segnb(*arguments, cwd, step=None, limit=None):
    """Start the command line; ``said`` is what it wrote so far.

    With ``step`` it kills itself right before the so-many-th change of a file or folder below its
    working folder; `steps` tells which these were. ``limit`` is called first.
    """
    log = Path(cwd) / f"said-{next(_NUMBERS)}.txt"
    log.write_bytes(b"")
    facts = (list(map(str, arguments)), str(cwd), str(log), step, limit, dict(os.environ))
    process = _WARM.Process(target=_run, args=facts)
    ensure_warm()
    process.start()
    process.said = lambda: log.read_text(encoding="utf-8")
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join()


def run(*arguments, cwd, code=0, **options):
    """Run the command line to its end and check its exit code."""
    with segnb(*arguments, cwd=cwd, **options) as process:
        process.join(120)
        assert process.exitcode == code, f"exit {process.exitcode}\n{process.said()}"
        return process.said()


def ensure_warm():
    """Start the process to fork from; before Python 3.12 it finds modules by its environment alone."""
    before = dict(os.environ)
    os.environ["PYTHONSAFEPATH"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), before.get("PYTHONPATH", "")])
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _run(arguments, cwd, log, step, limit, environment):
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(n, "w"), write_through=True) for n in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(cwd)
    tempfile.tempdir = None
    if limit is not None:
        limit()
    from segnb.cli import main

    if step:
        Steps(cwd, step)
    sys.exit(main(arguments))


def steps(cwd):
    """Return the changes that the last run with ``step`` made or was about to make."""
    return (Path(cwd) / STEPS).read_text(encoding="utf-8").splitlines()


class Steps:
    """Counts the changes of files and folders that this process makes, and dies before one of them."""

    def __init__(self, root, last):
        self.root, self.left = root, last
        self.told = os.open(Path(root, STEPS), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.fsync, os.fsync = os.fsync, self._fsync
        sys.addaudithook(self._hear)

    def _fsync(self, file):
        self._note("os.fsync", "")
        self.fsync(file)

    def _hear(self, event, arguments):
        writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        if writing or event in FILE_STEPS:
            self._note(event, arguments[0])

    def _note(self, event, path):
        named = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if Path(named).is_absolute() and not named.startswith(self.root):
            return
        os.write(self.told, f"{event} {named.removeprefix(self.root)}\n".encode())
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def wait_for(condition, seconds=60):
    """Wait until something is so; fail where it never is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found
