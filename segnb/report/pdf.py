"""The report as a tagged PDF: PDF/UA-1 and PDF/A-2a, typeset by Typst from the same sections."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final

import typst

import segnb.document
from segnb.document.blocks import Swatch
from segnb.document.spelling import SIGN, Speller
from segnb.document.typst import TypstWriter, swatch
from segnb.errors import SegnbError
from segnb.report.outline import Document, Section
from segnb.style import LIGHT, SEGMENTS_LIGHT, font_folders

UNDATED = date(1970, 1, 1)
"""PDF/A wants a date; a report without one bears this, never today's."""

STANDARDS: Final[list[Any]] = ["ua-1", "a-2a"]


@dataclass(frozen=True)
class Pdf:
    """A PDF, and what the reader of it should know."""

    data: bytes
    warnings: tuple[str, ...]


def pdf(document: Document) -> Pdf:
    """Typeset the whole report; equal documents give equal bytes.

    Raises
    ------
    SegnbError
        Typst refused the report: a part of it breaks the standards.
    """
    spell = Speller()
    report = _frame(document, spell) | {"sections": _sections(document, spell)}
    sources: Any = {  # the stubs of typst know nothing of a project in memory
        "main.typ": files(__package__).joinpath("template.typ").read_bytes(),
        "blocks.typ": files(segnb.document).joinpath("blocks.typ").read_bytes(),
        "colors.json": _json({**LIGHT, "accent": SEGMENTS_LIGHT[0]}),
        "report.json": _json(report),
    }
    try:
        data = typst.compile(
            sources,
            format="pdf",
            font_paths=list(font_folders()),
            ignore_system_fonts=True,
            pdf_standards=STANDARDS,
        )
    except typst.TypstError as error:
        raise SegnbError(
            f"report.pdf: Typst refused the report: {error.message}. {' '.join(error.hints)}"
        ) from error
    return Pdf(data=data, warnings=_warnings(document, spell))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def _sections(document: Document, spell: Speller) -> list[dict[str, Any]]:
    writers = (
        TypstWriter(
            document.voice,
            spell,
            prefix=section.anchor,
            top=1 if section.kind == "answer" else 2,
            anchors=document.anchors,
        )
        for section in document.sections
    )
    return [_section(*each, spell) for each in zip(document.sections, writers, strict=True)]


def _section(section: Section, writer: TypstWriter, spell: Speller) -> dict[str, Any]:
    return {  # in the order of the page, as evidence is numbered on the way
        "kind": section.kind,
        "anchor": section.anchor,
        "title": spell(section.title),
        "name": spell(section.name),
        "kicker": spell(section.kicker),
        "lede": writer.spans(section.lede),
        "aside": writer.write([section.aside])[0] if section.aside else None,
        "blocks": writer.write(section.blocks),
        "swatch": None if section.place is None else swatch(Swatch(segment=section.place)),
        "evidence": writer.evidence(section.title if section.kind == "segment" else ""),
    }


def _frame(document: Document, spell: Speller) -> dict[str, Any]:
    """Return what stands around the sections."""
    voice, day = document.voice, document.as_of or UNDATED
    kind, title = spell.exact(voice.say("report.kind")), spell.exact(document.title)
    as_of = spell.exact(document.dateline)
    return {
        "name": f"{kind} · {title}",
        "kind": kind,
        "title": title,
        "as-of": as_of,
        "footer": " · ".join(filter(None, (kind, title, as_of))),
        "contents": spell.exact(voice.say("report.contents")),
        "lang": voice.language,
        "date": {"year": day.year, "month": day.month, "day": day.day},
    }


def _warnings(document: Document, spell: Speller) -> tuple[str, ...]:
    lost = spell.replaced.total()
    return (document.voice.say("report.replaced", count=lost, sign=SIGN),) if lost else ()
