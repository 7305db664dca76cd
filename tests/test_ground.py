"""The ground floor: errors, registries, words, stored results."""

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pytest

from segnb.document.blocks import BySegment, Evidence, Paragraph, from_json, spans, to_json
from segnb.errors import Fault, InputError, nearest, refuse
from segnb.registry import Entry, Registry, UnknownName
from segnb.segmentation import Feature, FeatureTable, Passport, Segmentation, Structure, Window
from segnb.store import load, save
from segnb.words import Voice

dollars = Voice(currency="USD")


def test_import_has_no_side_effects_and_is_light():
    code = "import sys, segnb; assert not {'pandas', 'matplotlib', 'papermill'} & set(sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def loaded_by(code):
    """Return the modules that a new process has after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_one_basis_is_looked_up_without_what_fits_and_draws():
    loaded = loaded_by("from segnb.bases import BASES; BASES['rfm']")
    assert {"segnb.bases.rfm", "segnb.clustering.fit"} <= loaded
    assert {"sklearn", "scipy.stats", "matplotlib", "segnb.bases.combination"} & loaded == set()


def test_all_bases_are_listed_without_what_fits():
    loaded = loaded_by("from segnb.bases import BASES; list(BASES)")
    assert {"segnb.bases.predictive", "segnb.bases.product_preference"} <= loaded
    assert {"sklearn", "scipy.stats"} & loaded == set()


def test_papermill_comes_without_the_grammars_of_addresses_and_leaves_them_to_others():
    loaded = loaded_by("import segnb.runs.execute")
    assert {"papermill", "nbformat", "jsonschema"} <= loaded
    assert {"lark", "rfc3987_syntax"} & loaded == set()
    assert "lark" in loaded_by("import segnb.runs.execute, rfc3987_syntax")


def test_all_faults_stand_in_one_error():
    with pytest.raises(InputError) as caught:
        refuse(InputError, [Fault("blank id", "orders.csv", 3, "Fill it"), Fault("no amount")])
    assert str(caught.value) == "2 faults:\n  - orders.csv: blank id (3 rows). Fill it\n  - no amount"
    refuse(InputError, [])


def test_nearest_name_is_offered():
    assert nearest("rmf", ["rfm", "lifecycle"]) == "Did you mean 'rfm'? Choose one of: rfm, lifecycle"


def test_a_registry_finds_a_new_file_by_itself(tmp_path, monkeypatch):
    (tmp_path / "rooms_of_test").mkdir()
    (tmp_path / "rooms_of_test" / "__init__.py").write_text(
        "from segnb.registry import Entry, Registry\nthings = Registry('thing', Entry, 'rooms_of_test')\n"
    )
    (tmp_path / "rooms_of_test" / "spoon.py").write_text(
        "from rooms_of_test import things\n\n"
        "@things.register('spoon')\ndef spoon(*, size: int = 3):\n    '''Eat soup.'''\n    return size\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from rooms_of_test import things

    assert list(things) == ["spoon"]
    assert things["spoon"].summary == "Eat soup."
    assert list(things["spoon"].options) == ["size"]
    assert "fork" not in things
    with pytest.raises(UnknownName, match=r"There is no thing 'spon'\. Did you mean 'spoon'\?"):
        things["spon"]


def test_registering_without_a_docstring_is_refused():
    with pytest.raises(TypeError, match="needs a docstring"):
        Registry("thing", Entry, "segnb.words").register("bare")(lambda: None)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (4.2, "$4.20"),
        (26.3, "$26"),
        (1643.2, "$1,643"),
        (58_123, "$58k"),
        (2_260_000, "$2.26m"),
        (-12, "−$12"),
        (-0.001, "$0.00"),
        (float("nan"), "–"),
    ],
)
def test_money_at_a_readers_precision(amount, text):
    assert dollars.money(amount) == text


def test_exact_money_keeps_its_cents():
    assert dollars.money(4_596_039.58, exact=True) == "$4,596,039.58"


@pytest.mark.parametrize(
    ("x", "text"), [(0.123, "0.12"), (4.256, "4.26"), (26.34, "26.3"), (643.7, "644"), (12_345, "12,345")]
)
def test_numbers_have_three_figures(x, text):
    assert Voice().number(x) == text


def test_an_interval_says_its_unit_once():
    assert dollars.interval(0.22, 0.37, "share") == "22–37%"
    assert dollars.interval(1532, 1759, "money") == "$1,532–1,759"
    assert dollars.interval(0.221, 0.223, "share") == "22%"


def test_periods_are_said_briefly():
    assert dollars.period(date(2017, 7, 1), date(2017, 12, 31)) == "July–December 2017"
    assert dollars.period(date(2017, 1, 1), date(2017, 12, 31)) == "2017"
    assert dollars.period(date(2017, 7, 2), date(2017, 12, 31)) == "2 July–31 December 2017"


def test_blocks_survive_the_notebook_and_foreign_ones_are_refused():
    proof = Evidence(measure="Orders", value="3.2", n=320, source="transactions")
    page = (BySegment(slot="claims", parts={"s1": (Paragraph(content=spans("They <b>buy</b>.", proof)),)}),)
    assert from_json(to_json(page)) == page
    with pytest.raises(ValueError, match="kind"):
        from_json([{"kind": "script", "text": "alert(1)"}])


def segmentation() -> Segmentation:
    return Segmentation(
        labels=pd.Series(
            ["s1", "s2", "unassigned: too few"], index=pd.Index(["007", "a", "1"], name="customer_id")
        ),
        segments=("s1", "s2"),
        basis="behavioural",
        method="kmeans",
        seed=3,
        variables=("frequency",),
        passports={"s1": Passport(1, "A", 0.9, (0.8, 1.0)), "s2": Passport(1, "by rule")},
        verdict=Structure("reproducible", {"stability": 0.9}),
        model={"kind": "nearest_centre", "centres": [[0.1]]},
        voice=dollars,
    )


def test_results_come_back_from_disk_as_they_were(tmp_path):
    before = segmentation()
    save(before, tmp_path, "segmentation")
    after = load(Segmentation, tmp_path, "segmentation")
    assert after.labels.equals(before.labels)
    assert after.labels.index.name == "customer_id"
    for name in ("segments", "passports", "verdict", "model", "voice", "variables", "seed"):
        assert getattr(after, name) == getattr(before, name)


def test_equal_results_are_equal_bytes(tmp_path):
    first = [path.read_bytes() for path in save(segmentation(), tmp_path / "a", "x")]
    assert first == [path.read_bytes() for path in save(segmentation(), tmp_path / "b", "x")]


def test_nested_results_are_stored_too(tmp_path):
    @dataclass(frozen=True)
    class Choice:
        kept: FeatureTable
        reasons: dict[str, str] = field(default_factory=dict)

    frame = pd.DataFrame({"orders": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="customer_id"))
    table = FeatureTable(
        frame, (Feature("orders", "Orders", "count"),), "rfm", Window(date(2017, 1, 1), date(2017, 6, 30))
    )
    Choice.__annotations__.update(kept=FeatureTable)
    save(Choice(table, {"x": "constant"}), tmp_path, "choice")
    back = load(FeatureTable, tmp_path, "choice.kept")
    assert back.frame.equals(frame)
    assert back.window == table.window


def test_a_missing_or_foreign_result_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"selection\.json is missing"):
        load(FeatureTable, tmp_path, "selection")
    (tmp_path / "selection.json").write_text('{"nonsense": 1}')
    with pytest.raises(InputError, match="does not hold a FeatureTable"):
        load(FeatureTable, tmp_path, "selection")
