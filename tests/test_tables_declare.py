"""The ``data:`` block: strict, explained to editors, and refused where it contradicts itself."""

import jsonschema
import pytest
from pydantic import ValidationError

from segnb.tables.declare import Data
from segnb.tables.roles import TABLES

ORDERS = {"source": "orders.csv"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "data needs customers or transactions"),
        ({"products": {"source": "p.csv"}}, "data needs customers or transactions"),
        ({"transactions": {**ORDERS, "amont_": "total"}}, "amont_"),
        ({"transactions": {**ORDERS, "amount": 3}}, "string"),
        ({"transactions": {**ORDERS, "missing": [False]}}, "string"),
        ({"transactions": ORDERS, "timezone": "America/NewYork"}, "Did you mean 'America/New_York'"),
        (
            {"transactions": {**ORDERS, "stored_timezone": "UTC"}},
            "transactions.stored_timezone needs data.timezone",
        ),
        ({"transactions": {**ORDERS, "encoding": "utf-9"}}, "is no text encoding"),
        ({"transactions": {**ORDERS, "decimal": ",", "thousands": ","}}, "the same sign"),
        ({"transactions": {**ORDERS, "time_format": "DD/MM/YYYY"}}, "needs directives, as %d/%m/%Y"),
        ({"transactions": {**ORDERS, "attributes": ["amount"]}}, "'amount' bears a name that is taken"),
        ({"transactions": {**ORDERS, "discount": []}}, "at least 1 item"),
        (
            {"customers": {"source": "c.csv", "attributes": ["age"], "personal": ["age"]}},
            "'age' bears a name",
        ),
        ({"customers": {"source": "c.csv"}, "feedback": {"source": "f.csv"}}, "feedback needs nps or csat"),
        ({"transactions": ORDERS, "bad_rows": "ignore"}, "quarantine"),
    ],
)
def test_contradictions_are_refused(data, said):
    with pytest.raises(ValidationError, match=said):
        Data.model_validate(data)


def test_every_field_explains_itself_to_editors():
    schema = Data.model_json_schema()
    for name, table in {**schema["$defs"], "Data": schema}.items():
        assert table["additionalProperties"] is False
        for key, field in table["properties"].items():
            assert field.get("description", "").endswith("."), f"{name}.{key}"


def test_the_schema_takes_what_the_model_takes():
    good = {
        "timezone": "UTC",
        "transactions": {**ORDERS, "discount": ["a", "b"], "attributes": {"shop": "category"}},
    }
    jsonschema.validate(good, Data.model_json_schema())
    assert Data.model_validate(good).tables().keys() == {"transactions"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"transactions": {**ORDERS, "amont_": "x"}}, Data.model_json_schema())


def test_roles_become_canonical_columns():
    orders = Data.model_validate(
        {"transactions": {**ORDERS, "amount": "total", "discount": ["a", "b"]}}
    ).transactions
    wanted = [(each.column, each.source, each.role.kind) for each in orders.wanted()]
    assert wanted == [
        ("customer_id", "customer_id", "id"),
        ("order_time", "order_time", "time"),
        ("amount", "total", "money"),
        ("discount", "a", "money"),
        ("discount", "b", "money"),
    ]


def test_as_of_is_needed_only_where_a_time_is_declared():
    assert not Data.model_validate({"customers": {"source": "c.csv"}}).needs_as_of()
    assert Data.model_validate({"transactions": ORDERS}).needs_as_of()
    assert Data.model_validate(
        {"customers": {"source": "c.csv", "attributes": {"joined": "time"}}}
    ).needs_as_of()


def test_each_table_has_its_block():
    assert {each.name for each in TABLES} == {
        name
        for name, field in Data.model_fields.items()
        if "Field" not in name and name not in ("timezone", "missing")
    } - {"missing_id", "bad_rows", "alike_ids"}
