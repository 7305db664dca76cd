"""Time what comes after the notebooks: HTML, PDF and audit copies of the sample's published run.

Run it as ``.venv/bin/python benchmarks/report.py [ROUNDS]`` after ``make report``. Each round is a process of
its own, so the seconds hold the imports that a run has to do for its report, too (Papermill's, which every
run has done long before, are left out); the smallest of all rounds counts least of what else runs.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUND = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
from segnb.runs.plan import make_plan
from segnb.runs.project import find_project
from segnb.runs.reporting import write_report
import papermill
root, folder = Path(sys.argv[1]), Path(sys.argv[2])
plan = make_plan(root / "params" / "complete_journey.yaml", find_project(root))
planned = time.perf_counter()
write_report(plan, folder)
print(json.dumps([planned - start, time.perf_counter() - planned]))
"""


def main(rounds: int = 5) -> None:
    run = ROOT / "reports" / "complete_journey" / "latest"
    if not run.is_dir():
        raise SystemExit("there is no published run: make report")
    written = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(run, folder, dirs_exist_ok=True)
            done = subprocess.run(
                [sys.executable, "-c", ROUND, ROOT, folder], check=True, capture_output=True, text=True
            )
            written.append(json.loads(done.stdout)[1])
            sizes = {name: (Path(folder) / name).stat().st_size for name in ("report.html", "report.pdf")}
    print(f"HTML, PDF and audit copies  min {min(written):.2f} s, median {statistics.median(written):.2f} s")
    for name, size in sizes.items():
        print(f"{name:<12} {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
