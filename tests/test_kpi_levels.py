"""KPIs by level: one for each channel, category or the like, from one registered function."""

import pandas as pd
import pytest
from kpi_sample import NAMES, VOICE, WINDOWS, company, labelled, results, rows

import segnb as sb
from segnb.columns import AMOUNT, SEGMENT
from segnb.errors import ParameterError
from segnb.kpis import KPIS, Ratio, kpi
from segnb.kpis.findings import title
from segnb.kpis.gathered.levels import at
from segnb.kpis.measured import ALL
from segnb.personas.figures import known
from segnb.personas.later import later_contrasts
from segnb.playbook_file import read_rules

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


def mixed(sizes, levels=("web", "shop", "app")):
    """Return customers who spend 10 each, all of it in one channel: ``sizes[segment]`` of each level."""
    cells = [
        (key, level)
        for key, counts in sizes.items()
        for level, n in zip(levels, counts, strict=True)
        for _ in range(n)
    ]
    data = {SEGMENT: [key for key, _ in cells], AMOUNT: 10.0, "orders": 1.0}
    for level in levels:
        data[at("channel_amount", level)] = [10.0 * (each == level) for _, each in cells]
    return pd.DataFrame(data, index=pd.Index([f"{n:04d}" for n in range(len(cells))], name="customer_id"))


def test_levels_by_hand_with_the_rarest_and_the_unnamed_together(tmp_path):
    bought = [
        ("a", "1", "2024-08-01", 60, "tea", "web"),
        ("a", "1", "2024-08-01", 20, "jam", "web"),
        ("a", "2", "2024-09-01", 10, "", "web"),
        ("b", "3", "2024-08-01", 6, "soap", "web"),
        ("b", "3", "2024-08-01", 4, "wine", "web"),
        ("c", "4", "2024-08-01", 50, "cards", "web"),
        ("c", "4", "2024-08-01", 40, "rice", "web"),
        ("c", "5", "2024-03-01", 999, "fish", "shop"),
    ]
    columns = "customer_id order_id order_time amount category channel"
    roles = {each: each for each in ("order_id", "category", "channel")}
    tables = company(tmp_path, transactions=(rows(columns, *bought), roles))
    found = sb.measure(tables, labelled(s1="ab", s2="c"), WINDOWS, min_cell=1)
    mix = {each.name: each for each in found.definitions if each.family == "category_mix"}
    assert list(mix) == [f"category_mix_{each}" for each in ("tea", "cards", "rice", "jam", "soap", "rest")]
    assert [found[name, "s1"].value for name in mix] == pytest.approx([0.6, 0, 0, 0.2, 0.06, 0.14])
    assert sum(found[name, "s2"].value for name in mix) == pytest.approx(1)
    assert mix["category_mix_rest"].label == "Category: Other or not stated"
    # All was bought through one channel within the window: there is nothing to tell apart.
    assert not any(each.family == "channel_mix" for each in found.definitions)


def test_a_kpi_by_level_is_one_function(monkeypatch):
    monkeypatch.setattr(KPIS, "_entries", {name: KPIS[name] for name in KPIS})

    @kpi("through", unit="share", label="Buyers through {level}", needs=("channel_amount",), by="channel")
    def through(customers):
        """Share of customers who bought through a channel."""
        return Ratio((customers["channel_amount"] > 0) * 1.0, pd.Series(1.0, customers.index))

    found = results(mixed({"s1": (30, 20, 0), "s2": (10, 10, 20)}), kpis=["through"])
    assert [each.label for each in found.definitions] == [
        f"Buyers through {each}" for each in ("Web", "Shop", "App")
    ]
    # Of none as of any few a limit is told: ten of 50.
    assert [found[each.name, "s1"].told for each in found.definitions] == [0.6, 0.4, 0.2]
    assert [found[each.name, "s1"].kind for each in found.definitions] == ["figure", "figure", "under"]


def test_levels_stand_in_a_table_of_their_own_and_have_no_charts():
    found = results(mixed({"s1": (60, 40, 40), "s2": (20, 40, 60)}))
    plain, leveled, _ = found.blocks()
    assert [row[0].text for row in leveled.rows] == ["Channel: Web", "Channel: Shop", "Channel: App"]
    assert not any(row[0].text.startswith("Channel") for row in plain.rows)
    assert leveled.title == "Broken down by channel, category and the like"
    assert plain.groups[0] == "Size and growth"


def test_a_small_part_is_hidden_with_another_and_the_column_of_all():
    found = results(mixed({"s1": (60, 30, 4), "s2": (40, 30, 20), "s3": (50, 20, 0)}))
    of = {
        key: [found[f"channel_mix_{each}", key].value for each in ("web", "shop", "app")]
        for key in (*NAMES, ALL)
    }
    assert of["s1"][0] is not None and of["s1"][1:] == [None, None]
    assert None not in of["s2"]
    assert of["s3"] == pytest.approx([5 / 7, 2 / 7, 0])
    assert of[ALL] == [None, None, None]
    assert "fewer than 10 customers" in found.blocks()[1].note


def test_a_level_is_text_and_never_a_template():
    found = results(mixed({"s1": (90, 10, 10), "s2": (10, 50, 50)}, levels=("{others}", "{0.x}", "é{")))
    assert [each.name for each in found.definitions if each.family == "channel_mix"] == [
        "channel_mix_others",
        "channel_mix_0_x",
        "channel_mix_e",
    ]
    assert (
        title(found, "channel_mix_others")
        == "Savers spend more of their money through {others} than the rest"
    )


def test_levels_that_look_alike_keep_names_of_their_own():
    found = results(mixed({"s1": (20, 20, 20), "s2": (20, 20, 20)}, levels=("Web", "web", "店")))
    names = [each.name for each in found.definitions if each.family == "channel_mix"]
    assert names == ["channel_mix_web", "channel_mix_web_2", "channel_mix_3"]


def test_levels_count_among_the_comparisons():
    customers = mixed({"s1": (60, 40, 40), "s2": (20, 40, 60)})
    from segnb.kpis.comparison import compare

    found = results(customers)
    # Two limits on the same side are no pair.
    pairs = [each for each in found.definitions if not found[each.name, "s1"].bound]
    assert 3 < compare(found).number == len(pairs) < len(found.definitions)
    assert compare(results(customers, kpis=["channel_mix"])).number == 3


def bought_through(folder):
    """Write 60 customers of s1 who buy through the web and 60 of s2 who buy in the shop, half as much."""
    bought = [
        (f"{channel}{n}", f"{channel}{n}", "2024-08-01", amount, channel)
        for channel, amount in (("web", 10), ("shop", 5))
        for n in range(60)
    ]
    columns = "customer_id order_id order_time amount channel"
    given = rows(columns, *bought, ("web0", "x", "2024-08-02", 30, "shop"))
    tables = company(folder, transactions=(given, {"order_id": "order_id", "channel": "channel"}))
    made = labelled(s1=[f"web{n}" for n in range(60)], s2=[f"shop{n}" for n in range(60)])
    return tables, made


def test_a_level_is_compared_with_everyone_else_for_the_playbook(tmp_path):
    tables, made = bought_through(tmp_path)
    found = sb.measure(tables, made, WINDOWS, min_cell=1)
    by_name = {each.name: each for each in later_contrasts(found, made, tables)["s2"]}
    contrast = by_name["channel_mix_shop"]
    assert (contrast.ours.value, contrast.others.value) == (1, pytest.approx(30 / 630))
    # Money of those who bought nothing before counts in the change of everyone else, too.
    assert by_name["average_order_value"].others.value == pytest.approx(630 / 61)


def test_a_playbook_may_name_levels_that_only_other_data_hold(tmp_path):
    path = tmp_path / "playbook.yaml"
    text = "message:\n  - when: [{} clearly above others]\n    say: Through the app.\n"
    path.write_text(text.format("channel_mix_app"))
    assert read_rules(path, known({})).message[0].figures == ("channel_mix_app",)
    path.write_text(text.format("chanel_mix_app"))
    with pytest.raises(ParameterError, match="no figure 'chanel_mix_app'"):
        read_rules(path, known({}))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.124, "change", "+12%"),
        (-0.04, "change", "−4%"),
        (0.001, "change", "0%"),
        (33.4, "points", "+33"),
        (-100.0, "points", "−100"),
    ],
)
def test_changes_and_points_bear_their_sign(value, unit, said):
    assert VOICE.value(value, unit) == said


def test_signs_never_meet_the_dash_of_a_range():
    assert VOICE.interval(-0.04, 0.12, "change") == "−4 to +12%"
    assert VOICE.interval(-12, -3, "points") == "−12 to −3"
    assert VOICE.interval(-5.0, 20.0, "money") == "−$5.00 to 20"
