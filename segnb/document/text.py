"""Blocks as plain text: what a notebook keeps for those who cannot show HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segnb.document.blocks import (
    Block,
    Bullets,
    BySegment,
    Claims,
    Facts,
    Fields,
    Figure,
    Grid,
    Heading,
    Headline,
    Panel,
    Paragraph,
    Spans,
    Table,
    Verbatim,
    Verdict,
)


def plain(blocks: Iterable[Block]) -> str:
    """Return blocks as plain text, one paragraph or table row a line."""
    return "\n".join(line for block in blocks for line in _lines(block) if line)


def said(content: Spans) -> str:
    """Return the text of a sentence."""
    return "".join(span.text for span in content)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{block.text} {block.small}".strip()
        case Paragraph():
            yield said(block.content)
        case Bullets() | Claims():
            yield from (f"- {said(item)}" for item in block.items)
        case Table():
            yield from _table(block)
        case Figure():
            yield from (block.title, block.subtitle, block.alt)
        case Verdict():
            yield f"{block.question} {block.verdict}"
            yield from (said(each) for each in block.sentences)
        case Facts():
            yield from (f"{each.label}: {each.value} {each.small}".strip() for each in block.items)
        case Fields():
            yield from (f"{each.title}: {said(each.content)}" for each in block.items)
        case Panel():
            yield from (said(block.content), said(block.small))
        case Verbatim():
            yield block.text
        case Headline():
            yield from (block.text, said(block.lede))
        case Grid():
            yield from (plain(column) for column in block.columns)
        case BySegment():
            for segment, part in block.parts.items():
                yield from (block.heading(segment), plain(part))


def _table(table: Table) -> Iterator[str]:
    yield from (table.title, table.subtitle)
    yield " | ".join(column.label for column in table.columns)
    for place, row in enumerate(table.rows):
        yield table.groups.get(place, "")
        yield " | ".join(f"{cell.text} ({cell.small})" if cell.small else cell.text for cell in row)
    yield table.note
