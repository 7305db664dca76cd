"""The last stage of a run: its executed notebooks become one report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segnb.runs import results
from segnb.runs.basis import settled
from segnb.runs.gates import segmentation
from segnb.runs.look import look_of
from segnb.runs.model import Parameters
from segnb.runs.plan import Plan
from segnb.runs.stages import versions

if TYPE_CHECKING:
    from segnb.segmentation import Window


def write_report(plan: Plan, staged: Path) -> dict[str, str]:
    """Write the report and the audit copies of a run's notebooks into its staging folder.

    Returns
    -------
    dict
        Title, headline and verdict, for the list of all reports.
    """
    from segnb.report import build

    parameters = plan.checked.parameters
    voice = parameters.voice
    document = build(
        [staged / "notebooks" / stage.path.name for stage in plan.stages],
        staged,
        title=parameters.title or parameters.name,
        voice=voice,
        as_of=parameters.as_of,
        provenance=_provenance(plan, settled(parameters, staged / results.TABLES)),
        segments=_segments(staged / results.TABLES),
        names=dict(parameters.report.names),
        measured=_measured(staged / results.TABLES),
        look=look_of(plan.checked),
        formats=parameters.report.formats,
        renderer=parameters.report.renderer,
    )
    return document.told


def _measured(tables: Path) -> Window | None:
    """Return the days of the results; None where no notebook asked for windows, or there is one only."""
    windows = results.load(tables, results.WINDOWS) if results.WINDOWS in results.listed(tables) else None
    return windows.measure if windows else None


def _segments(tables: Path) -> tuple[str, ...]:
    """Return the keys of the run's segments in their order; none where no notebook made any."""
    found = segmentation(tables)
    return tuple(found["segments"]) if found else ()


def _provenance(plan: Plan, parameters: Parameters) -> dict[str, str]:
    """Say in the reader's language of what the report was made."""
    voice = parameters.voice
    tables = parameters.data.tables()
    shared = {"basis": parameters.basis, "seed": parameters.seed, "min_cell": parameters.min_cell}
    told = {voice.say("runs.provenance.run"): plan.run}
    for name, digest in plan.sources.items():
        source = tables[name].told_source
        said = voice.say("runs.provenance.digest", source=source, digest=digest[:16])
        told[voice.say("runs.provenance.source", table=voice.table(name))] = said
    told[voice.say("runs.provenance.shared")] = _values(shared | parameters.basis_options)
    for stage in plan.stages:
        if stage.knobs:
            told[voice.say("runs.provenance.knobs", notebook=stage.name)] = _values(stage.knobs)
    numbers = (f"{name} {number}" for name, number in versions().items())
    return told | {voice.say("runs.provenance.versions"): ", ".join(numbers)}


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
