"""What the page folds away: evidence stands closed under its finding, and open on paper."""

from __future__ import annotations

from collections.abc import Iterable

from segnb.document.blocks import AnyBlock, Figure, Grid, Paragraph, Table
from segnb.document.reading import is_multiples

ROW = 3
"""Charts side by side on a wide screen."""


def fold(blocks: Iterable[AnyBlock], charts: int = ROW) -> tuple[AnyBlock, ...]:
    """Fold titled tables with the notes on them, and charts after the first ``charts`` of a series.

    What has no title stays open: closed, nothing would say what is inside.
    """
    found: list[AnyBlock] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(last, Table) and last.folded and (note := _note(block)):
            found[-1] = last.model_copy(update={"note": f"{last.note} {note}".strip()})
        else:
            found.append(_folded(block, charts))
    return tuple(found)


def _folded(block: AnyBlock, charts: int) -> AnyBlock:
    if isinstance(block, Grid):
        series = is_multiples(block)
        left = (max(0, charts - place) if series else charts for place in range(len(block.columns)))
        columns = tuple(fold(column, each) for column, each in zip(block.columns, left, strict=True))
        return block.model_copy(update={"columns": columns})
    if isinstance(block, Table):
        return block.model_copy(update={"folded": block.role == "plain" and bool(block.title)})
    if isinstance(block, Figure):
        return block.model_copy(update={"folded": not charts and bool(block.title)})
    return block


def _note(block: AnyBlock) -> str:
    """Return what a note says that leads nowhere and cites nothing; else nothing."""
    if not isinstance(block, Paragraph) or block.role != "note":
        return ""
    if any(each.href or each.evidence for each in block.content):
        return ""
    return "".join(each.text for each in block.content)
