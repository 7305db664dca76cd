"""The shipped notebooks keep their anatomy: thin, readable, without outputs."""

import ast
import itertools
from pathlib import Path

import jsonschema
import nbformat
import pytest
import yaml

from segnb.bases import BASES
from segnb.runs.json_schema import schema
from segnb.yaml_file import scan

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SHIPPED = sorted(path for path in (ROOT / "params").glob("*.yaml") if not path.stem.startswith("playbook"))
NAMES = [
    "01_data_profiling",
    "02_variable_selection",
    "03_clustering",
    "04_segment_personas",
    "05_kpi_measurement",
]
TAGS = {"parameters", "answer", "changes", "segment", "chapter", "trust", "appendix", "analyst"}
FORBIDDEN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.Try,
    ast.Lambda,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.GeneratorExp,
)


def test_there_are_five():
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_valid_and_holds_no_output(notebook):
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))


def test_cells_are_few_and_short(notebook):
    assert len(code(notebook)) <= 12
    assert max(len(cell.source.splitlines()) for cell in code(notebook)) <= 10


def test_every_code_cell_follows_prose(notebook):
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert all(before == "markdown" for before, kind in itertools.pairwise(kinds) if kind == "code")


def test_there_is_no_logic_and_nothing_else_is_imported(notebook):
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, FORBIDDEN), cell.source
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"segnb", "pandas"}
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] in {"segnb", "pandas"}


def test_one_parameters_cell_with_literals_only(notebook):
    tagged = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    statements = ast.parse(tagged[0].source).body
    assert statements[0].target.id == "run"
    for statement in statements:
        assert isinstance(statement, ast.AnnAssign)
        ast.literal_eval(statement.value)
    assert all(" # " in line for line in tagged[0].source.splitlines())


def test_tags_are_known_and_prose_stays_out_of_the_report(notebook):
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        assert tags <= TAGS
        assert cell.cell_type == "code" or not tags


def test_it_says_what_it_does_not_say_and_hands_over(notebook):
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "What this does not say" in prose
    assert any("run.save(" in cell.source for cell in code(notebook))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_the_schema_takes_every_shipped_yaml(path):
    text = path.read_text()
    # Plain YAML would make dates of as_of and window; segnb and editors read them as text.
    data = yaml.load(text, Loader=yaml.BaseLoader)
    loaded = scan(path).data
    assert set(data) == set(loaded)
    jsonschema.validate(loaded, schema(ROOT / "notebooks"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**loaded, "variable_selection": {"min_order": 4}}, schema(ROOT / "notebooks"))


def test_each_basis_has_a_params_file():
    assert set(BASES) <= {scan(path).data.get("basis") for path in SHIPPED}
