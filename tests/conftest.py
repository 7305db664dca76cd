"""Shared fixtures: a project of the made-up shop, and its published report."""

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import forked
import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent
QUICK = "\nclustering:\n  largest: 5\n  bootstraps: 20\n  restarts: 10\n"
"""Knobs for a whole run whose test does not ask how its segments were found: a third of the draws."""


def segnb(*arguments, cwd, env=None, code=0):
    """Run the command line in a process of its own and check its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "segnb", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@cache
def group(file):
    """Say which files one worker of xdist gets: all that read the shop's run, so that it is made once."""
    return "shop" if "shop_run" in (ROOT / file).read_text(encoding="utf-8") else file


class ByGroup(LoadFileScheduling):
    """All tests of a group of files go to one worker."""

    def _split_scope(self, nodeid):
        return group(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config, log):
    return ByGroup(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_modifyitems(config, items):
    """Begin with what runs notebooks, so that in the end no worker is left alone with it."""
    if not hasattr(config, "workerinput"):
        return  # one process: it makes no difference, and what is quick tells first
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item):
        own = group(item.nodeid.partition("::")[0])
        return own != "shop", item.path not in slow, own

    items.sort(key=place)


@pytest.fixture(scope="session")
def shop_project(tmp_path_factory):
    """A project folder as `segnb init` makes it, with the report of the made-up shop, drawn quickly."""
    folder = tmp_path_factory.mktemp("shop") / "project"
    segnb("init", folder, cwd=ROOT)
    for path in (folder / "params").glob("*.yaml"):
        if path.name != "playbook.yaml":
            path.unlink()
    (folder / "params" / "shop.yaml").write_text((ROOT / "params" / "shop.yaml").read_text() + QUICK)
    return folder


@pytest.fixture(scope="session")
def shop_run(shop_project) -> Path:
    """The folder of a published report of the made-up shop, never changed by a test."""
    done = segnb("run", "--threads", 1, cwd=shop_project, env={"PYTHONHASHSEED": "0", "TZ": "UTC"})
    return shop_project / Path(done.stdout.splitlines()[0]).parent


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A page of Chromium for all tests of a file: what one opens, the next replaces."""
    from chromium import Browser

    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server of our own."""
    import postgres

    with postgres.server() as running:
        yield running


@pytest.fixture
def temporary(monkeypatch):
    """A folder for temporary files that nobody else writes to, short enough for sockets."""
    forked.ensure_warm()
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)
