"""What can be asked for on the command line: commands, their options, and the words that explain them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeAlias

from segnb import __version__
from segnb.cli import commands
from segnb.errors import ParameterError

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_RUN_HELP = """\
The paths of the report are written to standard output, one a line, and all else to standard error.
With --json, standard output holds one event a line instead, the last one with the paths:
  {"event": "published", "report": "shop", "run": "2025-04-24-0a1b2c3d", "paths": ["...", "..."]}

exit codes:
    0  published, or nothing has changed since       5  a notebook cell raised
    2  parameters or usage                           6  kernel died, out of memory, or took too long
    3  input data refused                            7  cannot write
    4  result refused by a gate                     75  another run of the report is at work
129, 130, 143  interrupted, and cleaned up
Only 6, 7 and 75 are worth a retry; of several reports all run, and the worst gives the code.
"""

_SCORE_HELP = """\
Each customer gets the segment of the published rule, or `unassigned` with the reason: a missing value, a
category that was not there before, a value outside the range seen, too few orders. Orders are counted on as
many days as formed the segments, up to --as-of. How many are in each segment, and what has moved since, is
written to standard error.
"""


class _Parser(argparse.ArgumentParser):
    """Tells a usage error in the same form as every other error."""

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message}. See: {self.prog} --help")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2017-12-31, got {text!r}") from None


def _path(text: str) -> Path:
    """Take a path of this machine, whether or not there is a file."""
    if "://" in text:
        raise argparse.ArgumentTypeError(f"expected a path of this machine, got the address {text[:60]!r}")
    try:
        text.encode()
        os.stat(text or "\0")  # noqa: PTH116 - a Path would make a dot of an empty text
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass
    except (OSError, ValueError):
        raise argparse.ArgumentTypeError(f"no file can be called {text[:60]!r}") from None
    return Path(text)


def _threads(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; what it parses names the function of `commands` to call."""
    made: argparse.ArgumentParser = _Parser(
        prog="segnb", description="Customer segmentation in five notebooks."
    )
    made.add_argument("--version", action="version", version=f"segnb {__version__}")
    into = made.add_subparsers(metavar="COMMAND", required=True)
    for add in (_run, _check, _init, _lab, _list, _verify, _score, _schema, _words):
        add(into)
    return made


def _run(into: _Commands) -> None:
    run = _add(into, commands.run, "run the notebooks and publish the report", _RUN_HELP)
    run.add_argument("--json", action="store_true", help="write events to standard output instead of paths")
    run.add_argument("--quiet", action="store_true", help="tell nothing but errors")
    run.add_argument("--threads", type=_threads, default=1, help=argparse.SUPPRESS)
    _name_params(run, "the project's only one")
    _find_project(run)
    _find_reports(run)


def _check(into: _Commands) -> None:
    check = _add(into, commands.check, "check parameters and, if asked to, the data; run nothing")
    check.add_argument("--data", action="store_true", help="read the tables, too, and tell what came in")
    check.add_argument(
        "--rejects",
        type=_path,
        metavar="FILE.csv",
        help="with --data: write the rows that are set aside, with the reason; "
        "they are data of customers, and the file is for you alone to read",
    )
    _name_params(check, "all of the project")
    _find_project(check)


def _init(into: _Commands) -> None:
    init = _add(into, commands.init, "start a project with notebooks, commented parameters and a README")
    init.add_argument("folder", type=_path, metavar="DIR", help="the new project, or one to add a report to")
    init.add_argument(
        "--customers",
        type=_path,
        metavar="FILE",
        help="a CSV or TSV file with one row for each customer: its columns are looked at and declared",
    )
    init.add_argument(
        "--transactions", type=_path, metavar="FILE", help="the same for a file with one row for each order"
    )


def _lab(into: _Commands) -> None:
    lab = _add(into, commands.lab, "open the project in JupyterLab")
    lab.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="JupyterLab's own options, after --")
    _find_project(lab)


def _list(into: _Commands) -> None:
    listed = _add(
        into, commands.list_, "list parameters, bases, methods, KPIs, models of lifetimes or published runs"
    )
    listed.add_argument("what", choices=["params", *commands.REGISTRIES, "runs"])
    _find_project(listed)
    _find_reports(listed)


def _verify(into: _Commands) -> None:
    verify = _add(into, commands.verify, "check that published runs are as they were published")
    verify.add_argument(
        "run", nargs="?", type=_path, metavar="NAME/RUN", help="or a folder (default: all runs)"
    )
    _find_project(verify)
    _find_reports(verify)


def _score(into: _Commands) -> None:
    score = _add(into, commands.score, "place customers by a published run's rule, as CSV", _SCORE_HELP)
    score.add_argument("run", type=_path, metavar="NAME[/RUN]", help="the run (default: the report's latest)")
    score.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="[TABLE=]FILE",
        help="in place of a source, and read as that one was declared; or a CSV or Parquet file with "
        "customer_id and the rule's measures (default: the run's own sources)",
    )
    score.add_argument(
        "--as-of", type=_day, metavar="YYYY-MM-DD", help="last day that counts (default: the run's)"
    )
    score.add_argument(
        "--output", type=_path, metavar="FILE", help="a CSV or Parquet file for you alone to read"
    )
    score.add_argument(
        "--sql",
        metavar="DIALECT",
        help="print the rule as one SQL expression instead, as for duckdb or postgres",
    )
    _find_project(score)
    _find_reports(score)


def _schema(into: _Commands) -> None:
    _find_project(_add(into, commands.schema, "print the JSON Schema of params files, for editors"))


def _words(into: _Commands) -> None:
    words = _add(into, commands.words, "print all sentences of a language, or the English ones to translate")
    words.add_argument("language", metavar="LANGUAGE", help="as de, or fr for a language of your own")


def _add(
    into: _Commands,
    command: Callable[[argparse.Namespace], int],
    summary: str,
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    added = into.add_parser(
        command.__name__.strip("_"),
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter if epilog else argparse.HelpFormatter,
    )
    added.set_defaults(command=command, project=None, reports=None)
    return added


def _name_params(command: argparse.ArgumentParser, default: str) -> None:
    named = f"reports (default: {default})"
    command.add_argument("params", nargs="*", type=_path, metavar="PARAMS.yaml", help=named)
    command.add_argument(
        "--today", type=_day, metavar="YYYY-MM-DD", help="where `as_of: yesterday` counts from"
    )


def _find_project(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", type=_path, metavar="DIR", help="default: here, or the nearest above")


def _find_reports(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reports", type=_path, metavar="DIR", help="published runs (default: reports/)")
