"""What the command says and hears: its streams, its errors, the signals that end it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from segnb.errors import SegnbError
from segnb.tables.secrets import hide

_stopped: list[int] = []
"""The signal that has asked this command to end."""


def forget() -> None:
    """Begin a command that no signal has asked to end."""
    _stopped.clear()


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


def open_streams() -> None:
    """Open what a scheduler may have closed, or else the first file opened is taken for a stream."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if number == 0 else "w"))


def out(*lines: str) -> None:
    """Write lines to standard output, at once."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def err(*lines: str) -> None:
    """Write lines to standard error, without what is secret."""
    with suppress(OSError):  # nobody reads it any more, or its disk is full: the exit code tells
        sys.stderr.write(hide("".join(f"{line}\n" for line in lines)))
        sys.stderr.flush()


def _raise_if_stopped(error: Exception) -> None:
    """Know an interruption again: a library at work makes an error of its own of it, as DuckDB does."""
    if _stopped:
        raise Interrupted(_stopped[0]) from error


def tell(error: Exception) -> int:
    """Tell an error without a traceback, and return its exit code."""
    _raise_if_stopped(error)
    if not isinstance(error, SegnbError):
        if os.environ.get("SEGNB_DEBUG"):  # where it is, for those who mend it
            err(*traceback.format_exception(error))
        err(f"segnb: error: a defect in segnb: {type(error).__name__}: {error}")
        return SegnbError.exit_code
    first, *rest = str(error).splitlines() or [type(error).__name__]
    err(f"segnb: error: {first}", *(f"  {line}" for line in rest))
    return error.exit_code


@contextmanager
def signals() -> Iterator[None]:
    """Turn signals to end into an exception, once: cleaning up is not interrupted again.

    What whoever started the command has set to be ignored stays so, as under ``nohup``.
    """
    named = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    signals = [each for each in named if each and signal.getsignal(each) != signal.SIG_IGN]

    def stop(signum: int, _: object) -> NoReturn:
        _stopped.append(signum)
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signum)

    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    except Exception as error:
        _raise_if_stopped(error)
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
