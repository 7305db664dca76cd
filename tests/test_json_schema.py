"""The JSON Schema for editors agrees with the check, and both with the signature of a basis."""

from datetime import date

import jsonschema
from params_project import MINIMAL, NAMED, checked, made_up_bases, refusal, small_project  # noqa: F401

from segnb import yaml_file
from segnb.bases import BASES
from segnb.runs import basis, json_schema
from segnb.runs.model import Parameters
from segnb.runs.resolved import resolved_yaml


def test_the_schema_for_editors_agrees_with_the_check(project):
    schema = json_schema.schema(project / "notebooks")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def valid(text):
        return validator.is_valid(yaml_file.scan(write(text)).data)

    def write(text):
        (project / "params" / "x.yaml").write_text(text)
        return project / "params" / "x.yaml"

    for good in (
        MINIMAL,
        MINIMAL + "clustering:\nreport:\n",
        MINIMAL.replace("2017-12-31", "end of last month"),
        MINIMAL
        + "clustering: {n_segments: null, linkage: average, share: 1, sizes: [1]}\nseed: 3\ncurrency: EUR\n",
        MINIMAL + "window: {form: [2017-01-01, 2017-06-30], measure: [2017-07-01, 2017-12-31]}\n",
        NAMED + "basis_options: {bins: 4}\n",
        resolved_yaml(checked(project, MINIMAL)),
    ):
        checked(project, good, today=date(2024, 3, 6))
        assert valid(good), good
    for bad in (
        "clustering: {n_segments: 1}",
        "clustering: {n_segments: three}",
        "clustering: {linkage: wrd}",
        "clustering: {n_segment: 3}",
        "clustering: {share: 2}",
        "clustering: {sizes: [0]}",
        "clustering: {scale: yes}",
        "clustering: {run: latest}",
        "clustring: {}",
        "seed: -1",
        "seed: 1.5",
        "min_cell: 2",
        "currency: euro",
        "basis: rmf",
        "report: {formats: [docx]}",
        "title: 3",
        "window: {form: [2017-01-01], measure: [2017-07-01, 2017-12-31]}",
        "window: {form: [1.1.2017, 2017-06-30], measure: [2017-07-01, 2017-12-31]}",
        "locale: english",
    ):
        refusal(project, f"{MINIMAL}{bad}\n")
        assert not valid(f"{MINIMAL}{bad}\n"), bad
    for name in ("../x", ".x", "a b"):
        assert not valid(MINIMAL.replace("autumn", name)), name


def test_the_schema_tells_editors_what_a_key_is_for(project):
    properties = json_schema.schema(project / "notebooks")["properties"]
    knob = properties["clustering"]["anyOf"][0]["properties"]["n_segments"]
    assert knob["description"] == "number of segments; None chooses it"
    assert {"type": "integer", "minimum": 2, "maximum": 20} in knob["anyOf"]
    assert properties["clustering"]["anyOf"][0]["properties"]["linkage"]["enum"] == ["ward", "average"]
    assert properties["clustering"]["anyOf"][0]["properties"]["linkage"]["default"] == "ward"
    assert properties["basis"]["enum"] == ["auto", "field", "rfm", "tastes"]
    assert [name for name, field in Parameters.model_fields.items() if not field.description] == []


def test_a_basis_as_written_is_the_basis_as_imported(monkeypatch):
    monkeypatch.undo()
    for name in BASES:
        written, registered = basis.facts_written(name), basis.facts_registered(name)
        if written is None:  # an option of several levels; its check imports the function
            nested = ("dict[", "list[list[")
            kinds = [str(each.annotation) for each in BASES[name].options.values()]
            assert any(each in kind for each in nested for kind in kinds), name
            continue
        assert written.needs == registered.needs
        assert written.options.model_json_schema() == registered.options.model_json_schema()


def test_options_are_read_from_the_file_of_a_basis(monkeypatch, tmp_path):
    monkeypatch.setattr(basis, "FOLDER", tmp_path)
    plain = """
@basis("deciles", needs=("transactions",))
def deciles(tables, *, n: int = 10, by: list[str] | None = None): ...
"""
    (tmp_path / "deciles.py").write_text(plain)
    facts = basis.facts_written("deciles")
    assert facts.needs == ("transactions",)
    assert facts.options.model_validate_json('{"by": ["a"]}').model_dump() == {"n": 10, "by": ["a"]}
    assert basis.facts_written("decile") is None
    for unusual in ("n: Literal[1] = 1", "n: int = TEN", "n=3"):
        (tmp_path / "deciles.py").write_text(plain.replace("n: int = 10", unusual))
        assert basis.facts_written("deciles") is None, unusual
