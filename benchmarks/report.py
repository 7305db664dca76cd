"""Time what follows the notebooks: HTML and PDF of the published sample, without and with audit copies.

Run it as ``.venv/bin/python benchmarks/report.py [--rounds 5]`` after ``make report``. Each round is a
process of its own, so the seconds hold the imports that a run has to do for its report, too (Papermill's,
which every run has done long before, are left out); the smallest of all rounds counts least of what else
runs.
"""

import argparse
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
if sys.argv[3] == "without":
    import segnb.report.audit
    segnb.report.audit.audit = lambda *_: ""
root, folder = Path(sys.argv[1]), Path(sys.argv[2])
plan = make_plan(root / "params" / "complete_journey.yaml", find_project(root))
planned = time.perf_counter()
write_report(plan, folder)
print(json.dumps([planned - start, time.perf_counter() - planned]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    run = ROOT / "reports" / "complete_journey" / "latest"
    if not run.is_dir():
        parser.error("there is no published run: make report")
    written: dict[str, list[float]] = {"without": [], "with": []}
    for copies in [*written] * asked.rounds:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(run, folder, dirs_exist_ok=True)
            done = subprocess.run(
                [sys.executable, "-c", ROUND, ROOT, folder, copies],
                check=True,
                capture_output=True,
                text=True,
            )
            written[copies].append(json.loads(done.stdout)[1])
            sizes = {name: (Path(folder) / name).stat().st_size for name in ("report.html", "report.pdf")}
    for copies, seconds in written.items():
        told = f"min {min(seconds):.2f} s, median {statistics.median(seconds):.2f} s"
        print(f"HTML and PDF, {copies} audit copies: {told}")
    for name, size in sizes.items():
        print(f"{name:<12} {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
