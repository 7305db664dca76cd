"""Time the sample report beside plain Papermill and nbconvert on the same notebooks.

Run it as ``.venv/bin/python benchmarks/whole_run.py``. It prints seconds, processor seconds and the
peak memory of the whole process tree; ratios within one run are what counts, machines differ.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
PARAMS = ROOT / "params" / "complete_journey.yaml"
BIN = Path(sys.executable).parent


class Memory(threading.Thread):
    """Sample the memory of this process's children twenty times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        own = psutil.Process()
        while not self.done.wait(0.05):
            total = 0
            for child in own.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)


def measured(name, *commands, env=None):
    """Run commands one after another; print and return their seconds."""
    memory = Memory()
    memory.start()
    before, start = os.times(), time.perf_counter()
    for command in commands:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    seconds, after = time.perf_counter() - start, os.times()
    memory.done.set()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    print(f"{name:<58} {seconds:7.2f} s {cpu:7.2f} cpu s {memory.peak / 2**30:6.2f} GiB", flush=True)
    return seconds


def main():
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        reports = Path(scratch) / "reports"
        run = [BIN / "segnb", "run", PARAMS, "--reports", reports]
        start_up = measured("start-up alone (segnb --version)", [BIN / "segnb", "--version"])
        first = measured("segnb run, nothing cached", run)
        again = measured("segnb run again, nothing changed", run)
        print(f"  beyond start-up: {again - start_up:.2f} s")
        shutil.rmtree(reports)

        project = Path(scratch) / "plain"
        shutil.copytree(ROOT / "notebooks", project / "notebooks")
        shutil.copytree(ROOT / "params", project / "params")
        notebooks = sorted((project / "notebooks").glob("*.ipynb"))
        plain = []
        for notebook in notebooks:
            done = project / f"done_{notebook.name}"
            plain.append(
                [
                    BIN / "papermill",
                    "--cwd",
                    project,
                    "-k",
                    "python3",
                    "-p",
                    "run",
                    PARAMS.stem,
                    notebook,
                    done,
                ]
            )
            plain.append([BIN / "jupyter", "nbconvert", "--to", "html", done])
        beside = measured("the same notebooks, plain papermill and nbconvert", *plain)
        print(f"  ratio: segnb run takes {first / beside:.2f} of it, PDF, audit copies and manifest included")


if __name__ == "__main__":
    main()
