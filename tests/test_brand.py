"""A brand in the YAML: its colours must be readable, and they, its fonts and its logo reach both reports."""

import base64
import io
import math
import re
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pypdf
import pytest
from executed import png, whole
from fontTools.ttLib import TTFont
from params_project import MINIMAL, checked, made_up_bases, refusal, small_project  # noqa: F401
from test_report import report
from test_report_pdf import tags

from segnb.document.faces import read_face
from segnb.errors import ParameterError
from segnb.report.fonts import typst_families
from segnb.report.look import LARGEST_LOGO, LOGO_WIDEST, read_look
from segnb.runs.look import drawn_with, look_of
from segnb.style import HOUSE, SEGMENTS_DARK, SEGMENTS_LIGHT, contrast, font_file

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="60" viewBox="0 0 240 60">'
    '<rect width="240" height="60" rx="8" fill="#7a1f4b"/></svg>'
)
SERIF = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif-Bold.ttf"
HOSTILE = LOGO.replace(
    "<rect", '<script>alert(1)</script><image href="https://example.org/x.png"/><rect onload="alert(1)"'
)
BRAND = """\
report:
  brand:
    name: Nordhaven Stores
    logo: logo.svg
    colours:
      light: {accent: "#7a1f4b", link: "#7A1F4B", segments: ["#7a1f4b", "#1c5d99"]}
      dark: {accent: "#f2a7c3"}
"""

# Machado, Oliveira and Fernandes 2009, severity 1: what those without one kind of cone see, in linear light.
SEEN = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def times(matrix, vector):
    return [sum(share * value for share, value in zip(row, vector, strict=True)) for row in matrix]


def lab(color, eyes):
    """Return a colour as those with these eyes see it, in CIELAB."""
    levels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    seen = [min(1.0, max(0.0, x)) for x in times(SEEN[eyes], linear)]
    share = [x / white for x, white in zip(times(TO_XYZ, seen), WHITE, strict=True)]
    x, y, z = (math.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in share)
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1.0)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)
    assert contrast(one, other) == contrast(other, one)


def test_the_houses_own_colours_have_the_contrast_of_wcag_aa():
    assert list(HOUSE.faults()) == []


@pytest.mark.parametrize(("palette", "least"), [(SEGMENTS_LIGHT, 11.8), (SEGMENTS_DARK, 16.7)])
def test_twelve_segments_are_told_apart_by_all_eyes(palette, least):
    assert len(palette) == 12
    distances = (
        math.dist(lab(one, eyes), lab(other, eyes))
        for one, other in combinations(palette, 2)
        for eyes in SEEN
    )
    assert min(distances) >= least


def test_a_colour_that_is_hard_to_read_is_refused_with_its_contrast_and_the_need(project):
    told = refusal(
        project,
        MINIMAL
        + 'report:\n  brand:\n    colours:\n      light: {link: "#9ab8d0", segments: ["#ffe08a"]}\n'
        + '      dark: {ink: "#3c4a5a"}\n',
    )
    assert "line 8" in told or "line 7" in told
    for said in (
        "light: link #9ab8d0 on paper #ffffff has a contrast of 2.07, and needs 4.5",
        "light: segment 1 #ffe08a on paper #ffffff has a contrast of 1.28, and needs 3",
        "light: accent #ffe08a on paper",
        "dark: ink #3c4a5a on paper #12161c has a contrast of 2.0",
    ):
        assert said in told


@pytest.mark.parametrize(
    ("brand", "told"),
    [
        ("colours: {light: {link: red}}", "expected a colour such as '#0b5686', in quotes, got 'red'"),
        ('colours: {light: {lnk: "#0b5686"}}', "Did you mean 'link'?"),
        ('colours: {light: {segments: ["#7a1f4b", "#7A1F4B"]}}', "two segments have the same colour"),
        ("logo: logo.svg", "a logo needs a name beside it"),
        ("{name: x, logo: 7}", "expected text"),
    ],
)
def test_a_mistake_in_the_brand_is_told(project, brand, told):
    block = brand if brand.startswith("{") else f"{{{brand}}}"
    assert told in refusal(project, f"{MINIMAL}report:\n  brand: {block}\n")


@pytest.fixture(scope="module")
def branded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brand")
    (folder / "logo.svg").write_text(HOSTILE)
    (folder / "headings.ttf").write_bytes(SERIF.read_bytes())
    brand = {
        "name": "Nordhaven <Stores>",
        "logo": "logo.svg",
        "light": {"accent": "#7a1f4b", "seg1": "#1c5d99", "paper": "#fffdf8"},
        "dark": {"accent": "#f2a7c3"},
        "fonts": {"headings": ("headings.ttf",)},
    }
    look = read_look(folder, brand=brand)
    page = report(whole(folder / "n"), folder / "out", look=look, formats=("html", "pdf"))
    return folder, page


def test_the_logo_stands_above_both_reports_and_says_the_name(branded):
    masthead = re.search(r"<header.*?</header>", branded[1], re.DOTALL)[0]
    assert 'role="img" aria-label="Nordhaven &lt;Stores&gt;"' in masthead
    assert "#7a1f4b" in masthead
    assert "Nordhaven <Stores>" in tags(branded[0] / "out/report.pdf", "/Figure")


def test_nothing_of_a_logo_acts_or_loads(branded):
    for gone in ("<script", "onload", "example.org"):
        assert gone not in branded[1]


def test_the_colours_reach_both_reports_and_their_charts(branded):
    light, dark = re.findall(r":root\{([^}]*--ink[^}]*)\}", branded[1])
    assert "--accent:#7a1f4b;" in light
    assert "--seg1:#1c5d99;" in light
    assert "--accent:#f2a7c3;" in dark
    drawn = b"".join(
        page.get_contents().get_data() for page in pypdf.PdfReader(branded[0] / "out/report.pdf").pages
    )
    forms = [
        each.get_object().get_data()
        for page in pypdf.PdfReader(branded[0] / "out/report.pdf").pages
        for each in page["/Resources"].get("/XObject", {}).values()
    ]
    content = b"\n".join([drawn, *forms]).decode("latin-1")
    colors = {
        tuple(round(float(level) * 255) for level in found)
        for found in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) (?:rg|RG|scn|SCN)\b", content)
    }
    assert {(0x7A, 0x1F, 0x4B), (0x1C, 0x5D, 0x99), (0xFF, 0xFD, 0xF8)} <= colors
    assert (0x0C, 0x3D, 0x55) not in colors  # the house's first segment


def test_the_fonts_reach_both_reports(branded):
    found = re.search(r'font-family:"Brand Headings";.*?base64,([^)]+)\)', branded[1])
    font = TTFont(io.BytesIO(base64.b64decode(found[1])))
    assert {ord(sign) for sign in "Heavy buyers"} <= set(font.getBestCmap())
    assert '--serif:"Brand Headings","Report Serif"' in branded[1]
    faces = {
        str(each.get_object()["/BaseFont"])
        for page in pypdf.PdfReader(branded[0] / "out/report.pdf").pages
        for each in page["/Resources"]["/Font"].values()
    }
    assert any(face.endswith("+DejaVuSerif-Bold") for face in faces)


def test_the_parameters_of_a_brand_are_read(project):
    (project / "params" / "logo.svg").write_text(LOGO)
    whole_file = checked(project, MINIMAL + BRAND)
    look = look_of(whole_file)
    assert look.logo.alt == "Nordhaven Stores"
    assert look.colors.light["link"] == "#7a1f4b"
    assert look.colors.light["seg2"] == "#1c5d99"
    assert look.colors.dark["seg1"] == HOUSE.dark["seg1"]
    assert list(drawn_with(whole_file)) == ["logo.svg"]
    before = drawn_with(whole_file)
    (project / "params" / "logo.svg").write_text(LOGO.replace("60", "50"))
    assert drawn_with(whole_file) != before


def test_a_font_with_what_its_editor_left_behind_is_no_warning(tmp_path, caplog):
    (tmp_path / "headings.ttf").write_bytes(SERIF.read_bytes())
    look = read_look(tmp_path, brand={"fonts": {"text": ("headings.ttf",)}})
    with caplog.at_level("WARNING"):
        report(whole(tmp_path / "n"), tmp_path / "out", look=look)
    assert caplog.messages == []


def test_without_a_brand_the_report_is_the_houses_own(tmp_path):
    assert report(whole(tmp_path / "a"), tmp_path / "x", look=read_look(tmp_path)) == report(
        whole(tmp_path / "b"), tmp_path / "y"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no file 'logo.svg' that can be read"),
        (b"<html></html>", "is neither an SVG nor a PNG that can be read"),
        (b"\x89PNG\r\n\x1a\nrest", "is no PNG that can be read"),
        (LOGO.replace("<rect", "<style>rect{fill:red}</style><rect").encode(), "draws with a style sheet"),
        (LOGO.replace("<rect", '<rect class="a"').encode(), "draws with a style sheet"),
        (b"\x89PNG" + b"x" * LARGEST_LOGO, "bytes, and 500,000 is the most"),
    ],
)
def test_a_logo_of_no_use_is_refused(tmp_path, content, told):
    if content is not None:
        (tmp_path / "logo.svg").write_bytes(content)
    with pytest.raises(ParameterError, match=r"^report\.brand\.logo: .*" + re.escape(told)) as refused:
        read_look(tmp_path, brand={"name": "x", "logo": "logo.svg"})
    assert refused.value.exit_code == 2


def test_a_png_is_a_logo_and_a_broad_one_is_less_high(tmp_path):
    (tmp_path / "logo.png").write_bytes(base64.b64decode(png(2000, 20)))
    look = read_look(tmp_path, brand={"name": "Wide", "logo": "logo.png"})
    assert look.logo.width == LOGO_WIDEST
    page = report(whole(tmp_path / "n"), tmp_path / "out", look=look, formats=("html", "pdf"))
    assert 'alt="Wide"' in page
    assert "Wide" in tags(tmp_path / "out/report.pdf", "/Figure")


def test_a_font_is_known_by_its_weight_and_by_what_typst_calls_it():
    path = font_file("SourceSansPro-BlackIt.ttf")
    assert (read_face(path).weight, read_face(path).italic) == (900, True)
    assert typst_families(path) == ("Source Sans Pro",)
