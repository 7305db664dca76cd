"""Who the customers are stays out of all that readers get: a whole run over data full of canaries.

The run is of files only, so it must also do without any network.
"""

import base64
import getpass
import io
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import traceback

import pyarrow.parquet as parquet
import pypdf
import pytest
import yaml
from conftest import QUICK, ROOT
from PIL import Image
from tables_csv import read_orders

from segnb.errors import InputError
from segnb.tables.roles import Transactions
from segnb.tables.shop_data import make_shop

PERSONAL, UNDECLARED, UNIQUE, ID = "personalzqx", "undeclaredzqx", "uniquezqx", "customerzqx"
ANY = re.compile("|".join((PERSONAL, UNDECLARED, UNIQUE, ID)), re.IGNORECASE)
EMBEDDED = re.compile(r"data:[\w/+-]+;base64,([A-Za-z0-9+/=\s]+)")
WITH_IDS = {"features.frame.parquet", "segmentation.labels.parquet", "segmentation.memberships.parquet"}
"""What exports and notebooks start from: the customers' ids, with measures and segments only."""
NO_NETWORK = ["unshare", "--net", "--", sys.executable, "-c"]
ALONE = (
    "import errno, os, socket, sys\n"
    "code = socket.socket().connect_ex(('192.0.2.1', 80))\n"
    "assert code == errno.ENETUNREACH, code\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'segnb', 'run'])"
)


def write_project(folder):
    """Write the made-up shop as CSV files in which every row holds canaries in every way there is."""
    subprocess.run(
        [sys.executable, "-m", "segnb", "init", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    (folder / "data").mkdir()
    (folder / "params" / "my_report.yaml").unlink()
    params = yaml.safe_load((ROOT / "params" / "shop.yaml").read_text(encoding="utf-8") + QUICK)
    tables = {name: each for name, each in make_shop(20240601).tables.items() if name in params["data"]}
    for name, frame in tables.items():
        marked = frame.copy()
        numbers = [f"{number:06d}" for number in range(len(marked))]
        if "customer_id" in marked:
            marked["customer_id"] = [f"{ID}-{each}" for each in marked["customer_id"]]
        marked["card"] = [f"{UNDECLARED}-{each}" for each in numbers]
        marked["e-mail of the household"] = [f"{UNDECLARED}.{each}@example.invalid" for each in numbers]
        if name == "customers":
            marked["first_name"] = [f"{PERSONAL.title()} {each}" for each in numbers]
            marked["last_name"] = [f"O'{PERSONAL.upper()}-{each}" for each in numbers]
            marked["email"] = [f"{PERSONAL}.{each}@example.invalid" for each in numbers]
            marked["phone"] = [f"+00 {PERSONAL} {each}" for each in numbers]
            marked["nickname"] = [f"{UNIQUE} {each}" for each in numbers]
        text = marked.to_csv(index=False, lineterminator="\n")
        if name == "transactions":
            row = marked.iloc[0].astype(str)
            text += ",".join(row.replace(row["amount"], UNDECLARED)) + "\n"
            text += f"{UNDECLARED},{PERSONAL}\n"
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    params |= {"name": "canaries", "title": "Customers"}
    data = params["data"]
    data["bad_rows"] = "quarantine"
    for name in tables:
        data[name]["source"] = f"../data/{name}.csv"
    data["customers"]["source"] = str(folder / "data" / "customers.csv")
    data["customers"]["attributes"]["nickname"] = "category"
    (folder / "params" / "canaries.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


def has_namespaces():
    return bool(shutil.which("unshare")) and not subprocess.run(["unshare", "--net", "true"]).returncode


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The project, and what the run of it wrote to the terminal."""
    folder = tmp_path_factory.mktemp("canaries") / "project"
    write_project(folder)
    command = [*NO_NETWORK, ALONE] if has_namespaces() else [sys.executable, "-m", "segnb", "run"]
    home = folder.parent / "home"
    home.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


@pytest.fixture(scope="module")
def run(made):
    return (made[0] / "reports" / "canaries" / "latest").resolve()


def texts(path):
    """Return all text of a file: decoded where it is packed, with what its metadata say."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        reader = pypdf.PdfReader(io.BytesIO(data))
        found = [page.extract_text() for page in reader.pages]
        found += [str(reader.metadata), reader.xmp_metadata.rdf_root.toxml() if reader.xmp_metadata else ""]
        return [*found, data.decode("latin-1")]
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        columns = [str(column.to_pylist()) for column in table.itercolumns()]
        return [*columns, str(table.schema.metadata), str(parquet.read_metadata(path))]
    text = data.decode("utf-8")
    packed = [*EMBEDDED.findall(text), *pictures(path, text)]
    return [text, *(unpacked(each) for each in packed)]


def pictures(path, text):
    if path.suffix != ".ipynb":
        return []
    outputs = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
    return ["".join(out["data"]["image/png"]) for out in outputs if "image/png" in out.get("data", {})]


def unpacked(encoded):
    data = base64.b64decode(encoded)
    if data.startswith(b"\x89PNG"):
        return str(Image.open(io.BytesIO(data)).info) + data.decode("latin-1")
    return data.decode("latin-1")


def readable(run):
    """Return every file of a published run, but those that hold ids for exports."""
    return [path for path in sorted(run.rglob("*")) if path.is_file() and path.name not in WITH_IDS]


@pytest.mark.slow
def test_no_customer_is_named_in_anything_that_is_published(made, run):
    kinds = {path.suffix for path in readable(run)}
    assert kinds == {".html", ".pdf", ".ipynb", ".json", ".yaml", ".log", ".parquet"}
    found = {path.name: ANY.findall(text) for path in readable(run) for text in texts(path)}
    assert {name: hits[:3] for name, hits in found.items() if hits} == {}
    assert ANY.findall(made[1]) == []


@pytest.mark.slow
def test_ids_stand_only_where_exports_and_notebooks_start_from(run):
    for name in WITH_IDS:
        table = parquet.read_table(run / "tables" / name)
        found = {column: set(ANY.findall(str(table[column].to_pylist()))) for column in table.column_names}
        assert found.pop("customer_id") == {ID}
        assert set().union(*found.values()) == set()


@pytest.mark.slow
def test_personal_columns_lie_apart_and_undeclared_ones_nowhere(made):
    cache = made[0] / "reports" / ".cache" / "tables"
    (entry,) = (path for path in cache.iterdir() if (path / "intake.json").is_file())
    assert stat.S_IMODE(entry.stat().st_mode) == 0o700
    found = {
        path.name: {each.lower() for text in texts(path) for each in ANY.findall(text)}
        for path in entry.iterdir()
    }
    # What was set aside is kept as it stood.
    assert {name for name, hits in found.items() if UNDECLARED in hits} == {"rejects.parquet"}
    assert {name for name, hits in found.items() if PERSONAL in hits} == {
        "personal.parquet",
        "rejects.parquet",
    }


@pytest.mark.slow
def test_no_place_no_user_and_no_machine_is_published(made, run):
    names = {getpass.getuser(), socket.gethostname()} - {"root", "vm", "localhost"}
    places = [str(made[0]), str(made[0].parent), sys.prefix, str(ROOT), "/tmp/", "papermill"]
    found = {
        (path.name, each)
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name != "params.yaml"  # which says what was declared, word for word
        for text in texts(path)
        for each in (*names, *places)
        if each in text
    }
    assert found == set()


@pytest.mark.slow
def test_a_list_of_reports_names_nobody_either(made):
    beside = [path for path in (made[0] / "reports").glob("*.*") if path.is_file()]
    assert [path.name for path in beside if ANY.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.slow
def test_a_run_of_files_needs_no_network(made):
    if not has_namespaces():
        pytest.skip("needs Linux, and the right to make a network namespace")
    assert "published" in made[1]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("/home/ann.lee/orders.csv", "orders.csv"),
        (r"C:\Users\ann.lee\orders.csv", "orders.csv"),
        ("file:/home/ann.lee/orders.csv", "orders.csv"),
        ("../data/orders.csv", "../data/orders.csv"),
        ("package:shop/orders.csv", "package:shop/orders.csv"),
    ],
)
def test_readers_are_not_told_whose_folder_the_data_lie_in(declared, told):
    assert Transactions(source=declared).told_source == told


HEADER = "customer_id,order_time,amount,email,card"
ROWS = [f"{ID}-{n},2024-03-{n:02},5.00,{PERSONAL}{n}@example.invalid,{UNDECLARED}{n}" for n in range(1, 10)]
TABLES = {
    "a time that is none": [HEADER, *ROWS, f"{ID}-1,{UNIQUE},1,{PERSONAL},{UNDECLARED}"],
    "an amount that is none": [HEADER, *ROWS, f"{ID}-1,2024-03-03,{UNIQUE},{PERSONAL},{UNDECLARED}"],
    "an amount without end": [HEADER, *ROWS, f"{ID}-1,2024-03-03,{'9' * 400},{PERSONAL},{UNDECLARED}"],
    "no id": [HEADER, *ROWS, f",2024-03-03,1,{PERSONAL},{UNDECLARED}"],
    "too few fields": [HEADER, *ROWS, f"{ID}-1,{UNIQUE}"],
    "too many fields": [HEADER, *ROWS, f"{ROWS[0]},{UNIQUE},{UNIQUE}"],
    "an open quote": [HEADER, *ROWS, f'"{ID}-1,2024-03-03,1,{PERSONAL},{UNDECLARED}', *ROWS],
    "no header": ROWS,
    "a name twice": [f"{HEADER},email", *(f"{row},{UNIQUE}" for row in ROWS)],
    "a column that is not there": [HEADER.replace("amount", f"{UNIQUE}@example.invalid"), *ROWS],
    "the wrong delimiter": [row.replace(",", ";") for row in (HEADER, *ROWS)],
    "a NUL": [HEADER, *ROWS, f"{ID}\0,2024-03-03,1,{PERSONAL},{UNDECLARED}"],
    "another encoding": [HEADER, *ROWS, f"{ID}-\udcff,2024-03-03,1,{PERSONAL},{UNDECLARED}"],
}


@pytest.mark.parametrize("bad_rows", ["refuse", "quarantine"])
@pytest.mark.parametrize("what", TABLES)
def test_no_message_tells_what_a_row_holds(tmp_path, what, bad_rows):
    """Neither the error nor those that it was raised from, which a traceback would show; nor a note."""
    content = "\n".join(TABLES[what]).encode("utf-8", "surrogateescape") + b"\n"
    try:
        tables = read_orders(tmp_path, content, {"bad_rows": bad_rows}, attributes=["email"])
    except InputError as error:
        told = "".join(traceback.format_exception(error))
        assert "orders.csv" in told
    else:
        assert bad_rows == "quarantine"
        intake = tables.intake
        told = str(intake.tables["transactions"].rejected) + str(intake.notes) + str(intake)
        assert intake.tables["transactions"].rows_rejected == 1
    assert ANY.findall(told) == []
