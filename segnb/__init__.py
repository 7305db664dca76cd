"""Customer segmentation in five notebooks: who the segments are, and how far to trust them.

``import segnb as sb`` offers what the notebooks call; each name is imported at first use, so
that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "open_run": "segnb.runs.run",
    "show": "segnb.document.blocks",
    "profile": "segnb.profiling",
    "features": "segnb.bases",
    "select": "segnb.selection",
    "tournament": "segnb.tournaments",
    "choose_number": "segnb.clustering",
    "segment": "segnb.clustering",
    "structure": "segnb.clustering.verdict",
    "assign": "segnb.clustering",
    "sql": "segnb.clustering",
    "stability": "segnb.clustering",
    "measure": "segnb.kpis",
    "retention": "segnb.kpis.retention",
    "effects": "segnb.worth",
    "budget": "segnb.worth",
    "describe": "segnb.personas",
    "playbook": "segnb.personas",
    "facts": "segnb.personas",
    "limits": "segnb.personas",
    "answer": "segnb.personas",
}
_ROOMS = {"charts": "segnb.charts", "clv": "segnb.lifetime"}
"""Names of whole rooms: ``sb.clv.fit`` is what the field calls customer lifetime value."""

__all__ = ["__version__", *_PUBLIC, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    raise AttributeError(f"module 'segnb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
