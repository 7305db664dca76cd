"""The report of the made-up shop in German: every sentence, number and label, and none in English."""

import re
from pathlib import Path

import pytest
from axe import violations
from bs4 import BeautifulSoup
from conftest import QUICK, ROOT, segnb

from segnb.words.catalogue import catalogue

pytestmark = pytest.mark.slow

LABELS = """\
report:
  labels:
    columns: {gender: Geschlecht, age: Alter, city: Ort, education: Bildung, income: Einkommen,
      household_size: Haushalt}
    values:
      gender: {female: weiblich, male: männlich, diverse: divers}
      education: {vocational: Ausbildung, school: Schule, degree: Studium}
      category: {tea: Tee, jam: Marmelade, biscuits: Gebäck, candles: Kerzen, cards: Karten, soap: Seife}
"""
ALIKE = {"Segment", "Index", "April", "August", "September", "November", "Parameter", "AIC"} | {
    *("BG", "MBG", "NBD", "Pareto")
}
"""Words that both languages write alike."""
IDENTIFIER = re.compile(
    r"(\d\d_)?[a-z]+(_[a-z]+)*|[0-9a-f]{16}|sample:shop/[a-z]+|segnb [\d.]+, segnb files .*"
)
SETTINGS = re.compile(r"[a-z_]+: [^ ]+(, [a-z_]+: [^ ]+)*")


@pytest.fixture(scope="session")
def german_run(tmp_path_factory):
    """The folder of a published report of the made-up shop in German, with labels for its own words."""
    folder = tmp_path_factory.mktemp("german") / "project"
    segnb("init", folder, cwd=ROOT)
    (folder / "params" / "my_report.yaml").unlink()
    shop = (ROOT / "params" / "shop.yaml").read_text().replace("locale: en_GB", "locale: de_DE")
    shop = re.sub("^title: .*$", "title: Kunden eines erfundenen Geschäfts", shop, flags=re.MULTILINE)
    (folder / "params" / "shop.yaml").write_text(shop + QUICK + LABELS, encoding="utf-8")
    done = segnb("run", cwd=folder)
    return folder / Path(done.stdout.splitlines()[0]).parent


def said(run: Path) -> set[str]:
    """Return every text of a report's page: what is shown, and what is read aloud."""
    soup = BeautifulSoup((run / "report.html").read_text(encoding="utf-8"), "html.parser")
    for each in soup.find_all(["style", "wbr"]):
        each.decompose()
    soup.smooth()
    aloud = [each[name] for each in soup.find_all(True) for name in ("aria-label", "alt") if each.get(name)]
    return {
        text
        for each in [*soup.strings, *aloud]
        if (text := " ".join(each.replace("\n", " ").split(" ")).strip())
    }


@pytest.fixture(scope="session")
def german(german_run):
    return said(german_run)


def test_no_text_of_the_german_report_is_english(german, shop_run):
    alike = {each for each in german & said(shop_run) if re.search("[A-Za-z]{2}", each)}
    unknown = {
        each
        for each in alike
        if not (
            set(re.findall("[A-Za-z]+", each)) <= ALIKE
            or IDENTIFIER.fullmatch(each)
            or SETTINGS.fullmatch(each)
        )
    }
    assert len(german) > 500
    assert unknown == set()


def test_every_number_of_the_german_report_has_german_signs(german):
    told = [each for each in german if not SETTINGS.fullmatch(each) and not IDENTIFIER.fullmatch(each)]
    told = [re.sub(r"\b\d{4}-\d\d-\d\d\S*", "", each) for each in told]
    assert [each for each in told if re.search(r"\d,\d{3}\b|€\d|\d%|\d k\b", each)] == []
    assert [each for each in told if re.search(r"\d\.\d{1,2}(?!\d)(?!\.)", each)] == []
    assert any("1. Juli 2023–30. Dezember 2024" in each for each in told)
    assert any(re.search(r"\d{2},\d{2}\u00a0€", each) for each in told)
    assert any(re.search(r"\d–\d+\u00a0%", each) for each in told)


def test_the_labels_replace_the_words_of_the_data_everywhere(german):
    words = {word.lower() for each in german for word in re.findall(r"\w+", each)}
    assert {"tee", "marmelade", "weiblich", "geschlecht", "ausbildung"} <= words
    assert words & {"tea", "jam", "candles", "female", "vocational", "degree"} == set()


def test_the_chapters_bear_german_titles(german_run):
    page = (german_run / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page and "<title>Segmentbericht · Kunden eines erfundenen" in page
    for key in ("data_profiling", "variable_selection", "kpi_measurement"):
        assert f'<p class="kicker">{catalogue("de")[f"report.chapter.{key}"]}</p><h2' in page


def test_the_pdf_says_that_it_is_german(german_run):
    data = (german_run / "report.pdf").read_bytes()
    assert b"/Lang(de)" in data.replace(b" ", b"")


def test_the_audit_copies_leave_the_prose_of_the_notebooks_and_show_results_in_german(german_run):
    audit = (german_run / "audit" / "01_data_profiling.html").read_text(encoding="utf-8")
    assert "<h1>Data profiling</h1>" in audit and "genug für eine Segmentierung" in audit


@pytest.mark.parametrize("width", [1280, 390])
def test_long_german_words_fit_the_screen(german_run, browser, width):
    browser.open((german_run / "report.html").as_uri(), width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_no_rule_of_wcag_broken_in_german(german_run, browser):
    browser.open((german_run / "report.html").as_uri(), 1280)
    assert violations(browser) == []
