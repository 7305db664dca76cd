"""Audit copies, and the whole report, opened by a real browser with hostile data in every place."""

import re

import pytest
from chromium import Browser
from executed import (
    SVG,
    answer,
    blocks,
    by_segment,
    code,
    display,
    figure,
    prose,
    segment_pages,
    whole,
    write,
)
from nbformat.v4 import new_output
from test_report import POLICY, report

from segnb.document.blocks import Cell, Column, Heading, Table, Verbatim

RUN = "<script>window.PWNED=1;alert(1)</script>"
EVIL = [
    RUN,
    '"><img src=x onerror="window.PWNED=1;alert(1)">',
    "</style></title></textarea><script>window.PWNED=1</script>",
    "[x](javascript:alert(1)) ![y](javascript:alert(1)) $\\href{javascript:alert(1)}{x}$",
    "{{7*7}} \u202eturned\u202c 🦄 " + "long" * 200,
]


@pytest.fixture(scope="module")
def audits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    report(whole(folder / "notebooks"), folder / "out")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((folder / "out/audit").iterdir())}


def test_each_notebook_has_a_copy_with_its_code_prose_and_results(audits):
    assert list(audits) == ["01_data_profiling", "03_clustering", "04_segment_personas", "05_kpi_measurement"]
    first = audits["01_data_profiling"]
    assert "Shipped prose stays out of the report." in first
    assert 'class="n">show</span>' in first
    assert 'aria-label="Visits fall: May 3."' in first
    assert "For the analyst" in audits["04_segment_personas"]


def test_a_copy_is_whole_offline_and_safe(audits):
    for name, page in audits.items():
        assert f'content="{POLICY}"' in page
        assert '<html lang="en"' in page
        assert re.search(r"<title>[^<]+· Complete Journey households</title>", page)
        assert page.count("<h1") == 1
        assert "<script" not in page
        assert not re.findall(r"\s(?:src|href)=(?!['\"]?(?:#|data:))", page), name
        assert "No description has been provided" not in page


def hostile(folder):
    """Notebooks with hostile text as title, code, prose, printed text, results and file data."""
    notebooks = {}
    for number, evil in enumerate(EVIL, start=1):
        table = Table(
            columns=(Column(label=evil, header=True),), rows=((Cell(text=evil, small=evil),),), title=evil
        )
        cells = [
            prose(f"# {evil}\n\n{evil}\n\n<div onclick='alert(1)'>{evil}</div>", tags=("chapter",)),
            blocks(Heading(text=evil), table, Verbatim(text=evil), figure(evil, text="a label")),
            display({"text/html": f"<div>{evil}</div><table><tr><td>{evil}</td></tr></table>"}),
            display(
                {"image/svg+xml": SVG.format(text="x").replace("<rect", f"{RUN}<rect onload='alert(1)'")}
            ),
            display({"text/markdown": evil, "application/javascript": "alert(1)", "text/latex": evil}),
            code(new_output("stream", name="stdout", text=evil), tags=(evil,)),
            blocks(*answer(evil), tags=("answer",)),
            *[blocks(each, tags=("segment",)) for each in segment_pages(evil)],
            blocks(by_segment(evil, Heading(text=evil)), tags=("segment",)),
        ]
        cells[-1]["source"] = f"# {evil}\nshow('{evil}')"
        notebooks[f"0{number}_x"] = cells
    return write(folder, notebooks)


def test_in_a_browser_nothing_runs_nothing_is_asked_for_and_nothing_overflows(tmp_path):
    names = {"heavy": EVIL[0], "light": EVIL[4]}
    report(
        hostile(tmp_path / "n"), tmp_path / "out", title=EVIL[2], names=names, provenance={EVIL[0]: EVIL[1]}
    )
    pages = [tmp_path / "out/report.html", *sorted((tmp_path / "out/audit").iterdir())]
    assert len(pages) == 6
    with Browser(tmp_path / "profile") as browser:
        for path in pages:
            for width in (1280, 390, 320):
                browser.open(path.as_uri(), width=width)
                assert browser.evaluate("window.PWNED === undefined")
                assert browser.evaluate("document.scripts.length") == 0
                assert browser.evaluate("document.documentElement.scrollWidth") <= width, (path.name, width)
                assert browser.evaluate(
                    "[...document.querySelectorAll('a')].every(a => !/^javascript/i.test(a.href))"
                )
        assert browser.dialogs == []
        assert [each for each in browser.requests if not each.startswith(("file:", "data:"))] == []


def test_in_a_browser_the_fonts_load_and_the_first_screen_holds_the_answer(tmp_path):
    report(whole(tmp_path / "n"), tmp_path / "out")
    with Browser(tmp_path / "profile") as browser:
        browser.open((tmp_path / "out/report.html").as_uri(), width=1280, height=850)
        fonts = browser.evaluate("document.fonts.ready.then(() => [...document.fonts].map(f => f.status))")
        assert len(fonts) == 4
        assert set(fonts) <= {"loaded", "unloaded"}  # the italic face may have nothing to do
        assert fonts.count("loaded") >= 3
        assert browser.evaluate("document.querySelector('table.answer').getBoundingClientRect().bottom") < 850
        browser.open((tmp_path / "out/report.html").as_uri(), width=390)
        assert (
            browser.evaluate("getComputedStyle(document.querySelector('table.answer tbody tr')).display")
            == "grid"
        )
