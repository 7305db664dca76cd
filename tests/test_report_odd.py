"""Reports that are hard to lay out or hostile: both formats say the same, and nothing of them acts."""

import pypdf
import pytest
from executed import blocks, prose, write
from odd_reports import HOSTILE, LONG, many, shapeless
from read_reports import page_headings, page_tables, pdf_headings, pdf_tables
from test_report import report

from segnb.document.blocks import Paragraph, Table, spans

MAKERS = {
    "hostile": lambda folder: many(folder, 12, HOSTILE),
    "long names": lambda folder: many(folder, 12),
    "two segments": lambda folder: many(folder, 2, ("Early risers", LONG)),
    "one segment": lambda folder: many(folder, 1),
    "no structure": shapeless,
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Reports by name, each made once: the folder with both formats."""
    made = {}

    def make(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("odd")
            notebooks, keys = MAKERS[name](folder / "n")
            title = HOSTILE[2] if name == "hostile" else "A report"
            options = {"segments": keys, "names": {}, "title": title, "formats": ("html", "pdf")}
            report(notebooks, folder, **options)
            made[name] = folder
        return made[name]

    return make


@pytest.mark.parametrize("name", MAKERS)
def test_page_and_pdf_say_the_same_and_the_pdf_keeps_its_standards(odd, name):
    page = (odd(name) / "report.html").read_text(encoding="utf-8")
    reader = pypdf.PdfReader(odd(name) / "report.pdf")
    assert pdf_headings(reader) == page_headings(page)
    assert pdf_tables(reader) == page_tables(page)
    claims = reader.root_object["/Metadata"].get_data().decode("utf-8")
    assert "pdfuaid:part>1<" in claims
    assert "pdfaid:conformance>A<" in claims


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_runs_nothing_is_asked_for_and_nothing_overflows(odd, browser, name):
    address = (odd(name) / "report.html").as_uri()
    for width in (1280, 390, 320):
        browser.open(address, width=width)
        browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert browser.evaluate("document.documentElement.scrollWidth") <= width, width
        assert browser.evaluate("window.PWNED === undefined && document.scripts.length === 0")
        assert browser.evaluate(
            "[...document.querySelectorAll('a')].every(a => !/^javascript/i.test(a.href))"
        )
        assert browser.evaluate(
            "[...document.querySelectorAll('*')].every("
            "e => [...e.attributes].every(a => !/^on/i.test(a.name)))"
        )
    assert browser.dialogs == []
    assert [each for each in browser.requests if not each.startswith(("file:", "data:"))] == []


TURNED = """[...document.querySelectorAll('main *')].flatMap(e => [...e.childNodes]).filter(
    node => node.nodeType === 3 && node.data.trim().length > 3 && !node.parentElement.closest('bdi')
).filter(node => {
    const at = place => { const range = document.createRange(); range.setStart(node, place);
                          range.setEnd(node, place + 1); return range.getBoundingClientRect() }
    const first = node.data.search(/\\S/), [one, other] = [at(first), at(first + 1)]
    return one.width && one.top === other.top && other.left < one.left
}).map(node => node.data)"""


@pytest.mark.parametrize(
    "turning", ["\u202e", "\u202e\u2067\u05d0", "\u2069\u202e", "\u2068\u2067\u202e", "\u0627"]
)
def test_text_that_turns_the_direction_does_not_turn_what_stands_around_it(tmp_path, browser, turning):
    cells = [prose("# X"), blocks(Paragraph(content=spans(f"{turning} x ", "after it")))]
    report(write(tmp_path / "n", {"01_x": cells}), tmp_path / "out")
    browser.open((tmp_path / "out/report.html").as_uri())
    assert "after it" in browser.evaluate("document.querySelector('#chapter-1 p').textContent")
    assert browser.evaluate(TURNED) == []


def test_the_test_of_turned_text_sees_it(tmp_path, browser):
    (tmp_path / "x.html").write_text(
        "<meta charset=utf-8><main><p><b>\u202e x </b>after it</p></main>", "utf-8"
    )
    browser.open((tmp_path / "x.html").as_uri())
    assert "after it" in browser.evaluate(TURNED)


def test_what_holds_nothing_leaves_no_frame_behind(tmp_path):
    cells = [prose("# X"), blocks(Table(columns=(), rows=(), title="Nothing came in"))]
    page = report(write(tmp_path / "n", {"01_x": cells}), tmp_path / "out", formats=("html", "pdf"))
    assert "Nothingcamein" in page_headings(page)
    assert page.count("<table") == 1  # that of the provenance


def test_segments_beyond_the_eighth_have_colours_of_their_own(odd, browser):
    browser.open((odd("long names") / "report.html").as_uri())
    colors = browser.evaluate(
        "[...document.querySelectorAll('table.answer .swatch rect')].map(e => getComputedStyle(e).fill)"
    )
    assert len(colors) == len(set(colors)) == 12
