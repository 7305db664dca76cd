"""The project folder: where notebooks, parameters and reports lie."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from segnb.errors import ParameterError, nearest

_BESIDE = re.compile(r"playbook(\.\w+)?\.yaml|words\.\w+\.yaml")
"""Files beside the parameters that are no parameters: playbooks, and words of one's own."""
_NOTEBOOK = re.compile(r"\d\d_\w+\.ipynb")
SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Project:
    """A folder with ``notebooks/``, ``params/`` and, unless told otherwise, ``reports/``."""

    root: Path
    reports: Path

    @property
    def notebooks(self) -> list[Path]:
        """The notebooks of a run, in their order: ``NN_name.ipynb``."""
        return notebooks_in(self.root)

    @property
    def params(self) -> list[Path]:
        """The parameter files, one a report."""
        found = sorted((self.root / "params").glob("*.yaml"))
        return [Path(shown(path)) for path in found if not _BESIDE.fullmatch(path.name)]

    @property
    def report_folders(self) -> list[Path]:
        """The folders of the reports that were ever run."""
        return sorted(path for path in self.reports.glob("[!.]*") if path.is_dir())

    @property
    def stage_cache(self) -> Path:
        """What stages made, by their stamps."""
        return self.reports / ".cache" / "stages"

    @property
    def tables_cache(self) -> Path:
        """The cleaned tables; they hold personal data, as the sources do."""
        return self.reports / ".cache" / "tables"

    @property
    def font_cache(self) -> Path:
        """Matplotlib's list of fonts, so that no kernel has to make it."""
        return self.reports / ".cache" / "matplotlib"

    def report(self, name: str) -> Path:
        """Return the folder of a report's runs.

        Raises
        ------
        ParameterError
            The name would lead out of the reports' folder.
        """
        folder = self.reports / name
        if not SLUG.fullmatch(name) or name.endswith("."):
            raise ParameterError(
                f"{name[:70]!r} cannot be a report's name: it becomes a folder in {shown(self.reports)}. "
                "Use up to 64 letters, digits, dots, hyphens and underscores"
            )
        if folder.is_symlink():
            raise ParameterError(f"{shown(folder)} is a link. A report stays in its folder: remove the link")
        return folder

    def only_params(self) -> Path:
        """Return the project's only parameter file; several, or none, are an error that lists them."""
        found = self.params
        if len(found) == 1:
            return found[0]
        if not found:
            raise ParameterError(f"{self.root / 'params'} holds no report. Start with: segnb init DIR")
        names = ", ".join(path.stem for path in found)
        raise ParameterError(f"there are {len(found)} reports. Name one of: {names}")


def find_project(folder: Path | None = None, reports: Path | None = None) -> Project:
    """Return the project of a folder: that folder, or else the nearest one above, with notebooks.

    Parameters
    ----------
    folder
        The project itself; None searches from the working folder upwards.
    reports
        Where runs are published, if not in the project's ``reports/``.
    """
    start = Path.cwd() if folder is None else folder.resolve()
    candidates = [start] if folder is not None else [start, *start.parents]
    root = next((each for each in candidates if notebooks_in(each)), None)
    if root is None:
        where = f"{start} holds" if folder is not None else f"neither {start} nor a folder above it holds"
        raise ParameterError(f"{where} a project (a folder with notebooks/). Start one with: segnb init DIR")
    return Project(root=root, reports=root / "reports" if reports is None else reports.resolve())


def notebooks_in(root: Path) -> list[Path]:
    """Return the notebooks of a project in their order."""
    found = (root / "notebooks").glob("*.ipynb")
    return sorted(path for path in found if _NOTEBOOK.fullmatch(path.name))


def find_params(project: Project, report: str) -> Path:
    """Return the parameter file of a report, by its ``name``, or by the name of its file."""
    from segnb.yaml_file import scan

    named = {str(scan(path).data.get("name", path.stem)): path for path in project.params}
    stems = {path.stem: path for path in project.params}
    if report in named:
        return named[report]
    if report in stems:
        return stems[report]
    raise ParameterError(f"there is no report {report!r}. {nearest(report, sorted(named))}")


def shown(path: Path) -> str:
    """Write a path as a reader types it: relative where it lies below the working folder."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
