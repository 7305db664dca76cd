"""With `strict`, a run whose segments nobody should act on is not published."""

import pytest
from small_project import ONE_PARAMS, RUN, make_one, write_notebook

from segnb.cli import main
from segnb.runs import publish

pytestmark = pytest.mark.slow

CUT = """\
import pandas as pd
from segnb.segmentation import Passport, Segmentation, Structure
ids = pd.Index(["001", "002"], name="customer_id")
labels = pd.Series(["s1", "s1"], index=ids, name="segment")
passports = {"s1": Passport(2, "D")}
verdict = Structure("KIND")
found = Segmentation(labels, ("s1",), "rfm", "kmeans", 0, ("amount",), passports, verdict, {})
run.save("segmentation", found)
"""


def cut(kind):
    return [
        ("markdown", "# Cut"),
        ("parameters", f"# run to read\n{RUN}"),
        ("markdown", "## Cut"),
        ("code", "import segnb as sb\nrun = sb.open_run(run)"),
        ("code", CUT.replace("KIND", kind)),
    ]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one notebook, and the working folder in it; a run of it is strict."""
    folder = make_one(tmp_path / "project")
    strictly(folder)
    monkeypatch.chdir(folder)
    return folder


def strictly(project, strict="true"):
    (project / "params" / "small.yaml").write_text(f"{ONE_PARAMS}strict: {strict}\n")


def run(project, cells, code):
    """Run these cells, and check the exit code."""
    write_notebook(project / "notebooks" / "01_one.ipynb", cells)
    assert main(["run", "--quiet"]) == code


def test_strict_refuses_what_nobody_should_act_on(project, capsys):
    report = project / "reports" / "small"
    for kind in ("none", "unstable", "too few rows"):
        run(project, cut(kind), 4)
        assert f"the verdict on the segments is {kind!r}, so nothing was published" in capsys.readouterr().err
        assert publish.latest(report) is None
    strictly(project, "false")
    run(project, cut("too few rows"), 0)
    strictly(project)
    run(project, cut("reproducible"), 0)
    assert len(publish.published(report)) == 2


LEAKING = """\
from segnb.kpis import Kpis
from segnb.kpis.leakage import Leak
from segnb.kpis.measured import Definition
from segnb.segmentation import Windows
word = Definition("spend_again", "money", "Spend", "", "")
run.save("kpis", Kpis((word,), (), (), (), Windows(None, None), 10, leaks=(LEAKS)))
"""


def test_strict_refuses_kpis_that_differ_by_construction(project, capsys):
    def measured(leaks):
        return [*cut("reproducible"), ("markdown", "## KPIs"), ("code", LEAKING.replace("LEAKS", leaks))]

    run(project, measured('Leak("spend_again", "window"),'), 4)
    assert "1 of 1 KPIs (spend_again) differ by construction" in capsys.readouterr().err
    assert publish.latest(project / "reports" / "small") is None
    run(project, measured(""), 0)
