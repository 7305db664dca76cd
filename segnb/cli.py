"""The command line: words only. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from segnb import __version__
from segnb.errors import InputError, KernelError, LockedError, ParameterError, SegnbError, WriteError
from segnb.tables.secrets import hide

if TYPE_CHECKING:
    from segnb.runs.data_check import Rejects
    from segnb.runs.project import Project
    from segnb.tables.proposal import TableName

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

_RETRY = {error.exit_code for error in (KernelError, WriteError, LockedError)}
_REGISTRIES = {
    "bases": ("segnb.bases.definition", "BASES"),
    "methods": ("segnb.clustering.methods", "METHODS"),
    "kpis": ("segnb.kpis.definition", "KPIS"),
    "models": ("segnb.lifetime.models", "MODELS"),
}


_stopped: list[int] = []
"""The signal that has asked this command to end."""


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.exit_code = 128 + signum


class _Parser(argparse.ArgumentParser):
    """Tells a usage error in the same form as every other error."""

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message}. See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _open_streams()
    _stopped.clear()
    try:
        options = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = options.command
        with _signals():
            return command(options)
    except KeyboardInterrupt as interrupt:
        _err("segnb: interrupted")
        return getattr(interrupt, "exit_code", 128 + signal.SIGINT)
    except BrokenPipeError:
        # Whoever read standard output has left, as `head` does: nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
    except Exception as error:
        return _tell(error)


def _raise_if_stopped(error: Exception) -> None:
    """Know an interruption again: a library at work makes an error of its own of it, as DuckDB does."""
    if _stopped:
        raise Interrupted(_stopped[0]) from error


def _tell(error: Exception) -> int:
    """Tell an error without a traceback, and return its exit code."""
    _raise_if_stopped(error)
    if not isinstance(error, SegnbError):
        if os.environ.get("SEGNB_DEBUG"):  # where it is, for those who mend it
            _err(*traceback.format_exception(error))
        _err(f"segnb: error: a defect in segnb: {type(error).__name__}: {error}")
        return SegnbError.exit_code
    first, *rest = str(error).splitlines() or [type(error).__name__]
    _err(f"segnb: error: {first}", *(f"  {line}" for line in rest))
    return error.exit_code


def _open_streams() -> None:
    """Open what a scheduler may have closed, or else the first file opened is taken for a stream."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if number == 0 else "w"))


@contextmanager
def _signals() -> Iterator[None]:
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


def _run(options: argparse.Namespace) -> int:
    from segnb.runs.pipeline import run_report
    from segnb.runs.plan import make_plan
    from segnb.runs.progress import Quiet, listener
    from segnb.runs.project import shown

    project = _project(options)
    stream = sys.stdout if options.json else sys.stderr
    progress = Quiet() if options.quiet else listener(stream, as_json=options.json)
    codes = [0]
    for params in _params(options, project) or [project.only_params()]:
        try:
            plan = make_plan(params, project, today=options.today)
            published = run_report(plan, progress, threads=options.threads)
            if not options.json:
                _out(*map(shown, published.paths))
        except Exception as error:
            codes.append(_tell(error))
            progress.fail(params.stem, hide(str(error)), codes[-1])
    return max(codes, key=lambda code: (code != 0, code not in _RETRY, code))


def _check(options: argparse.Namespace) -> int:
    from segnb.runs.parameters import bases_allowed, check
    from segnb.runs.project import shown

    if options.rejects and not options.data:
        raise ParameterError("--rejects needs --data: without it no row is read")
    project = _project(options)
    code = 0
    with _rejects(options) as rejects:
        for params in _params(options, project) or project.params or [project.only_params()]:
            try:
                checked = check(params, project.root / "notebooks", today=options.today)
                project.report(checked.parameters.name)
                lines = bases_allowed(checked.parameters)
                if options.data:
                    from segnb.runs.data_check import check_data

                    lines += check_data(checked, project, rejects)
                _out(f"{shown(params)}: no fault", *(f"  {line}" for line in lines))
            except SegnbError as error:
                code = max(code, _tell(error))
    return code


def _rejects(options: argparse.Namespace) -> AbstractContextManager[Rejects | None]:
    if options.rejects is None:
        return nullcontext()
    from segnb.runs.data_check import Rejects

    return Rejects(options.rejects)


def _init(options: argparse.Namespace) -> int:
    from segnb.runs.project import shown
    from segnb.runs.start import init

    named: dict[TableName, Path | None] = {
        "customers": options.customers,
        "transactions": options.transactions,
    }
    tables = {table: path for table, path in named.items() if path is not None}
    params = init(options.folder, tables)
    _out(shown((params if tables else options.folder).resolve()))
    todo = "read it through" if tables else "name your tables and columns in it"
    _err(f"Next, in {options.folder}: params/{params.name}: {todo}; then: segnb check --data, segnb run")
    return 0


def _lab(options: argparse.Namespace) -> int:
    import segnb

    project = _project(options)
    # A checkout that is not installed must be found by the notebooks' kernels, too.
    folders = [str(Path(segnb.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={project.root}", *options.jupyter]
    with subprocess.Popen(command, cwd=project.root, env=environment) as server:
        try:
            return server.wait()
        finally:
            server.terminate()


def _list(options: argparse.Namespace) -> int:
    rows = {"params": _params_rows, "runs": _run_rows}.get(options.what, _registry_rows)(options)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _out("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _params_rows(options: argparse.Namespace) -> list[list[str]]:
    from segnb.runs.json_schema import list_budget
    from segnb.runs.knobs import list_knobs

    rows = [*list_knobs(_project(options).root / "notebooks"), *list_budget()]
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def _run_rows(options: argparse.Namespace) -> list[list[str]]:
    from segnb.runs.publish import LATEST, latest, published

    folders = _project(options).report_folders
    return [
        [f"{folder.name}/{run.name}", LATEST if run == latest(folder) else ""]
        for folder in folders
        for run in published(folder)
    ]


def _registry_rows(options: argparse.Namespace) -> list[list[str]]:
    module, registry = _REGISTRIES[options.what]
    return [[name, entry.summary] for name, entry in getattr(import_module(module), registry).items()]


def _words(options: argparse.Namespace) -> int:
    from segnb.words.catalogue import as_yaml

    _out(as_yaml(options.language).rstrip())
    return 0


def _verify(options: argparse.Namespace) -> int:
    from segnb.runs.manifest import faults
    from segnb.runs.project import shown
    from segnb.runs.publish import find_runs

    wanted: Path = options.run or Path()
    named = wanted.as_posix() if options.run else ""
    runs = [wanted] if (wanted / "run.json").is_file() else find_runs(_project(options), named)
    for run in runs:
        if told := faults(run):
            raise InputError("\n".join([f"{shown(run)} is not as it was published:", *told]))
        _out(f"{shown(run)}: as it was published")
    return 0


def _score(options: argparse.Namespace) -> int:
    from segnb.clustering.sql import sql
    from segnb.runs.publish import LATEST, find_runs
    from segnb.runs.score import published_segmentation, score

    project, wanted = _project(options), options.run.as_posix()
    if (options.run / "run.json").is_file():
        run: Path = options.run
    else:
        (run,) = find_runs(project, wanted if "/" in wanted else f"{wanted}/{LATEST}")
    if options.sql:
        _out(sql(published_segmentation(run).model, options.sql))
        return 0
    scored = score(run, project, data=options.data, as_of=options.as_of)
    if options.output is None:
        scored.write(sys.stdout)
    else:
        scored.save(options.output)
    _err(*scored.lines())
    return 0


def _schema(options: argparse.Namespace) -> int:
    from segnb.runs.json_schema import schema

    _out(json.dumps(schema(_project(options).root / "notebooks"), indent=2, ensure_ascii=False))
    return 0


def _project(options: argparse.Namespace) -> Project:
    from segnb.runs.project import find_project

    return find_project(options.project, options.reports)


def _params(options: argparse.Namespace, project: Project) -> list[Path]:
    """Return the params files that were named by path or by the report's name."""
    from segnb.runs.project import find_params

    return [each if each.suffix == ".yaml" else find_params(project, str(each)) for each in options.params]


def _out(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _err(*lines: str) -> None:
    with suppress(OSError):  # nobody reads it any more, or its disk is full: the exit code tells
        sys.stderr.write(hide("".join(f"{line}\n" for line in lines)))
        sys.stderr.flush()


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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="segnb", description="Customer segmentation in five notebooks.")
    parser.add_argument("--version", action="version", version=f"segnb {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(
        command: Callable[[argparse.Namespace], int], summary: str, **more: Any
    ) -> argparse.ArgumentParser:
        name = command.__name__.strip("_")
        added = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.", **more)
        added.set_defaults(command=command, project=None, reports=None)
        return added

    raw = argparse.RawDescriptionHelpFormatter
    run = add(_run, "run the notebooks and publish the report", epilog=_RUN_HELP, formatter_class=raw)
    run.add_argument("--json", action="store_true", help="write events to standard output instead of paths")
    run.add_argument("--quiet", action="store_true", help="tell nothing but errors")
    run.add_argument("--threads", type=_threads, default=1, help=argparse.SUPPRESS)
    check = add(_check, "check parameters and, if asked to, the data; run nothing")
    check.add_argument("--data", action="store_true", help="read the tables, too, and tell what came in")
    check.add_argument(
        "--rejects",
        type=_path,
        metavar="FILE.csv",
        help="with --data: write the rows that are set aside, with the reason; "
        "they are data of customers, and the file is for you alone to read",
    )
    init = add(_init, "start a project with notebooks, commented parameters and a README")
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
    lab = add(_lab, "open the project in JupyterLab")
    lab.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="JupyterLab's own options, after --")
    listed = add(_list, "list parameters, bases, methods, KPIs, models of lifetimes or published runs")
    listed.add_argument("what", choices=["params", *_REGISTRIES, "runs"])
    verify = add(_verify, "check that published runs are as they were published")
    verify.add_argument(
        "run", nargs="?", type=_path, metavar="NAME/RUN", help="or a folder (default: all runs)"
    )
    scored = add(
        _score, "place customers by a published run's rule, as CSV", epilog=_SCORE_HELP, formatter_class=raw
    )
    scored.add_argument(
        "run", type=_path, metavar="NAME[/RUN]", help="the run (default: the report's latest)"
    )
    scored.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="[TABLE=]FILE",
        help="in place of a source, and read as that one was declared; or a CSV or Parquet file with "
        "customer_id and the rule's measures (default: the run's own sources)",
    )
    scored.add_argument(
        "--as-of", type=_day, metavar="YYYY-MM-DD", help="last day that counts (default: the run's)"
    )
    scored.add_argument(
        "--output", type=_path, metavar="FILE", help="a CSV or Parquet file for you alone to read"
    )
    scored.add_argument(
        "--sql",
        metavar="DIALECT",
        help="print the rule as one SQL expression instead, as for duckdb or postgres",
    )
    schema = add(_schema, "print the JSON Schema of params files, for editors")
    words = add(_words, "print all sentences of a language, or the English ones to translate")
    words.add_argument("language", metavar="LANGUAGE", help="as de, or fr for a language of your own")
    for each, default in ((run, "the project's only one"), (check, "all of the project")):
        named = f"reports (default: {default})"
        each.add_argument("params", nargs="*", type=_path, metavar="PARAMS.yaml", help=named)
        each.add_argument(
            "--today", type=_day, metavar="YYYY-MM-DD", help="where `as_of: yesterday` counts from"
        )
    for each in (run, check, lab, listed, verify, scored, schema):
        each.add_argument("--project", type=_path, metavar="DIR", help="default: here, or the nearest above")
    for each in (run, listed, verify, scored):
        each.add_argument("--reports", type=_path, metavar="DIR", help="published runs (default: reports/)")
    return parser
