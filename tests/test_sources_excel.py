"""Excel workbooks: typed cells stay what they are, and what a workbook holds by half is refused."""

import datetime
import random
import sys
import zipfile

import pytest
from tables_csv import AS_OF, column
from workbooks import Raw, write_workbook

from segnb.errors import InputError
from segnb.tables.declare import Data
from segnb.tables.digest import resolve_all
from segnb.tables.read import read

HEADER = ("customer_id", "order_time", "amount")
DAY = datetime.date(2024, 1, 5)


def read_sheet(folder, rows, data=None, *, header=HEADER, sheets=None, book=None, **table):
    """Read orders from a sheet of these rows; `book` is for the workbook, `table` for the declaration."""
    write_workbook(folder / "orders.xlsx", sheets or {"Orders": [header, *rows]}, **(book or {}))
    declared = {"transactions": {"source": "orders.xlsx", **table}, **(data or {})}
    return read(Data.model_validate(declared), as_of=AS_OF, root=folder, cache=folder / "cache")


def refused(folder, rows, **options):
    with pytest.raises(InputError) as caught:
        read_sheet(folder, rows, **options)
    return str(caught.value)


def test_cells_keep_their_values(tmp_path):
    noon = datetime.datetime(2024, 2, 29, 12, 30, 15)
    rows = [
        ("b07", DAY, 12.3456, True, "Größe 5", 3),
        (123, noon, 1e12, False, "NA", 4.5),
        ("a17", datetime.datetime(2023, 12, 31), 0.1, True, None, 99),
    ]
    tables = read_sheet(
        tmp_path,
        [*rows, (None,) * 6],
        header=(*HEADER, "gift", "size", "score"),
        attributes=["gift", "size", "score"],
        missing=["99"],
        data={"timezone": "Europe/Berlin"},
    )
    frame = tables.transactions.execute().set_index("customer_id")
    assert sorted(frame.index) == ["123", "a17", "b07"]
    assert {key: str(value) for key, value in frame["amount"].items()} == {
        "b07": "12.3456",
        "123": "1000000000000.0000",
        "a17": "0.1000",
    }
    assert frame["order_time"]["123"] == noon
    assert frame["order_day"].astype(str).to_dict() == {
        "b07": "2024-01-05",
        "123": "2024-02-29",
        "a17": "2023-12-31",
    }
    assert frame["gift"].to_dict() == {"b07": True, "123": False, "a17": True}
    assert frame["size"].fillna("").to_dict() == {"b07": "Größe 5", "123": "NA", "a17": ""}
    assert frame["score"].fillna(-1).to_dict() == {"b07": 3.0, "123": 4.5, "a17": -1.0}


def test_days_are_days_in_both_of_excels_calendars(tmp_path):
    serial = Raw('s="1"><v>45296</v>')
    for since_1904, day in ((False, "2024-01-05"), (True, "2028-01-06")):
        folder = tmp_path / day
        folder.mkdir()
        write_workbook(folder / "o.xlsx", {"S": [HEADER, ("a", serial, 1)]}, since_1904=since_1904)
        data = Data.model_validate({"transactions": {"source": "o.xlsx"}})
        tables = read(data, as_of=datetime.date(2029, 1, 1), root=folder, cache=folder / "cache")
        assert [str(each)[:10] for each in column(tables, "order_day")] == [day]


def test_an_id_of_a_whole_number_is_its_digits(tmp_path):
    tables = read_sheet(tmp_path, [(999_999_999_999_999, DAY, 1), (12.0, DAY, 2)])
    assert sorted(column(tables, "customer_id")) == ["12", "999999999999999"]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([9007199254740993, 12], "ids as numbers of more than 15 digits, which Excel has changed (1 row)"),
        ([12.5, 12], "numbers that are no ids (1 row)"),
        ([12, "0012"], "ids as numbers beside texts such as 007: zeros may be lost (1 row)"),
    ],
)
def test_ids_that_excel_has_changed_are_refused(ids, said, tmp_path):
    message = refused(tmp_path, [(each, DAY, 1) for each in ids])
    assert message.startswith("orders.xlsx, sheet Orders: column 'customer_id' holds")
    assert said in message
    assert "Format the column as text" in message


def test_numbers_as_text_are_read_as_declared_beside_numbers(tmp_path):
    amounts = ["1.234,50", 1.234, 2]
    tables = read_sheet(
        tmp_path, [(str(n), DAY, each) for n, each in enumerate(amounts)], decimal=",", thousands="."
    )
    assert sorted(map(float, column(tables, "amount"))) == [1.234, 2.0, 1234.5]
    assert "holds what is no amount of money" in refused(tmp_path, [("a", DAY, "1,5"), ("b", DAY, 2)])


def test_cells_without_a_value_of_their_own_are_refused_all_at_once(tmp_path):
    rows = [
        ("a", DAY, Raw('t="e"><v>#N/A</v>'), None),
        ("b", Raw("><f>TODAY()</f>"), Raw('t="e"><f>1/0</f><v>#DIV/0!</v>'), Raw('t="e"><v>#REF!</v>')),
        ("c", DAY, Raw("><f>1+1</f><v>2</v>"), None),
        ("d", DAY, 1, None),
    ]
    message = refused(
        tmp_path,
        rows,
        header=(*HEADER, "note"),
        book={"merged": ["A4:A5", "Z90:Z91"]},
        data={"timezone": "UTC"},
    )
    assert message == (
        "3 faults:\n"
        "  - orders.xlsx, sheet Orders, cells A4:A5: merged cells. Unmerge them, so that each row has its "
        "own values\n"
        "  - orders.xlsx, sheet Orders, cells C2, C3: column 'amount' holds errors such as #N/A (2 rows). "
        "Correct them, or clear the cells where a value is missing\n"
        "  - orders.xlsx, sheet Orders, cell B3: column 'order_time' holds formulas whose results are not "
        "in the file (1 row). Open the workbook in Excel or LibreOffice, save it, and start again"
    )


def test_results_of_formulas_are_values_also_an_empty_text(tmp_path):
    formulas = [Raw("><f>1+1</f><v>2</v>"), Raw('t="str"><f>""</f><v></v>')]
    tables = read_sheet(
        tmp_path,
        [(str(n), DAY, 1, each) for n, each in enumerate(formulas)],
        header=(*HEADER, "size"),
        attributes={"size": "category"},
    )
    assert sorted(each for each in column(tables, "size") if isinstance(each, str)) == ["2"]


def test_a_sheet_is_named_where_more_than_one_is_visible(tmp_path):
    sheets = {"Orders": [HEADER, ("a", DAY, 1)], "Old": [HEADER, ("b", DAY, 2)]}
    assert refused(tmp_path, [], sheets=sheets).endswith(
        "orders.xlsx: 2 sheets are visible. Set data.transactions.sheet: to one of Orders, Old"
    )
    assert column(read_sheet(tmp_path, [], sheets=sheets, sheet="Old"), "customer_id") == ["b"]
    assert "there is no sheet 'Odl'. Did you mean 'Old'?" in refused(tmp_path, [], sheets=sheets, sheet="Odl")
    hidden = {"states": {"Orders": "hidden"}}
    assert column(read_sheet(tmp_path, [], sheets=sheets, book=hidden), "customer_id") == ["b"]
    assert column(read_sheet(tmp_path, [], sheets=sheets, book=hidden, sheet="Orders"), "customer_id") == [
        "a"
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [("customer_id", "order_time", "amount", "Amount "), ("a", DAY, 1, 2)],
            "columns 3 and 4 bear the same",
        ),
        ([(*HEADER, "amount"), ("a", DAY, 1, 2)], "columns 3 and 4 bear the same"),
        ([("a@b.example", "x", "y"), ("b", DAY, 2)], "looks like data, not like a header"),
        (
            [("Sales of 2024", "", ""), HEADER, ("b", DAY, 2)],
            "no declared column stands in the first used row",
        ),
        ([HEADER], "has a header but no rows"),
        ([], "is empty"),
        (
            [("customer_id", "order_time", "amuont"), ("a", DAY, 1)],
            "no column 'amount'. Did you mean 'amuont'?",
        ),
        ([HEADER, ("a", DAY, Raw('s="3"><v>0.5</v>'))], "column 'amount' holds values of type timedelta"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(rows, said, tmp_path):
    message = refused(tmp_path, [], sheets={"Orders": rows})
    assert said in message
    assert "orders.xlsx" in message
    assert "a@b.example" not in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty (0 bytes)"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1000), "is encrypted, or of Excel before 2007"),
        (b"PK\x03\x04" + bytes(1000), "cannot be read as a workbook"),
        (b"customer_id,order_time\n", "cannot be read as a workbook"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(content, said, tmp_path):
    (tmp_path / "orders.xlsx").write_bytes(content)
    data = Data.model_validate({"transactions": {"source": "orders.xlsx"}})
    with pytest.raises(InputError, match=r"data\.transactions\.source: orders\.xlsx: ") as caught:
        read(data, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")
    assert said in str(caught.value)


def test_a_workbook_cut_short_anywhere_is_refused_in_our_words(tmp_path):
    whole = write_workbook(tmp_path / "orders.xlsx", {"Orders": [HEADER, ("a", DAY, 1)]}).read_bytes()
    data = Data.model_validate({"transactions": {"source": "orders.xlsx"}})
    for end in range(0, len(whole), 97):
        (tmp_path / "orders.xlsx").write_bytes(whole[:end])
        with pytest.raises(InputError, match=r"orders\.xlsx"):
            read(data, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")


def test_a_workbook_broken_anywhere_is_read_or_refused_in_our_words(tmp_path):
    whole = tmp_path / "whole.xlsx"
    rows = [HEADER, ("a", DAY, Raw("><f>1+1</f><v>2</v>")), ("b", DAY, 3.5)]
    write_workbook(whole, {"Orders": rows}, merged=["E1:E2"])
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = Data.model_validate({"transactions": {"source": "orders.xlsx"}})
    dice, told = random.Random(5), set()
    for _ in range(60):
        broken = dict(parts)
        name = dice.choice(sorted(broken))
        start = dice.randrange(len(broken[name]))
        insert = dice.choice([b"", b"<", b'"', b"9", b"</c>", b"\xff", b"e"])
        broken[name] = broken[name][:start] + insert + broken[name][start + dice.randrange(4) :]
        with zipfile.ZipFile(tmp_path / "orders.xlsx", "w") as archive:
            for part, content in broken.items():
                archive.writestr(part, content)
        try:
            resolve_all(data, tmp_path, tmp_path / "cache")
            told.add("read")
        except InputError as error:
            told.add("refused")
            assert "orders.xlsx" in str(error)
    assert told == {"read", "refused"}


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert "Run pip install 'segnb[excel]'" in refused(tmp_path, [("a", DAY, 1)])


def test_an_unchanged_workbook_is_converted_once_and_old_extracts_go(tmp_path, monkeypatch):
    extracts = tmp_path / "cache" / "extracts"
    for amount in range(4):
        read_sheet(tmp_path, [("a", DAY, amount)])
    kept = {path.name for path in extracts.glob("*.parquet")}
    assert len(kept) == 2
    assert extracts.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in extracts.iterdir() if path.suffix != ".parquet"] == [".lock"]
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert column(read_sheet(tmp_path, [("a", DAY, 3)]), "customer_id") == ["a"]


def test_columns_that_are_not_declared_are_never_copied(tmp_path):
    read_sheet(tmp_path, [("a", DAY, 1, "anna@canary.example")], header=(*HEADER, "mail"))
    assert not any(
        b"canary" in path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()
    )
