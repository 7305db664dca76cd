"""The report: one document from executed notebooks, written as a page, a PDF and audit copies."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from segnb.errors import WriteError
from segnb.report.assemble import chapter
from segnb.report.outline import Document, outline
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
    formats: tuple[str, ...] = FORMATS,
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
    formats
        Which of ``html`` and ``pdf`` to write.

    Returns
    -------
    Document
        The report as it was before it was written in any format.
    """
    from segnb.report.audit import audit
    from segnb.report.page import page

    document = outline(
        [chapter(path, voice) for path in notebooks],
        title=title,
        voice=voice,
        as_of=as_of,
        provenance=provenance,
        segments=segments,
        names=names,
        measured=measured,
    )
    written: dict[Path, bytes] = {}
    if "html" in formats:
        written[out / "report.html"] = page(document).encode("utf-8")
    if "pdf" in formats:
        from segnb.report.pdf import pdf

        typeset = pdf(document)
        written[out / "report.pdf"] = typeset.data
        for warning in typeset.warnings:
            logger.warning("report.pdf: %s", warning)
    for path in notebooks:
        written[out / "audit" / f"{path.stem}.html"] = audit(path, title, voice).encode("utf-8")
    for target, data in written.items():
        _write(target, data)
    return document


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise WriteError(f"{path.name} cannot be written ({len(data):,} bytes): {error.strerror}") from error
