"""The notebooks open and run in JupyterLab, in a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from chromium import Browser, find

pytestmark = pytest.mark.slow

NOTEBOOK = "04_segment_personas.ipynb"


@pytest.fixture
def lab(shop_project, shop_run, tmp_path):
    """A copy of the project, as JupyterLab saves by itself, and the address of the one that started in it."""
    find()
    project = tmp_path / "project"
    shutil.copytree(shop_project, project, symlinks=True, ignore=shutil.ignore_patterns("draft"))
    log = tmp_path / "lab.log"
    options = ["--no-browser", "--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "getuid") and os.getuid() == 0:
        options.append("--allow-root")
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "segnb", "lab", "--", *options],
            cwd=project,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = None
    Browser._wait(
        lambda: re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", log.read_text()) is not None, 60
    )
    address = re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", log.read_text()).group()
    yield project, address
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(timeout=30)


def test_a_notebook_runs_in_jupyterlab(lab, tmp_path):
    project, address = lab
    with Browser(tmp_path / "profile") as browser:
        browser.open(address.replace("/lab?", f"/lab/tree/notebooks/{NOTEBOOK}?"), 1280, 1000)
        browser.until("!!(window.jupyterapp && window.jupyterapp.shell.currentWidget?.context?.isReady)", 60)
        browser.until(
            "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", 60
        )
        browser.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        cells = "[...window.jupyterapp.shell.currentWidget.content.widgets].map(w => w.model.toJSON())"
        code = f"{cells}.filter(c => c.cell_type === 'code')"
        browser.until(f"{code}.every(c => c.execution_count !== null)", 180)
        outputs = browser.evaluate(
            f"{code}.flatMap(c => c.outputs).map(o => [o.output_type, Object.keys(o.data || {{}})])"
        )
        browser.picture(tmp_path / "lab.png")
    assert outputs
    assert {kind for kind, _ in outputs} <= {"execute_result", "display_data"}
    assert any("application/vnd.segnb.blocks+json" in mimes for _, mimes in outputs)
    assert (project / "reports" / "shop" / "draft" / "tables" / "personas.json").is_file()
