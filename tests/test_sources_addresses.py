"""Databases' URLs in a params file: a password is never written out, and a refusal does not show it."""

import itertools
from urllib.parse import quote

import pytest
import small_project
from pydantic import ValidationError

from segnb.cli import main
from segnb.tables.addresses import is_database, known_source, parse
from segnb.tables.declare import Data

CANARY = "canary/7@:#x"


@pytest.mark.parametrize(
    "source",
    [
        "postgresql://reader:env:SHOP_PASSWORD@db.example.com:5432/shop?sslmode=require",
        "postgres://reader@[::1]/shop",
        "mysql://env:env:PASSWORD@localhost/shop",
        "env:SHOP_URL",
        "../data/shop.sqlite",
        "DATA/SHOP.DB",
    ],
)
def test_sources_that_are_databases(source):
    assert known_source(source) == source
    assert is_database(source)
    orders = Data.model_validate({"transactions": {"source": source, "table": "orders"}}).transactions
    assert orders.shown == f"{source}, table orders"
    with pytest.raises(ValidationError, match="table is missing"):
        Data.model_validate({"transactions": {"source": source}})


@pytest.mark.parametrize("source", ["orders.csv", "a#b.xlsx", "C:/data/orders.csv", "sample:shop/orders"])
def test_sources_that_are_none(source):
    assert known_source(source) == source
    assert not is_database(source)
    with pytest.raises(ValidationError, match="table is for databases"):
        Data.model_validate({"transactions": {"source": source, "table": "orders"}})


def _written_out():
    for scheme, secret in itertools.product(
        ("postgresql", "postgres", "mysql", "postgresql+psycopg", "HTTPS"),
        (CANARY, quote(CANARY, safe=""), "canary", "canary:env:X", "envcanary", "canary x", "env:canary-1"),
    ):
        yield f"{scheme}://reader:{secret}@db.example.com/shop"
    yield "postgresql://db.example.com/shop?password=canary"
    yield "postgresql://db.example.com/shop?user=a&sslpassword=canary"
    yield "postgresql://:canary@db.example.com/shop"
    yield "postgresql://reader:env:SHOP@canary@db.example.com/shop"
    yield "postgresql://reader:canary"
    yield "env:canary-1 x"


@pytest.mark.parametrize("source", list(_written_out()))
def test_a_password_that_is_written_out_is_refused_and_not_shown(source):
    with pytest.raises(ValidationError) as caught:
        Data.model_validate({"transactions": {"source": source, "table": "orders"}})
    told = str(caught.value.errors()[0]["ctx"]["error"])
    assert "canary" not in told
    assert "environment variable" in told


@pytest.mark.parametrize("value", ["{}", "[{}]", "{{a: {}}}", '"{}'])
def test_the_command_line_refuses_it_with_its_line_before_anything_is_read(value, tmp_path, capfd):
    small_project.make(tmp_path / "project")
    told = value.format("postgresql://reader:canary@db.example.com/shop")
    params = tmp_path / "project" / "params" / "small.yaml"
    params.write_text(small_project.PARAMS.replace("../data/orders.csv", told))
    for command in (["check"], ["run"], ["check", "--data"]):
        assert main([*command, str(params), "--project", str(tmp_path / "project")]) == 2
        shown = "".join(capfd.readouterr())
        assert "canary" not in shown
        assert "small.yaml" in shown
    files = (path for path in (tmp_path / "project").rglob("*") if path.is_file() and path != params)
    assert not any(b"canary" in path.read_bytes() for path in files)


def test_an_address_is_shown_without_its_password_and_options():
    address = parse("postgresql://reader:env:PW@db.example.com:5432/shop?sslmode=require")
    assert address.shown == "postgresql://reader@db.example.com:5432/shop"
    assert address.without_password == "postgresql://reader@db.example.com:5432/shop?sslmode=require"
    assert address.whole("a/b@c") == "postgresql://reader:a%2Fb%40c@db.example.com:5432/shop?sslmode=require"
