"""The benchmarks say what they need before they time anything."""

import os
import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
ALL = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "peers")
BESIDE = {"mixed_types": "numpy and kmodes", "lifetime": "lifetimes"}
"""Those that time another package in a Python of its own."""


@pytest.fixture
def told(monkeypatch, capsys):
    """Run a benchmark with arguments that end it at once; return its exit code and all that it wrote."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        return ended.value.code, "".join(capsys.readouterr())

    return run


@pytest.mark.parametrize("name", ALL)
def test_each_has_a_usage_and_refuses_what_it_does_not_know(told, name):
    code, said = told(name, "--help")
    assert code == 0 and said.startswith(f"usage: {name}.py")
    code, said = told(name, "--no-such-option")
    assert code == 2 and f"{name}.py: error: " in said


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a Python is a shell script")
@pytest.mark.parametrize(("name", "needs"), BESIDE.items())
def test_those_beside_another_package_ask_for_its_python(told, tmp_path, name, needs):
    assert told(name)[1].endswith("error: the following arguments are required: PYTHON\n")
    lacking = tmp_path / "lacking"
    lacking.write_text("#!/bin/sh\nexit 1\n")
    lacking.chmod(0o700)
    assert told(name, lacking)[1].endswith(f"{lacking} cannot import {needs}: install that there\n")
    assert "no-python cannot be run: No such file or directory" in told(name, tmp_path / "no-python")[1]
