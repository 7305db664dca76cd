"""Reads every file of a published run, whichever results it holds.

A file of a kind that nobody reads here is an error, so that whatever is published in a new way must be
read, or be declared to hold customers' rows by the run itself.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup, Tag
from published_shapes import SHAPES, Reading, parts, read_table

_SAID = re.compile(r"(?<![\d.,–-])([1-9]) (?:of the |of )?(?:customers|buyers|people)\b")
"""A sentence that says a number of customers that is too small."""


def read_run(reading: Reading, folder: Path) -> list[str]:
    """Read every file of a published run; return those that the run itself says to hold customers' rows."""
    manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    rows = [name for name, entry in manifest["files"].items() if entry.get("rows") == "customers"]
    names = [*sorted(set(manifest["files"]) - set(rows)), "run.json", *manifest["outside"]]
    for name in sorted(names, key=lambda each: not each.endswith(".json")):  # labels are in the JSON
        KINDS[Path(name).suffix](reading, folder / name)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*names, *rows}
    return rows


def read_tree(reading: Reading, path: Path) -> None:
    """Read results and executed notebooks: JSON by the shape of its parts."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    for _, part in parts(tree):
        if {"name", "label", "unit", "meaning"} <= part.keys() and part["name"] in reading.known:
            reading.labels[part["label"]] = part["name"]
    for where, part in parts(tree):
        for keys, read in SHAPES:
            if keys <= part.keys():
                read(reading, part, where, path.stem.partition(".")[0])
                break


def read_page(reading: Reading, path: Path) -> None:
    """Read all tables of a page, and its words: sentences, titles, alternative texts, labels of charts."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    source = path.stem if path.parent.name == "audit" else "page"
    names = {name: groups[0] for name, groups in reading.found.groups.items() if len(groups) == 1}
    told = [page.get_text(" "), *(str(each.get("alt", "")) for each in page.find_all("img"))]
    told += [str(each.get("aria-label", "")) for each in page.find_all("svg")]
    _note(reading, path.name, " ".join(told))
    for table in page.find_all("table"):
        section = table.find_parent("section", class_="segment")
        owner = section.find("h2") if section else None
        heading = table.find_previous(["h3", "h4", "figcaption"])
        caption = table.caption.get_text(" ") if table.caption else _said(heading)[0] if heading else ""
        cells = [[_said(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        if cells:
            head = [text for text, _ in cells[0]]
            name = names.get(_said(owner)[0]) if owner else None
            read_table(reading, " ".join(caption.split()), head, cells[1:], name, source)


def _said(cell: Tag) -> tuple[str, str]:
    """Return what a cell says, and what stands small below it."""
    copy = BeautifulSoup(str(cell), "html.parser")
    small = [" ".join(each.extract().get_text(" ").split()) for each in copy.select("small, .small")]
    for each in copy.select(".label, .unseen"):
        each.decompose()
    return " ".join(copy.get_text(" ").split()), " ".join(small)


def read_pdf(reading: Reading, path: Path) -> None:
    """Read the words of the PDF where there is a program for it."""
    if shutil.which("pdftotext"):
        done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
        _note(reading, path.name, done.stdout)


def read_words(reading: Reading, path: Path) -> None:
    """Read what is no more than words: the parameters, the playbook and the times that steps took."""
    _note(reading, path.name, path.read_text(encoding="utf-8"))


def read_frame(reading: Reading, path: Path) -> None:
    """Read a table that holds no customers' rows: of what measures have to do with each other."""
    frame = pd.read_parquet(path)
    assert list(frame.index) == list(frame.columns), f"{path.name} is no table that is known here"


def _note(reading: Reading, name: str, text: str) -> None:
    reading.numbers[name] = set(re.findall(r"\d+(?:[.,]\d+)*%?", text))
    reading.sentences += [f"{name}: {each.group()}" for each in _SAID.finditer(text)]


KINDS: dict[str, Callable[[Reading, Path], None]] = {
    ".json": read_tree,
    ".ipynb": read_tree,
    ".html": read_page,
    ".pdf": read_pdf,
    ".yaml": read_words,
    ".log": read_words,
    ".parquet": read_frame,
}
"""How each kind of file is read; of any other kind nothing may be published."""
