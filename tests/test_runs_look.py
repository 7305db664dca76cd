"""What a report is drawn with beside its parameters: checked before anything runs, part of the run's id."""

import pytest
import yaml
from small_project import ONE_PARAMS, command, make_one
from test_brand import LOGO

from segnb.errors import ParameterError
from segnb.runs.plan import make_plan
from segnb.runs.project import Project

BRAND = "  brand: {name: Nordhaven, logo: logo.svg}\n"


def plan(folder):
    return make_plan(folder / "params" / "small.yaml", Project(folder, folder / "reports"))


@pytest.fixture
def folder(tmp_path):
    made = make_one(tmp_path / "project")
    (made / "params" / "small.yaml").write_text(ONE_PARAMS + BRAND)
    (made / "params" / "logo.svg").write_text(LOGO)
    return made


def test_another_logo_is_another_run_and_runs_no_notebook_again(folder):
    first = plan(folder)
    run, drawn_with = first.run, first.facts["drawn_with"]
    (folder / "params" / "logo.svg").write_text(LOGO.replace("60", "50"))
    second = plan(folder)
    assert second.run != run
    assert second.facts["drawn_with"] != drawn_with
    assert [each.stamp for each in first.stages] == [each.stamp for each in second.stages]


def test_without_fonts_logo_and_quarto_a_run_is_drawn_with_nothing_else(tmp_path):
    assert plan(make_one(tmp_path / "project")).facts["drawn_with"] == {}


def test_a_logo_that_is_not_there_is_refused_before_anything_runs(folder):
    (folder / "params" / "logo.svg").unlink()
    with pytest.raises(ParameterError, match=r"report\.brand\.logo: there is no file 'logo\.svg'"):
        _ = plan(folder).run


@pytest.mark.slow
def test_without_quarto_a_report_by_quarto_is_refused_before_anything_runs(tmp_path):
    folder = make_one(tmp_path / "project")
    (folder / "params" / "small.yaml").write_text(ONE_PARAMS + "  renderer: quarto\n")
    process = command("run", cwd=folder, env={"PATH": str(tmp_path)})
    out, told = process.communicate(timeout=120)
    assert process.returncode == 2, told
    assert "report.renderer: the program quarto is not on the PATH" in told
    assert "pip install 'segnb[quarto]'" in told
    assert out == ""
    assert not list((folder / "reports").glob("small/*"))


@pytest.mark.slow
def test_a_brand_reaches_the_published_report(folder):
    process = command("run", cwd=folder)
    _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    run = next(
        each for each in sorted((folder / "reports/small").iterdir()) if (each / "report.html").is_file()
    )
    assert 'aria-label="Nordhaven"' in (run / "report.html").read_text(encoding="utf-8")
    assert yaml.safe_load((run / "params.yaml").read_text())["report"]["brand"]["logo"] == "logo.svg"
