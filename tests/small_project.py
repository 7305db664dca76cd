"""A project of three tiny notebooks over a tiny table, for the tests of runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
RUN = 'run: str = "latest"  # run to read'

INTAKE = [
    ("markdown", "# What came in"),
    ("parameters", f"{RUN}\nfactor: int = 2  # how often each amount counts [1..9]"),
    ("markdown", "## Load"),
    (
        "code",
        "import segnb as sb\nrun = sb.open_run(run)\norders = run.tables().orders.to_pandas()\nlen(orders)",
    ),
    ("markdown", "## Keep"),
    (
        "code",
        "from segnb.segmentation import FeatureTable, Feature\n"
        'spend = orders.groupby("customer_id")[["amount"]].sum().astype(float) * factor\n'
        'feature = Feature("amount", "Spend", "money")\n'
        'run.save("features", FeatureTable(spend, (feature,), "rfm", run.windows.form))\n'
        "spend",
    ),
]
GROUPS = [
    ("markdown", "# Groups"),
    (
        "parameters",
        f'{RUN}\nfault: str = "none"  # what goes wrong {{none, raise, refuse, die, leave, sleep, warn}}',
    ),
    ("markdown", "## Read"),
    ("code", 'import segnb as sb\nrun = sb.open_run(run)\nfeatures = run.load("features")\nfeatures.frame'),
    ("markdown", "## Go wrong, if asked to"),
    (
        "code",
        "import os, time, warnings\n"
        'if fault == "raise": raise ValueError("the bottom is out")\n'
        'if fault == "refuse": raise sb.errors.InputError("3 rows have no amount")\n'
        'if fault == "die": os.kill(os.getpid(), 9)\n'
        'if fault == "leave": os._exit(3)\n'
        'if fault == "sleep": time.sleep(60)\n'
        'if fault == "warn": warnings.warn(os.getcwd() + " " + repr(object())); print(os.environ)',
    ),
]
ADVICE = [
    ("markdown", "# Advice"),
    ("parameters", f"# The knobs.\n{RUN}"),
    ("markdown", "## Say it"),
    ("code", "import segnb as sb\nrun = sb.open_run(run)\nrun.playbook.read_text()"),
]
ORDERS = """\
customer_id,order_time,amount
001,2024-01-05,10.00
002,2024-02-07,20.50
001,2024-05-05,7.25
003,2024-06-05,3.00
"""
PARAMS = """\
name: small
title: A small report
as_of: 2024-06-30
basis: rfm
data:
  transactions:
    source: ../data/orders.csv
"""
ONE = [("markdown", "# One"), ("parameters", f"# The knobs.\n{RUN}"), ("markdown", "## Go")]
ONE_PARAMS = PARAMS + "report:\n  formats: [html]\n"


def make(folder, **notebooks):
    """Write the project; further notebooks are given by name."""
    shipped = {"01_intake": INTAKE, "02_groups": GROUPS, "03_advice": ADVICE}
    return _write(folder, shipped | notebooks, PARAMS)


def make_one(folder, code="1 + 1"):
    """Write a project of one notebook with one cell of one's own, and of a report in HTML alone."""
    return _write(folder, {"01_one": [*ONE, ("code", code)]}, ONE_PARAMS)


def _write(folder, notebooks, params):
    for name in ("notebooks", "params", "data"):
        (folder / name).mkdir(parents=True)
    for name, cells in notebooks.items():
        write_notebook(folder / "notebooks" / f"{name}.ipynb", cells)
    (folder / "data" / "orders.csv").write_text(ORDERS)
    (folder / "params" / "playbook.yaml").write_text("message: []\n")
    (folder / "params" / "small.yaml").write_text(params)
    return folder


def write_notebook(path, cells):
    notebook = nbformat.v4.new_notebook()
    for place, (kind, source) in enumerate(cells):
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = new(source, id=f"id-{place}")
        cell.metadata["tags"] = [kind] if kind in ("parameters", "raises-exception") else []
        notebook.cells.append(cell)
    nbformat.write(notebook, path)


def set_knob(folder, line=""):
    """Set a knob of the second notebook."""
    block = f"groups:\n  {line}\n" if line else ""
    (folder / "params" / "small.yaml").write_text(PARAMS + block)


def command(*arguments, cwd, **options):
    """Start the command line in a process of its own."""
    environment = options.pop("env", None) or os.environ
    return subprocess.Popen(
        [sys.executable, "-m", "segnb", *map(str, arguments)],
        cwd=cwd,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def read_notebook(path):
    return json.loads(path.read_text())


def bytes_of(folder):
    """Return the bytes of every file of a run that its manifest covers, and of the manifest."""
    files = (path for path in Path(folder).rglob("*") if path.is_file() and path.name != "run.log")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}
