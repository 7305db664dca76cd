"""Read a report back, from the page and from the PDF: its headings, and its tables cell by cell."""

from __future__ import annotations

import unicodedata
from collections import defaultdict

import pypdf
from bs4 import BeautifulSoup

FRAME = ("Contents", "Evidence", "Numbersinallcharts")
"""Headings of the frame: the page folds evidence and charts' numbers away and lists its contents as links."""


def page_headings(page: str) -> list[str]:
    """Return the headings of a page in their order, without those of the frame."""
    found = BeautifulSoup(page, "html.parser").find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    return [each for each in (_dense(heading.get_text()) for heading in found) if each not in FRAME]


def pdf_headings(reader: pypdf.PdfReader) -> list[str]:
    """Return the headings of a PDF in their order, without those of the frame."""

    def outline(entries):
        for each in entries:
            if isinstance(each, list):
                yield from outline(each)
            else:
                yield _dense(each.title)

    return [title for title in outline(reader.outline) if title not in FRAME]


def page_tables(page: str) -> list[list[list[str]]]:
    """Return the tables of a page as rows of cells without spaces, those of the charts' numbers last."""
    soup = BeautifulSoup(page, "html.parser")
    for gone in soup.select("svg, .label, .unseen"):
        gone.decompose()
    for mark in soup.select("small, br, span.letter"):
        mark.insert_before(" ")
        mark.insert_after(" ")
    return [
        [[_dense(cell.get_text()) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in sorted(soup.find_all("table"), key=lambda each: bool(each.find_parent("figure")))
    ]


def pdf_tables(reader: pypdf.PdfReader) -> list[list[list[str]]]:
    """Return the tables of a tagged PDF as the page's, as a screen reader would walk them."""
    said = {page.indirect_reference.idnum: _marked_text(page) for page in reader.pages}

    def walk(node, page):
        node = node.get_object()
        if isinstance(node, list):
            return [piece for each in node for piece in walk(each, page)]
        if isinstance(node, int):
            return [said[page.idnum][node]]
        page = node.raw_get("/Pg") if "/Pg" in node else page
        if node.get("/Type") == "/MCR":
            return [said[page.idnum][node["/MCID"]]]
        if node.get("/Type") == "/OBJR" or "/K" not in node:
            return []
        inside = walk(node["/K"], page)
        kind = {"/TD": "cell", "/TH": "cell", "/TR": "row", "/Table": "table"}.get(node.get("/S"))
        if kind == "cell":
            return [(kind, _dense("".join(each for each in inside if isinstance(each, str))))]
        return [(kind, [each for name, each in inside if name])] if kind else inside

    root = walk(reader.root_object["/StructTreeRoot"]["/K"], None)
    return [table for kind, table in (each for each in root if isinstance(each, tuple)) if kind == "table"]


def _marked_text(page) -> dict[int, str]:
    found: dict[int, str] = defaultdict(str)
    within = []  # a sequence without an id of its own, as for replaced text, belongs to the one around it

    def before(operator, operands, *_):
        if operator in (b"BDC", b"BMC"):
            held = operands[1] if operator == b"BDC" else {}
            around = within[-1] if within else -1
            within.append(held.get("/MCID", around) if isinstance(held, dict) else around)
        elif operator == b"EMC":
            within.pop()

    def text(piece, *_):
        found[within[-1] if within else -1] += piece

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return found


def _joined(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


def _dense(text: str) -> str:
    """Join a cell without spaces: where its lines break is for each format to say."""
    return "".join(each for each in text if not each.isspace() and unicodedata.category(each) != "Cf")
