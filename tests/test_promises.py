"""Every promise names a test that is collected, and how it was seen to fail."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROW = re.compile(
    r"^\| (?P<promise>[^|]+) \| (?P<exit>[\d, or]*) \| "
    r"`(?P<file>test_\w+\.py)::(?P<test>test_\w+)` \| (?P<seen>[^|]+) \|$"
)


def rows():
    lines = (ROOT / "docs" / "promises.md").read_text().splitlines()
    return [line for line in lines if line.startswith("| ") and not line.startswith(("| promise", "| ---"))]


def test_every_row_is_whole():
    assert len(rows()) >= 100
    for line in rows():
        row = ROW.match(line)
        assert row, f"not a row of promise, exit code, test and how it was seen failing: {line}"
        assert row["seen"].strip(), line


def test_no_promise_stands_twice():
    promises = [ROW.match(line)["promise"] for line in rows()]
    assert sorted(promises) == sorted(set(promises))


@pytest.fixture(scope="module")
def collected():
    """Return the tests that pytest finds in the files that the rows name: by file and function."""
    files = sorted({f"tests/{ROW.match(line)['file']}" for line in rows()})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return {line.removeprefix("tests/").partition("[")[0] for line in found.stdout.splitlines()}


def test_every_named_test_is_collected(collected):
    named = [(ROW.match(line)["file"], ROW.match(line)["test"]) for line in rows()]
    assert [each for each in named if "::".join(each) not in collected] == []
