"""A notebook's parameters cell as the schema of its knobs."""

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell

from segnb.errors import ParameterError
from segnb.runs.knobs import list_knobs, read_knobs, scan_knobs

RUN = 'run: str = "latest"  # run to read\n'


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook whose parameters cell holds these lines; return the folder."""

    def write(lines, name="06_churn.ipynb", run=RUN, **metadata):
        cell = {"cell_type": "code", "metadata": metadata or {"tags": ["parameters"]}, "source": run + lines}
        other = {"cell_type": "code", "metadata": {}, "source": ["n: int = 1\n"]}
        prose = {"cell_type": "markdown", "metadata": {"tags": ["parameters"]}, "source": ["# Churn"]}
        (tmp_path / name).write_text(
            json.dumps({"cells": [prose, other, cell], "nbformat": 4}), encoding="utf-8"
        )
        return tmp_path

    return write


def declared(folder):
    (only,) = read_knobs(folder)
    return only.knobs


def refusal(folder):
    with pytest.raises(ParameterError) as caught:
        read_knobs(folder)
    return str(caught.value).replace(f"{folder.as_posix()}/", "")


@pytest.mark.parametrize(
    ("line", "kind", "default", "text", "low", "high", "choices"),
    [
        ("n: int | None = None  # how many [2..20]", "int | None", None, "how many", 2, 20, ()),
        ("n: None | int = 3", "int | None", 3, "", None, None, ()),
        ("n: float = 1  # a share [..1.5]", "float", 1.0, "a share", None, 1.5, ()),
        ("n: float = 1e-3  # [1e-4..]", "float", 0.001, "", 1e-4, None, ()),
        ("n: int = -5  # cold [-10..-1] degrees", "int", -5, "cold degrees", -10, -1, ()),
        ("n: bool = True  # yes or no", "bool", True, "yes or no", None, None, ()),
        (
            'n: str = "ward"  # linkage {ward, average}',
            "str",
            "ward",
            "linkage",
            None,
            None,
            ("ward", "average"),
        ),
        ('n: str = "#ff0000"  # colour', "str", "#ff0000", "colour", None, None, ()),
        ('n: str = "#ff0000"', "str", "#ff0000", "", None, None, ()),
        ("n: int = 4  # {2, 4}", "int", 4, "", None, None, (2, 4)),
        ('n: list[str] = ["a"]  # some {a, b}', "list[str]", ["a"], "some", None, None, ("a", "b")),
        ("n: list[int] = [2,\n  3]  # sizes [1..]", "list[int]", [2, 3], "sizes", 1, None, ()),
        ("n: list[float] = [  # cuts\n  0.5, 1,\n]", "list[float]", [0.5, 1.0], "cuts", None, None, ()),
        ('n: dict[str,str] = {"a": "b"}', "dict[str, str]", {"a": "b"}, "", None, None, ()),
        ("n: list[str] | None = None  # names", "list[str] | None", None, "names", None, None, ()),
    ],
)
def test_a_declaration(notebook, line, kind, default, text, low, high, choices):
    (knob,) = declared(notebook(line))
    assert (knob.name, knob.notebook, knob.cell_line) == ("n", "06_churn.ipynb", 2)
    assert (knob.type, knob.default, knob.help) == (kind, default, text)
    assert type(knob.default) is type(default)
    assert (knob.low, knob.high, knob.choices) == (low, high, choices)


def test_run_comes_first_and_is_no_knob(notebook):
    assert [knob.name for knob in declared(notebook("# a comment alone\nn: int = 3\n"))] == ["n"]
    assert declared(notebook("# none of its own")) == ()
    for lines in ("", "n: int = 3\n" + RUN, "run: int = 3", 'run: str = "mine"'):
        assert 'the first knob is not run. Write as first line: run: str = "latest"' in refusal(
            notebook(lines, run="")
        )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("n = 3", "'n' has no type. Write it as in n: int = 3"),
        ("n: int", "'n' has no default"),
        ("n: int = 2 * base", "the default of 'n' is computed, 2 * base. Write it as a literal"),
        ("n: float = float('inf')", "the default of 'n' is computed"),
        ("n: float = 1e999", "the default of 'n': must be a finite number"),
        ("n: int = True", "the default of 'n': expected a whole number, got true"),
        ("n: int = 3.0", "the default of 'n': expected a whole number, got the number 3.0"),
        ("n: str = 3", "the default of 'n': expected text, got the whole number 3. Quote it: '3'"),
        (
            "n: int = None",
            "the default of 'n': expected a whole number, got nothing. Write n: int | None = None",
        ),
        ("n: int = 30  # [2..20]", "the default of 'n': must be 20 or less, got the whole number 30"),
        ("n: list[int] = [5, 1]  # [2..20]", "the default of 'n': must be 2 or more, got the whole number 1"),
        (
            "n: str = 'a'  # {b, c}",
            "the default of 'n': expected a choice, got the text 'a'. Choose one of: b, c",
        ),
        ("n: dict[str, str] = {1: 'a'}", "the default of 'n' is no number, text, list or mapping of texts"),
        ("n: list[int] = (1, 2)", "the default of 'n' is no number, text, list or mapping of texts"),
        ("n: list[int] = {1, 2}", "the default of 'n' is no number, text, list or mapping of texts"),
        (
            "n: Optional[int] = None",
            "'n' has the type Optional[int]. Did you mean 'list[int]'? Choose one of: int, fl",
        ),
        ("n: int | str = 3", "'n' has the type int | str"),
        ("n: list = []", "'n' has the type list"),
        ("n: int = 3  # [a..b]", "'n' has the range [a..b]. Write it as in [2..20], [1..] or [..0.5]"),
        ("n: int = 3  # [..]", "'n' has the range [..]"),
        ("n: int = 3  # [5..2]", "'n' has the empty range [5..2]"),
        ("n: int = 3  # [1.5..3]", "'n' is a whole number, but has the range [1.5..3]"),
        ("n: str = 'a'  # [1..2]", "'n' is no number, but has the range [1..2]"),
        ("n: int = 3  # [1..5] {3}", "'n' has 2 limits, [1..5] and {3}"),
        ("n: bool = True  # {a}", "'n' is neither text nor whole number, but has the choices {a}"),
        ("n: str = 'a'  # {a, a}", "'n' has the choices {a, a}, one of them empty or twice"),
        ("n: str = 'a'  # {a,}", "one of them empty or twice"),
        ("n: int = 3  # {3, x}", "'n' is a whole number, but has the choices {3, x}"),
        ("import os", "only declarations may stand here. Move the line to another cell"),
        ("print(run)", "only declarations may stand here"),
        ("run.x: int = 3", "only declarations may stand here"),
        ("%matplotlib inline", "is not Python"),
        ("n: int = (", "is not Python"),
        ("n: int = " + "9" * 5000, "is not Python"),
        ("n: int = 0x" + "f" * 5000, "the default of 'n' is no number"),
        ("n: int = " + "-" * 700 + "1", "is nested too deeply. Write a short literal"),
        (RUN, "'run' is declared twice, first on line 1"),
    ],
)
def test_a_declaration_that_cannot_be_used(notebook, line, said):
    message = refusal(notebook(line))
    assert message.startswith("06_churn.ipynb, parameters cell, line 2: "), message
    assert said in message


def test_all_bad_lines_of_all_notebooks_come_at_once(notebook):
    notebook("n = 3\nm: int = 3\nk: tuple = ()\n")
    message = refusal(notebook("n: int\n", "05_kpi_measurement.ipynb"))
    assert message.startswith("3 faults:")
    places = [
        "05_kpi_measurement.ipynb, parameters cell, line 2",
        *(f"06_churn.ipynb, parameters cell, line {n}" for n in (2, 4)),
    ]
    assert [message.index(place) for place in places] == sorted(message.index(place) for place in places)


def test_a_notebook_needs_one_parameters_cell(notebook, tmp_path):
    assert "06_churn.ipynb: has no cell with the tag parameters" in refusal(notebook("", tags=["other"]))
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": [RUN]}
    (tmp_path / "06_churn.ipynb").write_text(json.dumps({"cells": [cell, cell]}))
    assert "06_churn.ipynb: has 2 cells with the tag parameters" in refusal(tmp_path)


@pytest.mark.parametrize("value", ["-" * 100_000 + "1", "1+" * 20_000 + "1", "[" * 5000])
def test_a_cell_that_exhausts_the_parser_is_refused(notebook, value):
    message = refusal(notebook(f"n: int = {value}"))
    assert message.startswith("06_churn.ipynb, parameters cell, line ")
    assert "nested" in message


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"worksheets": []}', b'{"cells": [3]}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_notebook_is_refused(tmp_path, content):
    (tmp_path / "06_churn.ipynb").write_bytes(content)
    assert (
        refusal(tmp_path) == "06_churn.ipynb: is not a notebook of format 4. Open and save it in JupyterLab"
    )


def test_the_names_of_notebooks(notebook, tmp_path):
    with pytest.raises(ParameterError, match="there are no notebooks"):
        read_knobs(tmp_path)
    notebook("", "scratch.ipynb")
    notebook("n: int = 3", "04_segment_personas.ipynb")
    folder = notebook("n: int = 3", "10_later.ipynb")
    assert [(each.notebook, each.block) for each in read_knobs(folder)] == [
        ("04_segment_personas", "segment_personas"),
        ("10_later", "later"),
    ]
    assert "06_who-left.ipynb: is not a notebook's name" in refusal(notebook("", "06_who-left.ipynb"))


def test_scan_keeps_what_could_be_read(notebook):
    (each,) = scan_knobs(notebook("n = 3\nm: int = 3\n"))
    assert [knob.name for knob in each.knobs] == ["m"]
    assert len(each.faults) == 1


def test_rows_for_the_command_line(notebook):
    rows = list_knobs(
        notebook("n: int | None = None  # how many [2..]\nway: str = 'ü'  # how {ü, a}\non: bool = False\n")
    )
    assert rows == [
        {
            "parameter": "churn.n",
            "type": "int | None",
            "default": "null",
            "allowed": "2..",
            "help": "how many",
        },
        {"parameter": "churn.way", "type": "str", "default": '"ü"', "allowed": "ü, a", "help": "how"},
        {"parameter": "churn.on", "type": "bool", "default": "false", "allowed": "", "help": ""},
    ]


def test_run_alone_in_its_cell_is_refused_for_jupyterlab_takes_it_for_a_command(notebook):
    shell = InteractiveShell()
    assert not shell.run_cell(RUN, silent=True).success
    assert shell.run_cell(f"# knobs\n{RUN}", silent=True).success
    told = refusal(notebook("\n"))
    assert told.startswith("06_churn.ipynb, parameters cell, line 1: run stands alone in its cell")
    assert told.endswith("Write a comment line above it")
    assert declared(notebook(RUN, run="# knobs\n")) == ()


def test_names_that_pydantic_uses_itself_are_free(notebook):
    knobs = read_knobs(notebook("copy: int = 1\njson: int = 2\nmodel_config: int = 3\nknob_0: int = 4\n"))
    values = knobs[0].model().model_validate_json('{"json": 5}').model_dump(by_alias=True)
    assert values == {"copy": 1, "json": 5, "model_config": 3, "knob_0": 4}
