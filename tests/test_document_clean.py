"""Foreign HTML, Markdown and SVG: what is on the lists comes in, and nothing else."""

import pandas as pd
import pytest

from segnb.document.blocks import Bullets, Figure, Heading, Paragraph, Table, Verbatim
from segnb.document.clean import TAGS, from_html, from_markdown, markdown
from segnb.document.svg import Picture
from segnb.document.text import plain

PNG = "data:image/png;base64,iVBORw0KGgo="


def describe(given):
    return given or "Chart: heading"


def read(source):
    return from_html(source, describe)


@pytest.mark.parametrize("tag", sorted(TAGS - {"br", "hr", "img"}))
def test_every_element_of_the_list_keeps_its_text(tag):
    if tag in ("caption", "thead", "tbody", "tfoot", "tr", "th", "td"):
        inner = {"tr": "<td>word</td>", "caption": "word", "th": "word", "td": "word"}.get(
            tag, "<tr><td>word</td></tr>"
        )
        inner = f"<tr><{tag}>{inner}</{tag}></tr>" if tag in ("th", "td") else f"<{tag}>{inner}</{tag}>"
        source = f"<table>{inner}<tbody><tr><td>1</td></tr></tbody></table>"
    elif tag == "table":
        source = "<table><tr><td>word</td></tr></table>"
    elif tag in ("ul", "ol"):
        source = f"<{tag}><li>word</li></{tag}>"
    elif tag == "li":
        source = "<ul><li>word</li></ul>"
    else:
        source = f"<{tag}>word</{tag}>"
    assert "word" in plain(read(source))


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<iframe src=x></iframe>",
        "<img src=x onerror=alert(1)>",
        "<img src=https://example.org/x.png>",
        "<img src=data:image/svg+xml,x>",
        "<svg><script>1</script></svg>",
        "<hr>",
        "<table></table>",
        "<ul></ul>",
        "<!-- word -->",
    ],
)
def test_what_is_not_on_the_list_leaves_nothing(source):
    assert read(source) == ()


def test_a_pandas_table_keeps_headers_spans_and_numbers():
    index = pd.MultiIndex.from_tuples([("k", "l"), ("k", "m")], names=["A", "B"])
    frame = pd.DataFrame({("a", "x"): [1, 2], ("b", "y"): ["<script>alert(1)</script>", "z"]}, index=index)
    (table,) = read(frame.to_html())
    assert [column.label for column in table.columns] == ["A", "B", "a x", "b y"]
    assert [column.align for column in table.columns] == ["left", "left", "right", "left"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["k", "l", "1", "<script>alert(1)</script>"],
        ["k", "m", "2", "z"],
    ]
    assert table.columns[0].header


def test_a_hostile_span_or_depth_is_bounded():
    (table,) = read("<table><tr><td colspan=1000000 rowspan=9999999>x</td></tr></table>")
    assert len(table.columns) == 100
    assert plain(read("<div>" * 5000 + "x" + "</div>" * 5000)) == "x"


def test_markdown_becomes_blocks():
    source = (
        "# Title\n\nsome **bold** [link](https://example.org) [bad](javascript:alert(1))\n\n"
        "- one\n  - nested\n- two\n\n```\nx = 1\n  y\n```\n\n| a | b |\n|---|--:|\n| c | 2 |\n\n"
        "<script>alert(1)</script>\n"
    )
    heading, paragraph, bullets, code, table = from_markdown(source, describe)
    assert heading == Heading(text="Title", level=3)
    assert isinstance(paragraph, Paragraph)
    assert [span.text for span in paragraph.content if span.strong] == ["bold"]
    assert "https://example.org" in [span.href for span in paragraph.content]
    assert "javascript" not in str(paragraph)
    assert isinstance(bullets, Bullets)
    assert [item[0].text for item in bullets.items] == ["one", "nested", "two"]
    assert code == Verbatim(text="x = 1\n  y")
    assert isinstance(table, Table)


def test_markdown_as_html_embeds_pictures_or_leaves_them_out():
    assert markdown("![x](https://example.org/x.png)", describe) == "<p></p>\n"
    assert markdown(f"![]({PNG})", describe) == f'<p><img src="{PNG}" alt="Chart: heading"></p>\n'
    assert (
        markdown("# a `b` *c* [d](javascript:x)", describe)
        == "<h1>a <code>b</code> <em>c</em> <a>d</a></h1>\n"
    )


def test_an_embedded_picture_is_found_inside_a_link_and_described():
    (figure,) = read(f'<p><a href="https://example.org"><img src="{PNG}"></a></p>')
    assert figure == Figure(picture=PNG, alt="Chart: heading", width=640, foreign=True)


def test_spaces_between_words_survive_tags_and_line_breaks():
    assert plain(read("<p>one<br>two <b> three</b>\n four</p>")) == "one two three four"


HOSTILE_SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 onload="alert(1)" width="10pt" height="5pt" viewBox="0 0 10 5">
<script>alert(1)</script><style>* {{ color: red }}</style>
<a href="javascript:alert(1)"><rect id="used" onclick="alert(1)" width="3"
 style="fill: url(https://example.org/x); stroke: url(#used); background: url(x); opacity: 1"/></a>
<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body></foreignObject>
<image href="https://example.org/y.png" width="1"/><image xlink:href="{png}" width="1"/>
<use xlink:href="#used"/>
<use href="https://example.org/z.svg#a"/><animate attributeName="href" to="javascript:alert(1)"/>
<text style="font: italic 600 13px 'DejaVu Sans'">a &lt;b&gt;<tspan>c</tspan> tail</text></svg>"""


def test_a_foreign_picture_loses_what_acts_and_loads_and_keeps_what_draws():
    drawn = Picture(HOSTILE_SVG.format(png=PNG)).inline(alt='say "it"', width=20, prefix="f1-", themed=True)
    for gone in (
        "script",
        "alert",
        "onload",
        "onclick",
        "example.org",
        "foreignObject",
        "<style",
        "animate",
        "<a ",
        "DejaVu",
    ):
        assert gone not in drawn
    assert 'aria-label="say &quot;it&quot;"' in drawn
    assert '<rect id="f1-used" width="3" style="stroke:url(#f1-used);opacity:1"/>' in drawn
    assert '<use href="#f1-used"/>' in drawn
    assert f'<image href="{PNG}" width="1"/>' in drawn
    assert "font-style:italic;font-weight:600;font-size:13px;font-family:Report Sans" in drawn
    assert ">a &lt;b&gt;<tspan>c</tspan> tail</text>" in drawn
    assert 'width="20" height="10" viewBox="0 0 10 5"' in drawn


def test_a_picture_knows_the_width_it_asks_for():
    assert Picture(HOSTILE_SVG.format(png=PNG)).natural_width() == 13


@pytest.mark.parametrize(
    "source", ["", "no picture", "<svg", "<p></p>", "<svg>" + "<g>" * 500 + "</g>" * 500 + "</svg>"]
)
def test_what_is_no_picture_is_refused(source):
    with pytest.raises(ValueError, match="not an SVG picture"):
        Picture(source)


def test_entities_of_a_document_type_are_not_expanded():
    bomb = '<!DOCTYPE svg [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>'
    with pytest.raises(ValueError, match="not an SVG picture"):
        Picture(bomb)
