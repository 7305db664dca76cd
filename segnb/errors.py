"""Everything segnb refuses, and the exit code that a scheduler sees.

A message says what is wrong, where, how many rows, and what to do; it never holds a value
from a personal column.

::

    SegnbError
    ├── ParameterError   2   parameters or usage; nothing was read or run
    ├── InputError       3   the input data are refused
    ├── GateError        4   a gate refused the result (privacy, or strict statistics)
    ├── CellError        5   a notebook cell raised
    ├── KernelError      6   a kernel or a connection died, memory or time ran out (worth a retry)
    ├── WriteError       7   the output cannot be written                      (worth a retry)
    └── LockedError     75   another run holds the lock                        (worth a retry)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class SegnbError(Exception):
    """Base of all errors that segnb raises on purpose; shown without a traceback."""

    exit_code = 1


class ParameterError(SegnbError):
    """Parameters or usage are wrong; nothing was read or run."""

    exit_code = 2


class InputError(SegnbError):
    """The input data are refused."""

    exit_code = 3


class GateError(SegnbError):
    """A result was made, but a gate refuses to publish it."""

    exit_code = 4


class CellError(SegnbError):
    """A notebook cell raised an error of its own."""

    exit_code = 5


class KernelError(SegnbError):
    """A notebook's kernel or a database's connection died, memory ran out, or it took too long."""

    exit_code = 6


class WriteError(SegnbError):
    """A file cannot be written."""

    exit_code = 7


class LockedError(SegnbError):
    """Another run of the same report holds the lock."""

    exit_code = 75


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: what, where, how many rows, and the remedy."""

    what: str
    where: str = ""
    rows: int | None = None
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        rows = "" if self.rows is None else f" ({self.rows:,} row{'s' * (self.rows != 1)})"
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{where}{self.what}{rows}{remedy}"


def refuse(error: type[SegnbError], faults: Iterable[Fault]) -> None:
    """Raise one error that lists all faults; do nothing where there is none."""
    lines = [str(fault) for fault in faults]
    if len(lines) == 1:
        raise error(lines[0])
    if lines:
        raise error(f"{len(lines)} faults:\n" + "\n".join(f"  - {line}" for line in lines))


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which known name is nearest, and list them all: the second half of an error."""
    known = [str(each) for each in names]
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    holding = [each for each in known if name and name in each.split("_")]
    close = close or (holding if len(holding) == 1 else [])
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}Choose one of: {', '.join(known)}" if known else f"{hint}There are none"
