"""`segnb check --data`: what came in, what was set aside, and too few customers, before any notebook runs."""

import csv
import json
import os
import stat

import pytest
from small_project import ORDERS, PARAMS, make, write_notebook

from segnb.cli import main
from segnb.runs import workshop

# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
SEGMENTS = (
    "parameters",
    'run: str = "latest"  # run to read\nn_segments: int | None = None  # how many [2..12]',
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def spoil(project, rows, **data):
    with (project / "data" / "orders.csv").open("a") as file:
        file.write(rows)
    lines = "".join(f"  {key}: {value}\n" for key, value in data.items())
    (project / "params" / "small.yaml").write_text(PARAMS + lines)


def rejects(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_came_in_is_told_table_by_table(project, capsys):
    spoil(project, "004,soon,1\n005,2024-05-01,1,9\n006,2025-01-01,1\n", bad_rows="quarantine")
    assert main(["check", "--data"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "params/small.yaml: no fault",
        "  transactions (../data/orders.csv): 7 rows in, 4 used",
        "    left out: 1 row has another number of fields than the header, or a broken quote",
        "    left out: 1 row has a value in order_time that cannot be read",
        "    left out: 1 row is dated after the as-of day",
    ]
    assert not (project / "reports" / "small").exists()


def test_without_data_no_table_is_read(project, capsys):
    (project / "data" / "orders.csv").unlink()
    assert main(["check"]) == 0
    assert main(["check", "--data"]) == 3
    assert "there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(("policy", "code"), [("quarantine", 0), ("refuse", 3)])
def test_rows_set_aside_can_be_had_whatever_the_policy(project, policy, code):
    spoil(project, '004,soon,1\n=cmd(),"1"2\n"0""0;5",2024-05-01,\n', bad_rows=policy)
    (project / "r.csv").write_text("of before")
    (project / "r.csv").chmod(0o644)
    assert main(["check", "--data", "--rejects", "r.csv"]) == code
    found = rejects(project / "r.csv")
    assert [
        (each["report"], each["table"], each["row"], each["reason"], each["column"]) for each in found
    ] == [
        ("small", "transactions", "5", "unreadable", "order_time"),
        ("small", "transactions", "6", "fields", ""),
        ("small", "transactions", "7", "missing", "amount"),
    ]
    held = [json.loads(each["record"]) for each in found]
    assert held == [
        {"customer_id": "004", "order_time": "soon", "amount": "1"},
        '=cmd(),"1"2',
        {"customer_id": '0"0;5', "order_time": "2024-05-01", "amount": ""},
    ]
    if os.name == "posix":
        assert stat.S_IMODE((project / "r.csv").stat().st_mode) == 0o600


def test_no_field_of_rejects_is_a_formula(project):
    (project / "data" / "orders.csv").write_text(
        'customer_id,order_time,"=1+1"\n001,2024-01-05,x\n2,2024-01-05,2\n-1,2024-01-05\n+2\n'
    )
    (project / "params" / "small.yaml").write_text(PARAMS + "    amount: =1+1\n")
    assert main(["check", "--data", "--rejects", "r.csv"]) == 3
    fields = [field for row in rejects(project / "r.csv") for field in row.values()]
    assert "'=1+1" in fields
    assert not [each for each in fields if each.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_message_of_a_refusal_shows_no_row(project, capsys):
    spoil(project, "jo.doe@example.org,soon,1\n")
    assert main(["check", "--data", "--rejects", "r.csv"]) == 3
    told = capsys.readouterr()
    assert "jo.doe" not in told.out + told.err
    assert "jo.doe" in (project / "r.csv").read_text()


def test_a_file_for_rejects_that_cannot_be_written_is_told(project, capsys):
    assert main(["check", "--data", "--rejects", "nowhere/r.csv"]) == 7
    assert "nowhere/r.csv cannot be written: No such file or directory" in capsys.readouterr().err
    assert main(["check", "--rejects", "r.csv"]) == 2
    assert "--rejects needs --data" in capsys.readouterr().err


def test_the_help_says_whose_data_rejects_are(capsys):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    assert "data of customers" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("customers", "knob", "said"),
    [
        (2, "n_segments: 3", "2 customers, 3 segments asked. Ask for fewer, or take in more customers"),
        (1, "n_segments: 2", "1 customer, 2 segments asked"),
        (3, "", "3 customers, and no figure may rest on fewer than min_cell = 10. Take in more customers"),
        (11, "n_segments: 12", "11 customers, 12 segments asked"),
        (12, "n_segments: 12", None),
        (10, "", None),
    ],
)
def test_too_few_customers_are_refused_before_any_notebook(
    project, capsys, monkeypatch, customers, knob, said
):
    write_notebook(project / "notebooks" / "04_segments.ipynb", [("markdown", "# Segments"), SEGMENTS])
    rows = "".join(f"c{number},2024-01-05,1\n" for number in range(customers))
    (project / "data" / "orders.csv").write_text(ORDERS.splitlines(keepends=True)[0] + rows)
    (project / "params" / "small.yaml").write_text(PARAMS + (f"segments:\n  {knob}\n" if knob else ""))
    assert main(["check", "--data"]) == (3 if said else 0)
    assert (said or "") in capsys.readouterr().err
    if said:
        monkeypatch.setattr(workshop, "Workshop", lambda *_: pytest.fail("a kernel was started"))
        assert main(["run"]) == 3
        assert said in capsys.readouterr().err
        assert not list((project / "reports" / "small").glob("[!.]*"))


def test_a_project_that_forms_no_segments_may_have_few_customers(project):
    assert main(["check", "--data"]) == 0
