"""What a finished run is refused for, though every notebook ran: doubtful statistics, where `strict` asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segnb.errors import GateError
from segnb.runs import results

_SEGMENTATION = "segnb.segmentation:Segmentation"
_KPIS = "segnb.kpis.results:Kpis"
_DOUBTFUL = ("none", "unstable", "too few rows")


def segmentation(tables: Path) -> Mapping[str, Any] | None:
    """Return the segmentation among a run's results as JSON, without its labels; None where there is none."""
    return _first(tables, _SEGMENTATION)


def require_sound(tables: Path) -> None:
    """Refuse a run whose verdict says that nobody should act on its segments, or whose KPIs test nothing.

    Raises
    ------
    GateError
        The verdict is *none*, *unstable* or *too few rows*, or forming the segments made a KPI different.
    """
    found = segmentation(tables)
    kind = found["verdict"]["kind"] if found else None
    if kind in _DOUBTFUL:
        raise GateError(
            f"strict: the verdict on the segments is {kind!r}, so nothing was published. Take other measures "
            "or another number of segments, or set strict: false to publish it with its verdict"
        )
    kpis = _first(tables, _KPIS)
    # A change against the days before is one wherever it is measured: it is said, not refused.
    leaks = [leak for leak in kpis["leaks"] if leak["why"] != "past"] if kpis else []
    if kpis and leaks:
        names = sorted(leak["kpi"] for leak in leaks)
        raise GateError(
            f"strict: {len(names)} of {len(kpis['definitions'])} KPIs ({', '.join(names)}) differ by "
            "construction: they rest on days that formed the segments, or follow a measure that did. Nothing "
            "was published. Give the data a later window, leave these KPIs out, or set strict: false to "
            "publish them as such"
        )


def _first(tables: Path, kind: str) -> Mapping[str, Any] | None:
    for name, found in results.listed(tables).items():
        if found == kind:
            told: dict[str, Any] = json.loads((tables / f"{name}.json").read_text(encoding="utf-8"))
            return told
    return None
