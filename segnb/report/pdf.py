"""The report as a tagged PDF: PDF/UA-1 and PDF/A-2a, typeset by Typst from the same sections."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any, Final

import typst

import segnb.document
from segnb.document.blocks import Swatch
from segnb.document.spelling import Speller
from segnb.document.typst import Paint, TypstWriter, numbers, swatch
from segnb.errors import SegnbError
from segnb.report.outline import Document, Section

UNDATED = date(1970, 1, 1)
"""PDF/A wants a date; a report without one bears this, never today's."""

STANDARDS: Final[list[Any]] = ["ua-1", "a-2a"]


def pdf(document: Document) -> bytes:
    """Typeset the whole report; equal documents give equal bytes.

    Raises
    ------
    SegnbError
        Typst refused the report: a part of it breaks the standards.
    """
    spell = speller(document)
    report = frame(document, spell) | _body(document, spell)
    sources: Any = {  # the stubs of typst know nothing of a project in memory
        **parts(document),
        "main.typ": files(__package__).joinpath("template.typ").read_bytes(),
        "report.json": as_json(report),
    }
    with document.look.fonts.folders() as folders:
        try:
            return typst.compile(
                sources,
                format="pdf",
                font_paths=folders,
                ignore_system_fonts=True,
                pdf_standards=STANDARDS,
            )
        except typst.TypstError as error:
            raise SegnbError(
                f"report.pdf: Typst refused the report: {error.message}. {' '.join(error.hints)}"
            ) from error


def speller(document: Document) -> Speller:
    """Return the speller of a report: its fonts' signs, and isolates where it is written from the right."""
    return Speller(document.look.fonts.signs, isolates=document.voice.direction == "rtl")


def unsigned(document: Document) -> dict[str, int]:
    """Return how many characters of each script the report's fonts lack."""
    spell = speller(document)
    frame(document, spell)
    _body(document, spell)
    return spell.scripts()


def parts(document: Document) -> dict[str, bytes]:
    """Return the Typst files that every report is drawn with, by name."""
    look = document.look
    style = {
        "colors": dict(look.colors.light),
        "sans": look.fonts.sans,
        "serif": look.fonts.serif,
        "rtl": document.voice.direction == "rtl",
    }
    return {
        "page.typ": files(__package__).joinpath("page.typ").read_bytes(),
        "blocks.typ": files(segnb.document).joinpath("blocks.typ").read_bytes(),
        "style.json": as_json(style),
    }


def as_json(value: Any) -> bytes:
    """Return what Typst reads as data."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def _body(document: Document, spell: Speller) -> dict[str, Any]:
    writers = [
        TypstWriter(
            document.voice,
            spell,
            prefix=section.anchor,
            top=1 if section.kind == "answer" else 2,
            own=document.own,
            paint=document.look.colors.paint,
        )
        for section in document.sections
    ]
    paint = document.look.colors.paint
    pairs = list(zip(document.sections, writers, strict=True))
    sections = [_section(*each, spell, paint) for each in pairs]
    tables = [each for section, writer in pairs for each in writer.charted(section.name)]
    return {"sections": sections, "numbers": charted(document, tables, spell)}


def charted(document: Document, tables: list[dict[str, Any]], spell: Speller) -> dict[str, Any] | None:
    """Return the block of the numbers of all charts that the sections' writers have drawn, or None."""
    return numbers(tables, spell(document.voice.say("document.charted"))) if tables else None


def _section(section: Section, writer: TypstWriter, spell: Speller, paint: Paint) -> dict[str, Any]:
    return {  # in the order of the page, as evidence is numbered on the way
        "kind": section.kind,
        "anchor": section.anchor,
        "title": spell(section.title),
        "name": spell(section.name),
        "kicker": spell(section.kicker),
        "lede": writer.spans(section.lede),
        "aside": writer.write([section.aside])[0] if section.aside else None,
        "blocks": writer.write(section.blocks),
        "swatch": None if section.place is None else swatch(Swatch(segment=section.place), paint),
        "evidence": writer.evidence(section.title if section.kind == "segment" else ""),
    }


def frame(document: Document, spell: Speller) -> dict[str, Any]:
    """Return what stands around the sections."""
    voice, day = document.voice, document.as_of or UNDATED
    kind, title = spell.exact(voice.say("report.kind")), spell.exact(document.title)
    as_of = spell.exact(document.dateline)
    logo, writer = document.look.logo, TypstWriter(voice, spell, prefix="logo")
    return {
        "name": f"{kind} · {title}",
        "kind": kind,
        "title": title,
        "as-of": as_of,
        "footer": " · ".join(filter(None, (kind, title, as_of))),
        "contents": spell.exact(voice.say("report.contents")),
        "lang": voice.language,
        "logo": writer.write([logo])[0] if logo else None,
        "date": {"year": day.year, "month": day.month, "day": day.day},
    }
