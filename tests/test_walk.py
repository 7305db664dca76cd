"""The analyst's walk: install the wheel, start a project, add a chart and a parameter, run twice."""

import csv
import datetime
import os
import random
import subprocess
import sys
from pathlib import Path

import nbformat
import pypdf
import pytest

ROOT = Path(__file__).parent.parent
WHEELS = ROOT / ".wheels"
pytestmark = pytest.mark.slow

CHART = """\
import pandas as pd
loud = pd.Series(range(loudness), name="shouts").to_frame()
loud.plot(title=f"Loudness is {loudness}").figure
"""


@pytest.fixture(scope="module")
def binaries(tmp_path_factory):
    """A new environment with the built wheel, made without any network."""
    if not WHEELS.is_dir():
        pytest.skip("no .wheels folder: `make setup` keeps the packages there")
    folder = tmp_path_factory.mktemp("walk")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-index", "--no-build-isolation", "--no-deps", "-w", str(folder), str(ROOT)],
        check=True,
    )
    (wheel,) = folder.glob("segnb-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    # Bytecode is made of what is imported alone: of all these packages that is the smaller part.
    install = ["--python", str(python), "install", "--no-compile", "--no-index", "--find-links", str(WHEELS)]
    subprocess.run([*pip, *install, str(wheel)], check=True)
    return python.parent


def walk(binaries, *arguments, cwd, code=0):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(binaries / "segnb"), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def write_orders(path):
    """Sixteen months of orders of two kinds of customers, as a shop's system would export them."""
    dice = random.Random(7)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["client", "receipt", "when", "total"])
        for client in range(240):
            often = client % 2
            for receipt in range(dice.randint(12, 30) if often else dice.randint(3, 8)):
                day = datetime.date(2024, 1, 1) + datetime.timedelta(days=dice.randrange(480))
                total = dice.uniform(8, 30) if often else dice.uniform(60, 200)
                table.writerow([f"{client:05d}", f"{client}-{receipt}", day.isoformat(), f"{total:.2f}"])


def set_yaml(project, loudness):
    (project / "params" / "mine.yaml").write_text(
        "name: mine\n"
        "title: My customers\n"
        "as_of: 2025-04-24\n"
        "currency: EUR\n"
        "basis: rfm\n"
        "data:\n"
        "  timezone: Europe/Berlin\n"
        "  transactions:\n"
        "    source: ../orders.csv\n"
        "    customer_id: client\n"
        "    order_id: receipt\n"
        "    order_time: when\n"
        "    amount: total\n"
        "segment_personas:\n"
        f"  {loudness}\n"
    )


def add_parameter_and_chart(path):
    notebook = nbformat.read(path, as_version=4)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source += "\nloudness: int = 2  # how loud the chart shouts [2..9]"
    notebook.cells.append(
        nbformat.v4.new_markdown_cell("## How loud it is\n\nOne bar for each shout.", id="loud-prose")
    )
    chart = nbformat.v4.new_code_cell(CHART, id="loud-chart")
    chart.metadata["tags"] = ["chapter"]
    notebook.cells.append(chart)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def project(binaries, tmp_path_factory):
    folder = tmp_path_factory.mktemp("walked") / "project"
    walk(binaries, "init", folder, cwd=folder.parent)
    for path in (folder / "params").glob("*.yaml"):
        if path.name != "playbook.yaml":
            path.unlink()
    write_orders(folder / "orders.csv")
    add_parameter_and_chart(folder / "notebooks" / "04_segment_personas.ipynb")
    return folder


def test_parameter_and_chart_reach_both_reports(binaries, project):
    seen = []
    for value in (3, 5):
        set_yaml(project, f"loudness: {value}")
        done = walk(binaries, "run", cwd=project)
        html, pdf = (project / line for line in done.stdout.splitlines())
        reader = pypdf.PdfReader(pdf)
        text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
        for report in (html.read_text(), text):
            assert f"loudness: {value}" in report
        assert html.read_text().count('alt="Chart: How loud it is"') == 1
        pictures = [image.data for page in reader.pages for image in page.images]
        assert len(pictures) == 1
        seen.append((html.parent.name, pictures[0]))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1], "the parameter did not reach the chart"


def test_parameter_is_listed(binaries, project):
    assert "loudness" in walk(binaries, "list", "params", cwd=project).stdout


def test_a_value_out_of_range_and_a_typo_are_refused_with_their_line(binaries, project):
    set_yaml(project, "loudness: 12")
    assert "line 15" in walk(binaries, "check", cwd=project, code=2).stderr
    set_yaml(project, "loudnes: 3")
    told = walk(binaries, "run", cwd=project, code=2).stderr
    assert "line 15" in told
    assert "'loudness'" in told
