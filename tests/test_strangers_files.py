"""Files as strangers have them: columns lined up by spaces, tabs, and what `segnb init` declares of them."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import segnb
from tables_csv import column, read_orders

from segnb.bases import choose, features
from segnb.clustering import segment
from segnb.clustering.assign import assign
from segnb.errors import InputError, ParameterError
from segnb.personas import describe
from segnb.personas.verdict import verdict
from segnb.runs.parameters import check
from segnb.runs.start import first_params
from segnb.tables.declare import Data
from segnb.tables.proposal import propose
from segnb.tables.read import read
from segnb.words import Voice

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")

SHOP = pd.DataFrame(
    {
        "": range(100, 180),
        "Client ID": [f"C{number:03d}" for number in range(80)],
        "e-mail": [f"a{number}@example.com" for number in range(80)],
        "Joined": [f"{1 + number % 28:02d}-{1 + number % 12:02d}-2023" for number in range(80)],
        "Yearly income": [f"{20_000 + 137 * number}" if number % 9 else "" for number in range(80)],
        "Visits": [str(number % 7) if number % 11 else "NA" for number in range(80)],
        "Region": [str(1 + number % 3) for number in range(80)],
        "Postcode": [f"0{1000 + number % 8}" for number in range(80)],
        "Newsletter": [("Yes", "No")[number % 2] for number in range(80)],
        "Rain": [("1.0", "0.0")[number % 3 == 0] for number in range(80)],
        "Z_Cost": "3",
        "Nothing": "",
    }
)


def write(folder, frame, name="clients.csv", **how):
    path = folder / name
    frame.to_csv(path, index=False, **how)
    return path


def test_columns_lined_up_by_spaces_are_read_with_one_key(tmp_path):
    rows = "".join(f"  {n:05d}   202401{1 + n % 28:02d}  {n % 3}    {n}.5 \n" for n in range(2_000))
    tables = read_orders(
        tmp_path,
        " customer_id  order_time n   amount\n" + rows,
        delimiter="spaces",
        time_format="%Y%m%d",
        name="orders.txt",
    )
    assert tables.transactions.count().execute() == 2_000
    assert sorted(column(tables, "customer_id"))[:2] == ["00000", "00001"]
    assert float(tables.transactions.amount.sum().execute()) == sum(range(2_000)) + 1_000


def test_a_short_line_among_spaces_is_told_by_its_own_line(tmp_path):
    with pytest.raises(InputError, match=r"line 4: the number of fields is not the header's 3"):
        read_orders(
            tmp_path,
            " customer_id order_time amount\n a 2024-01-01  1\n b  2024-01-02 2\n c 3\n d 2024-01-02 3\n",
            delimiter="spaces",
        )


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("customer_id\torder_time\tamount\na\t2024-01-01\t1\n", "delimiter: tab"),
        (" customer_id  order_time amount\n a  2024-01-01  1\n", "delimiter: spaces"),
    ],
)
def test_a_wrong_delimiter_is_answered_with_one_that_can_be_typed(tmp_path, content, key):
    with pytest.raises(InputError, match=rf"has 1 column with delimiter ','. Did you mean {key}\?"):
        read_orders(tmp_path, content)
    assert read_orders(tmp_path, content, delimiter=key.split()[1]).transactions.count().execute() == 1


def test_a_tsv_file_needs_no_delimiter(tmp_path):
    tables = read_orders(
        tmp_path, "customer_id\torder_time\tamount\na\t2024-01-01\t1,5\n", decimal=",", name="orders.tsv"
    )
    assert [float(each) for each in column(tables, "amount")] == [1.5]


@pytest.mark.parametrize("written", ["1.0", "1", "1.00"])
def test_yes_and_no_may_be_written_with_a_point(tmp_path, written):
    (tmp_path / "c.csv").write_text(f"id,likes\na,{written}\nb,0.0\nc,\n")
    data = {"customers": {"source": "c.csv", "customer_id": "id", "attributes": {"likes": "yes_no"}}}
    tables = read(Data.model_validate(data), as_of=None, root=tmp_path, cache=tmp_path / "cache")
    found = column(tables, "likes", "customers")
    assert found[:2] == [True, False] and pd.isna(found[2])
    (tmp_path / "c.csv").write_text("id,likes\na,1.5\n")
    with pytest.raises(InputError, match="column 'likes' holds"):
        read(Data.model_validate(data), as_of=None, root=tmp_path, cache=tmp_path / "cache")


def test_what_a_file_seems_to_hold_is_declared(tmp_path):
    found = propose(write(tmp_path, SHOP), "customers")
    assert found.keys["customer_id"] == "Client ID"
    assert found.keys["personal"] == ["e-mail"]
    assert found.keys["time_format"] == "%d-%m-%Y"
    assert found.keys["missing"] == ["NA"]
    assert found.keys["attributes"] == {
        "Joined": "time",
        "Yearly income": "money",
        "Visits": "number",
        "Region": "category",
        "Postcode": "category",
        "Newsletter": "yes_no",
        "Rain": "yes_no",
    }
    assert found.left_out == {
        "row_number": ("",),
        "single": ("e-mail",),
        "constant": ("Z_Cost",),
        "empty": ("Nothing",),
    }
    assert found.last_day == date(2023, 12, 24)


def test_rows_are_numbered_where_no_column_is_an_id(tmp_path):
    assert propose(write(tmp_path, SHOP[["Visits", "Region"]]), "customers").keys["customer_id"] == "row"
    twice = SHOP.assign(**{"Client ID": "C1"})
    assert propose(write(tmp_path, twice), "customers").keys["customer_id"] == "row"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_delimiter_encoding_and_decimal_comma_are_found(tmp_path, delimiter, encoding):
    frame = SHOP.assign(Ort="Köln, Süd", Preis=[f"{n},25" for n in range(80)])[["Ort", "Preis", "Visits"]]
    frame.loc[::2, "Ort"] = "Bonn"
    found = propose(write(tmp_path, frame, sep=delimiter, encoding=encoding), "customers").keys
    assert found["delimiter"] == ("tab" if delimiter == "\t" else delimiter)
    assert found.get("encoding", "utf-8") == encoding
    assert found["decimal"] == ","
    assert found["attributes"] == {"Ort": "category", "Preis": "number", "Visits": "number"}


def test_two_formats_that_fit_alike_are_both_named(tmp_path):
    frame = SHOP.assign(Joined=[f"0{1 + n % 9}/0{1 + n % 7}/2023" for n in range(80)])
    found = propose(write(tmp_path, frame), "customers")
    assert (found.keys["time_format"], found.either) == ("%d/%m/%Y", "%m/%d/%Y")


def test_orders_are_declared_by_their_columns(tmp_path):
    (tmp_path / "orders.txt").write_text(
        " cust_id   day    units  total_price\n"
        + "".join(f" {n % 9:04d} 202401{1 + n % 28:02d}  {n % 4}   {n}.75\n" for n in range(90))
    )
    found = propose(tmp_path / "orders.txt", "transactions")
    assert {key: found.keys.get(key) for key in ("delimiter", "customer_id", "order_time", "amount")} == {
        "delimiter": "spaces",
        "customer_id": "cust_id",
        "order_time": "day",
        "amount": "total_price",
    }
    assert (found.keys["time_format"], found.keys["quantity"]) == ("%Y%m%d", "units")
    with pytest.raises(InputError, match="no column looks like order_time or amount"):
        propose(write(tmp_path, SHOP[["Client ID", "Region"]]), "transactions")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no row below a header"),
        (b"a,b\n", "has no row below a header"),
        (b"\x00\x01\x02,\x03\n\x00\x01", "is no text"),
        (b"anna@example.com,5\nbert@example.com,6\n", "the first line looks like data"),
    ],
)
def test_a_file_that_cannot_be_declared_is_refused_without_its_values(tmp_path, content, said):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=said) as refused:
        propose(tmp_path / "x.csv", "customers")
    assert "anna" not in str(refused.value)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        propose(tmp_path / "none.csv", "customers")


def test_init_with_a_file_writes_parameters_that_need_no_hand(tmp_path):
    write(tmp_path, SHOP, "Our clients.csv")
    done = segnb("init", "shop", "--customers", "Our clients.csv", cwd=tmp_path)
    params = tmp_path / "shop" / "params" / "our_clients.yaml"
    assert done.stdout.strip().endswith("params/our_clients.yaml")
    text = params.read_text()
    assert len([line for line in text.splitlines() if not line.lstrip().startswith("#")]) <= 15
    assert "source: ../../Our clients.csv" in text
    assert "# left out: Z_Cost (one value throughout)" in text
    assert "# left out: a column without a name (numbers the rows)" in text
    checked = check(params, tmp_path / "shop" / "notebooks")
    assert dict(checked.parameters.data.customers.attributes)["Yearly income"] == "money"
    assert checked.parameters.as_of == date(2023, 12, 24)
    told = segnb("check", "--data", cwd=tmp_path / "shop")
    assert "customers (../../Our clients.csv): 80 rows in, 80 used" in told.stdout
    assert "were not read: column 1 (without a name), Z_Cost and Nothing" in told.stdout
    again = segnb("init", "shop", "--customers", "Our clients.csv", cwd=tmp_path, code=2)
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("Churn", True),
        ("has_churned", True),
        ("hasChurned", True),
        ("Response", True),
        ("converted_flag", True),
        ("responsible", False),
        ("owner", False),
    ],
)
def test_outcomes_are_known_by_name_and_by_their_two_values(tmp_path, name, named):
    frame = SHOP[["Client ID", "Visits", "Newsletter"]]
    found = propose(write(tmp_path, frame.rename(columns={"Newsletter": name})), "customers")
    assert found.outcomes == ((name,) if named else ())
    many = propose(write(tmp_path, frame.rename(columns={"Visits": name})), "customers")
    assert many.outcomes == ()


def test_init_says_how_to_deal_with_an_outcome_and_speaks_of_money_where_there_is_any(tmp_path):
    frame = SHOP[["Client ID", "Visits", "Newsletter", "Yearly income"]].rename(
        columns={"Newsletter": "Churn"}
    )
    told = first_params("x", [propose(write(tmp_path, frame), "customers")], tmp_path)
    assert "# Churn: an outcome?" in told and "# currency" in told
    assert "basis: combination and basis_options: {leave_out: [Churn]}" in told
    assert "basis: predictive and basis_options: {label: Churn}" in told
    plain = frame.drop(columns=["Churn", "Yearly income"])
    told = first_params("x", [propose(write(tmp_path, plain), "customers")], tmp_path)
    assert "outcome" not in told and "# currency" not in told


def test_init_adds_a_report_to_a_project_that_is_there(tmp_path):
    write(tmp_path, SHOP)
    segnb("init", "shop", cwd=tmp_path)
    (tmp_path / "shop" / "notebooks" / "01_data_profiling.ipynb").write_text("mine")
    segnb("init", "shop", "--customers", "clients.csv", cwd=tmp_path)
    assert (tmp_path / "shop" / "notebooks" / "01_data_profiling.ipynb").read_text() == "mine"
    assert (tmp_path / "shop" / "params" / "clients.yaml").is_file()


def on_record(folder, frame, as_of=None, declared_for=None):
    """Read a frame of customers as `segnb init` declares it, or another one of the same columns."""
    folder.mkdir(exist_ok=True)
    path = write(folder, frame if declared_for is None else declared_for)
    proposal = propose(path, "customers")
    data = Data.model_validate({"customers": dict(proposal.keys)})
    write(folder, frame)
    return read(data, as_of=as_of or proposal.last_day, root=folder, cache=folder / "cache")


def planted(seed=4, n=300):
    """Customers of two kinds that no column's name gives away: heavy users on long contracts, and others."""
    rng = np.random.default_rng(seed)
    heavy = np.arange(n) % 2 == 0
    return pd.DataFrame(
        {
            "usageHours": np.round(np.where(heavy, rng.normal(50, 5, n), rng.normal(10, 3, n)), 1),
            "contract": np.where(heavy, "two years", "monthly"),
            "monthly_charges": np.where(heavy, 80.5, 20.25) + np.round(rng.normal(0, 3, n), 2),
            "gender": np.where(rng.random(n) < 0.5, "female", "male"),
            "since": [
                f"{2020 + int(h)}-0{1 + int(m)}-15" for h, m in zip(heavy, rng.integers(0, 9, n), strict=True)
            ],
            "left": np.where(rng.random(n) < np.where(heavy, 0.1, 0.6), "Yes", "No"),
            "owner": np.where(rng.random(n) < 0.4, "Yes", "No"),
            "paperless": np.where(rng.random(n) < 0.5, "Yes", "No"),
            "fixed": "3",
        }
    )


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    return on_record(tmp_path_factory.mktemp("users"), planted(), date(2024, 6, 30))


def test_a_table_whose_names_no_basis_knows_is_segmented_by_all_its_columns(users):
    choice = choose(users, None)
    assert choice.chosen == "combination"
    state = {each.basis: each.state for each in choice.candidates}
    # A gender alone is no demography, and three answers of eight columns are no survey of needs.
    assert (state["demographic"], state["needs"]) == ("thin", "refused")


def test_two_columns_of_a_demography_are_fewer_than_all_on_record(tmp_path):
    frame = planted().assign(age=[str(20 + n % 50) for n in range(300)])
    assert choose(on_record(tmp_path / "two", frame, date(2024, 6, 30)), None).chosen == "combination"
    more = frame.assign(education=["school", "degree"] * 150)
    assert choose(on_record(tmp_path / "three", more, date(2024, 6, 30)), None).chosen == "demographic"


def test_an_unstable_cut_is_told_by_the_figure_that_decided(users):
    segments = segment(features(users, "combination", None), n_segments=2, seed=1)
    shaky = replace(
        segments, verdict=replace(segments.verdict, kind="unstable", evidence={"agreement": 0.184})
    )
    assert "agree at 0.18" in str(verdict(shaky).sentences[0])
    alone = replace(
        segments, verdict=replace(segments.verdict, kind="none"), variables=segments.variables[:1]
    )
    assert "Only one measure is left" in str(verdict(alone).sentences[0])


def test_columns_on_record_are_those_that_tell_customers_apart_each_in_its_unit(users):
    found = features(users, "combination", None, options={"leave_out": ["left"]})
    units = {each.label: (each.unit, each.scale) for each in found.features}
    assert set(units) == {
        "Usage hours",
        "Contract",
        "Monthly charges",
        "Gender",
        "Days since since",
        "Owner",
        "Paperless",
    }
    assert units["Monthly charges"][0] == "money" and units["Days since since"][0] == "days"
    labels = segment(found, n_segments=2, seed=1).labels
    assert pd.crosstab(labels, labels.index.astype(int) % 2).max().sum() >= 295


def test_what_is_left_out_has_to_be_an_attribute(users):
    with pytest.raises(
        ParameterError, match=r"leave_out: there is no attribute 'lefft'\. Did you mean 'left'"
    ):
        features(users, "combination", None, options={"leave_out": ["lefft"]})


def test_columns_and_bases_are_parts_that_count_alike(users):
    found = features(users, "combination", None, options={"of": ["demographic", "columns"]})
    blocks = {each.name: each.block for each in found.features}
    assert blocks["gender"] == "demographic" and blocks["usageHours"] == "columns"
    assert "The groups rest on two parts" in str(found.evidence)
    named = features(users, "combination", None, options={"of": ["usageHours", "contract"]})
    assert {each.name for each in named.features} == {"usageHours", "contract"} and not named.evidence


def test_columns_are_read_again_as_they_were_however_few_customers_come(tmp_path):
    whole, day = planted().rename_axis("id").reset_index(), date(2024, 6, 30)
    formed = features(on_record(tmp_path / "whole", whole, day), "combination", None)
    rule = segment(formed, n_segments=2, seed=1)
    few = whole.iloc[[3, 8, 13]].assign(contract=["monthly", "two years", "weekly"])
    later = on_record(tmp_path / "few", few, day, declared_for=whole)
    again = features(later, "combination", None, model=json.loads(json.dumps(formed.model)))
    assert {each.name for each in again.features} == {each.name for each in formed.features}
    placed = assign(rule.model, again)
    assert placed[["3", "8"]].tolist() == rule.labels[["3", "8"]].tolist()
    assert placed["13"] == "unassigned: unseen category"


def test_numbers_amounts_and_answers_on_record_are_compared(users):
    found = features(users, "demographic", None)
    segments = segment(features(users, "combination", None).only(["contract"]), seed=1)
    personas = describe(found, segments, users)
    heavy = max(segments.segments, key=lambda key: _value(personas[key], "Usage hours"))
    told = {each.label: each for each in personas[heavy].contrasts if not each.by_construction}
    assert told["Usage hours"].direction == 1 and 45 < told["Usage hours"].ours.value < 55
    assert told["Monthly charges"].statistic == "median" and told["Monthly charges"].unit == "money"
    assert told["Left"].direction == -1
    assert "Fixed" not in told
    assert {each.source for each in told.values() if each.label != "Gender"} >= {"customers"}


def test_what_segments_were_learned_to_foretell_is_no_finding_of_theirs(users):
    found = features(users, "predictive", None, options={"label": "left", "smallest": 20})
    segments = segment(found, method="levels", seed=1)
    personas = describe(found, segments, users)
    assert len(segments.segments) > 1
    for key in segments.segments:
        assert not [each.label for each in personas[key].contrasts if each.label.startswith("Left")]


def _value(persona, label):
    return next(each.ours.value for each in persona.contrasts if each.label == label)


def test_a_column_that_a_measure_was_made_of_is_not_told_twice(tmp_path):
    frame = planted().assign(year_of_birth=[str(1950 + n % 50) for n in range(300)])
    users = on_record(tmp_path, frame, date(2024, 6, 30))
    segments = segment(
        features(users, "combination", None, options={"of": ["usageHours", "contract"]}), seed=1
    )
    told = describe(features(users, "demographic", None), segments, users, accept_unstable=True)
    labels = [each.label for each in told[segments.segments[0]].contrasts]
    assert "Age" in labels and "Year of birth" not in labels


def refused(folder, text):
    segnb("init", folder / "new", cwd=folder)
    (folder / "new" / "params" / "my_report.yaml").write_text(text)
    return segnb("check", cwd=folder / "new", code=2).stderr


def test_customers_without_attributes_are_told_before_anything_runs(tmp_path):
    text = "name: x\ntitle: X\ndata:\n  customers:\n    source: x.csv\n"
    told = refused(tmp_path, text)
    assert "line 4, data.customers: no attribute is declared, and there is no other table" in told
    assert "`segnb init DIR --customers FILE`" in told


def test_an_id_under_a_shorter_key_is_answered_with_its_name(tmp_path):
    text = "name: x\ntitle: X\ndata:\n  customers:\n    source: x.csv\n    id: row\n    attributes: [a]\n"
    assert "data.customers.id: there is no such key. Did you mean 'customer_id'?" in refused(tmp_path, text)


def test_numbers_that_are_declared_as_words_are_told_so(tmp_path):
    frame = pd.DataFrame({"id": range(200), "income": [str(20_000 + n) for n in range(200)], "age": "40"})
    (tmp_path / "c.csv").write_text(frame.to_csv(index=False))
    data = {"customers": {"source": "c.csv", "customer_id": "id", "attributes": ["income", "age"]}}
    tables = read(Data.model_validate(data), as_of=None, root=tmp_path, cache=tmp_path / "cache")
    with pytest.raises(InputError, match=r"200 different numbers as words.*attributes: \{income: number\}"):
        features(tables, "demographic", None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unit_price", "Unit price"),
        ("unit.price", "Unit price"),
        ("share_1.5", "Share 1.5"),
        ("MonthlyCharges", "Monthly charges"),
        ("NumWebVisits", "Num web visits"),
        ("StreamingTV", "Streaming TV"),
        ("Einkommen_Haushalt", "Einkommen Haushalt"),
        ("Food and drink", "Food and drink"),
    ],
)
def test_a_columns_name_is_said_in_words(name, said):
    assert Voice().attribute(name) == said
    assert Voice(own={f"labels.columns.{name}": "myOwn"}).attribute(name) == "MyOwn"


def test_those_who_only_lack_what_others_have_are_told_by_the_first_of_it(tmp_path):
    rng = np.random.default_rng(3)
    keen = np.arange(400) % 2 == 0
    motives = ("help.others", "meet.people", "learn.skills", "give.back", "stay.active")
    frame = pd.DataFrame(
        {each: (rng.random(400) < np.where(keen, 0.85, 0.15)).astype(int) for each in motives}
    )
    people = on_record(tmp_path / "motives", frame, date(2024, 6, 30))
    found = features(people, "needs", None)
    personas = describe(found, segment(found, n_segments=2, seed=1), people)
    told = {persona.portrait for persona in personas.by_segment.values()}
    lacking = next(each for each in told if each.startswith("“"))
    assert "holds for" in lacking and "of everyone else" in lacking
    assert any(each.startswith("Typical of them") for each in told)
    assert not any(motive in each for motive in motives for each in told)
