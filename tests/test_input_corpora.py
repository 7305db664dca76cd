"""Public corpora of awkward input: what goes in comes out as it was, or is refused in plain words."""

import csv
import io
import json
import re
import unicodedata
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from params_project import made_up_bases, small_project  # noqa: F401 - fixtures
from pydantic import ValidationError
from tables_csv import HEADER, column, read_orders

from segnb.document.blocks import Cell, Column, Heading, Paragraph, Table, Verbatim, from_json, spans, to_json
from segnb.document.html import fragment
from segnb.document.spelling import SIGN, Speller
from segnb.errors import InputError, ParameterError
from segnb.runs.parameters import check
from segnb.runs.project import Project
from segnb.runs.publish import find_runs
from segnb.runs.resolved import resolved_yaml
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
CORPORA = Path(__file__).parent / "corpora"
SPECTRUM = sorted(path.stem for path in (CORPORA / "csv-spectrum" / "csvs").glob("*.csv"))
NAUGHTY = list(dict.fromkeys(json.loads((CORPORA / "blns" / "blns.json").read_text(encoding="utf-8"))))
# Composed and decomposed, a joined emoji, what is invisible, what turns the direction, tab and line ends.
NAUGHTY += [
    "Zo\u00eb",
    "Zoe\u0308",
    "👩‍👩‍👧",
    "a\u200bb",
    "\u202eabc\u202c",
    "a\tb",
    "a\r\nb",
    "a\n\n\nb",
    "\ufeffx",
]
SAID = [each for each in NAUGHTY if {unicodedata.category(character) for character in each} - {"Zs"}]
"""All but the empty text and the blanks: those are missing values."""
EXACT = {"alike_ids": "keep"}


def as_csv(rows):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def read_customers(folder, content, attributes, **table):
    (folder / "people.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    declared = {"source": "people.csv", "customer_id": "row", "attributes": attributes, **table}
    data = Data.model_validate({"customers": declared})
    tables = read(data, as_of=None, root=folder, cache=folder / "cache", threads=1)
    frame = tables.customers.execute()
    return frame.iloc[frame["customer_id"].astype(int).argsort()]


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_files_of_all_kinds_are_read_as_their_authors_say(tmp_path, name):
    meant = json.loads((CORPORA / "csv-spectrum" / "json" / f"{name}.json").read_text(encoding="utf-8"))
    rows = meant if isinstance(meant, list) else [meant]
    content = (CORPORA / "csv-spectrum" / "csvs" / f"{name}.csv").read_bytes()
    columns = list(rows[0])
    found = read_customers(tmp_path, content, columns)[columns].fillna("").to_dict("records")
    if name == "location_coordinates":  # the two files of the corpus name different telephones
        assert found[0].pop(columns[0]) == "2095257564"
        del rows[0][columns[0]]
    assert found == rows


def test_naughty_texts_stay_as_they_are_in_ids_values_and_categories(tmp_path):
    (tmp_path / "products.csv").write_text(
        as_csv([["product_id", "category"], *([each, each] for each in SAID)]), encoding="utf-8"
    )
    rows = [[each, "2024-01-01", "1", each, each] for each in SAID]
    tables = read_orders(
        tmp_path,
        as_csv([["customer_id", "order_time", "amount", "item", "note"], *rows]),
        {"products": {"source": "products.csv", "category": "category"}, **EXACT},
        product_id="item",
        attributes=["note"],
    )
    for each in ("customer_id", "product_id", "category", "note"):
        assert sorted(column(tables, each)) == sorted(SAID), each
    assert sorted(column(tables, "customer_id", "orders")) == sorted(SAID)
    assert column(tables, "category", "products") == column(tables, "product_id", "products")


def test_what_is_out_of_the_tables_goes_in_again(tmp_path):
    (tmp_path / "again").mkdir()
    header = ["customer_id", "order_time", "amount"]
    first = read_orders(tmp_path, as_csv([header, *([each, "2024-01-01", "1"] for each in SAID)]), EXACT)
    rows = first.transactions.execute()[header]
    out = as_csv([header, *([one, str(day)[:10], money] for one, day, money in rows.values.tolist())])
    again = read_orders(tmp_path / "again", out, EXACT)
    assert (again.folder / "transactions.parquet").read_bytes() == (
        first.folder / "transactions.parquet"
    ).read_bytes()


def groups_without_twins(names):
    """Share names out to headers, as no header may hold two that differ in case or outer spaces only."""
    groups = []
    for name in names:
        twin = name.strip().casefold()
        fitting = next((group for group in groups if twin not in group), None)
        if fitting is None:
            fitting = {}
            groups.append(fitting)
        fitting[twin] = name
    return [list(group.values()) for group in groups]


def test_naughty_texts_are_names_of_columns(tmp_path):
    for group in groups_without_twins([each for each in SAID if "\r" not in each]):
        rows = [group, [f"{place}" for place in range(len(group))]]
        frame = read_customers(tmp_path, as_csv(rows), group)
        assert list(frame.columns) == ["customer_id", *group]
        assert frame.iloc[0].tolist()[1:] == rows[1]


def test_a_carriage_return_in_a_name_is_refused(tmp_path):
    with pytest.raises(InputError, match="a name in the header holds a carriage return"):
        read_customers(tmp_path, '"a\r\nb",c\n1,2\n', ["c"])


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE customers; --", 'a"b', "Ω≈ç√∫˜µ≤≥÷", "%d", "{{7*7}}", "row", "v0"]
)
def test_a_naughty_name_alone(tmp_path, name):
    frame = read_customers(tmp_path, as_csv([[name, "b"], ["1", "2"]]), {name: "number", "b": "category"})
    assert frame[[name, "b"]].values.tolist() == [[1.0, "2"]]


def blocks_of(value):
    table = Table(
        columns=(Column(label=value, header=True),),
        rows=((Cell(text=value, small=value),),),
        title=value,
        subtitle=value,
        note=value,
        groups={0: value},
    )
    return (Heading(text=value), Paragraph(content=spans(value)), Verbatim(text=value), table)


def test_naughty_texts_stay_as_they_are_in_notebooks_and_html():
    unwritable = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
    for value in SAID:
        blocks = blocks_of(value)
        assert from_json(json.loads(json.dumps(to_json(blocks)))) == blocks
        page = BeautifulSoup(fragment(blocks), "html.parser")
        shown = unwritable.sub("\ufffd", value)  # no HTML may hold control characters: they are shown as lost
        for selector in ("pre", "td, th", "caption", ".note", "small"):
            found = page.select(selector)
            assert found
            assert any(shown in each.get_text() for each in found), (value, selector)
        assert {each.name for each in page.find_all()} <= SAFE_ELEMENTS
        turning = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
        if any(unicodedata.bidirectional(each) in turning for each in value):
            # A text that opens an isolate and leaves it open has it closed behind it.
            isolated = [ISOLATES.sub("", each.get_text()) for each in page.select("bdi")]
            assert ISOLATES.sub("", shown) in isolated, value


ISOLATES = re.compile("[\u2066-\u2069]")
SAFE_ELEMENTS = {
    "div",
    "style",
    "h2",
    "h3",
    "h4",
    "p",
    "pre",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
SAFE_ELEMENTS |= {"small", "span", "wbr", "bdi", "b", "strong", "em", "code"}


def test_what_the_pdf_cannot_show_is_replaced_and_counted():
    for value in SAID:
        spell = Speller()
        shown = spell.exact(value)
        assert shown.count(SIGN) == value.count(SIGN) + spell.replaced.total()
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Co", "Cs") for each in shown)
    assert Speller().exact("Zoe\u0308") == Speller().exact("Zo\u00eb") == "Zo\u00eb"  # one sign in print


def quoted(value):
    """Write a text as YAML; in YAML the separators of lines and paragraphs end a line."""
    return json.dumps(value, ensure_ascii=False).replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


def test_naughty_texts_are_names_and_titles_of_a_report(project):
    control = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f]")
    for place, value in enumerate(each for each in SAID if len(each) <= 60):
        text = (
            f"name: autumn\nas_of: 2017-12-31\ntitle: {quoted(value)}\n"
            "data:\n  transactions: {source: orders.csv}\n"
            f"report:\n  names: {{champions: {quoted(value)}, {quoted(value)}: Loyal}}\n"
        )
        path = project / "params" / f"{place}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            checked = check(path, project / "notebooks")
        except ParameterError:
            assert control.search(value) or "\ufeff" in value, value
            continue
        assert checked.parameters.title == value
        assert checked.parameters.report.names == {"champions": value, value: "Loyal"}
        path.write_text(resolved_yaml(checked), encoding="utf-8")
        assert check(path, project / "notebooks").parameters == checked.parameters


def test_naughty_texts_lead_to_no_run_and_no_file(tmp_path):
    project = Project(tmp_path, tmp_path / "reports")
    (tmp_path / "reports" / "shop").mkdir(parents=True)
    for value in NAUGHTY:
        with pytest.raises(ParameterError):
            find_runs(project, value)
        with pytest.raises(ParameterError):
            find_runs(project, f"shop/{value}")
        with pytest.raises((InputError, ValidationError)):
            declared = Data.model_validate({"transactions": {"source": value}})
            read(declared, as_of=None, root=tmp_path, cache=tmp_path / "cache")


def test_naughty_texts_are_no_names_of_reports(project):
    slug = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
    path = project / "params" / "x.yaml"
    for value in NAUGHTY:
        path.write_text(
            f"name: {quoted(value)}\nas_of: 2017-12-31\ndata: {{transactions: {{source: o.csv}}}}\n"
        )
        if not slug.fullmatch(value):
            with pytest.raises(ParameterError):
                check(path, project / "notebooks")


@pytest.mark.parametrize("place", ["header", "value"])
def test_a_nul_is_refused(tmp_path, place):
    content = HEADER.replace("amount", "am\0ount") if place == "header" else HEADER + "a\0,2024-01-01,1\n"
    with pytest.raises(InputError, match="holds a NUL character"):
        read_orders(tmp_path, content)
