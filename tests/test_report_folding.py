"""What the page folds away: closed under its finding, opened by whatever leads there, and open on paper."""

import base64
import io

import pypdf
import pytest
from bs4 import BeautifulSoup
from executed import answer, blocks, evidence, figure, prose, segment_pages, whole, write
from test_report import report

from segnb.document.blocks import Cell, Claims, Column, Grid, Paragraph, Span, Table, spans
from segnb.report.folding import ROW, fold


def table(title: str = "Nothing is missing", **more) -> Table:
    return Table(columns=(Column(label="Year"),), rows=((Cell(text="1979"),),), title=title, **more)


def note(*parts) -> Paragraph:
    return Paragraph(content=spans(*parts), role="note")


def series(number: int) -> Grid:
    return Grid(columns=tuple((figure(f"Chart {place}"),) for place in range(number)))


def notebooks(folder):
    """Write notebooks whose results, and what is said of trust, hold more than a page shows at once."""
    paths = whole(folder / "whole")[:3]
    results = [
        prose("# Results by segment"),
        blocks(*answer(), tags=("answer",)),
        *[blocks(each, tags=("segment",)) for each in segment_pages()],
        blocks(series(5), table(), note("Counted in 1981.")),
        blocks(Claims(items=(spans("They return.", evidence("Return rate of 1982", "54%")),))),
        blocks(table("Rows add up"), tags=("trust",)),
    ]
    return [*paths, *write(folder / "results", {"05_kpi_measurement": results})]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folding")
    report(notebooks(folder), folder / "out")
    return folder / "out/report.html"


def folds(path, anchor: str) -> list[str]:
    section = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find(id=anchor)
    return [each.find(["h2", "h3", "h4"]).get_text() for each in section.select("details.fold > summary")]


def test_tables_and_charts_after_the_first_row_stand_closed_under_their_findings(path):
    assert folds(path, "chapter-4") == ["Chart 3", "Chart 4", "Nothing is missing", "Evidence"]
    assert folds(path, "trust") == ["Rows add up"]
    assert folds(path, "answer") == ["Evidence"]
    assert folds(path, "segment-1") == ["Evidence"]


def test_how_it_was_found_stands_closed_with_its_charts(path):
    assert folds(path, "chapter-1") == ["Most spend little", "Visits fall"]


def test_what_has_no_title_stays_open_and_so_does_what_a_page_is_about():
    kept = (table(""), figure(""), table(role="answer"), table(role="differences"))
    assert fold(kept, 0) == kept
    assert [each.folded for each in fold((table(), figure()), 0)] == [True, True]
    (grid,) = fold((series(ROW + 1),))
    assert [column[0].folded for column in grid.columns] == [False] * ROW + [True]
    (beside,) = fold((Grid(columns=((table(),), (figure(),)), ratio=(7, 4)),))
    assert [column[0].folded for column in beside.columns] == [True, False]


def test_a_note_goes_with_the_table_above_it_unless_it_leads_elsewhere():
    (one,) = fold((table(note="First."), note("Second."), note(Span(text="Third.", muted=True))))
    assert one.note == "First. Second. Third."
    leading = note(Span(text="see", href="#trust"))
    cited = note("Visits", evidence())
    for other in (leading, cited, Paragraph(content=spans("Body."))):
        assert fold((table(), other))[1] == other
    assert fold((figure(), note("Of the chart.")))[1] == note("Of the chart.")


def test_every_link_within_the_page_leads_to_what_is_then_to_be_seen(browser, path):
    browser.open(path.as_uri())
    led = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => a.checkVisibility()).map(a => {"
        "const target = document.querySelector(a.getAttribute('href'));"
        "const before = target.checkVisibility(); a.click();"
        "const box = target.getBoundingClientRect();"
        "const seen = target.checkVisibility() && box.bottom > 0 && box.top < innerHeight;"
        "document.querySelectorAll('details').forEach(each => { each.open = false });"
        "return [a.getAttribute('href'), before, seen] })"
    )
    assert [href for href, _, seen in led if not seen] == []
    assert {before for href, before, _ in led if "-e" in href} == {False}
    assert {before for href, before, _ in led if href == "#trust"} == {True}


def test_an_address_with_a_place_in_a_fold_opens_it(browser, path):
    browser.open(f"{path.as_uri()}#segment-2-e1")
    assert browser.evaluate("document.querySelector('#segment-2-e1').checkVisibility()")
    assert browser.evaluate("document.querySelectorAll('details.fold[open]').length") == 1


def test_on_paper_all_that_is_folded_stands_open(browser, path):
    browser.open(path.as_uri())
    printed = browser._call("Page.printToPDF", preferCSSPageSize=True)["data"]
    reader = pypdf.PdfReader(io.BytesIO(base64.b64decode(printed)))
    said = " ".join("".join(page.extract_text() for page in reader.pages).split())
    for each in ("1979", "Counted in 1981.", "Return rate of 1982", "Chart 4", "Nothing is missing"):
        assert each in said
