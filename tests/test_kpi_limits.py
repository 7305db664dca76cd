"""Of a rate to which few said yes, or no, a limit is told that holds, and no more than that."""

from dataclasses import replace

import numpy as np
import pytest
from kpi_sample import NAMES, frame, results

from segnb import store
from segnb.charts.kpis import dots
from segnb.columns import SEGMENT
from segnb.kpis import Kpis
from segnb.kpis.comparison import compare, difference
from segnb.kpis.findings import distance, title
from segnb.kpis.show import kpi_tables
from segnb.suppression import limit
from segnb.words import Voice

RATE = "response_rate"
SIZES = {"s1": 120, "s2": 150, "s3": 90}


def responded(*yes, reached=None, min_cell=10, sizes=SIZES):
    """Return the KPIs of segments of which so many responded, of all or of so many reached."""
    customers = frame(sizes)
    for place, (segment, hits) in enumerate(zip(sizes, yes, strict=True)):
        inside = customers[SEGMENT] == segment
        number = np.arange(inside.sum())
        asked = number < (reached[place] if reached else len(number))
        customers.loc[inside, "reached"] = asked.astype(float)
        customers.loc[inside, "responded"] = ((number < hits) & asked).astype(float)
    return results(customers, [RATE], min_cell=min_cell)


def test_all_small_counts_say_the_same():
    """Also none, or the others would be known to be some."""
    assert {limit(no, 120, 10) for no in range(10)} == {(-1, 0.09)}
    assert {limit(120 - no, 120, 10) for no in range(10)} == {(1, 0.91)}
    assert limit(10, 120, 10) is None and limit(110, 120, 10) is None
    found = [responded(hits, 60, 40)[RATE, "s1"] for hits in range(10)]
    assert len(set(found)) == 1
    assert (found[0].kind, found[0].value, found[0].limit, found[0].n) == ("under", None, 0.09, 120)
    assert responded(10, 60, 40)[RATE, "s1"].value == pytest.approx(10 / 120)


@pytest.mark.parametrize("n", [19, 20, 37, 120, 333, 700, 12_345])
def test_a_limit_holds_as_it_is_printed(n):
    """Ten of 700 are 1.43 %, and nine of them are not under 1 %."""
    voice = Voice()
    for hits in range(10):
        printed = float(voice.percent(limit(hits, n, 10).value)[:-1]) / 100
        assert hits / n < printed <= 10 / n + 0.01
        printed = float(voice.percent(limit(n - hits, n, 10).value)[:-1]) / 100
        assert 1 - hits / n > printed >= 1 - 10 / n - 0.01


def test_where_both_are_few_nothing_is_told():
    assert limit(6, 15, 10) is None
    assert responded(6, 60, 40, reached=(15, 150, 90))[RATE, "s1"].kind == "hidden"


def test_a_limit_does_not_tell_how_few_were_not_asked():
    """Of s1 all but a few were reached: their number is hidden, and the limit is the same for each."""
    found = {responded(3, 60, 40, reached=(120 - missed, 150, 90))[RATE, "s1"] for missed in range(1, 10)}
    (told,) = found
    assert (told.kind, told.n) == ("under", None)
    assert told.limit == 0.1  # ten of the 111 who were reached at least


def test_with_a_limit_of_one_customer_figures_are_told():
    assert responded(0, 150, 40, min_cell=1)[RATE, "s1"].value == 0
    assert responded(0, 150, 40, min_cell=1)[RATE, "s2"].value == 1


def test_a_limit_may_lie_clearly_beyond_another_value_but_is_no_rank():
    # How many responded in all is told with the data, so a fourth one is hidden beside the few.
    found = responded(118, 60, 3, 20, sizes={**SIZES, "s4": 40})
    assert [found[RATE, each].kind for each in found.segments] == ["at least", "figure", "under", "hidden"]
    assert found.ranking(RATE) == ("s2",)
    assert found[RATE, "s1"].pooled is None
    # Each limit was moved by those who are hidden, hence all three are known to lie apart.
    assert compare(found).above[RATE] == {("s1", "s2"), ("s1", "s3"), ("s2", "s3")}
    assert title(found, RATE) == "Savers respond to campaigns more than two others"
    assert difference(found, RATE, "s1", "s2").size == pytest.approx(0.91 - 60 / 150)
    assert distance(found, RATE) == "At least 51.0 percentage points apart."
    assert found.n_intervals == 1


def test_two_limits_on_the_same_side_are_never_compared():
    found = responded(3, 2, 50)
    kinds = [found[RATE, each].kind for each in SIZES]
    assert kinds[:2] == ["under", "under"]
    assert not {("s1", "s2"), ("s2", "s1")} & compare(found).above[RATE]
    assert compare(found).number <= 2


def test_a_value_beside_a_limit_is_not_said_to_differ():
    """Of 118 of 120 it is said that they are 91 % or more: 95 % of another segment are not less."""
    found = responded(118, 139, 60)
    assert found[RATE, "s1"].kind == "at least"
    assert ("s1", "s2") not in compare(found).above[RATE] and ("s2", "s1") not in compare(found).above[RATE]


def test_a_limit_is_said_in_table_chart_and_frame(tmp_path):
    found = responded(118, 60, 3)
    (table,) = kpi_tables(found)
    cells = dict(zip([each.label for each in table.columns], table.rows[0], strict=True))
    assert cells["Savers"].text == "at least 91%" and not cells["Savers"].small
    assert cells["Strollers"].text == "under 12%"
    assert "fewer than 10 customers did not, or did" in table.note
    figure = dots(found, RATE)
    # The chart has the words beside its mark, and no interval of a limit.
    told = {row[0].text: [cell.text for cell in row[1:3]] for row in figure.data.rows}
    assert told["Savers"] == ["at least 91%", "–"] and told["Strollers"] == ["under 12%", "–"]
    assert ">at least<" in figure.picture and ">91%<" in figure.picture
    frame_ = found.frame.set_index("group")
    assert frame_.loc["s1", ["kind", "limit"]].tolist() == ["at least", 0.91]
    assert (frame_["kind"].eq("figure") == frame_["value"].notna()).all()
    store.save(found, tmp_path, "kpis")
    assert store.load(Kpis, tmp_path, "kpis") == found
    german = replace(found, voice=Voice("de_DE"))
    assert kpi_tables(german)[0].rows[0][1].text == "mindestens 91\u00a0%"
    assert ">ab 91" in dots(german, RATE, NAMES).picture.replace("\u00a0", " ")


def test_a_chart_of_limits_alone_says_so():
    found = responded(118, 148, 3)
    alt = dots(found, RATE).alt
    assert alt == "Responded, of those reached by segment: limits only, from under 12% to at least 93%."
