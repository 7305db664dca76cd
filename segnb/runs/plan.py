"""All that is known of a run before anything runs: its inputs, its stages, its id."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from segnb.runs.days import resolve_day
from segnb.runs.look import drawn_with
from segnb.runs.manifest import digest
from segnb.runs.model import Parameters
from segnb.runs.parameters import Checked, check
from segnb.runs.project import Project
from segnb.runs.resolved import resolved_yaml
from segnb.runs.stages import Stage, stamped, versions
from segnb.tables.found import Found, find

_UNSEEN: dict[str, Any] = {
    "report": {"formats", "renderer", "fonts", "brand"},
    "strict": True,
    "timeouts": True,
}
"""Shared parameters that no notebook can read: a change of theirs runs none again."""


@dataclass(frozen=True)
class Plan:
    """A report to be made: of which parameters, data and notebooks."""

    project: Project
    checked: Checked
    found: Found
    playbook: bytes

    @property
    def name(self) -> str:
        """The report's name."""
        return self.checked.parameters.name

    @cached_property
    def folder(self) -> Path:
        """The folder of the report's runs."""
        return self.project.report(self.name)

    @cached_property
    def sources(self) -> dict[str, str]:
        """The digest of each table's source, by the table's name."""
        return self.found.digests

    @cached_property
    def resolved(self) -> str:
        """The parameters as they are published with the run."""
        return resolved_yaml(self.checked)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages, in their order."""
        return stamped(
            self.project.notebooks,
            self.checked.knobs,
            shared=self.checked.parameters.model_dump(mode="json", exclude=_UNSEEN),
            sources=self.sources,
            playbook=self._playbook_digest,
            computed_with=versions(),
        )

    @cached_property
    def run(self) -> str:
        """The run's id: equal for equal data, parameters, notebooks, playbook and versions."""
        stamps = [stage.stamp for stage in self.stages]
        whole = [stamps, self.resolved, self._playbook_digest, versions(), self.drawn_with]
        return f"{self.checked.parameters.as_of or 'undated'}-{digest(whole)[:8]}"

    @cached_property
    def drawn_with(self) -> dict[str, str]:
        """Digests of the files that the report is drawn with, and the version of Quarto where it draws."""
        return drawn_with(self.checked)

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest tells of the run, beside its files."""
        as_of = self.checked.parameters.as_of
        return {
            "report": self.name,
            "run": self.run,
            "as_of": as_of.isoformat() if as_of else None,
            "versions": versions(),
            "sources": self.sources,
            "playbook": self._playbook_digest,
            "drawn_with": self.drawn_with,
            "stages": [
                {"notebook": each.name, "stamp": each.stamp, "knobs": dict(each.knobs)}
                for each in self.stages
            ],
        }

    @property
    def _playbook_digest(self) -> str:
        return hashlib.sha256(self.playbook).hexdigest()


def make_plan(params: Path, project: Project, *, today: date | None = None) -> Plan:
    """Check a params file and digest all that a run of it would read."""
    checked = _check(params, project, today)
    found = find(checked.parameters.data, checked.path.parent, project.tables_cache)
    return Plan(project, checked, found, checked.playbook.read_bytes())


def _check(params: Path, project: Project, today: date | None) -> Checked:
    """Check a params file, unless the very same was found without fault before.

    The check of a basis' options imports the whole data stack, a second that an unchanged run
    does not need.
    """
    memory = project.reports / ".cache" / "params" / f"{params.stem}.json"
    key = _check_key(params, project, today)
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
        if known["key"] == key:
            parameters = Parameters.model_validate_json(known["parameters"])
            words = known["words"] and Path(known["words"])
            checked = Checked(parameters, known["knobs"], params, "", {}, words)
            if known["beside"] == [_sha256(path) for path in checked.beside]:
                return checked
    except (OSError, ValueError, KeyError, TypeError):
        pass
    checked = check(params, project.root / "notebooks", today=today)
    found = {
        "key": key,
        "parameters": checked.parameters.model_dump_json(),
        "knobs": checked.knobs,
        "words": checked.words and str(checked.words),
        "beside": [_sha256(path) for path in checked.beside],
    }
    with suppress(OSError):  # whether anything can be written is for the run to say
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(found), encoding="utf-8")
    return checked


def _check_key(params: Path, project: Project, today: date | None) -> str:
    """Digest all that a check depends on; relative days hold for one day."""
    files = [params, *project.notebooks]
    content = [_sha256(path) if path.is_file() else None for path in files]
    return digest([str(params), content, versions(), resolve_day("today", today).isoformat()])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
