"""The Quarto project: from the same document as the page, and text of the data is never Quarto.

Quarto itself is not at hand everywhere: what its Typst draws is compiled here by Typst itself.
"""

import io
import json
import os
import re
import shutil
import stat
from datetime import date
from html import escape

import mistune
import pypdf
import pytest
import typst
import yaml
from bs4 import BeautifulSoup
from executed import KEYS, NAMES, whole
from hypothesis import given
from hypothesis import strategies as st
from odd_reports import HOSTILE, LONG, many
from read_reports import page_headings, page_tables, pdf_headings, pdf_tables
from test_report import report

from segnb.document.quarto import markdown, raw_html
from segnb.errors import ParameterError, SegnbError
from segnb.report.assemble import chapter
from segnb.report.outline import outline
from segnb.report.page import page
from segnb.report.quarto import project, render, require_quarto
from segnb.words import Voice

RAW = re.compile(r"^```\{=(html|typst)\}\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) ([^\n]*) \{#([\w-]+)[^}\n]*\}$")


def document(notebooks, keys=KEYS, names=NAMES, title="Complete Journey households"):
    voice = Voice("en_US", "USD")
    chapters = [chapter(path, voice) for path in notebooks]
    return outline(
        chapters,
        title=title,
        voice=voice,
        as_of=date(2017, 12, 31),
        provenance={"Run": title},
        segments=keys,
        names=names,
    )


def made(notebooks, **options):
    shown = document(notebooks, **options)
    return shown, project(shown, ("html", "pdf"))


def written(text: str) -> str:
    """Return what Markdown says, as CommonMark reads it: escapes undone, marks of emphasis gone."""
    return BeautifulSoup(mistune.html(text), "html.parser").get_text().strip()


def as_html(files) -> str:
    """Return the page that the document makes: its Markdown as CommonMark reads it, its HTML as it is."""
    body = files["report.qmd"].decode().split("\n---\n", 1)[1]
    parts = []
    for piece in re.split(r"(^```\{=\w+\}\n.*?\n```$)", body, flags=re.MULTILINE | re.DOTALL):
        block = RAW.fullmatch(piece)
        if block:
            parts.append(block[2] if block[1] == "html" else "")
            continue
        for line in piece.splitlines():
            heading = HEADING.fullmatch(line)
            if heading:
                level = len(heading[1])
                parts.append(f"<h{level}>{escape(written(heading[2]))}</h{level}>")
    return "\n".join(parts)


def as_typst(files) -> bytes:
    """Compile the document as Quarto's Typst would draw it: its headings, and its raw blocks."""
    body = files["report.qmd"].decode().split("\n---\n", 1)[1]
    lines = [files["typst-show.typ"].decode()]
    for match in re.finditer(rf"{RAW.pattern}|{HEADING.pattern}", body, re.MULTILINE | re.DOTALL):
        if match[1] == "typst":
            lines.append(match[2])
        elif match[3]:
            lines.append(f"#heading(level: {len(match[3])}, {json.dumps(written(match[4]))}) <{match[5]}>")
    sources = {name: data for name, data in files.items() if not name.startswith("fonts/")}
    return typst.compile(
        {**sources, "main.typ": "\n".join(lines).encode()}, format="pdf", pdf_standards=["ua-1", "a-2a"]
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return made(whole(tmp_path_factory.mktemp("quarto")))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    notebooks, keys = many(tmp_path_factory.mktemp("hostile"), 4, HOSTILE)
    return made(notebooks, keys=keys, names={keys[1]: HOSTILE[5]}, title=HOSTILE[9])


@pytest.fixture(scope="module", params=["plain", "hostile"])
def either(request):
    return request.getfixturevalue(request.param)


def test_the_project_asks_for_what_makes_a_report_one_file_offline_and_to_the_standards(plain):
    settings = yaml.safe_load(plain[1]["_quarto.yml"])
    page, paper = settings["format"]["html"], settings["format"]["typst"]
    assert (page["theme"], page["embed-resources"], page["html-math-method"]) == ("default", True, "mathml")
    assert "default-src 'none'" in page["include-in-header"]["text"]
    assert paper["pdf-standard"] == ["ua-1", "a-2a"]
    assert settings["html-table-processing"] == "none"
    assert {page["css"], paper["template-partials"][0]} <= set(plain[1])
    assert any(name.startswith(f"{paper['font-paths']}/") for name in plain[1])


def test_only_the_formats_asked_for_are_set_up(plain):
    settings = yaml.safe_load(project(plain[0], ("pdf",))["_quarto.yml"])
    assert list(settings["format"]) == ["typst"]


def test_equal_documents_give_equal_bytes(plain):
    assert project(plain[0], ("html", "pdf")) == plain[1]


def test_nothing_of_the_project_comes_from_elsewhere(either):
    for name, data in either[1].items():
        if name.endswith((".css", ".yml", ".qmd", ".typ")):
            assert not re.search(rb"https?://|url\((?!data:)|@import", data), name


def test_headings_and_tables_are_those_of_the_page(either):
    shown, files = either
    ours, theirs = page(shown), as_html(files)
    assert page_headings(theirs) == page_headings(ours)
    assert page_tables(theirs) == page_tables(ours)


def test_what_typst_draws_has_the_headings_and_tables_of_the_page_and_keeps_the_standards(either):
    shown, files = either
    reader = pypdf.PdfReader(io.BytesIO(as_typst(files)))
    assert pdf_headings(reader) == page_headings(page(shown))
    assert pdf_tables(reader) == page_tables(page(shown))
    assert "pdfuaid:part>1<" in reader.root_object["/Metadata"].get_data().decode()


def test_tables_are_raw_for_the_page_and_native_for_typst(plain):
    body = plain[1]["report.qmd"].decode()
    kinds = [match[1] for match in RAW.finditer(body)]
    outside = RAW.sub("", body)
    assert "<table" in body
    assert "|" not in outside
    assert not re.search(r"<(table|div|svg)", outside)
    drawn = [int(number) for number in re.findall(r"^#draw\(drawn\.at\((\d+)\)\)$", body, re.MULTILINE)]
    assert drawn == list(range(len(json.loads(plain[1]["report.json"])["drawn"])))
    # The line above the report is for the page only, the numbers of all charts are for the PDF only.
    assert kinds.count("html") == len(drawn) - 1 + 1


def test_every_picture_is_a_file_with_its_alternative_text(either):
    pictures = BeautifulSoup(as_html(either[1]), "html.parser").find_all("img")
    names = {name for name in either[1] if name.startswith("figures/")}
    assert names
    assert {each["src"] for each in pictures} == names
    assert all(len(each["alt"]) > 9 and "/" not in each["alt"][:9] for each in pictures)


def test_links_within_the_document_lead_somewhere(plain):
    body = plain[1]["report.qmd"].decode()
    ids = set(re.findall(r'id="([^"]+)"|\{#([\w-]+)', body))
    named = {name for pair in ids for name in pair if name}
    asked = {name for pair in re.findall(r'href="#([^"]+)"|\]\(#([\w-]+)\)', body) for name in pair if name}
    assert asked <= named
    found = re.findall(r' id="([^"]+)"|\{#([\w-]+)', body)
    assert len(found) == len(set(found))


def test_hostile_text_is_nothing_but_text(hostile):
    settings, body = yaml.safe_load(hostile[1]["_quarto.yml"]), hostile[1]["report.qmd"].decode()
    front, text = body.removeprefix("---\n").split("\n---\n", 1)
    assert set(yaml.safe_load(front)) == {"pagetitle", "lang", "engine"}
    assert set(settings) == {
        "project",
        "quarto-required",
        "html-table-processing",
        "shift-heading-level-by",
        "format",
    }
    assert "{{<" not in body
    assert "\n:::" not in body
    fences = re.findall(r"^ *(?:```|~~~).*$", text, re.MULTILINE)
    assert set(fences) == {"```", "```{=html}", "```{=typst}"}
    assert not re.search(r"^(---|\.\.\.)\s*$", text, re.MULTILINE)
    soup = BeautifulSoup(as_html(hostile[1]), "html.parser")
    assert not soup.find_all(["script", "iframe", "object", "embed"])
    assert not [name for each in soup.find_all() for name in each.attrs if name.startswith("on")]
    assert "javascript:" not in " ".join(each.get("href", "") for each in soup.find_all("a"))


def test_a_shortcode_cannot_be_put_together_from_two_cells():
    assert "{{<" not in raw_html("<td>{{</td><td>}}</td>")
    assert "```" not in raw_html("```").removeprefix("```{=html}\n").removesuffix("\n```")


@given(st.text(max_size=60))
def test_any_text_as_markdown_says_itself_and_nothing_else(text):
    said = markdown(text)
    assert "\n" not in said
    assert not re.search(r"(?<!\\)(?:\\\\)*[!-/:-@\[-`{-~]", re.sub(r"\\[!-/:-@\[-`{-~]", "", said))
    tree = mistune.create_markdown(renderer="ast")(f"x{said}x")
    assert [each["type"] for each in tree] == ["paragraph"]
    assert {each["type"] for each in tree[0]["children"]} == {"text"}


def fake(folder, script):
    """Put a program called quarto on the PATH that writes down how it is called."""
    path = folder / "bin" / "quarto"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path.parent


def test_without_the_program_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ParameterError, match=r"not on the PATH\. Install it with pip install 'segnb\[quarto\]'"
    ) as told:
        report(whole(tmp_path / "n"), tmp_path / "out", renderer="quarto")
    assert told.value.exit_code == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="the made-up program is a shell script")
@pytest.mark.parametrize(
    ("script", "told"), [("echo 1.9.37", "version 1.9.37, and 1.10"), ("exit 1", "does not start")]
)
def test_a_program_of_no_use_is_refused(tmp_path, monkeypatch, script, told):
    monkeypatch.setenv("PATH", str(fake(tmp_path, script)))
    with pytest.raises(ParameterError, match=told):
        require_quarto()


@pytest.mark.skipif(os.name == "nt", reason="the made-up program is a shell script")
def test_the_program_gets_the_project_the_date_and_no_secret(tmp_path, monkeypatch):
    folder = fake(
        tmp_path,
        'test "$1" = --version && { echo 1.10.19; exit; }\n'
        'echo "$@" >> called; env > environment; printf "%s" "$4" > "$6"; mkdir -p .quarto',
    )
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "canary")
    out = tmp_path / "out"
    page = report(whole(tmp_path / "n"), out, renderer="quarto", formats=("html", "pdf"))
    assert page == "html"
    assert (out / "report.pdf").read_text() == "typst"
    assert sorted(path.name for path in (out / "audit").iterdir())
    calls = (out / "quarto/called").read_text().splitlines()
    assert calls == [
        "render report.qmd --to html --output report.html",
        "render report.qmd --to typst --output report.pdf",
    ]
    environment = (out / "quarto/environment").read_text()
    assert "SOURCE_DATE_EPOCH=1514678400" in environment
    assert "canary" not in environment
    assert {"_quarto.yml", "report.qmd", "figures", "fonts"} <= {
        path.name for path in (out / "quarto").iterdir()
    }
    assert not (out / "quarto/.quarto").exists()


@pytest.mark.skipif(os.name == "nt", reason="the made-up program is a shell script")
def test_what_quarto_refuses_is_an_error_in_words_without_the_folder(tmp_path, monkeypatch, plain):
    folder = fake(tmp_path, 'echo "ERROR: in $PWD/report.qmd" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    (tmp_path / "project").mkdir()
    with pytest.raises(
        SegnbError, match=r"report\.html: Quarto refused the report: ERROR: in quarto/report\.qmd"
    ):
        render(tmp_path / "project", ("html",), None)


def test_quarto_renders_the_report(tmp_path):
    if shutil.which("quarto") is None:
        pytest.skip("Quarto is not on the PATH; pip install 'segnb[quarto]' downloads it")
    notebooks, keys = many(tmp_path / "n", 3, (*HOSTILE, LONG))
    options = {"segments": keys, "names": {}}
    ours = report(notebooks, tmp_path / "ours", **options)
    theirs = report(notebooks, tmp_path / "out", renderer="quarto", formats=("html", "pdf"), **options)
    reader = pypdf.PdfReader(tmp_path / "out/report.pdf")
    assert pdf_headings(reader) == page_headings(ours)
    assert pdf_tables(reader) == page_tables(ours)
    assert page_tables(theirs) == page_tables(ours)
    assert set(page_headings(ours)) <= set(page_headings(theirs))
    assert not re.findall(r"""\s(?:src|href)=["']?(?:https?:)?//""", theirs)
