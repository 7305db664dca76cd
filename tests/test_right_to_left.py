"""A report in a language that is written from the right: direction, order of columns, numbers unturned."""

import json
import re
from datetime import date
from pathlib import Path

import pypdf
import pytest
import yaml
from axe import violations
from conftest import QUICK, ROOT, segnb
from executed import KEYS, NAMES, blocks, figure, prose, write
from pseudo_words import hebrew

from segnb.document.blocks import Cell, Column, Headline, Paragraph, Table, spans
from segnb.document.spelling import Speller
from segnb.report import build
from segnb.words import Voice
from segnb.words.catalogue import faults

VOICE = Voice("he_IL", "EUR", hebrew())
RANGE = "\u20661,532–1,759\u00a0€\u2069"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report with a table of ranges, and claims that begin with a Latin name."""
    out = tmp_path_factory.mktemp("rtl")
    money, share = VOICE.interval(1532, 1759, "money"), VOICE.interval(0.22, 0.37, "share")
    claim = VOICE.say("personas.taste.claim", category="Tea", ours=share, others=money)
    table = Table(
        columns=(Column(label="אבג", header=True), Column(label="דהו", align="right"), Column(label="זחט")),
        rows=((Cell(text="Tea"), Cell(text=money), Cell(text=share)),),
        title=VOICE.say("kpis.levels.title"),
    )
    cells = [
        prose("# Clustering"),
        blocks(
            Headline(text=VOICE.say("kpis.headline.measured", 3, many="3", period=share), lede=spans(claim))
        ),
        blocks(table, Paragraph(content=spans(claim)), figure()),
    ]
    build(
        write(out / "notebooks", {"03_clustering": cells}),
        out,
        title="לקוחות",
        voice=VOICE,
        as_of=date(2017, 12, 31),
        provenance={"basis": "behavioural"},
        segments=KEYS,
        names=NAMES,
    )
    return out


def test_the_made_up_language_is_a_whole_one():
    assert list(faults(VOICE.own, "he")) == []


def test_the_page_says_its_language_and_its_direction(folder):
    for path in (folder / "report.html", folder / "audit" / "03_clustering.html"):
        assert '<html lang="he" dir="rtl">' in path.read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert VOICE.say("report.chapter.clustering") in page and "How the segments were formed" not in page


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_runs_from_the_right_and_does_not_overflow(folder, browser, width):
    browser.open((folder / "report.html").as_uri(), width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    measured = json.loads(
        browser.evaluate(
            """(() => {
              const right = node => node.getBoundingClientRect().right
              const [head, ...cells] = document.querySelector('.chapter .table tbody tr').children
              const title = document.querySelector('h1')
              const svg = document.querySelector('.picture svg')
              return JSON.stringify({
                columns: [head, ...cells].map(right),
                title: getComputedStyle(title).textAlign,
                money: getComputedStyle(cells[0]).textAlign,
                svg: getComputedStyle(svg).direction,
                link: getComputedStyle(document.querySelector('bdi')).direction,
              })
            })()"""
        )
    )
    first, second, third = measured["columns"]
    assert first > second > third
    assert measured == measured | {"title": "start", "money": "end", "svg": "ltr", "link": "rtl"}


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_rule_of_wcag_broken(folder, browser, width):
    browser.open((folder / "report.html").as_uri(), width)
    assert violations(browser) == []


def places(browser, text):
    """Return where each character of a text stands, in the first element that holds it."""
    return json.loads(
        browser.evaluate(
            f"""(() => {{
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
              while (walker.nextNode()) {{
                const at = walker.currentNode.data.indexOf({json.dumps(text)})
                if (at < 0 || !walker.currentNode.parentElement.checkVisibility()) continue
                const range = document.createRange()
                return JSON.stringify([...{json.dumps(text)}].map((_, n) => {{
                  range.setStart(walker.currentNode, at + n)
                  range.setEnd(walker.currentNode, at + n + 1)
                  return range.getBoundingClientRect().left
                }}))
              }}
            }})()"""
        )
    )


@pytest.mark.parametrize("text", ["1,532–1,759", "22–37%"])
def test_a_range_does_not_change_its_ends(folder, browser, text):
    assert VOICE.interval(1532, 1759, "money") == RANGE
    browser.open((folder / "report.html").as_uri())
    found = places(browser, text)
    assert found == sorted(found) and len(set(found)) == len(text)


def test_a_sentence_that_begins_with_a_latin_name_still_begins_on_the_right(folder, browser):
    browser.open((folder / "report.html").as_uri())
    name = browser.evaluate(
        """(() => {
          const said = [...document.querySelectorAll('.chapter > p')]
          const node = said.find(each => each.innerText.includes('Tea'))
          const range = document.createRange()
          range.selectNodeContents(node)
          return range.getBoundingClientRect().right
        })()"""
    )
    assert abs(places(browser, "Tea")[0] - name) < 60


def test_the_pdf_keeps_what_isolates_numbers_only_where_it_is_written_from_the_right(folder):
    assert Speller(isolates=True).exact(RANGE) == RANGE
    assert Speller().exact(RANGE) == "1,532–1,759\u00a0€"
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a published report of the made-up shop, all of it written from the right."""
    folder = tmp_path_factory.mktemp("rtl") / "project"
    segnb("init", folder, cwd=ROOT)
    (folder / "params" / "my_report.yaml").unlink()
    nested = {}
    for key, entry in hebrew().items():
        *path, last = key.split(".")
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = entry
    (folder / "params" / "words.he.yaml").write_text(yaml.safe_dump(nested, allow_unicode=True), "utf-8")
    shop = (ROOT / "params" / "shop.yaml").read_text().replace("locale: en_GB", "locale: he_IL")
    (folder / "params" / "shop.yaml").write_text(f"{shop}words: words.he.yaml\n{QUICK}", encoding="utf-8")
    done = segnb("run", cwd=folder)
    return folder / Path(done.stdout.splitlines()[0]).parent


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_whole_report_written_from_the_right_breaks_no_rule_and_fits_the_screen(whole, browser, width):
    browser.open((whole / "report.html").as_uri(), width)
    assert violations(browser) == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"


@pytest.mark.slow
def test_the_pdf_of_a_whole_report_written_from_the_right_keeps_its_standards(whole):
    reader = pypdf.PdfReader(whole / "report.pdf")
    claims = reader.root_object["/Metadata"].get_data().decode("utf-8")
    assert "pdfuaid:part>1<" in claims and "pdfaid:conformance>A<" in claims
    assert reader.root_object["/Lang"] == "he"


@pytest.mark.slow
def test_no_heading_of_a_whole_report_in_another_language_is_english(whole):
    page = (whole / "report.html").read_text(encoding="utf-8")
    found = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", page)
    # Beside a heading stands advice, in the words of the playbook.
    headings = [re.sub(r"<[^>]+>", "", re.sub(r"<small>.*?</small>", "", each)) for each in found]
    assert len(headings) > 60
    # What is left in Latin letters are words of the data, as the names of categories and arms.
    own = {"tea", "jam", "biscuits", "candles", "cards", "soap", "income", "offer"}
    latin = {word.lower() for each in headings for word in re.findall("[A-Za-z]+", each)}
    assert latin <= own, latin - own
