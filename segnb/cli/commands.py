"""The commands: each takes what was asked, and returns the exit code."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from segnb.cli.streams import err, out, tell
from segnb.errors import InputError, KernelError, LockedError, ParameterError, SegnbError, WriteError
from segnb.tables.secrets import hide

if TYPE_CHECKING:
    from segnb.runs.data_check import Rejects
    from segnb.runs.project import Project
    from segnb.tables.proposal import TableName

RETRY = {error.exit_code for error in (KernelError, WriteError, LockedError)}
"""Exit codes of what may go well another time."""
REGISTRIES = {
    "bases": ("segnb.bases.definition", "BASES"),
    "methods": ("segnb.clustering.methods", "METHODS"),
    "kpis": ("segnb.kpis.definition", "KPIS"),
    "models": ("segnb.lifetime.models", "MODELS"),
}
"""What `segnb list` lists of the package, and where it stands."""


def run(options: argparse.Namespace) -> int:
    """Run the notebooks of each report; return the code of the worst."""
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
                out(*map(shown, published.paths))
        except Exception as error:
            codes.append(tell(error))
            progress.fail(params.stem, hide(str(error)), codes[-1])
    return max(codes, key=lambda code: (code != 0, code not in RETRY, code))


def check(options: argparse.Namespace) -> int:
    """Say what is wrong with each report's parameters and, if asked to, with its tables."""
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
                out(f"{shown(params)}: no fault", *(f"  {line}" for line in lines))
            except SegnbError as error:
                code = max(code, tell(error))
    return code


def _rejects(options: argparse.Namespace) -> AbstractContextManager[Rejects | None]:
    if options.rejects is None:
        return nullcontext()
    from segnb.runs.data_check import Rejects

    return Rejects(options.rejects)


def init(options: argparse.Namespace) -> int:
    """Start a project, or add a report to one."""
    from segnb.runs.project import shown
    from segnb.runs.start import init

    named: dict[TableName, Path | None] = {
        "customers": options.customers,
        "transactions": options.transactions,
    }
    tables = {table: path for table, path in named.items() if path is not None}
    params = init(options.folder, tables)
    out(shown((params if tables else options.folder).resolve()))
    todo = "read it through" if tables else "name your tables and columns in it"
    err(f"Next, in {options.folder}: params/{params.name}: {todo}; then: segnb check --data, segnb run")
    return 0


def lab(options: argparse.Namespace) -> int:
    """Open the project in JupyterLab, and end with it."""
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


def list_(options: argparse.Namespace) -> int:
    """List what there is to choose, one a line."""
    rows = {"params": _params_rows, "runs": _run_rows}.get(options.what, _registry_rows)(options)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        out("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
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
    module, registry = REGISTRIES[options.what]
    return [[name, entry.summary] for name, entry in getattr(import_module(module), registry).items()]


def words(options: argparse.Namespace) -> int:
    """Print the sentences of a language as YAML."""
    from segnb.words.catalogue import as_yaml

    out(as_yaml(options.language).rstrip())
    return 0


def verify(options: argparse.Namespace) -> int:
    """Refuse runs of which a file is not as it was published."""
    from segnb.runs.manifest import faults
    from segnb.runs.project import shown
    from segnb.runs.publish import find_runs

    wanted: Path = options.run or Path()
    named = wanted.as_posix() if options.run else ""
    runs = [wanted] if (wanted / "run.json").is_file() else find_runs(_project(options), named)
    for run in runs:
        if told := faults(run):
            raise InputError("\n".join([f"{shown(run)} is not as it was published:", *told]))
        out(f"{shown(run)}: as it was published")
    return 0


def score(options: argparse.Namespace) -> int:
    """Place customers by the rule of a published run."""
    from segnb.clustering.sql import sql
    from segnb.runs.publish import LATEST, find_runs
    from segnb.runs.score import published_segmentation, score

    project, wanted = _project(options), options.run.as_posix()
    if (options.run / "run.json").is_file():
        run: Path = options.run
    else:
        (run,) = find_runs(project, wanted if "/" in wanted else f"{wanted}/{LATEST}")
    if options.sql:
        out(sql(published_segmentation(run).model, options.sql))
        return 0
    scored = score(run, project, data=options.data, as_of=options.as_of)
    if options.output is None:
        scored.write(sys.stdout)
    else:
        scored.save(options.output)
    err(*scored.lines())
    return 0


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of params files."""
    from segnb.runs.json_schema import schema

    out(json.dumps(schema(_project(options).root / "notebooks"), indent=2, ensure_ascii=False))
    return 0


def _project(options: argparse.Namespace) -> Project:
    from segnb.runs.project import find_project

    return find_project(options.project, options.reports)


def _params(options: argparse.Namespace, project: Project) -> list[Path]:
    """Return the params files that were named by path or by the report's name."""
    from segnb.runs.project import find_params

    return [each if each.suffix == ".yaml" else find_params(project, str(each)) for each in options.params]
