"""The PDF: the same document as the page, tagged, dated by the report, the same bytes twice."""

import logging
import re
from datetime import date

import pypdf
import pytest
from executed import KEYS, NAMES, SVG, blocks, by_segment, display, evidence, figure, png, prose, whole, write
from read_reports import page_headings, page_tables, pdf_headings, pdf_tables
from test_report import report

from segnb.document.blocks import (
    Cell,
    Claims,
    Column,
    Figure,
    Heading,
    Paragraph,
    Span,
    Table,
    Verbatim,
    spans,
)
from segnb.document.spelling import Speller
from segnb.errors import SegnbError


def typeset(notebooks, out, **options):
    """Build both formats and return the page and the PDF's reader."""
    page = report(notebooks, out, formats=("html", "pdf"), **options)
    return page, pypdf.PdfReader(out / "report.pdf")


def words(reader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def tags(path, kind: str) -> list[str]:
    """Return the alternative texts, perhaps empty, of the structure elements of one kind."""
    found = []

    def visit(node):
        node = node.get_object() if node is not None else None
        if isinstance(node, dict):
            if node.get("/S") == kind:
                found.append(str(node.get("/Alt", "")))
            visit(node.get("/K"))
        elif isinstance(node, list):
            for each in node:
                visit(each)

    visit(pypdf.PdfReader(path).root_object["/StructTreeRoot"]["/K"])
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    page, reader = typeset(whole(folder / "notebooks"), folder / "out")
    return page, reader, folder / "out" / "report.pdf"


def test_the_pdf_has_the_headings_of_the_page_in_the_same_order(both):
    page, reader, _ = both
    assert pdf_headings(reader) == page_headings(page)
    assert len(page_headings(page)) > 15


def test_the_pdf_has_the_tables_of_the_page_cell_by_cell(both):
    page, reader, _ = both
    assert pdf_tables(reader) == page_tables(page)
    assert len(page_tables(page)) == 10
    assert page_tables(page)[-3:] == [[["Month", "Visits"], ["May", "3"]]] * 3  # those of the charts
    assert [
        "Heavybuyers3.2visitsamonth",
        "26%",
        "$640$575–706",
        "Bstableoverlap0.82",
        "Testit",
    ] in page_tables(page)[0]


@pytest.mark.slow
def test_the_shops_pdf_has_the_headings_and_tables_of_its_page_cell_by_cell(shop_run):
    page = (shop_run / "report.html").read_text(encoding="utf-8")
    reader = pypdf.PdfReader(shop_run / "report.pdf")
    assert pdf_headings(reader) == page_headings(page)
    assert pdf_tables(reader) == page_tables(page)
    assert sum(map(len, page_tables(page))) > 100


def test_the_pdf_says_what_the_page_says(both):
    _, reader, _ = both
    text = words(reader)
    for said in (
        "Why we say so",
        "Reproducible, but constructed",
        "$575–706",
        "Test it",
        "Used to form the segments",
    ):
        assert said in text
    assert "Segment 2 of 2" in text
    assert text.count("Complete Journey households") > len(reader.pages)


def test_the_pdf_claims_its_standards_and_bears_title_language_and_date(both):
    _, reader, _ = both
    root = reader.root_object
    metadata = root["/Metadata"].get_data().decode("utf-8")
    for claim in ("pdfuaid:part>1<", "pdfaid:part>2<", "pdfaid:conformance>A<"):
        assert claim in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata.title == "Segment report · Complete Journey households"
    assert reader.metadata.creation_date.date() == date(2017, 12, 31)


def test_charts_are_figures_with_their_alt_text_and_marks_are_not(both):
    *_, path = both
    assert sorted(tags(path, "/Figure")) == sorted(
        ["Most spend little: May 3.", "Visits fall: May 3.", "All come back: May 3."]
    )
    assert len(tags(path, "/TH")) >= 5


def test_each_segment_begins_a_page(both):
    _, reader, _ = both
    first = [page.extract_text().split("\n")[0] for page in reader.pages]
    assert {"Segment 1 of 2", "Segment 2 of 2"} <= set(first)


@pytest.mark.parametrize(("n_claims", "n_pages"), [(20, 1), (33, 1), (60, 2)])
def test_a_segment_a_little_too_long_for_its_page_is_set_smaller(tmp_path, n_claims, n_pages):
    claims = Claims(items=tuple(spans(f"Claim {n}.", evidence(f"Measure {n}")) for n in range(n_claims)))
    cells = [blocks(by_segment("claims", claims), tags=("segment",))]
    _, reader = typeset(write(tmp_path, {"04_x": cells}), tmp_path / "out")
    assert len(reader.pages) == 1 + len(KEYS) * n_pages + 1  # the answer before, the appendix after


def test_equal_notebooks_give_an_equal_pdf(tmp_path):
    for name in "ab":
        typeset(whole(tmp_path / name), tmp_path / f"out-{name}")
    assert (tmp_path / "out-a/report.pdf").read_bytes() == (tmp_path / "out-b/report.pdf").read_bytes()


def test_a_report_without_a_date_does_not_bear_todays(tmp_path):
    cells = [prose("# X"), blocks(Paragraph(content=spans("A word.")))]
    _, reader = typeset(write(tmp_path, {"01_x": cells}), tmp_path / "out", as_of=None)
    assert reader.metadata.creation_date.date() == date(1970, 1, 1)
    assert "As of" not in words(reader)


MARKUP = '#import "x" \\ "quoted" #eval(1) $x^2$ *bold* _it_ <label> @ref [x] `raw` // comment {{7*7}}'


def test_text_of_the_data_is_never_typst(tmp_path):
    table = Table(
        columns=(Column(label=MARKUP),),
        rows=((Cell(text=MARKUP, small=MARKUP),),),
        title=MARKUP,
        groups={0: MARKUP},
    )
    shown = [
        Heading(text=MARKUP),
        Paragraph(content=spans(MARKUP, Span(text="go", href="#nowhere"))),
        table,
        Verbatim(text=MARKUP),
    ]
    cells = [
        prose("# X"),
        blocks(*shown),
        blocks(figure().model_copy(update={"title": MARKUP, "alt": MARKUP})),
    ]
    _, reader = typeset(
        write(tmp_path, {"01_x": cells}), tmp_path / "out", title=MARKUP, names={"heavy": MARKUP}
    )
    assert words(reader).replace(" ", "").count(MARKUP.replace(" ", "")) >= 7


def test_characters_that_the_fonts_lack_are_replaced_counted_and_told(tmp_path, caplog):
    odd = "private \ue000, arabic \u0627\u0628, nul \x00, turned \u202eword\u202c"
    cells = [prose("# X"), blocks(Paragraph(content=spans(odd)), figure(text="in \ue000 chart"))]
    with caplog.at_level(logging.WARNING):
        page, reader = typeset(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert "private ?, arabic ??, nul ?, turned word" in words(reader)
    assert "\u0627\u0628" in page
    assert caplog.messages == [
        "5 characters of the data have no sign in the report's fonts (Arabic 2, control characters 1 and "
        "private use 2): the PDF shows them as ?, the page in the reader's own fonts. "
        "Name font files that have them under report.fonts"
    ]


def test_the_speller_lets_long_words_break_and_keeps_the_rest():
    spell = Speller()
    assert spell("short words — “fine” €5 −3 naïve Żółć Ω ж") == "short words — “fine” €5 −3 naïve Żółć Ω ж"
    assert spell("x" * 60).replace("\u200b", "") == "x" * 60
    assert spell("x" * 60).count("\u200b") == 2
    assert spell.exact("x" * 60) == "x" * 60
    assert not spell.replaced


def test_an_analysts_pictures_and_tables_reach_the_pdf(tmp_path):
    cells = [
        prose("# My look"),
        display({"image/png": png(), "text/plain": "A white field."}),
        display({"image/svg+xml": SVG.format(text="own label"), "text/plain": "A bar."}),
        display({"text/html": "<table><tr><th>name</th></tr><tr><td>Ann</td></tr></table>"}),
    ]
    _, reader = typeset(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert tags(tmp_path / "out/report.pdf", "/Figure") == [
        "A white field.",
        "A bar.",
    ]
    assert "Ann" in words(reader)
    assert "own label" in words(reader)


def test_wide_tables_and_long_words_stay_on_the_page(tmp_path):
    columns = tuple(Column(label=f"a rather long label {number}") for number in range(14))
    table = Table(
        columns=columns,
        rows=((*(Cell(text=f"{number:,}") for number in range(13)), Cell(text="x" * 300)),) * 60,
    )
    _, reader = typeset(write(tmp_path, {"01_x": [blocks(table)]}), tmp_path / "out")
    assert len(reader.pages) > 2
    assert len(re.findall("label 13", words(reader))) > 1


def test_a_picture_without_a_description_cannot_be_made():
    with pytest.raises(ValueError, match="alt"):
        Figure(picture=SVG.format(text=""), alt="")


def test_what_typst_refuses_is_an_error_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr("segnb.report.pdf.STANDARDS", ["ua-1", "a-4"])
    with pytest.raises(SegnbError, match=r"report\.pdf: Typst refused the report"):
        typeset(whole(tmp_path / "n"), tmp_path / "out", segments=KEYS, names=NAMES)
