"""What the notebooks of a folder declare as their own parameters (`knob_cell` has the grammar).

The notebook ``04_segment_personas.ipynb`` has the block ``segment_personas`` in the YAML. Each
notebook's first knob is ``run: str = "latest"``, which segnb alone sets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, create_model

from segnb.errors import Fault, ParameterError, refuse
from segnb.runs.knob_cell import STRICT, Knob, Refused, parse_cell

RUN = "run"
_NOTEBOOK = re.compile(r"\d\d_\w+")
_FIRST_LINE = 'Write as first line: run: str = "latest"  # run to read'
_ALONE = 'run stands alone in its cell, which JupyterLab takes for the command "%run"'


@dataclass(frozen=True)
class Declared:
    """The knobs of one notebook, ``run`` left out, and what is wrong with their declarations."""

    path: Path
    knobs: tuple[Knob, ...]
    faults: tuple[Fault, ...]

    @property
    def notebook(self) -> str:
        """The notebook's name without its ending: ``04_segment_personas``."""
        return self.path.stem

    @property
    def block(self) -> str:
        """The name of its block in the YAML: ``segment_personas``."""
        return block_name(self.notebook)

    def model(self) -> type[BaseModel]:
        """Return the model of the notebook's block."""
        # A knob may be called `copy` or `json`, which as a field would hide pydantic's own: hence aliases.
        fields: dict[str, Any] = {
            f"knob_{place}": (
                knob.annotation,
                Field(knob.default, alias=knob.name, description=knob.help or None),
            )
            for place, knob in enumerate(self.knobs)
        }
        doc = f"The parameters of {self.path.name}."
        return create_model(self.block, __config__=STRICT, __doc__=doc, **fields)


def block_name(notebook: str) -> str:
    """Return the name of a notebook's block in the YAML: ``segment_personas`` of ``04_segment_personas``."""
    return notebook[3:]


def read_knobs(notebooks: Path) -> tuple[Declared, ...]:
    """Return what each notebook of a folder declares, in the order of their names.

    Raises
    ------
    ParameterError
        A parameters cell is missing or cannot be read; the faults of all notebooks at once.
    """
    declared = scan_knobs(notebooks)
    refuse(ParameterError, (fault for each in declared for fault in each.faults))
    return declared


def scan_knobs(notebooks: Path) -> tuple[Declared, ...]:
    """Return what each notebook declares, and its faults; raise only where there is no notebook."""
    paths = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ParameterError(
            f"{notebooks.as_posix()}: there are no notebooks, named as 04_segment_personas.ipynb"
        )
    return tuple(_scan(path) for path in paths)


def list_knobs(notebooks: Path) -> list[dict[str, str]]:
    """Return one row for each knob of each notebook, all as text: for ``segnb list params``."""
    return [
        {
            "parameter": f"{each.block}.{knob.name}",
            "type": knob.type,
            "default": json.dumps(knob.default, ensure_ascii=False),
            "allowed": knob.allowed,
            "help": knob.help,
        }
        for each in read_knobs(notebooks)
        for knob in each.knobs
    ]


def _scan(path: Path) -> Declared:
    try:
        source = _parameters_cell(path)
        knobs, refused = parse_cell(source, path.name)
    except Refused as error:
        return Declared(path, (), (Fault(error.what, path.as_posix(), remedy=error.remedy),))
    first = knobs[0] if knobs else None
    if not refused and (first is None or (first.name, first.type, first.default) != (RUN, "str", "latest")):
        refused = [Refused("the first knob is not run", _FIRST_LINE)]
    elif not refused and len(source.strip().splitlines()) == 1:
        refused = [Refused(_ALONE, "Write a comment line above it")]
    faults = (
        Fault(each.what, f"{path.as_posix()}, parameters cell, line {each.line}", remedy=each.remedy)
        for each in refused
    )
    return Declared(path, tuple(knob for knob in knobs if knob.name != RUN), tuple(faults))


def _parameters_cell(path: Path) -> str:
    if not _NOTEBOOK.fullmatch(path.stem):
        raise Refused(
            "is not a notebook's name",
            "Write two digits, then letters, digits and underscores, as 06_churn.ipynb",
        )
    cells = list(_tagged_cells(path))
    if not cells:
        raise Refused("has no cell with the tag parameters", f"Tag one. {_FIRST_LINE}")
    if len(cells) > 1:
        raise Refused(f"has {len(cells)} cells with the tag parameters", "Keep one")
    return cells[0]


def _tagged_cells(path: Path) -> Iterator[str]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and "parameters" in cell.get("metadata", {}).get("tags", []):
                source = cell["source"]
                yield source if isinstance(source, str) else "".join(source)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("is not a notebook of format 4", "Open and save it in JupyterLab") from error
