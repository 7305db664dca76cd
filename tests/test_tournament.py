"""The tournament: planted truths win, noise adds nothing, and what is alike is said to be."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from params_project import MINIMAL, checked, made_up_bases, refusal, small_project  # noqa: F401

from segnb.bases import choose
from segnb.charts import tournament as charts
from segnb.errors import InputError
from segnb.runs import basis as runs_basis
from segnb.runs import results
from segnb.segmentation import Window, Windows
from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tournaments import tournament
from segnb.tournaments.held_out import held_out
from segnb.tournaments.judging import NOBODY, Formed, judged
from segnb.words import Voice

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
N = 900
IDS = pd.Index([f"{place:04d}" for place in range(N)], name="customer_id")
FORM, MEASURE = Window(date(2024, 1, 1), date(2024, 6, 30)), Window(date(2024, 7, 1), date(2024, 12, 31))


def formed(name, groups, agreement=None):
    groups = pd.Series([str(each) for each in groups], IDS[: len(groups)]).replace("-1", NOBODY)
    return Formed(name, "kmeans", groups, groups.nunique(), agreement)


def planted(seed=0, noise=1.0):
    """Return three planted groups, three of noise, and an outcome that follows the former."""
    random = np.random.default_rng(seed)
    truth, chance = random.integers(0, 3, (2, N))
    known = pd.DataFrame({"spend": truth + noise * random.normal(size=N)}, IDS)
    return truth, chance, known, random


def test_the_overlap_is_the_adjusted_rand_index_worked_out_by_hand():
    # Hubert & Arabie (1985): 1 pair together in both, 2 and 1 in each, 6 in all:
    # (1 - 2 * 1 / 6) / ((2 + 1) / 2 - 2 * 1 / 6) = 4 / 7. Who is in no segment of one does not count.
    known = pd.DataFrame(index=IDS[:5])
    found = judged(
        [formed("rfm", [0, 0, 1, 1, -1]), formed("behavioural", [0, 0, 1, 2, 2])], known, min_cell=3
    )
    assert found.overlap.loc["rfm", "behavioural"] == pytest.approx(4 / 7)
    assert found.overlap.loc["rfm", "rfm"] == 1
    few = judged([formed("rfm", [0, 0, 1, 1, -1]), formed("behavioural", [0, 0, 1, 2, 2])], known, min_cell=5)
    assert np.isnan(few.overlap.loc["rfm", "behavioural"])


@pytest.mark.parametrize("seed", range(5))
def test_noise_adds_nothing_and_the_planted_truth_wins(seed):
    truth, chance, known, _ = planted(seed)
    found = judged([formed("behavioural", chance), formed("rfm", truth)], known, seed=seed)
    assert found.recommended == ("rfm",)
    assert found["behavioural"].judgement == "nothing"
    # Groups a step of one standard deviation apart: 2/3 of 2/3 + 1 is between them.
    assert found["rfm"].explained.low < 0.4 < found["rfm"].explained.high
    assert found["rfm"].random < 0.01


def test_what_explains_nothing_beyond_the_first_repeats_it():
    truth, chance, known, random = planted()
    coarse = np.where(random.random(N) < 0.5, truth // 2, chance % 2)
    found = judged([formed("behavioural", coarse), formed("rfm", truth)], known)
    assert found["behavioural"].explained.low > 0
    assert found["behavioural"].judgement == "repeats"
    assert found["behavioural"].adds.value < 0.01


def test_a_second_truth_is_told_beside_the_first():
    truth, other, known, _ = planted()
    known["orders"] = other + known["spend"] * 0.5
    found = judged([formed("rfm", other), formed("behavioural", truth)], known)
    assert set(found.recommended) == {"rfm", "behavioural"}
    second = found[found.recommended[1]]
    assert second.judgement == "second" and second.adds.low > 0.05


def test_the_same_groups_under_another_name_add_nothing():
    truth, _, known, _ = planted()
    found = judged([formed("rfm", truth), formed("behavioural", 2 - truth)], known)
    assert found["behavioural"].judgement == "same" and found["behavioural"].alike == 1
    assert found.recommended == ("rfm",)


def test_segments_that_do_not_come_back_are_not_first():
    truth, chance, known, _ = planted()
    weak = np.where(chance == 0, truth, 0)
    found = judged([formed("rfm", truth, agreement=0.3), formed("behavioural", weak, agreement=0.9)], known)
    assert found["rfm"].explained.value > found["behavioural"].explained.value
    assert found.recommended == ("behavioural",)
    assert found["rfm"].judgement == "unstable"


def test_many_groups_of_noise_explain_nothing_of_customers_held_out():
    random = np.random.default_rng(0)
    known = pd.DataFrame({"spend": random.normal(size=N)}, IDS)
    groups = pd.Series(random.integers(0, 100, N).astype(str), IDS)
    means = known["spend"].groupby(groups).transform("mean")
    assert means.var() / known["spend"].var() > 0.08  # of customers who were seen
    assert held_out(known, groups, seed=0).explained().value < 0


def test_outcomes_count_alike_and_unknown_values_not_at_all():
    truth, _, known, _ = planted()
    known["orders"] = np.random.default_rng(9).normal(size=N) * 1000
    known.loc[IDS[::2], "orders"] = np.nan
    groups = pd.Series(truth.astype(str), IDS)
    whole = held_out(known, groups, seed=0)
    spend, orders = (whole.explained(place).value for place in (0, 1))
    assert whole.explained().value == pytest.approx((spend + orders) / 2)
    assert abs(orders) < 0.02 < 0.3 < spend


def test_the_order_of_rows_decides_nothing():
    truth, chance, known, random = planted()
    mixed = random.permutation(N)
    first = judged([formed("rfm", truth), formed("behavioural", chance)], known)
    shuffled = [
        replace(each, groups=each.groups.iloc[mixed])
        for each in (formed("rfm", truth), formed("behavioural", chance))
    ]
    assert judged(shuffled, known).contestants == first.contestants


def test_without_later_days_the_largest_reach_is_first():
    known = pd.DataFrame(index=IDS[:40])
    found = judged([formed("rfm", [0, 1, -1, -1] * 10), formed("behavioural", [0, 0, 1, -1] * 10)], known)
    assert found.recommended == ("behavioural",)
    assert found["rfm"].judgement == "unjudged"
    assert found.contestants[0].reach == 0.75
    text = str(found.blocks())
    assert "no later behaviour" in text


# Real tables: a shop whose frequent customers stay so.


def orders(folder, text, **columns):
    (folder / "orders.csv").write_text("customer_id,order_time,amount\n" + text)
    declared = {"source": "orders.csv"} | {each: each for each in ("customer_id", "order_time", "amount")}
    data = Data.model_validate({"timezone": "UTC", "transactions": declared | columns})
    return read(data, as_of=date(2024, 12, 31), root=folder, cache=folder / "cache")


def history(later=1.0, most=9):
    """Return orders of 150 customers: the one with place p buys p % most + 1 times in each half year."""
    lines = []
    for place in range(150):
        for first, factor in ((1, 1.0), (7, later)):
            for order in range(place % most + 1):
                day = date(2024, first + order % 6, 1 + (place * 7 + order * 3) % 28)
                lines.append(f"c{place:03d},{day},{(10 + place % 13) * factor:.2f}\n")
    return "".join(lines)


QUICK = {"restarts": 10, "bootstraps": 20}


def test_bases_compete_on_tables_and_nothing_later_forms_segments(tmp_path_factory):
    found = [
        tournament(
            orders(tmp_path_factory.mktemp("shop"), history(later)),
            Windows(FORM, MEASURE),
            ["rfm", "behavioural"],
            **QUICK,
        )
        for later in (1.0, 5.0)
    ]
    assert found[0].customers == 150
    assert found[0].outcomes == ("spend", "orders") and found[0].idle == ("active",)
    assert found[0].contestants[0].explained.low > 0.2
    kept = [[(each.basis, each.n_segments, each.reach) for each in one.contestants] for one in found]
    assert sorted(kept[0]) == sorted(kept[1])
    assert found[0].overlap.loc["rfm", "behavioural"] == found[1].overlap.loc["rfm", "behavioural"]
    # Who bought fewer than four times by the cut date is in no segment.
    assert found[0]["behavioural"].reach == pytest.approx(sum(place % 9 >= 3 for place in range(150)) / 150)


def test_a_basis_that_the_tables_lack_is_passed_over_and_told(tmp_path, monkeypatch):
    from segnb.bases import BASES

    needy = replace(BASES["behavioural"], needs=("feedback.nps",))
    monkeypatch.setitem(BASES._entries, "behavioural", needy)
    tables = orders(tmp_path, history())
    found = tournament(tables, Windows(FORM, MEASURE), ["rfm", "behavioural"], **QUICK)
    assert [each.basis for each in found.contestants] == ["rfm"]
    assert [(each.basis, each.state) for each in found.passed_over] == [("behavioural", "lacking")]
    with pytest.raises(InputError, match=r"Declare the column nps of the table feedback \(for behavioural\)"):
        tournament(tables, Windows(FORM, MEASURE), ["behavioural"])


def test_behaviour_is_taken_where_most_have_enough_orders_else_rfm(tmp_path_factory):
    many = choose(orders(tmp_path_factory.mktemp("many"), history()), FORM)
    few = choose(orders(tmp_path_factory.mktemp("few"), history(most=4)), FORM)
    assert (many.chosen, few.chosen) == ("behavioural", "rfm")
    states = {each.basis: each.state for each in few.candidates}
    assert (states["rfm"], states["behavioural"]) == ("chosen", "few")
    named = choose(orders(tmp_path_factory.mktemp("named"), history()), FORM, named="rfm")
    assert named.chosen == "rfm"


@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
def test_the_report_shows_the_choice_and_the_tournament_in_words(locale):
    truth, chance, known, _ = planted()
    found = judged([formed("behavioural", chance), formed("rfm", truth)], known, spend=known["spend"])
    found = replace(found, voice=Voice(locale), windows=Windows(FORM, MEASURE))
    blocks = charts.chapter(found).blocks()
    assert [each.kind for each in blocks] == ["paragraph", "table", "figure", "figure"]
    assert all(len(each.alt) <= 150 for each in blocks[2:])
    text = "".join(span.text for span in blocks[0].content)
    assert {"en_US": "adds nothing to the first", "de_DE": "fügt der ersten nichts hinzu"}[locale] in text
    # Groups by the outcome itself explain more than any basis could, and that is said.
    assert {"en_US": "spend serves better", "de_DE": "taugen Ausgaben besser"}[locale] in text


def test_a_tournament_is_the_same_once_saved(tmp_path):
    truth, chance, known, _ = planted()
    found = judged([formed("behavioural", chance), formed("rfm", truth)], known)
    results.save(found, tmp_path, results.TOURNAMENT)
    loaded = results.load(tmp_path, results.TOURNAMENT)
    assert loaded.contestants == found.contestants and loaded.overlap.equals(found.overlap)


# In a params file.


def test_faults_of_bases_are_told_with_their_line(project):
    message = refusal(project, f"{MINIMAL}bases: [rfm, rfmm]\n")
    assert message.startswith(
        "params/x.yaml, line 5, bases[1]: there is no basis 'rfmm'. Did you mean 'rfm'?"
    )
    message = refusal(project, f"{MINIMAL}bases: [tastes]\n")
    assert message == (
        "params/x.yaml, line 5, bases: the tables under data allow none of these bases. "
        "Declare the table products (for tastes)"
    )
    message = refusal(project, f"{MINIMAL}basis_options: {{bins: 4}}\n")
    assert "no basis is named" in message


def test_the_basis_that_was_taken_stands_in_the_published_parameters(project, tmp_path, monkeypatch):
    from segnb.bases import Choice

    left_open = checked(project, f"{MINIMAL}bases: all\n").parameters
    assert left_open.basis == "auto"
    folder = tmp_path / "tables"
    assert runs_basis.settled(left_open, folder) == left_open
    results.save(Choice("rfm", ()), folder, results.CHOICE)
    taken = runs_basis.settled(left_open, folder)
    assert taken.basis == "rfm" and taken.basis_options == {"bins": 5, "weights": None, "mode": "map"}
    named = checked(project, f"{MINIMAL}basis: field\nbasis_options: {{column: a}}\n").parameters
    assert runs_basis.settled(named, folder) == named
