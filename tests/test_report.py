"""The report of executed notebooks: its outline, its order, what it refuses."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from executed import (
    KEYS,
    NAMES,
    SVG,
    answer,
    blocks,
    by_segment,
    code,
    display,
    evidence,
    figure,
    png,
    prose,
    segment_pages,
    whole,
    write,
)
from nbformat.v4 import new_output

from segnb.document.blocks import MIME, Claims, Headline, Paragraph, spans
from segnb.errors import CellError, InputError, WriteError
from segnb.report import build
from segnb.report.outputs import shown
from segnb.words import Voice

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"


def report(notebooks, out: Path, **options) -> str:
    """Build a report and return its page."""
    facts = {
        "title": "Complete Journey households",
        "voice": Voice("en_US", "USD"),
        "as_of": date(2017, 12, 31),
        "provenance": {"Run": "2017-12-31-1a2b3c4d"},
        "segments": KEYS,
        "names": NAMES,
        "formats": ("html",),
    }
    build(notebooks, out, **(facts | options))
    return (out / "report.html").read_text(encoding="utf-8")


def section(page: str, anchor: str) -> str:
    return page.partition(f'<section id="{anchor}"')[2].partition("</section>")[0]


def headings(page: str) -> list[str]:
    found = re.findall(r"<h([1-6])[^>]*>(.*?)</h\1>", page)
    return [re.sub(r"<[^>]+>", "", text) for _, text in found]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return report(whole(folder / "notebooks"), folder / "out")


def test_sections_stand_in_the_order_of_the_outline(page):
    anchors = re.findall(r'<section id="([^"]+)"', page)
    assert anchors == ["answer", "segment-1", "segment-2", "trust", "chapter-1", "chapter-2", "appendix"]
    assert headings(page)[0] == "Heavy buyers bring 70% of revenue"
    assert "Can I trust this? Yes, for planning" in headings(page)
    assert page.count("<h1") == 1


def test_every_heading_follows_one_of_its_own_level_or_the_level_above(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_answer_opens_with_headline_verdict_and_contents(page):
    opening = section(page, "answer")
    assert '<a href="#trust">Why we say so</a>' in opening
    assert re.findall(r'<li><a href="#([\w-]+)">', opening) == [
        *("segment-1", "segment-2", "trust", "chapter-1", "chapter-2", "appendix")
    ]
    assert '<a href="#segment-1">Heavy buyers</a>' in opening


def test_what_changed_stands_right_after_the_answer(tmp_path):
    notebooks = whole(tmp_path / "notebooks")
    more = [prose("# Since last time"), blocks(Headline(text="Two moved"), tags=("changes",))]
    notebooks += write(tmp_path / "more", {"06_changes": more})
    page = report(notebooks, tmp_path / "out")
    assert re.findall(r'<section id="([^"]+)"', page)[:3] == ["answer", "changes", "segment-1"]
    assert "What has changed? Two moved" in headings(page)


def test_a_segments_page_has_its_slots_in_order_whatever_the_cells_order(page):
    text = section(page, "segment-2")
    marks = [
        *("Segment 2 of 2", "Light buyers", "They buy on offer", 'class="facts"', "How they differ"),
        *("They come half as often", "A plain rule", "At most 7.6", "What it is worth", "One more visit"),
        *("What to do", "Test it", ">Evidence<", "Visits a month"),
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_evidence_is_numbered_in_order_of_appearance_on_each_page(page):
    text = section(page, "segment-1")
    assert re.findall(r'href="#segment-1-e(\d)"', text) == ["1", "2", "1"]
    assert re.findall(r'id="segment-1-e(\d)"', text) == ["1", "2"]
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_ids_are_unique(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_what_was_found_stands_before_trust_and_how_it_was_found_after_it(tmp_path):
    found = [prose("# Results"), blocks(Headline(text="Spend differs"), figure("Spend"))]
    page = report([*whole(tmp_path / "a"), *write(tmp_path / "b", {"05_more": found})], tmp_path / "out")
    anchors = re.findall(r'<section id="([^"]+)"', page)
    assert anchors[3:7] == ["chapter-5", "trust", "chapter-1", "chapter-2"]


def test_the_notebook_that_answers_the_question_of_trust_comes_first_there(tmp_path):
    first = write(tmp_path / "a", {"01_in": [prose("# In"), blocks(figure("Rows"), tags=("trust",))]})
    page = report([*first, *whole(tmp_path / "b")[1:]], tmp_path / "out")
    text = section(page, "trust")
    assert text.index("Yes, for planning") < text.index("All come back") < text.index("Rows")


def test_a_chapter_stands_under_its_finding_and_its_charts_stand_together(page):
    text = section(page, "chapter-1")
    assert '<p class="kicker">What came in</p><h2 id="chapter-1-title">Nothing was refused</h2>' in text
    assert text.index("Nothing was refused") < text.index("Most spend little")
    assert text.count('class="fold"') == 2


def test_shipped_prose_streams_and_private_cells_stay_out(page):
    assert "Shipped prose" not in page
    assert "For the analyst" not in page


def test_the_appendix_says_where_the_report_comes_from(page):
    text = section(page, "appendix")
    for fact in ("Ids are text.", "31 December 2017", "2017-12-31-1a2b3c4d"):
        assert fact in text


def test_a_page_asks_for_nothing_and_runs_nothing(page):
    assert f'content="{POLICY}"' in page
    assert "<script" not in page
    assert not re.findall(r"\s(?:src|href|data|srcset|poster|action)=(?!['\"]?(?:#|data:|audit/))", page)
    assert not re.findall(r"url\((?!#|data:)", page)
    assert "@import" not in page
    assert not re.findall(r"<[^>]+\son\w+=", page)


def test_the_fonts_bear_names_of_their_own(page):
    assert set(re.findall(r'@font-face\{font-family:"([^"]+)"', page)) == {"Report Sans", "Report Serif"}
    assert "Source Sans" not in page


def test_equal_notebooks_give_equal_bytes(tmp_path):
    first = report(whole(tmp_path / "a"), tmp_path / "out-a")
    assert report(whole(tmp_path / "b"), tmp_path / "out-b") == first


def test_pages_come_in_the_order_of_the_answer_and_keep_their_colours(tmp_path):
    shown = answer()
    table = shown[2].model_copy(update={"rows": shown[2].rows[::-1]})
    cells = [
        blocks(*shown[:2], table, tags=("answer",)),
        *[blocks(each, tags=("segment",)) for each in segment_pages()],
    ]
    page = report(write(tmp_path, {"05_kpis": cells}), tmp_path / "out", names={})
    assert "Light buyers" in section(page, "segment-1")
    assert "var(--seg2,#a1251c)" in section(page, "segment-1").partition("</h2>")[0]
    assert "Heavy buyers" in section(page, "segment-2")


def test_given_names_win_over_the_tables(tmp_path):
    cells = [blocks(*answer(), tags=("answer",)), blocks(segment_pages()[0], tags=("segment",))]
    page = report(write(tmp_path, {"05_kpis": cells}), tmp_path / "out", names={"heavy": "Regulars"})
    assert "Regulars" in headings(page)


def test_an_analysts_cell_tagged_segment_is_repeated_on_each_page(tmp_path):
    picture = display(
        {"image/svg+xml": SVG.format(text="own"), "text/plain": "Visits by month."}, tags=("segment",)
    )
    cells = [prose("# Personas"), blocks(segment_pages()[0], tags=("segment",)), picture]
    page = report(write(tmp_path, {"04_personas": cells}), tmp_path / "out")
    for anchor in ("segment-1", "segment-2"):
        assert section(page, anchor).count('aria-label="Visits by month."') == 1


def test_a_result_with_nothing_to_show_leaves_no_hole():
    # As what is known of the customers, where the only table is that of orders.
    empty = new_output("display_data", {MIME: [], "text/plain": ""})
    assert shown([empty], lambda text: text, "02.ipynb: cell 24") == ()


def test_missing_parts_leave_no_hole(tmp_path):
    cells = [prose("# Only this"), blocks(Paragraph(content=spans("A word.")))]
    page = report(
        write(tmp_path, {"01_only": cells}), tmp_path / "out", provenance={}, as_of=None, segments=()
    )
    assert re.findall(r'<section id="([^"]+)"', page) == ["answer", "chapter-1"]
    assert headings(page) == ["Complete Journey households", "Only this"]


def test_a_segment_that_no_cell_describes_has_no_page(tmp_path):
    part = by_segment("portrait", Paragraph(content=spans("They buy.")))
    one = part.model_copy(update={"parts": {"light": part.parts["light"]}})
    page = report(write(tmp_path, {"04_personas": [blocks(one, tags=("segment",))]}), tmp_path / "out")
    assert "Segment 1 of 1" in page
    assert "Heavy buyers" not in headings(page)


def test_blocks_by_segment_in_a_chapter_stand_under_the_names(tmp_path):
    page = report(write(tmp_path, {"04_x": [blocks(by_segment("", figure("Spend")))]}), tmp_path / "out")
    assert headings(section(page, "chapter-1")) == ["X", "Heavy buyers", "Spend", "Light buyers", "Spend"]


def test_each_notebook_with_its_code_is_linked_where_the_report_says_where_it_comes_from(tmp_path):
    page = report(whole(tmp_path / "notebooks"), tmp_path / "out")
    linked = re.findall(r'<a href="(audit/[^"]+)">', section(page, "appendix"))
    assert len(linked) == 4
    assert all((tmp_path / "out" / each).is_file() for each in linked)


@pytest.mark.parametrize(
    ("data", "metadata", "alt"),
    [
        ({"image/png": png()}, {"image/png": {"alt": "Visits fall in May."}}, "Visits fall in May."),
        ({"image/png": png(), "text/plain": "Spend by month."}, {}, "Spend by month."),
        ({"image/png": png(), "text/plain": "<Figure size 640x480 with 1 Axes>"}, {}, "Chart: My look"),
        ({"image/png": png()}, {"image/png": {"alt": "plot.png"}}, "Chart: My look"),
        (
            {"image/svg+xml": SVG.format(text="x")},
            {"image/svg+xml": {"alt": "No description has been provided for this image"}},
            "Chart: My look",
        ),
    ],
)
def test_a_foreign_picture_has_a_real_description(tmp_path, data, metadata, alt):
    cells = [prose("# T\n\n## My *look*"), display(data, metadata)]
    page = report(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert re.findall(
        r'<img [^>]*alt="([^"]*)"|role="img" aria-label="([^"]*)"', section(page, "chapter-1")
    ) in (
        [(alt, "")],
        [("", alt)],
    )


def test_a_file_name_is_no_description_of_an_embedded_picture(tmp_path):
    cells = [
        prose("# My look"),
        display({"text/html": f'<img src="data:image/png;base64,{png()}" alt="plot.png">'}),
    ]
    page = report(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert re.findall(r'alt="([^"]*)"', page) == ["Chart: My look"]


def test_an_output_with_nothing_to_show_leaves_no_chapter(tmp_path):
    cells = [prose("# X"), display({"application/json": {"a": 1}}), display({"text/plain": " \n"})]
    assert "chapter-1" not in report(write(tmp_path, {"01_x": cells}), tmp_path / "out")


def test_two_pictures_under_one_heading_are_told_apart(tmp_path):
    cells = [prose("# My look"), display({"image/png": png()}), display({"image/png": png()})]
    page = report(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert re.findall(r'alt="([^"]*)"', page) == ["Chart: My look", "Chart 2: My look"]


def test_the_richest_form_that_leaves_something_is_shown(tmp_path):
    cells = [
        prose("# X"),
        display({"text/html": "<script>chart()</script><div></div>", "text/plain": "a table\nof text"}),
        display(
            {"text/html": "<table><tr><th>h</th></tr><tr><td>cell</td></tr></table>", "text/plain": "gone"}
        ),
        display({"image/png": "bm90IGEgcGljdHVyZQ==", "text/plain": "instead of a picture"}),
        display(
            {"application/javascript": "alert(1)", "text/plain": "<IPython.core.display.Javascript object>"}
        ),
        display({"text/plain": "<Axes: xlabel='x'>"}),
        code(new_output("stream", name="stdout", text="printed")),
    ]
    text = section(report(write(tmp_path, {"01_x": cells}), tmp_path / "out"), "chapter-1")
    for said in ('<pre tabindex="0">a table\nof text</pre>', ">cell<", "instead of a picture"):
        assert said in text
    for gone in ("chart()", "gone", "alert", "IPython", "Axes", "printed"):
        assert gone not in text


def test_tagged_markdown_comes_in_and_its_title_is_not_said_twice(tmp_path):
    cells = [
        prose("# Title\n\nWritten by **hand**.", tags=("chapter",)),
        prose("Kept in the notebook."),
        prose("What it does not say.", tags=("trust",)),
    ]
    page = report(write(tmp_path, {"01_x": cells}), tmp_path / "out")
    assert headings(section(page, "chapter-1")) == ["Title"]
    assert "Written by <strong>hand</strong>." in section(page, "chapter-1")
    assert "What it does not say." in section(page, "trust")
    assert "Kept in the notebook" not in page


@pytest.mark.parametrize("status", ["failed", "pending", "running"])
def test_a_cell_that_did_not_complete_is_refused(tmp_path, status):
    paths = write(tmp_path, {"03_clustering": [prose("# X"), code(status=status)]})
    with pytest.raises(CellError, match=rf"03_clustering.ipynb: cell 2 did not run to its end \({status}\)"):
        report(paths, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cell_that_raised_is_refused_without_its_message(tmp_path):
    error = new_output("error", ename="KeyError", evalue="jane@example.org", traceback=["jane@example.org"])
    with pytest.raises(CellError, match=r"03_x\.ipynb: cell 1 raised an error") as refused:
        report(write(tmp_path, {"03_x": [code(error)]}), tmp_path / "out")
    assert "jane" not in str(refused.value)


def test_a_result_that_cannot_be_read_names_its_cell(tmp_path):
    paths = write(tmp_path, {"03_x": [display({MIME: [{"kind": "paragraph", "content": "<b>"}]})]})
    with pytest.raises(InputError, match=r"03_x\.ipynb: cell 1 shows a result that cannot be read"):
        report(paths, tmp_path / "out")
    (tmp_path / "04_x.ipynb").write_text("{")
    with pytest.raises(InputError, match=r"04_x\.ipynb is no notebook"):
        report([tmp_path / "04_x.ipynb"], tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(WriteError, match=r"report\.html cannot be written \(\d"):
        report(whole(tmp_path / "notebooks"), tmp_path / "out")


def test_evidence_in_a_chapter_is_gathered_there(tmp_path):
    claims = Claims(items=(spans("They return.", evidence("Return rate", "54%")),))
    page = report(write(tmp_path, {"01_x": [blocks(Headline(text="A finding"), claims)]}), tmp_path / "out")
    assert "Return rate" in section(page, "chapter-1")
