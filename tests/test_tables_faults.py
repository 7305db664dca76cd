"""What the tables refuse: each fault says what, where, how many rows and what to do, and shows no value."""

import gzip
import os

import pytest
from tables_csv import AS_OF, read_orders
from tables_csv import HEADER as HEADER_TEXT

from segnb.errors import InputError
from segnb.tables import read as reading
from segnb.tables.declare import Data
from segnb.tables.read import read

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
HEADER = HEADER_TEXT.encode()


def refusal(folder, content, data=None, **table):
    with pytest.raises(InputError) as caught:
        read_orders(folder, content, data, **table)
    assert {path.name for path in (folder / "cache").iterdir()} <= {".lock"}
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "orders.csv: is empty (0 bytes)"),
        (HEADER, "orders.csv: has a header but no rows"),
        (HEADER.strip(), "orders.csv: has a header but no rows"),
        (b"\n", "has no header in its first line"),
        (
            HEADER + b"a,2024-01-01,1\nb,2024-01-01,2,9\n",
            "line 3: the number of fields is not the header's 3",
        ),
        (HEADER + b"a,2024-01-01,1\nb,2024-01-01\n", "line 3: the number of fields is not the header's 3"),
        (
            HEADER + b'a,2024-01-01,1\nb,2024-01-01,"2\nc,2024-01-01,3\n',
            "line 3: a quote is broken",
        ),
        (HEADER + b'a,2024-01-01,"1"2\nb,2024-01-01,3\n', "line 2: the number of fields"),
        (b"amount,customer_id,order_time, Amount\n1,a,2024-01-01,2\n", "columns 1 and 4 bear the same name"),
        (b"customer_id;order_time;amount\na;2024-01-01;1\n", "Did you mean delimiter: ';'?"),
        (HEADER + b"a,2024-01-01,1\n\0,2024-01-01,2\n", "line 3: holds a NUL character"),
        (
            HEADER + b"a,2024-01-01,1\ncaf\xe9,2024-01-01,2\n",
            "line 3: byte 48 is no utf-8 text. Set encoding:",
        ),
        (
            "customer_id,order_time,amount\na,2024-01-01,1\n".encode("utf-16"),
            "begins like UTF-16 text. Set encoding",
        ),
        (HEADER + b"a,2024-01-01,1\r\nb,2024-01-01,2\n", "Lines end in both CRLF and LF"),
        (HEADER + b"a,2024-01-01,1\n ,2024-01-01,2\n", "row 2: column 'customer_id' has no id (1 row)"),
        (HEADER + b"a,2024-01-01,\n", "row 1: column 'amount' has no amount of money"),
        (
            HEADER + b'a,2024-01-01,"1.234,56"\n',
            "column 'amount' holds what is no amount of money, as '9.999,99'",
        ),
        (HEADER + b"a,2024-01-01,inf\n", "column 'amount' holds a number that is infinite or undefined"),
        (HEADER + b"a,2024-01-01,1e400\n", "column 'amount' holds a number that is out of range"),
        (HEADER + b"a,2024-01-01,nan\n", "column 'amount' holds a number that is infinite or undefined"),
        (HEADER + b"a,2024-01-01," + b"9" * 300 + b"\n", "holds a number that is out of range"),
        (HEADER + b"a,03/04/2024,1\n", "column 'order_time' holds what is no time, as '99/99/9999'"),
        (HEADER + b"a,2024-1-1,1\n", "no time, as '9999-9-9'"),
        (HEADER + b"a,2024-02-30,1\n", "declare time_format:, as '%d/%m/%Y'"),
        (HEADER + b"a,2024-01-01T10:00Z,1\n", "holds times with an offset (1 row). Set data.timezone:"),
        (HEADER + b"a,2025-01-01,1\n", "no row is left"),
    ],
)
def test_refusals_say_where_and_what_to_do(tmp_path, content, said):
    assert said in refusal(tmp_path, content)


def test_all_faults_come_in_one_list(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id,age\na,old\na,31\n")
    customers = {"source": "people.csv", "attributes": {"age": "number"}}
    message = refusal(tmp_path, HEADER + b"a,yesterday,1\n,2024-01-01,x\n", {"customers": customers})
    assert message.startswith("5 faults:")
    for part in ("'age'", "1 id with more than one row (2 rows)", "no id", "no time", "no amount of money"):
        assert part in message


def test_first_five_lines_of_many_are_named(tmp_path):
    message = refusal(tmp_path, HEADER + b"a,2024-01-01,1\n" + b"a,b\n" * 7)
    assert (
        "lines 3, 4, 5, 6, 7, ...: the number of fields is not the header's 3, or a quote is broken (7 rows)"
        in message
    )


def test_lines_are_counted_as_an_editor_does(tmp_path):
    message = refusal(
        tmp_path, b'customer_id,order_time,amount,note\na,2024-01-01,1,"two\nlines"\nb,2024-01-01\n'
    )
    assert "orders.csv, line 4" in message


def test_a_mistyped_column_gets_the_nearest_name(tmp_path):
    message = refusal(tmp_path, HEADER + b"a,2024-01-01,1\n", customer_id="custmer_id", amount="amont_")
    assert (
        "data.transactions.customer_id: there is no column 'custmer_id'. Did you mean 'customer_id'?"
        in message
    )
    assert "Did you mean 'amount'?" in message


def test_a_file_without_header_does_not_show_its_first_line(tmp_path):
    message = refusal(tmp_path, b"jo.doe@example.org,2024-01-01,12.50\n", customer_id="who")
    assert "looks like data" in message
    assert "jo.doe" not in message
    assert "12.50" not in message


def test_no_value_of_a_personal_column_is_shown(tmp_path):
    (tmp_path / "people.csv").write_text(
        "customer_id,email,amount\nJo-Secret,jo@secret.example,1\nJo-Secret,jo@secret.example,jo@secret.example\n"
    )
    customers = {"source": "people.csv", "personal": ["email"], "attributes": {"amount": "money"}}
    message = refusal(tmp_path, HEADER + b"Jo-Secret,2024-01-01,Jo-Secret\n", {"customers": customers})
    assert "secret" not in message.lower()


def test_a_missing_file_is_named_with_its_nearest(tmp_path):
    (tmp_path / "orders.csv").write_text("x\n")
    declared = Data.model_validate(
        {"transactions": {"source": "order.csv"}, "products": {"source": "gone/p.csv"}}
    )
    with pytest.raises(
        InputError, match=r"(?s)2 faults.*order.csv: there is no such file. Did you mean 'orders.csv'"
    ):
        read(declared, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("package:no_such_package/x.csv", "is not installed"),
        ("sample:complete_jurney/x", "Did you mean 'complete_journey'"),
        ("sample:shop/people", "has no table 'people'"),
        ("ftp:orders.csv", "There is no source 'ftp'"),
        ("orders.xyz", "there is no such file"),
    ],
)
def test_unknown_sources_are_refused(tmp_path, source, said):
    declared = Data.model_validate({"transactions": {"source": source}})
    with pytest.raises(InputError, match=said):
        read(declared, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")


def test_as_of_is_a_must_where_there_are_times(tmp_path):
    (tmp_path / "orders.csv").write_bytes(HEADER + b"a,2024-01-01,1\n")
    with pytest.raises(InputError, match="as_of is a must"):
        read(
            Data.model_validate({"transactions": {"source": "orders.csv"}}),
            as_of=None,
            root=tmp_path,
            cache=tmp_path,
        )


def test_mixed_offsets_are_refused(tmp_path):
    rows = HEADER + b"a,2024-01-01T10:00Z,1\nb,2024-01-01T10:00,2\n"
    message = refusal(tmp_path, rows, {"timezone": "Europe/Berlin"})
    assert "with and without an offset (1 row). Set data.transactions.stored_timezone" in message


def test_ids_that_were_stored_as_fractions_are_refused(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"customer_id": [1.0, 2.0], "order_time": ["2024-01-01"] * 2, "amount": [1.5, 2.5]})
    frame.to_parquet(tmp_path / "orders.parquet")
    declared = Data.model_validate({"transactions": {"source": "orders.parquet"}})
    with pytest.raises(InputError, match="'customer_id' is stored as DOUBLE, which is no id"):
        read(declared, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")


def test_a_cut_parquet_file_is_refused(tmp_path):
    (tmp_path / "orders.parquet").write_bytes(b"PAR1 and then nothing")
    declared = Data.model_validate({"transactions": {"source": "orders.parquet"}})
    with pytest.raises(InputError, match=r"^orders.parquet: cannot be read as Parquet"):
        read(declared, as_of=AS_OF, root=tmp_path, cache=tmp_path / "cache")


def test_a_source_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    stage = reading.stage

    def meanwhile(con, table, source, data, folder):
        staged = stage(con, table, source, data, folder)
        with source.files[0].open("ab") as file:
            file.write(b"b,2024-01-02,2\n")
        return staged

    monkeypatch.setattr(reading, "stage", meanwhile)
    assert "orders.csv: changed while it was read" in refusal(tmp_path, HEADER + b"a,2024-01-01,1\n")


def test_a_cache_that_cannot_be_written_is_an_error_of_writing(tmp_path):
    from segnb.errors import WriteError

    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(WriteError):
        read_orders(tmp_path, HEADER + b"a,2024-01-01,1\n")


def test_compressed_text_is_checked_like_plain(tmp_path):
    content = gzip.compress(HEADER + b"a,2024-01-01,1\nb,2024-01-01,\0\n", mtime=0)
    assert "line 3: holds a NUL character" in refusal(
        tmp_path, content, name="orders.csv.gz", source="orders.csv.gz"
    )


def test_nothing_personal_is_readable_by_others(tmp_path):
    tables = read_orders(tmp_path, HEADER + b"a,2024-01-01,1\n")
    if os.name == "posix":
        assert tables.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_numbered_as_they_stand_in_the_file(tmp_path, end):
    lines = [
        "customer_id,order_time,amount",
        "a,2024-01-01",
        'b,2024-01-01,"1"2',
        "c,2024-01-01,1",
        "d",
        "e,2024-01-01,x",
    ]
    message = refusal(tmp_path, end.join([*lines, ""]))
    assert "orders.csv, lines 2, 3, 5: the number of fields" in message
    assert "orders.csv, row 5: column 'amount'" in message


def test_a_time_format_that_is_none_is_refused(tmp_path):
    message = refusal(tmp_path, HEADER + b"a,01/02/2024,1\n", time_format="%d/%q/%Y")
    assert message == "data.transactions.time_format: time_format '%d/%q/%Y' is no strptime format"
