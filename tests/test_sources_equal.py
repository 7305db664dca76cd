"""The same data, kept in five ways, are the same cleaned tables and the same report."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml
from conftest import segnb
from five_sources import (
    declared,
    shop_tables,
    write_csv,
    write_excel,
    write_parquet,
    write_postgres,
    write_sqlite,
)
from postgres import PASSWORD

from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.tables.roles import Table
from segnb.tables.shop import AS_OF
from segnb.yaml_file import read as read_yaml

_FILES = {"csv": write_csv, "parquet": write_parquet, "excel": write_excel, "sqlite": write_sqlite}


def cleaned(data, folder):
    return read(Data.model_validate(data), as_of=AS_OF, root=folder, cache=folder / "cache")


def digests(tables):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables.folder.glob("*.parquet")
    }


@pytest.fixture(scope="module")
def shop():
    return shop_tables(one_in=4)


@pytest.fixture(scope="module")
def from_csv(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    return cleaned(declared(write_csv(folder, shop)), folder)


@pytest.mark.parametrize("form", ["parquet", "excel", "sqlite"])
def test_files_of_all_kinds_give_the_same_tables(form, shop, from_csv, tmp_path):
    tables = cleaned(declared(_FILES[form](tmp_path, shop)), tmp_path)
    assert digests(tables) == digests(from_csv)
    assert len(digests(tables)) == 9
    assert tables.intake.notes == from_csv.intake.notes


def test_a_server_gives_the_same_tables(shop, from_csv, tmp_path, server, monkeypatch):
    with server.database("equal") as con:
        write_postgres(con, shop)
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    tables = cleaned(
        declared(lambda name: {"source": server.url("equal"), "table": f"public.{name}"}), tmp_path
    )
    assert digests(tables) == digests(from_csv)
    assert tables.intake.notes == from_csv.intake.notes


@pytest.mark.slow
def test_a_run_is_the_same_wherever_the_tables_come_from(
    tmp_path, shop_project, shop_run, server, monkeypatch
):
    """Each table comes from another kind of source, and the report tells it in its provenance alone."""
    shop = shop_tables()
    with server.database("run") as con:
        write_postgres(con, {name: shop[name] for name in ("transactions", "feedback")})
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    project = tmp_path / "project"
    segnb("init", project, cwd=tmp_path)
    params = project / "params"
    excel, sqlite, parquet = (_FILES[form](params, shop) for form in ("excel", "sqlite", "parquet"))
    kept_in = {"customers": excel, "products": sqlite, "interactions": parquet, "campaigns": excel}

    def from_server(name):
        return {"source": server.url("run"), "table": name}

    told = read_yaml(shop_project / "params" / "shop.yaml").data
    told["data"] = declared(lambda name: kept_in.get(name, from_server)(name))
    (params / "shop.yaml").write_text(yaml.safe_dump(told, sort_keys=False))
    done = segnb("run", "params/shop.yaml", cwd=project)
    run = project / Path(done.stdout.splitlines()[0]).parent
    sample = shop_run
    tables = {path.name: path.read_bytes() for path in (run / "tables").iterdir()}
    before = {path.name: path.read_bytes() for path in (sample / "tables").iterdir()}
    assert {name for name in before if tables.get(name) != before[name]} == {"profile.json"}
    assert _without_sources(run) == _without_sources(sample)
    published = [path.read_bytes() for path in run.rglob("*") if path.is_file()]
    assert not any(PASSWORD.encode() in each for each in published)
    assert b"reader:env:SHOP_PASSWORD@" in (run / "params.yaml").read_bytes()


def _without_sources(run):
    """Return a report's text without the run's id, and what says where the tables came from."""
    text = re.sub(r"<[^>]*>", "\n", (run / "report.html").read_text().replace("<wbr>", ""))
    for table in read_yaml(run / "params.yaml").data["data"].values():
        if isinstance(table, dict):
            text = text.replace(Table.model_validate(table, extra="ignore").told_source, "SOURCE")
    text = re.sub(r"\b[0-9a-f]{16}\b", "DIGEST", text.replace(run.name, "RUN"))
    # The sample says of itself that it is made up: one note more.
    text = re.sub(r"\b\d+ notes on the data", "NOTES", text)
    return [line for line in text.splitlines() if line.strip() and "made up by a program" not in line]
