"""axe-core in a real page: which rules of WCAG 2.2 A and AA a report breaks."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest
from chromium import Browser

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
WHERE = "SEGNB_AXE"
"""Names the script where no package has it."""


@cache
def script() -> str:
    """Return axe's script, or skip the test with the reason.

    It is read out of the package's folder: what is around it, Playwright, is not needed.
    """
    if given := os.environ.get(WHERE):
        return Path(given).read_text(encoding="utf-8")
    try:
        found = [each for each in files("axe-playwright-python") or () if each.name == "axe.min.js"]
    except PackageNotFoundError:
        found = []
    if not found:
        pytest.skip(f"axe-core is not here: set {WHERE} to axe.min.js of npm's axe-core, as `.ci/run` does")
    return Path(found[0].locate()).read_text(encoding="utf-8")


def violations(browser: Browser, *, open_details: bool = True) -> list[str]:
    """Return each rule that the open page breaks, with the places; what is folded away is opened first."""
    if open_details:
        browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    # As a function that is called from outside: the page's own policy lets no script in.
    browser.evaluate(f"void (() => {{ {script()}\n }})()")
    options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
    told = browser.evaluate(f"axe.run(document, {options}).then(JSON.stringify)")
    result = json.loads(told)
    assert result["passes"], "axe looked at nothing"
    return [
        f"{broken['id']}: {node['target']} {node['html'][:120]}"
        for broken in result["violations"]
        for node in broken["nodes"]
    ]
