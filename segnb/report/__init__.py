"""The report: one document from executed notebooks, written as a page, a PDF and audit copies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from segnb.document.spelling import SIGN
from segnb.errors import WriteError
from segnb.report.assemble import chapter
from segnb.report.look import Look
from segnb.report.outline import Document, audit_copy, outline
from segnb.segmentation import Window
from segnb.words import Voice

FORMATS = ("html", "pdf")

logger = logging.getLogger(__name__)


def build(
    notebooks: list[Path],
    out: Path,
    *,
    title: str,
    voice: Voice,
    as_of: date | None,
    provenance: dict[str, str],
    segments: tuple[str, ...],
    names: dict[str, str],
    measured: Window | None = None,
    look: Look | None = None,
    formats: tuple[str, ...] = FORMATS,
    renderer: str = "segnb",
) -> Document:
    """Write the report of executed notebooks, and an audit copy of each.

    Parameters
    ----------
    notebooks
        The executed notebooks, in the order of their chapters.
    out
        Folder for ``report.html``, ``report.pdf`` and ``audit/``.
    title
        What the report is about: ``Complete Journey households``.
    voice
        Language, locale and currency.
    as_of
        The report's date; nothing else dates the files.
    provenance
        What the appendix says of the run: its id, parameters, versions.
    segments
        The segments' keys in their fixed order, which gives them their colours; their pages come
        in the order of the answer's table.
    names
        The segments' names, by key.
    measured
        The days of the results, said at the head of each page.
    look
        Colours, fonts and logo; left out, the house's own.
    formats
        Which of ``html`` and ``pdf`` to write.
    renderer
        ``segnb`` itself, or ``quarto``, which gets a project of its own in the folder ``quarto/``.

    Returns
    -------
    Document
        The report as it was before it was written in any format.
    """
    from segnb.report.audit import audit

    chapters = [chapter(path, voice) for path in notebooks]

    def arranged(told: dict[str, str]) -> Document:
        return outline(
            chapters,
            title=title,
            voice=voice,
            as_of=as_of,
            provenance=told,
            segments=segments,
            names=names,
            measured=measured,
            look=look,
        )

    document = _with_note(arranged, provenance, voice)
    written = (
        _by_quarto(document, out, formats) if renderer == "quarto" else _by_segnb(document, out, formats)
    )
    for path in notebooks:
        written[out / audit_copy(path.stem)] = audit(path, title, voice, look).encode("utf-8")
    for target, data in written.items():
        _write(target, data)
    return document


def _with_note(
    arranged: Callable[[dict[str, str]], Document], provenance: dict[str, str], voice: Voice
) -> Document:
    """Arrange the document; where its fonts lack characters, warn, and say so in its provenance."""
    from segnb.report.pdf import unsigned

    document = arranged(provenance)
    lost = unsigned(document)
    if not lost:
        return document
    total = sum(lost.values())
    scripts = voice.ordered([f"{script} {voice.count(times)}" for script, times in lost.items()])
    logger.warning("%s", voice.say("report.unsigned", count=total, scripts=scripts, sign=SIGN))
    note = voice.say("report.unsigned_note", count=total, sign=SIGN)
    return arranged(provenance | {voice.say("report.characters"): note})


def _by_segnb(document: Document, out: Path, formats: tuple[str, ...]) -> dict[Path, bytes]:
    from segnb.report.page import page
    from segnb.report.pdf import pdf

    written: dict[Path, bytes] = {}
    # Typst sets the PDF in native code, so the page is written meanwhile.
    with ThreadPoolExecutor(max_workers=1) as worker:
        typeset = worker.submit(pdf, document) if "pdf" in formats else None
        if "html" in formats:
            written[out / "report.html"] = page(document).encode("utf-8")
        if typeset:
            written[out / "report.pdf"] = typeset.result()
    return written


def _by_quarto(document: Document, out: Path, formats: tuple[str, ...]) -> dict[Path, bytes]:
    from segnb.report.quarto import project, render, require_quarto

    require_quarto()
    folder = out / "quarto"
    for name, data in project(document, formats).items():
        _write(folder / name, data)
    return {out / name: data for name, data in render(folder, formats, document.as_of).items()}


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise WriteError(f"{path.name} cannot be written ({len(data):,} bytes): {error.strerror}") from error
