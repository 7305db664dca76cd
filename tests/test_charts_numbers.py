"""The table of each chart equals what is drawn: read back from the drawing itself."""

import re
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

import segnb as sb
from segnb.charts.kpis import dots
from segnb.document.blocks import Figure, Grid
from segnb.drawing import house

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")]
NUMBER = re.compile(r"[−-]?\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def loaded(shop_run, shop_project):
    """The results of the made-up shop's run, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(shop_project)
        run = sb.open_run(f"shop/{shop_run.name}")
        names = ("profile", "features", "selection", "number", "segmentation", "personas", "kpis")
        yield {name: run.load(name) for name in names} | {"min_cell": run.min_cell}


@pytest.fixture
def drawn(monkeypatch):
    """Every drawing that is turned into a block, in order."""
    seen, plain = [], Canvas.savefig

    def kept(self, *arguments, **options):
        seen.append(self)
        return plain(self, *arguments, **options)

    monkeypatch.setattr(Canvas, "savefig", kept)
    return seen


def read(text):
    """Return the number of a cell in the units of the drawing, and half of its last digit."""
    found = NUMBER.search(text).group().replace(",", "").replace("−", "-")
    scale = 0.01 if "%" in text else 1000 if re.search(r"\dk\b", text) else 1
    digits = len(found.partition(".")[2])
    return float(found) * scale, 0.5 * 10.0**-digits * scale + 1e-9


def column(figure, place, rows=None):
    """Return the numbers of a column of the chart's table; rows without one are left out."""
    cells = [row[place].text for row in figure.data.rows[:rows]]
    return [read(cell) for cell in cells if NUMBER.search(cell)]


def dots_of(axes, along):
    """Return where the dots of a drawing, and its marks of limits, lie on its axis of values."""
    marked = [line for line in axes.lines if line.get_marker() in ("o", "<", ">") and line.get_alpha() != 0]
    return [float(line.get_xydata()[0][along]) for line in marked]


def same(plotted, told):
    assert len(plotted) == len(told) > 0
    for value, (number, half) in zip(plotted, told, strict=True):
        assert abs(value - number) <= half, (value, number)


def figures(shown):
    if isinstance(shown, Grid):
        return [block for column in shown.columns for block in column if isinstance(block, Figure)]
    return (
        [part for blocks in shown.parts.values() for part in blocks] if hasattr(shown, "parts") else [shown]
    )


def test_tastes(loaded, drawn):
    made = figures(sb.charts.personas.tastes(loaded["personas"]))
    assert len(made) == len(drawn) == len(loaded["personas"].described) > 2
    for figure, drawing in zip(made, drawn, strict=True):
        same(dots_of(drawing.axes[0], 0), column(figure, 1))


def test_kpis(loaded, drawn):
    kpis = loaded["kpis"]
    shown = [each.name for each in kpis.definitions if any(kpis[each.name, key].told for key in kpis.order)]
    assert len(shown) > 20
    for name in shown:
        figure = dots(kpis, name)
        axes = drawn[-1].axes[0]
        # The last row is that of all segments: a line, or the whole that they are shares of.
        same(dots_of(axes, 0), column(figure, 1, len(kpis.order)))
        ends = [np.sort(each.get_segments()[0][:, 0]) for each in axes.collections]
        told = [row[2].text for row in figure.data.rows[: len(kpis.order)]]
        for (low, high), text in zip(ends, [each for each in told if each != "–"], strict=True):
            parted = re.split(" to |–", text)
            one, other = parted[0], parted[-1]  # equal ends are said once
            same([low, high], [read(one + "%" if "%" in other and "%" not in one else one), read(other)])


def test_how_well_numbers_of_segments_come_back(loaded, drawn):
    figure = sb.charts.clustering.stability(loaded["number"])
    same(dots_of(drawn[-1].axes[0], 1), column(figure, 1))
    lines = [
        line for line in drawn[-1].axes[0].lines if line.get_marker() != "o" and len(line.get_xdata()) == 2
    ]
    spans = [row[2].text.split("–") for row in figure.data.rows]
    for line, ends in zip(lines, spans, strict=False):
        same(sorted(line.get_ydata()), [read(ends[0]), read(ends[-1])])  # equal ends are said once


def test_how_well_segments_come_back(loaded, drawn):
    figure = sb.charts.clustering.overlap(
        loaded["segmentation"], loaded["features"], names={}, min_cell=loaded["min_cell"]
    )
    same(dots_of(drawn[-1].axes[0], 0), column(figure, 1))


def test_gaps(loaded, drawn):
    figure = sb.charts.clustering.gaps(loaded["segmentation"])
    same(sorted(dots_of(drawn[-1].axes[0], 0)), sorted(column(figure, 1)))


def test_months(loaded, drawn):
    figure = sb.charts.profiling.calendar(loaded["profile"])
    bars = [each.get_height() for each in drawn[-1].axes[0].patches if isinstance(each, Rectangle)]
    same(bars, column(figure, 2))


@pytest.mark.parametrize("what", ["spend", "orders"])
def test_histograms(loaded, drawn, what):
    figure = getattr(sb.charts.profiling, what)(loaded["profile"])
    bars = [each for each in drawn[-1].axes[0].patches if isinstance(each, Rectangle)]
    # On the log scale a bar's area is its number of customers.
    widths = [np.log10(each.get_x() + each.get_width()) - np.log10(each.get_x()) for each in bars]
    areas = np.array([each.get_height() * width for each, width in zip(bars, widths, strict=True)])
    counts = np.array([number for number, _ in column(figure, 1)])[-len(bars) :]
    assert areas / areas.sum() == pytest.approx(counts / counts.sum(), abs=1e-6)


def test_concentration(loaded, drawn):
    figure = sb.charts.profiling.concentration(loaded["profile"])
    [curve] = [line for line in drawn[-1].axes[0].lines if len(line.get_xdata()) > 2]
    for (share, half), (revenue, margin) in zip(column(figure, 0), column(figure, 1), strict=True):
        at = np.abs(curve.get_xdata() - share).argmin()
        assert abs(curve.get_xdata()[at] - share) <= half
        assert abs(curve.get_ydata()[at] - revenue) <= margin


def test_correlations(loaded, drawn):
    figure = sb.charts.selection.correlations(loaded["selection"])
    axes = drawn[-1].axes[0]
    told = [row[1:] for row in figure.data.rows]
    shades = axes.collections[0].get_array().reshape(len(told), len(told))
    below = list(zip(*np.tril_indices(len(told), -1), strict=True))
    assert all(not np.ma.is_masked(shades[place]) for place in below)
    for row, place in below:
        number, half = read(told[row][place].text)
        assert abs(shades[row, place] - abs(number)) <= half
    numbered = [each for each in axes.texts if NUMBER.fullmatch(each.get_text())]
    assert numbered  # the strongest are written out
    for each in numbered:
        place, row = (int(at) for at in each.get_position())
        assert told[row][place].text == each.get_text()


def test_skewness(loaded, drawn):
    figure = sb.charts.selection.tails(loaded["selection"])
    places = dots_of(drawn[-1].axes[0], 0)
    rows = [row[0].text for row in figure.data.rows]
    order = [rows.index(each.get_text()) for each in drawn[-1].axes[0].get_yticklabels()]
    same(places[::2], [column(figure, 1)[at] for at in order])
    same(places[1::2], [column(figure, 2)[at] for at in order])


def test_shares_of_the_distance(loaded, drawn):
    figure = sb.charts.selection.shares(loaded["selection"])
    places = dots_of(drawn[-1].axes[0], 0)
    rows = [row[0].text for row in figure.data.rows]
    labels = [each.get_text() for each in drawn[-1].axes[0].get_yticklabels()]
    order = [rows.index(label) for label in labels]
    same(places[::2], [column(figure, 1)[at] for at in order])
    same(places[1::2], [column(figure, 2)[at] for at in order])


def test_alternative_texts_are_short_and_no_two_alike(loaded):
    kpis, personas = loaded["kpis"], loaded["personas"]
    made = [*figures(sb.charts.personas.tastes(personas)), *figures(sb.charts.kpis.small_multiples(kpis))]
    texts = [each.alt for each in made]
    assert len(texts) == len(set(texts))
    assert max(map(len, texts)) <= house.LONGEST_ALT


def test_a_long_list_of_values_gives_way_to_its_ends(loaded):
    voice = loaded["kpis"].voice
    told = partial(house.alternative, voice, "personas.taste.alt", "personas.taste.alt_short")
    values = {"pairs": "Tea 380", "first": "Tea 380", "last": "Soap 24"}
    assert told(values) == voice.say("personas.taste.alt", **values)
    assert told(values | {"pairs": "Tea 380, " * 30}) == voice.say("personas.taste.alt_short", **values)
