"""For those who cannot see the report, or use no mouse: axe-core and the keyboard in a real browser."""

import pytest
from axe import violations
from executed import whole
from odd_reports import HOSTILE, many, shapeless
from test_report import report

MODES = [("light", 1280), ("dark", 390)]
REACHED = "a[href], summary, [tabindex='0']"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of reports by name, and an audit copy."""
    folder = tmp_path_factory.mktemp("pages")
    report(whole(folder / "whole"), folder / "a")
    for name, (notebooks, keys) in {
        "hostile": many(folder / "hostile", 12, HOSTILE),
        "shapeless": shapeless(folder / "shapeless"),
    }.items():
        report(notebooks, folder / f"{name}-out", segments=keys, names={})
    return {
        "whole": folder / "a/report.html",
        "audit copy": folder / "a/audit/04_segment_personas.html",
        "hostile, of twelve segments": folder / "hostile-out/report.html",
        "without structure": folder / "shapeless-out/report.html",
    }


def set_mode(browser, mode):
    browser._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": mode}])


@pytest.mark.parametrize(("mode", "width"), MODES)
@pytest.mark.parametrize("name", ["whole", "audit copy", "hostile, of twelve segments", "without structure"])
def test_axe_finds_no_rule_of_wcag_broken(browser, pages, name, mode, width):
    set_mode(browser, mode)
    browser.open(pages[name].as_uri(), width=width)
    assert violations(browser) == []


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "width"), MODES)
def test_axe_finds_no_rule_of_wcag_broken_in_the_shops_report(browser, shop_run, mode, width):
    set_mode(browser, mode)
    browser.open((shop_run / "report.html").as_uri(), width=width)
    assert violations(browser) == []


def test_axe_does_find_what_is_broken(browser, pages, tmp_path):
    page = pages["whole"].read_text(encoding="utf-8")
    for good, bad in (
        (' lang="en"', ""),
        ('role="img" aria-label', 'role="img" data-label'),
        ("color: var(--muted);", "color: #c8c8c8;"),
    ):
        assert good in page
        page = page.replace(good, bad)
    (tmp_path / "broken.html").write_text(page, encoding="utf-8")
    set_mode(browser, "light")
    browser.open((tmp_path / "broken.html").as_uri())
    found = {told.partition(":")[0] for told in violations(browser)}
    assert {"html-has-lang", "svg-img-alt", "color-contrast"} <= found


def walked(browser):
    """Press Tab until the page has been walked once; return what was reached, and whether one saw where."""
    reached = []
    for _ in range(400):
        for kind in ("keyDown", "keyUp"):
            browser._call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        place, seen = browser.evaluate(
            f'(() => {{ const all = [...document.querySelectorAll("{REACHED}")], at = document.activeElement;'
            "const style = getComputedStyle(at), box = at.getBoundingClientRect();"
            "return [all.indexOf(at), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"
            " && box.width > 0 && box.top < innerHeight && box.bottom > 0 && box.left >= 0] })()"
        )
        if place < 0 or (reached and place == reached[0][0]):
            return reached
        reached.append((place, seen))
    raise AssertionError("Tab never comes to an end")


@pytest.mark.parametrize("width", [1280, 390])
def test_tab_reaches_all_links_details_and_tables_in_the_order_of_the_page(browser, pages, width):
    set_mode(browser, "light")
    browser.open(pages["whole"].as_uri(), width=width)
    there = browser.evaluate(
        f'[...document.querySelectorAll("{REACHED}")].map((each, place) => [place, each.checkVisibility()])'
    )
    reached = walked(browser)
    assert [place for place, _ in reached] == [place for place, shown in there if shown]
    assert all(seen for _, seen in reached)
    assert len(reached) > 15


def test_a_detail_opens_by_the_keyboard_and_its_links_lead_back(browser, pages):
    browser.open(pages["whole"].as_uri())
    browser.evaluate("document.querySelector('details summary').focus()")
    assert not browser.evaluate("document.querySelector('details').open")
    for kind in ("keyDown", "keyUp"):
        browser._call(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r",
        )
    assert browser.evaluate("document.querySelector('details').open")
    asked = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
    )
    assert all(browser.evaluate(f"!!document.querySelector({target!r})") for target in set(asked))


@pytest.mark.parametrize("name", ["whole", "hostile, of twelve segments"])
def test_rows_of_wide_tables_are_cards_on_a_phone_and_the_table_stays_one(browser, pages, name):
    browser.open(pages[name].as_uri(), width=390)
    browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    wide = browser.evaluate(
        "[...document.querySelectorAll('table')].filter(t => t.rows[0].cells.length >= 5).map(t => ["
        "t.scrollWidth <= 390, getComputedStyle(t.tBodies[0].rows[0]).display, t.getAttribute('role'),"
        "[...t.querySelectorAll('tbody td')].every(c => c.getAttribute('role') === 'cell')])"
    )
    assert len(wide) >= 3
    assert all(each == [True, "grid", "table", True] for each in wide), wide
