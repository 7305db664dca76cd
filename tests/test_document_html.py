"""Blocks as HTML: what stands in the data never becomes markup, and readers can find their way."""

import re
from html.parser import HTMLParser

import pytest
from executed import evidence, figure

from segnb.document.blocks import (
    Cell,
    Claims,
    Column,
    Figure,
    Grade,
    Grid,
    Heading,
    Panel,
    Paragraph,
    Span,
    Swatch,
    Table,
    Whisker,
    spans,
)
from segnb.document.html import HtmlWriter, fragment
from segnb.document.html_table import is_cards
from segnb.document.spelling import Speller
from segnb.document.typst import TypstWriter
from segnb.words import Voice

HOSTILE = [
    "<script>window.PWNED=1</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "{{7*7}} ${7*7} #import \\u0041",
    "<svg onload=alert(1)>",
    "&lt;b&gt; & &amp;",
]


class Collector(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def write(*shown, **options):
    return HtmlWriter(Voice(), prefix="x", **options).write(shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_the_data_is_shown_and_never_runs(text):
    table = Table(
        columns=(Column(label=text, header=True),),
        rows=((Cell(text=text, small=text),),),
        title=text,
        subtitle=text,
        note=text,
        groups={0: text},
    )
    shown = [
        Heading(text=text, small=text),
        Paragraph(content=spans(Span(text=text, strong=True), evidence(text))),
        table,
        figure(text).model_copy(update={"alt": text}),
    ]
    page = fragment(shown)
    assert "<script" not in page
    collected = Collector(page)
    assert {tag for tag, _ in collected.tags} & {"script", "iframe", "object", "embed", "img"} == set()
    assert not [name for _, attributes in collected.tags for name in attributes if name.startswith("on")]
    assert text in "".join(collected.texts)
    assert any(attributes.get("aria-label") == text for tag, attributes in collected.tags if tag == "svg")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "JaVaScript:x", "#nowhere", "//host", "file:///x"]
)
def test_a_link_that_leads_nowhere_safe_is_plain_text(link):
    assert write(Paragraph(content=(Span(text="go", href=link),))) == "<p>go</p>"


def test_links_to_the_web_and_within_the_page_stay():
    inside = write(Paragraph(content=(Span(text="go", href="#trust"),)), own=frozenset(["#trust"]))
    assert inside == '<p><a href="#trust">go</a></p>'
    assert 'href="https://example.org/a?b=1&amp;c"' in write(
        Paragraph(content=(Span(text="go", href="https://example.org/a?b=1&c"),))
    )


def test_text_that_turns_the_direction_is_isolated():
    assert write(Paragraph(content=spans("a\u202eb"))) == "<p><bdi>a\u202eb</bdi></p>"
    assert write(Paragraph(content=spans("\u05d0"))) == "<p><bdi>\u05d0</bdi></p>"
    assert write(Paragraph(content=spans("Zoë"))) == "<p>Zoë</p>"


def test_characters_that_no_page_may_hold_are_replaced():
    assert write(Paragraph(content=spans("a\x00b\ud800c"))) == "<p>a\ufffdb\ufffdc</p>"


def test_equal_evidence_has_one_number_in_reading_order():
    first, second = evidence("Visits"), evidence("Basket")
    shown = Claims(items=(spans("a", first), spans("b", second), spans("c", evidence("Visits"))))
    writer = HtmlWriter(Voice(), prefix="x")
    page = writer.write([shown]) + writer.evidence("Deal seekers")
    assert re.findall(r'href="#x-e(\d)"', page) == ["1", "2", "1"]
    assert re.findall(r'<tr id="x-e(\d)"[^>]*><th scope="row"[^>]*><a href="#x-r(\d)">\d', page) == [
        ("1", "1"),
        ("2", "2"),
    ]
    assert page.count('id="x-r1"') == 1
    assert "Deal seekers" in page


def test_the_page_and_the_pdf_number_evidence_alike():
    cell = Table(columns=(Column(label="a"),), rows=((Cell(text="1", evidence=evidence("cell")),),))
    panel = Panel(content=spans("rule", evidence("rule")), small=spans("judged", evidence("judged")))
    shown = [Grid(columns=((cell,), (Claims(items=(spans("x", evidence("claim")),)),))), panel]
    page, pdf = HtmlWriter(Voice(), prefix="x"), TypstWriter(Voice(), Speller(), prefix="x")
    page.write(shown)
    pdf.write(shown)
    rows = [row["cells"][1]["text"] for row in pdf.evidence()["rows"]]
    assert re.findall(r">(cell|claim|rule|judged)</td>", page.evidence()) == rows
    assert rows == ["cell", "claim", "rule", "judged"]


def test_headings_do_not_skip_a_level():
    shown = [
        Heading(text="deep", level=4),
        Heading(text="next", level=4),
        Heading(text="up", level=3),
        figure(),
    ]
    levels = re.findall(r"<h(\d)", write(*shown))
    assert levels == ["3", "4", "3", "3"]
    assert re.findall(r"<h(\d)", write(*shown, top=1)) == ["2", "3", "2", "2"]


def test_a_table_names_its_headers_and_hides_its_marks():
    whisker = Whisker(value=5, low=1, high=9, axis=(0, 10), ticks=((0, "0"), (10, "10")))
    table = Table(
        columns=(Column(label="Name", header=True), Column(label="Value", align="right"), Column(label="")),
        rows=(
            (
                Cell(text="a", mark=Swatch(segment=0)),
                Cell(text="5", mark=whisker),
                Cell(mark=Grade(letter="B")),
            ),
        ),
        title="A finding",
        groups={0: "Formed", 7: "beyond the last row"},
    )
    page = write(table)
    assert '<th scope="col" class="has-swatch">Name</th>' in page
    assert '<th scope="rowgroup"' not in page.replace('colspan="3" scope="rowgroup"', "")
    assert "<caption><h3>A finding</h3></caption>" in page
    assert page.count("<svg") == page.count('aria-hidden="true"') == 3
    assert 'class="letter">B<' in page


def test_an_answer_links_each_segment_to_its_page():
    table = Table(
        columns=(Column(label="Name", header=True),),
        rows=((Cell(text="a", mark=Swatch(segment=1)),), (Cell(text="b", mark=Swatch(segment=0)),)),
        role="answer",
    )
    page = write(table, pages={1: "segment-1"})
    assert '<a href="#segment-1">a</a>' in page
    assert "<b>b</b>" in page


def test_a_chart_follows_dark_mode_says_its_alt_text_and_shows_its_numbers():
    page = write(figure())
    assert "fill:var(--seg1,#0c3d55)" in page
    assert 'role="img" aria-label="Visits fall: May 3."' in page
    assert "<summary>Numbers in this chart</summary>" in page
    assert "font-family:Report Sans" in page


def test_a_picture_that_is_none_leaves_its_description():
    broken = Figure(picture="<svg", alt="What it showed.")
    assert write(broken) == '<figure><p class="note">What it showed.</p></figure>'
    foreign = Figure(picture="https://example.org/x.png", alt="Elsewhere.")
    assert "<img" not in write(foreign)


def test_equal_blocks_give_equal_fragments_with_ids_of_their_own():
    assert fragment([figure()]) == fragment([figure()])
    first, second = (
        re.findall(r'id="([^"]+)"', fragment([Paragraph(content=spans("a", evidence(name)))]))
        for name in "ab"
    )
    assert first
    assert not set(first) & set(second)


def test_a_table_that_a_phone_cannot_hold_becomes_cards():
    def shown(*texts):
        columns = tuple(Column(label=f"Column {place}") for place in range(len(texts)))
        return is_cards(Table(columns=columns, rows=(tuple(Cell(text=each) for each in texts),)))

    assert shown("Engagement", "19%", "Follows active days and says nothing of its own")
    assert not shown("Engagement", "19%", "0.53")
    assert not shown("Engagement", "Follows active days a month and says nothing of its own")
    assert shown("a", "b", "c", "d", "e")


def test_an_empty_cell_of_a_card_says_nothing_not_even_its_label():
    columns = (Column(label="First order", header=True), *(Column(label=f"+{n}") for n in range(1, 6)))
    page = fragment([Table(columns=columns, rows=((Cell(text="April"), Cell(text="75%")),))])
    assert page.count('<span class="label"') == 1
    assert page.count('<td role="cell"></td>') == 4
