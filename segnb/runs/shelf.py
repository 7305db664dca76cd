"""``reports/index.html``, made anew from the published runs' manifests after each run."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from segnb.runs import manifest, publish
from segnb.runs.project import Project
from segnb.words import Voice

INDEX = "index.html"
_FORMATS = {"HTML": "report.html", "PDF": "report.pdf"}


def write_shelf(project: Project, voice: Voice, at_work: Path) -> None:
    """Write the page that lists all reports of a project, in one step.

    Parameters
    ----------
    project
        The project.
    voice
        The language of the page: that of the run that was published last.
    at_work
        The folder of the report that was published last, whose lock is held.
    """
    from segnb.report.shelf import Shelved, shelf

    reports = []
    for folder in project.report_folders:
        latest = publish.latest(folder)
        runs = sorted(publish.published(folder), key=lambda run: (run == latest, run.name), reverse=True)
        reports.append([Shelved(**_told(run, project)) for run in runs])
    fresh = publish.beside(at_work, INDEX)
    fresh.write_text(shelf(reports, voice), encoding="utf-8", newline="\n")
    fresh.replace(project.reports / INDEX)


def _told(run: Path, project: Project) -> dict[str, Any]:
    """Return what a run's manifest tells of its report; of a damaged one, its name alone."""
    facts: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        facts = manifest.read(run)
    told, day = facts.get("told", {}), facts.get("as_of")
    found = {name: run / file for name, file in _FORMATS.items() if (run / file).is_file()}
    return {
        "run": run.name,
        "title": told.get("title", run.parent.name),
        "headline": told.get("headline", ""),
        "verdict": told.get("verdict", ""),
        "as_of": date.fromisoformat(day) if day else None,
        "formats": {
            name: quote(path.relative_to(project.reports).as_posix()) for name, path in found.items()
        },
    }
