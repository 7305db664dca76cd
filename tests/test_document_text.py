"""Blocks as plain text."""

from executed import answer, figure, segment_pages

from segnb.document.blocks import BySegment, Heading
from segnb.document.text import plain


def test_everything_a_reader_is_told_stands_in_the_text():
    told = plain([*answer(), *segment_pages(), figure()])
    for sentence in (
        "Heavy buyers bring 70% of revenue",
        "Are these segments real? Reproducible, but constructed",
        "Segment | Share of customers | Revenue per customer | Trust | What to do next",
        "Heavy buyers (3.2 visits a month) | 26% | $640 ($575–706) | stable (overlap 0.82) | Test it",
        "Customers: 320 15%",
        "Used to form the segments",
        "- They come half as often.",
        "Price: Test it.",
        "Visits fall: May 3.",
    ):
        assert sentence in told.splitlines()
    assert "\n\n" not in told


def test_parts_by_segment_stand_under_the_names_of_the_segments():
    said = plain((BySegment(parts={"s1": (Heading(text="Who"),), "s2": ()}, names={"s1": "Big baskets"}),))
    assert said.splitlines()[:1] == ["Big baskets"]
    assert "s1" not in said
    assert "s2" in said
