"""With `strict`, a run whose segments nobody should act on is not published."""

import pytest
from small_project import PARAMS, RUN, make, write_notebook

from segnb.cli import main
from segnb.runs import publish

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


@pytest.mark.slow
def test_strict_refuses_what_nobody_should_act_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    report = tmp_path / "project" / "reports" / "small"
    params = tmp_path / "project" / "params" / "small.yaml"
    for kind in ("none", "unstable", "too few rows"):
        write_notebook(tmp_path / "project" / "notebooks" / "04_cut.ipynb", cut(kind))
        params.write_text(PARAMS + "strict: true\n")
        assert main(["run", "--quiet"]) == 4
        assert f"the verdict on the segments is {kind!r}, so nothing was published" in capsys.readouterr().err
        assert publish.latest(report) is None
    params.write_text(PARAMS)
    assert main(["run", "--quiet"]) == 0
    write_notebook(tmp_path / "project" / "notebooks" / "04_cut.ipynb", cut("reproducible"))
    params.write_text(PARAMS + "strict: true\n")
    assert main(["run", "--quiet"]) == 0
    assert len(publish.published(report)) == 2


LEAKING = """\
from segnb.kpis import Kpis
from segnb.kpis.leakage import Leak
from segnb.kpis.measured import Definition
from segnb.segmentation import Windows
word = Definition("spend_again", "money", "Spend", "", "")
run.save("kpis", Kpis((word,), (), (), (), Windows(None, None), 10, leaks=(LEAKS)))
"""


@pytest.mark.slow
def test_strict_refuses_kpis_that_differ_by_construction(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    report = tmp_path / "project" / "reports" / "small"
    params = tmp_path / "project" / "params" / "small.yaml"

    def measured(leaks):
        return [*cut("reproducible"), ("markdown", "## KPIs"), ("code", LEAKING.replace("LEAKS", leaks))]

    params.write_text(PARAMS + "strict: true\n")
    write_notebook(
        tmp_path / "project" / "notebooks" / "04_cut.ipynb", measured('Leak("spend_again", "window"),')
    )
    assert main(["run", "--quiet"]) == 4
    assert "1 of 1 KPIs (spend_again) differ by construction" in capsys.readouterr().err
    assert publish.latest(report) is None
    write_notebook(tmp_path / "project" / "notebooks" / "04_cut.ipynb", measured(""))
    assert main(["run", "--quiet"]) == 0
