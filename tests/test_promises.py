"""Every promise names a test that exists, and the day it was seen to fail."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = re.compile(
    r"^\| (?P<promise>[^|]+) \| `(?P<file>test_\w+\.py)::(?P<test>test_\w+)` \| (?P<seen>[^|]+) \|$"
)


def rows():
    lines = (ROOT / "docs" / "promises.md").read_text().splitlines()
    return [line for line in lines if line.startswith("| ") and not line.startswith(("| promise", "| ---"))]


def test_every_row_names_a_test_that_exists():
    assert len(rows()) >= 30
    for line in rows():
        row = ROW.match(line)
        assert row, f"not a row of promise, test and how it was seen failing: {line}"
        tree = ast.parse((ROOT / "tests" / row["file"]).read_text())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert row["test"] in names, line
        assert row["seen"].strip(), line
