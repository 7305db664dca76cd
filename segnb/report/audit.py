"""Audit copies: each executed notebook with its code, as an HTML page that needs nothing else.

nbconvert writes them, but from a notebook that is made anew: sources and printed text, which it
escapes, and outputs that segnb's own writer wrote. Nothing else of the file is passed on.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.metadata import files as files_of
from importlib.resources import files
from pathlib import Path
from typing import Any

from segnb.document import clean
from segnb.document.html import HtmlWriter
from segnb.document.html_text import text
from segnb.notebook_format import nbformat
from segnb.report.assemble import headings, open_notebook, title_of
from segnb.report.look import Look
from segnb.report.outputs import Describer, shown
from segnb.report.page import head, style
from segnb.words import Voice

v4: Any = nbformat.v4
_LEVEL = re.compile(r"<h([1-6])>")


def audit(path: Path, title: str, voice: Voice, look: Look | None = None) -> str:
    """Return the audit copy of an executed notebook.

    Parameters
    ----------
    path
        The notebook.
    title
        The report's title.
    voice
        The reader's language.
    look
        The report's colours and fonts.
    """
    notebook = open_notebook(path)
    name = title_of(notebook, path)
    cells, _ = _exporter().from_notebook_node(_remade(notebook, path, name, voice))
    opening = "" if "<h1>" in cells else f"<h1>{text(name)}</h1>"
    body = f"""<body>
<div class="wrap">
<header class="masthead kicker"><p><strong>{text(path.stem)}</strong> · {text(title)}</p></header>
<main>
{opening}
{cells}
</main>
</div>
</body>
</html>
"""
    css = style(look, body) + _style()
    return f"{head(f'{name} · {title}', voice, css)}\n{body}"


@cache
def _style() -> str:
    return files(__package__).joinpath("audit.css").read_text(encoding="utf-8")


@cache
def _exporter() -> Any:
    import nbconvert  # slow, and of use here only

    class Exporter(nbconvert.HTMLExporter):
        """Takes nbconvert's own templates, where others of the same name may lie in the home and here."""

        def get_prefix_root_dirs(self) -> list[str]:
            return [_shipped()]

    options: Any = {"extra_template_basedirs": [], "template_data_paths": []}
    exporter: Any = Exporter(template_name="basic", **options)  # type: ignore[no-untyped-call] # traitlets'
    exporter.register_filter("markdown2html", _as_it_is)
    return exporter


def _shipped() -> str:
    """Return the folder ``share/jupyter`` that nbconvert was installed with."""
    template = "share/jupyter/nbconvert/templates/basic/index.html.j2"
    found = (each.locate() for each in files_of("nbconvert") or () if each.match(template))
    return str(Path(next(found, Path(sys.prefix, template))).resolve().parents[3])


def _as_it_is(prose: str) -> str:
    """Pass prose on: `_remade` has made it HTML, and has cleaned it."""
    return prose


def _remade(notebook: Any, path: Path, title: str, voice: Voice) -> Any:
    """Return a notebook that holds only what is safe to show."""
    cells, describe, level = [], Describer(voice, voice.heading(title)), 1
    for place, cell in enumerate(notebook.cells, start=1):
        if found := list(headings(cell)):
            describe = Describer(voice, voice.heading(found[-1]))
        if cell.cell_type == "markdown":
            prose = clean.markdown(cell.source, describe)
            levels = _LEVEL.findall(prose)
            level = int(levels[-1]) if levels else level
            cells.append(v4.new_markdown_cell(prose, id=f"cell-{place}"))
        elif cell.cell_type == "code":
            writer = HtmlWriter(voice, prefix=f"cell-{place}", top=min(level, 4))
            outputs = [_output(each, writer, describe, f"{path.name}: cell {place}") for each in cell.outputs]
            outputs.append(v4.new_output("display_data", {"text/html": writer.evidence()}))
            cells.append(
                v4.new_code_cell(
                    cell.source,
                    id=f"cell-{place}",
                    execution_count=cell.execution_count,
                    outputs=[output for output in outputs if output],
                )
            )
    return v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def _output(output: Any, writer: HtmlWriter, describe: Describer, where: str) -> Any:
    """Return printed text as it is, and all else as segnb's own HTML."""
    if output.output_type == "stream":
        return v4.new_output("stream", name="stdout", text=output.text)
    return v4.new_output("display_data", {"text/html": writer.write(shown([output], describe, where))})
