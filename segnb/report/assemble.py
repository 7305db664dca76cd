"""Executed notebooks as chapters: what each cell showed, and where its tag sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segnb.document.blocks import AnyBlock, Heading
from segnb.document.clean import from_markdown
from segnb.errors import CellError, InputError
from segnb.notebook_format import nbformat
from segnb.report.outputs import Describer, shown
from segnb.words import Voice

TAGS = ("answer", "changes", "segment", "chapter", "trust", "appendix")
"""Where a cell's output goes; without one of these it goes into its notebook's chapter."""
PRIVATE = "analyst"
"""The tag that keeps a cell out of the report."""

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """What one cell adds to the report."""

    tag: str
    blocks: tuple[AnyBlock, ...]


@dataclass(frozen=True)
class Chapter:
    """One executed notebook."""

    name: str
    title: str
    parts: tuple[Part, ...]

    def tagged(self, tag: str) -> tuple[AnyBlock, ...]:
        """Return the blocks of all cells with this tag."""
        return tuple(block for part in self.parts if part.tag == tag for block in part.blocks)


def open_notebook(path: Path) -> Any:
    """Read an executed notebook.

    Raises
    ------
    InputError
        The file is no notebook.
    CellError
        A cell failed or did not run, so that the notebook must not be published.
    """
    try:
        notebook: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise InputError(f"{path.name} is no notebook that can be read. Run it again") from error
    for place, cell in enumerate(notebook.cells, start=1):
        status = cell.metadata.get("papermill", {}).get("status") or "completed"
        failed = any(output["output_type"] == "error" for output in cell.get("outputs", ()))
        if failed or (cell.cell_type == "code" and status != "completed"):
            fate = "raised an error" if failed else f"did not run to its end ({status})"
            raise CellError(
                f"{path.name}: cell {place} {fate}, so there is no report. Run the notebook again"
            )
    return notebook


def chapter(path: Path, voice: Voice) -> Chapter:
    """Read an executed notebook as a chapter."""
    notebook = open_notebook(path)
    title = title_of(notebook, path)
    parts = tuple(_parts(notebook, path, title, voice))
    return Chapter(name=path.stem, title=voice.chapter(title), parts=parts)


def title_of(notebook: Any, path: Path) -> str:
    """Return the notebook's first heading, else its file's name in words."""
    found = (each for cell in notebook.cells for each in headings(cell))
    return next(found, re.sub(r"^\d+_|[_-]+", " ", path.stem).strip().capitalize() or path.stem)


def _parts(notebook: Any, path: Path, title: str, voice: Voice) -> Iterator[Part]:
    describe = Describer(voice, voice.heading(title))
    for place, cell in enumerate(notebook.cells, start=1):
        if found := list(headings(cell)):
            describe = Describer(voice, voice.heading(found[-1]))
        tag = _tag(cell)
        if tag is None:
            continue
        if cell.cell_type == "markdown":
            blocks = from_markdown(cell.source, describe)
            blocks = blocks[1:] if blocks[:1] == (Heading(text=title),) else blocks
        else:
            blocks = shown(cell.outputs, describe, f"{path.name}: cell {place}")
        if blocks:
            yield Part(tag=tag, blocks=blocks)


def _tag(cell: Any) -> str | None:
    """Return where a cell goes: prose only where it is tagged itself, code by default."""
    tags = cell.metadata.get("tags", [])
    if PRIVATE in tags or cell.cell_type not in ("code", "markdown"):
        return None
    default = "chapter" if cell.cell_type == "code" else None
    return next((tag for tag in TAGS if tag in tags), default)


def headings(cell: Any) -> Iterator[str]:
    """Yield the headings of a Markdown cell, without their emphasis."""
    if cell.cell_type == "markdown":
        for _, text in _HEADING.findall(cell.source):
            yield re.sub(r"[*`]", "", text)
