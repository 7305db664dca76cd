"""What a finished run is refused for, though every notebook ran: doubtful statistics, where `strict` asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segnb.errors import GateError
from segnb.runs import results

_SEGMENTATION = "segnb.segmentation:Segmentation"
_DOUBTFUL = ("none", "unstable", "too few rows")


def segmentation(tables: Path) -> Mapping[str, Any] | None:
    """Return the segmentation among a run's results as JSON, without its labels; None where there is none."""
    for name, kind in results.listed(tables).items():
        if kind == _SEGMENTATION:
            found: dict[str, Any] = json.loads((tables / f"{name}.json").read_text(encoding="utf-8"))
            return found
    return None


def require_sound(tables: Path) -> None:
    """Refuse a run whose verdict says that nobody should act on its segments.

    Raises
    ------
    GateError
        The verdict is *none*, *unstable* or *too few rows*.
    """
    found = segmentation(tables)
    kind = found["verdict"]["kind"] if found else None
    if kind in _DOUBTFUL:
        raise GateError(
            f"strict: the verdict on the segments is {kind!r}, so nothing was published. Take other measures "
            "or another number of segments, or set strict: false to publish it with its verdict"
        )
