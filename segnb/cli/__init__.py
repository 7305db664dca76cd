"""The command line: words only. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence

from segnb.cli.arguments import parser
from segnb.cli.streams import err, forget, open_streams, signals, tell


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    open_streams()
    forget()
    try:
        options = parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        with signals():
            return command(options)
    except KeyboardInterrupt as interrupt:
        err("segnb: interrupted")
        return getattr(interrupt, "exit_code", 128 + signal.SIGINT)
    except BrokenPipeError:
        # Whoever read standard output has left, as `head` does: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
    except Exception as error:
        return tell(error)
