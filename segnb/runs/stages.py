"""The stages of a run, one a notebook, and the stamps that tell which must run again.

A stage's stamp covers all that its result depends on: its cells, its knobs, what it can read
(the shared parameters, the data, the playbook where a cell names it), the stages before it and
the versions of everything that computes. Equal stamps mean equal results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from segnb import __version__
from segnb.errors import ParameterError
from segnb.runs.manifest import digest

_LIBRARIES = ("pandas", "numpy", "scikit-learn", "duckdb", "ibis-framework", "matplotlib", "typst")
_CODE = {".py", ".yaml", ".json", ".css", ".typ", ".html"}


@dataclass(frozen=True)
class Stage:
    """A notebook of a run, with the knobs that are set for it and its stamp."""

    path: Path
    knobs: Mapping[str, Any]
    reads_playbook: bool
    stamp: str

    @property
    def name(self) -> str:
        """The notebook's name, as ``03_clustering``."""
        return self.path.stem


def stamped(
    notebooks: list[Path],
    knobs: Mapping[str, Mapping[str, Any]],
    *,
    shared: Mapping[str, Any],
    sources: Mapping[str, str],
    playbook: str,
    computed_with: Mapping[str, str],
) -> tuple[Stage, ...]:
    """Return the stages in their order, stamped.

    Parameters
    ----------
    notebooks
        The notebooks, in the order in which they run.
    knobs
        What is set for each notebook, by its name.
    shared
        The parameters that every notebook may read.
    sources
        The digest of each input table's source.
    playbook
        The digest of the playbook.
    computed_with
        What `versions` returns.
    """
    stages: list[Stage] = []
    for path in notebooks:
        written = cells(path)
        reads_playbook = any("playbook" in source for kind, source, _ in written if kind == "code")
        inputs = {
            "cells": written,
            "knobs": knobs.get(path.stem, {}),
            "shared": shared,
            "sources": sources,
            "playbook": playbook if reads_playbook else None,
            "before": stages[-1].stamp if stages else None,
            "versions": computed_with,
        }
        stages.append(Stage(path, knobs.get(path.stem, {}), reads_playbook, digest(inputs)))
    return tuple(stages)


@cache
def versions() -> dict[str, str]:
    """Return the versions of all that computes a report, and the digest of segnb's own files."""
    libraries = {name: version(name) for name in _LIBRARIES}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"segnb": __version__, "segnb files": _own_code(), "python": python, **libraries}


def _own_code() -> str:
    """Digest the package's files, so that a changed checkout never meets an old cache."""
    package = Path(str(files("segnb")))
    found = (path for path in package.rglob("*") if path.suffix in _CODE)
    named = {path.relative_to(package).as_posix(): path for path in found}
    own = {name: path for name, path in named.items() if not name.startswith("starter/")}
    return digest({name: sha256(path.read_bytes()).hexdigest() for name, path in own.items()})[:12]


def cells(path: Path) -> list[tuple[str, str, list[str]]]:
    """Return kind, source and tags of each cell: what an author writes, and nothing else."""
    try:
        return [
            (cell["cell_type"], "".join(cell["source"]), sorted(cell.get("metadata", {}).get("tags", [])))
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(f"{path} is no notebook of format 4. Save it again in JupyterLab") from error
