"""A project folder for tests of params files: two notebooks, a playbook and made-up bases."""

import json
from datetime import date
from typing import Literal

import pytest

from segnb.bases import Basis
from segnb.errors import ParameterError
from segnb.registry import Registry
from segnb.runs import basis, json_schema, parameters
from segnb.runs.parameters import check

MINIMAL = "name: autumn\nas_of: 2017-12-31\ndata:\n  transactions: {source: orders.csv}\n"
NAMED = "name: autumn\nas_of: 2017-12-31\nbasis: rfm\ndata: {transactions: {source: orders.csv}}\n"
RUN = 'run: str = "latest"  # run to read\n# further knobs\n'
CLUSTERING = (
    "n_segments: int | None = None  # number of segments; None chooses it [2..20]\n"
    'linkage: str = "ward"  # how distances are counted {ward, average}\n'
    "share: float = 0.5  # [..1.5]\n"
    "scale: bool = True\n"
    'colors: list[str] = ["#ff0000"]  # of the charts\n'
    "names: dict[str, str] = {}\n"
    "sizes: list[int] = [2, 3]  # [1..]\n"
    'label: str = "a"\n'
)


@pytest.fixture(autouse=True)
def made_up_bases(monkeypatch, tmp_path):
    """A made-up registry, so that a change of the shipped bases changes no message here."""
    registry = Registry("basis", Basis, "segnb.words")

    @registry.register("rfm")
    def rfm(
        tables, *, bins: int = 5, weights: list[float] | None = None, mode: Literal["map", "score"] = "map"
    ):
        """Recency, frequency, monetary."""

    @registry.register("field")
    def field(tables, *, column: str):
        """A column of the customers."""

    @registry.register("tastes", needs=("transactions", "products"))
    def tastes(tables):
        """What is bought."""

    for module in (basis, parameters, json_schema):
        monkeypatch.setattr(module, "bases", lambda: registry)
    monkeypatch.setattr(basis, "FOLDER", tmp_path / "no_bases")


@pytest.fixture(name="project")
def small_project(tmp_path):
    """A folder with two notebooks and a playbook; returns a writer of params files."""
    for folder in ("notebooks", "params"):
        (tmp_path / folder).mkdir()
    (tmp_path / "params" / "playbook.yaml").write_text("message: []\n")
    add_notebook(tmp_path, "03_clustering", CLUSTERING)
    add_notebook(tmp_path, "04_segment_personas", "n_claims: int = 5  # [1..9]\n")
    return tmp_path


def add_notebook(root, name, knobs):
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": RUN + knobs}
    (root / "notebooks" / f"{name}.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))


def checked(root, text, **options):
    path = root / "params" / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, root / "notebooks", **options)


def refusal(root, text):
    with pytest.raises(ParameterError) as caught:
        checked(root, text, today=date(2024, 3, 6))
    return str(caught.value).replace(f"{root.as_posix()}/", "")
