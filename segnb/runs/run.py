"""The run that a notebook belongs to: its parameters, its tables, the results of earlier notebooks.

A notebook opens it the same way wherever it runs. Under ``segnb run`` it reads and writes the
staging folder of that run. Alone, in JupyterLab or under plain Papermill, it reads the report's
``draft/`` first and then the published run, and writes to ``draft/`` only.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segnb import yaml_file
from segnb.document.blocks import Block, Heading, Shown
from segnb.errors import InputError, ParameterError, WriteError
from segnb.runs import results
from segnb.runs.claims import DRAFT, claim
from segnb.runs.model import AUTO, Parameters
from segnb.runs.parameters import check
from segnb.runs.project import Project, find_params, find_project
from segnb.runs.publish import LATEST, find_runs, latest
from segnb.runs.stages import cells
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.bases import Choice
    from segnb.segmentation import Windows
    from segnb.tables.opened import Tables
    from segnb.tournaments import Tournament
    from segnb.worth.plan import Budget

RUN_FOLDER = "SEGNB_RUN_FOLDER"
"""Environment variable: the staging folder of the run that started this kernel."""
TABLES_FOLDER = "SEGNB_TABLES_FOLDER"
"""Environment variable: the folder of the cleaned tables."""
NOTEBOOKS = "SEGNB_NOTEBOOKS"
"""Environment variable: the folder of the notebooks of this run."""
PLAYBOOK = "SEGNB_PLAYBOOK"
"""Environment variable: the playbook in the staging folder, for notebooks that name it."""


class Run(Shown):
    """What a notebook knows of the report that it works on.

    Parameters
    ----------
    parameters
        What all notebooks of the report share.
    tables
        Opens the company's tables; called once, when a cell asks for them.
    folder
        The folder that results are written to, below ``tables/``.
    earlier
        Further folders to read results from, if the first has none of that name.
    playbook
        The file with the advice; None where this notebook is not to read it.
    notebooks
        The folder of the notebooks, to say which of them makes a missing result.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        tables: Callable[[], Tables],
        folder: Path,
        earlier: tuple[Path, ...] = (),
        playbook: Path | None,
        notebooks: Path,
    ) -> None:
        self.parameters = parameters
        self.folder = folder
        self._open_tables, self._earlier = tables, earlier
        self._playbook, self._notebooks = playbook, notebooks

    def __repr__(self) -> str:
        return f"Run({self.parameters.name!r}, as of {self.parameters.as_of})"

    def blocks(self) -> tuple[Block, ...]:
        """Show what the run is about: its title, date and basis."""
        dated = self.voice.day(self.as_of) if self.as_of else ""
        named = self.parameters.basis
        return (Heading(text=self.title, small=" · ".join(filter(None, (named, dated)))),)

    @property
    def title(self) -> str:
        """The report's title."""
        return self.parameters.title or self.parameters.name

    @property
    def as_of(self) -> date | None:
        """The day that the report is written for; None where the data hold no times."""
        return self.parameters.as_of

    @property
    def basis(self) -> str:
        """What the segments are formed on: the basis that is named, or the one that is taken by itself."""
        return self.choice.chosen if self.parameters.basis == AUTO else self.parameters.basis

    @cached_property
    def choice(self) -> Choice:
        """Which bases the tables allow, and which one is taken: the tournament's first, or by preference."""
        from segnb.bases import choose

        compared = self._compete()
        named = None if self.parameters.basis == AUTO else self.parameters.basis
        if compared is not None:
            named = named or compared.recommended[0]
        found = choose(self.tables(), self.windows.form, named=named, voice=self.voice)
        if compared is not None:
            found = found.told_of(compared.passed_over)
        self.save(results.CHOICE, found)
        return found

    @cached_property
    def tournament(self) -> Tournament | None:
        """The comparison of all bases that the parameters name; None where they name none."""
        for folder in (self.folder, *self._earlier):
            if self.parameters.bases and results.TOURNAMENT in results.listed(folder / results.TABLES):
                found: Tournament = results.load(folder / results.TABLES, results.TOURNAMENT)
                return found
        return self._compete()

    def _compete(self) -> Tournament | None:
        from segnb.tournaments import tournament

        asked = self.parameters.bases
        if not asked:
            return None
        found = tournament(
            self.tables(),
            self.windows,
            None if isinstance(asked, str) else asked,
            min_cell=self.min_cell,
            seed=self.seed,
            voice=self.voice,
        )
        self.save(results.TOURNAMENT, found)
        return found

    @property
    def basis_options(self) -> dict[str, Any]:
        """The options of the basis."""
        return dict(self.parameters.basis_options)

    @property
    def seed(self) -> int:
        """The seed of all random draws."""
        return self.parameters.seed

    @property
    def min_cell(self) -> int:
        """The smallest number of customers that any figure may rest on."""
        return self.parameters.min_cell

    @property
    def budget(self) -> Budget | None:
        """What there is to spend on campaigns, and what an action costs; None where it is not declared."""
        return self.parameters.budget

    @property
    def voice(self) -> Voice:
        """The language, the locale and the currency of the report."""
        return self.parameters.voice

    @property
    def names(self) -> dict[str, str]:
        """The names that the analyst gave to segments, by the name or key that segnb gave them."""
        return dict(self.parameters.report.names)

    @property
    def playbook(self) -> Path:
        """The file with the advice by conditions."""
        if self._playbook is None:
            raise ParameterError("no cell of this notebook names the playbook. Write: run.playbook")
        return self._playbook

    @cached_property
    def windows(self) -> Windows:
        """The days that form the segments, and the later days that judge them."""
        from segnb.segmentation import Window, Windows
        from segnb.tables.windows import split

        given = self.parameters.window
        if given is not None:
            found = Windows(Window(*given.form), Window(*given.measure))
        elif self.as_of is None or self.parameters.data.transactions is None:
            found = Windows(None, None)
        else:
            first = self.tables().intake.tables["transactions"].first_day
            found = Windows(None, None) if first is None else split(first, self.as_of)
        self.save(results.WINDOWS, found)
        return found

    def tables(self) -> Tables:
        """Return the company's tables, read, checked and cleaned."""
        return self._tables

    @cached_property
    def _tables(self) -> Tables:
        from segnb.bases import BASES

        tables, chosen = self._open_tables(), BASES.get(self.parameters.basis or "")
        return chosen.counted(tables, self.parameters.basis_options) if chosen else tables

    def save(self, name: str, result: Any) -> None:
        """Keep a result for later notebooks and for readers of the run, under this name.

        Raises
        ------
        WriteError
            It cannot be written, as on a full disk.
        """
        try:
            results.save(result, self.folder / results.TABLES, name)
        except OSError as error:
            raise WriteError(f"{name!r} cannot be written: {error.strerror}") from error

    def load(self, name: str) -> Any:
        """Return the result that an earlier notebook saved under this name.

        Raises
        ------
        InputError
            No notebook has saved it yet; the message names the one that does.
        """
        for folder in (self.folder, *self._earlier):
            if name in results.listed(folder / results.TABLES):
                return results.load(folder / results.TABLES, name)
        makers = self._makers(name)
        raise InputError(
            f"{name!r} is not there yet: it is made by {makers[0]}. Run that notebook first"
            if makers
            else f"no notebook saves a result under the name {name!r}"
        )

    def _makers(self, name: str) -> list[str]:
        """Return the notebooks with a cell that saves a result of this name."""
        saves = re.compile(rf"\.save\(\s*['\"]{re.escape(name)}['\"]")
        code = {
            path.stem: [source for kind, source, _ in cells(path) if kind == "code"]
            for path in sorted(self._notebooks.glob("[0-9][0-9]_*.ipynb"))
        }
        return [notebook for notebook, sources in code.items() if any(map(saves.search, sources))]


def open_run(run: str = LATEST) -> Run:
    """Open the run that this notebook belongs to.

    Parameters
    ----------
    run
        Alone: ``latest``, a report's name, ``NAME/RUN``, or the path of a params file; the name may
        be left out where the project holds one report. Under ``segnb run`` it is the run at work.

    Raises
    ------
    ParameterError
        There is no such report or run, or several are there and none is named.
    """
    staged = os.environ.get(RUN_FOLDER)
    return _open_staged(Path(staged)) if staged else _open_alone(run)


def _open_staged(folder: Path) -> Run:
    values = yaml_file.read(folder / "params.yaml").data
    shared = {key: value for key, value in values.items() if key in Parameters.model_fields}
    return Run(
        Parameters.model_validate_json(json.dumps(shared)),
        tables=partial(_open_cleaned, Path(os.environ[TABLES_FOLDER])),
        folder=folder,
        playbook=Path(os.environ[PLAYBOOK]) if PLAYBOOK in os.environ else None,
        notebooks=Path(os.environ[NOTEBOOKS]),
    )


def _open_alone(run: str) -> Run:
    project = find_project()
    path, wanted = _params_and_run(run, project)
    checked = check(path, project.root / "notebooks")
    report = project.report(checked.parameters.name)
    published = find_runs(project, f"{report.name}/{wanted}") if wanted else [latest(report)]
    draft = report / DRAFT
    return Run(
        checked.parameters,
        tables=partial(_read, checked.parameters, path.absolute().parent, project.tables_cache, draft),
        folder=draft,
        earlier=tuple(each for each in published if each is not None),
        playbook=checked.playbook.absolute(),
        notebooks=project.root / "notebooks",
    )


def _open_cleaned(folder: Path) -> Tables:
    from segnb.tables.opened import open_tables

    return open_tables(folder)


def _read(parameters: Parameters, root: Path, cache: Path, draft: Path) -> Tables:
    from segnb.tables.read import read

    tables = read(parameters.data, as_of=parameters.as_of, root=root, cache=cache)
    with suppress(OSError):  # tables that cannot be claimed on a read-only disk cannot be removed there
        claim(draft, tables.folder)
    return tables


def _params_and_run(run: str, project: Project) -> tuple[Path, str]:
    """Tell apart what a notebook may name: a params file, a report, or one of its runs."""
    if run == LATEST:
        return project.only_params(), ""
    if run.endswith((".yaml", ".yml")):
        return next((path for path in (Path(run), project.root / run) if path.is_file()), Path(run)), ""
    name, _, wanted = run.partition("/")
    return find_params(project, name), "" if wanted == LATEST else wanted
