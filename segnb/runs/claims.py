"""Which cleaned tables are in use: a report keeps those that it used last, and so does its draft."""

from __future__ import annotations

from pathlib import Path

from segnb.runs.project import Project

DRAFT = "draft"
"""The folder, within a report's, that a notebook run alone writes to."""
_CLAIM = ".tables"


def claim(owner: Path, tables: Path) -> bool:
    """Note in an owner's folder which cleaned tables it uses, in place of those it used before.

    Returns
    -------
    bool
        Whether they are still there: a run at the same time may have removed what nobody had claimed yet.
    """
    owner.mkdir(parents=True, exist_ok=True)
    (owner / _CLAIM).write_text(tables.name, encoding="ascii")
    return tables.is_dir()


def claimed(project: Project) -> set[str]:
    """Return the names of all cleaned tables in use."""
    claims = (owner / _CLAIM for folder in project.report_folders for owner in (folder, folder / DRAFT))
    return {path.read_text(encoding="ascii") for path in claims if path.is_file()}
