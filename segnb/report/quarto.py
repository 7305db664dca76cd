"""The report as a Quarto project: one document, its pictures, its fonts and the program's own look.

Sections, headings and prose are Markdown, so that the project can be edited; tables, charts and boxes are
drawn by what also draws segnb's own page and PDF.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from segnb.document.html import HtmlWriter, notebook_style
from segnb.document.html_text import text
from segnb.document.quarto import Pictures, QuartoWriter, markdown, on_paper, raw, raw_html
from segnb.document.spelling import Speller
from segnb.document.typst import Json
from segnb.errors import ParameterError, SegnbError
from segnb.report.fonts import FACES, font_rules
from segnb.report.outline import Document, Section
from segnb.report.page import variables
from segnb.report.pdf import STANDARDS, UNDATED, as_json, charted, frame, parts, speller
from segnb.style import font_file

OLDEST = (1, 10)
"""The first version of Quarto whose Typst writes PDF/UA-1 and PDF/A-2a at once."""
POLICY = (
    "default-src 'none'; img-src data:; font-src data:; "
    "style-src 'unsafe-inline' data:; script-src 'unsafe-inline' data:"
)
"""What Quarto's page may load: its own scripts and styles stand in it, and nothing comes from elsewhere."""
TARGETS = {"html": "html", "pdf": "typst"}

_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "SYSTEMROOT",
    "APPDATA",
    "LOCALAPPDATA",
)
_QUIET = (
    "anchor-sections",
    "citations-hover",
    "code-copy",
    "crossrefs-hover",
    "footnotes-hover",
    "smooth-scroll",
)


def require_quarto() -> str:
    """Return the version of the Quarto on the PATH.

    Raises
    ------
    ParameterError
        There is none, or it is too old.
    """
    remedy = (
        "Install it with pip install 'segnb[quarto]', which downloads the program, or leave the renderer out"
    )
    program = shutil.which("quarto")
    if program is None:
        raise ParameterError(f"report.renderer: the program quarto is not on the PATH. {remedy}")
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ParameterError(f"report.renderer: the program quarto does not start. {remedy}") from error
    version = done.stdout.strip()
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise ParameterError(
            f"report.renderer: quarto is of version {version}, and {wanted} is the oldest. {remedy}"
        )
    return version


def project(document: Document, formats: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of a project by name; equal documents give equal bytes."""
    spell, paint = speller(document), document.look.colors.paint
    pictures, drawn = Pictures(spell, paint), list[Json]()
    writers = [_writer(document, section, spell, pictures, drawn) for section in document.sections]
    pairs = list(zip(document.sections, writers, strict=True))
    sections = ["\n\n".join(filter(None, _parts(*each))) for each in pairs]
    tables = [each for section, writer in pairs for each in writer.charted(section.name)]
    if numbers := charted(document, tables, spell):
        sections.append(on_paper(drawn, numbers))
    body = "\n\n".join([_masthead(document), *sections])
    shared = parts(document) | {
        "report.json": as_json(frame(document, spell) | {"drawn": drawn}),
        "typst-show.typ": files(__package__).joinpath("quarto.typ").read_bytes(),
    }
    return {
        "_quarto.yml": _yaml(_settings(formats)),
        "report.qmd": f"---\n{_yaml(_front(document)).decode()}---\n\n{body}\n".encode(),
        "report.css": _css(document, body).encode(),
        **shared,
        **pictures.files,
        **{f"fonts/{path.name}": path.read_bytes() for path in _fonts(document)},
    }


def render(folder: Path, formats: tuple[str, ...], as_of: date | None) -> dict[str, bytes]:
    """Have Quarto render a project, and return its reports by name; the project stays.

    Raises
    ------
    SegnbError
        Quarto refused the project.
    """
    program = shutil.which("quarto") or "quarto"
    dated = datetime.combine(as_of or UNDATED, time(), UTC)
    # Quarto gets no variable that it does not need: one might hold a secret.
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["SOURCE_DATE_EPOCH"] = str(int(dated.timestamp()))
    rendered = {}
    for form in formats:
        name = f"report.{form}"
        command = [program, "render", "report.qmd", "--to", TARGETS[form], "--output", name]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode or not (folder / name).is_file():
            said = [line for line in done.stderr.replace(str(folder), "quarto").splitlines() if line.strip()]
            raise SegnbError(f"{name}: Quarto refused the report: {' '.join(said[-6:])}")
        rendered[name] = (folder / name).read_bytes()
        (folder / name).unlink()
    for left in (".quarto", "report_files"):
        shutil.rmtree(folder / left, ignore_errors=True)
    return rendered


def _settings(formats: tuple[str, ...]) -> dict[str, Any]:
    """Return the project's settings: nothing of it is fetched, and no raw table becomes another's."""
    described: dict[str, Any] = {
        "html": {
            "theme": "default",
            "embed-resources": True,
            "html-math-method": "mathml",
            "css": "report.css",
            "toc": True,
            "toc-depth": 2,
            "include-in-header": {"text": f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'},
            **dict.fromkeys(_QUIET, False),
        },
        "typst": {
            "pdf-standard": list(STANDARDS),
            "papersize": "a4",
            "font-paths": "fonts",
            "template-partials": ["typst-show.typ"],
        },
    }
    return {
        "project": {"type": "default", "render": ["report.qmd"]},
        "quarto-required": f">= {'.'.join(map(str, OLDEST))}.0",
        "html-table-processing": "none",
        "shift-heading-level-by": 0,
        "format": {TARGETS[form]: described[TARGETS[form]] for form in formats},
    }


def _front(document: Document) -> dict[str, Any]:
    title = markdown(f"{document.voice.say('report.kind')} · {document.title}")
    return {"pagetitle": title, "lang": document.voice.language, "engine": "markdown"}


def _yaml(values: dict[str, Any]) -> bytes:
    # In ASCII, and each text in quotes: nothing of a title can end its line or be another type.
    return yaml.safe_dump(values, sort_keys=False, width=4096).encode()


def _masthead(document: Document) -> str:
    title = f"<strong>{text(document.voice.say('report.kind'))}</strong> · {text(document.title)}"
    logo = document.look.logo
    drawn = HtmlWriter(document.voice, prefix="logo").write([logo]) if logo else ""
    return raw_html(f'<header class="kicker">{drawn}<p>{title}</p><p>{text(document.dateline)}</p></header>')


def _writer(
    document: Document, section: Section, spell: Speller, pictures: Pictures, drawn: list[Json]
) -> QuartoWriter:
    return QuartoWriter(
        document.voice,
        spell,
        prefix=section.anchor,
        top=_top(section),
        own=document.own,
        pages={each.place: each.anchor for each in document.of_kind("segment") if each.place is not None},
        paint=document.look.colors.paint,
        pictures=pictures,
        drawn=drawn,
    )


def _top(section: Section) -> int:
    return 1 if section.kind == "answer" else 2


def _parts(section: Section, writer: QuartoWriter) -> Iterator[str]:
    if section.kind == "segment":
        yield raw("typst", "#pagebreak(weak: true)")
    yield f"{'#' * _top(section)} {markdown(section.title)} {{#{section.anchor} .{section.kind}}}"
    yield markdown(section.kicker)
    yield writer.prose(section.lede)
    yield writer.write([section.aside] if section.aside else [])
    yield writer.write(section.blocks)
    yield writer.evidence(section.title if section.kind == "segment" else "")


def _css(document: Document, body: str) -> str:
    """Return the rules of what segnb draws within Quarto's page."""
    fonts = font_rules(document.look.fonts, frozenset(map(ord, body)))
    light = variables(document.look.colors.light)
    own = (
        "body{font-family:var(--sans),sans-serif;}"
        "h1,h2{font-family:var(--serif),serif;}"
        f".segnb{{{light}}}"
        ".segnb .kicker{display:flex;flex-wrap:wrap;gap:0 24px;align-items:center;}"
        ".segnb .kicker figure,.segnb .kicker p{margin:0;}"
        ".segnb .scroll{overflow-x:auto;}"
        ".muted{color:#55606e;}"
    )
    return f"{fonts}\n{notebook_style()}\n{own}\n"


def _fonts(document: Document) -> Iterator[Path]:
    """Yield the font files that the PDF is set in."""
    yield from (font_file(file) for *_, file in FACES)
    yield from document.look.fonts.files
