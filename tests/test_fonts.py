"""Signs that the report's fonts lack are told, and can be lent by the analyst's own fonts."""

import base64
import io
import logging
import re
import unicodedata
from pathlib import Path

import matplotlib as mpl
import pypdf
import pytest
from chromium import Browser
from executed import SVG, blocks, figure, prose, write
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from params_project import MINIMAL, checked, made_up_bases, small_project  # noqa: F401
from test_report import report
from test_report_pdf import words

from segnb.document.blocks import Cell, Column, Paragraph, Table, Verbatim, spans
from segnb.document.faces import house_signs
from segnb.document.spelling import SIGN, Speller
from segnb.errors import ParameterError
from segnb.report.look import read_look
from segnb.runs.look import drawn_with

LENT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
"""A font with Hebrew and Arabic that is always at hand: matplotlib brings it along."""
HEBREW, ARABIC, HAN, EMOJI = "שלום", "مرحبا", "中文", "🦄"
ODD = "\ue000\U000f0000\ufdd0\ufffe\U0001fffe\x00\x1b\x85\U000e0041\u0378"


def shown(folder, text):
    column = Column(label=text, header=True)
    table = Table(columns=(column,), rows=((Cell(text=text, small=text),),), title=text)
    parts = (Paragraph(content=spans(text)), table, Verbatim(text=text), figure(text, text="a label"))
    drawn = figure("A chart").model_copy(
        update={"picture": SVG.format(text=re.sub("[\x00-\x1f\ufffe]", "", text))}
    )
    return write(folder, {"01_x": [prose("# X"), blocks(*parts, drawn)]})


@given(st.text(alphabet=st.characters(), max_size=40))
def test_spelt_text_holds_only_signs_of_the_fonts_and_nothing_is_lost_uncounted(text):
    spell = Speller()
    spelt = spell.exact(text)
    assert {ord(each) for each in spelt} <= house_signs() | {ord(" "), 0xA0}
    kept = [each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each) != "Cf"]
    assert len(spelt) == len(kept)
    assert spell.replaced.total() == sum(
        1 for old, new in zip(kept, spelt, strict=True) if new == SIGN != old
    )


def test_code_points_that_typst_cannot_set_are_replaced_and_counted(tmp_path):
    report(shown(tmp_path / "n", f"a{ODD}b"), tmp_path / "out", formats=("pdf", "html"))
    text = words(pypdf.PdfReader(tmp_path / "out/report.pdf"))
    assert "a?????????b" in text  # the tag, which is not to be seen, is left out


def test_a_lone_surrogate_is_replaced():
    spell = Speller()
    assert spell("a\ud800b") == "a?b"
    assert spell.scripts() == {"lone surrogates": 1}


def test_scripts_are_named_once_with_the_remedy_and_the_report_says_so_itself(tmp_path, caplog):
    notebooks = shown(tmp_path / "n", f"{HEBREW} {ARABIC} {HAN} {EMOJI} \ue000")
    with caplog.at_level(logging.WARNING):
        page = report(notebooks, tmp_path / "out", formats=("html", "pdf"))
    (told,) = caplog.messages
    assert re.search(r"\(Arabic \d+, Han \d+, Hebrew \d+, private use \d+ and symbols and emoji \d+\)", told)
    assert told.endswith("Name font files that have them under report.fonts")
    assert HEBREW in page
    assert "Characters without a sign" in page
    assert "Characters without a sign" in words(pypdf.PdfReader(tmp_path / "out/report.pdf"))


def test_a_report_in_signs_that_the_fonts_have_says_nothing(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        page = report(shown(tmp_path / "n", "Zoë — 5 €"), tmp_path / "out", formats=("html", "pdf"))
    assert caplog.messages == []
    assert "without a sign" not in page


@pytest.fixture(scope="module")
def lent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lent")
    (folder / "fonts").mkdir()
    (folder / "fonts/lent.ttf").write_bytes(LENT.read_bytes())
    (folder / "fonts/LICENSE.txt").write_text("read me")
    look = read_look(folder, fonts=("fonts",))
    text = f"{HEBREW} and {ARABIC}"
    page = report(shown(folder / "n", text), folder / "out", look=look, formats=("html", "pdf"))
    return folder, look, page


def test_lent_fonts_set_the_pdf(lent):
    reader = pypdf.PdfReader(lent[0] / "out/report.pdf")
    text = words(reader)
    assert all(
        sign in text for sign in HEBREW + ARABIC if unicodedata.category(sign) == "Lo" and sign in HEBREW
    )
    assert SIGN not in text
    faces = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert any(face.endswith("+DejaVuSans") for face in faces)


def test_the_page_holds_the_signs_that_it_needs_of_lent_fonts(lent):
    found = re.findall(r'font-family:"([^"]+)";.*?base64,([^)]+)\)', lent[2])
    fonts = {name: TTFont(io.BytesIO(base64.b64decode(data))) for name, data in found}
    signs = set(fonts["Report More"].getBestCmap())
    assert {ord(each) for each in HEBREW + ARABIC} <= signs
    assert not signs & set(house_signs())
    assert fonts["Report More"]["name"].names == []
    assert "GSUB" in fonts["Report More"]  # Arabic letters join


def test_the_page_uses_lent_fonts_and_asks_for_nothing(lent, tmp_path):
    with Browser(tmp_path / "profile") as browser:
        browser.open((lent[0] / "out/report.html").as_uri())
        used = browser.evaluate(
            "document.fonts.ready.then(() => [...document.fonts]"
            ".filter(font => font.status === 'loaded').map(font => font.family))"
        )
        assert any("Report More" in family for family in used)
        assert [each for each in browser.requests if not each.startswith(("file:", "data:"))] == []


def test_audit_copies_hold_them_too(lent):
    assert "Report More" in (lent[0] / "out/audit/01_x.html").read_text(encoding="utf-8")


def test_equal_fonts_give_equal_bytes(lent):
    folder, look, page = lent
    text = f"{HEBREW} and {ARABIC}"
    again = report(shown(folder / "n2", text), folder / "again", look=look, formats=("html", "pdf"))
    assert again == page
    assert (folder / "again/report.pdf").read_bytes() == (folder / "out/report.pdf").read_bytes()


def test_fonts_of_no_use_are_refused_all_at_once(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.ttf").write_text("no font")
    with pytest.raises(ParameterError) as refused:
        read_look(tmp_path, fonts=("absent.ttf", "empty", "note.ttf"))
    first, second, third = str(refused.value).replace("  - report.fonts: ", "").splitlines()[1:]
    assert first == "there is no file 'absent.ttf' that can be read. Names are relative to the params file"
    assert second == "the folder 'empty' holds no font (.otf, .ttc, .ttf)"
    assert third.startswith("'note.ttf' is no font that can be read. Name files in the formats TrueType or")


def test_the_parameters_name_fonts_relative_to_their_file(project):
    (project / "params" / "mine.ttf").write_bytes(LENT.read_bytes())
    found = drawn_with(checked(project, MINIMAL + "report:\n  fonts: [mine.ttf]\n"))
    assert list(found) == ["mine.ttf"]
    (project / "params" / "mine.ttf").write_bytes(LENT.read_bytes() + b"\0")
    assert drawn_with(checked(project, MINIMAL + "report:\n  fonts: [mine.ttf]\n")) != found
    assert drawn_with(checked(project, MINIMAL)) == {}


def test_words_without_signs_may_still_begin_a_new_line():
    assert Speller()("אב גד") == "?? \u200b??"
    assert Speller().exact("אב גד") == "?? ??"
