"""The map of countries: names of all kinds are known, small ones stay hidden, land is in proportion."""

import re

import numpy as np
import pandas as pd
import pytest

from segnb.bases.countries import country_code, country_name
from segnb.bases.country_map import Measure, _by_measure, _step, country_map, steps
from segnb.drawing.house import LONGEST_ALT, WIDTH
from segnb.drawing.world import equal_earth, view, world
from segnb.words import Voice

ENGLISH, GERMAN = Voice(), Voice(locale="de_DE")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        ("276", "DE"),
        ("germany", "DE"),
        ("UK", "GB"),
        ("USA", "US"),
        ("Turkey", "TR"),
        ("Czech Republic", "CZ"),
        ("South Korea", "KR"),
        ("Hong Kong", "HK"),
        ("Côte d’Ivoire", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("Africa", None),
        ("Netherlands/ United Kingdom", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_codes_and_names(word, code):
    assert country_code(word) == code


def test_names_are_known_and_said_in_the_readers_language():
    assert country_code("Österreich") is None
    assert country_code("Österreich", "de") == "AT"
    assert (country_name("KR", GERMAN), country_name("KR", ENGLISH)) == ("Südkorea", "South Korea")


def test_the_map_keeps_areas_in_proportion():
    """Brazil is 8.51 and Greenland 2.17 million square kilometres; on a Mercator map Greenland is larger."""

    def area(code):
        rings = world().outlines[code]
        return sum(
            abs(ring[:, 0] @ np.roll(ring[:, 1], 1) - ring[:, 1] @ np.roll(ring[:, 0], 1)) / 2
            for ring in rings
        )

    assert area("BR") / area("GL") == pytest.approx(8.51 / 2.17, rel=0.05)
    # The whole sphere has an area of 4 pi, of which the United States are 9.5 of 510 million.
    assert area("US") / (4 * np.pi) == pytest.approx(9.5 / 510, rel=0.05)


def test_the_projection_gives_the_published_corner():
    """The equator ends at x = 2.70663 and the pole lies at y = 1.31736 (Šavrič, Patterson & Jenny 2019)."""
    assert equal_earth(np.array([[180.0, 0.0], [0.0, 90.0]])) == pytest.approx(
        np.array([[2.70663, 0], [0, 1.31736]]), abs=1e-4
    )


def test_no_country_crosses_the_map():
    width = equal_earth(np.array([[180.0, 0.0]]))[0, 0]
    widest = max(np.ptp(ring[:, 0]) for rings in world().outlines.values() for ring in rings)
    assert widest < 1.3 * width  # Russia ends at the edge, and goes on at the other one


def test_a_view_shows_what_is_asked_for():
    near = view(["DE", "FR"], WIDTH)
    assert "JP" not in near.outlines and {"DE", "FR", "BE"} <= near.outlines.keys()
    inside = np.concatenate(near.outlines["DE"])
    assert inside.min() > 0 and inside[:, 0].max() < WIDTH and inside[:, 1].max() < near.height


def test_small_countries_are_hidden_with_what_they_could_be_worked_out_from():
    words = pd.Series(["DE"] * 40 + ["FR"] * 30 + ["NL"] * 12 + ["AT"] * 6 + [None] * 5 + ["??"] * 7)
    figure, note = country_map(words, ENGLISH, fewest=10)
    assert [[cell.text for cell in row] for row in figure.data.rows] == [
        ["Germany", "40", "42%"],
        ["France", "30", "32%"],
    ]
    assert "2 more countries have too few customers" in note.content[0].text
    assert ": 18 in all." in note.content[0].text and "7 customers are not on the map" in note.content[0].text
    assert len(figure.alt) <= LONGEST_ALT
    assert country_map(words[words == "DE"], ENGLISH, fewest=10) == ()


def test_the_map_is_small_and_speaks_german():
    words = pd.Series(["US"] * 500 + ["JP"] * 90 + ["BR"] * 30 + ["SG"] * 20 + ["ZA"] * 11)
    (figure,) = country_map(words, GERMAN, fewest=10)
    assert len(figure.picture) < 90_000
    assert figure.title == "Die meisten Kunden sind in: Vereinigte Staaten (77\u00a0%)"
    assert [row[0].text for row in figure.data.rows][-2:] == ["Singapur", "Südafrika"]
    assert len(set(re.findall(r"opacity: ([\d.]+)", figure.picture))) >= 4
    assert country_map(words.sample(frac=1, random_state=1), GERMAN, fewest=10)[0] == figure


def test_steps_grow_as_counts_do():
    assert steps([751, 316, 65, 10]) == (10, 20, 50, 100, 200)
    assert steps([12, 11]) == (11,)
    wide = steps([9_999_999, 10])
    assert len(wide) == 5 and list(wide) == sorted(set(wide))


def sizes(*means: float, customers: int = 60) -> tuple[pd.Series, pd.Series]:
    """Return countries and a size of each customer, lognormal about the means."""
    codes = ["US", "JP", "DE"]
    words = pd.Series(np.repeat(codes, customers), index=[f"c{n}" for n in range(3 * customers)])
    draws = np.random.default_rng(0).lognormal(0, 0.5, 3 * customers)
    return words, pd.Series(np.repeat(means, customers) * draws, index=words.index)


def test_a_measure_colours_the_map_where_countries_differ_in_it():
    words, values = sizes(4, 40, 10)
    (figure,) = country_map(words, ENGLISH, fewest=10, measure=Measure("Revenue", "number", values, log=True))
    assert re.fullmatch(r"Revenue is highest in Japan: (3|4)\d\.?\d? on average", figure.title)
    assert figure.subtitle.startswith("Revenue of a customer by country, the darker the higher")
    told = {row[0].text: float(row[3].text) for row in figure.data.rows}
    known = values.groupby(words).apply(lambda each: float(np.exp(np.log(each).mean())))
    whole = float(np.exp(np.log(values).mean()))
    for code, name in (("US", "United States"), ("JP", "Japan"), ("DE", "Germany")):
        own = known[code]
        assert min(own, whole) * 0.99 <= told[name] <= max(own, whole) * 1.01  # drawn in, never beyond
        assert told[name] == pytest.approx(own, rel=0.1)
    assert len(figure.alt) <= LONGEST_ALT


def test_customers_colour_the_map_where_countries_differ_by_chance_only():
    words, values = sizes(10, 10, 10)
    same = country_map(words, ENGLISH, fewest=10, measure=Measure("Revenue", "number", values, log=True))
    assert same == country_map(words, ENGLISH, fewest=10)


def test_the_map_is_darkest_where_the_measure_is_highest():
    words, values = sizes(4, 40, 10)
    measure = Measure("Revenue", "number", values)
    means = measure.averages(words)
    shades = _by_measure(measure, means, ENGLISH)
    steps_of = {code: _step(each, shades.bounds) for code, each in shades.values.items()}
    assert steps_of["US"] < steps_of["DE"] < steps_of["JP"] == 4
    assert len(shades.ranges) == len(shades.bounds)
