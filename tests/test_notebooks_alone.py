"""Each shipped notebook runs alone under plain Papermill, and touches no published run."""

import os
import subprocess
import sys

import pytest
from conftest import segnb
from test_notebooks import NAMES

from segnb.runs import manifest

pytestmark = pytest.mark.slow

MADE = {
    "01_data_profiling": "profile.json",
    "02_variable_selection": "selection.json",
    "03_clustering": "segmentation.json",
    "04_segment_personas": "personas.json",
    "05_kpi_measurement": "playbook.json",
}


def papermill(project, name, out, **parameters):
    given = [part for key, value in parameters.items() for part in ("-p", key, str(value))]
    command = [sys.executable, "-m", "papermill", "--kernel", "python3", "--cwd", str(project), *given]
    environment = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return subprocess.run(
        [*command, str(project / "notebooks" / f"{name}.ipynb"), str(out)],
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_the_published_run_and_writes_to_the_draft(name, shop_project, shop_run, tmp_path):
    draft = shop_project / "reports" / "shop" / "draft"
    (draft / "tables" / MADE[name]).unlink(missing_ok=True)
    done = papermill(shop_project, name, tmp_path / "out.ipynb", run="shop")
    assert done.returncode == 0, done.stderr[-2000:]
    assert (draft / "tables" / MADE[name]).is_file()
    assert manifest.faults(shop_run) == []


def test_without_any_run_it_names_the_notebook_that_is_missing(shop_project, tmp_path):
    project = tmp_path / "project"
    segnb("init", project, cwd=tmp_path)
    for path in (project / "params").glob("my_report.yaml"):
        path.unlink()
    (project / "params" / "shop.yaml").write_text((shop_project / "params" / "shop.yaml").read_text())
    done = papermill(project, "04_segment_personas", tmp_path / "out.ipynb")
    assert done.returncode != 0
    assert "02_variable_selection" in done.stderr
